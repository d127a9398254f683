import CareModel

/// Everything of one turn of the sequencer: stored whole or not at all.
public struct LedgerTurn: Sendable {
    /// In rising order of position, following the last committed one without a gap; may be empty.
    public var records: [JournalRecord]
    /// In the order in which `step` gave them. Downlinks and answers are not stored.
    public var effects: [Effect]
    /// The position after this turn: the last record's, or the head's when there is none.
    public var position: UInt64
    /// Hub time of the turn's end.
    public var at: Instant
    /// The wall clock as the core knows it after this turn.
    public var clock: HubClock
    /// What the core has learned up to `position`, now and then.
    public var checkpoint: CheckpointRow?
    /// The configuration accepted in this turn.
    public var configuration: ConfigurationRow?

    public init(
        records: [JournalRecord], effects: [Effect], position: UInt64, at: Instant, clock: HubClock,
        checkpoint: CheckpointRow? = nil, configuration: ConfigurationRow? = nil
    ) {
        (self.records, self.effects, self.position, self.at, self.clock) = (records, effects, position, at, clock)
        (self.checkpoint, self.configuration) = (checkpoint, configuration)
    }
}

/// The core's memory at one position; the ledger does not look into `sections`.
public struct CheckpointRow: Hashable, Sendable {
    public var position: UInt64
    public var at: Instant
    public var stateVersion: UInt32
    public var build: String
    public var configuration: ConfigurationDigest
    public var sections: [UInt8]

    public init(position: UInt64, at: Instant, stateVersion: UInt32, build: String, configuration: ConfigurationDigest, sections: [UInt8]) {
        (self.position, self.at, self.stateVersion) = (position, at, stateVersion)
        (self.build, self.configuration, self.sections) = (build, configuration, sections)
    }
}

/// An accepted configuration, with its time-zone transitions, under its digest.
public struct ConfigurationRow: Hashable, Sendable {
    public var digest: ConfigurationDigest
    public var bytes: [UInt8]

    public init(digest: ConfigurationDigest, bytes: [UInt8]) { (self.digest, self.bytes) = (digest, bytes) }
}

/// What a commit gave.
public struct LedgerReceipt: Hashable, Sendable {
    /// Wall time just before COMMIT, stored with each revision of the turn.
    public var committedAt: WallTime
    /// The stream cursor after this turn.
    public var cursor: Int64
    /// What this turn put in the outbox of incidents' first revisions: nothing older can stand before them, so they may go
    /// without the outbox being read.
    public var firsts: [PendingDelivery] = []
}

/// The state of the ledger as the next turn finds it.
public struct LedgerHead: Hashable, Sendable {
    /// The last committed position; 0 = none.
    public var position: UInt64
    public var at: Instant
    public var clock: HubClock
    /// The largest revision cursor given.
    public var cursor: Int64
}

/// What is stored when the hub starts.
public struct Recovered: Sendable {
    public var head: LedgerHead
    /// `HUB-EPOCH`'s second half.
    public var epoch: String
    /// Newest first, 0...`LedgerLimits.checkpointsKept`; damaged ones are left out. The core takes the first whose
    /// `stateVersion` it can read.
    public var checkpoints: [CheckpointRow]
    /// By table, then key.
    public var decided: [DecidedRow]
    /// The configuration that was accepted last.
    public var configuration: ConfigurationRow?
    /// The position of the oldest record that the journal still has; nil when it has none.
    public var oldestPosition: UInt64?
}

/// Something that opening found and did, for the log and for a finding.
public enum OpeningNote: Hashable, Sendable, CustomStringConvertible {
    case created(epoch: String)
    /// Schema versions before and after.
    case migrated(from: Int, to: Int)
    /// The database is not the one that this folder last held; incidents count from a new epoch.
    case restored(oldEpoch: String, newEpoch: String, why: String)
    /// The database was damaged and stands under `file` now.
    case setAside(file: String, why: String, newEpoch: String)
    /// What could be read of a damaged one and was carried over.
    case salvaged(incidents: Int, decidedRows: Int, deliveries: Int)

    public var description: String {
        switch self {
        case .created(let epoch): "created a new database, epoch \(epoch)"
        case .migrated(let from, let to): "migrated the database from schema \(from) to \(to)"
        case .restored(let old, let new, let why): "the database is a restored copy (\(why)); epoch \(old) becomes \(new)"
        case .setAside(let file, let why, let epoch): "the database was damaged (\(why)) and is kept as \(file); the new one has epoch \(epoch)"
        case .salvaged(let incidents, let rows, let deliveries):
            "carried over from the damaged database: \(incidents) incidents, \(rows) decided rows, \(deliveries) deliveries"
        }
    }
}
