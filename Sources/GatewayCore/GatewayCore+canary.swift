import CareModel
import Escalation

// MARK: - The hub's own test message

/// Once a minute the hub publishes to itself, through the real broker, on the session that carries calls. What comes back shows that a call would: a broker
/// that hangs, or drops what it took, is found by that although its connection stands.
extension GatewayCore {
    /// No device may use it. The payload is the seconds to the next one, in decimal digits.
    public static let canaryTopic = "vigil/canary"
    /// Until an absence is told: two and a half intervals, so that a single one may be late. Our choice.
    public static func canaryPatience(everySeconds: Int) -> Span { .milliseconds(everySeconds * 2_500) }
    static let canaryRule = "canary"
    static let canaryKind = "hub.canary_lost"

    mutating func hearCanary(_ message: Message) {
        guard !message.isRetained, (1...3).contains(message.payload.count), message.payload.allSatisfy({ (48...57).contains($0) }) else { return }
        let every = message.payload.reduce(0) { $0 * 10 + Int($1 - 48) }
        guard every > 0 else { return }
        canaryAt = at
        canaryDue = at + GatewayCore.canaryPatience(everySeconds: every)
        let end = canary(.cleared(.returned), at: at)
        if escalation.stands(on: end.conditionKey) { findings.append(end) }
    }

    mutating func missCanary(at due: Instant) {
        canaryDue = nil
        findings.append(canary(.raised, at: due))
    }

    private func canary(_ change: Finding.Change, at moment: Instant) -> Finding {
        let wall = clock.wall(moment)
        return Finding(
            rule: GatewayCore.canaryRule, change: change, kind: GatewayCore.canaryKind, category: .technical, priority: .high, subject: Subject(home: nil),
            isLatching: false, isCondition: true, receivedAt: wall, detectedAt: moment, detectedWall: wall, mayFlap: false,
            text: LocalizedText(
                zhCN: "请立即检查消息代理和网关；网关发给自己的测试消息没有返回，设备报警可能收不到",
                en: "Check the broker and the hub now; the hub's own test message did not come back, alarms of devices may not arrive"))
    }
}
