import CareModel
import Detection
import Testing

@Suite("What the hub itself doubts")
struct DoubtTests {
    private static let rules = [
        rule("frozen", "{form: doubt, quality: frozen, again_hours: 24}".block, priority: "low", category: "technical"),
        rule("other", "{form: doubt, quality: other_wearer}".block, priority: "low", category: "technical"),
        rule("clock", "{form: doubt, quality: clock_fault, longer_than_s: 3600, again_hours: 168}".block, priority: "low", category: "technical"),
        rule("high", "{form: limit, kind: vital.heart_rate, high: 120, clear: 110}".block),
    ]

    private static func world() throws -> World { try World(list: rules, household: World.oneHome(), traits: World.traits) }

    @Test("a value that hangs, and another wearer, are told at once, then once a day while it lasts, over a restart too; neither is judged")
    func marks() throws {
        for (mark, name) in [(Quality.frozen, "frozen"), (.otherWearer, "other")] {
            var world = try Self.world()
            #expect(world.see(.heartRate, .number(scaled: 1_500), 10, quality: mark) == ["raised test.\(name) low"])
            #expect(world.findings.last?.isCondition == false)
            #expect(world.findings.last?.subject.residents == [ResidentID("r1")])
            #expect(world.see(.heartRate, .number(scaled: 1_500), 20, quality: mark) == [])
            try world.restore()
            #expect(world.see(.heartRate, .number(scaled: 1_500), 10 + 86_399, quality: mark) == [])
            #expect(world.see(.heartRate, .number(scaled: 1_500), 10 + 86_400, quality: mark) == ["raised test.\(name) low"])
        }
    }

    @Test("a clock is told after an hour of wrong times; a start with an unset clock, now and then, is nothing")
    func clock() throws {
        var world = try Self.world()
        #expect(world.see(.heartRate, .number(scaled: 700), 0, quality: .clockFault) == [])
        #expect(world.see(.heartRate, .number(scaled: 700), 3_599, quality: .clockFault) == [])
        #expect(world.see(.heartRate, .number(scaled: 700), 3_600, quality: [.clockFault, .late]) == ["raised test.clock low"])
        #expect(world.see(.heartRate, .number(scaled: 700), 90_000, quality: .clockFault) == [], "told already")
        let day = 86_400.0
        var other = try Self.world()
        for start in [0.0, 3 * day, 6 * day] { #expect(other.see(.spo2, .number(scaled: 960), start, quality: .clockFault) == []) }
        #expect(other.see(.spo2, .number(scaled: 960), 6 * day + 25 * 3_600, quality: .clockFault) == ["raised test.clock low"])
    }

    @Test("with a wrong clock a value is judged all the same, because the hub knows when it came")
    func judged() throws {
        var world = try Self.world()
        #expect(world.see(.heartRate, .number(scaled: 1_500), 10, quality: .clockFault) == ["raised test.high high"])
    }

    @Test("the device's own test, a kept message and an unmarked value tell nothing; a sensor of the room has no wearer")
    func beside() throws {
        var world = try Self.world()
        #expect(world.see(.heartRate, .number(scaled: 700), 10, quality: [.frozen, .test]) == [])
        #expect(world.see(.heartRate, .number(scaled: 700), 11, quality: [.frozen, .ageUnknown]) == [])
        #expect(world.see(.heartRate, .number(scaled: 700), 12, quality: .unworn) == [])
        #expect(world.see(.motion, .flag(true), 13, quality: .frozen) == [])
    }

    @Test("a mark that no rule may name, and a missing one, are refused")
    func parameters() throws {
        for own in ["{form: doubt, quality: late}", "{form: doubt}", "{form: doubt, quality: frozen, again_hours: 0}", "{form: doubt, quality: frozen, again_hours: 745}", "{form: doubt, quality: frozen, longer_than_s: 604801}"] {
            #expect(throws: Problem.self, "\(own)") { _ = try World(rule("bad", own.block, category: "technical")) }
        }
    }
}

@Suite("A state that is excused for a while")
struct ExcusedDwellTests {
    private static let traits = [ProfileTraits(profile: "watch", outputs: [.init(kind: .worn, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3)], supervisionSeconds: 600)]
    private static let unworn = rule(
        "unworn", "form: dwell\n    kind: behaviour.worn\n    state: false\n    longer_than_s: 3600\n    excused: {detail: charging, longer_than_s: 21600}", priority: "low", category: "technical")

    private static func world() throws -> World { try World(unworn, traits: traits) }

    @discardableResult
    private static func see(_ world: inout World, _ isWorn: Bool, _ seconds: Double, _ detail: String? = nil) -> [String] {
        var reading = world.reading(.worn, .flag(isWorn), seconds, device: "imei:1")
        reading.detail = detail
        return world.apply(.reading(reading), World.at(seconds))
    }

    @Test("on its charger a wearable may be off for six hours instead of one, over a restart too")
    func charging() throws {
        var world = try Self.world()
        #expect(Self.see(&world, false, 0, "charging") == [])
        #expect(world.wait(3_601) == [])
        try world.restore()
        #expect(world.wait(21_599) == [])
        #expect(world.wait(21_600) == ["raised test.unworn low"])
        #expect(Self.see(&world, true, 22_000) == ["cleared test.unworn returned"])
    }

    @Test("taken off without a charger it is an hour; the newest message says which of the two it is")
    func plain() throws {
        var world = try Self.world()
        #expect(Self.see(&world, false, 0) == [])
        #expect(world.wait(3_599) == [])
        #expect(world.wait(3_600) == ["raised test.unworn low"])
        var other = try Self.world()
        #expect(Self.see(&other, false, 0, "charging") == [])
        #expect(Self.see(&other, false, 7_200) == ["raised test.unworn low"], "no longer on its charger, and off for two hours")
        var third = try Self.world()
        #expect(Self.see(&third, false, 0) == [])
        #expect(Self.see(&third, false, 3_000, "charging") == [])
        #expect(third.wait(21_599) == [])
        #expect(third.wait(21_600) == ["raised test.unworn low"])
    }

    @Test("what excuses has a word and a time")
    func parameters() throws {
        for own in ["{detail: charging}", "{longer_than_s: 60}", "{detail: charging, longer_than_s: 0}"] {
            #expect(throws: Problem.self, "\(own)") { _ = try World(rule("bad", "form: dwell\n    kind: behaviour.worn\n    longer_than_s: 60\n    excused: \(own)"), traits: Self.traits) }
        }
    }
}
