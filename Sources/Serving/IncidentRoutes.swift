import CareModel
import Hummingbird

/// The list of incidents, one incident, and what people do to it.
struct IncidentRoutes: Sendable {
    let incidents: any IncidentReading
    let places: any PlaceReading
    let desk: CommandDesk

    var routes: [Route] {
        [
            Route(.get, "/api/v1/incidents", .boards, over: .several, isOpenWhenLocked: true, list),
            Route(.get, "/api/v1/incidents/{id}", .readers, isOpenWhenLocked: true, one),
            Route(.post, "/api/v1/incidents/{id}/acknowledge", .carers) { request, context in
                try await desk.take(request, context, "acknowledge") { _ in .acknowledge(try context.incidentID()) }
            },
            Route(.post, "/api/v1/incidents/{id}/escalate", .carers) { request, context in
                try await desk.take(request, context, "escalate") { _ in .escalate(try context.incidentID()) }
            },
            Route(.post, "/api/v1/incidents/{id}/contact", .carers) { request, context in
                try await desk.take(request, context, "contact") { fields in
                    let name = try fields.string("result", bytesMax: ServingLimits.actorBytesMax) ?? ContactResult.reached.name
                    guard let result = ContactResult(name: name) else {
                        throw ErrorAnswer.invalid("result", "must be one of " + ContactResult.allCases.map(\.name).joined(separator: ", "))
                    }
                    return .contact(try context.incidentID(), result, note: try note(&fields))
                }
            },
            Route(.post, "/api/v1/incidents/{id}/hand-over", .carers) { request, context in
                try await desk.take(request, context, "hand_over") { fields in
                    .handOver(try context.incidentID(), to: try fields.required("to", bytesMax: ServingLimits.actorBytesMax))
                }
            },
            Route(.post, "/api/v1/incidents/{id}/arrive", .carers) { request, context in
                try await desk.take(request, context, "arrive") { _ in .arrive(try context.incidentID()) }
            },
            Route(.post, "/api/v1/incidents/{id}/resolve", .carers) { request, context in
                try await desk.take(request, context, "resolve") { fields in
                    let name = try fields.required("reason", bytesMax: ServingLimits.actorBytesMax)
                    guard let reason = CloseReason(name: name) else {
                        throw ErrorAnswer.invalid("reason", "must be one of " + CloseReason.allCases.map(\.name).joined(separator: ", "))
                    }
                    return .resolve(try context.incidentID(), reason, note: try note(&fields))
                }
            },
            Route(.post, "/api/v1/incidents/{id}/annotate", .carers) { request, context in
                try await desk.take(request, context, "annotate") { fields in
                    let text = try note(&fields)
                    guard !text.isEmpty else { throw ErrorAnswer.invalid("note", "is needed and must not be empty") }
                    return .annotate(try context.incidentID(), note: text)
                }
            },
        ]
    }

    private func note(_ fields: inout RequestFields) throws -> String {
        try fields.string("note", bytesMax: Limits.noteBytesMax, mayHaveLines: true) ?? ""
    }

    private func list(_ request: Request, _ context: ServingContext) async throws -> Response {
        var query = try RequestQuery(request)
        var filter = IncidentFilter(limit: try query.limit())
        if let names = query.string("state") { filter.states = try states(names) }
        if let text = query.string("since") {
            guard text.utf8.count <= 64, let since = WallTime(rfc3339: text) else { throw ErrorAnswer.invalid("since", "must be an RFC 3339 time") }
            filter.since = since
        }
        try query.finish()
        let caller = try context.caller()
        filter.homes = places.homes(within: caller.rights)
        let page = try await incidents.incidents(filter, caller.detail)
        return JSONValue.object([
            ("incidents", .array(page.incidents.map { .raw($0) })),
            ("cursor", .string(page.head.cursor(page.head.latest).text)),
            ("is_cut", .bool(page.isCut)),
        ]).response()
    }

    private func states(_ names: String) throws -> [IncidentState] {
        var wanted: Set<IncidentState> = []
        for name in names.split(separator: ",", omittingEmptySubsequences: false) {
            if name == "active" {
                wanted.formUnion(IncidentState.allCases.filter { $0 != .resolved })
            } else if let state = IncidentState.allCases.first(where: { $0.name == name }) {
                wanted.insert(state)
            } else {
                throw ErrorAnswer.invalid("state", "must be active, " + IncidentState.allCases.map(\.name).joined(separator: ", ") + ", or several with commas")
            }
        }
        return wanted.sorted { $0.rawValue < $1.rawValue }
    }

    private func one(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        guard let found = try await incidents.incident(try context.incidentID(), try context.caller().detail) else {
            throw ErrorAnswer(.notFound, Refusal.unknownIncident.name, "no such incident")
        }
        return JSONValue.object([("incident", .raw(found.newest)), ("revisions", .array(found.revisions.map { .raw($0) }))]).response()
    }
}
