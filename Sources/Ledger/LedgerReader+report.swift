import CareModel
import Foundation
import GRDB

/// What a report is made of, read in one transaction.
public struct ReportSource: Hashable, Sendable {
    /// The newest revision of each incident that was opened in the period, by identifier.
    public var revisions: [StoredRevision]
    /// Rows of incidents that are still open, which know what was not told yet, and of adopted devices.
    public var decided: [DecidedRow]
    /// Of the wanted actions: those noted at any time before the period's end, in the order of the audit.
    public var noted: [AuditEntry]
    /// The wall time of the newest commit: nothing is known of what comes after it.
    public var knownUntil: WallTime
}

extension LedgerReader {
    /// The table knows when an opening was committed, which is later than its own time: by milliseconds, or, where the hub was down and made up for it, by
    /// the time that it was down, of which a week is looked at. Whoever asks leaves out what was opened after the period.
    ///
    /// - Parameters:
    ///   - period: incidents that were opened in it, and further ones that were committed up to a week later.
    ///   - actions: of the audit's entries that are wanted, letters and underscores alone.
    public func reportSource(openedIn period: Range<WallTime>, noting actions: [String]) throws(LedgerFailure) -> ReportSource {
        try read { db in
            let revisions = try Row.fetchAll(
                db, sql: """
                    SELECT r.cursor, r.position, r.incident, r.revision, r.state, r.priority, r.category, r.origin, r.home, r.at, r.committed_at,
                           r."full", r.masked
                    FROM incident i JOIN incident_revision r ON r.cursor = i.cursor
                    WHERE i.opened_at >= ? AND i.opened_at < ? ORDER BY i.id
                    """, arguments: [period.lowerBound.microseconds, (period.upperBound + .seconds(7 * 86_400)).microseconds]
            ).map(LedgerReader.revision)
            let decided = try Row.fetchAll(
                db, sql: "SELECT \"table\", key, version, bytes FROM decided WHERE \"table\" IN ('incident', 'binding') ORDER BY \"table\", key"
            ).map { DecidedRow(table: $0[0], key: $0[1], version: UInt16(truncatingIfNeeded: $0[2] as Int), bytes: bytes($0, 3)) }
            let wanted = actions.map { "'" + $0 + "'" }.joined(separator: ",")
            let noted = try Row.fetchAll(
                db, sql: "SELECT at, actor, role, via, action, object, outcome FROM audit WHERE action IN (\(wanted)) AND at < ? ORDER BY id",
                arguments: [period.upperBound.microseconds]
            ).map {
                AuditEntry(
                    at: WallTime(microseconds: $0[0]), actor: $0[1], role: Role(rawValue: $0[2]) ?? .device, via: Via(rawValue: $0[3]) ?? .commandLine,
                    action: $0[4], object: $0[5], outcome: $0[6])
            }
            let head = try Int64.fetchOne(db, sql: "SELECT at + wall_offset FROM head") ?? 0
            return ReportSource(revisions: revisions, decided: decided, noted: noted, knownUntil: WallTime(microseconds: head))
        }
    }
}
