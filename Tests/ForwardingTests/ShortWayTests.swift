import CareModel
import Synchronization
import Testing

@testable import Forwarding

/// A channel with a short way; what was handed waits until the test answers it.
private final class HandedChannel: Channel {
    typealias Handed = (parcel: Parcel, completion: @Sendable (DeliveryOutcome) -> Void)

    let commands = AsyncStream<Command> { $0.finish() }
    private let waiting = Mutex<[Handed]>([])
    private let sentKeys = Mutex<[DeliveryKey]>([])
    private let isTaking = Mutex(true)

    var handed: [DeliveryKey] { waiting.withLock { $0.map(\.parcel.key) } }
    /// By the long way.
    var sent: [DeliveryKey] { sentKeys.withLock { $0 } }
    /// Whether the long way answers.
    let isAnswering = Mutex(true)
    func refuse() { isTaking.withLock { $0 = false } }

    func answer(_ outcome: DeliveryOutcome) {
        let all = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for one in all { one.completion(outcome) }
    }

    func hand(_ parcel: Parcel, completion: @escaping @Sendable (DeliveryOutcome) -> Void) -> Bool {
        guard isTaking.withLock({ $0 }) else { return false }
        waiting.withLock { $0.append((parcel, completion)) }
        return true
    }

    func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        _ = await eventually(seconds: 50) { isAnswering.withLock { $0 } }
        sentKeys.withLock { $0 += batch.map(\.key) }
        return Dictionary(batch.map { ($0.key, .confirmed) }) { first, _ in first }
    }
}

@Suite("The short way of a fresh incident", .timeLimit(.minutes(1)))
struct ShortWayTests {
    /// A worker that reads its outbox only when it is woken, so that here nothing but the short way can take what is offered.
    private func sleepy(_ desk: Desk, _ channel: HandedChannel, _ change: (inout QueueWorker.Pace) -> Void = { _ in }) -> QueueWorker {
        worker(desk, channel) {
            $0.pollInterval = .seconds(3_600)
            change(&$0)
        }
    }

    /// Once the way is open: commits to the desk's outbox and offers, as the hub does after a commit.
    private func offer(_ parcel: Parcel, _ desk: Desk, _ worker: QueueWorker) async -> Bool {
        guard await eventually({ worker.isShortWayOpen }) else { return false }
        desk.add(parcel)
        return worker.offer(parcel)
    }

    @Test("while nothing waits, a fresh incident is handed over by the committing thread, goes once, and its next revision follows it")
    func idle() async {
        let desk = Desk([]), channel = HandedChannel(), first = parcel(1), second = parcel(1, 2)
        let worker = sleepy(desk, channel)
        #expect(!worker.offer(first), "closed until the outbox was read")
        await working([worker]) {
            #expect(await offer(first, desk, worker))
            #expect(channel.handed == [first.key] && channel.sent.isEmpty)
            #expect(!worker.offer(first), "it is under way already")
            desk.add(second)
            worker.wake()
            channel.answer(.confirmed)
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(desk.reports == [first, second].map { DeliveryReport(key: $0.key, outcome: .confirmed) })
        #expect(channel.sent == [second.key])
    }

    @Test("what failed on the short way is told once and goes the long way after its pause; until then nothing overtakes it")
    func failed() async {
        let desk = Desk([]), channel = HandedChannel(), first = parcel(1), later = parcel(2)
        let worker = sleepy(desk, channel)
        channel.isAnswering.withLock { $0 = false }
        await working([worker]) {
            #expect(await offer(first, desk, worker))
            channel.answer(.delayed("nobody subscribes"))
            #expect(await eventually { desk.reports.count == 1 })
            #expect(!worker.offer(later), "a delivery waits for its next try")
            desk.add(later)
            channel.isAnswering.withLock { $0 = true }
            worker.wake()
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(Set(channel.sent) == [first.key, later.key] && channel.sent.count == 2)
        #expect(desk.reports.filter { $0.key == first.key }.map(\.outcome) == [.delayed("nobody subscribes"), .confirmed])
    }

    @Test("a channel without place leaves the delivery to the long way")
    func refused() async {
        let desk = Desk([]), channel = HandedChannel(), first = parcel(1)
        channel.refuse()
        let worker = sleepy(desk, channel)
        await working([worker]) {
            #expect(await !offer(first, desk, worker))
            worker.wake()
            #expect(await eventually { desk.left.isEmpty })
        }
        #expect(channel.sent == [first.key])
    }

    @Test("as many go the short way as there is place beside what is kept free for the urgent; the others wait for the outbox to be read")
    func bounded() async {
        let desk = Desk([]), channel = HandedChannel()
        let worker = sleepy(desk, channel) { ($0.underWayMax, $0.urgentRoom) = (6, 2) }
        await working([worker]) {
            #expect(await offer(parcel(1, 1, .low), desk, worker))
            for number in UInt64(2)...4 { #expect(worker.offer(parcel(number, 1, .low))) }
            #expect(!worker.offer(parcel(5, 1, .low)))
            #expect(await worker.picture.underWayCount == 4)
            channel.answer(.confirmed)
            #expect(await eventually { desk.reports.count == 4 })
        }
    }

    @Test("a worker ends only when what it handed over is answered: the one after it must not send it again")
    func end() async {
        let desk = Desk([]), channel = HandedChannel(), first = parcel(1), hasEnded = Mutex(false)
        let worker = sleepy(desk, channel)
        let running = Task {
            await worker.run()
            hasEnded.withLock { $0 = true }
        }
        #expect(await offer(first, desk, worker))
        running.cancel()
        #expect(await eventually { !worker.isShortWayOpen })
        #expect(!worker.offer(parcel(2)))
        #expect(!hasEnded.withLock { $0 } && channel.handed == [first.key])
        channel.answer(.confirmed)
        await running.value
        #expect(desk.left.isEmpty && channel.sent.isEmpty)
    }
}
