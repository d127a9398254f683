import CareModel
import Forwarding
import Logging
import Serving

/// Commands that a webhook's receiver posts to this hub, signed with its queue's own secret.
struct SignedDesk: SignedCommandTaking {
    let reloading: Reloading
    let posting: PostingDesk
    let logger: Logger

    func take(_ body: [UInt8], from queue: QueueName, id: String, timestamp: String, signature: String) async -> SignedAnswer {
        guard let way = reloading.queue(queue), let source = way.commands, case .webhook(let configuration) = way.way,
              let secrets = WebhookSecret.read(configuration.secretFile),
              WebhookSecret.admits(signature, secrets, id: id, timestamp: timestamp, body: body, now: Int(HubTime.wallTime().microseconds / 1_000_000)) else { return .unknown }
        do throws(CommandDocument.Fault) {
            let command = try CommandDocument(body).command(from: source, via: .webhook)
            guard let outcome = await posting.obey(command) else { return .busy }
            return .carriedOut(CommandDocument.answer(command.id, outcome))
        } catch {
            logger.warning("queue \(queue): a command of its receiver can't be read: \(error)")
            return .invalid(CommandDocument.answer(error))
        }
    }
}
