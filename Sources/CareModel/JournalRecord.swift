/// One input of the core, as the journal keeps it. Nothing takes effect without one.
public struct JournalRecord: Hashable, Sendable {
    public var position: UInt64
    public var at: Instant
    public var body: Body

    public init(position: UInt64, at: Instant, body: Body) { (self.position, self.at, self.body) = (position, at, body) }

    public enum Body: Hashable, Sendable {
        case started(HubStart)
        case configured(ConfigurationDigest)
        case message(Message)
        case command(Command)
        case delivery(DeliveryReport)
        case link(LinkChange)
        case clock(ClockStep)
        /// A deadline came due; kept only if it changed something.
        case wake
    }
}

/// The first record after each start of the hub.
public struct HubStart: Hashable, Sendable {
    /// `hub.name` of hub.yaml.
    public var hub: String
    /// New for each created, restored or set-aside database: first part of every incident's identifier.
    public var epoch: String
    public var build: String
    public var wall: WallTime
    public var quality: ClockQuality

    public init(hub: String, epoch: String, build: String, wall: WallTime, quality: ClockQuality) {
        (self.hub, self.epoch, self.build, self.wall, self.quality) = (hub, epoch, build, wall, quality)
    }

    /// `HUB-EPOCH`, the origin of incidents.
    public var origin: String { hub + "-" + epoch }
}

/// SHA-256 of the accepted configuration's files, in hex; the ledger keeps the bytes under it.
public struct ConfigurationDigest: Hashable, Sendable {
    public var text: String
    public init(_ text: String) { self.text = text }
}

public enum DeliveryOutcome: Hashable, Sendable {
    /// The receiver has it.
    case confirmed
    /// Not yet; the worker goes on trying.
    case delayed(String)
    /// The receiver will never take it: kept for a person to look at.
    case deadLettered(String)
}

public struct DeliveryReport: Hashable, Sendable {
    public var key: DeliveryKey
    public var outcome: DeliveryOutcome

    public init(key: DeliveryKey, outcome: DeliveryOutcome) { (self.key, self.outcome) = (key, outcome) }
}

/// What happened to a broker session.
public struct LinkChange: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
        case lost
        /// Connected again; false means that the broker has forgotten what it held for us.
        case resumed(isSessionPresent: Bool)
        /// What had waited at the broker is read; from here silence is silence.
        case drained
    }

    public var link: Link
    public var change: Change

    public init(link: Link, change: Change) { (self.link, self.change) = (link, change) }
}

/// The wall clock was set: `wall` = hub time + offset.
public struct ClockStep: Hashable, Sendable {
    public var offsetBefore: Span
    public var offsetAfter: Span
    public var quality: ClockQuality

    public init(offsetBefore: Span, offsetAfter: Span, quality: ClockQuality) {
        (self.offsetBefore, self.offsetAfter, self.quality) = (offsetBefore, offsetAfter, quality)
    }
}
