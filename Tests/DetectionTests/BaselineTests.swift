import CareModel
@testable import Detection
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

    private static func records(_ own: String = "record: 1.1\n    rest_days: 1") -> String {
        rule("pulse", "form: baseline\n    kind: vital.heart_rate\n    least: 5\n    in_a_row: 1\n    learn_days: 2.5\n    \(own)", priority: "low")
    }

    /// Three days of 60 ± 10, each quarter hour: the span is 20.
    private func seen(_ own: String = "record: 1.1\n    rest_days: 1") throws -> World {
        var world = try World(ward: Self.records(own))
        for quarter in 0..<288 { #expect(world.see(.heartRate, .number(scaled: Int64(500 + quarter % 5 * 50)), Double(quarter * 900)) == []) }
        return world
    }

    @Test("below, at and above the record: a tenth of the span beyond the highest or the lowest", arguments: [
        (718, false), (720, true), (721, true), (482, false), (480, true), (479, true),
    ] as [(Int64, Bool)])
    func record(value: Int64, isFound: Bool) throws {
        var world = try seen()
        try world.restore()
        #expect(world.see(.heartRate, .number(scaled: value), 288 * 900) == (isFound ? ["raised test.pulse low"] : []))
    }

    @Test("what was told is a record: the same value ends it, and after the rest only more than that speaks")
    func recordOnce() throws {
        var world = try seen()
        #expect(world.see(.heartRate, .number(scaled: 800), 288 * 900) == ["raised test.pulse low"])
        try world.restore()
        #expect(world.see(.heartRate, .number(scaled: 600), 289 * 900) == ["cleared test.pulse recovered"])
        #expect(world.see(.heartRate, .number(scaled: 1_000), 290 * 900) == [], "it rests for a day")
        for quarter in 291..<351 { #expect(world.see(.heartRate, .number(scaled: 600), Double(quarter * 900)) == []) }
        #expect(world.see(.heartRate, .number(scaled: 1_010), 288 * 900 + 86_401) == [], "1,000 was noted while it rested")
        #expect(world.see(.heartRate, .number(scaled: 1_300), 288 * 900 + 86_402) == ["raised test.pulse low"])
    }

    @Test("a drift beyond every drift before speaks though no value is extreme; one wild value is no drift")
    func recordDrift() throws {
        var world = try seen()
        var found: [String] = []
        for quarter in 288..<312 { found += world.see(.heartRate, .number(scaled: 690), Double(quarter * 900)) }
        #expect(found.first == "raised test.pulse low")
    }

    @Test("records before the time of learning, and bad quality, say nothing; the rest goes with records only")
    func recordLearning() throws {
        var world = try World(ward: Self.records())
        for quarter in 0..<200 { #expect(world.see(.heartRate, .number(scaled: Int64(500 + quarter * 5)), Double(quarter * 900)) == []) }
        var known = try seen()
        for bad in [Quality.unworn, .frozen, .late, .sentinel] { #expect(known.see(.heartRate, .number(scaled: 2_000), 288 * 900, quality: bad) == []) }
        #expect(known.see(.heartRate, .number(scaled: 800), 288 * 900 + 1) == ["raised test.pulse low"])
        for wrong in ["record: 1", "record: 10.1", "rest_days: 1", "record: 1.1\n    rest_days: 61"] {
            #expect(throws: Problem.self) { try World(ward: Self.records(wrong)) }
        }
    }

    @Test("what was learned over months outlives an upgrade: bytes of a build without records, and a whole checkpoint of version 3")
    func migration() throws {
        var memory = Baseline.Memory(), whole = ByteWriter(), records = ByteWriter()
        (memory.centre, memory.count, memory.firstAt, memory.lastAt, memory.row) = (11_200, 900, 5, 6, 1)
        for hour in 0..<Baseline.hours { (memory.centres[hour], memory.strays[hour], memory.counts[hour]) = (Int32(9_600 + hour), 32, 60) }
        Baseline.write(memory, to: &whole)
        memory.records.write(to: &records)
        var old = ByteReader(Array(whole.bytes.dropLast(records.bytes.count)))
        let read = try Baseline.read(from: &old)
        #expect(old.isAtEnd && read.centre == 11_200 && read.count == 900 && read.row == 1)
        #expect((0..<Baseline.hours).allSatisfy { read.centres[$0] == Int32(9_600 + $0) && read.strays[$0] == 32 && read.counts[$0] == 60 })
        #expect(read.records.highest == .min && read.records.furthest == 0, "records begin anew")

        // Version 3 ended before the two lists of the modes.
        var world = try known(), bytes = ByteWriter()
        world.detection.write(to: &bytes)
        var reader = ByteReader(Array(bytes.bytes.dropLast(2)))
        world.detection = try Detection(from: &reader, version: 3)
        #expect(reader.isAtEnd)
        #expect(Detection.stateVersionsRead == 3...Detection.stateVersion)
        var findings: [Finding] = []
        world.detection.reconfigure(to: world.book, at: World.at(15 * 86_400), clock: world.clock, into: &findings)
        _ = world.see(.heartRate, .number(scaled: 900), Self.night, device: "imei:1")
        #expect(world.see(.heartRate, .number(scaled: 900), Self.night + 60, device: "imei:1") == ["raised test.pulse low"])
    }
}
