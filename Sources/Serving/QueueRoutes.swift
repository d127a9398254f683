import CareModel
import Hummingbird

/// The embedded queue: a care service fetches its deliveries here and confirms each.
struct QueueRoutes: Sendable {
    let deliveries: any DeliveryReading
    let stream: any StreamReading
    let receipts: any DeliveryPosting
    let signal: CommitSignal
    let polls: Admission
    let desk: CommandDesk

    private static let unknownQueue = ErrorAnswer(.notFound, "unknown_queue", "no such queue")

    var routes: [Route] {
        [
            Route(.get, "/api/v1/queues/{queue}/deliveries", .receivers, fetch),
            Route(.get, "/api/v1/queues/{queue}/dead-letters", .receiver([.technician, .supervisor, .administrator]), deadLetters),
            Route(.post, "/api/v1/queues/{queue}/dead-letters/resend", .supervisors, resendAll),
            Route(.post, "/api/v1/queues/{queue}/dead-letters/{key}/resend", .supervisors, resend),
            Route(.post, "/api/v1/queues/{queue}/deliveries/{key}/ack", .receivers, confirm),
            Route(.post, "/api/v1/queues/{queue}/deliveries/{key}/nack", .receivers, refuse),
        ]
    }

    private func fetch(_ request: Request, _ context: ServingContext) async throws -> Response {
        let queue = try context.queueName()
        var query = try RequestQuery(request)
        let after = try query.cursor("after") ?? Cursor(origin: nil, number: 0)
        let wait = try query.int("wait", in: 0...ServingLimits.waitSecondsMax, default: 0)
        let limit = try query.limit()
        try query.finish()
        let place = wait > 0 ? polls.enter() : nil
        guard wait == 0 || place != nil else {
            throw ErrorAnswer(.serviceUnavailable, "too_many_polls", "at most \(ServingLimits.longPollsMax) long polls wait at one time", retryAfterSeconds: 1)
        }
        let deadline = ContinuousClock.now + .seconds(wait)
        while true {
            let seen = signal.generation
            let head = try await stream.head()
            let start = after.queueStart(in: head)
            guard let found = try await deliveries.deliveries(of: queue, after: start, limit: limit) else { throw QueueRoutes.unknownQueue }
            let left = deadline - ContinuousClock.now
            if !found.deliveries.isEmpty || left <= .zero || signal.isClosed || Task.isCancelled {
                withExtendedLifetime(place) {}
                return answer(found, head)
            }
            await signal.wait(past: seen, for: left)
        }
    }

    private func answer(_ found: QueuedPage, _ head: StreamHead) -> Response {
        JSONValue.object([
            ("deliveries", .array(found.deliveries.map { delivery in
                .object([
                    ("key", .string(delivery.key.description)), ("cursor", .string(head.cursor(delivery.cursor).text)),
                    ("incident", .raw(delivery.incident)),
                ])
            })),
            ("next", .string(head.cursor(found.next).text)),
        ]).response()
    }

    private func deadLetters(_ request: Request, _ context: ServingContext) async throws -> Response {
        let queue = try context.queueName()
        var query = try RequestQuery(request)
        let after = try query.cursor("after") ?? Cursor(origin: nil, number: 0)
        let limit = try query.limit()
        try query.finish()
        let head = try await stream.head()
        let start = after.queueStart(in: head)
        guard let found = try await deliveries.deadLetters(of: queue, after: start, limit: limit) else { throw QueueRoutes.unknownQueue }
        // A technician mends the way; what stood in the letter is not needed for it.
        let caller = try context.caller()
        let maySeeIncident = caller.queue != nil || caller.detail == .full
        return JSONValue.object([
            ("dead_letters", .array(found.map { letter in
                .object([
                    ("key", .string(letter.key.description)), ("cursor", .string(head.cursor(letter.cursor).text)),
                    ("reason", .string(letter.reason)), ("incident", maySeeIncident ? .raw(letter.incident) : .null),
                ])
            })),
            ("next", .string(head.cursor(found.last?.cursor ?? start).text)),
        ]).response()
    }

    /// One dead letter is tried again. Done means: it stands in the outbox.
    private func resend(_ request: Request, _ context: ServingContext) async throws -> Response {
        let key = try context.deliveryKey()
        guard try await deliveries.isDead(key) else { throw ErrorAnswer(.notFound, "unknown_delivery", "no such dead letter in this queue") }
        return try await desk.take(request, context, "resend") { _ in .resend(key) }
    }

    /// The dead letters of a queue, the oldest first, at most `ServingLimits.listMax` a call: `left` says whether there are more.
    private func resendAll(_ request: Request, _ context: ServingContext) async throws -> Response {
        let queue = try context.queueName()
        try RequestQuery(request).finish()
        try await RequestFields(request).finish()
        let caller = try context.caller(), press = randomHex(bytes: 16)
        guard let found = try await deliveries.deadLetters(of: queue, after: 0, limit: ServingLimits.listMax) else { throw QueueRoutes.unknownQueue }
        let commands = desk.commands
        let done = try await withThrowingTaskGroup(of: Bool.self) { group in
            for letter in found {
                let command = Command(
                    id: CommandID("\(caller.actor)/resend/\(letter.key)/\(press)"), actor: caller.actor, role: caller.role, via: context.via, action: .resend(letter.key))
                group.addTask { if case .outcome(.done) = try await commands.post(command) { true } else { false } }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let left = try await deliveries.deadLetters(of: queue, after: 0, limit: 1)?.isEmpty == false
        return JSONValue.object([("resent", .int(done)), ("left", .bool(left))]).response()
    }

    private func confirm(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        try await RequestFields(request).finish()
        return try answer(try await receipts.confirm(try context.deliveryKey()))
    }

    private func refuse(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        var fields = try await RequestFields(request)
        let reason = try fields.required("reason", bytesMax: Limits.noteBytesMax)
        try fields.finish()
        return try answer(try await receipts.refuse(try context.deliveryKey(), reason: reason))
    }

    private func answer(_ answer: DeliveryAnswer) throws -> Response {
        switch answer {
        case .done: return Response(status: .noContent)
        case .unknown: throw ErrorAnswer(.notFound, "unknown_delivery", "no such delivery in this queue")
        case .busy(let seconds): throw ErrorAnswer.busy(seconds)
        }
    }
}
