import CareModel
import Foundation
import GRDB

/// A sender that no registered device accounts for.
public struct QuarantineRow: Hashable, Sendable {
    /// The device's identifier, or `topic:` and the topic.
    public var source: String
    public var why: Sighting.Why
    /// Of the last message.
    public var topic: String
    public var device: DeviceID?
    public var candidates: [String]
    public var count: Int
    public var firstAt: WallTime
    public var lastAt: WallTime
    /// The last ones, oldest first, cut to `LedgerLimits.quarantinePayloadBytesMax`.
    public var payloads: [[UInt8]]
}

/// How often messages were turned down for one reason.
public struct RejectedCount: Hashable, Sendable {
    public var reason: RejectionReason
    public var count: Int
    public var lastAt: WallTime
    public var lastTopic: String
    public var lastText: String
}

/// A stored audit entry.
public struct StoredAuditEntry: Hashable, Sendable {
    public var number: Int64
    public var entry: AuditEntry
}

extension LedgerReader {
    /// Unknown senders, seen last first.
    public func quarantine(limit: Int) throws(LedgerFailure) -> [QuarantineRow] {
        let limit = min(max(limit, 1), LedgerLimits.rowsPerReadMax)
        return try read { db in
            try Row.fetchAll(
                db, sql: """
                    SELECT source, why, topic, device, candidates, count, first_at, last_at, payloads FROM quarantine
                    ORDER BY last_at DESC, source LIMIT ?
                    """, arguments: [limit]
            ).map { row in
                QuarantineRow(
                    source: row[0], why: Sighting.Why(rawValue: row[1]) ?? .unregistered, topic: row[2], device: (row[3] as String?).map(DeviceID.init),
                    candidates: (row[4] as String).split(separator: "\n").map(String.init), count: row[5], firstAt: WallTime(microseconds: row[6]),
                    lastAt: WallTime(microseconds: row[7]), payloads: SightingTally.payloads(bytes(row, 8)))
            }
        }
    }

    /// Senders that made room for newer ones since the database was made.
    public func quarantineEvicted() throws(LedgerFailure) -> Int {
        try read { db in try Int.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'quarantine_evicted'") ?? 0 }
    }

    /// Since the database was made, by reason; reasons that never occurred are left out.
    public func rejected() throws(LedgerFailure) -> [RejectedCount] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT reason, count, last_at, last_topic, last_text FROM rejected ORDER BY reason").compactMap { row in
                RejectionReason(rawValue: row[0]).map {
                    RejectedCount(reason: $0, count: row[1], lastAt: WallTime(microseconds: row[2]), lastTopic: row[3], lastText: row[4])
                }
            }
        }
    }

    /// Audit entries, newest first.
    ///
    /// - Parameter before: only those with a lesser number, for the next page.
    public func audit(before: Int64? = nil, limit: Int) throws(LedgerFailure) -> [StoredAuditEntry] {
        let limit = min(max(limit, 1), LedgerLimits.rowsPerReadMax)
        return try read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, at, actor, role, via, action, object, outcome FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?",
                arguments: [before ?? .max, limit]
            ).map { row in
                StoredAuditEntry(
                    number: row[0],
                    entry: AuditEntry(
                        at: WallTime(microseconds: row[1]), actor: row[2], role: Role(rawValue: row[3]) ?? .device, via: Via(rawValue: row[4]) ?? .commandLine,
                        action: row[5], object: row[6], outcome: row[7]))
            }
        }
    }

    /// Who did something last, and successfully, by what was done and to what.
    ///
    /// - Parameters:
    ///   - prefix: of the actions; letters alone.
    ///   - since: only at or after this moment; of the newest `LedgerLimits.auditLookBackRows` entries.
    /// - Returns: actors by `action object`.
    public func auditActors(ofActionsBeginning prefix: String, since: WallTime) throws(LedgerFailure) -> [String: String] {
        try read { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(sql: """
                    SELECT action, object, actor FROM audit
                    WHERE id > (SELECT max(id) FROM audit) - ? AND at >= ? AND substr(action, 1, ?) = ? AND outcome = 'done' ORDER BY id
                    """), arguments: [LedgerLimits.auditLookBackRows, since.microseconds, prefix.count, prefix])
            return Dictionary(rows.map { ($0[0] + " " + $0[1], $0[2]) }) { $1 }
        }
    }

    /// An accepted configuration's bytes, for a replay of the journal under what was in force then.
    public func configuration(_ digest: ConfigurationDigest) throws(LedgerFailure) -> ConfigurationRow? {
        try read { db in
            try Data.fetchOne(db, sql: "SELECT bytes FROM configuration WHERE digest = ?", arguments: [digest.text]).map {
                ConfigurationRow(digest: digest, bytes: Array($0))
            }
        }
    }

    /// Digests of the configurations that were accepted, newest first, with the wall time of their first acceptance.
    public func configurations(limit: Int) throws(LedgerFailure) -> [(digest: ConfigurationDigest, at: Instant)] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT digest, at FROM configuration ORDER BY at DESC LIMIT ?", arguments: [limit]).map {
                (ConfigurationDigest($0[0]), Instant(microseconds: $0[1]))
            }
        }
    }

    /// Positions of the oldest and newest record in the journal, and how many there are; nil when it is empty.
    public func journalSpan() throws(LedgerFailure) -> (first: UInt64, last: UInt64, count: Int)? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT min(first_position), max(last_position), sum(record_count) FROM journal").flatMap { row in
                guard let first = row[0] as Int64?, let last = row[1] as Int64?, let count = row[2] as Int? else { return nil }
                return (UInt64(bitPattern: first), UInt64(bitPattern: last), count)
            }
        }
    }
}
