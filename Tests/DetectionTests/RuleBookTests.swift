import CareModel
@testable import Detection
import Testing

@Suite("Rule book")
struct RuleBookTests {
    private static func problems(_ yaml: String, limits: [LimitOverride] = []) throws -> [Problem] {
        var problems = Problems()
        _ = RuleBook([try node(yaml, file: "rules/x.yaml")], household: World.oneHome(limits: limits), traits: World.traits, &problems)
        return problems.list
    }

    @Test("a broken rule file gives all of its errors at once, each with its place")
    func broken() throws {
        let found = try Self.problems("""
        rules:
          - name: Bad Name
            form: limit
            kind: vital.nothing
            priority: urgent
            category: medical
            incident: x
            what: {zh-CN: 甲}
            text: {zh-CN: "{speed}", en: "a [b"}
            source: ""
            low: 91
            clear: 90
            colour: red
          - name: twice
            form: occurence
            kind: safety.sos
          - name: steps
            form: limit
            kind: safety.sos
            priority: high
            category: medical
            incident: x
            what: {zh-CN: 甲, en: a}
            text: {zh-CN: 甲, en: a}
            source: none
            low: 5
            high: 9
            persistence_s: -1
        extra: 1
        """)
        let expected = [
            "rules/x.yaml:29:1 config.unknown_key", "rules/x.yaml:2:11 rules.bad_name", "rules/x.yaml:5:15 config.unknown_choice",
            "rules/x.yaml:8:11 config.missing_key", "rules/x.yaml:10:13 rules.no_source", "rules/x.yaml:4:11 rules.unknown_kind",
            "rules/x.yaml:9:19 rules.bad_placeholder", "rules/x.yaml:9:34 rules.bad_placeholder", "rules/x.yaml:13:5 config.unknown_key",
            "rules/x.yaml:2:5 rules.clear_level", "rules/x.yaml:15:11 config.unknown_choice", "rules/x.yaml:14:5 config.missing_key",
            "rules/x.yaml:28:20 config.out_of_range", "rules/x.yaml:17:5 rules.wrong_kind", "rules/x.yaml:17:5 rules.one_limit",
        ]
        let seen = Set(found.map { "\($0.place) \($0.code)" })
        for one in expected { #expect(seen.contains(one), "missing: \(one); found: \(seen.sorted())") }
    }

    @Test("wrong overrides of a resident are found where they stand")
    func overrides() throws {
        let good = "rules:\n" + rule("spo2-low", "{form: limit, kind: vital.spo2, low: 91, clear: 94}".block)
        func codes(_ text: String, _ name: String = "spo2-low") throws -> [String] {
            try Self.problems(good, limits: [LimitOverride(rule: name, parameters: node(text, file: "homes.yaml"))]).map { "\($0.place.file) \($0.code)" }
        }
        #expect(try codes("{low: 88, clear: 90}") == [])
        #expect(try codes("{low: 88, clear: 80}") == ["homes.yaml rules.clear_level"])
        #expect(try codes("{lo: 88}") == ["homes.yaml config.unknown_key"])
        let unknown = try Self.problems(good, limits: [LimitOverride(rule: "spo2-low", parameters: node("{lo: 88, accepted: because}", file: "homes.yaml"))])
        #expect(unknown.first?.text.hasSuffix("and in every limit: accepted, enabled, flapping, priority, reason, set_by") == true, "\(unknown)")
        // Who set it is for people.
        #expect(try codes("{low: 88, clear: 90, set_by: 李医生}") == [] && codes("{set_by: 李医生}") == [])
        #expect(try codes("{set_by: \"\"}") == ["homes.yaml rules.empty_name"] && codes("{set_by: [李, 王]}") == ["homes.yaml config.wrong_type"])
        #expect(try codes("{low: 88.25}") == ["homes.yaml config.wrong_type"])
        #expect(try codes("{low: 88}", "spo3") == ["homes.yaml rules.unknown_rule"])
    }

    @Test("16 words a rule and three steps are allowed, one more is not")
    func limits() throws {
        func codes(_ count: Int) throws -> [String] {
            let words = (1...count).map { "w\($0): high" }.joined(separator: ", ")
            return try Self.problems("rules:\n" + rule("a", "form: occurrence\n    kind: safety.sos\n    codes: {\(words)}")).map(\.code)
        }
        #expect(try codes(16) == [])
        #expect(try codes(17) == ["rules.too_many_codes"])
        func steps(_ count: Int) throws -> [String] {
            let steps = (1...count).map { "{at: \(90 - $0), priority: high}" }.joined(separator: ", ")
            return try Self.problems("rules:\n" + rule("a", "form: limit\n    kind: vital.spo2\n    low: 91\n    clear: 94\n    steps: [\(steps)]")).map(\.code)
        }
        #expect(try steps(3) == [])
        #expect(try steps(4) == ["rules.too_many_steps"])
        #expect(try Self.problems("rules:\n" + rule("a", "form: session_loss") + rule("a", "form: session_loss")).map(\.code) == ["rules.duplicate_name"])
    }

    @Test("the one-minute table says how each time is made up")
    func worstCases() throws {
        let world = try World(
            rule("spo2-low", "{form: limit, kind: vital.spo2, low: 91, clear: 94, persistence_s: 20}".block),
            rule("systolic", "{form: limit, kind: vital.bp.systolic, high: 180, clear: 170, persistence_s: 20}".block),
            rule("sos", "{form: occurrence, kind: safety.sos}".block), rule("silence", "form: device_silence", priority: "low"),
            household: World.oneHome(limits: [LimitOverride(rule: "sos", parameters: try node("{accepted: known}"))]))
        let rows = Dictionary(world.book.worstCases().filter { $0.device == DeviceID("imei:1") }.map { ($0.rule, $0) }) { first, _ in first }
        #expect(rows["spo2-low"]?.seconds == 3 + 15 + 30, "two further readings span 20 s")
        #expect(rows["spo2-low"]?.promise == .periodic)
        #expect(rows["spo2-low"]?.isOverMinute(pipelineSeconds: 12) == false)
        #expect(rows["spo2-low"]?.isOverMinute(pipelineSeconds: 13) == true)
        #expect(rows["systolic"].map { [$0.seconds, $0.persistenceSeconds] } == [3, 0])
        #expect(rows["systolic"]?.promise == .spot)
        #expect(rows["sos"]?.promise == .deviceReported && rows["sos"]?.supervisionSeconds == 600 && rows["sos"]?.accepted == "known")
        #expect(rows["silence"]?.seconds == 1_800 && rows["silence"]?.promise == .absence)
        #expect(rows["silence"].map { [$0.windowSeconds, $0.persistenceSeconds] } == [1_800, 0])
    }

    @Test("the minute counts from the end of a window: a report that is late by 55 s keeps it beside a pipeline of 5 s, one by 56 s does not", arguments: [(55, false), (56, true)])
    func afterWindow(transport: Int, isOver: Bool) throws {
        let slow = ProfileTraits(
            profile: "sensor", outputs: [.init(kind: .presence, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: transport)], supervisionSeconds: 3_600)
        let world = try World(rule("bathroom", "{form: dwell, kind: behaviour.presence, longer_than_s: 1800}".block), traits: [World.traits[0], slow])
        let row = try #require(world.book.worstCases().first { $0.device == DeviceID("ieee:2") && $0.off == nil })
        #expect(row.seconds == transport + 1_800 && row.windowSeconds == 1_800 && row.isOverMinute(pipelineSeconds: 5) == isOver)
    }

    @Test("two positions in a row of a tracker that reports each minute are over the minute; one that reports each 20 s keeps it", arguments: [(60, true), (20, false)])
    func positions(interval: Int, isOver: Bool) throws {
        let tracker = ProfileTraits(
            profile: "sensor", outputs: [.init(kind: .latitude, meaning: .level, intervalSeconds: interval, transportDelaySecondsMax: 3)], supervisionSeconds: 3_600)
        let area = rule("area", "form: safe_area\n    areas: [{latitude: 35.96, longitude: 120.18, radius_m: 500}]\n    fixes: 2")
        let row = try #require(try World(area, traits: [World.traits[0], tracker]).book.worstCases().first { $0.device == DeviceID("ieee:2") && $0.off == nil })
        #expect(row.promise == .periodic && row.windowSeconds == 0 && row.seconds == 2 * interval && row.isOverMinute(pipelineSeconds: 5) == isOver)
    }

    @Test("a change of configuration ends what is gone, with its reason, and keeps the rest")
    func reconfigure() throws {
        let smoke = rule("smoke", "{form: occurrence, kind: safety.smoke}".block), spo2 = rule("spo2", "{form: limit, kind: vital.spo2, low: 91, clear: 94}".block)
        var world = try World(smoke, spo2)
        world.see(.smoke, .flag(true), 1)
        world.see(.spo2, .number(scaled: 900), 2)
        #expect(world.detection.openConditions(at: World.at(2), clock: world.clock, under: world.book).map(\.rule) == ["smoke", "spo2"])
        try world.restore()
        var found: [Finding] = []
        var problems = Problems()
        let moved = Household(homes: world.household.homes, residents: world.household.residents, bindings: [world.household.bindings[1]])
        world.book = RuleBook([try node("rules:\n" + smoke)], household: moved, traits: World.traits, &problems)
        world.detection.reconfigure(to: world.book, at: World.at(3), clock: world.clock, into: &found)
        #expect(found.map(\.words) == ["cleared test.spo2 rule_removed"])
        #expect(world.detection.openConditions(at: World.at(3), clock: world.clock, under: world.book).map(\.rule) == ["smoke"])
        found = []
        world.book = RuleBook([try node("rules:\n" + smoke)], household: Household(homes: moved.homes), traits: World.traits, &problems)
        world.detection.reconfigure(to: world.book, at: World.at(4), clock: world.clock, into: &found)
        #expect(found.map(\.words) == ["cleared test.smoke subject_removed"])
    }

    @Test("a book without rules finds nothing and breaks nothing")
    func empty() {
        var detection = Detection(), found: [Finding] = []
        let book = RuleBook(), at = World.at(1)
        let press = Reading(device: DeviceID("imei:1"), binding: nil, kind: .sos, value: .code("pressed"), meaning: .momentary, receivedAt: at, profile: "watch")
        detection.observe(press, at: at, clock: HubClock(), under: book, into: &found)
        detection.observe(Rejection(reason: .malformed, topic: "t", isSafety: true, text: "x"), at: at, clock: HubClock(), under: book, into: &found)
        detection.observe(LinkChange(link: .safety, change: .lost), at: at, clock: HubClock(), under: book, into: &found)
        #expect(found == [] && detection.nextDeadline == nil && book.worstCases() == [])
    }

    @Test("the queue gives (due, key) order through sets, moves and removals")
    func queue() {
        var queue = DeadlineQueue(keys: 64), model: [Int: Int64] = [:], seed: UInt64 = 42
        for _ in 0..<5_000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = Int(seed >> 33) % 64, due = Int64(seed >> 40) % 50
            if seed >> 60 < 5 { queue.remove(key); model[key] = nil } else { queue.set(key, due: Instant(microseconds: due)); model[key] = due }
            let first = model.min { ($0.value, $0.key) < ($1.value, $1.key) }
            #expect(queue.first?.key == first?.key && queue.first?.due.microseconds == first?.value && queue.count == model.count)
        }
    }

    @Test("every verdict has a reason in both languages")
    func reasons() {
        for quiet in Quiet.allCases { #expect(!quiet.text.zhCN.isEmpty && !quiet.text.en.isEmpty && quiet.name == quiet.name.lowercased()) }
        for cause in Ground.Cause.allCases { #expect(Limit.sentence(.raise(Ground(cause), .high), .en) == cause.text.en) }
        #expect(Quiet.belowPersistence.name == "below_persistence")
    }
}
