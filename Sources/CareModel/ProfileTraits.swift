/// What the other stages must know of a device profile, without reading it: the interface between Decoding and Detection.
public struct ProfileTraits: Hashable, Sendable {
    /// One kind that the profile can give.
    public struct Output: Hashable, Sendable {
        public var kind: Kind
        public var meaning: Meaning
        /// The longest usual time between two reports; nil = on occurrence or on demand.
        public var intervalSeconds: Int?
        /// From the body or the room to the broker, at worst.
        public var transportDelaySecondsMax: Int
        /// A state that the device never ends counts as ended so long after its last report; nil = the device says so itself.
        public var autoClearSeconds: Int?

        public init(kind: Kind, meaning: Meaning, intervalSeconds: Int?, transportDelaySecondsMax: Int, autoClearSeconds: Int? = nil) {
            (self.kind, self.meaning) = (kind, meaning)
            (self.intervalSeconds, self.transportDelaySecondsMax) = (intervalSeconds, transportDelaySecondsMax)
            self.autoClearSeconds = autoClearSeconds
        }
    }

    public var profile: String
    public var outputs: [Output]
    /// A healthy device sends something at least this often; nil = it can't be supervised.
    public var supervisionSeconds: Int?
    /// How many supervision intervals may pass before the device counts as silent.
    public var missedIntervalsMax: Int
    /// Other devices' messages come through it: while it is gone, nothing is known of them.
    public var isGateway: Bool
    /// The bridge behind which all its devices stand, where the profile itself says so.
    public var parent: DeviceID?
    /// Its messages name the person whom they are about.
    public var namesPerson: Bool
    /// It reads whatever a device of its dialect sends: what it can give says nothing of what a device is.
    public var isGeneric: Bool
    public var isSafety: Bool { outputs.contains { $0.kind.isSafety } }

    public init(
        profile: String, outputs: [Output], supervisionSeconds: Int?, missedIntervalsMax: Int = 3, isGateway: Bool = false, namesPerson: Bool = false,
        parent: DeviceID? = nil, isGeneric: Bool = false
    ) {
        (self.profile, self.outputs) = (profile, outputs)
        (self.supervisionSeconds, self.missedIntervalsMax) = (supervisionSeconds, missedIntervalsMax)
        (self.isGateway, self.namesPerson, self.parent, self.isGeneric) = (isGateway, namesPerson, parent, isGeneric)
    }
}

/// The wall clock as the core knows it: changed by `started` and `clock` records only.
public struct HubClock: Hashable, Sendable {
    /// Wall time = hub time + offset.
    public var offset: Span
    public var quality: ClockQuality

    public init(offset: Span = .zero, quality: ClockQuality = .unsynchronised) { (self.offset, self.quality) = (offset, quality) }

    public func wall(_ at: Instant) -> WallTime { at.wall(offset: offset) }
}
