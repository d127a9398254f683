import CareModel
import Glibc
import Synchronization

/// A session on a thread of its own for those who publish from elsewhere, for instance incidents to a care queue.
///
/// Everything that waits is bounded: `queueMax` publishes wait here, `SessionConfiguration.publishWindow` at the
/// broker. Nothing is kept on disk: whoever publishes keeps the row until its completion says `accepted`.
public final class PublishingLoop: Sendable {
    /// Publishes that may wait for their turn.
    public static let queueMax = 1_024

    public struct Status: Hashable, Sendable {
        public var isConnected = false
        public var queuedCount = 0
        /// Why there is no connection.
        public var lastFailure: SessionFailure?
    }

    private struct Entry: Sendable {
        var topic: String, payload: [UInt8], qos: Int, retain: Bool
        var completion: @Sendable (Result<PublishOutcome, SessionFailure>) -> Void
    }

    private struct Shared {
        var queue: [Entry] = []
        var status = Status()
        var isStopping = false
        var hasEnded = false
    }

    private let shared = Mutex(Shared())
    private let wake = Wake()
    private let configuration: SessionConfiguration
    private let filters: [String]
    private let onMessage: @Sendable (Message) -> Bool

    /// Starts the thread; it connects at once and for ever after, with back-off.
    ///
    /// - Parameters:
    ///   - filters: what to receive, for instance a care service's acknowledgements; often nothing.
    ///   - onMessage: called on the loop's thread; false shuts the connection, and the broker delivers again.
    /// - Throws: what is wrong with the settings.
    public init(
        _ configuration: SessionConfiguration, filters: [String] = [], onMessage: @escaping @Sendable (Message) -> Bool = { _ in true }
    ) throws(SessionFailure) {
        (self.configuration, self.filters, self.onMessage) = (configuration, filters, onMessage)
        _ = try MQTTSession(configuration, wake: wake)
        startThread("vigil-publish") { [self] in run() }
    }

    /// Queues a publish.
    ///
    /// - Parameters:
    ///   - qos: 0 or 1. A QoS 0 publish is complete when it has left.
    ///   - completion: once, on the loop's thread; it must not block.
    /// - Returns: false when `queueMax` wait already or the loop has stopped: nothing was taken, try later.
    public func publish(
        topic: String, payload: [UInt8], qos: Int = 1, retain: Bool = false,
        completion: @escaping @Sendable (Result<PublishOutcome, SessionFailure>) -> Void
    ) -> Bool {
        let isTaken = shared.withLock {
            guard !$0.isStopping, $0.queue.count < PublishingLoop.queueMax else { return false }
            $0.queue.append(Entry(topic: topic, payload: payload, qos: qos, retain: retain, completion: completion))
            $0.status.queuedCount = $0.queue.count
            return true
        }
        if isTaken { wake.signal() }
        return isTaken
    }

    public var status: Status { shared.withLock { $0.status } }

    /// Ends the thread soon; what still waits is completed with `.abandoned`. May be called more than once.
    public func stop() {
        shared.withLock { $0.isStopping = true }
        wake.signal()
    }

    /// Whether the thread is gone after `stop`.
    public var hasEnded: Bool { shared.withLock { $0.hasEnded } }

    private func run() {
        guard let session = try? MQTTSession(configuration, wake: wake) else { return }
        session.setFilters(filters)
        session.start()
        var messages: [Message] = []
        while !shared.withLock({ $0.isStopping }) {
            session.tick()
            wait(session)
            session.readBurst(max: Limits.messagesPerTurnMax, into: &messages)
            if messages.allSatisfy(onMessage) { session.acknowledge() } else { session.refuse() }
            messages.removeAll(keepingCapacity: true)
            for change in session.takeChanges() { note(change) }
            send(session)
            session.flush()
        }
        session.disconnect()
        let rest = shared.withLock { shared in
            defer { (shared.queue, shared.status, shared.hasEnded) = ([], Status(), true) }
            return shared.queue
        }
        for entry in rest { entry.completion(.success(.abandoned)) }
    }

    private func wait(_ session: MQTTSession) {
        var descriptors = [pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)]
        if let descriptor = session.fileDescriptor {
            descriptors.append(pollfd(fd: descriptor, events: Int16(session.wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0))
        }
        let left = max(0, min(60_000, session.nextTickAt == .max ? 60_000 : (session.nextTickAt - monotonicMicroseconds()) / 1_000 + 1))
        poll(&descriptors, nfds_t(descriptors.count), Int32(left))
        if descriptors[0].revents != 0 { wake.clear() }
    }

    private func note(_ change: MQTTSession.Change) {
        shared.withLock {
            switch change {
            case .resumed: ($0.status.isConnected, $0.status.lastFailure) = (true, nil)
            case .lost(let failure), .failed(let failure): ($0.status.isConnected, $0.status.lastFailure) = (false, failure)
            case .subscribed, .subscriptionRefused: break
            }
        }
    }

    private func send(_ session: MQTTSession) {
        while session.isConnected, session.publishesInFlight < configuration.publishWindow {
            let next = shared.withLock { shared -> Entry? in
                guard !shared.queue.isEmpty else { return nil }
                defer { shared.status.queuedCount = shared.queue.count }
                return shared.queue.removeFirst()
            }
            guard let next else { return }
            do {
                try session.publish(topic: next.topic, payload: next.payload, qos: next.qos, retain: next.retain) { next.completion(.success($0)) }
            } catch {
                next.completion(.failure(error))
            }
        }
    }
}
