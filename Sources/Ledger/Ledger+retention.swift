import CareModel
import Foundation
import GRDB

/// What one call of `tend` did, and whether it could do enough.
public struct Tending: Hashable, Sendable {
    /// Bytes of pages in use after it, free pages not counted.
    public var usedBytes: Int64
    public var journalRowsDeleted = 0
    public var revisionsDeleted = 0
    public var incidentsDeleted = 0
    public var auditRowsDeleted = 0
    /// The quota asks for more room, but the oldest kept checkpoint needs the rest of the journal: make a new checkpoint.
    public var isHeldByCheckpoint = false
    /// More is due; call again soon.
    public var isUnfinished = false
}

extension Ledger {
    private static let day: Int64 = 86_400_000_000

    /// Keeps the database inside its quota and forgets what is old, a bounded piece a call.
    ///
    /// Call it between turns, about once a minute, and again while `isUnfinished`. The journal is never cut past
    /// the oldest kept checkpoint; open incidents, pending deliveries and decided rows never go.
    ///
    /// - Parameter wall: wall time now.
    public func tend(wall: WallTime) throws(LedgerFailure) -> Tending {
        let (now, options) = (head.at, options)
        let tending = try write { db in
            var tending = Tending(usedBytes: 0)
            try db.inTransaction(.immediate) {
                try Ledger.cutJournal(db, options, now: now, &tending)
                try Ledger.shortenIncidents(db, before: wall.microseconds - Int64(options.revisionDaysMax) * Ledger.day, &tending)
                try db.run("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? OR id <= (SELECT max(id) FROM audit) - ? ORDER BY id LIMIT 1000)", [
                    .integer(wall.microseconds - Int64(options.auditDaysMax) * Ledger.day), .number(LedgerLimits.auditRowsMax),
                ])
                tending.auditRowsDeleted = db.changesCount
                try db.run("""
                    DELETE FROM configuration WHERE digest NOT IN (SELECT configuration FROM checkpoint)
                    AND digest NOT IN (SELECT digest FROM configuration ORDER BY at DESC LIMIT ?)
                    """, [.number(LedgerLimits.configurationsKept)])
                return .commit
            }
            try db.execute(sql: "PRAGMA incremental_vacuum(\(LedgerLimits.vacuumPagesPerTendMax))")
            tending.usedBytes = try Ledger.usedBytes(db)
            return tending
        }
        layBallast()
        return tending
    }

    static func usedBytes(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size") ?? 0
    }

    /// The oldest rows go while they are too old, or while more than nine tenths of the quota are in use.
    private static func cutJournal(_ db: Database, _ options: LedgerOptions, now: Instant, _ tending: inout Tending) throws {
        let limit = try Int64.fetchOne(db, sql: "SELECT min(position) FROM checkpoint")
        let oldest = now.microseconds - Int64(options.journalDaysMax) * day
        var excess = try usedBytes(db) - options.quotaBytes / 10 * 9
        let rows = try Row.fetchAll(db, sql: """
            SELECT first_position, last_position, at_last, length(records) FROM journal ORDER BY first_position LIMIT \(LedgerLimits.journalRowsPerTendMax + 1)
            """)
        var through: Int64?
        for row in rows {
            let (last, at): (Int64, Int64) = (row[1], row[2])
            guard excess > 0 || at < oldest else { break }
            guard let limit, last <= limit else {
                tending.isHeldByCheckpoint = excess > 0
                break
            }
            guard tending.journalRowsDeleted < LedgerLimits.journalRowsPerTendMax else {
                tending.isUnfinished = true
                break
            }
            excess -= row[3]
            through = row[0]
            tending.journalRowsDeleted += 1
        }
        if let through { try db.run("DELETE FROM journal WHERE first_position <= ?", [.integer(through)]) }
    }

    /// A resolved incident keeps its newest revision; beyond `LedgerLimits.resolvedIncidentsMax` the oldest go whole.
    private static func shortenIncidents(_ db: Database, before: Int64, _ tending: inout Tending) throws {
        let isDelivered = "NOT EXISTS (SELECT 1 FROM incident_revision p CROSS JOIN outbox o ON o.cursor = p.cursor WHERE p.incident = i.id AND o.state = 0)"
        let long = try String.fetchAll(db, sql: """
            SELECT i.id FROM incident i WHERE i.state = 4 AND i.changed_at < ? AND \(isDelivered)
            AND EXISTS (SELECT 1 FROM incident_revision r WHERE r.incident = i.id AND r.revision < i.revision)
            ORDER BY i.changed_at LIMIT ?
            """, arguments: [before, LedgerLimits.incidentsPerTendMax])
        for id in long {
            try db.run("DELETE FROM outbox WHERE cursor IN (SELECT cursor FROM incident_revision WHERE incident = ?1 AND revision < (SELECT revision FROM incident WHERE id = ?1))", [.text(id)])
            try db.run("DELETE FROM incident_revision WHERE incident = ?1 AND revision < (SELECT revision FROM incident WHERE id = ?1)", [.text(id)])
            tending.revisionsDeleted += db.changesCount
        }
        let excess = (try Int.fetchOne(db, sql: "SELECT count(*) FROM incident WHERE state = 4") ?? 0) - LedgerLimits.resolvedIncidentsMax
        if excess > 0 {
            let gone = try String.fetchAll(db, sql: "SELECT i.id FROM incident i WHERE i.state = 4 AND \(isDelivered) ORDER BY i.changed_at LIMIT ?", arguments: [
                min(excess, LedgerLimits.incidentsPerTendMax),
            ])
            for id in gone {
                try db.run("DELETE FROM outbox WHERE cursor IN (SELECT cursor FROM incident_revision WHERE incident = ?)", [.text(id)])
                try db.run("DELETE FROM incident_revision WHERE incident = ?", [.text(id)])
                try db.run("DELETE FROM incident WHERE id = ?", [.text(id)])
            }
            tending.incidentsDeleted = gone.count
        }
        if long.count == LedgerLimits.incidentsPerTendMax || excess > LedgerLimits.incidentsPerTendMax { tending.isUnfinished = true }
    }
}
