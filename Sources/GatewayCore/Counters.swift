import CareModel

/// What the core has counted since its process started; metrics read it, nothing is decided by it.
public struct Counters: Hashable, Sendable {
    /// Messages by raw value of `Link`.
    public var messages: [UInt64] = Array(repeating: 0, count: Link.allCases.count)
    public var readings: UInt64 = 0
    /// Rejections by raw value of `RejectionReason`.
    public var rejected: [UInt64] = Array(repeating: 0, count: RejectionReason.allCases.count)
    public var quarantined: UInt64 = 0
    /// Findings by rule; read in sorted order only.
    public var findings: [String: UInt64] = [:]
    /// Incidents opened, by kind and priority; read in sorted order only.
    public var incidents: [IncidentLabel: UInt64] = [:]
    /// Deliveries that a receiver took, put off, or refused for good.
    public var confirmed: UInt64 = 0
    public var delayed: UInt64 = 0
    public var deadLettered: UInt64 = 0

    public struct IncidentLabel: Hashable, Comparable, Sendable {
        public var kind: String
        public var priority: Priority

        public static func < (a: IncidentLabel, b: IncidentLabel) -> Bool { (a.kind, a.priority) < (b.kind, b.priority) }
    }

    public init() {}
}
