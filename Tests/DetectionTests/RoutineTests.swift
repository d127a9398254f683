import CareModel
import Detection
import Testing

@Suite("Routine inactivity and common silence")
struct RoutineTests {
    private static let routine = rule("routine", """
    form: routine_inactivity
        kinds: [behaviour.motion, behaviour.opening]
        exits: [hall]
        least_s: 3600
        most_s: 86400
    """, priority: "medium", category: "behaviour")

    /// Busy days: motion every ten minutes from 7:00 to 22:00 for `days` days, then nothing after `last`.
    private func live(_ world: inout World, days: Int, until last: Double) -> [String] {
        var found: [String] = []
        for day in 1...days {
            for minute in stride(from: 0, to: 15 * 60, by: 10) {
                let second = World.clock(7, minute, day: day)
                if second > last { return found }
                found += world.see(.motion, .flag(true), second, meaning: .momentary, device: "ieee:2")
            }
        }
        return found
    }

    /// How long the silence after `last` lasts before it is told.
    private func hours(_ world: inout World, after last: Double) -> Double? {
        let before = world.findings.count
        _ = world.wait(last + 3 * 86_400)
        guard world.findings.count > before else { return nil }
        return Double((world.findings[before].detectedAt - World.at(last)).microseconds) / 3_600_000_000
    }

    @Test("by day some hours are too long, over the night more are usual")
    func dayAndNight() throws {
        var day = try World(ward: Self.routine), night = day
        #expect(live(&day, days: 20, until: World.clock(10, day: 20)) == [])
        let byDay = try #require(hours(&day, after: World.clock(10, day: 20)))
        #expect(live(&night, days: 20, until: World.clock(21, 50, day: 20)) == [])
        let byNight = try #require(hours(&night, after: World.clock(21, 50, day: 20)))
        #expect(byDay > 2 && byDay < 5, "\(byDay)")
        #expect(byNight > byDay + 6 && byNight < 14, "\(byNight)")
    }

    @Test("just before, at and after its time; a sign of life in between begins anew; a restart and a clock step change nothing")
    func limit() throws {
        var world = try World(ward: Self.routine)
        let last = World.clock(10, day: 20)
        _ = live(&world, days: 20, until: last)
        var probe = world
        let hours = try #require(hours(&probe, after: last)), due = last + hours * 3_600
        try world.restore()
        #expect(world.wait(due - 1) == [])
        var moved = world
        #expect(moved.see(.motion, .flag(true), due - 0.5, meaning: .momentary, device: "ieee:2") == [])
        #expect(moved.wait(due + 3_000) == [])
        #expect(world.wait(due + 1) == ["raised test.routine medium"])
        #expect(world.see(.motion, .flag(true), due + 60, quality: .late, device: "ieee:2") == [], "late data are no sign of now")
        #expect(world.see(.motion, .flag(true), due + 70, meaning: .momentary, device: "ieee:2") == ["cleared test.routine returned"])
    }

    @Test("after the door people are often away: silence counts less; a false alarm makes the next one later")
    func exits() throws {
        var world = try World(ward: Self.routine)
        let last = World.clock(10, day: 20)
        _ = live(&world, days: 20, until: last - 1)
        var door = world
        _ = world.see(.motion, .flag(true), last, meaning: .momentary, device: "ieee:2")
        _ = door.see(.opening, .flag(true), last, meaning: .momentary, device: "ieee:3")
        var again = world
        let inside = try #require(hours(&world, after: last)), away = try #require(hours(&door, after: last))
        #expect(away > inside * 1.5)
        _ = again.wait(last + inside * 3_600 + 60)
        let next = World.clock(10, day: 21)
        _ = again.see(.motion, .flag(true), next, meaning: .momentary, device: "ieee:2")
        #expect(try #require(hours(&again, after: next)) > inside)
    }

    @Test("the hub's blind time does not count; a home that never gave a sign is not told; two people switch it off")
    func blind() throws {
        var world = try World(ward: Self.routine)
        let last = World.clock(10, day: 20)
        _ = live(&world, days: 20, until: last)
        var probe = world
        let hours = try #require(hours(&probe, after: last))
        _ = world.link(.lost, last + 600)
        _ = world.link(.resumed(isSessionPresent: true), last + 4_200)
        _ = world.link(.drained, last + 4_200)
        #expect(world.wait(last + hours * 3_600 + 3_500) == [])
        #expect(world.wait(last + hours * 3_600 + 3_601) == ["raised test.routine medium"])
        var fresh = try World(ward: Self.routine)
        #expect(fresh.wait(10 * 86_400) == [])
        let two = try World(ward: Self.routine, occupants: 2)
        #expect(two.book.worstCases().first { $0.rule == "routine" }?.off == .severalOccupants)
    }

    private static let silence = rule("silence", "form: common_silence", category: "technical")

    private static func street(_ homes: Int) -> Household {
        Household(
            homes: (0..<homes).map { Home(id: HomeID("h\($0)"), zone: .utc) }, residents: (0..<homes).map { Resident(id: ResidentID("r\($0)"), home: $0) },
            bindings: (0..<homes).map { DeviceBinding(device: DeviceID("ieee:\($0)"), profile: "house", home: $0, residents: [], room: "hall") })
    }

    @Test("eight homes that fall silent together are one finding, and nobody's inactivity; seven tell nothing", arguments: [7, 8])
    func common(homes: Int) throws {
        var world = try World(list: [Self.silence, Self.routine], household: Self.street(homes), traits: World.wardTraits)
        for minute in 0..<120 { _ = world.see(.motion, .flag(true), Double(minute * 60), meaning: .momentary, device: "ieee:\(minute % homes)") }
        let last = 119.0 * 60
        #expect(world.wait(last + 7_199) == [])
        #expect(world.wait(last + 7_200) == (homes == 8 ? ["raised test.silence high"] : []))
        try world.restore()
        let found = world.wait(last + 80_000)
        #expect(homes == 8 ? found == [] : found.contains("raised test.routine medium"))
        if homes == 8 {
            #expect(world.see(.motion, .flag(true), last + 80_000, meaning: .momentary, device: "ieee:0") == ["cleared test.silence returned"])
            #expect(world.wait(last + 81_000) == [], "the outage is no silence of the other homes")
        }
    }

    @Test("just before, at and after a rule's own time; a restart, a step of the clock, a message that was kept by the broker and a lost one", arguments: 0..<5)
    func commonDisturbed(disturbance: Int) throws {
        let own = rule("silence", "form: common_silence\n    silent_s: 60", category: "technical")
        var world = try World(list: [own], household: Self.street(8), traits: World.wardTraits)
        func hear(_ second: Double, _ home: Int, _ quality: Quality = []) -> [String] {
            world.see(.motion, .flag(true), second, meaning: .momentary, quality: quality, device: "ieee:\(home)")
        }
        for home in 0..<8 { #expect(hear(Double(home), home) == []) }
        // Any message shows that messages arrive, a retained one too; a lost one leaves the time as it was.
        var last = 7.0
        switch disturbance {
        case 1: try world.restore()
        case 2: world.clock = HubClock(offset: .seconds(7_200), quality: .synchronised)
        case 3:
            last = 20
            #expect(hear(last, 0, .ageUnknown) == [])
        case 4: break
        default:
            last = 30
            #expect(hear(last, 0) == [])
        }
        #expect(world.wait(last + 59) == [])
        #expect(world.wait(last + 60) == ["raised test.silence high"])
        #expect(world.wait(last + 61) == [])
        try world.restore()
        #expect(hear(last + 100, 3) == ["cleared test.silence returned"])
        #expect(world.wait(last + 159) == [])
        #expect(world.wait(last + 160) == ["raised test.silence high"], "the next silence is told again")
    }

    @Test("one home that is still heard makes the silence of the others no common one")
    func oneLeft() throws {
        var world = try World(list: [Self.silence], household: Self.street(9), traits: World.wardTraits), found: [String] = []
        for minute in 0..<400 { found += world.see(.motion, .flag(true), Double(minute * 60), meaning: .momentary, device: minute < 100 ? "ieee:\(minute % 9)" : "ieee:0") }
        #expect(found == [])
    }
}
