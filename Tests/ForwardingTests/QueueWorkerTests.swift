import CareModel
import Foundation
import Synchronization
import Testing

@testable import Forwarding

@Suite("A queue's worker", .timeLimit(.minutes(1)))
struct QueueWorkerTests {
    @Test("revisions of one incident go in order, each after the one before was reported; the most urgent incident goes first")
    func order() async {
        let desk = Desk([parcel(1, 1, .low), parcel(1, 2, .low), parcel(1, 3, .low), parcel(2, 1, .high), parcel(2, 2, .high)])
        let channel = ScriptedChannel { _, _ in .confirmed }
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty })
        }
        for incident in [UInt64(1), 2] {
            let revisions = channel.keys.filter { $0.incident.number == incident }.map(\.revision)
            #expect(revisions == revisions.sorted() && Set(revisions).count == revisions.count)
        }
        #expect(channel.keys.first?.incident.number == 2)
        #expect(desk.reports.count == 5 && desk.reports.allSatisfy { $0.outcome == .confirmed })
    }

    @Test("a parcel reaches the channel with the bytes that the outbox gave, masked or not")
    func bytes() async {
        let masked = parcel(1, body: "{\"resident\":\"***\"}"), full = parcel(2, body: "{\"resident\":\"Anna\"}")
        let desk = Desk([masked, full])
        let channel = ScriptedChannel { _, _ in .confirmed }
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(Set(channel.sent.map(\.parcel)) == [masked, full])
    }

    @Test("a delayed delivery is tried again with growing pauses and told to the sequencer once")
    func backOff() async {
        let desk = Desk([parcel(1)])
        let channel = ScriptedChannel { _, tries in tries < 5 ? .delayed("closed") : .confirmed }
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty })
        }
        let times = channel.sent.map(\.at)
        #expect(times.count == 5)
        let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
        for (pause, least) in zip(pauses, [20, 40, 80, 80]) { #expect(pause >= .milliseconds(least), "\(pauses)") }
        #expect(desk.reports.map(\.outcome) == [.delayed("closed"), .confirmed])
    }

    @Test("pauses double from the first to the last and never grow past it", arguments: [(1, 250), (2, 500), (3, 1_000), (7, 16_000), (8, 30_000), (9, 30_000), (1_000_000, 30_000)])
    func pauses(tries: Int, milliseconds: Int) {
        #expect(QueueWorker.Pace().backoff(afterTries: tries) == .milliseconds(milliseconds))
    }

    @Test("a permanent refusal goes to the dead letter, and the incident's next revision follows")
    func deadLetter() async {
        let desk = Desk([parcel(1, 1), parcel(1, 2)])
        let channel = ScriptedChannel { parcel, _ in parcel.key.revision == 1 ? .deadLettered("no such person") : .confirmed }
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(desk.reports.map(\.outcome) == [.deadLettered("no such person"), .confirmed])
        #expect(channel.keys.map(\.revision) == [1, 2])
    }

    @Test("an incident that waits holds back its own later revisions and no other incident")
    func stuckIncident() async throws {
        let desk = Desk([parcel(1, 1), parcel(1, 2), parcel(2)])
        let channel = ScriptedChannel { parcel, _ in parcel.key.incident.number == 1 ? .delayed("busy") : .confirmed }
        try await working([worker(desk, channel)]) {
            #expect(await eventually { desk.reports.contains { $0.outcome == .confirmed } })
            desk.add(parcel(3))
            #expect(await eventually { desk.left == [parcel(1, 1).key, parcel(1, 2).key] })
            try #require(await eventually { channel.keys.count { $0 == parcel(1).key } >= 3 })
        }
        #expect(!channel.keys.contains(parcel(1, 2).key))
    }

    @Test("a batch that hangs holds no later delivery, and no other queue")
    func hangingBatch() async {
        let gate = Gate()
        let desk = Desk([parcel(1), parcel(9, queue: "upstream")])
        let hanging = ScriptedChannel { parcel, _ in
            if parcel.key.incident.number == 1 { await gate.wait() }
            return .confirmed
        }
        let free = ScriptedChannel { _, _ in .confirmed }
        await working([worker(desk, hanging), worker(desk, free, queue: "upstream")]) {
            #expect(await eventually { hanging.keys == [parcel(1).key] })
            desk.add(parcel(2))
            #expect(await eventually { desk.left == [parcel(1).key] })
            #expect(free.keys == [parcel(9, queue: "upstream").key])
            gate.open()
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(hanging.keys.count == 2, "what is under way is not sent again")
    }

    @Test("so many parcels are under way at once as the pace says, and not one more")
    func room() async {
        let gate = Gate()
        let desk = Desk((1...3).map { parcel($0) })
        let channel = ScriptedChannel { _, _ in
            await gate.wait()
            return .confirmed
        }
        let inBatches = BatchCounting(channel)
        await working([worker(desk, inBatches) { $0.underWayMax = 2 }]) {
            #expect(await eventually { inBatches.underWay == 2 })
            try? await Task.sleep(for: .milliseconds(150))
            #expect(inBatches.underWayMost == 2)
            gate.open()
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(inBatches.underWayMost == 2)
    }

    @Test("a report that the mailbox has no room for is made again: the receiver gets the delivery twice, under one key")
    func fullMailbox() async {
        let desk = Desk([parcel(1)])
        desk.refusePosts(1)
        let channel = ScriptedChannel { _, _ in .confirmed }
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(channel.keys == [parcel(1).key, parcel(1).key])
        #expect(desk.reports.map(\.outcome) == [.confirmed])
    }

    @Test("no answer counts as delayed")
    func noAnswer() async {
        let desk = Desk([parcel(1)])
        let channel = ScriptedChannel { _, tries in tries == 1 ? nil : .confirmed }
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(desk.reports.map(\.outcome) == [.delayed("no answer"), .confirmed])
    }

    @Test("an outbox that can't be read is read again, and a lost wake costs one interval")
    func unreadable() async {
        let desk = Desk([parcel(1)])
        desk.failReads(3)
        let channel = ScriptedChannel { _, _ in .confirmed }
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty })
            desk.add(parcel(2))
            #expect(await eventually { desk.left.isEmpty }, "nobody woke it")
        }
    }
}

/// Lets everybody through once it is open.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state = (true, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Counts the parcels that a channel holds.
final class BatchCounting: Channel {
    let commands = AsyncStream<Command> { $0.finish() }
    private let channel: any Channel
    private let count = Mutex<(now: Int, most: Int)>((0, 0))

    init(_ channel: any Channel) { self.channel = channel }

    var underWay: Int { count.withLock { $0.now } }
    var underWayMost: Int { count.withLock { $0.most } }

    func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        count.withLock { $0 = ($0.now + batch.count, max($0.most, $0.now + batch.count)) }
        let outcomes = await channel.send(batch)
        count.withLock { $0.now -= batch.count }
        return outcomes
    }
}
