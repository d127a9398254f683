import CareModel
import Detection
import Testing

@Suite("Two readings and change")
struct SpotTests {
    private static let cuff = rule("pressure", """
    form: two_readings
        kind: vital.bp.systolic
        high: 180
        clear: 170
        round_to: 1
        second_min_s: 60
        second_max_s: 300
        confirmed_priority: high
        at_once: 220
    """, priority: "medium")

    @Test("below, at and above the limit", arguments: [(1_794, []), (1_795, ["raised test.pressure medium"]), (1_800, ["raised test.pressure medium"]), (2_190, ["raised test.pressure medium"]), (2_200, ["raised test.pressure high"])] as [(Int64, [String])])
    func limit(value: Int64, found: [String]) throws {
        var world = try World(ward: Self.cuff)
        #expect(world.see(.bpSystolic, .number(scaled: value), 0, device: "imei:1") == found)
    }

    @Test("a second reading counts from one to five minutes after the first", arguments: [
        (59, []), (60, ["updated test.pressure high"]), (299, ["updated test.pressure high"]), (300, ["updated test.pressure high"]),
        (301, ["updated test.pressure medium", "updated test.pressure medium"]),
    ] as [(Double, [String])])
    func second(at: Double, found: [String]) throws {
        var world = try World(ward: Self.cuff)
        world.see(.bpSystolic, .number(scaled: 1_850), 0, device: "imei:1")
        try world.restore()
        world.clock.offset = .seconds(86_400)
        #expect(world.see(.bpSystolic, .number(scaled: 1_850), at, device: "imei:1") == found)
    }

    @Test("a good second reading ends it; one in between does not; none at all is told once")
    func ends() throws {
        var world = try World(ward: Self.cuff)
        world.see(.bpSystolic, .number(scaled: 1_850), 0, device: "imei:1")
        #expect(world.see(.bpSystolic, .number(scaled: 1_750), 90, device: "imei:1") == [])
        #expect(world.see(.bpSystolic, .number(scaled: 1_700), 120, device: "imei:1") == ["cleared test.pressure recovered"])
        world.see(.bpSystolic, .number(scaled: 1_850), 200, device: "imei:1")
        #expect(world.wait(500) == [], "exactly five minutes still count")
        try world.restore()
        #expect(world.wait(501) == ["updated test.pressure medium"])
        #expect(world.wait(5_000) == [])
        #expect(world.findings.last?.text.en == "Call")
    }

    @Test("no bad quality is a reading, neither the first nor the second", arguments: [Quality.unworn, .frozen, .implausible, .sentinel, .late, .outOfOrder, .test, .unitDoubtful])
    func quality(bad: Quality) throws {
        var world = try World(ward: Self.cuff)
        #expect(world.see(.bpSystolic, .number(scaled: 1_900), 0, quality: bad, device: "imei:1") == [])
        world.see(.bpSystolic, .number(scaled: 1_850), 10, device: "imei:1")
        #expect(world.see(.bpSystolic, .number(scaled: 1_900), 100, quality: bad, device: "imei:1") == [])
    }

    private static let gain = rule("gain", """
    form: change
        kind: vital.weight
        rise: 2
        within_s: 259200
        least_s: 3600
        clear: 1
    """, priority: "low")

    @Test("below, at and above 2 kg", arguments: [(7_199, false), (7_200, true), (7_201, true)] as [(Int64, Bool)])
    func amount(value: Int64, isFound: Bool) throws {
        var world = try World(ward: Self.gain)
        world.see(.weight, .number(scaled: 7_000), 0, device: "imei:1")
        #expect(world.see(.weight, .number(scaled: value), 86_400, device: "imei:1") == (isFound ? ["raised test.gain low"] : []))
    }

    @Test("just before, at and after the window, and too soon to be the person", arguments: [(3_599, false), (3_600, true), (259_199, true), (259_200, true), (259_201, false)] as [(Double, Bool)])
    func window(second: Double, isFound: Bool) throws {
        var world = try World(ward: Self.gain)
        world.see(.weight, .number(scaled: 7_000), 0, device: "imei:1")
        try world.restore()
        world.clock.offset = .seconds(-900)
        #expect(world.see(.weight, .number(scaled: 7_250), second, device: "imei:1") == (isFound ? ["raised test.gain low"] : []))
    }

    @Test("the lowest of the window counts, whatever lies between; a good value ends it; bad quality is passed over")
    func between() throws {
        var world = try World(ward: Self.gain)
        world.see(.weight, .number(scaled: 7_100), 0, device: "imei:1")
        world.see(.weight, .number(scaled: 7_000), 40_000, device: "imei:1")
        world.see(.weight, .number(scaled: 2_000), 50_000, quality: .implausible, device: "imei:1")
        world.see(.weight, .number(scaled: 7_150), 80_000, device: "imei:1")
        #expect(world.see(.weight, .number(scaled: 7_200), 160_000, device: "imei:1") == ["raised test.gain low"])
        #expect(world.see(.weight, .number(scaled: 7_210), 170_000, device: "imei:1") == [])
        #expect(world.see(.weight, .number(scaled: 7_160), 180_000, device: "imei:1") == [])
        #expect(world.see(.weight, .number(scaled: 7_090), 190_000, device: "imei:1") == ["cleared test.gain recovered"])
    }

    @Test("more points than it keeps: a slow drift over many readings is found all the same")
    func many() throws {
        var world = try World(ward: rule("fall", "{form: change, kind: vital.spo2, fall: 3, within_s: 7200}".block))
        var found: [String] = []
        for minute in 0..<100 { found += world.see(.spo2, .number(scaled: Int64(980 - minute / 2)), Double(minute * 60), device: "imei:1") }
        #expect(found == ["raised test.fall high"])
        try world.restore()
    }
}
