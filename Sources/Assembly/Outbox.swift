import CareModel
import Capture
import Forwarding
import Ledger

/// The ledger's outbox as workers read it: the first undelivered revision of each incident.
struct Outbox: OutboxReading {
    let vault: Vault

    func heads(of queue: QueueName, limit: Int, where isWanted: (DeliveryKey, Priority) -> Bool) throws -> OutboxHeads {
        let found = try vault.reader.heads(of: queue, limit: limit, where: isWanted)
        return OutboxHeads(keys: found.keys, parcels: found.pending.map(Parcel.init))
    }
}

extension Parcel {
    init(_ pending: PendingDelivery) {
        self.init(key: pending.delivery.key, priority: pending.delivery.priority, cursor: UInt64(pending.cursor), body: pending.body)
    }
}

/// Delivery reports into the sequencer's mailbox.
struct ReportPost: ReportPosting {
    let reports: Mailbox<Letter>

    func post(_ report: DeliveryReport) -> Bool { reports.post(.report(report)) }
}
