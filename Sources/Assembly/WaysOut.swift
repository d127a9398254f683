import CareModel
import Forwarding
import Ledger
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
        /// How each queue is reached that this hub carries; embedded ones are fetched.
        var queues: [QueueName: Ways.Queue]
        var sounder: Sounder.Settings?

        init(_ loaded: LoadedConfiguration) {
            queues = loaded.ways.queues.filter { $0.value.way != .embedded }
            sounder = loaded.settings.sounder.map { .init(topic: $0.topic, payloadOn: $0.onPayload, payloadOff: $0.offPayload, minimum: $0.priorityMin) }
        }

        var needsBroker: Bool {
            sounder != nil || queues.values.contains { if case .mqtt = $0.way { true } else { false } }
        }
    }

    /// How long a worker waits for the one before it: then receivers may get a delivery twice, under one key.
    static let handOverSecondsMax = 5

    private struct State {
        var plan: Plan?
        var workers: [QueueName: QueueWorker] = [:]
        var channels: [QueueName: any Channel] = [:]
        /// Queues whose last sign of life is still under way.
        var beating: Set<QueueName> = []
        /// Carries out what comes back over a queue.
        var listeners: [QueueName: Task<Void, Never>] = [:]
        /// Ends what a queue's channel holds open.
        var closings: [QueueName: @Sendable () -> Void] = [:]
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
    private let obey: @Sendable (Command) async -> CommandOutcome?
    private let logger: Logger
    private let filters: [String]
    private let hear: @Sendable (Message) -> Void

    /// - Parameters:
    ///   - session: connected once there is something to publish or to hear.
    ///   - filters: what is heard over the same session beside the ways out: other hubs' signs of life.
    ///   - obey: carries a receiver's command out; nil = not now.
    init(
        session: SessionConfiguration, outbox: any OutboxReading, reports: any ReportPosting, logger: Logger, filters: [String] = [],
        hear: @escaping @Sendable (Message) -> Void = { _ in }, obey: @escaping @Sendable (Command) async -> CommandOutcome?,
        untaken: @escaping @Sendable (Priority) throws -> Int
    ) {
        (self.obey, self.filters, self.hear) = (obey, filters, hear)
        (self.session, self.outbox, self.reports, self.logger, self.untaken) = (session, outbox, reports, logger, untaken)
    }

    /// Hands over what was just committed, where nothing else waits.
    ///
    /// - Parameter fresh: deliveries of first revisions.
    /// - Returns: those that are under way; for the others their queues' workers must be woken.
    func offer(_ fresh: [PendingDelivery]) -> Set<DeliveryKey> {
        guard !fresh.isEmpty else { return [] }
        let workers = state.withLock { $0.workers }
        var handed: Set<DeliveryKey> = [], closed: Set<QueueName> = []
        for pending in fresh {
            let key = pending.delivery.key
            guard let worker = workers[key.queue], !closed.contains(key.queue) else { continue }
            if worker.offer(Parcel(pending)) { handed.insert(key) } else { closed.insert(key.queue) }
        }
        return handed
    }

    /// Says that the outbox changed. Cheap, callable from any thread.
    ///
    /// - Parameters:
    ///   - queues: those that have something to send; names that no worker has are passed over.
    ///   - sounder: whether incidents changed.
    func wake(_ queues: Set<QueueName>, sounder isSounderMeant: Bool) {
        guard isSounderMeant || !queues.isEmpty else { return }
        let (workers, sounder) = state.withLock { ($0.workers, $0.sounder) }
        for queue in queues { workers[queue]?.wake() }
        if isSounderMeant { sounder?.wake() }
    }

    /// Lets those that the plan no longer has end, and starts what it has beyond them.
    ///
    /// - Throws: when the session's settings are unusable; nothing has changed then.
    func follow(_ plan: Plan) throws {
        try state.withLock { state in
            guard !state.isOver, state.plan != plan else { return }
            let before = state.plan
            if state.loop == nil, plan.needsBroker || !filters.isEmpty {
                let hear = hear
                state.loop = try PublishingLoop(session, filters: filters) { message in
                    hear(message)
                    return true
                }
            }
            for name in (before?.queues ?? [:]).keys.sorted() where plan.queues[name] == nil {
                state.tasks.removeValue(forKey: name)?.cancel()
                state.listeners.removeValue(forKey: name)?.cancel()
                state.closings.removeValue(forKey: name)?()
                state.workers[name] = nil
                state.channels[name] = nil
                logger.notice("queue \(name): no longer carried; what was not delivered stays in the outbox")
            }
            for (name, queue) in plan.queues.sorted(by: { $0.key < $1.key }) where before?.queues[name] != queue {
                guard let (channel, pace, close) = open(name, queue, state.loop) else { continue }
                let worker = QueueWorker(queue: name, channel: channel, outbox: outbox, reports: reports, pace: pace, logger: logger)
                state.closings.removeValue(forKey: name)?()
                state.closings[name] = close
                state.listeners.removeValue(forKey: name)?.cancel()
                if queue.commands != nil { state.listeners[name] = listen(to: channel) }
                state.workers[name] = worker
                state.channels[name] = channel
                state.tasks[name] = WaysOut.start(after: state.tasks[name]) { await worker.run() }
                if before != nil { logger.notice("queue \(name): carried to \(Ways.words(queue.way)) as \(queue.format.rawValue)") }
            }
            if let loop = state.loop {
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
        let (tasks, closings, loop) = state.withLock { state in
            for listener in state.listeners.values { listener.cancel() }
            state.listeners = [:]
            defer { (state.tasks, state.workers, state.channels, state.closings, state.sounder, state.isOver) = ([:], [:], [:], [:], nil, true) }
            return (state.tasks, state.closings, state.loop)
        }
        for task in tasks.values { task.cancel() }
        for close in closings.values { close() }
        loop?.stop()
    }

    /// Sends a sign of life to every carried queue, but where the one before it is still under way.
    func beat(_ heartbeat: Heartbeat) {
        let channels = state.withLock { state in
            let free = state.channels.filter { !state.beating.contains($0.key) }
            state.beating.formUnion(free.keys)
            return free
        }
        for (name, channel) in channels {
            Task {
                _ = await channel.beat(heartbeat)
                state.withLock { _ = $0.beating.remove(name) }
            }
        }
    }

    /// Every command in a task of its own: one that waits must not hold the others.
    private func listen(to channel: any Channel) -> Task<Void, Never> {
        let obey = obey
        return Task {
            for await command in channel.commands { Task { channel.answer(command.id, await obey(command)) } }
        }
    }

    /// Tells a receiver on the broker what became of its command; other channels answer by themselves.
    func answer(_ id: CommandID, _ outcome: CommandOutcome) {
        guard let queue = CommandDocument.origin(of: id)?.queue else { return }
        publish(CommandDocument.answer(id, outcome), from: queue)
    }

    /// A command that can't be read: a person can find it in the log, and its sender hears what is wrong.
    func refuse(_ fault: CommandDocument.Fault, from queue: QueueName) {
        note(fault, queue)
        publish(CommandDocument.answer(fault), from: queue)
    }

    private func note(_ fault: CommandDocument.Fault, _ queue: QueueName) { logger.warning("queue \(queue): a command of its receiver can't be read: \(fault)") }

    private func publish(_ answer: [UInt8], from queue: QueueName) {
        let (way, loop) = state.withLock { ($0.plan?.queues[queue]?.way, $0.loop) }
        guard case .mqtt(let topic)? = way, let loop else { return }
        // A lost answer is given again when the command is.
        _ = loop.publish(topic: MQTTChannel.answerTopic(topic), payload: answer) { _ in }
    }

    /// Whether the session to the broker stands.
    var isConnected: Bool { state.withLock { $0.loop }?.status.isConnected ?? false }

    /// How each carried queue does, by name.
    func pictures() async -> [(queue: QueueName, picture: QueueWorker.Picture)] {
        var found: [(QueueName, QueueWorker.Picture)] = []
        for (name, worker) in state.withLock({ $0.workers }).sorted(by: { $0.key < $1.key }) { found.append((name, await worker.picture)) }
        return found
    }

    private func open(
        _ name: QueueName, _ queue: Ways.Queue, _ loop: PublishingLoop?
    ) -> (channel: any Channel, pace: QueueWorker.Pace, close: @Sendable () -> Void)? {
        var pace = QueueWorker.Pace()
        switch queue.way {
        case .embedded:
            return nil
        case .mqtt(let topic):
            guard let loop else { return nil }
            return (FormattedChannel(MQTTChannel(loop: loop, topic: topic, queue: name), queue.format), pace, {})
        case .rabbitMQ(let configuration):
            let channel = RabbitMQChannel(configuration, contentType: queue.format.contentType, source: queue.commands) { [self] in note($0, name) }
            return (FormattedChannel(channel, queue.format), pace, { channel.stop() })
        case .webhook(let configuration):
            // One answer a request: a slow one must not keep the others' from being told. Place for twice as many as go lets none idle.
            (pace.underWayMax, pace.urgentRoom, pace.batchMax) = (2 * configuration.parallel, configuration.parallel, 1)
            let channel = WebhookChannel(configuration, contentType: queue.format.contentType, source: queue.commands, onFault: { [self] in note($0, name) })
            return (FormattedChannel(channel, queue.format), pace, { channel.stop() })
        case .sms(let configuration):
            // One after the other leaves a modem; each is waited for, so that a first one that can't go holds no other.
            pace.batchMax = 1
            return (SMSChannel(configuration), pace, {})
        }
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
