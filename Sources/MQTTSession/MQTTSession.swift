import CareModel
import CMosquitto
import Glibc

/// One MQTT 5 session with a broker, driven by its owner's loop: commit first, then acknowledge.
///
/// The owner polls `fileDescriptor`, reads a burst, commits it, calls `acknowledge` and, often enough, `tick`.
/// Two rules hold at all times: nothing is written while a message that was read isn't committed, and nothing is
/// read while an acknowledgement of the previous burst is still queued.
///
/// - Note: one thread owns it (it isn't Sendable). It reconnects by itself, waiting as `BackOff` says.
public final class MQTTSession {
    /// What happened to the session, in order.
    public enum Change: Hashable, Sendable {
        case resumed(isSessionPresent: Bool)
        case lost(SessionFailure)
        /// An attempt to connect failed; the next one comes after the back-off.
        case failed(SessionFailure)
        case subscribed
        case subscriptionRefused(filter: String, ReasonCode)
    }

    enum State { case idle, waiting(until: Int64), dialling(Dial), awaitingAnswer(until: Int64), connected }

    public let configuration: SessionConfiguration
    let inbox: SessionInbox
    let handle: SessionHandle
    let wake: Wake
    var state = State.idle
    var changes: [Change] = []
    /// Messages read since the last `acknowledge`.
    public internal(set) var unacknowledgedCount = 0
    /// Why the last attempt or connection ended; nil once connected.
    public internal(set) var lastFailure: SessionFailure?
    var subscriptions = SubscriptionState()
    var completions: [Int32: (PublishOutcome) -> Void] = [:]
    var backOff = BackOff()
    let random: () -> UInt64
    /// `disconnect` came while a connection was being made.
    var isClosing = false
    var connectedAt: Int64 = 0
    var nextMiscAt: Int64 = 0

    /// - Parameters:
    ///   - link: stamped on every message.
    ///   - wake: signalled when a connection attempt has ended; the owner polls it.
    ///   - random: 64 bits a call, for the jitter of the back-off.
    /// - Throws: what is wrong with the settings, unreadable TLS files included. Nothing connects here.
    public init(
        _ configuration: SessionConfiguration, link: Link = .safety, wake: Wake,
        random: @escaping () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) throws(SessionFailure) {
        (self.configuration, self.wake, self.random) = (configuration, wake, random)
        inbox = SessionInbox(link: link)
        handle = try SessionHandle(configuration, inbox: inbox)
    }

    deinit {
        if case .dialling(let dial) = state, !dial.abandon() { return }
        handle.destroy()
    }

    /// Connects at the next `tick`.
    public func start() {
        isClosing = false
        if case .idle = state { state = .waiting(until: 0) }
    }

    public var isConnected: Bool { if case .connected = state { true } else { false } }

    /// For `poll`; nil while there is no socket to wait for.
    public var fileDescriptor: Int32? {
        switch state {
        case .idle, .waiting, .dialling: return nil
        case .awaitingAnswer, .connected:
            let descriptor = mosquitto_socket(handle.pointer)
            return descriptor >= 0 ? descriptor : nil
        }
    }

    /// Whether something may leave now: false while uncommitted messages hold the queue.
    public var wantsWrite: Bool { unacknowledgedCount == 0 && fileDescriptor != nil && mosquitto_want_write(handle.pointer) }

    /// When `tick` has something to do next, in `monotonicMicroseconds`.
    public var nextTickAt: Int64 {
        switch state {
        case .idle, .dialling: .max
        case .waiting(let until): until
        case .awaitingAnswer(let until): until
        case .connected: nextMiscAt
        }
    }

    /// The changes since the last call.
    public func takeChanges() -> [Change] {
        guard !changes.isEmpty else { return [] }
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }

    /// Appends what the broker has sent, up to `max` messages, without acknowledging any.
    ///
    /// - Returns: the number appended. Over TLS it may pass `max` by what one record of 16 KiB holds, because
    ///   libmosquitto empties a record in one go.
    /// - Note: ends when the socket has no more; libmosquitto's return doesn't tell that, a poll does.
    @discardableResult
    public func readBurst(max: Int, into messages: inout [Message]) -> Int {
        flush()
        guard fileDescriptor != nil, unacknowledgedCount > 0 || !mosquitto_want_write(handle.pointer) || !isConnected else { return 0 }
        swap(&inbox.messages, &messages)
        defer { swap(&inbox.messages, &messages) }
        let start = inbox.messages.count
        while inbox.messages.count - start < max, let descriptor = fileDescriptor {
            let before = inbox.messages.count
            let code = mosquitto_loop_read(handle.pointer, 1)
            unacknowledgedCount += inbox.messages.count - before
            settle(code)
            if inbox.messages.count == before, !isReadable(descriptor) { break }
        }
        return inbox.messages.count - start
    }

    /// The burst is committed: lets its acknowledgements leave.
    public func acknowledge() {
        let count = unacknowledgedCount
        unacknowledgedCount = 0
        if count > 0 { backOff.reset() }
        write(isMany: count > 4)
    }

    /// Lets publishes, subscriptions and pings leave, unless uncommitted messages hold the queue.
    public func flush() { if wantsWrite { write(isMany: false) } }

    /// The burst can't be committed: shuts the socket, so that the broker delivers it again. Nothing that is queued
    /// leaves. Reconnects after the back-off.
    public func refuse() {
        guard let descriptor = fileDescriptor else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
        lose(.withheld)
    }

    /// Ends the session's connection for good; the broker keeps a persistent session. Publishes that still wait
    /// are reported as abandoned. With uncommitted messages the socket is shut instead.
    public func disconnect() {
        if unacknowledgedCount > 0 {
            refuse()
        } else if isConnected {
            mosquitto_disconnect_v5(handle.pointer, 0, nil)
            _ = mosquitto_loop_write(handle.pointer, 1)
        }
        if case .dialling = state { isClosing = true } else { state = .idle }
        unacknowledgedCount = 0
        abandonCompletions()
    }

    /// Connects, gives up, pings: whatever is due. Call it when `nextTickAt` is past and after each wake.
    public func tick() {
        let now = monotonicMicroseconds()
        switch state {
        case .idle: break
        case .waiting(let until):
            if now >= until { dial() }
        case .dialling(let dial):
            if let outcome = dial.outcome { finish(outcome, now) }
        case .awaitingAnswer(let until):
            if now >= until {
                if let descriptor = fileDescriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
                lose(.unanswered(what: "CONNECT", seconds: configuration.connectSecondsMax))
            }
        case .connected:
            if now >= nextMiscAt {
                nextMiscAt = now + 1_000_000
                settle(mosquitto_loop_misc(handle.pointer))
            }
        }
        flush()
    }
}
