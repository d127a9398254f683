import CareModel
import Detection
import Testing

@Suite("NEWS2")
struct News2Tests {
    /// The chart of the Royal College of Physicians (2017) once more, in another shape than the product's: for each
    /// parameter the first value of every band and its points. Nothing of the product is used here.
    private enum Chart {
        static let respiration = [(0, 3), (9, 1), (12, 0), (21, 2), (25, 3)]
        static let saturation1 = [(0, 3), (92, 2), (94, 1), (96, 0)]
        static let saturation2Air = [(0, 3), (84, 2), (86, 1), (88, 0)]
        static let saturation2Oxygen = [(0, 3), (84, 2), (86, 1), (88, 0), (93, 1), (95, 2), (97, 3)]
        static let systolic = [(0, 3), (91, 2), (101, 1), (111, 0), (220, 3)]
        static let pulse = [(0, 3), (41, 1), (51, 0), (91, 1), (111, 2), (131, 3)]
        static let temperature = [(0, 3), (351, 1), (361, 0), (381, 1), (391, 2)]

        static func points(_ bands: [(Int, Int)], _ value: Int) -> Int { bands.last { $0.0 <= value }?.1 ?? -1 }
    }

    private struct Seeded {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    @Test("every value of every parameter scores as the chart says")
    func bands() {
        for value in 0...80 { #expect(News2Table.respiration(value) == Chart.points(Chart.respiration, value), "respiration \(value)") }
        for value in 50...100 {
            #expect(News2Table.saturation1(value) == Chart.points(Chart.saturation1, value), "scale 1 \(value)")
            #expect(News2Table.saturation2(value, isOnOxygen: false) == Chart.points(Chart.saturation2Air, value), "scale 2 air \(value)")
            #expect(News2Table.saturation2(value, isOnOxygen: true) == Chart.points(Chart.saturation2Oxygen, value), "scale 2 oxygen \(value)")
        }
        for value in 30...320 { #expect(News2Table.systolic(value) == Chart.points(Chart.systolic, value), "systolic \(value)") }
        for value in 10...320 { #expect(News2Table.pulse(value) == Chart.points(Chart.pulse, value), "pulse \(value)") }
        for value in 250...450 { #expect(News2Table.temperature(value) == Chart.points(Chart.temperature, value), "temperature \(value)") }
    }

    @Test("a grid of over a million sets, partial ones too: no difference to the chart")
    func grid() {
        var differences = 0, sets = 0
        let respirations: [Int?] = [nil, 8, 9, 11, 12, 20, 21, 24, 25], pulses: [Int?] = [nil, 40, 41, 50, 51, 90, 91, 110, 111, 130, 131]
        let saturations: [Int?] = [nil, 83, 84, 85, 86, 87, 88, 91, 92, 93, 94, 95, 96, 97], pressures: [Int?] = [nil, 90, 91, 100, 101, 110, 111, 219, 220]
        let temperatures: [Int?] = [nil, 350, 351, 360, 361, 380, 381, 390, 391], flags: [Bool?] = [nil, false, true]
        for scale in [News2Table.Scale.one, .two] {
            for respiration in respirations { for saturation in saturations { for oxygen in flags { for systolic in pressures {
                for pulse in pulses { for alert in flags { for temperature in temperatures {
                    sets += 1
                    let score = News2Table.score(.init(
                        respiration: respiration, saturation: saturation, isOnOxygen: oxygen, systolic: systolic, pulse: pulse, isAlert: alert,
                        temperature: temperature), scale: scale)
                    var expected = 0, missing = 0
                    func add(_ points: Int?) { if let points { expected += points } else { missing += 1 } }
                    add(respiration.map { Chart.points(Chart.respiration, $0) })
                    if scale == .one { add(saturation.map { Chart.points(Chart.saturation1, $0) }) }
                    else if let saturation, saturation >= 93, oxygen == nil { missing += 1 }
                    else { add(saturation.map { Chart.points(oxygen == true ? Chart.saturation2Oxygen : Chart.saturation2Air, $0) }) }
                    add(oxygen.map { $0 ? 2 : 0 })
                    add(systolic.map { Chart.points(Chart.systolic, $0) })
                    add(pulse.map { Chart.points(Chart.pulse, $0) })
                    add(alert.map { $0 ? 0 : 3 })
                    add(temperature.map { Chart.points(Chart.temperature, $0) })
                    if score.total != expected || score.missing.count != missing { differences += 1 }
                } } }
            } } } }
        }
        #expect(sets > 1_000_000)
        #expect(differences == 0, "of \(sets)")
    }

    private static func news(_ own: String = "") -> String {
        rule("news2", "form: news2\n    kinds: [vital.respiratory_rate, vital.spo2, vital.oxygen_therapy, vital.bp.systolic, vital.heart_rate, vital.consciousness, vital.body_temperature]\n    single_priority: medium\n    urgent_priority: high\n    fresh_minutes: 60\n    fresh_minutes_by_kind: {vital.heart_rate: 10}\n    \(own)", priority: "medium")
    }

    /// Sets through the whole core: each resident-hour one complete set, in random order, and what was found of it.
    @Test("the core tells a complete set as the chart says", arguments: [1, 2])
    func core(scale: Int) throws {
        var random = Seeded(state: UInt64(scale)), world = try World(ward: Self.news("scale: \(scale)"))
        for round in 0..<400 {
            let second = Double(round) * 7_200 * 2
            // All well first, so that whatever was open ends.
            Self.see(&world, second, 16, 97, false, 120, 70, true, 370)
            if scale == 2 { Self.see(&world, second, 16, 90, false, 120, 70, true, 370) }
            let r = 6 + random.next(24), s = 80 + random.next(21), o = random.next(2) == 1, b = 80 + random.next(150), p = 35 + random.next(110)
            let a = random.next(4) > 0, t = 345 + random.next(55)
            let before = world.findings.count
            Self.see(&world, second + 7_200, r, s, o, b, p, a, t)
            let parts = [
                Chart.points(Chart.respiration, r),
                Chart.points(scale == 1 ? Chart.saturation1 : o ? Chart.saturation2Oxygen : Chart.saturation2Air, s), o ? 2 : 0,
                Chart.points(Chart.systolic, b), Chart.points(Chart.pulse, p), a ? 0 : 3, Chart.points(Chart.temperature, t),
            ]
            let total = parts.reduce(0, +), raised = world.findings[before...].map(\.priority).max()
            let expected: Priority? = total >= 5 ? .high : parts.contains(3) ? .medium : nil
            #expect(raised == expected, "round \(round): \(parts)")
            if round % 50 == 0 { try world.restore() }
        }
    }

    private static func see(_ world: inout World, _ second: Double, _ r: Int, _ s: Int, _ o: Bool, _ b: Int, _ p: Int, _ a: Bool, _ t: Int) {
        world.see(.oxygenTherapy, .flag(o), second, device: "imei:1")
        world.see(.respiratoryRate, .number(scaled: Int64(r * 100)), second + 1, device: "imei:1")
        world.see(.spo2, .number(scaled: Int64(s * 10)), second + 2, device: "imei:1")
        world.see(.bpSystolic, .number(scaled: Int64(b * 10)), second + 3, device: "imei:1")
        world.see(.heartRate, .number(scaled: Int64(p * 10)), second + 4, device: "imei:1")
        world.see(.consciousness, .code(a ? "alert" : "confusion"), second + 5, device: "imei:1")
        world.see(.bodyTemperature, .number(scaled: Int64(t * 10)), second + 6, device: "imei:1")
    }

    @Test("a partial score says so and names what is missing; what is unknown is never 0")
    func partial() throws {
        var world = try World(ward: Self.news().replacing("Call[ to {room}]", with: "Score {score}: {parts}. Missing: {missing}"))
        #expect(world.see(.respiratoryRate, .number(scaled: 2_500), 0, device: "imei:1") == ["raised test.news2 medium"])
        #expect(world.findings.last?.text.en == "Score 3: respiration 25. Missing: SpO2, air or oxygen, systolic pressure, pulse, consciousness, temperature")
        #expect(world.see(.bpSystolic, .number(scaled: 1_000), 1, device: "imei:1") == ["updated test.news2 high"], "3 + 2 reach 5, whatever the rest is")
        #expect(world.see(.respiratoryRate, .number(scaled: 1_600), 2, device: "imei:1") == ["cleared test.news2 recovered"], "2 is not above the clear score")
    }

    @Test("below, at and above 5 and 7; a single 3", arguments: [
        // respiration, saturation, systolic, pulse → the points are 2 + 2 + 1 + …
        ([2_100, 920, 1_200, 700], nil), ([2_100, 920, 1_100, 700], "high"), ([2_100, 920, 1_000, 700], "high"), ([2_100, 920, 1_000, 950], "high"),
        ([800, 970, 1_200, 700], "medium"), ([1_600, 970, 1_200, 1_310], "medium"),
    ] as [([Int64], String?)])
    func levels(values: [Int64], priority: String?) throws {
        var world = try World(ward: Self.news())
        for (i, kind) in [Kind.respiratoryRate, .spo2, .bpSystolic, .heartRate].enumerated() {
            world.see(kind, .number(scaled: values[i]), Double(i), device: "imei:1")
        }
        #expect(world.findings.map(\.priority).max()?.name == priority)
    }

    @Test("just before, at and after its time a value grows too old; what only grew old ends nothing", arguments: [(599, true), (600, true), (601, false)])
    func fresh(second: Double, isKnown: Bool) throws {
        var world = try World(ward: Self.news())
        world.see(.heartRate, .number(scaled: 1_100), 0, device: "imei:1")
        try world.restore()
        world.clock.offset = .seconds(-7_200)
        // 1 (pulse, if fresh) + 2 (respiration) + 2 (pressure).
        world.see(.respiratoryRate, .number(scaled: 2_100), second - 1, device: "imei:1")
        #expect(world.see(.bpSystolic, .number(scaled: 1_000), second, device: "imei:1") == (isKnown ? ["raised test.news2 high"] : []))
        #expect(world.see(.respiratoryRate, .number(scaled: 1_600), second + 700, device: "imei:1") == [], "the pulse that scored is unknown now")
    }

    @Test("rounding comes before banding", arguments: [(3_504, true), (3_505, false), (3_500, true), (3_510, false)] as [(Int64, Bool)])
    func rounding(temperature: Int64, isThree: Bool) throws {
        var world = try World(ward: Self.news())
        #expect(world.see(.bodyTemperature, .number(scaled: temperature), 0, device: "imei:1") == (isThree ? ["raised test.news2 medium"] : []))
    }

    @Test("no bad quality is scored, and a couple's shared sensor says nothing about one of them")
    func quality() throws {
        var world = try World(ward: Self.news())
        for bad in [Quality.unworn, .frozen, .implausible, .sentinel, .late, .outOfOrder, .test] {
            #expect(world.see(.respiratoryRate, .number(scaled: 3_000), 0, quality: bad, device: "imei:1") == [])
        }
        #expect(world.see(.consciousness, .code("voice"), 1, device: "imei:1") == ["raised test.news2 medium"])
    }

    @Test("scale 2 with oxygen unknown leaves 93 % and more unscored; a clinician may say that it is air")
    func scaleTwo() throws {
        var world = try World(ward: Self.news("scale: 2"))
        #expect(world.see(.spo2, .number(scaled: 970), 0, device: "imei:1") == [])
        #expect(world.see(.oxygenTherapy, .flag(true), 1, device: "imei:1") == ["raised test.news2 high"], "97 % on oxygen is 3, oxygen 2")
        var air = try World(ward: Self.news("scale: 2\n    oxygen: air"))
        #expect(air.see(.spo2, .number(scaled: 970), 0, device: "imei:1") == [])
    }
}
