/// Which of the hub's broker sessions a message came through. Every topic filter belongs to exactly one.
public enum Link: UInt8, Hashable, Sendable, CaseIterable {
    /// Topics that can carry a safety kind.
    case safety = 0
    case telemetry = 1

    public var name: String { self == .safety ? "safety" : "telemetry" }
}

/// One publish as it came: raw bytes, kept before anything is read out of them.
public struct Message: Hashable, Sendable {
    public var link: Link
    public var topic: String
    public var qos: UInt8
    /// The retain flag of the publish: a snapshot of unknown age, not an occurrence.
    public var isRetained: Bool
    public var payload: [UInt8]

    public init(link: Link, topic: String, qos: UInt8 = 1, isRetained: Bool = false, payload: [UInt8]) {
        (self.link, self.topic, self.qos, self.isRetained, self.payload) = (link, topic, qos, isRetained, payload)
    }
}

/// Bytes to publish to a device: its acknowledgement. Sent after the commit, derived again on a duplicate.
public struct Downlink: Hashable, Sendable {
    public var topic: String
    public var payload: [UInt8]

    public init(topic: String, payload: [UInt8]) { (self.topic, self.payload) = (topic, payload) }
}
