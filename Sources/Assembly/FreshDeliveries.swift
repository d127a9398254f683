import Ledger

/// First revisions that the newest commit put in the outbox: the store leaves them here, what is told after the commit takes them.
/// Both are the sequencer's thread's own.
final class FreshDeliveries {
    var deliveries: [PendingDelivery] = []

    func take() -> [PendingDelivery] {
        defer { deliveries = [] }
        return deliveries
    }
}
