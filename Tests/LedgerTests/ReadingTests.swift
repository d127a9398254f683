import CareModel
import Foundation
import Testing

@testable import Ledger

@Suite struct ReadingTests {
    private let station = QueueName("station")

    @Test("urgent incidents come first, and the revisions of each incident in their order")
    func order() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let (a, b, c) = (incident(1), incident(2), incident(3))
        try ledger.add(1, [revise(a, 1, .low), enqueue(a, 1, .low), revise(b, 1, .low), enqueue(b, 1, .low)])
        try ledger.add(1, [revise(c, 1, .high), enqueue(c, 1, .high), revise(b, 2, .high), enqueue(b, 2, .high)])
        try ledger.add(1, [revise(a, 2, .low), enqueue(a, 2, .low), enqueue(a, 2, .low, queue: "other")])
        let page = try ledger.reader.deliveries(queue: station, limit: 10)
        #expect(texts(page) == ["3:1", "2:1", "2:2", "1:1", "1:2"])
        #expect(page.next == page.deliveries.map(\.cursor).max())
        #expect(page.deliveries[0].bytes == Array("{\"full\":1}".utf8))
        #expect(page.deliveries[0].committedAt == Scratch.wall)
    }

    @Test("a worker sees the first pending revision of each incident, and bytes only of those it wants")
    func heads() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let (a, b, c) = (incident(1), incident(2), incident(3))
        try ledger.add(1, [revise(a, 1, .low), enqueue(a, 1, .low), revise(b, 1, .low), enqueue(b, 1, .low, isMasked: true)])
        try ledger.add(1, [revise(c, 1, .high), enqueue(c, 1, .high), revise(b, 2, .high), enqueue(b, 2, .high)])
        try ledger.add(1, [revise(a, 2, .low), enqueue(a, 2, .low), enqueue(a, 2, .low, queue: "other")])
        var asked: [DeliveryKey] = []
        let heads = try ledger.reader.heads(of: station, limit: 10) { key, _ in asked.append(key); return key.incident != c }
        let keys = [(c, 1), (b, 1), (a, 1)].map { DeliveryKey(incident: $0.0, revision: $0.1, queue: station) }
        #expect(heads.keys == keys && asked == keys)
        #expect(heads.pending.map { String(decoding: $0.bytes, as: UTF8.self) } == ["{\"masked\":1}", "{\"full\":1}"])
        #expect(heads.pending.allSatisfy { $0.committedAt == Scratch.wall })
        #expect(try ledger.reader.heads(of: station, limit: 2) { _, _ in true }.keys == Array(keys.prefix(2)))
        try ledger.add(1, [.retire(keys[1]), .deadLetter(keys[2], "413")])
        #expect(try ledger.reader.heads(of: station, limit: 10) { _, _ in false }.keys.map(\.revision) == [1, 2, 2])
        #expect(try ledger.reader.heads(of: QueueName("other"), limit: 10) { _, _ in true }.keys.map(\.revision) == [2])
    }

    @Test("after days without the receiver open incidents go first, then what is over, each in its order; what has a newer revision says so")
    func backlog() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        // Forty urgent ones that were opened, escalated and closed meanwhile, and after them two that are open.
        for n in 1...40 as ClosedRange<UInt64> {
            try ledger.add(1, [1, 2, 3].flatMap { (r: UInt32) -> [Effect] in [revise(incident(n), r, .high, r == 3 ? .resolved : .open), enqueue(incident(n), r, .high)] })
        }
        let (low, high) = (incident(41), incident(42))
        try ledger.add(1, [revise(low, 1, .low), enqueue(low, 1, .low), revise(high, 1, .high), enqueue(high, 1, .high), revise(high, 2, .high), enqueue(high, 2, .high)])
        let heads = try ledger.reader.heads(of: station, limit: 8) { _, _ in true }
        #expect(heads.keys.map(\.incident.number) == [42, 41, 1, 2, 3, 4, 5, 6] && heads.keys.allSatisfy { $0.revision == 1 })
        #expect(heads.pending.map(\.isSuperseded) == [true, false, true, true, true, true, true, true])
        // Each gets all, in its order, and the last one of each is the one to ring for.
        var given: [(UInt64, UInt32, Bool)] = []
        for _ in 0..<200 {
            let next = try ledger.reader.heads(of: station, limit: 8) { _, _ in true }
            if next.pending.isEmpty { break }
            given += next.pending.map { ($0.delivery.key.incident.number, $0.delivery.key.revision, $0.isSuperseded) }
            try ledger.add(1, next.keys.map { .retire($0) })
        }
        #expect(given.count == 123 && Set(given.filter { !$0.2 }.map(\.0)).count == 42 && given.filter { !$0.2 }.count == 42)
        for n in 1...42 as ClosedRange<UInt64> {
            let mine = given.filter { $0.0 == n }
            #expect(mine.map(\.1) == mine.map(\.1).sorted() && mine.last?.2 == false)
        }
        #expect(given.prefix(8).contains { $0.0 == 42 } && given.prefix(16).contains { $0.0 == 42 && $0.1 == 2 })
    }

    @Test("a reader that goes on after `next` is given every delivery, whatever overtook it")
    func cursors() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        for n in 1...20 {
            let priority: Priority = n.isMultiple(of: 5) ? .high : .low
            try ledger.add(1, [revise(incident(UInt64(n)), 1, priority), enqueue(incident(UInt64(n)), 1, priority)])
        }
        var seen: Set<String> = []
        var cursor: Int64 = 0, pages = 0
        while pages < 100 {
            let page = try ledger.reader.deliveries(queue: station, after: cursor, limit: 5)
            if page.deliveries.isEmpty { break }
            if pages == 0 { #expect(texts(page).prefix(4) == ["5:1", "10:1", "15:1", "20:1"]) }
            seen.formUnion(texts(page))
            #expect(page.next > cursor)
            (cursor, pages) = (page.next, pages + 1)
        }
        #expect(seen.count == 20)
    }

    @Test("a confirmed delivery leaves; a refused one becomes a dead letter, blocks nothing, and lives again when enqueued")
    func outbox() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let (a, b) = (incident(1), incident(2))
        try ledger.add(1, [revise(a, 1), enqueue(a, 1), revise(a, 2), enqueue(a, 2, isMasked: true), revise(b, 1), enqueue(b, 1)])
        try ledger.add(1, [.deadLetter(DeliveryKey(incident: a, revision: 1, queue: station), "413"), .retire(DeliveryKey(incident: b, revision: 1, queue: station))])
        let page = try ledger.reader.deliveries(queue: station, limit: 10)
        #expect(texts(page) == ["1:2"])
        #expect(page.deliveries[0].bytes == Array("{\"masked\":2}".utf8))
        #expect(try ledger.reader.deadLetters(limit: 10).map(\.reason) == ["413"])
        #expect(try ledger.reader.outboxCounts() == [OutboxCount(queue: station, pending: 1, dead: 1, oldestAt: Scratch.wall)])
        try ledger.add(1, [enqueue(a, 1), enqueue(a, 2)])
        #expect(try texts(ledger.reader.deliveries(queue: station, limit: 10)) == ["1:1", "1:2"])
        #expect(try ledger.reader.isPending(DeliveryKey(incident: a, revision: 1, queue: station)))
        #expect(try !ledger.reader.isPending(DeliveryKey(incident: b, revision: 1, queue: station)))
    }

    @Test("a dead letter that is revived waits again as it was; reviving anything else changes nothing; dead letters come oldest first")
    func revived() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let a = incident(1)
        let keys = (1...3).map { DeliveryKey(incident: a, revision: $0, queue: station) }
        for revision in UInt32(1)...3 { try ledger.add(1, [revise(a, revision), enqueue(a, revision, isMasked: true)]) }
        try ledger.add(1, [.deadLetter(keys[0], "413"), .deadLetter(keys[1], "400"), .retire(keys[2])])
        #expect(try ledger.reader.deadLetters(queue: station, limit: 10).map(\.reason) == ["413", "400"])
        #expect(try ledger.reader.deadLetters(queue: station, limit: 1).map(\.reason) == ["413"])
        #expect(try ledger.reader.deadReason(keys[0]) == "413" && ledger.reader.deadReason(keys[2]) == nil)
        try ledger.add(1, [.revive(keys[0]), .revive(keys[2]), .revive(DeliveryKey(incident: incident(99), revision: 1, queue: station))])
        #expect(try ledger.reader.isPending(keys[0]) && ledger.reader.deadReason(keys[0]) == nil)
        #expect(try !ledger.reader.isPending(keys[2]), "what was delivered is not sent again")
        #expect(try ledger.reader.deliveries(queue: station, limit: 10).deliveries.map(\.delivery.isMasked) == [true])
    }

    @Test("incidents, their newest revision, their history and the stream show the last commit")
    func incidents() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let (a, b) = (incident(1), incident(2))
        let first = try ledger.add(1, [revise(a, 1), revise(b, 1, .low)])
        let second = try ledger.add(1, [revise(a, 2, .high, .resolved)])
        #expect(try ledger.reader.incidents(in: [.open, .acknowledged], limit: 10).map(\.id) == [b])
        #expect(try ledger.reader.incidents(in: IncidentState.allCases, limit: 10).map(\.id) == [a, b])
        #expect(try ledger.reader.incidents(in: IncidentState.allCases, before: second.cursor, limit: 10).map(\.id) == [b])
        let found = try #require(try ledger.reader.incident(a))
        #expect(found.row.state == .resolved && found.row.revision == 2 && found.newest.revision.revision == 2)
        #expect(try ledger.reader.history(of: a).map(\.revision.revision) == [1, 2])
        #expect(try ledger.reader.revisions(after: first.cursor, limit: 10).map(\.cursor) == [second.cursor])
        #expect(try ledger.reader.revisions(after: 0, limit: 10).count == 3)
        #expect(try ledger.reader.incident(incident(9)) == nil)
    }

    @Test("unknown senders keep their last payloads, are counted, and make room at the limit")
    func quarantine() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        func sighting(_ n: Int, _ payload: [UInt8]) -> Effect {
            .quarantine(Sighting(why: .unregistered, topic: "x/\(n)", device: DeviceID("mac:\(n)"), candidates: ["p1", "p2"], payload: payload))
        }
        try ledger.add(1, (1...6).map { sighting(0, [UInt8($0)]) })
        try ledger.add(1, [sighting(0, [UInt8](repeating: 9, count: LedgerLimits.quarantinePayloadBytesMax + 1))])
        let row = try #require(try ledger.reader.quarantine(limit: 9).first)
        #expect(row.count == 7 && row.candidates == ["p1", "p2"] && row.payloads.count == LedgerLimits.quarantinePayloadsMax)
        #expect(row.payloads.last?.count == LedgerLimits.quarantinePayloadBytesMax && row.payloads.first == [4])
        try ledger.add(1, (1..<LedgerLimits.quarantineRowsMax).map { sighting($0, []) })
        #expect(try ledger.reader.quarantineEvicted() == 0)
        try ledger.add(1, [sighting(LedgerLimits.quarantineRowsMax, [])])
        #expect(try ledger.reader.quarantineEvicted() == 1)
        #expect(try ledger.reader.quarantine(limit: 1_000).contains { $0.source == "mac:0" } == false)
    }

    @Test("each reason of rejection has its count and its last words")
    func rejected() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.add(1, [
            .reject(Rejection(reason: .malformed, topic: "a", text: "first")), .reject(Rejection(reason: .malformed, topic: "b", text: "second")),
            .reject(Rejection(reason: .truncated, topic: "c", text: "third")),
        ])
        try ledger.add(1, [.reject(Rejection(reason: .malformed, topic: "d", text: "fourth"))])
        let found = try ledger.reader.rejected()
        #expect(found.map(\.reason) == [.malformed, .truncated])
        #expect(found.map(\.count) == [3, 1])
        #expect(found[0].lastTopic == "d" && found[0].lastText == "fourth")
    }

    @Test("the last accepted configuration comes back with its bytes")
    func configuration() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        for text in ["one", "two"] {
            let head = ledger.head
            let record = JournalRecord(position: head.position + 1, at: head.at + .seconds(1), body: .configured(ConfigurationDigest(text)))
            try ledger.commit(
                LedgerTurn(records: [record], effects: [], position: record.position, at: record.at, clock: head.clock, configuration: ConfigurationRow(digest: ConfigurationDigest(text), bytes: Array(text.utf8))),
                wall: { Scratch.wall })
        }
        #expect(try ledger.recover().configuration?.bytes == Array("two".utf8))
        #expect(try ledger.reader.configuration(ConfigurationDigest("one"))?.bytes == Array("one".utf8))
    }
}
