import CareModel
import GatewayCore

/// Everything of one turn, for one transaction.
public struct Turn: Sendable {
    public var records: [JournalRecord] = []
    public var effects: [Effect] = []
    /// Written by people and pages, kept without passing through the core.
    public var audit: [AuditEntry] = []
    public var checkpoint: Checkpoint?
    public var position: UInt64 = 0
    public var at = Instant(microseconds: 0)
    public var clock = HubClock()

    public init() {}

    public var isEmpty: Bool { records.isEmpty && effects.isEmpty && audit.isEmpty && checkpoint == nil }

    mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        effects.removeAll(keepingCapacity: true)
        audit.removeAll(keepingCapacity: true)
        checkpoint = nil
    }
}

/// Why a turn could not be stored.
public struct CommitFailure: Error, Hashable, Sendable {
    /// Stable word for metrics and logs: `disk_full`, `io_error`, `damaged`, `busy`, `other`.
    public var code: String
    public var text: String

    public init(code: String, text: String) { (self.code, self.text) = (code, text) }
}

/// What the ledger holds when the core is built anew.
public struct RecoveredState: Sendable {
    /// Decided rows, every table.
    public var rows: [DecidedRow]
    public var checkpoint: Checkpoint?
    /// Position and time of the newest record.
    public var position: UInt64
    public var at: Instant

    public init(rows: [DecidedRow], checkpoint: Checkpoint?, position: UInt64, at: Instant) {
        (self.rows, self.checkpoint, self.position, self.at) = (rows, checkpoint, position, at)
    }
}

/// The ledger as the sequencer sees it; one writer.
public protocol StorePort {
    /// Stores the whole turn and returns only when it is on the disk, or nothing of it.
    mutating func commit(_ turn: borrowing Turn) throws(CommitFailure)
    /// Whether a small write works now.
    mutating func probe() -> Bool
    mutating func recover() throws(CommitFailure) -> RecoveredState
    /// What stands in the ledger can't be understood: the next opening sets it aside.
    mutating func condemn(_ why: String)
    /// `HUB-EPOCH`'s second half: new when the database was created, restored or set aside.
    var epoch: String { get }
    /// Records after `position`, oldest first, at most `limit` of them; none at the end.
    mutating func records(after position: UInt64, limit: Int) throws(CommitFailure) -> [JournalRecord]
}

/// One thing from outside, before it has a position.
public enum Input: Sendable {
    case record(JournalRecord.Body)
    /// A new configuration that was checked; becomes a `configured` record.
    case configuration(Configuration)
    case audit(AuditEntry)
}

/// Broker sessions and mailbox as the sequencer sees them.
public protocol IntakePort {
    /// Appends what is there, safety first, at most `limit` messages; never waits.
    mutating func take(_ limit: Int, into inputs: inout [Input])
    /// Lets the acknowledgements of everything taken so far leave. Called after the commit only.
    mutating func acknowledge()
    /// Shuts the sockets without acknowledging: the broker will deliver again.
    mutating func refuse()
}

/// What is told after a commit.
public protocol OutletPort {
    mutating func tell(_ turn: borrowing Turn)
    /// The turn with these commands could not be stored: their senders must try again.
    mutating func refused(_ commands: [CommandID], because failure: CommitFailure)
}

/// The hub's clocks.
public protocol TimePort {
    /// Hub time: the boot clock plus the anchor; never steps back.
    func now() -> Instant
    /// What the wall clock shows, and how far it is to be believed.
    func wall() -> (WallTime, ClockQuality)
}
