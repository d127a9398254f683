import CareModel
import Hummingbird

/// Putting an incident aside for a while, taking it from there, and taking a closing back.
struct ShelvingRoutes: Sendable {
    let desk: CommandDesk

    /// A day: the hub's own limit of a shelf.
    static let shelfSecondsMax = 86_400

    var routes: [Route] {
        [
            Route(.post, "/api/v1/incidents/{id}/shelve", .carers) { request, context in
                try await desk.take(request, context, "shelve") { fields in
                    guard let seconds = try fields.int("seconds", in: 60...ShelvingRoutes.shelfSecondsMax) else {
                        throw ErrorAnswer.invalid("seconds", "is needed: 60...\(ShelvingRoutes.shelfSecondsMax)")
                    }
                    return .shelve(try context.incidentID(), seconds: seconds, reason: try fields.required("reason", bytesMax: Limits.noteBytesMax))
                }
            },
            Route(.post, "/api/v1/incidents/{id}/unshelve", .carers) { request, context in
                try await desk.take(request, context, "unshelve") { _ in .unshelve(try context.incidentID()) }
            },
            Route(.post, "/api/v1/incidents/{id}/reopen", .carers) { request, context in
                try await desk.take(request, context, "reopen") { fields in
                    .reopen(try context.incidentID(), note: try fields.string("note", bytesMax: Limits.noteBytesMax, mayHaveLines: true) ?? "")
                }
            },
        ]
    }
}
