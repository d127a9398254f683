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
    private var revisions: [IncidentRevision] = []
    private var outbox: [Effect] = []
    private var rejections = [(count: Int, last: Rejection?)](repeating: (0, nil), count: RejectionReason.allCases.count)
    private var sightings = SightingTally()

    init(db: Database, turn: LedgerTurn, cursor: Int64) { (self.db, self.turn, self.cursor) = (db, turn, cursor) }

    mutating func write(_ wall: () -> WallTime) throws -> LedgerReceipt {
        try writeJournal()
        for effect in turn.effects { try take(effect) }
        let at = turn.clock.wall(turn.at)
        for (reason, tally) in rejections.enumerated() {
            guard let last = tally.last else { continue }
            try run(Self.rejectedSQL, [reason, tally.count, at.microseconds, last.topic, last.text])
        }
        try sightings.write(db, at: at)
        if let row = turn.configuration {
            try run(Self.configurationSQL, [row.digest.text, turn.at.microseconds, Data(row.bytes)])
        }
        if let row = turn.checkpoint { try write(row) }
        let committedAt = wall()
        for revision in revisions { try write(revision, committedAt) }
        for effect in outbox { try post(effect, committedAt) }
        try run(Self.headSQL, [
            Int64(bitPattern: turn.position), turn.at.microseconds, turn.clock.offset.microseconds, Int(turn.clock.quality.rawValue), cursor,
        ])
        return LedgerReceipt(committedAt: committedAt, cursor: cursor)
    }

    private func writeJournal() throws {
        for row in JournalRow.rows(of: turn.records) {
            try run(Self.journalSQL, [
                Int64(bitPattern: row.first.position), Int64(bitPattern: row.last.position), row.count, row.first.at.microseconds,
                row.last.at.microseconds, Int(JournalRecord.binaryVersion), Data(row.writer.bytes),
            ])
        }
    }

    private mutating func take(_ effect: Effect) throws {
        switch effect {
        case .keep(let row):
            if let bytes = row.bytes {
                try run(Self.keepSQL, [row.table, row.key, Int(row.version), Data(bytes)])
            } else {
                try run(Self.dropSQL, [row.table, row.key])
            }
        case .revise(let revision):
            revisions.append(revision)
        case .enqueue, .retire, .deadLetter:
            outbox.append(effect)
        case .reject(let rejection):
            let index = Int(rejection.reason.rawValue)
            rejections[index] = (rejections[index].count + 1, rejection)
        case .quarantine(let sighting):
            sightings.add(sighting)
        case .audit(let entry):
            try run(Self.auditSQL, [
                entry.at.microseconds, entry.actor, Int(entry.role.rawValue), Int(entry.via.rawValue), entry.action, entry.object, entry.outcome,
            ])
        case .downlink, .answer:
            break
        }
    }

    private mutating func write(_ r: IncidentRevision, _ committedAt: WallTime) throws {
        cursor = max(cursor + 1, Int64(bitPattern: turn.position))
        let incident = r.incident.description
        let (state, priority, category, origin) = (Int(r.state.rawValue), Int(r.priority.rawValue), Int(r.category.rawValue), Int(r.origin.rawValue))
        try run(Self.reviseSQL, [
            cursor, Int64(bitPattern: turn.position), incident, Int64(r.revision), state, priority, category, origin, r.home?.text,
            turn.at.microseconds, committedAt.microseconds, Data(r.full), Data(r.masked),
        ])
        try run(Self.incidentSQL, [
            incident, state, priority, category, origin, r.home?.text, Int64(r.revision), committedAt.microseconds, committedAt.microseconds, cursor,
        ])
    }

    private func post(_ effect: Effect, _ now: WallTime) throws {
        switch effect {
        case .enqueue(let delivery):
            let key = delivery.key
            let incident = key.incident.description
            guard let found = try Self.cursor(of: incident, key.revision, db) else {
                throw LedgerFailure(.other, "delivery \(key) has no revision")
            }
            try run(Self.enqueueSQL, [
                key.queue.text, incident, Int64(key.revision), Int(delivery.priority.rawValue), delivery.isMasked, found, now.microseconds,
            ])
        case .retire(let key):
            try run(Self.retireSQL, [key.incident.description, Int64(key.revision), key.queue.text])
        case .deadLetter(let key, let reason):
            try run(Self.deadSQL, [reason, now.microseconds, key.incident.description, Int64(key.revision), key.queue.text])
        default:
            break
        }
    }

    private static func cursor(of incident: String, _ revision: UInt32, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT cursor FROM incident_revision WHERE incident = ? AND revision = ?"), arguments: [incident, Int64(revision)])
    }

    private func write(_ row: CheckpointRow) throws {
        try run(Self.checkpointSQL, [
            Int64(bitPattern: row.position), row.at.microseconds, Int64(row.stateVersion), row.build, row.configuration.text,
            checksum(row.sections), Data(row.sections),
        ])
        try run("DELETE FROM checkpoint WHERE position NOT IN (SELECT position FROM checkpoint ORDER BY position DESC LIMIT ?)", [LedgerLimits.checkpointsKept])
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.run(sql, arguments)
    }
}

extension Database {
    /// Runs a statement that is prepared once a connection.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        let statement = try cachedStatement(sql: sql)
        statement.setUncheckedArguments(arguments)
        try statement.execute()
    }
}

/// FNV-1a, 64 bits: finds a torn or flipped checkpoint, not a forged one.
func checksum(_ bytes: [UInt8]) -> Int64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int64(bitPattern: hash)
}
