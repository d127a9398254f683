import CareModel
import Foundation

/// Records of one turn in the form in which the table `journal` keeps them: one row, unless a burst is very long.
struct JournalRow {
    var first: JournalRecord
    var last: JournalRecord
    var count: Int
    var writer: ByteWriter

    /// Splits where a row would grow over `LedgerLimits.journalRowBytesMax`.
    static func rows(of records: [JournalRecord]) -> [JournalRow] {
        var rows: [JournalRow] = []
        guard var first = records.first, let end = records.last else { return rows }
        var writer = ByteWriter(reserving: records.count * 128)
        var count = 0
        var last = first
        for record in records {
            if count > 0, writer.bytes.count >= LedgerLimits.journalRowBytesMax {
                rows.append(JournalRow(first: first, last: last, count: count, writer: writer))
                writer = ByteWriter(reserving: 4_096)
                (first, count) = (record, 0)
            }
            record.write(to: &writer, base: (first.position, first.at))
            (last, count) = (record, count + 1)
        }
        rows.append(JournalRow(first: first, last: end, count: count, writer: writer))
        return rows
    }

    /// The records of a stored row.
    static func records(_ bytes: [UInt8], count: Int, form: Int, base: (position: UInt64, at: Instant)) throws(LedgerFailure) -> [JournalRecord] {
        guard form == Int(JournalRecord.binaryVersion) else { throw LedgerFailure(.newerSchema(found: form, known: Int(JournalRecord.binaryVersion)), "journal form") }
        var reader = ByteReader(bytes)
        var records: [JournalRecord] = []
        records.reserveCapacity(min(count, Limits.messagesPerTurnMax * 4))
        do {
            for _ in 0..<count { records.append(try JournalRecord(from: &reader, base: base)) }
        } catch {
            throw LedgerFailure(.damaged, "journal row \(base.position): \(error)")
        }
        return records
    }
}
