import CareModel
import Hummingbird

/// What a technician looks into: queues, rules, the live tap and the replay desk.
struct TechnicianRoutes: Sendable {
    let console: any ConsoleReading

    /// Of a replayed stretch of the journal, in hours.
    static let replayHoursMax = 48
    static let delaySecondsMax = 3_600
    static let clockSecondsMax = 86_400

    var routes: [Route] {
        [
            Route(.get, "/api/v1/queues", .roles([.technician, .supervisor, .administrator])) { request, _ in
                try RequestQuery(request).finish()
                return document(try await console.queues())
            },
            Route(.get, "/api/v1/rules", .roles([.technician, .supervisor, .inspector, .administrator])) { request, _ in
                try RequestQuery(request).finish()
                return document(try await console.rules())
            },
            Route(.get, "/api/v1/tap", .technicians) { request, _ in
                var query = try RequestQuery(request)
                let after = try query.string("after").map { text in
                    guard let position = UInt64(text), text.utf8.count <= 19 else { throw ErrorAnswer.invalid("after", "must be a position of the journal") }
                    return position
                }
                try query.finish()
                return document(try await console.tap(after: after))
            },
            Route(.get, "/api/v1/configurations", .technicians) { request, _ in
                try RequestQuery(request).finish()
                return document(try await console.configurations())
            },
            Route(.post, "/api/v1/replays", .technicians, replay),
        ]
    }

    private func replay(_ request: Request, _ context: ServingContext) async throws -> Response {
        var query = try RequestQuery(request)
        let since = try query.time("since"), until = try query.time("until")
        var order: ReplayOrder
        if let since, let until {
            guard since < until, until - since <= .seconds(TechnicianRoutes.replayHoursMax * 3_600) else {
                throw ErrorAnswer.invalid("since", "a period of at most \(TechnicianRoutes.replayHoursMax) hours")
            }
            order = ReplayOrder(source: .journal(since..<until))
        } else {
            guard since == nil, until == nil else { throw ErrorAnswer.invalid("since", "since and until belong together") }
            order = ReplayOrder(source: .log([]))
        }
        order.dropPercent = try query.int("drop", in: 0...100, default: 0)
        order.duplicatePercent = try query.int("duplicate", in: 0...100, default: 0)
        order.delaySeconds = try query.int("delay", in: 0...TechnicianRoutes.delaySecondsMax, default: 0)
        order.clockSeconds = try query.signed("clock", in: -TechnicianRoutes.clockSecondsMax...TechnicianRoutes.clockSecondsMax, default: 0)
        if let name = query.string("configuration") {
            guard (1...64).contains(name.utf8.count) else { throw ErrorAnswer.invalid("configuration", "must be now, disk or a digest") }
            order.configuration = name
        }
        try query.finish()
        let log = try await body(of: request)
        if case .log = order.source {
            guard !log.isEmpty else { throw ErrorAnswer.invalid("since", "the body must be a device log, or since and until a period of the journal") }
            order.source = .log(log)
        } else if !log.isEmpty { throw ErrorAnswer.invalid("since", "either a log or a period") }
        switch try await console.replay(order) {
        case .done(let json): return document(json)
        case .unknownConfiguration: throw ErrorAnswer(.notFound, "unknown_configuration", "no such configuration")
        case .faulty(let why): throw ErrorAnswer(.unprocessableContent, "faulty_configuration", why)
        case .busy: throw ErrorAnswer(.serviceUnavailable, "replay_running", "another replay is running; ask again", retryAfterSeconds: 2)
        }
    }

    private func body(of request: Request) async throws -> [UInt8] {
        let tooLong = ErrorAnswer(.contentTooLarge, "body_too_long", "a log has at most \(ServingLimits.replayBytesMax) bytes")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > ServingLimits.replayBytesMax { throw tooLong }
        var bytes: [UInt8] = []
        for try await chunk in request.body {
            guard bytes.count + chunk.readableBytes <= ServingLimits.replayBytesMax else { throw tooLong }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }
}
