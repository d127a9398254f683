import CareModel
import Glibc
import MQTTSession
import Synchronization

/// One RabbitMQ connection on a thread of its own: it connects for ever, with back-off, and hands over what it is given.
///
/// Everything that waits is bounded: `queueMax` deliveries wait here, `RabbitMQConfiguration.window` for their confirms. Nothing is
/// kept: whoever publishes keeps the row until its completion says that the broker confirmed it.
public final class RabbitMQLoop: Sendable {
    /// Deliveries that may wait for their turn.
    public static let queueMax = 1_024

    public struct Status: Hashable, Sendable {
        public var isConnected = false
        /// Deliveries handed to the broker and not confirmed.
        public var unconfirmedCount = 0
        /// Why nothing goes now; nil while all is well.
        public var failure: RabbitMQFailure?
        /// Connections made since the start.
        public var connectCount: UInt64 = 0
    }

    typealias Completion = @Sendable (RabbitMQFailure?) -> Void

    private struct Entry: Sendable {
        var id: String, body: [UInt8], priority: UInt8, contentType: String, isHeartbeat: Bool
        var completion: Completion
        /// Why no queue took it, when the broker said so.
        var returned: String?
        var sentAt: Int64 = 0
    }

    private struct Shared {
        var queue: [Entry] = []
        var status = Status()
        /// Of the open connection, or -1: so that `stop` can end a blocked write.
        var descriptor: Int32 = -1
        var isWriting = false
        var isStopping = false
        var hasEnded = false
    }

    private let shared = Mutex(Shared())
    private let wake = Wake()
    private let configuration: RabbitMQConfiguration
    private let onReady: @Sendable () -> Void

    /// Starts the thread; it connects at once.
    ///
    /// - Parameter onReady: called on the loop's thread each time the broker takes deliveries again.
    public init(_ configuration: RabbitMQConfiguration, onReady: @escaping @Sendable () -> Void = {}) {
        (self.configuration, self.onReady) = (configuration, onReady)
        startThread("vigil-rabbitmq") { [self] in run() }
    }

    public var status: Status { shared.withLock { $0.status } }
    /// Whether the thread is gone after `stop`.
    public var hasEnded: Bool { shared.withLock { $0.hasEnded } }

    /// Ends the thread soon; what still waits is completed as busy. May be called more than once.
    public func stop() {
        shared.withLock {
            $0.isStopping = true
            // A write into a broker that reads nothing would go on for as long as the broker's heartbeats come.
            if $0.isWriting, $0.descriptor >= 0 { _ = Glibc.shutdown($0.descriptor, Int32(SHUT_RDWR)) }
        }
        wake.signal()
    }

    /// Queues one delivery.
    ///
    /// - Parameter completion: once, on the loop's thread or at once on the caller's; nil = the broker's queue has it on disk.
    func publish(_ body: [UInt8], id: String, priority: UInt8, contentType: String, isHeartbeat: Bool = false, completion: @escaping Completion) {
        let refusal = shared.withLock { shared -> RabbitMQFailure? in
            if shared.isStopping { return RabbitMQFailure(.busy, "the hub stops using this broker") }
            // Until the first answer there is hope; afterwards a failure is said at once.
            if let failure = shared.status.failure { return failure }
            if shared.queue.count >= RabbitMQLoop.queueMax { return RabbitMQFailure(.busy, "\(RabbitMQLoop.queueMax) deliveries wait already") }
            shared.queue.append(Entry(id: id, body: body, priority: priority, contentType: contentType, isHeartbeat: isHeartbeat, completion: completion))
            return nil
        }
        if let refusal { completion(refusal) } else { wake.signal() }
    }

    // MARK: - The thread

    private func run() {
        var work = Work(configuration: configuration, random: SplitMix64(text: "\(configuration.host) \(configuration.queue)"))
        while !shared.withLock({ $0.isStopping }) {
            if work.connection == nil, monotonicMicroseconds() >= work.nextAttemptAt { connect(&work) }
            wait(work)
            guard work.connection != nil else { continue }
            do throws(RabbitMQFailure) {
                try read(&work)
                try send(&work)
                try lookForSilence(work)
            } catch {
                lose(&work, error)
            }
        }
        let failure = RabbitMQFailure(.busy, "the hub stops using this broker")
        shared.withLock { $0.descriptor = -1 }
        work.connection?.close(politely: true)
        let rest = shared.withLock { shared in
            defer { (shared.queue, shared.status, shared.hasEnded) = ([], Status(failure: failure), true) }
            return shared.queue
        }
        for entry in work.takeAll() + rest { entry.completion(failure) }
    }

    /// What only the thread touches.
    private struct Work {
        let configuration: RabbitMQConfiguration
        var random: SplitMix64
        var connection: RabbitMQConnection?
        /// Connects tried so far: they go round the cluster's nodes.
        var turn = 0
        var nextAttemptAt: Int64 = 0
        var backOff = BackOff()
        var isBlocked = false
        /// No queue took a delivery.
        var missing: RabbitMQFailure?
        /// Unconfirmed entries; the first has the tag `firstTag`, nil = confirmed out of turn.
        var window: [Entry?] = []
        var firstTag: UInt64 = 1
        var occurrences: [RabbitMQConnection.Occurrence] = []

        /// Takes the confirmed ones out, in the order of their publishing.
        mutating func take(_ tag: UInt64, upTo: Bool) -> [Entry] {
            guard tag >= firstTag || (tag == 0 && upTo) else { return [] }
            let last = tag == 0 ? window.count - 1 : min(Int(tag - firstTag), window.count - 1)
            guard last >= 0 else { return [] }
            var taken: [Entry] = []
            for place in (upTo ? 0 : last)...last {
                if let entry = window[place] { taken.append(entry) }
                window[place] = nil
            }
            let done = window.prefix { $0 == nil }.count
            window.removeFirst(done)
            firstTag += UInt64(done)
            return taken
        }

        mutating func takeAll() -> [Entry] {
            defer { (window, firstTag) = ([], 1) }
            return window.compactMap { $0 }
        }
    }

    private func connect(_ work: inout Work) {
        do throws(RabbitMQFailure) {
            let node = configuration.at(node: work.turn)
            work.turn += 1
            let connection = try RabbitMQConnection(node)
            work.connection = connection
            (work.isBlocked, work.firstTag) = (false, 1)
            work.backOff.reset()
            shared.withLock {
                $0.descriptor = connection.descriptor
                $0.status.isConnected = true
                $0.status.failure = nil
                $0.status.connectCount += 1
            }
            onReady()
        } catch {
            lose(&work, error)
        }
    }

    /// Gives everything back that was not confirmed, and plans the next attempt.
    private func lose(_ work: inout Work, _ failure: RabbitMQFailure) {
        let rest = shared.withLock { shared in
            defer {
                shared.queue = []
                (shared.descriptor, shared.isWriting) = (-1, false)
                (shared.status.isConnected, shared.status.unconfirmedCount, shared.status.failure) = (false, 0, failure)
            }
            return shared.queue
        }
        work.connection?.close(politely: false)
        work.connection = nil
        work.nextAttemptAt = monotonicMicroseconds() + work.backOff.next(word: work.random.next())
        for entry in work.takeAll() + rest { entry.completion(failure) }
    }

    private func wait(_ work: Work) {
        var descriptors = [pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)]
        var milliseconds: Int64 = 500
        if let connection = work.connection {
            descriptors.append(pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0))
        } else {
            milliseconds = max(0, min(60_000, (work.nextAttemptAt - monotonicMicroseconds()) / 1_000 + 1))
        }
        poll(&descriptors, nfds_t(descriptors.count), Int32(milliseconds))
        if descriptors[0].revents != 0 { wake.clear() }
    }

    private func read(_ work: inout Work) throws(RabbitMQFailure) {
        guard let connection = work.connection else { return }
        work.occurrences.removeAll(keepingCapacity: true)
        // What was said before the connection broke counts still: confirms among it need no second delivery.
        let outcome = Result<Void, RabbitMQFailure> { () throws(RabbitMQFailure) in try connection.read(into: &work.occurrences) }
        for occurrence in work.occurrences { note(occurrence, &work) }
        try outcome.get()
        guard let missing = work.missing else { return }
        work.missing = nil
        // A queue that this hub declares comes back by connecting again; one of an operator's is looked for by the next tries.
        if configuration.topology == .declare { throw missing }
    }

    private func note(_ occurrence: RabbitMQConnection.Occurrence, _ work: inout Work) {
        switch occurrence {
        case .confirmed(let tag, let upTo):
            for entry in work.take(tag, upTo: upTo) {
                if let reason = entry.returned { work.missing = RabbitMQFailure(.missing, reason) }
                entry.completion(entry.returned.map { RabbitMQFailure(.missing, $0) })
            }
        case .notStored(let tag, let upTo):
            for entry in work.take(tag, upTo: upTo) { entry.completion(RabbitMQFailure(.notStored, "the queue \"\(configuration.queue)\" is full or its nodes are down")) }
        case .returned(let id, let reason):
            // The newest of that name: an older one of a second sending was answered already or comes first.
            if let place = work.window.firstIndex(where: { $0?.id == id && $0?.returned == nil }) { work.window[place]?.returned = reason }
        case .blocked(let why):
            work.isBlocked = true
            let failure = RabbitMQFailure(.blocked, why.isEmpty ? "the broker takes nothing" : "the broker takes nothing: \(why)")
            let rest = shared.withLock { shared in
                defer { (shared.queue, shared.status.failure) = ([], failure) }
                return shared.queue
            }
            for entry in rest { entry.completion(failure) }
        case .unblocked:
            work.isBlocked = false
            let now = monotonicMicroseconds()
            for place in work.window.indices { work.window[place]?.sentAt = now }
            shared.withLock { $0.status.failure = nil }
            onReady()
        }
    }

    private func send(_ work: inout Work) throws(RabbitMQFailure) {
        guard let connection = work.connection, !work.isBlocked else { return }
        while work.window.count < configuration.window {
            let next = shared.withLock { shared -> Entry? in
                shared.isWriting = !shared.isStopping && !shared.queue.isEmpty
                return shared.isWriting ? shared.queue.removeFirst() : nil
            }
            guard var entry = next else { break }
            entry.sentAt = monotonicMicroseconds()
            // In the window first: if publishing fails, the entry is given back with the others.
            work.window.append(entry)
            _ = try connection.publish(entry.body, id: entry.id, priority: entry.priority, contentType: entry.contentType, isHeartbeat: entry.isHeartbeat)
        }
        shared.withLock { $0.status.unconfirmedCount = work.window.count }
    }

    private func lookForSilence(_ work: Work) throws(RabbitMQFailure) {
        guard !work.isBlocked, let oldest = work.window.lazy.compactMap({ $0 }).first else { return }
        let seconds = (monotonicMicroseconds() - oldest.sentAt) / 1_000_000
        if seconds >= Int64(configuration.answerSecondsMax) {
            throw RabbitMQFailure(.unanswered, "no confirm within \(configuration.answerSecondsMax) s")
        }
    }
}

extension RabbitMQLoop.Status {
    init(failure: RabbitMQFailure) {
        self.init()
        self.failure = failure
    }
}
