import CareModel
import Foundation
import GRDB
import Synchronization

/// The one SQLite file of the hub, and its only writer.
///
/// WAL with `synchronous=FULL` on one connection, which also checkpoints the WAL (SQLite 3.40.1 can damage a
/// file whose WAL several connections reset). Other threads read through `reader`, whose connections are
/// read-only. After `.damaged` or `.ioError` close this ledger and open a new one.
public final class Ledger: Sendable {
    /// What opening found; empty after an ordinary stop or crash.
    public let notes: [OpeningNote]
    /// The second half of every incident's origin.
    public let epoch: String
    /// Reads for any thread, as of the last commit.
    public let reader: LedgerReader

    let folder: DataFolder
    let options: LedgerOptions
    let writer: DatabaseQueue
    let state: Mutex<State>

    struct State: ~Copyable {
        var head: LedgerHead
        var highWater: HighWater
        var isOpen = true
        var space = LedgerSpace.enough
    }

    init(folder: DataFolder, options: LedgerOptions, writer: DatabaseQueue, reader: LedgerReader, head: LedgerHead, epoch: String, notes: [OpeningNote]) throws(LedgerFailure) {
        (self.folder, self.options, self.writer, self.reader) = (folder, options, writer, reader)
        (self.epoch, self.notes) = (epoch, notes)
        state = Mutex(State(head: head, highWater: try HighWater(folder)))
        layBallast()
    }

    /// What the last commit left.
    public var head: LedgerHead { state.withLock { $0.head } }

    /// How full the disk is, as the last commit or `tend` found it.
    public var space: LedgerSpace { state.withLock { $0.space } }

    /// `PRAGMA synchronous` and `journal_mode` of the writer, read back: (2, "wal").
    public func durability() throws(LedgerFailure) -> (synchronous: Int, journalMode: String) {
        try write { try Ledger.durability($0) }
    }

    static func durability(_ db: Database) throws -> (synchronous: Int, journalMode: String) {
        (try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1, try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "")
    }

    /// Writes a row and takes it away again, synced: whether a failed commit may be tried again.
    public func probe() throws(LedgerFailure) {
        try write { db in
            try db.inTransaction(.immediate) {
                try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('probe', hex(zeroblob(8192)))")
                return .commit
            }
            try db.inTransaction(.immediate) {
                try db.execute(sql: "DELETE FROM meta WHERE key = 'probe'")
                return .commit
            }
        }
        state.withLock { if $0.space == .full { $0.space = folder.exists(folder.ballastFile) ? .enough : .ballastReleased } }
    }

    /// Moves what the WAL holds into the database; between turns, when the hub has nothing else to do.
    public func checkpointWAL() throws(LedgerFailure) {
        try write { db in _ = try db.checkpoint(.passive) }
    }

    /// Has the next opening set the database aside, although SQLite finds nothing wrong with it: for a journal row
    /// or a decided row that is there and cannot be understood.
    public func condemn(_ why: String) throws(LedgerFailure) {
        try folder.replace(folder.checkNeededFile, with: DataFolder.condemned + why.prefix(1_000) + "\n")
    }

    /// Closes every connection and gives the lock back; a second call does nothing.
    public func close() throws(LedgerFailure) {
        let wasOpen = state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
        guard wasOpen else { return }
        defer { folder.release() }
        try LedgerFailure.typed {
            try reader.close()
            try writer.close()
        }
    }

    /// Runs `work` on the writer, outside a transaction. A damaged file is noted, so that the next opening looks at all of it.
    func write<T>(_ work: (Database) throws -> T) throws(LedgerFailure) -> T {
        guard state.withLock({ $0.isOpen }) else { throw LedgerFailure(.other, "the ledger is closed") }
        do {
            return try LedgerFailure.typed { try writer.writeWithoutTransaction(work) }
        } catch {
            folder.note(error)
            throw error
        }
    }
}

/// How full the disk is.
public enum LedgerSpace: Hashable, Sendable {
    case enough
    /// The disk was full; the ballast was given up, so that a few thousand turns still fit. A technical finding.
    case ballastReleased
    /// Nothing fits; commits fail until there is room.
    case full
}
