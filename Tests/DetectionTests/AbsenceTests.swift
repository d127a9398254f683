import CareModel
import Detection
import Testing

@Suite("Device silence")
struct DeviceSilenceTests {
    private static let silence = rule("silence", "{form: device_silence, offline_at_once: true}".block, priority: "medium", category: "technical")
    private static let motion = rule("battery", "{form: occurrence, kind: device.battery_low}".block, priority: "low", category: "technical")

    @Test("just before, at and after the supervision interval × the missed ones")
    func window() throws {
        // The watch: 600 s × 3, the sensor: 3,600 s × 2.
        var world = try World(Self.silence)
        world.see(.heartRate, .number(scaled: 700), 100)
        #expect(world.wait(1_899.999) == [])
        try world.restore()
        #expect(world.wait(1_900) == ["raised test.silence medium"])
        #expect(world.findings.last?.detectedAt == World.at(1_900))
        #expect(world.wait(7_199) == [])
        #expect(world.wait(7_200) == ["raised test.silence medium"], "never heard counts from the start of the configuration")
        try world.restore()
        #expect(world.see(.heartRate, .number(scaled: 700), 7_300) == ["cleared test.silence returned"])
    }

    @Test("each message moves the deadline, a retained one does not")
    func moved() throws {
        var world = try World(Self.silence)
        for i in 1...10 { #expect(world.see(.heartRate, .number(scaled: 700), Double(i) * 600) == []) }
        world.see(.heartRate, .number(scaled: 700), 6_500, quality: .ageUnknown)
        #expect(world.wait(7_199) == [])
        #expect(world.wait(7_800) == ["raised test.silence medium", "raised test.silence medium"])
    }

    @Test("the time in which the hub was stopped or its link lost doesn't count")
    func blind() throws {
        var world = try World(Self.silence)
        _ = world.link(.resumed(isSessionPresent: false), 0)
        _ = world.link(.drained, 0)
        world.see(.heartRate, .number(scaled: 700), 100)
        _ = world.link(.lost, 1_000)
        #expect(world.wait(10_000) == [])
        _ = world.link(.resumed(isSessionPresent: true), 10_000)
        try world.restore()
        #expect(world.wait(10_100) == [])
        _ = world.link(.drained, 10_200)
        // 900 s were seen before, so 900 s are left.
        #expect(world.wait(11_099) == [])
        #expect(world.wait(11_100) == ["raised test.silence medium"])
        #expect(world.restart(100_000) == [])
        #expect(world.detection.isBlind)
        #expect(world.wait(200_000) == [])
        _ = world.link(.resumed(isSessionPresent: true), 200_000)
        _ = world.link(.drained, 200_001)
        #expect(!world.detection.isBlind)
    }

    @Test("a stop of an hour with queued messages raises no false silence")
    func queued() throws {
        var world = try World(Self.silence)
        for link in Link.allCases { _ = world.link(.resumed(isSessionPresent: false), 1, link); _ = world.link(.drained, 1, link) }
        world.see(.heartRate, .number(scaled: 700), 100)
        #expect(world.restart(3_700) == [])
        _ = world.link(.resumed(isSessionPresent: true), 3_701, .safety)
        _ = world.link(.drained, 3_702, .safety)
        #expect(world.detection.isBlind, "the other link still reads what had waited")
        _ = world.link(.resumed(isSessionPresent: true), 3_703, .telemetry)
        #expect(world.see(.heartRate, .number(scaled: 700), 3_710) == [])
        _ = world.link(.drained, 3_720, .telemetry)
        #expect(world.wait(3_720 + 1_799) == [])
        #expect(world.wait(3_720 + 1_801) == ["raised test.silence medium"])
    }

    @Test("a bare log without link records is not blind for ever")
    func bareLog() throws {
        var world = try World(Self.silence)
        #expect(world.restart(0) == [])
        world.see(.heartRate, .number(scaled: 700), 1)
        #expect(!world.detection.isBlind)
        #expect(world.wait(1_801) == ["raised test.silence medium"])
    }

    @Test("a bridge that says offline is believed at once, and its online too")
    func offline() throws {
        var world = try World(Self.silence)
        #expect(world.see(.online, .flag(true), 1) == [])
        #expect(world.see(.online, .flag(false), 2) == ["raised test.silence medium"])
        #expect(world.see(.online, .flag(false), 3) == [])
        try world.restore()
        #expect(world.see(.online, .flag(true), 4, quality: .ageUnknown) == ["cleared test.silence returned"])
    }

    @Test("the likely cause of a silence is what the device said last: its battery, its charger, its reception", arguments: [
        (Kind.batteryLow, ReadingValue.flag(true), "Battery"), (.batteryLow, .flag(false), "Call to kitchen"),
        (.battery, .number(scaled: 100), "Battery"), (.battery, .number(scaled: 101), "Call to kitchen"), (.externalPower, .flag(true), "Charging"),
        (.rssi, .number(scaled: -1_000), "Link"), (.rssi, .number(scaled: -999), "Call to kitchen"), (.linkQuality, .number(scaled: 20), "Link"),
        (.linkQuality, .number(scaled: 21), "Call to kitchen"), (.linkMargin, .number(scaled: 0), "Link"), (.linkMargin, .number(scaled: 1), "Call to kitchen"),
    ] as [(Kind, ReadingValue, String)])
    func cause(kind: Kind, value: ReadingValue, text: String) throws {
        let causes = ["battery", "charging", "link"].map { "\($0): {zh-CN: 因, en: \($0.prefix(1).uppercased() + $0.dropFirst())}" }.joined(separator: ", ")
        var world = try World(Self.silence + "    texts: {\(causes)}\n")
        world.see(kind, value, 10, device: "ieee:2")
        try world.restore()
        // What is no statement about now changes nothing.
        world.see(.batteryLow, .flag(true), 20, quality: .ageUnknown, device: "ieee:2")
        _ = world.wait(10_000)
        #expect(world.findings.first { $0.subject.device?.text == "ieee:2" }?.text.en == text)
    }

    @Test("a clock step moves no silence")
    func clockStep() throws {
        var world = try World(Self.silence)
        world.see(.heartRate, .number(scaled: 700), 100)
        world.clock.offset = .seconds(50_000)
        world.see(.batteryLow, .flag(false), 200)
        #expect(world.wait(1_899) == [])
        #expect(world.wait(1_900) == ["raised test.silence medium"])
    }
}

@Suite("Resident inactivity")
struct ResidentInactivityTests {
    private static let inactivity = rule("inactivity", """
    form: resident_inactivity
        kinds: [behaviour.motion]
        windows: [{from: "07:00", to: "22:00", minutes: 480}, {from: "22:00", to: "07:00", minutes: 720}]
    """, priority: "medium", category: "behaviour")
    /// 2027-01-15 16:00 in Shanghai.
    private static let hour = 3_600.0

    @Test("just before, at and after the hours that the time of day allows")
    func day() throws {
        var world = try World(Self.inactivity)
        #expect(CivilTime(world.clock.wall(World.start), offsetSeconds: 28_800).hour == 16)
        world.see(.motion, .flag(true), 15 * Self.hour)
        world.see(.motion, .flag(false), 15 * Self.hour + 60)
        #expect(world.wait(23 * Self.hour + 59.9) == [])
        try world.restore()
        #expect(world.wait(23 * Self.hour + 60) == ["raised test.inactivity medium"])
        #expect(world.see(.motion, .flag(false), 24 * Self.hour) == [], "a repeated state is no activity")
        #expect(world.see(.motion, .flag(true), 24 * Self.hour + 1) == ["cleared test.inactivity returned"])
    }

    @Test("at night more hours are allowed, and at seven the day's limit holds")
    func night() throws {
        var world = try World(Self.inactivity)
        world.see(.motion, .flag(true), 5 * Self.hour)
        #expect(world.wait(15 * Self.hour - 1) == [], "21:00 to 06:59:59 is less than twelve hours")
        #expect(world.wait(15 * Self.hour) == ["raised test.inactivity medium"], "at 07:00 ten hours are more than eight")
    }

    @Test("off, visibly, with several occupants, pets or no sensor")
    func off() throws {
        for (household, reason) in [(World.oneHome(occupants: 2), OffReason.severalOccupants), (World.oneHome(pets: true), .pets)] {
            var world = try World(Self.inactivity, household: household)
            #expect(world.wait(100 * Self.hour) == [])
            #expect(world.book.worstCases().first { $0.rule == "inactivity" }?.off == reason)
        }
        let alone = Household(homes: World.oneHome().homes, residents: World.oneHome().residents)
        #expect(try World(Self.inactivity, household: alone).book.worstCases().first?.off == .noSensor)
    }

    @Test("blind time is no inactivity, and late movement counts at its own time")
    func blindAndLate() throws {
        var world = try World(Self.inactivity)
        world.see(.motion, .flag(true), 15 * Self.hour)
        _ = world.link(.lost, 16 * Self.hour)
        _ = world.link(.resumed(isSessionPresent: true), 18 * Self.hour)
        _ = world.link(.drained, 18 * Self.hour)
        #expect(world.wait(25 * Self.hour - 1) == [])
        #expect(world.wait(25 * Self.hour) == ["raised test.inactivity medium"])
    }

    @Test("a step of the wall clock moves the windows with it")
    func clockStep() throws {
        var world = try World(Self.inactivity)
        world.see(.motion, .flag(true), 1)
        world.clock.offset = .seconds(8 * 3_600)
        // It is midnight by the new clock: twelve hours count, and seven comes after seven of them.
        world.see(.batteryLow, .flag(false), 2)
        #expect(world.wait(8 * Self.hour) == [])
        #expect(world.wait(8 * Self.hour + 1) == ["raised test.inactivity medium"])
    }
}

@Suite("Unreadable messages and lost sessions")
struct TroubleTests {
    private static let unreadable = rule("unreadable", "form: unreadable_message", category: "safety")
    private static let burst = rule("burst", "{form: unreadable_burst, count: 3, within_s: 60}".block, category: "technical")
    private static let session = rule("session", "form: session_loss", priority: "medium", category: "technical")
    private static let down = rule("down", "{form: session_loss, down_s: 60}".block, category: "technical")

    @Test("an unreadable message of a safety device is told once, until one can be read")
    func unreadable() throws {
        var world = try World(Self.unreadable)
        #expect(world.reject(1, reason: .duplicate) == [])
        #expect(world.reject(2) == ["raised test.unreadable high"])
        #expect(world.reject(3) == [])
        try world.restore()
        #expect(world.see(.heartRate, .number(scaled: 700), 4) == ["cleared test.unreadable recovered"])
        #expect(world.reject(5) == ["raised test.unreadable high"])
        #expect(world.reject(6, device: nil) == ["raised test.unreadable high"])
        #expect(world.findings.last?.subject.home == nil)
    }

    @Test("many of one profile are gathered: below, at and above the count, before and after the window")
    func burst() throws {
        var world = try World(Self.unreadable, Self.burst)
        #expect(world.reject(0) == ["raised test.unreadable high"])
        #expect(world.reject(30) == [])
        #expect(world.reject(60, device: "imei:8") == ["raised test.burst high"])
        #expect(world.reject(61, device: "imei:9") == [])
        for i in 62...63 { _ = world.reject(Double(i)) }
        #expect(world.findings.last?.change == .updated, "told again when the count has doubled")
        try world.restore()
        #expect(world.wait(122.9) == [])
        #expect(world.wait(123) == ["cleared test.burst recovered"])
        var slow = try World(Self.burst)
        for second in [0.0, 31, 61, 92] { #expect(slow.reject(second) == []) }
    }

    @Test("a session that the broker forgot is told, the first connection is not")
    func session() throws {
        var world = try World(Self.session, Self.down)
        #expect(world.link(.resumed(isSessionPresent: false), 1) == [])
        #expect(world.link(.lost, 10) == [])
        #expect(world.wait(69.9) == [])
        #expect(world.wait(70) == ["raised test.down high"])
        try world.restore()
        #expect(world.link(.resumed(isSessionPresent: false), 80) == ["raised test.session medium", "cleared test.down returned"])
        #expect(world.link(.lost, 90) == [])
        #expect(world.link(.resumed(isSessionPresent: true), 91) == [])
        #expect(world.restart(1_000) == [])
        #expect(world.wait(1_060) == ["raised test.down high"], "after a start a link that was there must come back")
    }
}
