import CareModel

/// How much of an incident a reader may see.
public enum Detail: Hashable, Sendable {
    case full
    /// Without names, addresses and health values.
    case masked
}

/// Which incidents a list shows.
public struct IncidentFilter: Hashable, Sendable {
    /// Sorted, without repeats; empty means every state.
    public var states: [IncidentState]
    /// Opened at or after this time.
    public var since: WallTime?
    /// Only those of these homes and those without a home; nil = every home.
    public var homes: [HomeID]?
    /// 1...`ServingLimits.listMax`.
    public var limit: Int

    public init(states: [IncidentState] = [], since: WallTime? = nil, homes: [HomeID]? = nil, limit: Int) {
        (self.states, self.since, self.homes, self.limit) = (states, since, homes, limit)
    }
}

/// A list of incidents and the place in the stream that it was read at.
public struct IncidentPage: Hashable, Sendable {
    /// Canonical JSON, one an incident; in full with `resident_born` beside it.
    public var incidents: [[UInt8]]
    /// Whether the limit cut the list.
    public var isCut: Bool
    /// The stream's head in the same read transaction.
    public var head: StreamHead

    public init(incidents: [[UInt8]], isCut: Bool, head: StreamHead) {
        (self.incidents, self.isCut, self.head) = (incidents, isCut, head)
    }
}

/// One incident and how it came to be so.
public struct IncidentHistory: Hashable, Sendable {
    /// Canonical JSON of the newest revision; in full with `resident_born` beside it.
    public var newest: [UInt8]
    /// As they are stored, oldest first.
    public var revisions: [[UInt8]]

    public init(newest: [UInt8], revisions: [[UInt8]]) { (self.newest, self.revisions) = (newest, revisions) }
}

/// What the stream of revisions can serve.
///
/// A cursor number names one committed incident revision; numbers only grow within one origin and may have gaps.
public struct StreamHead: Hashable, Sendable {
    /// `HUB-EPOCH` of the database: numbers of another origin mean nothing here.
    public var origin: String
    /// The smallest number after which nothing was deleted: a reader that has seen this one misses nothing. 0 at first.
    public var complete: UInt64
    /// The newest committed number; 0 before the first.
    public var latest: UInt64

    public init(origin: String, complete: UInt64 = 0, latest: UInt64) {
        (self.origin, self.complete, self.latest) = (origin, complete, latest)
    }
}

/// One committed revision.
public struct StreamedRevision: Hashable, Sendable {
    public var cursor: UInt64
    /// Nil for what concerns the hub alone.
    public var home: HomeID?
    /// Canonical JSON, with the names and values of people (and `resident_born` beside them), and without.
    public var full: [UInt8]
    public var masked: [UInt8]

    public init(cursor: UInt64, home: HomeID? = nil, full: [UInt8], masked: [UInt8]) {
        (self.cursor, self.home, self.full, self.masked) = (cursor, home, full, masked)
    }

    func incident(_ detail: Detail) -> [UInt8] { detail == .full ? full : masked }
}

/// One unconfirmed delivery of the embedded queue.
public struct QueuedDelivery: Hashable, Sendable {
    public var key: DeliveryKey
    /// The number of its revision in the stream.
    public var cursor: UInt64
    /// Canonical JSON, full or masked.
    public var incident: [UInt8]

    public init(key: DeliveryKey, cursor: UInt64, incident: [UInt8]) {
        (self.key, self.cursor, self.incident) = (key, cursor, incident)
    }
}

/// Deliveries of a queue and where to go on.
public struct QueuedPage: Hashable, Sendable {
    public var deliveries: [QueuedDelivery]
    /// Nothing that is pending up to here is missing from what was given so far. Deliveries come by urgency, so
    /// this may be below the last one's cursor: a delivery may come twice, none may be passed over.
    public var next: UInt64

    public init(deliveries: [QueuedDelivery], next: UInt64) { (self.deliveries, self.next) = (deliveries, next) }
}

/// One delivery that its receiver refused for good.
public struct DeadLetter: Hashable, Sendable {
    public var key: DeliveryKey
    public var cursor: UInt64
    /// The receiver's own words.
    public var reason: String
    public var incident: [UInt8]

    public init(key: DeliveryKey, cursor: UInt64, reason: String, incident: [UInt8]) {
        (self.key, self.cursor, self.reason, self.incident) = (key, cursor, reason, incident)
    }
}

/// What the mailbox says to a command.
public enum CommandAnswer: Hashable, Sendable {
    case outcome(CommandOutcome)
    /// The mailbox is full and nothing was taken; the client asks again after so many seconds, at least 1.
    case busy(retryAfterSeconds: Int)
}

/// What the mailbox says to a receiver's report.
public enum DeliveryAnswer: Hashable, Sendable {
    case done
    /// No such delivery was ever made by this hub.
    case unknown
    case busy(retryAfterSeconds: Int)
}

/// One bound device, as technicians see it.
public struct DeviceRow: Hashable, Sendable {
    public var device: DeviceID
    public var profile: String
    public var home: HomeID
    public var residents: [ResidentID]
    public var room: String
    /// Bound on this hub by a command instead of in homes.yaml.
    public var isAdopted: Bool
    /// Used by several persons, whom its messages name.
    public var isShared: Bool
    public var lastSeenAt: WallTime?
    /// A healthy one is heard at least so often, in seconds; nil = it can't be supervised.
    public var expectedSeconds: Int?
    /// Whether it was not heard for longer than that allows; nil = nobody can tell.
    public var isSilent: Bool?
    /// Installer's mode: until when the device's first press is a drill.
    public var armedUntil: WallTime?

    public init(
        device: DeviceID, profile: String, home: HomeID, residents: [ResidentID], room: String,
        isAdopted: Bool = false, isShared: Bool = false, lastSeenAt: WallTime? = nil, expectedSeconds: Int? = nil, isSilent: Bool? = nil,
        armedUntil: WallTime? = nil
    ) {
        (self.expectedSeconds, self.isSilent) = (expectedSeconds, isSilent)
        (self.device, self.profile, self.home, self.residents, self.room) = (device, profile, home, residents, room)
        (self.isAdopted, self.isShared, self.lastSeenAt, self.armedUntil) = (isAdopted, isShared, lastSeenAt, armedUntil)
    }
}

/// One message without a home, for a technician to look at.
public struct QuarantineRow: Hashable, Sendable {
    public var receivedAt: WallTime
    public var sighting: Sighting
    /// How many of the same device or topic came, this one included.
    public var count: Int

    public init(receivedAt: WallTime, sighting: Sighting, count: Int = 1) {
        (self.receivedAt, self.sighting, self.count) = (receivedAt, sighting, count)
    }
}

/// Whether the hub is well.
public struct Health: Hashable, Sendable {
    /// One thing that isn't as it should be; readers branch on the code.
    public struct Reason: Hashable, Sendable {
        /// Stable word, for instance `journal_replaying`, `broker_lost`, `disk_full`.
        public var code: String
        /// Plain English, without names or health values.
        public var text: String

        public init(code: String, text: String) { (self.code, self.text) = (code, text) }
    }

    /// False asks a supervisor to restart the process.
    public var isLive: Bool
    /// Whether an SOS that comes now would be journalled, decided and queued.
    public var isReady: Bool
    public var reasons: [Reason]

    public init(isLive: Bool, isReady: Bool, reasons: [Reason] = []) {
        (self.isLive, self.isReady, self.reasons) = (isLive, isReady, reasons)
    }
}
