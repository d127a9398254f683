import CareModel
import Forwarding
import Logging
import MQTTSession
import Settings
import Synchronization

/// The workers of the queues and the sounder, as many as the configuration in force asks for.
///
/// A reload adds, removes and changes them one by one. Nothing is lost by it: what a worker had not delivered stands in the
/// outbox, and a worker that takes another's place begins when that one's publishes under way have been answered.
final class WaysOut: Sendable {
    struct Plan: Hashable, Sendable {
        /// Topic of each queue that is published.
        var topics: [QueueName: String]
        var sounder: Sounder.Settings?

        init(_ loaded: LoadedConfiguration) {
            topics = Gateway.ways(loaded).topics
            sounder = loaded.settings.sounder.map { .init(topic: $0.topic, payloadOn: $0.onPayload, payloadOff: $0.offPayload, minimum: $0.priorityMin) }
        }
    }

    /// How long a worker waits for the one before it: then receivers may get a delivery twice, under one key.
    static let handOverSecondsMax = 5

    private struct State {
        var plan: Plan?
        var workers: [QueueName: QueueWorker] = [:]
        var sounder: Sounder?
        /// By queue; the empty name is the sounder's.
        var tasks: [QueueName: Task<Void, Never>] = [:]
        var loop: PublishingLoop?
        var isOver = false
    }

    private static let sounderName = QueueName("")

    private let state = Mutex(State())
    private let session: SessionConfiguration
    private let outbox: any OutboxReading
    private let reports: any ReportPosting
    private let untaken: @Sendable (Priority) throws -> Int
    private let logger: Logger

    /// - Parameter session: connected once there is something to publish.
    init(
        session: SessionConfiguration, outbox: any OutboxReading, reports: any ReportPosting, logger: Logger,
        untaken: @escaping @Sendable (Priority) throws -> Int
    ) {
        (self.session, self.outbox, self.reports, self.logger, self.untaken) = (session, outbox, reports, logger, untaken)
    }

    /// Says that incidents changed. Cheap, callable from any thread.
    func wake() {
        let (workers, sounder) = state.withLock { ($0.workers, $0.sounder) }
        for worker in workers.values { worker.wake() }
        sounder?.wake()
    }

    /// Lets those that the plan no longer has end, and starts what it has beyond them.
    ///
    /// - Throws: when the session's settings are unusable; nothing has changed then.
    func follow(_ plan: Plan) throws {
        try state.withLock { state in
            guard !state.isOver, state.plan != plan else { return }
            let before = state.plan
            if state.loop == nil, !plan.topics.isEmpty || plan.sounder != nil { state.loop = try PublishingLoop(session) }
            for name in (before?.topics ?? [:]).keys.sorted(by: { $0.text < $1.text }) where plan.topics[name] == nil {
                state.tasks.removeValue(forKey: name)?.cancel()
                state.workers[name] = nil
                logger.notice("queue \(name): no longer published; what was not delivered stays in the outbox")
            }
            if let loop = state.loop {
                for (name, topic) in plan.topics.sorted(by: { $0.key.text < $1.key.text }) where before?.topics[name] != topic {
                    let worker = QueueWorker(
                        queue: name, channel: MQTTChannel(loop: loop, topic: topic, queue: name), outbox: outbox, reports: reports, logger: logger)
                    state.workers[name] = worker
                    state.tasks[name] = WaysOut.start(after: state.tasks[name]) { await worker.run() }
                    if before != nil { logger.notice("queue \(name): published on \(topic)") }
                }
                if before?.sounder != plan.sounder {
                    let old = state.tasks.removeValue(forKey: WaysOut.sounderName)
                    state.sounder = nil
                    if let last = before?.sounder, last.topic != plan.sounder?.topic {
                        // Nobody would ever silence it there.
                        _ = loop.publish(topic: last.topic, payload: Array(last.payloadOff.utf8), retain: true) { _ in }
                    }
                    old?.cancel()
                    if let settings = plan.sounder {
                        let sounder = Sounder(settings: settings, loop: loop, logger: logger, untaken: untaken)
                        state.sounder = sounder
                        state.tasks[WaysOut.sounderName] = WaysOut.start(after: old) { await sounder.run() }
                    }
                }
            }
            state.plan = plan
        }
    }

    /// Ends them all; what is under way is answered or abandoned.
    func stop() {
        let (tasks, loop) = state.withLock { state in
            defer { (state.tasks, state.workers, state.sounder, state.isOver) = ([:], [:], nil, true) }
            return (state.tasks, state.loop)
        }
        for task in tasks.values { task.cancel() }
        loop?.stop()
    }

    private static func start(after old: Task<Void, Never>?, _ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        old?.cancel()
        return Task {
            if let old {
                // Whichever comes first; the other is of no interest any more.
                let (isOver, continuation) = AsyncStream.makeStream(of: Void.self)
                let waiting = Task { await old.value; continuation.finish() }
                let limit = Task { try? await Task.sleep(for: .seconds(handOverSecondsMax)); continuation.finish() }
                for await _ in isOver {}
                waiting.cancel()
                limit.cancel()
            }
            guard !Task.isCancelled else { return }
            await work()
        }
    }
}
