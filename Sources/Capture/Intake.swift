import CareModel
import Glibc
import Logging
import MQTTSession

/// Holds the hub's two broker sessions and gives what they bring in bursts: commit each, then `acknowledge`, or `refuse`.
///
/// Separate sessions, because on a single one a flood of telemetry held a fall back and made the broker drop messages.
/// The sessions connect, wait and reconnect independently, and never stall the loop: connecting has a thread of its own.
///
/// - Note: one thread owns it. `wake` may be signalled from any.
public final class Intake {
    /// The loop's bell, for the mailboxes.
    public let wake: Wake
    private let safety: Line
    private let telemetry: Line

    /// - Parameter random: 64 bits a call, for the jitter of the back-off.
    /// - Throws: what is wrong with the settings. Nothing connects before `start`.
    public init(
        _ configuration: IntakeConfiguration, wake: Wake, logger: Logger, random: @escaping () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) throws(SessionFailure) {
        self.wake = wake
        safety = try Line(
            .safety, configuration.safety, filters: configuration.safetyFilters, memoryFolder: configuration.memoryFolder,
            wake: wake, logger: logger, random: random)
        telemetry = try Line(
            .telemetry, configuration.telemetry, filters: configuration.telemetryFilters, memoryFolder: configuration.memoryFolder,
            wake: wake, logger: logger, random: random)
    }

    public func start() {
        safety.session.start()
        telemetry.session.start()
        tick()
    }

    /// New filters after a reload; only the difference is sent.
    public func setFilters(safety safetyFilters: [String], telemetry telemetryFilters: [String]) {
        safety.setFilters(safetyFilters)
        telemetry.setFilters(telemetryFilters)
    }

    public func status(_ link: Link) -> LinkStatus { link == .safety ? safety.status : telemetry.status }

    /// Returns when a message, an answer or a letter has come, or something is due, or after `atMost`.
    public func wait(atMost: Span) {
        tick()
        let now = monotonicMicroseconds()
        let due = min(safety.nextLookAt, telemetry.nextLookAt)
        let span = max(0, min(atMost.microseconds, due == .max ? .max : due - now))
        let milliseconds = Int32(min(span / 1_000 + (span % 1_000 > 0 ? 1 : 0), 60_000))
        withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 3) { descriptors in
            descriptors[0] = pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)
            // A negative descriptor is one that poll skips.
            descriptors[1] = waiting(for: safety.session)
            descriptors[2] = waiting(for: telemetry.session)
            guard poll(descriptors.baseAddress, 3, milliseconds) > 0 else { return }
            if descriptors[0].revents != 0 { wake.clear() }
        }
        tick()
    }

    /// Waits while telemetry gathers at the broker's socket, so that a stream of it is stored in few large turns
    /// instead of many small ones. Returns at once for anything that can't wait: a message on the safety session, or
    /// whatever `isUrgent` knows of, which is asked at each wake.
    public func gather(atMost: Span, unless isUrgent: () -> Bool) {
        let end = monotonicMicroseconds() + atMost.microseconds
        var now = monotonicMicroseconds()
        while now < end, !isUrgent() {
            let isRung = withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { descriptors in
                descriptors[0] = pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)
                descriptors[1] = waiting(for: safety.session)
                let milliseconds = Int32((end - now + 999) / 1_000)
                guard poll(descriptors.baseAddress, 2, milliseconds) > 0 else { return true }
                if descriptors[0].revents != 0 { wake.clear() }
                return descriptors[1].revents != 0
            }
            if isRung { break }
            now = monotonicMicroseconds()
        }
    }

    /// Replaces `burst` by what has come: at most `Limits.messagesPerTurnMax` messages, of which telemetry gets at
    /// least `telemetryShareMin` places even in a flood of safety messages. (Over TLS one record more.)
    public func takeBurst(into burst: inout Burst) {
        burst.removeAll()
        // Under a lasting load the loop never waits, and pings and reconnections are due all the same.
        tick()
        let limit = Limits.messagesPerTurnMax
        safety.read(max: limit - Intake.telemetryShareMin, into: &burst.messages)
        telemetry.read(max: max(Intake.telemetryShareMin, limit - burst.messages.count), into: &burst.messages)
        safety.report(into: &burst)
        telemetry.report(into: &burst)
    }

    /// Places in each burst that safety leaves to telemetry: enough that vital signs move while a button sticks.
    public static let telemetryShareMin = 64

    /// The last burst is committed: lets the broker know.
    public func acknowledge() {
        safety.session.acknowledge()
        telemetry.session.acknowledge()
    }

    /// The last burst can't be committed: shuts both sockets and comes back after the back-off; the broker delivers again.
    public func refuse() {
        safety.session.refuse()
        telemetry.session.refuse()
    }

    /// Publishes a device's acknowledgement, after the commit, through the safety session.
    ///
    /// - Throws: `.notConnected` or `.windowFull`; the device repeats its message, and the answer is derived again.
    public func publish(_ downlink: Downlink) throws(SessionFailure) {
        try safety.session.publish(topic: downlink.topic, payload: downlink.payload)
    }

    /// Lets downlinks leave now rather than at the next wait.
    public func flush() {
        safety.session.flush()
        telemetry.session.flush()
    }

    /// Ends both sessions; the broker keeps what comes from now on.
    public func stop() {
        safety.session.disconnect()
        telemetry.session.disconnect()
    }

    private func tick() {
        safety.session.tick()
        telemetry.session.tick()
    }

    private func waiting(for session: MQTTSession) -> pollfd {
        guard let descriptor = session.fileDescriptor else { return pollfd(fd: -1, events: 0, revents: 0) }
        return pollfd(fd: descriptor, events: Int16(session.wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0)
    }
}
