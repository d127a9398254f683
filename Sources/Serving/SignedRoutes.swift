import CareModel
import Hummingbird

/// What became of a signed command.
public enum SignedAnswer: Hashable, Sendable {
    /// Done or refused: JSON.
    case carriedOut([UInt8])
    /// It can't be read: why, as JSON.
    case invalid([UInt8])
    /// No such queue, none that takes commands, or a signature that doesn't fit: the sender learns no more.
    case unknown
    case busy
}

/// Takes commands that a webhook's receiver signs with its queue's own secret.
public protocol SignedCommandTaking: Sendable {
    func take(_ body: [UInt8], from queue: QueueName, id: String, timestamp: String, signature: String) async -> SignedAnswer
}

/// The way back of a webhook: the signature stands in the place of a token.
struct SignedRoutes: Sendable {
    let signed: any SignedCommandTaking

    var routes: [Route] {
        [
            Route(.post, "/api/v1/queues/{queue}/commands", .open) { request, context in
                try RequestQuery(request).finish()
                // Whatever the name is, the sender learns no more than that it doesn't fit.
                let queue = QueueName(String(try context.parameter("queue").prefix(Limits.identifierBytesMax)))
                func header(_ name: String) -> String { request.headers[Guard.field(name)] ?? "" }
                let body = try await RequestFields.bytes(request)
                switch await signed.take(body, from: queue, id: header("webhook-id"), timestamp: header("webhook-timestamp"), signature: header("webhook-signature")) {
                case .carriedOut(let answer): return document(answer)
                case .invalid(let answer):
                    throw ErrorAnswer(.badRequest, "malformed_command", String(decoding: answer, as: UTF8.self))
                case .unknown: throw ErrorAnswer(.unauthorized, "wrong_signature", "no queue that takes commands under this signature")
                case .busy: throw ErrorAnswer.busy(1)
                }
            }
        ]
    }
}
