import CareModel
@testable import Detection
import Testing

@Suite("Rule sets")
struct RuleSetTests {
    private static let rules = "rules:\n" + rule("spo2-low", "form: limit\n    kind: vital.spo2\n    low: 91\n    clear: 94", priority: "medium")
        + rule("sos", "form: occurrence\n    kind: safety.sos", category: "safety") + rule("often", "form: count\n    kinds: [behaviour.motion]\n    count: 2\n    within_s: 3600", priority: "low", category: "behaviour")

    private static let sets = """
    sets:
      - name: frail
        title: {zh-CN: 虚弱, en: frail}
        source: our choice, because it is a test
        limits:
          spo2-low: {low: 88, clear: 90, priority: high}
          often: {enabled: false, reason: "a test"}
      - name: plain
        title: {zh-CN: 一般, en: plain}
        source: our choice, because it is a test
    """

    private static func choice(_ name: String?) -> RuleSetChoice? { name.map { RuleSetChoice(name: $0, place: Place(file: "homes.yaml", line: 7, column: 5)) } }

    private static func household(home: String?, resident: String? = nil, limits: [LimitOverride] = []) -> Household {
        let one = World.ward(limits: limits)
        var homes = one.homes, residents = one.residents
        homes[0].ruleSet = choice(home)
        residents[0].ruleSet = choice(resident)
        return Household(homes: homes, residents: residents, bindings: one.bindings)
    }

    private static func problems(_ sets: String, home: String? = nil) throws -> [String] {
        var problems = Problems()
        _ = RuleBook([try node(rules, file: "a.yaml"), try node(sets, file: "sets.yaml")], household: household(home: home), traits: World.wardTraits, &problems)
        return problems.list.map { "\($0.place.file) \($0.code)" }
    }

    /// What a saturation and two movements raise.
    private static func found(_ value: Int64, _ household: Household) throws -> [String] {
        var problems = Problems(), detection = Detection(), findings: [Finding] = []
        let clock = HubClock(offset: .zero, quality: .synchronised)
        let book = RuleBook([try node(rules), try node(sets)], household: household, traits: World.wardTraits, &problems)
        #expect(problems.list == [])
        detection.reconfigure(to: book, at: World.start, clock: clock, into: &findings)
        func see(_ device: String, _ kind: Kind, _ value: ReadingValue, _ second: Double) {
            let id = DeviceID(device), at = World.at(second)
            detection.observe(
                Reading(device: id, binding: household.binding(of: id), kind: kind, value: value, meaning: .momentary, receivedAt: at, profile: ""), at: at, clock: clock,
                under: book, into: &findings)
        }
        see("imei:1", .spo2, .number(scaled: value), 1)
        for second in [10.0, 700] { see("ieee:2", .motion, .flag(true), second) }
        return findings.map(\.words)
    }

    @Test("a set's numbers and priority hold for the home and its residents; a rule that is off there stays silent")
    func chosen() throws {
        #expect(try Self.found(910, Self.household(home: nil)) == ["raised test.spo2-low medium", "raised test.often low"])
        #expect(try Self.found(890, Self.household(home: "frail")) == [])
        #expect(try Self.found(880, Self.household(home: "frail")) == ["raised test.spo2-low high"])
        #expect(try Self.found(910, Self.household(home: "plain")) == ["raised test.spo2-low medium", "raised test.often low"])
    }

    @Test("a resident's own set wins over the home's, and own limits win over the set, key by key")
    func order() throws {
        #expect(try Self.found(910, Self.household(home: "frail", resident: "plain")) == ["raised test.spo2-low medium", "raised test.often low"])
        #expect(try Self.found(880, Self.household(home: nil, resident: "frail")) == ["raised test.spo2-low high"])
        let own = [LimitOverride(rule: "spo2-low", parameters: try node("{low: 85}"))]
        #expect(try Self.found(860, Self.household(home: "frail", limits: own)) == [])
        #expect(try Self.found(850, Self.household(home: "frail", limits: own)) == ["raised test.spo2-low high"], "the priority is still the set's")
    }

    @Test("where several live, the home's set holds for what belongs to the home")
    func several() throws {
        let one = Self.household(home: "frail")
        let two = Household(homes: one.homes, residents: one.residents + [Resident(id: ResidentID("r2"), home: 0)], bindings: one.bindings.map { binding in
            var binding = binding
            binding.residents = binding.device.text == "imei:1" ? [0, 1] : binding.residents
            return binding
        })
        #expect(try Self.found(890, two) == [])
        #expect(try Self.found(880, two).first == "raised test.spo2-low high")
    }

    @Test("faults of a set are found where they stand, chosen or not")
    func faults() throws {
        #expect(try Self.problems(Self.sets) == [])
        #expect(try Self.problems(Self.sets, home: "fraill") == ["homes.yaml rules.unknown_set"])
        func set(_ limits: String, name: String = "a", source: String = "x") -> String { "sets:\n  - {name: \(name), title: {zh-CN: 甲, en: a}, source: \"\(source)\", limits: \(limits)}\n" }
        #expect(try Self.problems(set("{spo3: {low: 1}}")) == ["sets.yaml rules.unknown_rule"])
        #expect(try Self.problems(set("{spo2-low: {low: 88, clear: 80}}")) == ["sets.yaml rules.clear_level"])
        #expect(try Self.problems(set("{spo2-low: {priority: urgent}}")) == ["sets.yaml config.unknown_choice"])
        #expect(try Self.problems(set("[a]")) == ["sets.yaml config.wrong_type"])
        #expect(try Self.problems(set("{}", source: "")) == ["sets.yaml rules.no_source"])
        #expect(try Self.problems(set("{}") + "  - {name: a, title: {zh-CN: 甲, en: a}, source: x}\n") == ["sets.yaml rules.duplicate_name"])
    }

    @Test("64 sets are allowed, one more is not", arguments: [0, 1])
    func limit(excess: Int) throws {
        let many = (0..<RuleSet.setsMax + excess).map { "  - {name: s\($0), title: {zh-CN: 甲, en: a}, source: x}\n" }.joined()
        #expect(try Self.problems("sets:\n" + many) == (excess == 0 ? [] : ["sets.yaml rules.too_many"]))
    }
}
