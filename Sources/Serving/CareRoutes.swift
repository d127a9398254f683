import CareModel
import Hummingbird

/// The pages about people: an incident's house, residents and wall.
struct CareRoutes: Sendable {
    let console: any ConsoleReading
    let places: any PlaceReading

    static let unknownResident = ErrorAnswer(.notFound, "unknown_resident", "no such resident")

    var routes: [Route] {
        [
            Route(.get, "/api/v1/incidents/{id}/surroundings", .carers) { request, context in
                try RequestQuery(request).finish()
                guard let found = try await console.surroundings(of: try context.incidentID()) else {
                    throw ErrorAnswer(.notFound, Refusal.unknownIncident.name, "no such incident")
                }
                return document(found)
            },
            Route(.get, "/api/v1/incidents/{id}/file", .roles([.supervisor, .inspector, .administrator])) { request, context in
                let id = try context.incidentID()
                var query = try RequestQuery(request)
                let format = query.string("format") ?? "json"
                guard ["json", "html"].contains(format) else { throw ErrorAnswer.invalid("format", "must be json or html") }
                try query.finish()
                guard let found = try await console.file(of: id, try context.caller().detail, isHTML: format == "html") else {
                    throw ErrorAnswer(.notFound, Refusal.unknownIncident.name, "no such incident")
                }
                return Response(
                    status: .ok,
                    headers: [
                        .contentType: format == "html" ? "text/html; charset=utf-8" : "application/json",
                        Guard.field("Content-Disposition"): "attachment; filename=\"incident.\(format)\"",
                    ],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: found)))
            },
            Route(.get, "/api/v1/residents", .carers, over: .several) { request, context in
                try RequestQuery(request).finish()
                return document(try await console.residents(within: places.homes(within: try context.caller().rights)))
            },
            Route(.get, "/api/v1/residents/{id}", .carers) { request, context in
                try RequestQuery(request).finish()
                guard let found = try await console.resident(try context.residentID()) else { throw CareRoutes.unknownResident }
                return document(found)
            },
            Route(.get, "/api/v1/residents/{id}/readings", .carers) { request, context in
                var query = try RequestQuery(request)
                let hours = try query.int("hours", in: 1...ServingLimits.readingHoursMax, default: ServingLimits.readingHoursMax)
                try query.finish()
                guard let found = try await console.readings(of: try context.residentID(), hours: hours) else { throw CareRoutes.unknownResident }
                return document(found)
            },
            Route(.get, "/api/v1/residents/{id}/explanation", .roles([.technician, .supervisor, .administrator])) { request, context in
                var query = try RequestQuery(request)
                guard let moment = try query.time("at") else { throw ErrorAnswer.invalid("at", "is needed: an RFC 3339 time") }
                try query.finish()
                guard let found = try await console.explanation(of: try context.residentID(), at: moment) else { throw CareRoutes.unknownResident }
                return document(found)
            },
            Route(.get, "/api/v1/wall", .boards, over: .several, isOpenWhenLocked: true) { request, context in
                try RequestQuery(request).finish()
                let rights = try context.caller().rights
                return document(try await console.wall(within: places.homes(within: rights), stations: rights.stations))
            },
        ]
    }
}

/// A finished JSON document as an answer.
func document(_ json: [UInt8]) -> Response {
    Response(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
}

extension RequestQuery {
    /// An RFC 3339 time; nil when it is absent.
    mutating func time(_ name: String) throws -> WallTime? {
        guard let text = string(name) else { return nil }
        guard text.utf8.count <= 64, let time = WallTime(rfc3339: text) else { throw ErrorAnswer.invalid(name, "must be an RFC 3339 time") }
        return time
    }

    /// A whole number that may be negative.
    mutating func signed(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text = string(name) else { return fallback }
        guard text.utf8.count <= 9, let value = Int(text), range.contains(value) else {
            throw ErrorAnswer.invalid(name, "must be a whole number \(range.lowerBound)...\(range.upperBound)")
        }
        return value
    }
}

extension ServingContext {
    func residentID() throws -> ResidentID {
        let text = try parameter("id")
        guard text.utf8.count <= Limits.identifierBytesMax else { throw CareRoutes.unknownResident }
        return ResidentID(text)
    }
}
