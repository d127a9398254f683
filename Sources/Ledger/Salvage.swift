import CareModel
import GRDB

/// Carries what can still be read of a damaged database into a new one: what was decided and not yet done.
struct Salvage {
    /// Where the damaged database stands now.
    let file: String

    /// Copies row by row and leaves out what cannot be read; never throws for the damaged side.
    func carry(into new: Database) throws -> OpeningNote {
        var configuration = Configuration()
        configuration.label = "ledger-salvage"
        // Not read-only: the WAL beside it may hold the newest commits, and reading it needs its index.
        guard let old = try? DatabaseQueue(path: file, configuration: configuration) else {
            return .salvaged(incidents: 0, decidedRows: 0, deliveries: 0)
        }
        defer { try? old.close() }
        var counts: [String: Int] = [:]
        try new.inTransaction(.immediate) {
            for (table, condition) in [
                ("decided", "1"), ("incident", "state <> 4"),
                ("incident_revision", "incident IN (SELECT id FROM incident WHERE state <> 4)"),
                ("outbox", "1"), ("configuration", "1"),
            ] {
                let rows = readable(old, table, condition)
                for row in rows {
                    let marks = Array(repeating: "?", count: row.count).joined(separator: ", ")
                    try new.execute(sql: "INSERT OR IGNORE INTO \(table) VALUES (\(marks))", arguments: StatementArguments(row.databaseValues))
                }
                counts[table] = rows.count
            }
            if let head = readable(old, "head", "1").first, head.count == 6 {
                try new.execute(sql: "UPDATE head SET position = ?, at = ?, wall_offset = ?, clock_quality = ?, cursor = ?", arguments: StatementArguments(head.databaseValues.dropFirst()))
            }
            return .commit
        }
        return .salvaged(incidents: counts["incident"] ?? 0, decidedRows: counts["decided"] ?? 0, deliveries: counts["outbox"] ?? 0)
    }

    /// The rows up to the first that cannot be read.
    private func readable(_ old: DatabaseQueue, _ table: String, _ condition: String) -> [Row] {
        var rows: [Row] = []
        try? old.inDatabase { db in
            let cursor = try Row.fetchCursor(db, sql: "SELECT * FROM \(table) WHERE \(condition)")
            while let row = try cursor.next() { rows.append(row.copy()) }
        }
        return rows
    }
}
