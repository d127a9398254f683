import CareModel
import GatewayCore

/// When the hub's own test message must leave, and whether those before came back.
struct CanaryWatch: Hashable, Sendable {
    private let everySeconds: Int
    private var connectedAt: Instant?
    private var sentAt: Instant?
    /// Nothing came back for too long although the session stands: a call may not arrive either.
    private(set) var isMissed = false

    init(everySeconds: Int) { self.everySeconds = everySeconds }

    var message: Downlink { Downlink(topic: GatewayCore.canaryTopic, payload: Array(String(everySeconds).utf8)) }

    /// - Parameters:
    ///   - isConnected: whether the session for calls has its broker.
    ///   - heardAt: when one came back last.
    /// - Returns: whether one must leave now; the first leaves an interval after the session stands.
    mutating func look(isConnected: Bool, heardAt: Instant?, at now: Instant) -> Bool {
        guard isConnected else {
            (connectedAt, sentAt, isMissed) = (nil, nil, false)
            return false
        }
        let since = connectedAt ?? now
        connectedAt = since
        isMissed = now - max(since, heardAt ?? since) > GatewayCore.canaryPatience(everySeconds: everySeconds)
        guard now - (sentAt ?? since) >= .seconds(everySeconds) else { return false }
        sentAt = now
        return true
    }
}
