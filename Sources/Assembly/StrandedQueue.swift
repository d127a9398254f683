import CareModel
import Ledger

/// A queue that care-network.yaml no longer has, while the outbox still holds something for it: nobody would ever get that.
struct StrandedQueue: Hashable, Sendable {
    var queue: QueueName
    var pending: Int
    var dead: Int

    /// - Parameter configured: the queues of the care network in force; empty before one is: then none is stranded.
    static func find(_ counts: [OutboxCount], configured: Set<QueueName>) -> [StrandedQueue] {
        guard !configured.isEmpty else { return [] }
        return counts.filter { !configured.contains($0.queue) && ($0.pending > 0 || $0.dead > 0) }.map { StrandedQueue(queue: $0.queue, pending: $0.pending, dead: $0.dead) }
    }

    /// What is left there and what a person does about it.
    var text: String {
        "the queue \"\(queue)\" is no longer in care-network.yaml, but \(pending) deliveries wait there and \(dead) were refused: "
            + "put it back under this name until they are delivered, or as an embedded queue and confirm them over the API"
    }
}
