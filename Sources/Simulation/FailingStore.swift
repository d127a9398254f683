import CareModel
import GatewayCore
import Sequencer

/// What goes wrong with one call of a store.
public enum StoreFault: Hashable, Sendable, CaseIterable {
    case none
    /// Nothing is stored, and the store says so.
    case refused
    /// Everything is stored, but the store says that it failed: an error after the point of no return.
    case unclear
}

/// A ledger in memory that fails when it is told to, and that checks what every ledger may rely on.
public struct FailingStore: StorePort {
    public private(set) var journal: [JournalRecord] = []
    /// By table and key.
    private var decided: [String: DecidedRow] = [:]
    public private(set) var revisions: [IncidentRevision] = []
    /// Every delivery that was ever put into the outbox.
    public private(set) var deliveries: [Delivery] = []
    /// What is still to be delivered.
    public private(set) var outbox: Set<DeliveryKey> = []
    public private(set) var audit: [AuditEntry] = []
    /// Oldest first.
    public private(set) var checkpoints: [Checkpoint] = []
    /// What the sequencer did that it must never do, in words.
    public private(set) var complaints: [String] = []
    public private(set) var condemned: [String] = []
    public private(set) var epoch: String
    private var head: (position: UInt64, at: Instant) = (0, Instant(microseconds: 0))

    /// Faults of the next commits, first first; none at the end.
    public var commitFaults: [StoreFault] = []
    /// How many of the next probes fail.
    public var failingProbes = 0
    /// How many of the next readings fail.
    public var failingReads = 0
    private let trace: PortTrace

    public init(_ trace: PortTrace, epoch: String = "a1") { (self.trace, self.epoch) = (trace, epoch) }

    /// Decided rows in the order of table and key.
    public var rows: [DecidedRow] { decided.sorted { $0.key < $1.key }.map(\.value) }

    public mutating func commit(_ turn: borrowing Turn) throws(CommitFailure) {
        let fault = commitFaults.isEmpty ? StoreFault.none : commitFaults.removeFirst()
        if fault != .refused { store(turn) }
        guard fault == .none else {
            trace.note(.failedCommit)
            throw FailingStore.failure
        }
        trace.note(.commit(records: turn.records.count))
    }

    public mutating func probe() -> Bool {
        let works = failingProbes == 0
        if !works { failingProbes -= 1 }
        trace.note(.probe(works))
        return works
    }

    public mutating func recover() throws(CommitFailure) -> RecoveredState {
        trace.note(.recover)
        try read()
        return RecoveredState(rows: rows, checkpoint: checkpoints.last, position: head.position, at: head.at)
    }

    public mutating func records(after position: UInt64, limit: Int) throws(CommitFailure) -> [JournalRecord] {
        try read()
        return Array(journal.drop { $0.position <= position }.prefix(limit))
    }

    public mutating func condemn(_ why: String) { condemned.append(why) }

    private mutating func read() throws(CommitFailure) {
        guard failingReads > 0 else { return }
        failingReads -= 1
        throw FailingStore.failure
    }

    private static let failure = CommitFailure(code: "disk_full", text: "no space is left")

    private mutating func store(_ turn: borrowing Turn) {
        for record in turn.records {
            if record.position != head.position + 1 { complaints.append("position \(record.position) after \(head.position)") }
            if head.position > 0, record.at <= head.at { complaints.append("the time of position \(record.position) does not grow") }
            head = (record.position, record.at)
            journal.append(record)
        }
        if turn.position != head.position { complaints.append("the turn says position \(turn.position), its records \(head.position)") }
        for effect in turn.effects { store(effect) }
        audit += turn.audit
        if let checkpoint = turn.checkpoint {
            if checkpoint.position != head.position { complaints.append("a checkpoint of position \(checkpoint.position) at \(head.position)") }
            checkpoints = checkpoints.suffix(1) + [checkpoint]
        }
    }

    private mutating func store(_ effect: Effect) {
        switch effect {
        case .keep(let row): decided[row.table + "\u{0}" + row.key] = row.bytes == nil ? nil : row
        case .revise(let revision):
            let last = revisions.last { $0.incident == revision.incident }?.revision ?? 0
            if revision.revision != last + 1 { complaints.append("revision \(revision.revision) of \(revision.incident) after \(last)") }
            revisions.append(revision)
        case .enqueue(let delivery):
            if deliveries.contains(where: { $0.key == delivery.key }) { complaints.append("\(delivery.key) stands twice in the outbox") }
            deliveries.append(delivery)
            outbox.insert(delivery.key)
        case .retire(let key), .deadLetter(let key, _): outbox.remove(key)
        case .revive(let key):
            if deliveries.contains(where: { $0.key == key }) { outbox.insert(key) }
        case .audit(let entry): audit.append(entry)
        case .downlink, .answer, .reject, .quarantine: break
        }
    }
}
