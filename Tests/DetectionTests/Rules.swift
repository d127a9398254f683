import CareModel
import Detection
import Yams

/// YAML text as configuration nodes; the product's own reader (`Settings`) is tested in its own room.
func node(_ yaml: String, file: String = "test.yaml") throws -> ConfigurationNode {
    guard let root = try Yams.compose(yaml: yaml) else { return ConfigurationNode(.null, at: Place(file: file, line: 1, column: 1)) }
    return converted(root, file)
}

private func converted(_ node: Yams.Node, _ file: String) -> ConfigurationNode {
    let place = Place(file: file, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0)
    switch node {
    case .scalar(let scalar):
        let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        return ConfigurationNode(.scalar(scalar.string, isQuoted: isQuoted), at: place)
    case .sequence(let items):
        return ConfigurationNode(.sequence(items.map { converted($0, file) }), at: place)
    case .mapping(let pairs):
        return ConfigurationNode(.mapping(pairs.map { key, value in
            .init(key: key.string ?? "", keyPlace: Place(file: file, line: key.mark?.line ?? 0, column: key.mark?.column ?? 0), value: converted(value, file))
        }), at: place)
    case .alias:
        return ConfigurationNode(.null, at: place)
    }
}

/// A rule in YAML with the common keys filled in.
func rule(_ name: String, _ own: String, priority: String = "high", category: String = "medical") -> String {
    """
      - name: \(name)
        priority: \(priority)
        category: \(category)
        incident: test.\(name)
        what: {zh-CN: 某事, en: something}
        text: {zh-CN: "请致电[（{room}）]", en: "Call[ to {room}]"}
        source: our choice, because it is a test
        \(own)

    """
}

/// A small world: one rule book, one detection, and a clock that the test turns.
struct World {
    var book: RuleBook
    var detection = Detection()
    var clock = HubClock(offset: .zero, quality: .synchronised)
    let household: Household
    private(set) var findings: [Finding] = []

    static let start = Instant(microseconds: 1_800_000_000_000_000)

    init(_ rules: String..., household: Household = World.oneHome(), traits: [ProfileTraits] = World.traits) throws {
        try self.init(list: rules, household: household, traits: traits)
    }

    init(list rules: [String], household: Household, traits: [ProfileTraits]) throws {
        var problems = Problems()
        self.household = household
        book = RuleBook([try node("rules:\n" + rules.joined())], household: household, traits: traits, &problems)
        if let first = problems.list.first { throw first }
        detection.reconfigure(to: book, at: World.start, clock: clock, into: &findings)
    }

    static func oneHome(occupants: Int = 1, pets: Bool = false, limits: [LimitOverride] = []) -> Household {
        Household(
            homes: [Home(id: HomeID("h1"), zone: TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800), occupants: occupants, hasPets: pets)],
            residents: [Resident(id: ResidentID("r1"), home: 0, limits: limits)],
            bindings: [
                DeviceBinding(device: DeviceID("imei:1"), profile: "watch", home: 0, residents: [0]),
                DeviceBinding(device: DeviceID("ieee:2"), profile: "sensor", home: 0, residents: [], room: "kitchen"),
            ])
    }

    static let traits = [
        ProfileTraits(profile: "watch", outputs: [
            .init(kind: .sos, meaning: .momentary, intervalSeconds: nil, transportDelaySecondsMax: 3),
            .init(kind: .fall, meaning: .episode, intervalSeconds: nil, transportDelaySecondsMax: 3),
            .init(kind: .spo2, meaning: .level, intervalSeconds: 15, transportDelaySecondsMax: 3),
            .init(kind: .heartRate, meaning: .level, intervalSeconds: 15, transportDelaySecondsMax: 3),
            .init(kind: .bpSystolic, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3),
        ], supervisionSeconds: 600),
        ProfileTraits(profile: "sensor", outputs: [
            .init(kind: .smoke, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1),
            .init(kind: .motion, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1),
            .init(kind: .batteryLow, meaning: .level, intervalSeconds: 86_400, transportDelaySecondsMax: 1),
            .init(kind: .online, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1),
        ], supervisionSeconds: 3_600, missedIntervalsMax: 2),
    ]

    static func at(_ seconds: Double) -> Instant { start + Span(microseconds: Int64(seconds * 1_000_000)) }

    func reading(
        _ kind: Kind, _ value: ReadingValue, _ seconds: Double, meaning: Meaning = .level, quality: Quality = [], device: String? = nil, episode: String? = nil
    ) -> Reading {
        let id = DeviceID(device ?? (World.traits[0].outputs.contains { $0.kind == kind } ? "imei:1" : "ieee:2"))
        let at = World.at(seconds)
        return Reading(
            device: id, binding: household.binding(of: id), kind: kind, value: value, meaning: meaning,
            observedAt: quality.contains(.late) ? clock.wall(at) + .seconds(-600) : nil, receivedAt: at, quality: quality,
            isRetained: quality.contains(.ageUnknown), episode: episode, profile: id.text == "imei:1" ? "watch" : "sensor")
    }

    /// Fires what is due, then observes; gives what was found, in words.
    @discardableResult
    mutating func see(
        _ kind: Kind, _ value: ReadingValue, _ seconds: Double, meaning: Meaning = .level, quality: Quality = [], device: String? = nil, episode: String? = nil
    ) -> [String] {
        let reading = reading(kind, value, seconds, meaning: meaning, quality: quality, device: device, episode: episode)
        return apply(.reading(reading), World.at(seconds))
    }

    mutating func link(_ change: LinkChange.Change, _ seconds: Double, _ link: Link = .safety) -> [String] {
        apply(.link(LinkChange(link: link, change: change)), World.at(seconds))
    }

    mutating func restart(_ seconds: Double) -> [String] {
        apply(.start(HubStart(hub: "h", epoch: "e", build: "b", wall: clock.wall(World.at(seconds)), quality: .synchronised)), World.at(seconds))
    }

    mutating func reject(_ seconds: Double, device: String? = "imei:1", isSafety: Bool = true, reason: RejectionReason = .malformed, profile: String = "watch") -> [String] {
        let id = device.map { DeviceID($0) }
        let rejection = Rejection(
            reason: reason, topic: "a/b", device: id, binding: id.flatMap { household.binding(of: $0) }, profile: profile, isSafety: isSafety, text: "broken")
        return apply(.rejection(rejection), World.at(seconds))
    }

    mutating func wait(_ seconds: Double) -> [String] { apply(nil, World.at(seconds)) }

    enum Input { case reading(Reading), rejection(Rejection), link(LinkChange), start(HubStart) }

    mutating func apply(_ input: Input?, _ at: Instant) -> [String] {
        let before = findings.count
        if case .start(let start)? = input { detection.observe(start, at: at, clock: clock, under: book, into: &findings) }
        while let due = detection.nextDeadline, due <= at { detection.fire(due: due, clock: clock, under: book, into: &findings) }
        switch input {
        case .reading(let reading)?: detection.observe(reading, at: at, clock: clock, under: book, into: &findings)
        case .rejection(let rejection)?: detection.observe(rejection, at: at, clock: clock, under: book, into: &findings)
        case .link(let change)?: detection.observe(change, at: at, clock: clock, under: book, into: &findings)
        case .start?, nil: break
        }
        return findings[before...].map(\.words)
    }

    /// Writes the checkpoint, forgets everything, reads it back.
    mutating func restore() throws {
        var writer = ByteWriter()
        detection.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        detection = try Detection(from: &reader)
        detection.reconfigure(to: book, at: World.start, clock: clock, into: &findings)
        var again = ByteWriter()
        detection.write(to: &again)
        if again.bytes != writer.bytes { throw BinaryFailure.malformed("the checkpoint changed by being read", at: 0) }
    }
}

extension Finding {
    /// `raised sos high`, `cleared smoke cancelled_by_device`, …
    var words: String {
        switch change {
        case .raised: "raised \(kind) \(priority.name)" + (isLate ? " late" : "")
        case .updated: "updated \(kind) \(priority.name)"
        case .cleared(let reason): "cleared \(kind) \(reason.name)"
        }
    }
}
