import CareModel
import Capture
import Forwarding
import Ledger

/// The ledger's outbox as workers read it: the first undelivered revision of each incident.
struct Outbox: OutboxReading {
    let vault: Vault

    func heads(of queue: QueueName, limit: Int) throws -> [Parcel] {
        var seen: Set<IncidentID> = []
        return try vault.reader.deliveries(queue: queue, limit: limit).deliveries.compactMap { pending in
            guard seen.insert(pending.delivery.key.incident).inserted else { return nil }
            return Parcel(key: pending.delivery.key, priority: pending.delivery.priority, cursor: UInt64(pending.cursor), body: pending.body)
        }
    }
}

/// Delivery reports into the sequencer's mailbox.
struct ReportPost: ReportPosting {
    let reports: Mailbox<Letter>

    func post(_ report: DeliveryReport) -> Bool { reports.post(.report(report)) }
}
