import CareModel
import Detection
import Testing

@Suite("Baseline")
struct BaselineTests {
    private static let pulse = rule("pulse", """
    form: baseline
        kind: vital.heart_rate
        side: high
        least: 15
        in_a_row: 2
        learn_days: 14
        alarms_per_day: 0.02
    """, priority: "low")

    /// 15 days of a pulse of 60 at night and 75 by day, each quarter hour, ± 2.
    private func known(days: Int = 15, isFlat: Bool = false) throws -> World {
        var world = try World(ward: Self.pulse), found: [String] = []
        for quarter in 0..<days * 96 {
            let hour = (quarter / 4 + 16) % 24, usual = hour < 6 || isFlat ? 600 : 750
            found += world.see(.heartRate, .number(scaled: Int64(usual + (isFlat ? 0 : (quarter * 7 % 5 - 2) * 10))), Double(quarter * 900), device: "imei:1")
        }
        #expect(found == [])
        return world
    }

    /// The world begins at 16:00: 3:00 at night after 15 days.
    private static let night = 15 * 86_400.0 + 11 * 3_600, day = 15 * 86_400.0 + 3_600

    @Test("below, at and above the least difference, twice in a row", arguments: [(749, false), (750, true), (751, true)] as [(Int64, Bool)])
    func least(value: Int64, isFound: Bool) throws {
        var world = try known(isFlat: true)
        #expect(world.see(.heartRate, .number(scaled: value), Self.night, device: "imei:1") == [])
        try world.restore()
        #expect(world.see(.heartRate, .number(scaled: value), Self.night + 60, device: "imei:1") == (isFound ? ["raised test.pulse low"] : []))
    }

    @Test("what is unusual at night is usual by day; the low side is no matter of this rule")
    func hours() throws {
        var world = try known()
        for second in [0.0, 60, 120] { #expect(world.see(.heartRate, .number(scaled: 780), Self.day + second, device: "imei:1") == []) }
        for second in [0.0, 60, 120] { #expect(world.see(.heartRate, .number(scaled: 400), Self.night + second, device: "imei:1") == []) }
    }

    @Test("before two weeks it only learns; bad quality is neither judged nor learned; the end comes half way back")
    func learning() throws {
        var young = try known(days: 13)
        for second in [0.0, 60] { #expect(young.see(.heartRate, .number(scaled: 1_500), 13 * 86_400 + second, device: "imei:1") == []) }
        var world = try known()
        for bad in [Quality.unworn, .frozen, .late, .outOfOrder, .test, .implausible] {
            for second in [0.0, 1] { #expect(world.see(.heartRate, .number(scaled: 1_500), Self.night + second, quality: bad, device: "imei:1") == []) }
        }
        world.clock.offset = .seconds(30)
        _ = world.see(.heartRate, .number(scaled: 900), Self.night + 10, device: "imei:1")
        #expect(world.see(.heartRate, .number(scaled: 900), Self.night + 70, device: "imei:1") == ["raised test.pulse low"])
        #expect(world.see(.heartRate, .number(scaled: 900), Self.night + 130, device: "imei:1") == [])
        #expect(world.see(.heartRate, .number(scaled: 700), Self.night + 190, device: "imei:1") == [])
        #expect(world.see(.heartRate, .number(scaled: 640), Self.night + 250, device: "imei:1") == ["cleared test.pulse recovered"])
    }
}
