/// A measured value, as an integer in the kind's declared resolution, so that no state depends on floating point.
public enum ReadingValue: Hashable, Sendable {
    /// `scaled` × 10^-`kind.entry.decimals`, in the kind's unit.
    case number(scaled: Int64)
    case flag(Bool)
    case code(String)
    /// Samples × `factor` (scaled by 1,000,000) per 1,000,000 in the unit of the waveform, at `rateMillihertz`.
    case waveform(samples: [Int32], factorMillionths: Int64, rateMillihertz: Int64, signal: String)
}

/// What an output of a profile means for those who judge it. A state is not an occurrence.
public enum Meaning: UInt8, Hashable, Sendable, CaseIterable {
    /// A state that is reported again and again: only its change is an occurrence.
    case level = 0
    /// Something happened now, each time anew.
    case momentary = 1
    /// Holds until the device or a person releases it.
    case latched = 2
    /// Opens, changes and ends under one key.
    case episode = 3
    /// Only grows, until it wraps or the day ends.
    case counter = 4
    /// Says nothing but that the device lives.
    case heartbeat = 5
    /// A difference since the last report.
    case delta = 6

    public var name: String {
        switch self {
        case .level: "level"
        case .momentary: "momentary"
        case .latched: "latched"
        case .episode: "episode"
        case .counter: "counter"
        case .heartbeat: "heartbeat"
        case .delta: "delta"
        }
    }

    public init?(name: String) {
        guard let found = Meaning.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// Why a reading must not be judged as if it were a plain measurement; empty is a good reading.
public struct Quality: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Not on the body.
    public static let unworn = Quality(rawValue: 1 << 0)
    /// The same value far longer than a body gives it.
    public static let frozen = Quality(rawValue: 1 << 1)
    /// Outside what is technically possible for the kind.
    public static let implausible = Quality(rawValue: 1 << 2)
    /// The device's own "no value", for instance 255.
    public static let sentinel = Quality(rawValue: 1 << 3)
    /// The device's clock is off, unset or running from its start: `observedAt` is nil, or corrected by the constant
    /// difference that the hub has learnt of this device.
    public static let clockFault = Quality(rawValue: 1 << 4)
    /// A retained state: of unknown age.
    public static let ageUnknown = Quality(rawValue: 1 << 5)
    /// Observed long before it arrived; no live incident but "missed while offline".
    public static let late = Quality(rawValue: 1 << 6)
    /// An older observation after a newer one.
    public static let outOfOrder = Quality(rawValue: 1 << 7)
    /// The device marks it as a test or a simulation.
    public static let test = Quality(rawValue: 1 << 8)
    /// The unit was not stated or does not fit the value.
    public static let unitDoubtful = Quality(rawValue: 1 << 9)
    /// A change that a body can't make in that time.
    public static let jump = Quality(rawValue: 1 << 10)
    /// Which of two states the device means depends on how it was installed, and nobody has said it yet.
    public static let polarityUnknown = Quality(rawValue: 1 << 11)
    /// The device runs on a cable: what it says about its battery means nothing.
    public static let externalPower = Quality(rawValue: 1 << 12)
    /// Samples without a rate: kept, but nothing can be worked out from them.
    public static let rateUnknown = Quality(rawValue: 1 << 13)

    /// The message names a person (or should) whom nobody registered for this device: it counts for no resident.
    public static let unknownSubject = Quality(rawValue: 1 << 14)

    /// What is measured belongs to another body than the wearer's usual one: probably somebody else of the home has it on.
    public static let otherWearer = Quality(rawValue: 1 << 15)

    /// With any of these a vital sign is kept and shown, never judged.
    public static let unjudgeable: Quality = [.unworn, .frozen, .implausible, .sentinel, .ageUnknown, .late, .outOfOrder, .test, .unitDoubtful, .jump, .polarityUnknown, .externalPower, .rateUnknown, .unknownSubject, .otherWearer]

    /// In the order in which they are printed.
    public static let named: [(Quality, String)] = [
        (.unworn, "unworn"), (.frozen, "frozen"), (.implausible, "implausible"), (.sentinel, "sentinel"),
        (.clockFault, "clock_fault"), (.ageUnknown, "age_unknown"), (.late, "late"), (.outOfOrder, "out_of_order"),
        (.test, "test"), (.unitDoubtful, "unit_doubtful"), (.jump, "jump"),
        (.polarityUnknown, "polarity_unknown"), (.externalPower, "external_power"), (.rateUnknown, "rate_unknown"),
        (.unknownSubject, "unknown_subject"), (.otherWearer, "other_wearer"),
    ]

    public var names: [String] { Quality.named.filter { contains($0.0) }.map(\.1) }
}

/// One thing that a device said, after its profile read it.
public struct Reading: Hashable, Sendable {
    public var device: DeviceID
    /// The device's place in the household; nil for a device that nobody has registered.
    public var binding: BindingIndex?
    public var kind: Kind
    public var value: ReadingValue
    public var meaning: Meaning
    /// The device's claim of when, already checked; nil where it makes none that can be believed.
    public var observedAt: WallTime?
    public var receivedAt: Instant
    public var quality: Quality
    public var isRetained: Bool
    /// The device's own counter.
    public var sequence: UInt64?
    /// The device's name of the episode that this belongs to.
    public var episode: String?
    public var profile: String
    /// Where the reading covers a time: its beginning; `observedAt` is its end.
    public var startedAt: WallTime?
    /// What the device adds in a word: the zone of a fence, the meal of a glucose value, the place of a thermometer.
    public var detail: String?
    /// How the message names a person whom the hub does not know: a token, never the name itself. Of a known one only `person` remains.
    public var subject: String?
    /// Whom the message names: an index into `Household.residents`, valid for one configuration only. Nil where the binding says it.
    public var person: Int32?
    /// The registered bridge or gateway through which the message came, where the profile or homes.yaml tells.
    public var parent: BindingIndex?

    public init(
        device: DeviceID, binding: BindingIndex?, kind: Kind, value: ReadingValue, meaning: Meaning,
        observedAt: WallTime? = nil, receivedAt: Instant, quality: Quality = [], isRetained: Bool = false,
        sequence: UInt64? = nil, episode: String? = nil, profile: String,
        startedAt: WallTime? = nil, detail: String? = nil, subject: String? = nil,
        person: Int32? = nil, parent: BindingIndex? = nil
    ) {
        (self.device, self.binding, self.kind, self.value, self.meaning) = (device, binding, kind, value, meaning)
        (self.observedAt, self.receivedAt, self.quality, self.isRetained) = (observedAt, receivedAt, quality, isRetained)
        (self.sequence, self.episode, self.profile) = (sequence, episode, profile)
        (self.startedAt, self.detail, self.subject) = (startedAt, detail, subject)
        (self.person, self.parent) = (person, parent)
    }

    public var isLate: Bool { quality.contains(.late) }
}

/// A position in `Household.bindings`; valid for one configuration only.
public typealias BindingIndex = Int32
