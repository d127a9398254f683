import CareModel
@testable import Detection
import Testing

/// One short course a form, disturbed in the same ways: whatever happens in the middle, the same is found. Limits and windows of each form
/// (below, at, above; just before, at, after) stand in the form's own suite, and the two forms over raw signals have their disturbances there.
@Suite("Every form, disturbed in the middle")
struct FormTableTests {
    struct Step: Sendable {
        var second: Double
        var kind: Kind
        var value: ReadingValue
        var device = "imei:1"
        var meaning = Meaning.level
        var quality: Quality = []
        /// Instead of a reading.
        var isRejection = false
        var link: LinkChange.Change?
        /// Instead of a reading: what somebody tells the hub, for a day.
        var mode: HomeMode?
    }

    struct Course: Sendable, CustomTestStringConvertible {
        var form: String
        var rule: String
        var steps: [Step]
        var end: Double
        var expected: [String]
        /// The step that is lost, and what is found then.
        var lost: Int
        var without: [String]
        /// What a bad reading between the others claims; nil where the form reads no values.
        var bad: (kind: Kind, value: ReadingValue, device: String)?
        /// Its windows follow the clock on the wall, so a step moves them.
        var followsClock = false
        var testDescription: String { form }
    }

    private static func number(_ second: Double, _ kind: Kind, _ value: Int64, _ device: String = "imei:1") -> Step {
        Step(second: second, kind: kind, value: .number(scaled: value), device: device)
    }

    private static func flag(_ second: Double, _ kind: Kind, _ value: Bool, _ device: String = "ieee:3", meaning: Meaning = .level) -> Step {
        Step(second: second, kind: kind, value: .flag(value), device: device, meaning: meaning)
    }

    private static func made(_ form: String, _ keys: String, category: String = "behaviour") -> String {
        rule("x", "form: \(form)\n    \(keys.replacing("\n", with: "\n    "))", priority: "medium", category: category)
    }

    static let courses: [Course] = [
        Course(
            form: "occurrence", rule: made("occurrence", "kind: safety.fall"),
            steps: [Step(second: 10, kind: .fall, value: .code("none"), meaning: .episode), Step(second: 20, kind: .fall, value: .code("confirmed"), meaning: .momentary)],
            end: 60, expected: ["raised test.x medium", "raised test.x medium"], lost: 0, without: ["raised test.x medium"], bad: nil),
        Course(
            form: "limit", rule: made("limit", "kind: env.co\nhigh: 50\nclear: 30\npersistence_s: 60"),
            steps: [number(0, .coLevel, 600, "ieee:2"), number(30, .coLevel, 600, "ieee:2"), number(60, .coLevel, 600, "ieee:2"), number(90, .coLevel, 100, "ieee:2")],
            end: 200, expected: ["raised test.x medium", "cleared test.x recovered"], lost: 3, without: ["raised test.x medium"],
            bad: (.coLevel, .number(scaled: 0), "ieee:2")),
        Course(
            form: "two_readings", rule: made("two_readings", "kind: vital.bp.systolic\nhigh: 180\nclear: 170\nround_to: 1\nsecond_min_s: 60\nsecond_max_s: 300\nconfirmed_priority: high"),
            steps: [number(0, .bpSystolic, 1_850), number(120, .bpSystolic, 1_850)], end: 400,
            expected: ["raised test.x medium", "updated test.x high"], lost: 1, without: ["raised test.x medium", "updated test.x medium"],
            bad: (.bpSystolic, .number(scaled: 1_200), "imei:1")),
        Course(
            form: "change", rule: made("change", "kind: vital.weight\nrise: 2\nwithin_s: 259200\nleast_s: 3600\nclear: 1\nround_to: 0.1"),
            steps: [number(0, .weight, 7_000), number(7_200, .weight, 7_100), number(14_400, .weight, 7_250)], end: 15_000,
            expected: ["raised test.x medium"], lost: 2, without: [], bad: (.weight, .number(scaled: 6_000), "imei:1")),
        Course(
            form: "news2",
            rule: made("news2", "kinds: [vital.respiratory_rate, vital.heart_rate, vital.body_temperature]\nscale: 1\noxygen: unknown\nfresh_minutes: 60\nsingle_priority: none\nurgent_score: 5\nurgent_priority: high\nemergency_score: 7\nemergency_priority: high\nclear: 3"),
            steps: [number(0, .respiratoryRate, 3_000), number(10, .heartRate, 800), number(20, .bodyTemperature, 3_400)], end: 60,
            expected: ["raised test.x high"], lost: 0, without: [], bad: (.respiratoryRate, .number(scaled: 1_600), "imei:1")),
        Course(
            form: "dose_course", rule: made("dose_course", "kind: env.co\nnever: 30\npoints: [{level: 50, seconds: 4500}, {level: 300, seconds: 60}]\nrecovery_s: 14400\nhold_s: 600"),
            steps: [number(0, .coLevel, 3_000, "ieee:2"), number(30, .coLevel, 3_000, "ieee:2"), number(70, .coLevel, 3_000, "ieee:2")], end: 80,
            expected: ["raised test.x medium"], lost: 1, without: ["raised test.x medium"], bad: (.coLevel, .number(scaled: 0), "ieee:2")),
        Course(
            form: "dwell", rule: made("dwell", "kind: behaviour.presence\nlonger_than_s: 600"),
            steps: [flag(0, .presence, true, "ieee:2"), flag(300, .presence, true, "ieee:2"), flag(700, .presence, false, "ieee:2")], end: 900,
            expected: ["raised test.x medium", "cleared test.x returned"], lost: 2, without: ["raised test.x medium"], bad: (.presence, .flag(false), "ieee:2")),
        Course(
            form: "sequence", rule: made("sequence", "kinds: [behaviour.opening, behaviour.motion]\nfirst: {kinds: [behaviour.opening]}\nthen: {kinds: [behaviour.motion]}\nexpect: absent\nwithin_s: 300"),
            steps: [flag(0, .opening, false), flag(10, .opening, true)], end: 400, expected: ["raised test.x medium"], lost: 1, without: [],
            bad: (.motion, .flag(true), "ieee:3")),
        Course(
            form: "count", rule: made("count", "kind: behaviour.motion\ncount: 3\nwithin_s: 3600"),
            steps: (0..<6).map { flag(Double($0) * 60, .motion, $0 % 2 == 0) }, end: 400, expected: ["raised test.x medium"], lost: 4, without: [],
            bad: (.motion, .flag(true), "ieee:3")),
        Course(
            form: "expected_use", rule: made("expected_use", "kind: behaviour.medication_taken\nwindows: [{from: \"17:00\", to: \"18:00\"}]"),
            steps: [flag(World.clock(16, 30), .medicationTaken, true, meaning: .momentary), flag(World.clock(18, 30), .medicationTaken, true, meaning: .momentary)],
            end: World.clock(19), expected: ["raised test.x medium", "cleared test.x returned"], lost: 1, without: ["raised test.x medium"],
            bad: (.medicationTaken, .flag(true), "ieee:3"), followsClock: true),
        Course(
            form: "corroboration", rule: made("corroboration", "kind: safety.fall\nfirst: {kinds: [safety.fall]}\nsecond: {kinds: [safety.fall]}\nwithin_s: 60"),
            steps: [Step(second: 0, kind: .fall, value: .code("confirmed"), meaning: .momentary), Step(second: 30, kind: .fall, value: .code("confirmed"), device: "ieee:2", meaning: .momentary)],
            end: 100, expected: ["raised test.x medium"], lost: 0, without: [], bad: nil),
        Course(
            form: "safe_area", rule: made("safe_area", "areas: [{latitude: 35.96, longitude: 120.18, radius_m: 100}]\nfixes: 2\nmargin_m: 10"),
            steps: [0, 600].flatMap { second in
                [number(second, .latitude, 359_900_000, "imei:4"), number(second, .longitude, 1_201_800_000, "imei:4")]
            }, end: 700, expected: ["raised test.x medium"], lost: 3, without: [], bad: (.latitude, .number(scaled: 359_600_000), "imei:4")),
        Course(
            form: "baseline", rule: made("baseline", "kind: vital.heart_rate\nleast: 10\nin_a_row: 1\nlearn_days: 0.1"),
            steps: (0..<40).map { number(Double($0) * 300, .heartRate, 700 + Int64($0 % 3) * 10) } + [number(12_100, .heartRate, 1_200)], end: 12_200,
            expected: ["raised test.x medium"], lost: 40, without: [], bad: (.heartRate, .number(scaled: 2_000), "imei:1")),
        Course(
            form: "resident_inactivity", rule: made("resident_inactivity", "kind: behaviour.motion\nwindows: [{from: \"00:00\", to: \"12:00\", minutes: 60}, {from: \"12:00\", to: \"00:00\", minutes: 60}]"),
            steps: [flag(0, .motion, true), flag(1_800, .motion, false), flag(6_000, .motion, true)], end: 6_100,
            expected: ["raised test.x medium", "cleared test.x returned"], lost: 2, without: ["raised test.x medium"], bad: (.motion, .flag(true), "ieee:3")),
        Course(
            form: "routine_inactivity", rule: made("routine_inactivity", "kind: behaviour.motion\nfalse_alarms_per_day: 0.03\nleast_s: 600\nmost_s: 3600"),
            steps: [flag(0, .motion, true), flag(600, .motion, false), flag(5_000, .motion, true)], end: 5_100,
            expected: ["raised test.x medium", "cleared test.x returned"], lost: 2, without: ["raised test.x medium"], bad: (.motion, .flag(true), "ieee:3")),
        Course(
            form: "device_silence", rule: made("device_silence", "silence_s: 600", category: "technical"),
            steps: [number(0, .heartRate, 700), flag(1, .motion, true, "ieee:2"), flag(2, .motion, true), number(3, .latitude, 359_600_000, "imei:4"), number(700, .heartRate, 700)],
            end: 701, expected: ["raised test.x medium", "raised test.x medium", "raised test.x medium", "raised test.x medium", "cleared test.x returned"], lost: 4,
            without: ["raised test.x medium", "raised test.x medium", "raised test.x medium", "raised test.x medium"], bad: nil),
        Course(
            form: "doubt", rule: made("doubt", "quality: frozen\nlonger_than_s: 60", category: "technical"),
            steps: [0, 30, 60, 90].map { Step(second: $0, kind: .heartRate, value: .number(scaled: 700), quality: $0 < 90 ? .frozen : []) }, end: 200,
            expected: ["raised test.x medium"], lost: 2, without: [], bad: (.heartRate, .number(scaled: 800), "imei:1")),
        Course(
            form: "return_home", rule: made("return_home", "kind: behaviour.motion"),
            steps: [Step(second: 0, kind: .motion, value: .flag(true), mode: .away), flag(60, .motion, true), flag(120, .motion, false)], end: 200,
            expected: ["raised test.x medium"], lost: 0, without: [], bad: (.motion, .flag(true), "ieee:3")),
        Course(
            form: "unreadable_burst", rule: made("unreadable_burst", "count: 3\nwithin_s: 600", category: "technical"),
            steps: [0, 60, 600].map { Step(second: $0, kind: .heartRate, value: .number(scaled: 700), isRejection: true) }, end: 1_200,
            expected: ["raised test.x medium", "cleared test.x recovered"], lost: 1, without: [], bad: nil),
        Course(
            form: "unreadable_message", rule: made("unreadable_message", "", category: "safety"),
            steps: [Step(second: 0, kind: .heartRate, value: .number(scaled: 700), isRejection: true), number(60, .heartRate, 700)], end: 100,
            expected: ["raised test.x medium", "cleared test.x recovered"], lost: 1, without: ["raised test.x medium"], bad: nil),
        Course(
            form: "session_loss", rule: made("session_loss", "down_s: 60", category: "technical"),
            steps: [Step(second: 0, kind: .online, value: .flag(true), link: .resumed(isSessionPresent: false)), Step(second: 1, kind: .online, value: .flag(true), link: .drained),
                    Step(second: 10, kind: .online, value: .flag(true), link: .lost), Step(second: 100, kind: .online, value: .flag(true), link: .resumed(isSessionPresent: true))],
            end: 200, expected: ["raised test.x medium", "cleared test.x returned"], lost: 3, without: ["raised test.x medium"], bad: nil),
    ]

    /// Runs a course; `between` may do something to the world after each step.
    private static func run(_ course: Course, without lost: Int? = nil, _ between: (inout World, Int, Double) throws -> Void = { _, _, _ in }) throws -> [String] {
        var world = try World(ward: course.rule), found: [String] = []
        for (index, step) in course.steps.enumerated() where index != lost {
            if let change = step.link {
                found += world.link(change, step.second)
            } else if let mode = step.mode {
                found += world.set(mode, seconds: 86_400, step.second)
            } else if step.isRejection {
                found += world.reject(step.second, device: step.device, profile: "monitor")
            } else {
                found += world.see(step.kind, step.value, step.second, meaning: step.meaning, quality: step.quality, device: step.device)
            }
            try between(&world, index, step.second)
        }
        return found + world.wait(course.end)
    }

    @Test("undisturbed, and with a message lost", arguments: courses)
    func plain(_ course: Course) throws {
        #expect(try Self.run(course) == course.expected)
        #expect(try Self.run(course, without: course.lost) == course.without, "message \(course.lost) lost")
    }

    @Test("a restart after any message changes nothing", arguments: courses)
    func restarted(_ course: Course) throws {
        for place in course.steps.indices {
            #expect(try Self.run(course) { world, index, _ in if index == place { try world.restore() } } == course.expected, "after message \(place)")
        }
    }

    @Test("a step of the wall clock by two hours after any message moves no duration", arguments: courses.filter { !$0.followsClock })
    func stepped(_ course: Course) throws {
        for (place, hours) in course.steps.indices.flatMap({ place in [-2, 2].map { (place, $0) } }) {
            let found = try Self.run(course) { world, index, _ in
                if index == place { world.clock = HubClock(offset: .seconds(hours * 3_600), quality: .synchronised) }
            }
            #expect(found == course.expected, "\(hours) h after message \(place)")
        }
    }

    @Test("a value that is no measurement, between any two messages, changes nothing", arguments: courses.filter { $0.bad != nil }, [Quality.sentinel, .outOfOrder, .late, .ageUnknown])
    func bad(_ course: Course, _ quality: Quality) throws {
        let bad = try #require(course.bad)
        for place in course.steps.indices.dropLast() {
            let found = try Self.run(course) { world, index, second in
                guard index == place else { return }
                let told = world.see(bad.kind, bad.value, second + 0.5, quality: quality, device: bad.device)
                #expect(told == [], "told by the bad value after message \(place)")
            }
            #expect(found == course.expected, "after message \(place)")
        }
    }

    @Test("every form stands in the table or names the suite of its own that disturbs it")
    func complete() {
        let own: Set<String> = [
            "fall_motion", "bed_exit",  // "Falls by motion", "Bed exit"
            "common_silence",  // "Routine inactivity and common silence"
            "unknown_person",  // "Persons whom devices name"
        ]
        #expect(Set(RuleForms.all.map(\.name)) == own.union(Self.courses.map(\.form)))
    }
}
