import CareModel

/// Something stood between the residents and the hub, or no longer does: an entry of the audit by which reports know who could have been heard when.
public struct Outage: Sendable, Hashable {
    /// What was out.
    public enum Cause: Sendable, Hashable {
        /// The program did not run.
        case hub
        /// The session that carries calls had no broker.
        case link
        /// The wall clock was not to be believed.
        case clock
        /// The device was silent for longer than its profile allows, or faulty.
        case device(DeviceID)
        /// A post of the care network had nobody on duty.
        case post(String)
    }

    public var at: WallTime
    public var cause: Cause
    /// Whether it begins then, or ends.
    public var hasBegun: Bool

    public init(at: WallTime, cause: Cause, hasBegun: Bool) { (self.at, self.cause, self.hasBegun) = (at, cause, hasBegun) }

    /// The words of the audit, and who writes them.
    public static let began = "outage_began"
    public static let ended = "outage_ended"
    static let actor = "hub"
    static let outcome = "noted"

    public var entry: AuditEntry {
        AuditEntry(
            at: at, actor: Outage.actor, role: .device, via: .mqtt, action: hasBegun ? Outage.began : Outage.ended, object: cause.text, outcome: Outage.outcome)
    }

    /// Nil for every other entry.
    public init?(_ entry: AuditEntry) {
        guard entry.action == Outage.began || entry.action == Outage.ended, let cause = Cause(entry.object) else { return nil }
        self.init(at: entry.at, cause: cause, hasBegun: entry.action == Outage.began)
    }

    /// What a finding says about its device; nil where it says nothing of that sort.
    public init?(_ finding: Finding, at: WallTime) {
        guard Outage.deviceKinds.contains(finding.kind), let device = finding.subject.device else { return nil }
        var hasBegun = true
        if case .cleared = finding.change { hasBegun = false }
        self.init(at: at, cause: .device(device), hasBegun: hasBegun)
    }

    /// While one of them holds, nothing that the device may report is sure to come.
    static let deviceKinds = ["device.silent", "device.fault"]
}

extension Outage.Cause {
    /// The stable word of the audit.
    var text: String {
        switch self {
        case .hub: "hub"
        case .link: "link"
        case .clock: "clock"
        case .device(let id): "device:" + id.text
        case .post(let id): "post:" + id
        }
    }

    init?(_ text: String) {
        switch text {
        case "hub": self = .hub
        case "link": self = .link
        case "clock": self = .clock
        default:
            if text.hasPrefix("device:") {
                self = .device(DeviceID(String(text.dropFirst("device:".count))))
            } else if text.hasPrefix("post:") {
                self = .post(String(text.dropFirst("post:".count)))
            } else {
                return nil
            }
        }
    }
}
