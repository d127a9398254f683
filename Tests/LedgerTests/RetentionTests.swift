import CareModel
import Foundation
import Testing

@testable import Ledger

@Suite struct RetentionTests {
    private let payload = [UInt8](repeating: 66, count: 16_000)

    @Test("the oldest messages go when the quota is used up, and never past the oldest kept checkpoint")
    func quota() throws {
        let scratch = Scratch()
        let ledger = try scratch.open(LedgerOptions(quotaBytes: 2_000_000, ballastBytes: 0))
        for turn in 0..<300 { try ledger.add(1, payload: payload, checkpoint: turn == 250 || turn == 290) }
        let tending = try ledger.tend(wall: Scratch.wall)
        #expect(tending.journalRowsDeleted > 100)
        #expect(tending.usedBytes <= 2_000_000)
        let first = try #require(try ledger.recover().oldestPosition)
        #expect(first <= 252)
        #expect(try ledger.reader.records(after: 251).all().count == 49)
    }

    @Test("a checkpoint that needs the journal holds it, and the tending says so")
    func held() throws {
        let scratch = Scratch()
        let ledger = try scratch.open(LedgerOptions(quotaBytes: 1_000_000, ballastBytes: 0))
        try ledger.add(1, checkpoint: true)
        for _ in 0..<100 { try ledger.add(1, payload: payload) }
        let tending = try ledger.tend(wall: Scratch.wall)
        #expect(tending.isHeldByCheckpoint)
        #expect(try ledger.reader.records(after: 1).all().count == 100)
    }

    @Test("without a checkpoint no message goes")
    func noCheckpoint() throws {
        let scratch = Scratch()
        let ledger = try scratch.open(LedgerOptions(quotaBytes: 100_000, ballastBytes: 0))
        for _ in 0..<50 { try ledger.add(1, payload: payload) }
        #expect(try ledger.tend(wall: Scratch.wall).journalRowsDeleted == 0)
    }

    @Test("messages older than the keeping time go, up to the limit of one call", arguments: [512, 513])
    func age(rows: Int) throws {
        let scratch = Scratch()
        let ledger = try scratch.open(LedgerOptions(journalDaysMax: 1, ballastBytes: 0))
        for _ in 0..<rows { try ledger.add(1) }
        try ledger.add(1, checkpoint: true, stepMicroseconds: 90_000_000_000)
        try ledger.add(1, checkpoint: true)
        let tending = try ledger.tend(wall: Scratch.wall)
        #expect(tending.journalRowsDeleted == min(rows, LedgerLimits.journalRowsPerTendMax))
        #expect(tending.isUnfinished == (rows > LedgerLimits.journalRowsPerTendMax))
    }

    @Test("a resolved incident keeps its newest revision; open ones and undelivered ones keep all")
    func revisions() throws {
        let scratch = Scratch()
        let ledger = try scratch.open(LedgerOptions(revisionDaysMax: 10, ballastBytes: 0))
        let (done, open, waiting) = (incident(1), incident(2), incident(3))
        try ledger.add(1, [revise(done, 1), revise(open, 1), revise(waiting, 1), enqueue(waiting, 1)])
        try ledger.add(1, [revise(done, 2, .high, .resolved), revise(open, 2), revise(waiting, 2, .high, .resolved)])
        _ = try ledger.tend(wall: Scratch.wall + .seconds(9 * 86_400))
        #expect(try ledger.reader.history(of: done).count == 2)
        let tending = try ledger.tend(wall: Scratch.wall + .seconds(11 * 86_400))
        #expect(tending.revisionsDeleted == 1)
        #expect(try ledger.reader.history(of: done).map(\.revision.revision) == [2])
        #expect(try ledger.reader.history(of: open).count == 2)
        #expect(try ledger.reader.history(of: waiting).count == 2)
    }

    @Test("audit rows go after their keeping time")
    func audit() throws {
        let scratch = Scratch()
        let ledger = try scratch.open(LedgerOptions(auditDaysMax: 200, ballastBytes: 0))
        let entry = AuditEntry(at: Scratch.wall, actor: "li", role: .caregiver, via: .http, action: "view_incident", object: "x", outcome: "done")
        try ledger.add(1, [.audit(entry)])
        #expect(try ledger.tend(wall: Scratch.wall + .seconds(199 * 86_400)).auditRowsDeleted == 0)
        #expect(try ledger.reader.audit(limit: 5).map(\.entry) == [entry])
        #expect(try ledger.tend(wall: Scratch.wall + .seconds(201 * 86_400)).auditRowsDeleted == 1)
    }
}
