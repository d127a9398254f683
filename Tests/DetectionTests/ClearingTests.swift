import CareModel
import Detection
import Testing

@Suite("States that devices never end, and what is taken back by its key")
struct ClearingTests {
    private static let traits = [ProfileTraits(profile: "sensor", outputs: [
        .init(kind: .fall, meaning: .latched, intervalSeconds: nil, transportDelaySecondsMax: 1, autoClearSeconds: 600),
        .init(kind: .batteryLow, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1, autoClearSeconds: 60),
        .init(kind: .motion, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1, autoClearSeconds: 90),
        .init(kind: .smoke, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1),
    ], supervisionSeconds: nil)]

    private static func world() throws -> World {
        let rules = [
            rule("fall", "{form: occurrence, kind: safety.fall}".block + "codes: {cleared: withdraws}\n    withdrawn_priority: low", category: "safety"),
            rule("battery", "{form: occurrence, kind: device.battery_low}".block, priority: "low", category: "technical"),
            rule("long", "form: dwell\n    kind: behaviour.motion\n    longer_than_s: 120", priority: "low", category: "behaviour"),
            rule("smoke", "{form: occurrence, kind: safety.smoke}".block, category: "safety"),
        ]
        return try World(list: rules, household: World.oneHome(), traits: traits)
    }

    @Test("just before, at and after its time; each report moves it")
    func window() throws {
        var world = try Self.world()
        #expect(world.see(.batteryLow, .flag(true), 0) == ["raised test.battery low"])
        #expect(world.see(.batteryLow, .flag(true), 30) == [])
        #expect(world.wait(89.999) == [])
        try world.restore()
        #expect(world.wait(90) == ["cleared test.battery recovered"])
        #expect(world.findings.last?.detectedAt == World.at(90))
        #expect(world.see(.batteryLow, .flag(true), 200) == ["raised test.battery low"])
        #expect(world.see(.batteryLow, .flag(false), 210) == ["cleared test.battery recovered"])
        #expect(world.wait(10_000) == [], "what the device ended needs no end")
    }

    @Test("the passing of time takes back no call for help; the next one counts as new")
    func calls() throws {
        var world = try Self.world()
        #expect(world.see(.fall, .code("suspected"), 0, meaning: .latched, device: "ieee:2") == ["raised test.fall high"])
        #expect(world.see(.fall, .code("suspected"), 500, meaning: .latched, device: "ieee:2") == [], "the same state")
        #expect(world.wait(1_099) == [])
        try world.restore()
        #expect(world.wait(1_200) == [])
        #expect(world.see(.fall, .code("suspected"), 1_300, meaning: .latched, device: "ieee:2") == ["raised test.fall high"])
        #expect(world.see(.fall, .code("cleared"), 1_310, meaning: .latched, device: "ieee:2") == ["cleared test.fall cancelled_by_device"])
    }

    @Test("a state that ends by itself does not last too long")
    func dwell() throws {
        var world = try Self.world()
        #expect(world.see(.motion, .flag(true), 0) == [])
        #expect(world.wait(1_000) == [])
        for k in 0..<3 { #expect(world.see(.motion, .flag(true), 2_000 + Double(k) * 50) == []) }
        #expect(world.wait(2_120) == ["raised test.long low"])
    }

    @Test("what the hub could not see may have renewed the state")
    func blind() throws {
        var world = try Self.world()
        for link in Link.allCases { _ = world.link(.resumed(isSessionPresent: false), 0, link); _ = world.link(.drained, 0, link) }
        #expect(world.see(.batteryLow, .flag(true), 10) == ["raised test.battery low"])
        _ = world.link(.lost, 20)
        #expect(world.wait(1_000) == [])
        _ = world.link(.resumed(isSessionPresent: true), 1_000)
        _ = world.link(.drained, 1_001)
        #expect(world.wait(1_061) == ["cleared test.battery recovered"])
    }

    @Test("a cancellation under a key of its own takes back that episode only")
    func keyed() throws {
        var world = try Self.world()
        #expect(world.see(.fall, .code("suspected"), 0, meaning: .episode, device: "ieee:2", episode: "a") == ["raised test.fall high"])
        #expect(world.see(.fall, .code("cleared"), 10, meaning: .episode, device: "ieee:2", episode: "z") == [], "it belongs to another fall")
        try world.restore()
        #expect(world.see(.fall, .code("confirmed"), 20, meaning: .episode, device: "ieee:2", episode: "a") == ["updated test.fall high"])
        #expect(world.see(.fall, .code("cleared"), 30, meaning: .episode, device: "ieee:2", episode: "a") == ["cleared test.fall cancelled_by_device"])
        #expect(world.see(.fall, .code("suspected"), 40, meaning: .episode, device: "ieee:2", episode: "b") == ["raised test.fall high"])
        #expect(world.see(.fall, .code("cleared"), 50, meaning: .episode, device: "ieee:2") == ["cleared test.fall cancelled_by_device"], "a device that names none means the one that is open")
    }
}
