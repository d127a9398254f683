import CareModel
import Foundation
import GRDB

/// What a report is made of, read in one transaction.
public struct ReportSource: Hashable, Sendable {
    /// The newest revision of each incident that was opened in the period, by identifier.
    public var revisions: [StoredRevision]
    /// Rows of incidents that are still open: they know what was not told yet.
    public var open: [DecidedRow]
}

extension LedgerReader {
    /// The table knows when an opening was committed, which is later than its own time: by milliseconds, or, where the hub was down and made up for it, by
    /// the time that it was down, of which a week is looked at. Whoever asks leaves out what was opened after the period.
    ///
    /// - Parameter period: incidents that were opened in it, and further ones that were committed up to a week later.
    public func reportSource(openedIn period: Range<WallTime>) throws(LedgerFailure) -> ReportSource {
        try read { db in
            let revisions = try Row.fetchAll(
                db, sql: """
                    SELECT r.cursor, r.position, r.incident, r.revision, r.state, r.priority, r.category, r.origin, r.home, r.at, r.committed_at,
                           r."full", r.masked
                    FROM incident i JOIN incident_revision r ON r.cursor = i.cursor
                    WHERE i.opened_at >= ? AND i.opened_at < ? ORDER BY i.id
                    """, arguments: [period.lowerBound.microseconds, (period.upperBound + .seconds(7 * 86_400)).microseconds]
            ).map(LedgerReader.revision)
            let open = try Row.fetchAll(db, sql: "SELECT \"table\", key, version, bytes FROM decided WHERE \"table\" = 'incident' ORDER BY key").map {
                DecidedRow(table: $0[0], key: $0[1], version: UInt16(truncatingIfNeeded: $0[2] as Int), bytes: bytes($0, 3))
            }
            return ReportSource(revisions: revisions, open: open)
        }
    }
}
