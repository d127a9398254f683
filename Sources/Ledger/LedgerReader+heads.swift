import CareModel
import Foundation
import GRDB

extension LedgerReader {
    /// The oldest pending revision of each incident of a queue: what its worker may send now.
    ///
    /// An incident is as urgent as its most urgent pending revision, so that a raised one doesn't wait behind its own past. Where more waits than is
    /// looked at, as after days without the receiver, incidents that are still open go before those that are over.
    ///
    /// - Parameters:
    ///   - limit: 1...`LedgerLimits.rowsPerReadMax` heads are looked at, the most urgent first, then the oldest.
    ///   - isWanted: asked for each head in that order, with its incident's urgency; only of those the bytes are read.
    /// - Returns: the keys of all, and those wanted with their bytes.
    public func heads(
        of queue: QueueName, limit: Int, where isWanted: (DeliveryKey, Priority) -> Bool
    ) throws(LedgerFailure) -> (keys: [DeliveryKey], pending: [PendingDelivery]) {
        let limit = min(max(limit, 1), LedgerLimits.rowsPerReadMax)
        return try read { db in
            let heads = try LedgerReader.heads(db, queue, limit)
            var pending: [PendingDelivery] = []
            for head in heads where isWanted(head.delivery.key, head.urgency) {
                let row = try Row.fetchOne(
                    db.cachedStatement(sql: """
                        SELECT origin, committed_at, CASE ? WHEN 0 THEN "full" ELSE masked END,
                               revision < coalesce((SELECT i.revision FROM incident i WHERE i.id = incident), 0)
                        FROM incident_revision WHERE cursor = ?
                        """), arguments: [head.delivery.isMasked, head.cursor])
                guard let row else { continue }
                pending.append(PendingDelivery(
                    delivery: head.delivery, cursor: head.cursor, origin: Origin(rawValue: row[0]) ?? .live,
                    committedAt: WallTime(microseconds: row[1]), bytes: bytes(row, 2), isSuperseded: row[3]))
            }
            return (heads.map(\.delivery.key), pending)
        }
    }

    private typealias Head = (delivery: Delivery, cursor: Int64, urgency: Priority)

    private static func heads(_ db: Database, _ queue: QueueName, _ limit: Int) throws -> [Head] {
        var heads: [Head] = []
        var seen: Set<String> = []
        for priority in Priority.allCases.reversed() where heads.count < limit {
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: """
                    SELECT incident, revision, priority, is_masked, cursor FROM outbox INDEXED BY outbox_by_priority
                    WHERE queue = ? AND state = 0 AND priority = ? ORDER BY cursor
                    """), arguments: [queue.text, Int(priority.rawValue)])
            while heads.count < limit, let row = try rows.next() {
                let incident: String = row[0]
                guard seen.insert(incident).inserted else { continue }
                // Only a later revision can have an older one before it, of whatever priority.
                let first = row[1] as Int64 > 1 ? try older(db, queue, incident, than: row[1], priority) : nil
                heads.append(try first ?? head(incident, row, queue, priority))
            }
        }
        guard heads.count == limit, try heads.contains(where: { try isOver($0, db) }) else { return heads }
        let open = try openHeads(db, queue), names = Set(open.map(\.delivery.key.incident))
        return Array((open + heads.filter { !names.contains($0.delivery.key.incident) }).prefix(limit))
    }

    private static func isOver(_ head: Head, _ db: Database) throws -> Bool {
        try Bool.fetchOne(db.cachedStatement(sql: "SELECT state = 4 FROM incident WHERE id = ?"), arguments: [head.delivery.key.incident.description]) ?? false
    }

    /// Of incidents that nobody has closed, in the order in which the rest is.
    private static func openHeads(_ db: Database, _ queue: QueueName) throws -> [Head] {
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: """
                SELECT o.incident, o.revision, o.priority, o.is_masked, o.cursor
                FROM incident i INDEXED BY incident_by_state CROSS JOIN incident_revision r ON r.incident = i.id
                     CROSS JOIN outbox o ON o.cursor = r.cursor AND o.queue = ?
                WHERE i.state < 4 AND o.state = 0 ORDER BY o.cursor LIMIT ?
                """), arguments: [queue.text, LedgerLimits.openHeadRowsMax])
        // The oldest pending one of each incident, and where its most urgent one stands.
        var found: [String: (head: Head, first: Int64)] = [:]
        while let row = try rows.next() {
            let incident: String = row[0], priority = Priority(rawValue: row[2]) ?? .high
            if let before = found[incident] {
                if priority > before.head.urgency { found[incident] = ((before.head.delivery, before.head.cursor, priority), row[4]) }
            } else {
                found[incident] = (try head(incident, row, queue, priority), row[4])
            }
        }
        return found.values.sorted { ($1.head.urgency, $0.first) < ($0.head.urgency, $1.first) }.map(\.head)
    }

    private static func older(_ db: Database, _ queue: QueueName, _ incident: String, than revision: Int64, _ urgency: Priority) throws -> Head? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: """
                SELECT o.incident, o.revision, o.priority, o.is_masked, o.cursor
                FROM incident_revision r CROSS JOIN outbox o ON o.cursor = r.cursor AND o.queue = ?
                WHERE r.incident = ? AND r.revision < ? AND o.state = 0 ORDER BY r.revision LIMIT 1
                """), arguments: [queue.text, incident, revision])
        return try row.map { try head(incident, $0, queue, urgency) }
    }

    private static func head(_ incident: String, _ row: Row, _ queue: QueueName, _ urgency: Priority) throws -> Head {
        guard let id = IncidentID(incident) else { throw LedgerFailure(.damaged, "incident \(incident)") }
        let key = DeliveryKey(incident: id, revision: UInt32(truncatingIfNeeded: row[1] as Int64), queue: queue)
        return (Delivery(key: key, priority: Priority(rawValue: row[2]) ?? .high, isMasked: row[3]), row[4], urgency)
    }
}
