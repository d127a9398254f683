/// A device's global name: `ieee: deveui: imei: mac:` + its normalised id, or `topic:` + a topic, which belongs to this hub only.
///
/// It is lower case, of 1...`Limits.identifierBytesMax` bytes.
public struct DeviceID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
    public static func < (a: DeviceID, b: DeviceID) -> Bool { a.text < b.text }
}

/// The `id` of a home in homes.yaml.
public struct HomeID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
    public static func < (a: HomeID, b: HomeID) -> Bool { a.text < b.text }
}

/// The `id` of a resident in homes.yaml; unique on the hub.
public struct ResidentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
    public static func < (a: ResidentID, b: ResidentID) -> Bool { a.text < b.text }
}

/// `HUB-EPOCH:000042`: a hub's name, the epoch of its database and a counter.
///
/// A created, restored or set-aside database gets a new epoch, so an identifier is never given twice.
public struct IncidentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `HUB-EPOCH`.
    public let origin: String
    public let number: UInt64

    public init(origin: String, number: UInt64) { (self.origin, self.number) = (origin, number) }

    public init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")), colon != text.startIndex,
              let number = UInt64(text[text.index(after: colon)...]) else { return nil }
        self.init(origin: String(text[..<colon]), number: number)
    }

    public var description: String {
        let digits = String(number)
        return origin + ":" + String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }

    public static func < (a: IncidentID, b: IncidentID) -> Bool {
        a.origin == b.origin ? a.number < b.number : a.origin < b.origin
    }
}

/// The name of a care-service queue in the configuration: lower-case letters, digits and hyphens.
public struct QueueName: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
    public static func < (a: QueueName, b: QueueName) -> Bool { a.text < b.text }
}

/// What makes a second arrival of a delivery harmless: `id:revision:queue`.
public struct DeliveryKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let incident: IncidentID
    public let revision: UInt32
    public let queue: QueueName

    public init(incident: IncidentID, revision: UInt32, queue: QueueName) {
        (self.incident, self.revision, self.queue) = (incident, revision, queue)
    }

    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 4, let revision = UInt32(parts[parts.count - 2]), let last = parts.last, !last.isEmpty,
              let incident = IncidentID(parts.dropLast(2).joined(separator: ":")) else { return nil }
        self.init(incident: incident, revision: revision, queue: QueueName(String(last)))
    }

    public var description: String { "\(incident):\(revision):\(queue)" }

    public static func < (a: DeliveryKey, b: DeliveryKey) -> Bool {
        (a.incident, a.revision, a.queue) < (b.incident, b.revision, b.queue)
    }
}
