import CareModel
import Foundation
import GRDB

/// A delivery that a queue has not confirmed, with the bytes for its receiver.
public struct PendingDelivery: Hashable, Sendable {
    public var delivery: Delivery
    public var cursor: Int64
    public var origin: Origin
    public var committedAt: WallTime
    /// Canonical JSON, masked where `delivery.isMasked`; without `committed_at`.
    public var bytes: [UInt8]
    /// Whether the incident has a newer revision: this one is history, which the receiver keeps and rings nobody for.
    public var isSuperseded = false
}

/// Deliveries in the order in which they should be sent.
public struct DeliveryPage: Hashable, Sendable {
    public var deliveries: [PendingDelivery]
    /// What to ask after next: nothing that is pending up to here is missing from what was given so far. A
    /// delivery may come a second time (it overtook others); one may never be passed over.
    public var next: Int64
}

/// A delivery that its receiver will never take.
public struct DeadLetter: Hashable, Sendable {
    public var delivery: Delivery
    public var reason: String
    public var at: WallTime
}

/// How much waits for one queue.
public struct OutboxCount: Hashable, Sendable {
    public var queue: QueueName
    public var pending: Int
    public var dead: Int
    /// When the oldest pending delivery was put there; nil = none is pending.
    public var oldestAt: WallTime?
}

extension LedgerReader {
    /// What a queue has to receive: the most urgent incidents first, the revisions of each in their order.
    ///
    /// An incident is as urgent as its most urgent revision, so that a raised one doesn't wait behind its own past.
    ///
    /// - Parameters:
    ///   - cursor: only deliveries after it; 0 = all that are pending.
    ///   - limit: 1...`LedgerLimits.rowsPerReadMax`.
    public func deliveries(queue: QueueName, after cursor: Int64 = 0, limit: Int) throws(LedgerFailure) -> DeliveryPage {
        let limit = min(max(limit, 1), LedgerLimits.rowsPerReadMax)
        return try read { db in
            var found: [PendingDelivery] = []
            for incident in try LedgerReader.urgentIncidents(db, queue, after: cursor, limit) {
                let rows = try Row.fetchCursor(
                    db.cachedStatement(sql: """
                        SELECT o.revision, o.priority, o.is_masked, o.cursor, r.origin, r.committed_at,
                               CASE o.is_masked WHEN 0 THEN r."full" ELSE r.masked END,
                               r.revision < coalesce((SELECT i.revision FROM incident i WHERE i.id = r.incident), 0)
                        FROM incident_revision r CROSS JOIN outbox o ON o.cursor = r.cursor AND o.queue = ?
                        WHERE r.incident = ? AND o.state = 0 AND o.cursor > ? ORDER BY r.revision
                        """), arguments: [queue.text, incident, cursor])
                guard let id = IncidentID(incident) else { throw LedgerFailure(.damaged, "incident \(incident)") }
                while found.count < limit, let row = try rows.next() {
                    found.append(PendingDelivery(
                        delivery: Delivery(
                            key: DeliveryKey(incident: id, revision: UInt32(truncatingIfNeeded: row[0] as Int64), queue: queue),
                            priority: Priority(rawValue: row[1]) ?? .high, isMasked: row[2]),
                        cursor: row[3], origin: Origin(rawValue: row[4]) ?? .live, committedAt: WallTime(microseconds: row[5]), bytes: bytes(row, 6),
                        isSuperseded: row[7]))
                }
                if found.count == limit { break }
            }
            return DeliveryPage(deliveries: found, next: try LedgerReader.next(db, queue, after: cursor, given: Set(found.map(\.cursor))))
        }
    }

    /// Incidents with something pending, by priority, then age; at most `limit`.
    private static func urgentIncidents(_ db: Database, _ queue: QueueName, after cursor: Int64, _ limit: Int) throws -> [String] {
        var incidents: [String] = []
        var seen: Set<String> = []
        for priority in Priority.allCases.reversed() where incidents.count < limit {
            let rows = try String.fetchCursor(
                db.cachedStatement(sql: """
                    SELECT incident FROM outbox INDEXED BY outbox_by_priority
                    WHERE queue = ? AND state = 0 AND priority = ? AND cursor > ? ORDER BY cursor
                    """), arguments: [queue.text, Int(priority.rawValue), cursor])
            while incidents.count < limit, let incident = try rows.next() {
                if seen.insert(incident).inserted { incidents.append(incident) }
            }
        }
        return incidents
    }

    private static func next(_ db: Database, _ queue: QueueName, after cursor: Int64, given: Set<Int64>) throws -> Int64 {
        var missing = Int64.max
        for priority in Priority.allCases {
            let rows = try Int64.fetchCursor(
                db.cachedStatement(sql: """
                    SELECT cursor FROM outbox INDEXED BY outbox_by_priority
                    WHERE queue = ? AND state = 0 AND priority = ? AND cursor > ? ORDER BY cursor
                    """), arguments: [queue.text, Int(priority.rawValue), cursor])
            while let found = try rows.next() {
                guard !given.contains(found) else { continue }
                missing = min(missing, found)
                break
            }
        }
        return given.filter { $0 < missing }.max() ?? cursor
    }

    /// What receivers refused for good, the oldest first.
    ///
    /// - Parameters:
    ///   - queue: nil = of every queue.
    ///   - cursor: only those after it.
    ///   - limit: 1...`LedgerLimits.rowsPerReadMax`.
    public func deadLetters(queue: QueueName? = nil, after cursor: Int64 = 0, limit: Int) throws(LedgerFailure) -> [DeadLetter] {
        let limit = min(max(limit, 1), LedgerLimits.rowsPerReadMax)
        return try read { db in
            try Row.fetchAll(
                db, sql: """
                    SELECT queue, incident, revision, priority, is_masked, reason, changed_at FROM outbox
                    WHERE state = 1 AND (?1 IS NULL OR queue = ?1) AND cursor > ?2 ORDER BY cursor LIMIT ?3
                    """, arguments: [queue?.text, cursor, limit]
            ).compactMap { row in
                guard let id = IncidentID(row[1]) else { return nil }
                let key = DeliveryKey(incident: id, revision: UInt32(truncatingIfNeeded: row[2] as Int64), queue: QueueName(row[0]))
                return DeadLetter(
                    delivery: Delivery(key: key, priority: Priority(rawValue: row[3]) ?? .high, isMasked: row[4]), reason: row[5], at: WallTime(microseconds: row[6]))
            }
        }
    }

    /// One row a queue that has anything, by name.
    public func outboxCounts() throws(LedgerFailure) -> [OutboxCount] {
        try read { db in
            try Row.fetchAll(db, sql: """
                SELECT queue, sum(state = 0), sum(state = 1), min(CASE state WHEN 0 THEN changed_at END) FROM outbox GROUP BY queue ORDER BY queue
                """).map { OutboxCount(queue: QueueName($0[0]), pending: $0[1], dead: $0[2], oldestAt: ($0[3] as Int64?).map(WallTime.init(microseconds:))) }
        }
    }

    /// Whether the delivery under `key` still waits; false once it was confirmed, refused for good, or never was.
    public func isPending(_ key: DeliveryKey) throws(LedgerFailure) -> Bool {
        try read { db in
            try Bool.fetchOne(
                db.cachedStatement(sql: """
                    SELECT state = 0 FROM outbox
                    WHERE cursor = (SELECT cursor FROM incident_revision WHERE incident = ? AND revision = ?) AND queue = ?
                    """), arguments: [key.incident.description, Int64(key.revision), key.queue.text]) ?? false
        }
    }

    /// Why the delivery under `key` is a dead letter; nil when it is none.
    public func deadReason(_ key: DeliveryKey) throws(LedgerFailure) -> String? {
        try read { db in
            try String.fetchOne(
                db.cachedStatement(sql: """
                    SELECT reason FROM outbox
                    WHERE cursor = (SELECT cursor FROM incident_revision WHERE incident = ? AND revision = ?) AND queue = ? AND state = 1
                    """), arguments: [key.incident.description, Int64(key.revision), key.queue.text])
        }
    }
}
