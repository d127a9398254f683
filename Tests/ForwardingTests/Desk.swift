import CareModel
import Forwarding
import Logging
import Synchronization

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func parcel(_ incident: UInt64, _ revision: UInt32 = 1, _ priority: Priority = .high, cursor: UInt64? = nil, queue: String = "station", body: String? = nil) -> Parcel {
    let key = DeliveryKey(incident: IncidentID(origin: "hub-e1", number: incident), revision: revision, queue: QueueName(queue))
    return Parcel(key: key, priority: priority, cursor: cursor ?? incident * 100 + UInt64(revision), body: Array((body ?? "{\"n\":\(incident).\(revision)}").utf8))
}

/// The outbox and the sequencer's mailbox in memory: a row leaves when its report says so, as the ledger does it, and its worker
/// is woken then, as the hub does after the commit.
final class Desk: OutboxReading, ReportPosting {
    struct Unreadable: Error {}

    private struct State {
        var rows: [Parcel] = []
        var reports: [DeliveryReport] = []
        var readsToFail = 0
        var postsToRefuse = 0
        var workers: [QueueWorker] = []
    }

    private let state: Mutex<State>

    init(_ rows: [Parcel]) { state = Mutex(State(rows: rows)) }

    func add(_ row: Parcel) { state.withLock { $0.rows.append(row) } }
    func wakes(_ worker: QueueWorker) { state.withLock { $0.workers.append(worker) } }
    func failReads(_ count: Int) { state.withLock { $0.readsToFail = count } }
    func refusePosts(_ count: Int) { state.withLock { $0.postsToRefuse = count } }
    var reports: [DeliveryReport] { state.withLock { $0.reports } }
    var left: [DeliveryKey] { state.withLock { $0.rows.map(\.key) } }

    func heads(of queue: QueueName, limit: Int, where isWanted: (DeliveryKey, Priority) -> Bool) throws -> OutboxHeads {
        try state.withLock { state in
            if state.readsToFail > 0 {
                state.readsToFail -= 1
                throw Unreadable()
            }
            var seen: Set<IncidentID> = []
            let rows = state.rows.filter { $0.key.queue == queue }.sorted { $0.cursor < $1.cursor }.filter { seen.insert($0.key.incident).inserted }
            let heads = rows.sorted { ($1.priority, $0.cursor) < ($0.priority, $1.cursor) }.prefix(limit)
            return OutboxHeads(keys: heads.map(\.key), parcels: heads.filter { isWanted($0.key, $0.priority) })
        }
    }

    func post(_ report: DeliveryReport) -> Bool {
        let (isTaken, woken) = state.withLock { state -> (Bool, [QueueWorker]) in
            if state.postsToRefuse > 0 {
                state.postsToRefuse -= 1
                return (false, [])
            }
            state.reports.append(report)
            if case .delayed = report.outcome { return (true, []) }
            state.rows.removeAll { $0.key == report.key }
            return (true, state.workers)
        }
        for worker in woken { worker.wake() }
        return isTaken
    }
}

/// A channel that does what the test says, and writes down what it got.
final class ScriptedChannel: Channel {
    struct Sending: Sendable {
        var parcel: Parcel
        var at: ContinuousClock.Instant
    }

    let commands = AsyncStream<Command> { $0.finish() }
    private let sendings = Mutex<[Sending]>([])
    private let script: @Sendable (Parcel, Int) async -> DeliveryOutcome?

    /// - Parameter script: gets a parcel and which try it is, from 1; nil = no answer.
    init(_ script: @escaping @Sendable (Parcel, Int) async -> DeliveryOutcome?) { self.script = script }

    var sent: [Sending] { sendings.withLock { $0 } }
    var keys: [DeliveryKey] { sent.map(\.parcel.key) }

    func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        var outcomes: [DeliveryKey: DeliveryOutcome] = [:]
        for parcel in batch {
            let tries = sendings.withLock { list in
                list.append(Sending(parcel: parcel, at: .now))
                return list.count { $0.parcel.key == parcel.key }
            }
            outcomes[parcel.key] = await script(parcel, tries)
        }
        return outcomes
    }
}

/// Runs workers for as long as the body takes.
func working(_ workers: [QueueWorker], _ body: () async throws -> Void) async rethrows {
    let tasks = workers.map { worker in Task { await worker.run() } }
    defer { for task in tasks { task.cancel() } }
    try await body()
}

/// Looks at `condition` every 2 ms until it holds; false when it never did.
func eventually(seconds: Double = 10, _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return try await condition()
}

func worker(_ desk: Desk, _ channel: any Channel, queue: String = "station", _ change: (inout QueueWorker.Pace) -> Void = { _ in }) -> QueueWorker {
    var pace = QueueWorker.Pace()
    (pace.backoffFirst, pace.backoffLast, pace.pollInterval) = (.milliseconds(20), .milliseconds(80), .milliseconds(50))
    change(&pace)
    let worker = QueueWorker(queue: QueueName(queue), channel: channel, outbox: desk, reports: desk, pace: pace, logger: silent)
    desk.wakes(worker)
    return worker
}
