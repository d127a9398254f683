import CareModel
import Foundation
import GRDB

/// One stored revision of an incident.
public struct StoredRevision: Hashable, Sendable {
    public var cursor: Int64
    public var position: UInt64
    public var at: Instant
    public var committedAt: WallTime
    public var revision: IncidentRevision
}

/// An incident as lists show it; its newest revision has everything else.
public struct IncidentRow: Hashable, Sendable {
    public var id: IncidentID
    public var state: IncidentState
    public var priority: Priority
    public var category: Category
    public var origin: Origin
    public var home: HomeID?
    public var revision: UInt32
    public var openedAt: WallTime
    public var changedAt: WallTime
    /// Of its newest revision: for paging.
    public var cursor: Int64
}

extension LedgerReader {
    private static let columns = "cursor, position, incident, revision, state, priority, category, origin, home, at, committed_at, \"full\", masked"

    /// Incidents in any of `states`, changed last first.
    ///
    /// - Parameter before: only those whose cursor is less, for the next page; nil = from the newest.
    public func incidents(in states: [IncidentState], before: Int64? = nil, limit: Int) throws(LedgerFailure) -> [IncidentRow] {
        let limit = min(max(limit, 1), LedgerLimits.rowsPerReadMax)
        let wanted = Set(states.map { Int($0.rawValue) }).sorted().map(String.init).joined(separator: ",")
        return try read { db in
            try Row.fetchAll(
                db, sql: """
                    SELECT id, state, priority, category, origin, home, revision, opened_at, changed_at, cursor FROM incident
                    WHERE state IN (\(wanted)) AND cursor < ? ORDER BY cursor DESC LIMIT ?
                    """, arguments: [before ?? .max, limit]
            ).map(LedgerReader.incident)
        }
    }

    /// An incident's row and its newest revision; nil when it is unknown.
    public func incident(_ id: IncidentID) throws(LedgerFailure) -> (row: IncidentRow, newest: StoredRevision)? {
        try read { db in
            let incident = try Row.fetchOne(
                db.cachedStatement(sql: """
                    SELECT id, state, priority, category, origin, home, revision, opened_at, changed_at, cursor FROM incident WHERE id = ?
                    """), arguments: [id.description])
            guard let row = try incident.map(LedgerReader.incident) else { return nil }
            let newest = try Row.fetchOne(
                db.cachedStatement(sql: "SELECT \(LedgerReader.columns) FROM incident_revision WHERE cursor = ?"), arguments: [row.cursor])
            return try newest.map { (row, try LedgerReader.revision($0)) }
        }
    }

    /// The revisions of one incident that are still kept, oldest first.
    public func history(of id: IncidentID) throws(LedgerFailure) -> [StoredRevision] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT \(LedgerReader.columns) FROM incident_revision WHERE incident = ? ORDER BY revision DESC LIMIT ?",
                arguments: [id.description, LedgerLimits.rowsPerReadMax]
            ).reversed().map(LedgerReader.revision)
        }
    }

    /// Revisions of all incidents after `cursor`, oldest first: what the live stream and its resumption show.
    public func revisions(after cursor: Int64, limit: Int) throws(LedgerFailure) -> [StoredRevision] {
        let limit = min(max(limit, 1), LedgerLimits.rowsPerReadMax)
        return try read { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT \(LedgerReader.columns) FROM incident_revision WHERE cursor > ? ORDER BY cursor LIMIT ?"),
                arguments: [cursor, limit]
            ).map(LedgerReader.revision)
        }
    }

    private static func incident(_ row: Row) throws -> IncidentRow {
        guard let id = IncidentID(row[0]) else { throw LedgerFailure(.damaged, "incident \(row[0] as String)") }
        return IncidentRow(
            id: id, state: IncidentState(rawValue: row[1]) ?? .open, priority: Priority(rawValue: row[2]) ?? .high,
            category: Category(rawValue: row[3]) ?? .safety, origin: Origin(rawValue: row[4]) ?? .live, home: (row[5] as String?).map(HomeID.init),
            revision: UInt32(truncatingIfNeeded: row[6] as Int64), openedAt: WallTime(microseconds: row[7]), changedAt: WallTime(microseconds: row[8]),
            cursor: row[9])
    }

    static func revision(_ row: Row) throws -> StoredRevision {
        guard let id = IncidentID(row[2]) else { throw LedgerFailure(.damaged, "incident \(row[2] as String)") }
        return StoredRevision(
            cursor: row[0], position: UInt64(bitPattern: row[1]), at: Instant(microseconds: row[9]), committedAt: WallTime(microseconds: row[10]),
            revision: IncidentRevision(
                incident: id, revision: UInt32(truncatingIfNeeded: row[3] as Int64), state: IncidentState(rawValue: row[4]) ?? .open,
                priority: Priority(rawValue: row[5]) ?? .high, category: Category(rawValue: row[6]) ?? .safety, origin: Origin(rawValue: row[7]) ?? .live,
                home: (row[8] as String?).map(HomeID.init), full: bytes(row, 11), masked: bytes(row, 12)))
    }
}
