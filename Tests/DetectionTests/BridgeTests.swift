import CareModel
import Detection
import Testing

@Suite("Bridges, and the devices behind them")
struct BridgeTests {
    private static let rules = [
        rule("silence-safety", "{form: device_silence, devices: safety, offline_at_once: true}".block, priority: "medium", category: "technical"),
        rule("silence-other", "{form: device_silence, devices: other}".block + "texts: {bridge: {zh-CN: \"网桥 {count}\", en: \"bridge {count}\"}}", priority: "low", category: "technical"),
        rule("smoke", "{form: occurrence, kind: safety.smoke}".block, category: "safety"),
    ]

    /// 0: a bridge that only says online and offline; 1: a smoke alarm; 2: a door; 3: a gateway that reports each minute, behind the bridge.
    private static func household(hasGateway: Bool) -> Household {
        Household(
            homes: [Home(id: HomeID("h1"), zone: TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800), occupants: 1)],
            residents: [Resident(id: ResidentID("r1"), home: 0)],
            bindings: [("topic:b", "bridge"), ("ieee:1", "smoke"), ("ieee:2", "door"), ("topic:g", "gateway")].prefix(hasGateway ? 4 : 3).map {
                DeviceBinding(device: DeviceID($0.0), profile: $0.1, home: 0, residents: [])
            })
    }

    private static let traits = [
        ProfileTraits(profile: "bridge", outputs: [output(.online)], supervisionSeconds: nil, isGateway: true),
        ProfileTraits(profile: "smoke", outputs: [output(.smoke), output(.online), output(.battery)], supervisionSeconds: 3_600, missedIntervalsMax: 1),
        ProfileTraits(profile: "door", outputs: [output(.opening), output(.online)], supervisionSeconds: 3_600, missedIntervalsMax: 2),
        ProfileTraits(profile: "gateway", outputs: [output(.online)], supervisionSeconds: 60, missedIntervalsMax: 3, isGateway: true),
    ]

    private static func output(_ kind: Kind) -> ProfileTraits.Output { .init(kind: kind, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1) }
    private static func world(_ rules: [String] = rules, hasGateway: Bool = false) throws -> World {
        try World(list: rules, household: household(hasGateway: hasGateway), traits: traits)
    }

    /// Everything was heard at 10 s.
    private static func running(_ rules: [String] = rules) throws -> World {
        var world = try world(rules)
        world.hear(0, .online, .flag(true), 10)
        world.hear(1, .battery, .number(scaled: 900), 10, through: 0)
        world.hear(2, .opening, .flag(false), 10, through: 0)
        return world
    }

    @Test("a dead bridge is one finding that names what it covers; its children's silence is explained until it returns")
    func offline() throws {
        var world = try Self.running()
        #expect(world.hear(0, .online, .flag(false), 1_000) == ["raised test.silence-other high"])
        #expect(world.findings.last?.text == LocalizedText(zhCN: "网桥 2", en: "bridge 2"))
        #expect(world.hear(0, .online, .flag(false), 1_010) == [], "said again")
        try world.restore()
        #expect(world.wait(100_000) == [])
        try world.restore()
        #expect(world.hear(0, .online, .flag(true), 100_000) == ["cleared test.silence-other returned"])
        try world.restore()
        // Of the smoke alarm's hour 990 s had passed, so 2,610 are left; of the door's two hours 6,210.
        #expect(world.wait(102_609) == [])
        #expect(world.wait(102_610) == ["raised test.silence-safety medium"])
        #expect(world.wait(106_209) == [])
        #expect(world.wait(106_210) == ["raised test.silence-other low"])
        #expect(world.findings.last?.text.en == "Call", "a door is no bridge")
    }

    @Test("a bridge without a safety device behind it is as urgent as its rule says")
    func harmless() throws {
        var world = try Self.world()
        world.hear(2, .opening, .flag(false), 10, through: 0)
        #expect(world.hear(0, .online, .flag(false), 1_000) == ["raised test.silence-other low"])
    }

    @Test("a call that still arrives is judged as ever, and shows that the bridge works")
    func neverHides() throws {
        var world = try Self.running()
        world.hear(0, .online, .flag(false), 1_000)
        #expect(world.hear(1, .smoke, .flag(true), 1_100, through: 0) == ["cleared test.silence-other returned", "raised test.smoke high"])
    }

    @Test("a retained message of a child is the broker's memory: it ends nothing")
    func retained() throws {
        var world = try Self.running()
        world.hear(0, .online, .flag(false), 1_000)
        #expect(world.hear(2, .opening, .flag(false), 1_100, through: 0, isRetained: true) == [])
    }

    @Test("that a child is offline counts again as soon as its bridge is back")
    func childOffline() throws {
        var world = try Self.running()
        world.hear(0, .online, .flag(false), 1_000)
        #expect(world.hear(1, .online, .flag(false), 1_001, through: 0) == [], "explained by the bridge")
        world.hear(0, .online, .flag(true), 1_100)
        #expect(world.hear(1, .online, .flag(false), 1_200, through: 0) == ["raised test.silence-safety medium"])
    }

    @Test("a child that was silent before stays told, and ends by itself")
    func before() throws {
        var world = try Self.running()
        #expect(world.wait(3_610) == ["raised test.silence-safety medium"])
        #expect(world.hear(0, .online, .flag(false), 3_700) == ["raised test.silence-other high"])
        try world.restore()
        #expect(world.hear(0, .online, .flag(true), 3_800) == ["cleared test.silence-other returned"])
        #expect(world.hear(1, .battery, .number(scaled: 900), 3_900, through: 0) == ["cleared test.silence-safety returned"])
    }

    @Test("children that fell silent with their bridge, and were told before it was, are explained by it; one that stays away afterwards is told anew")
    func explained() throws {
        var traits = Self.traits
        traits[1].supervisionSeconds = 100
        traits[2].supervisionSeconds = 30
        traits[2].missedIntervalsMax = 1
        var world = try World(list: Self.rules, household: Self.household(hasGateway: true), traits: traits)
        world.hear(3, .online, .flag(true), 0)
        world.hear(2, .opening, .flag(false), 1, through: 3)
        #expect(world.wait(31) == ["raised test.silence-other low"], "the door was away while the gateway still spoke")
        world.hear(1, .battery, .number(scaled: 900), 50, through: 3)
        #expect(world.wait(150) == ["raised test.silence-safety medium"])
        try world.restore()
        // The gateway was last heard at 50 s, through the smoke alarm.
        #expect(world.wait(230) == ["raised test.silence-other high", "cleared test.silence-safety explained_by_bridge"])
        try world.restore()
        #expect(world.wait(10_000) == [])
        #expect(world.hear(3, .online, .flag(true), 10_000) == ["cleared test.silence-other returned"])
        #expect(world.wait(10_099) == [])
        #expect(world.wait(10_100) == ["raised test.silence-safety medium"], "its own hundred seconds from the return on")
        #expect(world.hear(1, .battery, .number(scaled: 900), 10_150, through: 3) == ["cleared test.silence-safety returned"])
    }

    @Test("a smoke alarm that spoke before its bridge died goes on, and its call is no silence that could be explained")
    func lifeSafety() throws {
        var world = try Self.running()
        #expect(world.hear(1, .smoke, .flag(true), 900, through: 0) == ["raised test.smoke high"])
        #expect(world.hear(0, .online, .flag(false), 1_000) == ["raised test.silence-other high"])
        #expect(world.wait(100_000) == [])
    }

    @Test("where no rule tells of the bridge, its children are told")
    func untold() throws {
        var world = try Self.running([Self.rules[0]])
        #expect(world.hear(0, .online, .flag(false), 1_000) == [])
        #expect(world.wait(3_610) == ["raised test.silence-safety medium"])
    }

    @Test("a gateway that falls silent by its own interval covers its children from when it was last heard")
    func silent() throws {
        var world = try Self.world(hasGateway: true)
        world.hear(3, .online, .flag(true), 0)
        world.hear(1, .battery, .number(scaled: 900), 10, through: 3)
        // What comes through it is a sign of its life: 180 s after 10 s.
        #expect(world.wait(189) == [])
        #expect(world.wait(190) == ["raised test.silence-other high"])
        #expect(world.wait(50_000) == ["raised test.silence-other low"], "the door, which is not behind it")
        #expect(world.hear(3, .online, .flag(true), 50_010) == ["cleared test.silence-other returned"])
        // Gone from 10 s on: the whole hour is left.
        for k in 1...36 { #expect(world.hear(3, .online, .flag(true), 50_010 + Double(k) * 99) == []) }
        #expect(world.wait(53_609) == [])
        #expect(world.wait(53_610) == ["raised test.silence-safety medium"])
    }

    @Test("a device that was never heard is covered too, where its profile or homes.yaml says behind which bridge it stands", arguments: [true, false])
    func fixed(byProfile: Bool) throws {
        var traits = Self.traits, household = Self.household(hasGateway: false)
        if byProfile { traits[1].parent = DeviceID("topic:b") } else {
            var bindings = household.bindings
            bindings[1].via = DeviceID("topic:b")
            household = Household(homes: household.homes, residents: household.residents, bindings: bindings)
        }
        var world = try World(list: Self.rules, household: household, traits: traits)
        #expect(world.hear(0, .online, .flag(false), 10) == ["raised test.silence-other high"])
        try world.restore()
        #expect(world.wait(5_000) == [])
        #expect(world.hear(0, .online, .flag(true), 5_000) == ["cleared test.silence-other returned"])
        #expect(world.wait(8_589) == ["raised test.silence-other low"], "the door, which nobody placed")
        #expect(world.wait(8_590) == ["raised test.silence-safety medium"])
    }

    @Test("a bridge behind a bridge: the outer one covers all")
    func chain() throws {
        var world = try Self.world(hasGateway: true)
        world.hear(3, .online, .flag(true), 0, through: 0)
        world.hear(1, .battery, .number(scaled: 900), 10, through: 3)
        #expect(world.hear(0, .online, .flag(false), 20) == ["raised test.silence-other high"])
        #expect(world.findings.last?.text.en == "bridge 2")
        #expect(world.wait(20_000) == ["raised test.silence-other low"], "only the door, which is not behind it")
    }

    @Test("the hub's own blindness and a bridge's absence are not counted twice")
    func blind() throws {
        var world = try Self.running()
        for link in Link.allCases { _ = world.link(.resumed(isSessionPresent: false), 11, link); _ = world.link(.drained, 11, link) }
        world.hear(0, .online, .flag(false), 1_000)
        _ = world.link(.lost, 2_000)
        _ = world.link(.resumed(isSessionPresent: true), 9_000)
        _ = world.link(.drained, 9_000)
        #expect(world.hear(0, .online, .flag(true), 10_000) == ["cleared test.silence-other returned"])
        #expect(world.wait(12_609) == [])
        #expect(world.wait(12_610) == ["raised test.silence-safety medium"])
    }

    @Test("restored at any point, the same is found")
    func restartEquivalence() throws {
        let story: [(BindingIndex, Kind, ReadingValue, Double, BindingIndex?)] = [
            (0, .online, .flag(true), 10, nil), (1, .battery, .number(scaled: 900), 20, 0), (2, .opening, .flag(true), 30, 3), (3, .online, .flag(true), 40, 0),
            (0, .online, .flag(false), 1_000, nil), (1, .online, .flag(false), 1_100, 0), (3, .online, .flag(false), 1_200, 0), (0, .online, .flag(true), 9_000, nil),
            (1, .smoke, .flag(true), 20_000, 0), (3, .online, .flag(true), 30_000, 0), (0, .online, .flag(false), 31_000, nil), (2, .opening, .flag(true), 60_000, 3),
        ]
        var straight = try Self.world(hasGateway: true)
        for one in story { straight.hear(one.0, one.1, one.2, one.3, through: one.4) }
        for cut in story.indices {
            var world = try Self.world(hasGateway: true)
            for (index, one) in story.enumerated() {
                if index == cut { try world.restore() }
                world.hear(one.0, one.1, one.2, one.3, through: one.4)
            }
            #expect(world.findings == straight.findings, "restored before \(cut)")
        }
        #expect(straight.findings.count > 8)
    }
}

extension World {
    @discardableResult
    mutating func hear(_ binding: BindingIndex, _ kind: Kind, _ value: ReadingValue, _ seconds: Double, through parent: BindingIndex? = nil, isRetained: Bool = false) -> [String] {
        let at = World.at(seconds)
        return apply(.reading(Reading(
            device: household.bindings[Int(binding)].device, binding: binding, kind: kind, value: value, meaning: .level, receivedAt: at,
            quality: isRetained ? .ageUnknown : [], isRetained: isRetained, profile: household.bindings[Int(binding)].profile, parent: parent)), at)
    }
}
