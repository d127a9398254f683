import CareModel
import Detection
import Testing

@Suite("Occurrence")
struct OccurrenceTests {
    private static let sos = rule("sos", "{form: occurrence, kind: safety.sos}".block + "missed_while_offline: true", category: "safety")
    private static let smoke = rule("smoke", "{form: occurrence, kind: safety.smoke}".block, category: "safety")
    private static let fall = rule("fall", "{form: occurrence, kind: safety.fall}".block + "missed_while_offline: true\n    codes: {suspected: high, warning: medium, confirmed: high, none: ignored, cleared: withdraws}\n    withdrawn_priority: low", category: "safety")
    private static let battery = rule("battery", "{form: occurrence, kind: device.battery_low}".block, priority: "low", category: "technical")

    private static let mains = rule("mains", "{form: occurrence, kind: device.external_power}".block + "detail: mains\n    state: false", priority: "medium", category: "technical")

    @Test("each momentary press is an occurrence of its own")
    func momentary() throws {
        var world = try World(Self.sos)
        #expect(world.see(.sos, .code("pressed"), 1, meaning: .momentary) == ["raised test.sos high"])
        #expect(world.see(.sos, .code("pressed"), 2, meaning: .momentary) == ["raised test.sos high"])
        #expect(world.findings.allSatisfy { $0.isLatching && !$0.isCondition })
    }

    @Test("a level counts at its change only, and a device-side end is told")
    func level() throws {
        var world = try World(Self.smoke)
        #expect(world.see(.smoke, .flag(false), 1) == [])
        #expect(world.see(.smoke, .flag(true), 2) == ["raised test.smoke high"])
        #expect(world.see(.smoke, .flag(true), 3) == [])
        try world.restore()
        #expect(world.see(.smoke, .flag(true), 4) == [])
        #expect(world.see(.smoke, .flag(false), 5) == ["cleared test.smoke cancelled_by_device"])
        #expect(world.see(.smoke, .flag(false), 6) == [])
        #expect(world.see(.smoke, .flag(true), 7) == ["raised test.smoke high"])
    }

    @Test("a false state can be the occurrence, and of readings with another word, or none, nothing is asked")
    func detail() throws {
        var world = try World(
            Self.mains, traits: [ProfileTraits(profile: "watch", outputs: [.init(kind: .externalPower, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3)], supervisionSeconds: 600)])
        func see(_ isOn: Bool, _ seconds: Double, _ detail: String?) -> [String] {
            var reading = world.reading(.externalPower, .flag(isOn), seconds, device: "imei:1")
            reading.detail = detail
            return world.apply(.reading(reading), World.at(seconds))
        }
        #expect(see(true, 1, "mains") == [])
        #expect(see(false, 2, nil) == [], "a wearable off its charger")
        #expect(see(false, 3, "charger") == [])
        #expect(see(false, 4, "mains") == ["raised test.mains medium"])
        #expect(see(true, 5, nil) == [])
        try world.restore()
        #expect(see(true, 6, "mains") == ["cleared test.mains recovered"])
    }

    @Test("a first level that is true is an occurrence: nobody knew it was not")
    func firstLevel() throws {
        var world = try World(Self.smoke)
        #expect(world.see(.smoke, .flag(true), 1) == ["raised test.smoke high"])
    }

    @Test("a retained safety state is neither an alarm nor ignored")
    func retained() throws {
        var world = try World(Self.smoke)
        #expect(world.see(.smoke, .flag(true), 1, quality: .ageUnknown) == ["raised safety.check medium"])
        #expect(world.see(.smoke, .flag(true), 2, quality: .ageUnknown) == [])
        #expect(world.see(.smoke, .flag(true), 3) == ["raised test.smoke high"])
        #expect(world.see(.smoke, .flag(true), 4, quality: .ageUnknown) == [])
        #expect(world.see(.smoke, .flag(false), 5) == ["cleared test.smoke cancelled_by_device"])
        #expect(world.see(.smoke, .flag(false), 6, quality: .ageUnknown) == [])
        #expect(world.see(.smoke, .flag(true), 7, quality: .ageUnknown) == ["raised safety.check medium"])
        #expect(world.see(.smoke, .flag(false), 8) == ["cleared safety.check cancelled_by_device"])
    }

    @Test("late presses and falls are told as missed while offline, other late data is not")
    func late() throws {
        var world = try World(Self.sos, Self.fall, Self.smoke)
        #expect(world.see(.sos, .code("pressed"), 1, meaning: .momentary, quality: .late) == ["raised test.sos high late"])
        #expect(world.see(.fall, .code("suspected"), 2, meaning: .episode, quality: .late) == ["raised test.fall high late"])
        #expect(world.see(.smoke, .flag(true), 3, quality: .late) == [])
        #expect(world.see(.smoke, .flag(true), 4) == ["raised test.smoke high"])
    }

    @Test("a test signal is information and changes nothing")
    func test() throws {
        var world = try World(Self.smoke)
        #expect(world.see(.smoke, .flag(true), 1, quality: .test) == ["raised device.test information"])
        #expect(world.see(.smoke, .flag(true), 2) == ["raised test.smoke high"])
    }

    @Test("a safety device is believed whatever the quality, a sentinel says nothing")
    func quality() throws {
        var world = try World(Self.sos, Self.battery)
        #expect(world.see(.sos, .code("pressed"), 1, meaning: .momentary, quality: [.unworn, .frozen, .outOfOrder]) == ["raised test.sos high"])
        #expect(world.see(.sos, .code("pressed"), 2, meaning: .momentary, quality: .sentinel) == [])
        #expect(world.see(.batteryLow, .flag(true), 3, quality: .implausible) == [])
        #expect(world.see(.batteryLow, .flag(true), 4) == ["raised test.battery low"])
        #expect(world.see(.batteryLow, .flag(false), 5) == ["cleared test.battery recovered"])
    }

    @Test("a suspected fall opens at once, is confirmed, and a withdrawal lowers it")
    func fall() throws {
        var world = try World(Self.fall)
        #expect(world.see(.fall, .code("none"), 1, meaning: .episode) == [])
        #expect(world.see(.fall, .code("cleared"), 2, meaning: .episode) == [])
        #expect(world.see(.fall, .code("suspected"), 3, meaning: .episode, episode: "a") == ["raised test.fall high"])
        #expect(world.see(.fall, .code("suspected"), 4, meaning: .episode, episode: "a") == [])
        #expect(world.see(.fall, .code("confirmed"), 5, meaning: .episode, episode: "a") == ["updated test.fall high"])
        #expect(world.see(.fall, .code("cleared"), 6, meaning: .episode, episode: "a") == ["cleared test.fall cancelled_by_device"])
        #expect(world.findings.last?.priority == .low)
        #expect(world.see(.fall, .code("warning"), 7, meaning: .episode, episode: "b") == ["raised test.fall medium"])
        #expect(world.see(.fall, .code("suspected"), 8, meaning: .episode, episode: "c") == ["raised test.fall high"])
        #expect(world.see(.fall, .code("thud"), 9, meaning: .momentary) == ["raised test.fall high"], "an unknown word is believed")
    }

    @Test("an unregistered device with a safety kind is a finding without a place")
    func unregistered() throws {
        var world = try World(Self.smoke)
        #expect(world.see(.smoke, .flag(true), 1, device: "ieee:9") == ["raised test.smoke high"])
        let finding = try #require(world.findings.last)
        #expect(finding.subject == Subject(home: nil, device: DeviceID("ieee:9")))
        #expect(finding.text.zhCN.contains("位置不明") && finding.text.en.contains("unregistered, place unknown"))
        try world.restore()
        #expect(world.see(.smoke, .flag(true), 2, device: "ieee:9") == [])
        #expect(world.see(.smoke, .flag(false), 3, device: "ieee:9") == ["cleared test.smoke cancelled_by_device"])
        #expect(world.see(.batteryLow, .flag(true), 4, device: "ieee:9") == [])
    }

    @Test("states of 1,024 unregistered devices are remembered; the next one's counts as new each time")
    func strangers() throws {
        var world = try World(Self.smoke)
        for i in 0..<Detection.strangersMax { world.see(.smoke, .flag(true), 1, device: "ieee:x\(i)") }
        #expect(world.see(.smoke, .flag(true), 2, device: "ieee:x1023") == [])
        #expect(world.see(.smoke, .flag(true), 2, device: "ieee:more") == ["raised test.smoke high"])
        #expect(world.see(.smoke, .flag(true), 3, device: "ieee:more") == ["raised test.smoke high"])
    }

    @Test("a safety kind that the profile did not announce is judged all the same")
    func unannounced() throws {
        var world = try World(Self.smoke)
        #expect(world.see(.smoke, .flag(true), 1, device: "imei:1") == ["raised test.smoke high"])
        #expect(world.findings.last?.subject.residents == [ResidentID("r1")])
    }

    @Test("the room stands in the sentence where it is known and leaves no gap where it is not")
    func text() throws {
        var world = try World(Self.smoke, Self.sos)
        world.see(.smoke, .flag(true), 1)
        #expect(world.findings.last?.text == LocalizedText(zhCN: "请致电（kitchen）", en: "Call to kitchen"))
        world.see(.sos, .code("pressed"), 2, meaning: .momentary)
        #expect(world.findings.last?.text == LocalizedText(zhCN: "请致电", en: "Call"))
    }
}

extension String {
    /// `{a: b, c: d}` as lines of a rule.
    var block: String {
        dropFirst().dropLast().split(separator: ",").map { $0.drop { $0 == " " } }.joined(separator: "\n    ") + "\n    "
    }
}
