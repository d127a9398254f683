import CareModel
import Foundation
import GRDB

extension Ledger {
    /// What the core starts from: decided rows, the newest checkpoints, and where the journal stands.
    ///
    /// The records after a checkpoint come from `reader.records(after:)`, a few rows at a time.
    public func recover() throws(LedgerFailure) -> Recovered {
        let epoch = epoch
        return try write { db in
            let checkpoints = try Row.fetchAll(db, sql: """
                SELECT position, at, state_version, build, configuration, checksum, sections FROM checkpoint ORDER BY position DESC
                """).compactMap { CheckpointRow($0) }
            let decided = try Row.fetchAll(db, sql: "SELECT \"table\", key, version, bytes FROM decided ORDER BY \"table\", key").map {
                DecidedRow(table: $0[0], key: $0[1], version: UInt16(truncatingIfNeeded: $0[2] as Int), bytes: bytes($0, 3))
            }
            let configuration = try Row.fetchOne(db, sql: "SELECT digest, bytes FROM configuration ORDER BY at DESC, rowid DESC LIMIT 1").map {
                ConfigurationRow(digest: ConfigurationDigest($0[0]), bytes: bytes($0, 1))
            }
            return Recovered(
                head: try Ledger.storedHead(db), epoch: epoch, checkpoints: checkpoints, decided: decided, configuration: configuration,
                oldestPosition: try Int64.fetchOne(db, sql: "SELECT min(first_position) FROM journal").map { UInt64(bitPattern: $0) })
        }
    }
}

/// A blob column; NULL gives none.
func bytes(_ row: Row, _ index: Int) -> [UInt8] {
    (row[index] as Data?).map { Array($0) } ?? []
}

extension CheckpointRow {
    /// A row of `checkpoint` with its columns in their order; nil for one that is torn or damaged.
    fileprivate init?(_ row: Row) {
        let sections = bytes(row, 6)
        guard checksum(sections) == row[5] as Int64 else { return nil }
        self.init(
            position: UInt64(bitPattern: row[0]), at: Instant(microseconds: row[1]), stateVersion: UInt32(truncatingIfNeeded: row[2] as Int64),
            build: row[3], configuration: ConfigurationDigest(row[4]), sections: sections)
    }
}

extension LedgerReader {
    /// The newest checkpoint that is whole, some megabytes in a large house; nil before the first.
    public func newestCheckpoint() throws(LedgerFailure) -> CheckpointRow? {
        try read { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT position, at, state_version, build, configuration, checksum, sections FROM checkpoint ORDER BY position DESC")
            while let row = try rows.next() { if let found = CheckpointRow(row) { return found } }
            return nil
        }
    }
}
