import CareModel
import Detection
import Testing

@Suite("Limit")
struct LimitTests {
    private static let spo2 = rule("spo2-low", """
    form: limit
        kind: vital.spo2
        low: 91
        clear: 94
        round_to: 1
        persistence_s: 30
        steps: [{at: 85, priority: high}, {at: 83, priority: high, persistence_s: 0}]
    """, priority: "medium")
    private static let systolic = rule("systolic-high", """
    form: limit
        kind: vital.bp.systolic
        high: 180
        clear: 170
        persistence_s: 30
    """)

    @Test("below, at and above the limit, after rounding to the instrument's resolution", arguments: [
        (900, true), (910, true), (914, true), (915, false), (920, false), (1_000, false),
    ] as [(Int64, Bool)])
    func low(value: Int64, isFound: Bool) throws {
        var world = try World(Self.spo2)
        world.see(.spo2, .number(scaled: value), 0)
        #expect(world.see(.spo2, .number(scaled: value), 30) == (isFound ? ["raised test.spo2-low medium"] : []))
    }

    @Test("just below, at and above a high limit; a spot value needs no second reading", arguments: [
        (1_799, false), (1_800, true), (1_801, true),
    ] as [(Int64, Bool)])
    func high(value: Int64, isFound: Bool) throws {
        var world = try World(Self.systolic)
        #expect(world.see(.bpSystolic, .number(scaled: value), 0) == (isFound ? ["raised test.systolic-high high"] : []))
    }

    @Test("just before, at and after the persistence", arguments: [(29.9, false), (30, true), (31, true)])
    func persistence(second: Double, isFound: Bool) throws {
        var world = try World(Self.spo2)
        #expect(world.see(.spo2, .number(scaled: 900), 0) == [])
        try world.restore()
        #expect(world.see(.spo2, .number(scaled: 900), second) == (isFound ? ["raised test.spo2-low medium"] : []))
    }

    @Test("one good reading in between, or a gap, starts the persistence anew")
    func broken() throws {
        var world = try World(Self.spo2)
        world.see(.spo2, .number(scaled: 900), 0)
        world.see(.spo2, .number(scaled: 970), 15)
        #expect(world.see(.spo2, .number(scaled: 900), 30) == [])
        #expect(world.see(.spo2, .number(scaled: 900), 60) == ["raised test.spo2-low medium"])
        var gap = try World(Self.spo2)
        gap.see(.spo2, .number(scaled: 900), 0)
        #expect(gap.see(.spo2, .number(scaled: 900), 45.1) == [], "three intervals are 45 s")
        #expect(gap.see(.spo2, .number(scaled: 900), 75.1) == ["raised test.spo2-low medium"])
    }

    @Test("steps raise the priority, the worst at once, and recovery needs the clear level")
    func steps() throws {
        var world = try World(Self.spo2)
        world.see(.spo2, .number(scaled: 900), 0)
        #expect(world.see(.spo2, .number(scaled: 900), 30) == ["raised test.spo2-low medium"])
        #expect(world.see(.spo2, .number(scaled: 850), 45) == [])
        #expect(world.see(.spo2, .number(scaled: 850), 75) == ["updated test.spo2-low high"])
        #expect(world.see(.spo2, .number(scaled: 820), 90) == [], "high is high already")
        #expect(world.see(.spo2, .number(scaled: 930), 105) == [])
        try world.restore()
        #expect(world.see(.spo2, .number(scaled: 940), 120) == ["cleared test.spo2-low recovered"])
        #expect(world.see(.spo2, .number(scaled: 830), 135) == ["raised test.spo2-low high"])
        #expect(world.findings.last?.evidence.first?.limit == 830)
    }

    @Test("no quality that says \"no measurement\" is judged", arguments: [
        Quality.unworn, .frozen, .implausible, .sentinel, .ageUnknown, .late, .outOfOrder, .test, .unitDoubtful, .jump,
    ])
    func quality(quality: Quality) throws {
        var world = try World(Self.spo2)
        #expect(world.see(.spo2, .number(scaled: 800), 0, quality: quality) == [])
        #expect(world.see(.spo2, .number(scaled: 800), 1, quality: .clockFault) == ["raised test.spo2-low high"])
    }

    @Test("a step of the wall clock changes no duration")
    func clockStep() throws {
        var world = try World(Self.spo2)
        world.see(.spo2, .number(scaled: 900), 0)
        world.clock.offset = .seconds(-86_400)
        #expect(world.see(.spo2, .number(scaled: 900), 29) == [])
        #expect(world.see(.spo2, .number(scaled: 900), 30) == ["raised test.spo2-low medium"])
    }

    @Test("a resident's own limit holds for that resident's device")
    func override() throws {
        let own = LimitOverride(rule: "spo2-low", parameters: try node("{rule: spo2-low, low: 84, clear: 86, persistence_s: 0}"))
        var world = try World(Self.spo2, household: World.oneHome(limits: [own]))
        #expect(world.see(.spo2, .number(scaled: 850), 0) == [], "the rule's step at 85 holds from the own limit on")
        #expect(world.see(.spo2, .number(scaled: 840), 1) == ["raised test.spo2-low high"])
        let off = LimitOverride(rule: "spo2-low", parameters: try node("{enabled: false, reason: palliative}"))
        var silent = try World(Self.spo2, household: World.oneHome(limits: [off]))
        #expect(silent.see(.spo2, .number(scaled: 600), 0) == [])
        #expect(silent.book.worstCases().first { $0.rule == "spo2-low" }?.off == .switchedOff)
    }

    @Test("a rule or a resident's limit says whether its comings and goings may become one lasting incident")
    func mayFlap() throws {
        func found(_ own: String, _ limit: String? = nil) throws -> [Bool] {
            let limits = try limit.map { [LimitOverride(rule: "spo2-low", parameters: try node($0))] } ?? []
            var world = try World(rule("spo2-low", "{form: limit, kind: vital.spo2, low: 91, clear: 94\(own)}".block), household: World.oneHome(limits: limits))
            world.see(.spo2, .number(scaled: 900), 0)
            world.see(.spo2, .number(scaled: 950), 1)
            return world.findings.map(\.mayFlap)
        }
        #expect(try found("") == [true, true])
        #expect(try found(", flapping: false") == [false, false])
        #expect(try found(", flapping: false", "{flapping: true}") == [true, true])
        #expect(try found("", "{flapping: false, reason: each one counts}") == [false, false])
    }

    @Test("residents with the same numbers share them")
    func sharedNumbers() throws {
        func household(_ limits: [String]) throws -> Household {
            let homes = limits.indices.map { Home(id: HomeID("h\($0)"), zone: .utc) }
            let residents = try limits.enumerated().map { index, text in
                Resident(id: ResidentID("r\(index)"), home: index, limits: [LimitOverride(rule: "spo2-low", parameters: try node(text))])
            }
            let bindings = limits.indices.map { DeviceBinding(device: DeviceID("imei:\($0)"), profile: "watch", home: $0, residents: [$0]) }
            return Household(homes: homes, residents: residents, bindings: bindings)
        }
        func variants(_ limits: [String]) throws -> Int { try World(Self.spo2, household: household(limits)).book.variantCount }
        let one = try variants(["{low: 88, clear: 90}"])
        #expect(try variants(["{low: 88, clear: 90}", "{low: 88, clear: 90, accepted: known}"]) == one)
        #expect(try variants(["{low: 88, clear: 90}", "{low: 87, clear: 90}"]) == one + 1)
    }

    private static let note = rule("systolic-note", """
    form: limit
        kind: vital.bp.systolic
        high: 160
        clear: 159
        accept_late_s: 43200
    """, priority: "low").replacing("Call[ to {room}]", with: "Ask by day[, measured {ago} minutes ago]")

    /// A value measured so many seconds before it arrived.
    private static func late(_ world: inout World, _ value: Int64, _ second: Double, age: Double, quality: Quality = .late) -> [String] {
        var reading = world.reading(.bpSystolic, .number(scaled: value), second, quality: quality)
        reading.observedAt = world.clock.wall(World.at(second - age))
        return world.apply(.reading(reading), World.at(second))
    }

    @Test("a note takes late values up to its age, and says it", arguments: [(43_199, true), (43_200, true), (43_201, false)] as [(Double, Bool)])
    func lateAge(age: Double, isFound: Bool) throws {
        var world = try World(Self.note)
        #expect(Self.late(&world, 1_700, 100_000, age: age) == (isFound ? ["raised test.systolic-note low"] : []))
        if isFound { #expect(world.findings.last?.text.en == "Ask by day, measured \(Int(age) / 60) minutes ago") }
        var sentinel = try World(Self.note)
        #expect(Self.late(&sentinel, 1_700, 100_000, age: 60, quality: [.late, .sentinel]) == [], "nothing else may be wrong with it")
        var live = try World(Self.note)
        #expect(live.see(.bpSystolic, .number(scaled: 1_700), 5) == ["raised test.systolic-note low"])
        #expect(live.findings.last?.text.en == "Ask by day", "what was measured just now has no age")
    }

    @Test("late values count in the order in which they were measured, each once, after a restart too")
    func lateOrder() throws {
        var world = try World(Self.note)
        // A clock two hours behind: bad, good, bad.
        #expect(Self.late(&world, 1_700, 10_000, age: 7_200) == ["raised test.systolic-note low"])
        try world.restore()
        #expect(Self.late(&world, 1_500, 10_600, age: 7_200) == ["cleared test.systolic-note recovered"])
        #expect(Self.late(&world, 1_700, 10_601, age: 7_801) == [], "it was measured before the good one")
        #expect(Self.late(&world, 1_700, 10_602, age: 7_202) == [], "it is the good one's moment")
        #expect(Self.late(&world, 1_700, 10_603, age: 7_100) == ["raised test.systolic-note low"])
    }

    @Test("only a note without steps accepts late values")
    func latePriority() throws {
        let urgent = rule("x", "form: limit\n    kind: vital.bp.systolic\n    high: 160\n    clear: 159\n    accept_late_s: 60", priority: "medium")
        #expect(throws: Problem.self) { try World(urgent) }
        let stepped = rule("x", "form: limit\n    kind: vital.bp.systolic\n    high: 160\n    clear: 159\n    accept_late_s: 60\n    steps: [{at: 180, priority: high}]", priority: "low")
        #expect(throws: Problem.self) { try World(stepped) }
        // A clinician who raises the note for one resident gets one that is live, and so takes nothing late.
        let own = LimitOverride(rule: "systolic-note", parameters: try node("{rule: systolic-note, priority: high}"))
        var world = try World(Self.note, household: World.oneHome(limits: [own]))
        #expect(Self.late(&world, 1_700, 10_000, age: 7_200) == [])
        #expect(world.see(.bpSystolic, .number(scaled: 1_700), 10_001) == ["raised test.systolic-note high"])
    }
}
