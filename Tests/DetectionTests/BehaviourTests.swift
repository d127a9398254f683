import CareModel
import Detection
import Testing

@Suite("Behaviour forms")
struct BehaviourTests {
    private static let bathroom = rule("bathroom", """
    form: dwell
        kind: behaviour.presence
        rooms: [bathroom]
        longer_than_s: 1800
        steps: [{after_s: 3600, priority: high}]
    """, priority: "medium", category: "behaviour")

    @Test("just before, at and after half an hour in the bathroom; then the next step; then the end")
    func dwell() throws {
        var world = try World(ward: Self.bathroom)
        #expect(world.see(.presence, .flag(true), 0, device: "ieee:2") == [])
        #expect(world.wait(1_799) == [])
        try world.restore()
        world.clock.offset = .seconds(7_200)
        #expect(world.wait(1_800) == ["raised test.bathroom medium"])
        #expect(world.see(.presence, .flag(true), 1_900, device: "ieee:2") == [], "a repeated state is no new one")
        #expect(world.wait(3_600) == ["updated test.bathroom high"])
        #expect(world.see(.presence, .flag(false), 3_700, device: "ieee:2") == ["cleared test.bathroom returned"])
        #expect(world.see(.presence, .flag(true), 4_000, device: "ieee:3") == [])
        #expect(world.wait(90_000) == [], "the hall is another room")
    }

    @Test("leaving starts the time anew; late and retained states say nothing; blind time does not count")
    func dwellGaps() throws {
        var world = try World(ward: Self.bathroom)
        world.see(.presence, .flag(true), 0, device: "ieee:2")
        world.see(.presence, .flag(false), 1_700, device: "ieee:2")
        world.see(.presence, .flag(true), 1_710, device: "ieee:2")
        world.see(.presence, .flag(false), 1_720, quality: .late, device: "ieee:2")
        #expect(world.wait(3_509) == [])
        #expect(world.wait(3_510) == ["raised test.bathroom medium"])
        var blind = try World(ward: Self.bathroom)
        blind.see(.presence, .flag(true), 0, device: "ieee:2")
        _ = blind.link(.lost, 600)
        _ = blind.link(.resumed(isSessionPresent: true), 1_600)
        _ = blind.link(.drained, 1_600)
        #expect(blind.wait(2_799) == [])
        #expect(blind.wait(2_800) == ["raised test.bathroom medium"])
    }

    private static let bed = rule("out-of-bed", """
    form: dwell
        kind: behaviour.bed_occupancy
        state: false
        longer_than_s: 1200
        alone: true
        schedule: {from: "23:00", to: "06:00"}
    """, category: "behaviour")

    @Test("with a schedule only time inside it counts", arguments: [
        (World.clock(22, 0), World.clock(23, 20)), (World.clock(23, 30), World.clock(23, 50)), (World.clock(5, 39, day: 1), World.clock(5, 59, day: 1)),
    ])
    func schedule(left: Double, due: Double) throws {
        var world = try World(ward: Self.bed)
        world.see(.bedOccupancy, .flag(true), 0, device: "ieee:3")
        world.see(.bedOccupancy, .flag(false), left, device: "ieee:3")
        #expect(world.wait(due - 1) == [])
        try world.restore()
        #expect(world.wait(due) == ["raised test.out-of-bed high"])
    }

    @Test("near the end of the schedule it comes to nothing, and two people at home switch it off, visibly")
    func scheduleEnds() throws {
        var world = try World(ward: Self.bed)
        world.see(.bedOccupancy, .flag(true), 0, device: "ieee:3")
        world.see(.bedOccupancy, .flag(false), World.clock(5, 41, day: 1), device: "ieee:3")
        #expect(world.wait(World.clock(22, 59, day: 1)) == [])
        #expect(world.wait(World.clock(23, 20, day: 1)) == ["raised test.out-of-bed high"])
        let two = try World(ward: Self.bed, occupants: 2)
        #expect(two.book.worstCases().first { $0.rule == "out-of-bed" }?.off == .severalOccupants)
    }

    private static let fallen = rule("no-movement", """
    form: sequence
        kinds: [safety.fall, behaviour.motion, behaviour.opening]
        first: {kinds: [safety.fall], words: [suspected, confirmed]}
        then: {kinds: [behaviour.motion, behaviour.opening]}
        expect: absent
        within_s: 300
        grace_s: 20
    """, category: "safety")

    @Test("just before, at and after five minutes without movement after a fall")
    func sequence() throws {
        var world = try World(ward: Self.fallen)
        #expect(world.see(.fall, .code("suspected"), 0, meaning: .episode, device: "imei:1") == [])
        #expect(world.see(.motion, .flag(true), 19, device: "ieee:2") == [], "the fall itself made the sensor report")
        try world.restore()
        world.clock.offset = .seconds(-3_600)
        #expect(world.wait(299) == [])
        #expect(world.wait(300) == ["raised test.no-movement high"])
        #expect(world.see(.motion, .flag(true), 400, device: "ieee:2") == [], "the level was true already")
        #expect(world.see(.motion, .flag(false), 410, device: "ieee:2") == [], "the end of a motion is no motion")
        #expect(world.see(.motion, .flag(true), 420, device: "ieee:2") == ["cleared test.no-movement returned"])
    }

    @Test("movement in time, a withdrawn fall, and bad quality")
    func sequenceQuiet() throws {
        var world = try World(ward: Self.fallen)
        world.see(.fall, .code("suspected"), 0, meaning: .episode, device: "imei:1")
        world.see(.motion, .flag(true), 299, device: "ieee:2")
        #expect(world.wait(1_000) == [])
        world.see(.fall, .code("cleared"), 1_100, meaning: .episode, device: "imei:1")
        #expect(world.wait(2_000) == [], "a withdrawal arms nothing")
        world.see(.fall, .code("suspected"), 2_100, meaning: .episode, quality: .test, device: "imei:1")
        #expect(world.wait(3_000) == [])
        world.see(.fall, .code("suspected"), 3_100, meaning: .episode, device: "imei:1")
        world.see(.motion, .flag(false), 3_150, quality: .outOfOrder, device: "ieee:2")
        #expect(world.wait(3_400) == ["raised test.no-movement high"], "an old state that arrives late is no movement")
    }

    @Test("what follows instead of what is missing", arguments: [(119, true), (120, true), (121, false)] as [(Double, Bool)])
    func present(second: Double, isFound: Bool) throws {
        let door = rule("door", """
        form: sequence
            kinds: [behaviour.bed_occupancy, behaviour.opening]
            first: {kinds: [behaviour.bed_occupancy], state: false}
            then: {kinds: [behaviour.opening], rooms: [hall]}
            expect: present
            within_s: 120
            schedule: {from: "22:00", to: "06:00"}
        """, category: "behaviour")
        var world = try World(ward: door)
        let night = World.clock(23)
        world.see(.bedOccupancy, .flag(true), 10, device: "ieee:3")
        world.see(.bedOccupancy, .flag(false), night, device: "ieee:3")
        try world.restore()
        world.see(.opening, .flag(true), night + 5, device: "ieee:2")
        #expect(world.see(.opening, .flag(true), night + second, device: "ieee:3") == (isFound ? ["raised test.door high"] : []))
        world.see(.bedOccupancy, .flag(true), night + 7_200, device: "ieee:3")
        world.see(.opening, .flag(false), night + 7_300, device: "ieee:3")
        let noon = World.clock(12, day: 1)
        world.see(.bedOccupancy, .flag(false), noon, device: "ieee:3")
        #expect(world.see(.opening, .flag(true), noon + 10, device: "ieee:3") == [], "not by day")
    }

    @Test("a sequence with an absence is off where two live or a pet walks", arguments: [(2, false, OffReason.severalOccupants), (1, true, .pets)])
    func alone(occupants: Int, pets: Bool, reason: OffReason) throws {
        let world = try World(ward: Self.fallen, occupants: occupants, pets: pets)
        #expect(world.book.worstCases().first { $0.rule == "no-movement" }?.off == reason)
    }

    private static let visits = rule("visits", """
    form: count
        kinds: [behaviour.presence]
        rooms: [bathroom]
        count: 3
        within_s: 3600
        apart_s: 60
        clear: 1
    """, priority: "low", category: "behaviour")

    @Test("below, at and above the count; just before, at and after the window", arguments: [(3_599, true), (3_600, true), (3_601, false)] as [(Double, Bool)])
    func count(third: Double, isFound: Bool) throws {
        var world = try World(ward: Self.visits)
        func visit(_ second: Double) -> [String] {
            let found = world.see(.presence, .flag(true), second, device: "ieee:2")
            return found + world.see(.presence, .flag(false), second + 10, device: "ieee:2")
        }
        #expect(visit(0) == [])
        #expect(visit(30) == [], "a minute makes it another visit")
        #expect(visit(1_000) == [])
        try world.restore()
        world.clock.offset = .seconds(500)
        #expect(world.see(.presence, .flag(true), 1_500, device: "ieee:3") == [])
        #expect(visit(third) == (isFound ? ["raised test.visits low"] : []))
        if isFound {
            #expect(visit(third + 100) == [])
            #expect(world.wait(third + 3_599) == [])
            #expect(world.wait(third + 3_600) == ["cleared test.visits recovered"])
        }
    }

    private static let pills = rule("pills", """
    form: expected_use
        kinds: [behaviour.medication_taken]
        windows: [{from: "18:00", to: "20:00"}, {from: "07:00", to: "09:00"}]
    """, priority: "medium", category: "behaviour")

    @Test("taken just before, at and after the end of the window", arguments: [(-1, false), (0, true), (60, true)] as [(Double, Bool)])
    func expectedUse(offset: Double, isFound: Bool) throws {
        var world = try World(ward: Self.pills)
        let end = World.clock(20)
        try world.restore()
        var found = world.wait(end - 2)
        found += world.see(.medicationTaken, .flag(true), end + offset, meaning: .momentary, device: "ieee:2")
        found += world.wait(end + 100)
        #expect(found == (isFound ? ["raised test.pills medium", "cleared test.pills returned"] : []))
        #expect(world.wait(World.clock(8, 59, day: 1)) == [])
        #expect(world.wait(World.clock(9, day: 1)) == ["raised test.pills medium"], "the next window, on the next day")
    }

    @Test("a use before the window is none; a start inside the window and blind time prove nothing")
    func expectedBlind() throws {
        var world = try World(ward: Self.pills)
        world.see(.medicationTaken, .flag(true), World.clock(17, 59, 59), meaning: .momentary, device: "ieee:2")
        #expect(world.wait(World.clock(20)) == ["raised test.pills medium"])
        var blind = try World(ward: Self.pills)
        _ = blind.link(.lost, World.clock(19))
        _ = blind.link(.drained, World.clock(19, 30))
        #expect(blind.wait(World.clock(20, 1)) == [])
        var late = try World(ward: rule("pills", "form: expected_use\n    kinds: [behaviour.medication_taken]\n    windows: [{from: \"15:00\", to: \"17:00\"}]", category: "behaviour"))
        #expect(late.wait(World.clock(18)) == [], "the hub started at 16:00, inside the window")
    }

    private static let both = rule("both", """
    form: corroboration
        kinds: [safety.fall]
        first: {kinds: [safety.fall], words: [suspected, confirmed]}
        second: {kinds: [safety.fall], words: [suspected, confirmed]}
        within_s: 60
    """, category: "safety")

    @Test("two devices within a minute, just before, at and after it", arguments: [(59, true), (60, true), (61, false)] as [(Double, Bool)])
    func corroborate(second: Double, isFound: Bool) throws {
        var world = try World(ward: Self.both)
        #expect(world.see(.fall, .code("suspected"), 0, meaning: .episode, device: "imei:1") == [])
        try world.restore()
        world.clock.offset = .seconds(30)
        #expect(world.see(.fall, .code("suspected"), second, meaning: .episode, device: "ieee:2") == (isFound ? ["raised test.both high"] : []))
        #expect(world.see(.fall, .code("confirmed"), second + 1, meaning: .episode, device: "ieee:2") == [])
    }

    @Test("one device twice is no second voice, nor is a test or late data")
    func oneVoice() throws {
        var world = try World(ward: Self.both)
        world.see(.fall, .code("suspected"), 0, meaning: .episode, device: "imei:1")
        #expect(world.see(.fall, .code("confirmed"), 10, meaning: .episode, device: "imei:1") == [])
        #expect(world.see(.fall, .code("suspected"), 20, meaning: .episode, quality: .test, device: "ieee:2") == [])
        #expect(world.see(.fall, .code("suspected"), 30, meaning: .episode, quality: .late, device: "ieee:2") == [])
    }
}
