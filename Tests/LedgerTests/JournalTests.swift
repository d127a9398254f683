import CareModel
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct JournalTests {
    @Test("100,000 records of every body come back as they went in, in order")
    func roundTrip() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let id = incident(7)
        func body(_ n: Int) -> JournalRecord.Body {
            switch n % 997 {
            case 0: .started(HubStart(hub: "hub1", epoch: "AAAAAA", build: "b", wall: Scratch.wall, quality: .synchronised))
            case 1: .configured(ConfigurationDigest("abc"))
            case 2: .command(Command(id: CommandID("c\(n)"), actor: "li", role: .caregiver, via: .page, action: .resolve(id, .accidental, note: "误触"), expectedRevision: 3))
            case 3: .delivery(DeliveryReport(key: DeliveryKey(incident: id, revision: 1, queue: QueueName("q")), outcome: .delayed("busy")))
            case 4: .link(LinkChange(link: .safety, change: .resumed(isSessionPresent: false)))
            case 5: .clock(ClockStep(offsetBefore: .zero, offsetAfter: .seconds(-3), quality: .unsynchronised))
            case 6: .wake
            default: .message(Message(link: n % 2 == 0 ? .safety : .telemetry, topic: "t/\(n % 50)", qos: UInt8(n % 3), isRetained: n % 11 == 0, payload: Array("\(n)".utf8)))
            }
        }
        let records = (1...100_000).map { JournalRecord(position: UInt64($0), at: Instant(microseconds: Int64($0) * 37), body: body($0)) }
        for start in stride(from: 0, to: records.count, by: 512) {
            let part = Array(records[start..<min(start + 512, records.count)])
            guard let last = part.last else { continue }
            try ledger.commit(LedgerTurn(records: part, effects: [], position: last.position, at: last.at, clock: HubClock()), wall: { Scratch.wall })
        }
        var reading = ledger.reader.records()
        var index = 0
        while let record = try reading.next() {
            guard record == records[index] else {
                Issue.record("record \(index) differs")
                return
            }
            index += 1
        }
        #expect(index == records.count)
        #expect(try ledger.reader.records(after: 700, through: 703).all().map(\.position) == [701, 702, 703])
        // From the beginning of the row that holds the moment: nothing of it or later stands before.
        for wanted in [1, 2, 511, 512, 513, 51_000, 99_999, 100_000] {
            let before = try ledger.reader.position(before: Instant(microseconds: Int64(wanted) * 37))
            #expect(before < UInt64(wanted) && before + 512 >= UInt64(wanted), "\(wanted): \(before)")
        }
        #expect(try ledger.reader.position(before: Instant(microseconds: 0)) == 0)
        let span = try #require(try ledger.reader.journalSpan())
        #expect(span == (1, 100_000, 100_000))
    }

    @Test("a burst longer than a row may be is split, and comes back whole")
    func longBurst() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.add(40, payload: [UInt8](repeating: 1, count: Limits.payloadBytesMax))
        let rows = try ledger.write { try Int.fetchOne($0, sql: "SELECT count(*) FROM journal") }
        #expect(rows == 3)
        #expect(try ledger.reader.records().all().map(\.position) == Array(1...40))
        #expect(try ledger.reader.records(after: 19).all().count == 21)
    }
}
