import CareModel
import Foundation
import GRDB

extension Ledger {
    /// Stores everything of a turn in one synced transaction; only then may its messages be acknowledged.
    ///
    /// A full disk gives up the ballast and the oldest journal rows, and is tried once more.
    ///
    /// - Parameters:
    ///   - turn: its first record follows `head.position`.
    ///   - wall: asked once, just before COMMIT, for `committed_at`.
    /// - Throws: what went wrong; nothing of the turn is stored then, and `head` is as before.
    @discardableResult
    public func commit(_ turn: LedgerTurn, wall: () -> WallTime) throws(LedgerFailure) -> LedgerReceipt {
        do {
            return try attempt(turn, wall)
        } catch where error.kind == .diskFull {
            guard releaseSpace() else {
                state.withLock { $0.space = .full }
                throw error
            }
        }
        do {
            return try attempt(turn, wall)
        } catch {
            if error.kind == .diskFull { state.withLock { $0.space = .full } }
            throw error
        }
    }

    private func attempt(_ turn: LedgerTurn, _ wall: () -> WallTime) throws(LedgerFailure) -> LedgerReceipt {
        let before = head
        if let first = turn.records.first, first.position != before.position + 1 {
            throw LedgerFailure(.other, "record \(first.position) does not follow \(before.position)")
        }
        guard turn.position >= before.position, turn.position == turn.records.last?.position ?? before.position else {
            throw LedgerFailure(.other, "the turn's position \(turn.position) is not its last record's")
        }
        let receipt = try write { db in
            var receipt = LedgerReceipt(committedAt: WallTime(microseconds: 0), cursor: before.cursor)
            try db.inTransaction(.immediate) {
                var writing = TurnWriting(db: db, turn: turn, cursor: before.cursor)
                receipt = try writing.write(wall)
                return .commit
            }
            return receipt
        }
        state.withLock { state in
            state.head = LedgerHead(position: turn.position, at: turn.at, clock: turn.clock, cursor: receipt.cursor)
            state.highWater.note(turn.position)
            if state.space == .full { state.space = .ballastReleased }
        }
        return receipt
    }
}

/// The statements of one turn, inside its transaction.
struct TurnWriting {
    let db: Database
    let turn: LedgerTurn
    var cursor: Int64
    /// The last of each decided row.
    private var kept: [DecidedRow] = []
    private var keptPlaces: [Kept: Int] = [:]
    private var revisions: [IncidentRevision] = []
    /// Of this turn's revisions: the cursor, and the place in `revisions`.
    private var placed: [RevisionKey: (cursor: Int64, place: Int)] = [:]
    private var firsts: [PendingDelivery] = []
    private var outbox: [Effect] = []
    private var rejections = [(count: Int, last: Rejection?)](repeating: (0, nil), count: RejectionReason.allCases.count)
    private var sightings = SightingTally()

    private struct Kept: Hashable { var table: String, key: String }
    private struct RevisionKey: Hashable { var incident: IncidentID, revision: UInt32 }

    init(db: Database, turn: LedgerTurn, cursor: Int64) { (self.db, self.turn, self.cursor) = (db, turn, cursor) }

    mutating func write(_ wall: () -> WallTime) throws -> LedgerReceipt {
        try writeJournal()
        for effect in turn.effects { try take(effect) }
        try writeKept()
        let at = turn.clock.wall(turn.at)
        for (reason, tally) in rejections.enumerated() {
            guard let last = tally.last else { continue }
            try run(Self.rejectedSQL, [.number(reason), .number(tally.count), .integer(at.microseconds), .text(last.topic), .text(last.text)])
        }
        try sightings.write(db, at: at)
        if let row = turn.configuration {
            try run(Self.configurationSQL, [.text(row.digest.text), .integer(turn.at.microseconds), .blob(row.bytes)])
        }
        if let row = turn.checkpoint { try write(row) }
        let committedAt = wall()
        for place in revisions.indices { try write(place, committedAt) }
        for effect in outbox { try post(effect, committedAt) }
        try run(Self.headSQL, [
            .number(turn.position), .integer(turn.at.microseconds), .integer(turn.clock.offset.microseconds), .number(turn.clock.quality.rawValue),
            .integer(cursor),
        ])
        return LedgerReceipt(committedAt: committedAt, cursor: cursor, firsts: firsts)
    }

    private func writeJournal() throws {
        for row in JournalRow.rows(of: turn.records) {
            try run(Self.journalSQL, [
                .number(row.first.position), .number(row.last.position), .number(row.count), .integer(row.first.at.microseconds),
                .integer(row.last.at.microseconds), .number(JournalRecord.binaryVersion), .blob(row.writer.bytes),
            ])
        }
    }

    private mutating func take(_ effect: Effect) throws {
        switch effect {
        case .keep(let row):
            let place = keptPlaces[Kept(table: row.table, key: row.key)] ?? kept.count
            if place == kept.count {
                kept.append(row)
                keptPlaces[Kept(table: row.table, key: row.key)] = place
            } else {
                kept[place] = row
            }
        case .revise(let revision):
            revisions.append(revision)
        case .enqueue, .retire, .deadLetter, .revive:
            outbox.append(effect)
        case .reject(let rejection):
            let index = Int(rejection.reason.rawValue)
            rejections[index] = (rejections[index].count + 1, rejection)
        case .quarantine(let sighting):
            sightings.add(sighting)
        case .audit(let entry):
            try run(Self.auditSQL, [
                .integer(entry.at.microseconds), .text(entry.actor), .number(entry.role.rawValue), .number(entry.via.rawValue),
                .text(entry.action), .text(entry.object), .text(entry.outcome),
            ])
        case .downlink, .answer:
            break
        }
    }

    private mutating func write(_ place: Int, _ committedAt: WallTime) throws {
        let r = revisions[place]
        cursor = max(cursor + 1, Int64(bitPattern: turn.position))
        let incident = r.incident.description
        placed[RevisionKey(incident: r.incident, revision: r.revision)] = (cursor, place)
        let state = SQLValue.number(r.state.rawValue), priority = SQLValue.number(r.priority.rawValue)
        let category = SQLValue.number(r.category.rawValue), origin = SQLValue.number(r.origin.rawValue)
        let at = SQLValue.integer(committedAt.microseconds)
        try run(Self.reviseSQL, [
            .integer(cursor), .number(turn.position), .text(incident), .number(r.revision), state, priority, category, origin,
            .optional(r.home?.text), .integer(turn.at.microseconds), at, .blob(r.full), .blob(r.masked),
        ])
        try run(Self.incidentSQL, [
            .text(incident), state, priority, category, origin, .optional(r.home?.text), .number(r.revision), at, at, .integer(cursor),
        ])
    }

    private mutating func post(_ effect: Effect, _ now: WallTime) throws {
        switch effect {
        case .enqueue(let delivery):
            let key = delivery.key
            let incident = key.incident.description
            let own = placed[RevisionKey(incident: key.incident, revision: key.revision)]
            guard let found = try own?.cursor ?? storedCursor(of: key) else { throw LedgerFailure(.other, "delivery \(key) has no revision") }
            if key.revision == 1, let own {
                let r = revisions[own.place]
                firsts.append(PendingDelivery(
                    delivery: delivery, cursor: found, origin: r.origin, committedAt: now, bytes: delivery.isMasked ? r.masked : r.full))
            }
            try run(Self.enqueueSQL, [
                .text(key.queue.text), .text(incident), .number(key.revision), .number(delivery.priority.rawValue), .flag(delivery.isMasked),
                .integer(found), .integer(now.microseconds),
            ])
        case .retire(let key):
            try run(Self.retireSQL, [.text(key.incident.description), .number(key.revision), .text(key.queue.text)])
        case .deadLetter(let key, let reason):
            try run(Self.deadSQL, [
                .text(reason), .integer(now.microseconds), .text(key.incident.description), .number(key.revision), .text(key.queue.text),
            ])
        case .revive(let key):
            try run(Self.reviveSQL, [.integer(now.microseconds), .text(key.incident.description), .number(key.revision), .text(key.queue.text)])
        default:
            break
        }
    }

    /// Of a revision of an earlier turn: it is delivered again after it was a dead letter.
    private func storedCursor(of key: DeliveryKey) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT cursor FROM incident_revision WHERE incident = ? AND revision = ?"),
            arguments: [key.incident.description, Int64(key.revision)])
    }

    /// What a row is after the turn: a counter changes with each incident, and is written once.
    private func writeKept() throws {
        for row in kept {
            if let bytes = row.bytes {
                try run(Self.keepSQL, [.text(row.table), .text(row.key), .number(row.version), .blob(bytes)])
            } else {
                try run(Self.dropSQL, [.text(row.table), .text(row.key)])
            }
        }
    }

    private func write(_ row: CheckpointRow) throws {
        try run(Self.checkpointSQL, [
            .number(row.position), .integer(row.at.microseconds), .number(row.stateVersion), .text(row.build), .text(row.configuration.text),
            .integer(checksum(row.sections)), .blob(row.sections),
        ])
        try run("DELETE FROM checkpoint WHERE position NOT IN (SELECT position FROM checkpoint ORDER BY position DESC LIMIT ?)", [.number(LedgerLimits.checkpointsKept)])
    }

    private func run(_ sql: String, _ values: [SQLValue]) throws { try db.run(sql, values) }
}

/// FNV-1a, 64 bits: finds a torn or flipped checkpoint, not a forged one.
func checksum(_ bytes: [UInt8]) -> Int64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int64(bitPattern: hash)
}
