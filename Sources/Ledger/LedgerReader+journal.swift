import CareModel
import Foundation
import GRDB

extension LedgerReader {
    /// All records with positions over `position` up to `last`, in order, read page by page as they are asked for.
    ///
    /// - Parameter last: nil = to the end of what is committed when the end is reached.
    public func records(after position: UInt64 = 0, through last: UInt64? = nil) -> JournalRecords {
        JournalRecords(reader: self, position: position, last: last ?? UInt64(Int64.max))
    }

    /// A position behind which every record of `instant` and later stands; few older ones may stand there too.
    ///
    /// By halving over the rows' positions: times only grow with them.
    public func position(before instant: Instant) throws(LedgerFailure) -> UInt64 {
        try read { db in
            guard let ends = try Row.fetchOne(db, sql: "SELECT min(first_position), max(first_position) FROM journal"),
                  let first = ends[0] as Int64?, let last = ends[1] as Int64? else { return 0 }
            let statement = try db.cachedStatement(sql: "SELECT first_position, at_first FROM journal WHERE first_position <= ? ORDER BY first_position DESC LIMIT 1")
            var low = first, high = last
            while low < high {
                let middle = low + (high - low + 1) / 2
                guard let row = try Row.fetchOne(statement, arguments: [middle]) else { break }
                if (row[1] as Int64) <= instant.microseconds { low = middle } else { high = (row[0] as Int64) - 1 }
            }
            guard let row = try Row.fetchOne(statement, arguments: [max(low, first)]) else { return 0 }
            return UInt64(max(0, (row[0] as Int64) - 1))
        }
    }

    /// One page: whole rows after `position`, at least one row where there is any, at most some `JournalRecords.pageBytes`.
    func page(after position: UInt64, through last: UInt64) throws(LedgerFailure) -> [JournalRecord] {
        try read { db in
            var records: [JournalRecord] = []
            var size = 0
            // The row that holds `position` may go on after it.
            let start = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT max(first_position) FROM journal WHERE first_position <= ?"), arguments: [Int64(bitPattern: position)]) ?? 0
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: """
                    SELECT first_position, at_first, record_count, form, records FROM journal
                    WHERE first_position >= ? AND first_position <= ? AND last_position > ? ORDER BY first_position
                    """), arguments: [start, Int64(bitPattern: last), Int64(bitPattern: position)])
            while size < JournalRecords.pageBytes, let row = try rows.next() {
                let stored = bytes(row, 4)
                size += stored.count
                let found = try JournalRow.records(
                    stored, count: row[2], form: row[3], base: (UInt64(bitPattern: row[0]), Instant(microseconds: row[1])))
                records += found.filter { $0.position > position && $0.position <= last }
            }
            return records
        }
    }
}

/// Journal records in order, held a page at a time.
public struct JournalRecords: Sendable {
    /// Stored bytes after which a page ends.
    static let pageBytes = 262_144

    private let reader: LedgerReader
    private var position: UInt64
    private let last: UInt64
    private var page: [JournalRecord] = []
    private var index = 0

    init(reader: LedgerReader, position: UInt64, last: UInt64) { (self.reader, self.position, self.last) = (reader, position, last) }

    /// The next record; nil at the end. After a failure the next call tries again.
    public mutating func next() throws(LedgerFailure) -> JournalRecord? {
        if index == page.count {
            page = try reader.page(after: position, through: last)
            index = 0
        }
        guard index < page.count else { return nil }
        defer { index += 1 }
        position = page[index].position
        return page[index]
    }
}
