import CareModel
import Detection
import Testing

@Suite("Doses and places")
struct CourseTests {
    private static let monoxide = rule("co", """
    form: dose_course
        kind: env.co
        never: 30
        points: [{level: 50, seconds: 4500}, {level: 100, seconds: 1500}, {level: 300, seconds: 60}]
        recovery_s: 14400
        hold_s: 600
    """, category: "safety")

    /// EN 50291: the level, and the earliest and latest second at which it alarms.
    @Test("a constant level alarms inside its band of EN 50291, with readings each 10 s, minute or 5 minutes", arguments: [
        (50, 3_600, 5_400), (100, 600, 2_400), (300, 0, 180), (350, 0, 180),
    ] as [(Int64, Double, Double)], [10, 60, 300] as [Double])
    func bands(course: (Int64, Double, Double), interval: Double) throws {
        var world = try World(ward: Self.monoxide), foundAt: Double?
        var second = 0.0
        while second <= 7_200, foundAt == nil {
            if second.truncatingRemainder(dividingBy: interval) == 0 {
                if !world.see(.coLevel, .number(scaled: course.0 * 10), second, device: "ieee:2").isEmpty { foundAt = second }
            } else if !world.wait(second).isEmpty { foundAt = second }
            if second == 300 { try world.restore(); world.clock.offset = .seconds(-5_000) }
            second += 1
        }
        let at = try #require(foundAt)
        #expect(at >= course.1 && at <= course.2, "\(course.0) ppm at \(at) s")
    }

    @Test("30 ppm never alarms, 31 not before two hours")
    func low() throws {
        for level: Int64 in [300, 310] {
            var world = try World(ward: Self.monoxide), found: [String] = []
            for minute in 0...(level == 300 ? 2_000 : 119) { found += world.see(.coLevel, .number(scaled: level), Double(minute * 60), device: "ieee:2") }
            #expect(found == [])
        }
    }

    @Test("a dose adds up over several rises, shrinks in clean air, and a silent sensor can't fill it up")
    func adding() throws {
        var world = try World(ward: Self.monoxide), found: [String] = []
        for minute in 0..<20 { found += world.see(.coLevel, .number(scaled: 1_000), Double(minute * 60), device: "ieee:2") }
        for minute in 20..<30 { found += world.see(.coLevel, .number(scaled: 0), Double(minute * 60), device: "ieee:2") }
        #expect(found == [])
        for minute in 30..<38 { found += world.see(.coLevel, .number(scaled: 1_000), Double(minute * 60), device: "ieee:2") }
        #expect(found == ["raised test.co high"], "20 + 7 minutes less 10 minutes of clean air are more than 25")
        #expect(world.see(.coLevel, .number(scaled: 290), 2_400, device: "ieee:2") == ["cleared test.co recovered"])
        var silent = try World(ward: Self.monoxide)
        silent.see(.coLevel, .number(scaled: 1_000), 0, device: "ieee:2")
        #expect(silent.wait(7_200) == [], "one value holds for ten minutes only")
        var bad = try World(ward: Self.monoxide)
        bad.see(.coLevel, .number(scaled: 9_000), 0, quality: .sentinel, device: "ieee:2")
        #expect(bad.wait(600) == [])
        bad.see(.coLevel, .number(scaled: 3_000), 700, quality: .frozen, device: "ieee:2")
        #expect(bad.wait(760) == ["raised test.co high"], "a steady concentration is believed")
    }

    /// 36.0° N: a degree of longitude is 0.809 of one of latitude there. 0.001° of latitude are 111.13 m.
    private static let area = rule("area", """
    form: safe_area
        areas: [{latitude: 36.0, longitude: 120.0, radius_m: 500}]
        fixes: 2
        margin_m: 50
    """, category: "safety")

    private func fix(_ world: inout World, _ north: Int64, _ second: Double, accuracy: Int64 = 100, east: Int64 = 0) -> [String] {
        // Metres as 10^-7 degrees, well enough for a test.
        let latitude = 360_000_000 + north * 90, longitude = 1_200_000_000 + east * 111
        return world.see(.latitude, .number(scaled: latitude), second, device: "imei:4")
            + world.see(.longitude, .number(scaled: longitude), second, device: "imei:4")
            + world.see(.locationAccuracy, .number(scaled: accuracy), second, device: "imei:4") + world.wait(second + 0.5)
    }

    @Test("inside, on the border and outside, by north and by east", arguments: [(490, false), (509, false), (515, true), (900, true)] as [(Int64, Bool)])
    func border(metres: Int64, isFound: Bool) throws {
        for isEast in [false, true] {
            var world = try World(ward: Self.area)
            #expect(fix(&world, isEast ? 0 : metres, 0, accuracy: 100, east: isEast ? metres : 0) == [], "one position proves nothing")
            try world.restore()
            world.clock.offset = .seconds(4_000)
            #expect(fix(&world, isEast ? 0 : metres, 600, accuracy: 100, east: isEast ? metres : 0) == (isFound ? ["raised test.area high"] : []), "east: \(isEast)")
        }
    }

    @Test("a coarse position proves nothing, the way back needs the margin, a bad one is passed over")
    func coarse() throws {
        var world = try World(ward: Self.area)
        _ = fix(&world, 900, 0, accuracy: 5_000)
        #expect(fix(&world, 900, 600, accuracy: 5_000) == [], "the circle of 500 m reaches inside")
        #expect(fix(&world, 900, 1_200) == [])
        #expect(world.see(.latitude, .number(scaled: 360_000_000), 1_300, quality: .late, device: "imei:4") == [])
        #expect(fix(&world, 950, 1_800) == ["raised test.area high"])
        #expect(fix(&world, 480, 2_400) == [], "inside, but within the margin")
        #expect(fix(&world, 440, 3_000) == ["cleared test.area returned"])
        let off = try World(ward: rule("area", "form: safe_area", category: "safety"))
        #expect(off.book.worstCases().first { $0.rule == "area" }?.off == .notConfigured)
    }

    @Test("leaving counts at night only where the schedule says so")
    func night() throws {
        var world = try World(ward: rule("night", """
        form: safe_area
            areas: [{latitude: 36.0, longitude: 120.0, radius_m: 100}]
            fixes: 1
            schedule: {from: "22:00", to: "06:00"}
        """, category: "safety"))
        #expect(fix(&world, 300, World.clock(21, 59)) == [])
        #expect(fix(&world, 300, World.clock(22, 0)) == ["raised test.night high"])
    }

    @Test("to and fro without a goal is wandering; a walk to the shop is none")
    func wandering() throws {
        let rule = rule("wander", "form: safe_area\n    wandering: {within_s: 3600, path_m: 800, net_m: 100}", category: "safety")
        var world = try World(ward: rule), found: [String] = []
        for i in 0..<12 { found += fix(&world, i % 2 == 0 ? 0 : 100, Double(i * 120)) }
        #expect(found == ["raised test.wander high"])
        var walk = try World(ward: rule), none: [String] = []
        for i in 0..<12 { none += fix(&walk, Int64(i * 100), Double(i * 120)) }
        #expect(none == [])
    }
}
