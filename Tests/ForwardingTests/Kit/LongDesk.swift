import CareModel
import Forwarding
import Synchronization

/// An outbox for many thousands of deliveries of one queue, with the times of their coming and going.
final class LongDesk: OutboxReading, ReportPosting {
    private struct State {
        var order: [IncidentID] = []
        var rows: [IncidentID: [Parcel]] = [:]
        var added: [DeliveryKey: ContinuousClock.Instant] = [:]
        var waits: [Duration] = []
        var reasons: Set<String> = []
        var deadCount = 0
    }

    private let state = Mutex(State())

    func add(_ parcels: [Parcel]) {
        state.withLock { state in
            for parcel in parcels {
                if state.rows[parcel.key.incident] == nil { state.order.append(parcel.key.incident) }
                state.rows[parcel.key.incident, default: []].append(parcel)
                state.added[parcel.key] = .now
            }
        }
    }

    var leftCount: Int { state.withLock { $0.rows.values.reduce(0) { $0 + $1.count } } }
    var confirmedCount: Int { state.withLock { $0.waits.count } }
    var deadCount: Int { state.withLock { $0.deadCount } }
    /// Why deliveries were delayed, each reason's first word once.
    var reasons: Set<String> { state.withLock { $0.reasons } }

    func wait(percentile: Double) -> Duration {
        let sorted = state.withLock { $0.waits }.sorted()
        return sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, Int(Double(sorted.count) * percentile))]
    }

    func heads(of queue: QueueName, limit: Int, where isWanted: (DeliveryKey, Priority) -> Bool) -> OutboxHeads {
        state.withLock { state in
            if state.order.count > 2 * state.rows.count { state.order.removeAll { state.rows[$0] == nil } }
            var heads: [Parcel] = []
            for priority in [Priority.high, .low] {
                for incident in state.order where heads.count < limit {
                    if let head = state.rows[incident]?.first, (head.priority == .high) == (priority == .high) { heads.append(head) }
                }
            }
            return OutboxHeads(keys: heads.map(\.key), parcels: heads.filter { isWanted($0.key, $0.priority) })
        }
    }

    func post(_ report: DeliveryReport) -> Bool {
        state.withLock { state in
            switch report.outcome {
            case .delayed(let why):
                state.reasons.insert(String(why.prefix { $0 != ":" && $0 != " " }))
                return
            case .deadLettered: state.deadCount += 1
            case .confirmed: if let added = state.added[report.key] { state.waits.append(.now - added) }
            }
            let incident = report.key.incident
            state.rows[incident]?.removeAll { $0.key == report.key }
            if state.rows[incident]?.isEmpty == true { state.rows[incident] = nil }
        }
        return true
    }
}
