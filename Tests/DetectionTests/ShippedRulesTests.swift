import CareModel
import Detection
import Foundation
import Testing

@Suite("Shipped rules")
struct ShippedRulesTests {
    private static func shipped() throws -> [ConfigurationNode] {
        let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("config/rules")
        return try ["behaviour", "environment", "safety", "sets", "technical", "vitals"].map { name in
            try node(String(contentsOf: folder.appendingPathComponent(name + ".yaml"), encoding: .utf8), file: name + ".yaml")
        }
    }

    private static func world() throws -> (RuleBook, Detection) {
        var problems = Problems(), detection = Detection(), none: [Finding] = []
        let book = RuleBook(try shipped(), household: World.oneHome(), traits: World.traits, &problems)
        #expect(problems.list == [])
        detection.reconfigure(to: book, at: World.start, clock: HubClock(), into: &none)
        return (book, detection)
    }

    @Test("they have no fault, and every high-priority row keeps the minute with a pipeline of 5 s")
    func minute() throws {
        let (book, _) = try Self.world()
        #expect(book.ruleNames.count >= 30)
        for row in book.worstCases() { #expect(!row.isOverMinute(pipelineSeconds: 5), "\(row.rule): \(row.seconds ?? 0)") }
    }

    @Test("NEWS2 bands of 3 points and NG136, to the letter", arguments: [
        (.heartRate, 400, "vital.heart_rate.low"), (.heartRate, 410, nil), (.heartRate, 1_300, nil), (.heartRate, 1_310, "vital.heart_rate.high"),
        (.spo2, 910, "vital.spo2.low"), (.spo2, 920, nil), (.bpSystolic, 900, "vital.bp.systolic.low"), (.bpSystolic, 910, nil),
        (.bpSystolic, 1_790, nil), (.bpSystolic, 1_800, "vital.bp.systolic.high"), (.bpSystolic, 2_200, "vital.bp.systolic.high"),
    ] as [(Kind, Int64, String?)])
    func bands(kind: Kind, value: Int64, incident: String?) throws {
        var (book, detection) = try Self.world()
        var found: [Finding] = []
        for second in [0.0, 15] {
            let at = World.at(second)
            detection.observe(Reading(device: DeviceID("imei:1"), binding: 0, kind: kind, value: .number(scaled: value), meaning: .level, receivedAt: at, profile: "watch"), at: at, clock: HubClock(), under: book, into: &found)
        }
        found.removeAll { $0.rule.hasSuffix("-note") }
        #expect(found.first?.kind == incident)
        #expect(found.first.map { $0.priority == (kind == .heartRate || value == 2_200 ? .high : .medium) } ?? true)
        book = RuleBook()
    }

    @Test("a spot value for the family doctor is a note of low priority, at the limit and not below it, and ends with the next good one", arguments: [
        (.bpSystolic, 1_590, 1_600), (.heartRate, 510, 500),
    ] as [(Kind, Int64, Int64)])
    func notes(kind: Kind, good: Int64, noted: Int64) throws {
        var (book, detection) = try Self.world()
        var found: [Finding] = [], second = 0.0
        func see(_ value: Int64, times: Int) {
            for _ in 0..<times {
                let at = World.at(second)
                second += 15
                detection.observe(Reading(device: DeviceID("imei:1"), binding: 0, kind: kind, value: .number(scaled: value), meaning: .level, receivedAt: at, profile: "watch"), at: at, clock: HubClock(), under: book, into: &found)
            }
        }
        see(good, times: 6)
        #expect(found == [])
        see(noted, times: 6)
        #expect(found.map(\.priority) == [.low] && found.first?.rule.hasSuffix("-note") == true)
        see(good, times: 1)
        #expect(found.last?.change == .cleared(.recovered))
        book = RuleBook()
    }

    @Test("each shipped rule set can be chosen, and what is a matter of safety is the same in all", arguments: ["living-alone", "couple-at-home", "nursing-home", "dementia", "bedridden"])
    func sets(name: String) throws {
        func rows(_ set: RuleSetChoice?) throws -> [WorstCase] {
            var problems = Problems()
            var household = World.ward()
            var home = household.homes[0]
            home.ruleSet = set
            household = Household(homes: [home], residents: household.residents, bindings: household.bindings)
            let book = RuleBook(try Self.shipped(), household: household, traits: World.wardTraits, &problems)
            #expect(problems.list == [])
            return book.worstCases()
        }
        let plain = try rows(nil), chosen = try rows(RuleSetChoice(name: name, place: Place(file: "homes.yaml", line: 1, column: 1)))
        // The one-minute table shows the longest window only, which living alone leaves as it is.
        #expect(name == "living-alone" || plain != chosen)
        // What is urgent holds its minute in every set with the ward's devices; what the rule itself adds, with any device, is tested below.
        for row in chosen where row.priority == .high && row.off == nil {
            #expect(row.persistenceSeconds <= 60 && !row.isOverMinute(pipelineSeconds: 5), "\(row.rule): \(row.persistenceSeconds) s of \(row.seconds ?? 0)")
        }
        #expect(chosen.contains { $0.priority == .high && $0.windowSeconds == 0 && $0.off == nil })
        let safety = Set(Kind.allCases.filter(\.isSafety))
        #expect(plain.filter { $0.kind.map(safety.contains) ?? false } == chosen.filter { $0.kind.map(safety.contains) ?? false })
    }

    /// Every high-priority rule of a set, with the most that it adds by itself and the window that is its condition: each kind reported each
    /// second by some device, so that no device's interval counts and none shortens a persistence.
    private static func urgent(_ files: [ConfigurationNode], set: String?) throws -> [(rule: String, seconds: Int, window: Int)] {
        let every = ProfileTraits(
            profile: "every", outputs: Kind.allCases.map { .init(kind: $0, meaning: .level, intervalSeconds: 1, transportDelaySecondsMax: 0) }, supervisionSeconds: 3_600)
        let home = Home(
            id: HomeID("h1"), zone: .utc, ruleSet: set.map { RuleSetChoice(name: $0, place: Place(file: "homes.yaml", line: 1, column: 1)) })
        let rooms = ["bathroom", "bedroom", "front-door", "kitchen"]
        let household = Household(
            homes: [home],
            // What a person must set up before it can speak is set up.
            residents: [Resident(id: ResidentID("r1"), home: 0, limits: [LimitOverride(
                rule: "safe-area", parameters: try node("{areas: [{latitude: 35.96, longitude: 120.18, radius_m: 500}]}"))])],
            bindings: rooms.map { DeviceBinding(device: DeviceID("ieee:\($0)"), profile: "every", home: 0, residents: [0], room: $0) })
        var problems = Problems()
        let book = RuleBook(files, household: household, traits: [every], &problems)
        #expect(problems.list == [], "\(set ?? "no set")")
        let all = book.worstCases().filter { $0.priority == .high }, rows = all.filter { $0.off == nil }
        // Without a set no urgent rule is off everywhere, so none escapes.
        if set == nil { #expect(Set(all.map(\.rule)) == Set(rows.map(\.rule))) }
        return Dictionary(grouping: rows, by: \.rule).sorted { $0.key < $1.key }.map {
            ($0, $1.map(\.persistenceSeconds).max() ?? 0, $1.map(\.windowSeconds).max() ?? 0)
        }
    }

    /// The names of the sets as they stand in the files, and none.
    private static func everySet() throws -> [String?] {
        var names: [String?] = [nil]
        for file in try shipped() {
            guard case .sequence(let list)? = file["sets"]?.content else { continue }
            for set in list { if case .scalar(let text, _)? = set["name"]?.content { names.append(text) } }
        }
        return names
    }

    @Test("in every shipped set each high-priority rule adds at most a minute of its own to its condition, whatever the device")
    func ownMinute() throws {
        let files = try Self.shipped(), sets = try Self.everySet()
        #expect(Set(sets.compactMap { $0 }).isSuperset(of: ["living-alone", "couple-at-home", "nursing-home", "dementia", "bedridden"]))
        for set in sets {
            let urgent = try Self.urgent(files, set: set)
            let over = urgent.filter { $0.seconds > 60 }
            #expect(over.isEmpty, "\(set ?? "no set"): \(over.map { "\($0.rule) \($0.seconds) s" })")
            // None is left out of the table.
            #expect(urgent.count >= 15, "\(urgent.map(\.rule))")
        }
    }

    @Test("a stay, a silence or a dose is the condition itself, and its row says how long it is", arguments: [
        ("bathroom-long", 1_800), ("out-of-bed-no-motion", 600), ("door-night-nobody", 300), ("fall-no-movement", 300), ("co-course", 60),
    ])
    func windows(rule: String, seconds: Int) throws {
        let found = try #require(try Self.urgent(try Self.shipped(), set: nil).first { $0.rule == rule })
        #expect(found.window == seconds && found.seconds == 0)
    }

    @Test("a persistence of a minute in a set is kept and one of a second more is found", arguments: [(60, false), (61, true)])
    func ownMinuteFails(seconds: Int, isOver: Bool) throws {
        let text = "sets:\n  - name: slow\n    title: {zh-CN: 慢, en: slow}\n    source: A test.\n    limits:\n      heart-rate-low: {persistence_s: \(seconds)}\n"
        let urgent = try Self.urgent(try Self.shipped().filter { $0["sets"] == nil } + [node(text, file: "sets.yaml")], set: "slow")
        let found = try #require(urgent.first { $0.rule == "heart-rate-low" })
        #expect(found.seconds == seconds && (found.seconds > 60) == isOver)
    }

    @Test("sentences say what to do first, in both languages, without a gap")
    func sentences() throws {
        var (book, detection) = try Self.world()
        var found: [Finding] = []
        let at = World.at(1)
        for (kind, value) in [(Kind.fall, ReadingValue.code("suspected")), (.sos, .code("pressed"))] {
            detection.observe(Reading(device: DeviceID("imei:1"), binding: 0, kind: kind, value: value, meaning: .momentary, receivedAt: at, profile: "watch"), at: at, clock: HubClock(), under: book, into: &found)
        }
        #expect(found.map(\.text.zhCN) == ["请立即致电；无人接听则请邻居上门。疑似跌倒", "请立即致电老人；无人接听则请邻居或钥匙保管人上门。本人按下紧急求助"])
        #expect(found[0].text.en == "Call now; no answer, send the neighbour. Suspected fall")
        book = RuleBook()
    }
}
