import CareModel
import Foundation
import GRDB

/// Newest revisions of several incidents and where the stream stood when they were read.
public struct IncidentList: Hashable, Sendable {
    public var revisions: [StoredRevision]
    /// The newest cursor in the same read.
    public var latest: Int64
    /// The smallest cursor after which no revision was deleted.
    public var complete: Int64
}

extension LedgerReader {
    /// The newest revision of each incident in any of `states`: unresolved first, by priority, then oldest; resolved newest first.
    ///
    /// - Parameters:
    ///   - since: only those opened at or after.
    ///   - homes: only those of these homes and those without a home; nil = every one.
    public func incidentList(in states: [IncidentState], since: WallTime? = nil, homes: [HomeID]? = nil, limit: Int) throws(LedgerFailure) -> IncidentList {
        let wanted = Set(states.map { Int($0.rawValue) }).sorted().map(String.init).joined(separator: ",")
        let names: String? = homes.map { String(decoding: (try? JSONEncoder().encode($0.map(\.text))) ?? Data("[]".utf8), as: UTF8.self) }
        return try read { db in
            let revisions = try Row.fetchAll(
                db, sql: """
                    SELECT r.cursor, r.position, r.incident, r.revision, r.state, r.priority, r.category, r.origin, r.home, r.at, r.committed_at,
                           r."full", r.masked
                    FROM incident i JOIN incident_revision r ON r.cursor = i.cursor
                    WHERE i.state IN (\(wanted)) AND i.opened_at >= ?\(names == nil ? "" : " AND (i.home IS NULL OR i.home IN (SELECT value FROM json_each(?)))")
                    ORDER BY i.state = 4, CASE WHEN i.state = 4 THEN 0 ELSE -i.priority END,
                             CASE WHEN i.state = 4 THEN -i.cursor ELSE i.opened_at END
                    LIMIT ?
                    """, arguments: names.map { [since?.microseconds ?? .min, $0, limit] } ?? [since?.microseconds ?? .min, limit]
            ).map(LedgerReader.revision)
            return IncidentList(revisions: revisions, latest: try LedgerReader.latest(db), complete: try LedgerReader.complete(db))
        }
    }

    /// The smallest cursor after which no revision was deleted; 0 as long as none ever was.
    public func streamComplete() throws(LedgerFailure) -> Int64 { try read { try LedgerReader.complete($0) } }

    /// How many incidents of at least that priority are open, live and taken by nobody.
    public func untaken(atLeast minimum: Priority) throws(LedgerFailure) -> Int {
        try read { db in
            try Int.fetchOne(
                db.cachedStatement(sql: "SELECT count(*) FROM incident WHERE state = 0 AND origin = 0 AND priority >= ?"), arguments: [Int(minimum.rawValue)]) ?? 0
        }
    }

    private static func latest(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT cursor FROM head")) ?? 0
    }

    /// Retention deletes old revisions of resolved incidents; a reader that was here before them must read the list anew.
    private static func complete(_ db: Database) throws -> Int64 {
        guard let text = try String.fetchOne(db.cachedStatement(sql: "SELECT value FROM meta WHERE key = 'stream_complete'")) else { return 0 }
        return Int64(text) ?? 0
    }
}
