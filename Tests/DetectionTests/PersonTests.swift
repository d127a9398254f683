import CareModel
import Detection
import Testing

@Suite("Persons whom devices name")
struct PersonTests {
    private static let rules = [
        rule("bp-high", "{form: limit, kind: vital.bp.systolic, high: 180, clear: 170}".block, priority: "medium"),
        rule("unknown", "{form: unknown_person, again_hours: 24}".block, priority: "medium", category: "technical"),
        rule("sos", "{form: occurrence, kind: safety.sos}".block, category: "safety"),
        rule("battery", "{form: occurrence, kind: device.battery_low}".block, priority: "low", category: "technical"),
        rule("news", "form: news2\n    kinds: [vital.heart_rate]\n    urgent_score: 2\n    emergency_score: 3", priority: "medium"),
    ]

    /// A station where nobody lives, with a cuff for everybody; a home of two whose people have cards, and of one who has none.
    private static func household(limits: [LimitOverride] = []) -> Household {
        let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800)
        return Household(
            homes: [Home(id: HomeID("station"), zone: zone, occupants: 0), Home(id: HomeID("h2"), zone: zone, occupants: 3)],
            residents: [
                Resident(id: ResidentID("an"), home: 1, limits: limits, identifiers: ["card-1"]),
                Resident(id: ResidentID("bo"), home: 1, identifiers: ["card-2", "BO"]), Resident(id: ResidentID("cy"), home: 1),
            ],
            bindings: [
                DeviceBinding(device: DeviceID("mac:c"), profile: "cuff", home: 0, residents: [], room: "hall", isShared: true),
                DeviceBinding(device: DeviceID("mac:d"), profile: "cuff", home: 1, residents: [2]),
            ])
    }

    private static let traits = [ProfileTraits(profile: "cuff", outputs: [
        Kind.bpSystolic, .heartRate, .sos, .batteryLow,
    ].map { .init(kind: $0, meaning: $0 == .sos ? .momentary : .level, intervalSeconds: nil, transportDelaySecondsMax: 3) }, supervisionSeconds: nil, namesPerson: true)]

    private static func world(limits: [LimitOverride] = []) throws -> World {
        try World(list: rules, household: household(limits: limits), traits: traits)
    }

    @Test("what one person measured on a shared cuff neither raises nor clears anything of another")
    func apart() throws {
        var world = try Self.world()
        #expect(world.measure(.bpSystolic, 1_900, 10, person: 0) == ["raised test.bp-high medium"])
        #expect(world.findings.last?.subject == Subject(home: HomeID("h2"), residents: [ResidentID("an")], room: "hall", device: DeviceID("mac:c")))
        #expect(world.measure(.bpSystolic, 1_200, 20, person: 1) == [], "another person's good value ends nothing")
        try world.restore()
        #expect(world.measure(.bpSystolic, 1_950, 30, person: 1) == ["raised test.bp-high medium"])
        #expect(world.measure(.bpSystolic, 1_200, 40, person: 0) == ["cleared test.bp-high recovered"])
        #expect(world.findings.last?.subject.residents == [ResidentID("an")])
        try world.restore()
        #expect(world.measure(.bpSystolic, 1_200, 50, person: 1) == ["cleared test.bp-high recovered"])
    }

    @Test("a clinician's numbers hold for the person who measured, not for the device")
    func ownLimits() throws {
        var world = try Self.world(limits: [LimitOverride(rule: "bp-high", parameters: try node("{high: 195, clear: 190}"))])
        #expect(world.measure(.bpSystolic, 1_900, 10, person: 0) == [])
        #expect(world.measure(.bpSystolic, 1_900, 20, person: 1) == ["raised test.bp-high medium"])
        #expect(world.measure(.bpSystolic, 1_950, 30, person: 0) == ["raised test.bp-high medium"])
    }

    @Test("an unknown person's value is judged for nobody; the person is told once a day, another one at once")
    func unknown() throws {
        var world = try Self.world()
        #expect(world.measure(.bpSystolic, 2_300, 10, subject: "tok-1") == ["raised test.unknown medium"])
        #expect(world.findings.last?.subject == Subject(home: HomeID("station"), room: "hall", device: DeviceID("mac:c")))
        #expect(world.findings.last?.isCondition == false)
        #expect(world.measure(.heartRate, 300, 10, subject: "tok-1") == [])
        try world.restore()
        #expect(world.measure(.bpSystolic, 2_300, 3_600, subject: "tok-1") == [])
        #expect(world.measure(.bpSystolic, 2_300, 3_700, subject: nil) == ["raised test.unknown medium"], "nobody named at all")
        #expect(world.measure(.bpSystolic, 2_300, 3_800, subject: "tok-2") == ["raised test.unknown medium"])
        #expect(world.measure(.bpSystolic, 2_300, 10 + 86_399, subject: "tok-1") == [])
        #expect(world.measure(.bpSystolic, 2_300, 10 + 86_400, subject: "tok-1") == ["raised test.unknown medium"])
    }

    @Test("an unknown person is told the same over a restart, a step of the clock and a lost message; a test of the device tells nothing", arguments: [0, 1, 2, 3])
    func disturbed(disturbance: Int) throws {
        var world = try Self.world(), found = world.measure(.bpSystolic, 1_200, 10, subject: "tok-1")
        switch disturbance {
        case 1: try world.restore()
        case 2: world.clock = HubClock(offset: .seconds(-7_200), quality: .synchronised)
        case 3: break
        default: found += world.measure(.bpSystolic, 1_200, 600, subject: "tok-1")
        }
        found += world.measure(.bpSystolic, 1_200, 10 + 86_399, subject: "tok-1")
        #expect(found == ["raised test.unknown medium"])
        found += world.measure(.bpSystolic, 1_200, 10 + 86_400, subject: "tok-1")
        #expect(found == ["raised test.unknown medium", "raised test.unknown medium"])
        #expect(world.see(.bpSystolic, .number(scaled: 1_200), 90_000, quality: [.unknownSubject, .test], device: "mac:c") == [])
    }

    @Test("of more unknown persons than are remembered the oldest is told anew")
    func forgotten() throws {
        var world = try Self.world()
        for k in 0..<8 { #expect(world.measure(.bpSystolic, 1_200, Double(k), subject: "tok-\(k)") == ["raised test.unknown medium"]) }
        #expect(world.measure(.bpSystolic, 1_200, 8, subject: "tok-0") == [])
        #expect(world.measure(.bpSystolic, 1_200, 9, subject: "tok-8") == ["raised test.unknown medium"])
        #expect(world.measure(.bpSystolic, 1_200, 10, subject: "tok-0") == ["raised test.unknown medium"])
    }

    @Test("a device of one's own that names somebody else is not judged for its owner either")
    func ownDevice() throws {
        var world = try Self.world()
        #expect(world.measure(.bpSystolic, 2_300, 10, subject: "tok-1", binding: 1) == ["raised test.unknown medium"])
        #expect(world.measure(.bpSystolic, 1_900, 20, person: 2, binding: 1) == ["raised test.bp-high medium"])
        #expect(world.findings.last?.subject.residents == [ResidentID("cy")])
        #expect(world.measure(.bpSystolic, 1_000, 30, subject: "tok-1", binding: 1) == [], "nor does it clear anything")
    }

    @Test("a call for help alarms whoever it was: for the home when nobody knows, else for that person")
    func calls() throws {
        var world = try Self.world()
        #expect(world.measure(.sos, .code("pressed"), 10, subject: "tok-1") == ["raised test.unknown medium", "raised test.sos high"])
        #expect(world.findings.last?.subject.home == HomeID("station"))
        #expect(world.findings.last?.subject.residents == [])
        #expect(world.measure(.sos, .code("pressed"), 20, person: 1) == ["raised test.sos high"])
        #expect(world.findings.last?.subject.residents == [ResidentID("bo")])
    }

    @Test("the device's own state stays with the device, whoever used it")
    func ofDevice() throws {
        var world = try Self.world()
        #expect(world.measure(.batteryLow, .flag(true), 10, person: 0) == ["raised test.battery low"])
        #expect(world.findings.last?.subject.residents == [])
        #expect(world.measure(.batteryLow, .flag(true), 20, person: 1) == [])
    }

    @Test("rules of a resident see what that person did on a shared device, and nothing of others")
    func ofResident() throws {
        var world = try Self.world()
        #expect(world.measure(.heartRate, 1_400, 10, subject: "tok-1") == ["raised test.unknown medium"])
        #expect(world.measure(.heartRate, 700, 20, person: 1) == [])
        #expect(world.measure(.heartRate, 1_400, 30, person: 0) == ["raised test.news high"])
        #expect(world.findings.last?.subject.residents == [ResidentID("an")])
        #expect(world.measure(.heartRate, 700, 40, person: 1) == [])
        #expect(world.measure(.heartRate, 700, 50, person: 0) == ["cleared test.news recovered"])
    }

    @Test("a person of the station's list who moves away leaves no open condition behind")
    func removed() throws {
        var world = try Self.world()
        #expect(world.measure(.bpSystolic, 1_900, 10, person: 0) == ["raised test.bp-high medium"])
        var people = Self.household().residents
        people[0].identifiers = []
        let household = Household(homes: Self.household().homes, residents: people, bindings: Self.household().bindings)
        var problems = Problems(), found: [Finding] = []
        let book = RuleBook([try node("rules:\n" + Self.rules.joined())], household: household, traits: Self.traits, &problems)
        world.detection.reconfigure(to: book, at: World.at(20), clock: world.clock, into: &found)
        #expect(found.map(\.words) == ["cleared test.bp-high subject_removed"])
    }
}

extension World {
    @discardableResult
    mutating func measure(_ kind: Kind, _ value: Int64, _ seconds: Double, person: Int32? = nil, subject: String? = nil, binding: BindingIndex = 0) -> [String] {
        measure(kind, .number(scaled: value), seconds, person: person, subject: subject, binding: binding)
    }

    /// A reading whose message names a person: a known one, or somebody whom nobody knows.
    mutating func measure(_ kind: Kind, _ value: ReadingValue, _ seconds: Double, person: Int32? = nil, subject: String? = nil, binding: BindingIndex = 0) -> [String] {
        let at = World.at(seconds), meaning: Meaning = kind == .sos ? .momentary : .level
        return apply(.reading(Reading(
            device: household.bindings[Int(binding)].device, binding: binding, kind: kind, value: value, meaning: meaning, receivedAt: at,
            quality: person == nil ? .unknownSubject : [], profile: "cuff", subject: subject, person: person)), at)
    }
}
