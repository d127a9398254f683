import CareModel

/// What a rule is shown: one reading, one rejection, one change of a link, a sign of life, or the passing of time.
///
/// Absences are counted in *seen time*: hub time without the spans in which the hub itself did not see.
struct Evidence: Sendable {
    enum Occasion: UInt8, Hashable, Sendable {
        case reading
        /// The device gave a sign of life while the rule had a condition open.
        case heard
        /// The time that the rule asked for has come.
        case due
        case rejection
        case link
    }

    var occasion: Occasion
    var at: Instant
    var clock: HubClock
    /// Seen time of `at`.
    var seen: Instant
    var isBlind: Bool
    /// Seen time of the device's last sign of life, or of the start of its configuration.
    var heard: Instant

    // Of a reading.
    var kind: Kind = .heartRate
    var value: ReadingValue = .flag(false)
    var meaning: Meaning = .level
    var quality: Quality = []
    var isRetained = false
    var observedAt: WallTime?
    var episode: String?
    /// The fingerprint of the word that the device, or the hub, adds to the value; 0 = none.
    var detail: UInt64 = 0
    /// Whether a level differs from the last one that the device reported, or is the first and true.
    var isChange = false
    /// The device's position in the household; -1 where it has none.
    var source: BindingIndex = -1
    /// The fingerprint of the device's name, the same in every configuration; 0 where it has none.
    var device: UInt64 = 0
    /// The fingerprint of the device's room; 0 = none.
    var room: UInt64 = 0

    /// The fingerprint of how the message names a person whom nobody knows; 0 where it names none.
    var subject: UInt64 = 0
    /// Nobody said that it is over: the device never does, and its time has passed.
    var isTimedOut = false

    /// Visitors are there: what they do teaches nothing about the resident.
    var isLearningFrozen = false
    /// Whom it is about is away, as somebody told the hub.
    var isAway = false
    /// The two above and the clock are set for a seat with a mode.
    var isInMode = false

    // Of a silence.
    /// The bridge through which the device is heard is gone itself: its silence says nothing.
    var isBehindBridge = false
    /// Seen time since when that bridge has been gone.
    var bridgeGoneSince: Instant?
    /// How many devices are heard through this one, and how many of them can give a safety kind.
    var children = 0
    var safetyChildren = 0

    // Of a rejection or a link.
    var rejection: Rejection?
    /// Whether the messages of the profile are being gathered into one finding already.
    var isGathered = false
    /// How long no device of any home was heard, where that can't be chance.
    var commonSilence: Span?
    /// How long no device of any home was heard.
    var anySilence = Span.zero
    var link: LinkChange?

    init(_ occasion: Occasion, at: Instant, clock: HubClock, seen: Instant, isBlind: Bool, heard: Instant) {
        (self.occasion, self.at, self.clock, self.seen, self.isBlind, self.heard) = (occasion, at, clock, seen, isBlind, heard)
    }

    /// Whether the reading's age is unknown: retained by the broker, or marked so by its profile.
    var isAgeUnknown: Bool { isRetained || quality.contains(.ageUnknown) }
}

extension UInt64 {
    /// FNV-1a of a text: a stable word for a state, the same on every machine and in every run.
    static func fingerprint(_ text: String, from start: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        var hash = start
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
