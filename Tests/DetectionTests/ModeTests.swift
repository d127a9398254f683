import CareModel
@testable import Detection
import Testing

@Suite("Visitors and absences")
struct ModeTests {
    private static let still = rule(
        "still", "form: resident_inactivity\n    kinds: [behaviour.motion, behaviour.medication_taken]\n    windows: [{from: \"00:00\", to: \"12:00\", minutes: 60}, {from: \"12:00\", to: \"00:00\", minutes: 60}]",
        priority: "medium", category: "behaviour")
    private static let back = rule("back", "form: return_home\n    kinds: [behaviour.motion]", priority: "low", category: "behaviour")
    private static let pulse = rule("pulse", "form: limit\n    kind: vital.heart_rate\n    low: 40\n    clear: 46")
    private static let bath = rule("bath", "form: dwell\n    kind: behaviour.presence\n    longer_than_s: 600", priority: "high", category: "behaviour")

    @Test("just before, at and after the end of an absence: nobody is missed meanwhile, and nobody in the minute of the return")
    func absence() throws {
        var world = try World(ward: Self.still, Self.back)
        world.see(.motion, .flag(true), 0, device: "ieee:3")
        world.set(.away, seconds: 7_200, 1_800)
        #expect(world.wait(8_999) == [], "an hour of silence is none of the absence")
        try world.restore()
        #expect(world.detection.modes.map(\.until) == [World.at(9_000)])
        #expect(world.wait(9_000) == [])
        #expect(world.detection.modes.isEmpty)
        // 1,800 s were seen before it, so 1,800 s are left.
        #expect(world.wait(10_799) == [])
        #expect(world.wait(10_800) == ["raised test.still medium"])
    }

    @Test("movement while away asks once whether somebody is back; the answer ends the question, and the silence counts again")
    func back() throws {
        var world = try World(ward: Self.still, Self.back)
        world.see(.motion, .flag(false), 0, device: "ieee:3")
        #expect(world.see(.motion, .flag(true), 10, device: "ieee:3") == [], "nobody is away")
        world.set(.hospital, seconds: 86_400, 100)
        #expect(world.see(.motion, .flag(true), 200, quality: .ageUnknown, device: "ieee:3") == [])
        #expect(world.see(.motion, .flag(false), 300, device: "ieee:3") == ["raised test.back low"])
        try world.restore()
        #expect(world.see(.motion, .flag(true), 400, device: "ieee:3") == [])
        #expect(world.set(nil, seconds: 0, 500) == ["cleared test.back returned"])
        #expect(world.wait(500 + 3_599 - 100) == [])
        #expect(world.wait(500 + 3_600) == ["raised test.still medium"])
    }

    @Test("presses and vital signs of who is away are judged as ever")
    func others() throws {
        var world = try World(ward: Self.pulse, rule("fall", "form: occurrence\n    kind: safety.fall", category: "safety"))
        world.set(.away, seconds: 3_600, 0)
        #expect(world.see(.heartRate, .number(scaled: 300), 10, device: "imei:1") == ["raised test.pulse high"])
        #expect(world.see(.fall, .code("confirmed"), 20, meaning: .momentary, device: "imei:1") == ["raised test.fall high"])
    }

    @Test("visitors lower rules of behaviour by one step, and nothing else", arguments: [true, false])
    func visitors(areThere: Bool) throws {
        var world = try World(ward: Self.bath, Self.pulse)
        if areThere { world.set(.visitors, seconds: 3_600, 0) }
        world.see(.presence, .flag(true), 10, device: "ieee:2")
        #expect(world.wait(609) == [])
        #expect(world.wait(610) == ["raised test.bath \(areThere ? "medium" : "high")"])
        #expect(world.see(.heartRate, .number(scaled: 300), 700, device: "imei:1") == ["raised test.pulse high"])
        // After their time it is as before.
        world.see(.presence, .flag(false), 3_590, device: "ieee:2")
        world.see(.presence, .flag(true), 3_601, device: "ieee:2")
        #expect(world.wait(4_201) == ["raised test.bath high"])
    }

    @Test("nothing is learned while visitors are there")
    func learning() throws {
        let unusual = rule("unusual", "form: baseline\n    kind: vital.heart_rate\n    least: 10\n    in_a_row: 1\n    learn_days: 0.1", priority: "low")
        /// What the alarm says is usual, after an hour at 70 and, maybe with visitors, two hours at 76.
        func usual(hasVisitors: Bool) throws -> String {
            var world = try World(ward: unusual.replacing("Call[ to {room}]", with: "{limit}"))
            for i in 0..<60 { world.see(.heartRate, .number(scaled: 700), Double(i) * 60, device: "imei:1") }
            if hasVisitors { world.set(.visitors, seconds: 7_500, 3_600) }
            for i in 0..<120 { world.see(.heartRate, .number(scaled: 760), 3_700 + Double(i) * 60, device: "imei:1") }
            world.see(.heartRate, .number(scaled: 1_400), 12_000, device: "imei:1")
            return world.findings.last?.text.en ?? ""
        }
        #expect(try usual(hasVisitors: true) == "70")
        #expect(try usual(hasVisitors: false) > "71")
    }

    @Test("who is missed are those who are there: of two residents one away counts for that one's own devices only")
    func couple() throws {
        var household = World.ward(occupants: 2)
        household = Household(
            homes: household.homes, residents: household.residents + [Resident(id: ResidentID("r2"), home: 0)],
            bindings: household.bindings + [DeviceBinding(device: DeviceID("imei:9"), profile: "monitor", home: 0, residents: [1])])
        let silence = rule("silence", "form: device_silence\n    silence_s: 600\n    devices: all", priority: "low", category: "technical")
        var world = try World(list: [silence + "    texts: {away: {zh-CN: 外出, en: Away}}\n"], household: household, traits: World.wardTraits)
        for device in ["imei:1", "imei:9"] { world.see(.heartRate, .number(scaled: 700), 1, device: device) }
        world.set(.away, seconds: 86_400, 2, resident: "r1")
        _ = world.wait(700)
        let texts = Dictionary(world.findings.map { ($0.subject.device?.text ?? "", $0.text.en) }) { first, _ in first }
        #expect(texts["imei:1"] == "Away")
        #expect(texts["imei:9"] == "Call")
        #expect(texts["ieee:2"] == "Call to bathroom", "the other one is at home")
    }

    @Test("a second word replaces the first; a step of the clock moves no end; a checkpoint of a build that knew no modes is read")
    func state() throws {
        var world = try World(ward: Self.still)
        world.set(.away, seconds: 600, 0)
        world.set(.hospital, seconds: 1_200, 10)
        world.set(.visitors, seconds: 60, 20)
        #expect(world.detection.modes.map(\.mode) == [.visitors, .hospital])
        world.clock = HubClock(offset: .seconds(-7_200), quality: .synchronised)
        _ = world.wait(81)
        #expect(world.detection.modes.map(\.mode) == [.hospital])
        _ = world.wait(1_210)
        #expect(world.detection.modes.isEmpty)
        var w = ByteWriter()
        world.detection.write(to: &w)
        var plain = try World(ward: Self.still), before = ByteWriter()
        plain.see(.motion, .flag(true), 1, device: "ieee:3")
        plain.detection.write(to: &before)
        // Two empty lists stand at the end.
        var old = ByteReader(Array(before.bytes.dropLast(2)))
        let read = try Detection(from: &old, version: 3)
        #expect(read.modes.isEmpty)
    }

    @Test("20,000 modes may hold, one more is refused")
    func limit() throws {
        var world = try World(ward: Self.still)
        var found: [Finding] = []
        world.detection.modes = (0..<Detection.modesMax - 1).map {
            ModeInForce(home: HomeID("x\($0)"), resident: nil, mode: .away, since: World.start, until: World.at(9_999))
        }
        let change = ModeChange(home: HomeID("h1"), mode: .away, seconds: 60)
        #expect(world.detection.setMode(change, at: World.at(1), clock: world.clock, under: world.book, into: &found))
        #expect(!world.detection.setMode(ModeChange(home: HomeID("h2"), mode: .away, seconds: 60), at: World.at(2), clock: world.clock, under: world.book, into: &found))
        #expect(world.detection.modes.count == Detection.modesMax)
    }
}

extension World {
    @discardableResult
    mutating func set(_ mode: HomeMode?, seconds: Int, _ second: Double, resident: String? = nil) -> [String] {
        var found: [Finding] = []
        while let due = detection.nextDeadline, due <= World.at(second) { detection.fire(due: due, clock: clock, under: book, into: &found) }
        let change = ModeChange(home: HomeID("h1"), resident: resident.map { ResidentID($0) }, mode: mode, seconds: seconds)
        detection.setMode(change, at: World.at(second), clock: clock, under: book, into: &found)
        return found.map(\.words)
    }
}
