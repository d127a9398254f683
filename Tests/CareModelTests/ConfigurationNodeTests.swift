import CareModel
import Testing

@Suite struct ConfigurationNodeTests {
    private func scalar(_ text: String, quoted: Bool = false, line: Int = 1) -> ConfigurationNode {
        ConfigurationNode(.scalar(text, isQuoted: quoted), at: Place(file: "t.yaml", line: line, column: 5))
    }

    private func mapping(_ pairs: [(String, ConfigurationNode)]) -> ConfigurationNode {
        ConfigurationNode(.mapping(pairs.enumerated().map { .init(key: $1.0, keyPlace: Place(file: "t.yaml", line: $0 + 1, column: 1), value: $1.1) }), at: Place(file: "t.yaml", line: 1, column: 1))
    }

    @Test("one pass finds every fault, each with its place")
    func allFaults() {
        var problems = Problems()
        var reader = MappingReader(mapping([("count", scalar("many", line: 1)), ("share", scalar("1.234", line: 2)), ("on", scalar("yes", line: 3)), ("count", scalar("2", line: 4)), ("colour", scalar("red", line: 5))]), "a thing", &problems)
        _ = reader.int("count", in: 1...3, &problems)
        _ = reader.decimal("share", decimals: 2, &problems)
        _ = reader.bool("on", default: false, &problems)
        _ = reader.string("name", &problems)
        reader.finish(&problems)
        #expect(problems.list.map(\.code) == ["config.wrong_type", "config.wrong_type", "config.wrong_type", "config.missing_key", "config.duplicate_key", "config.unknown_key"])
        #expect(problems.list.map(\.place.line) == [1, 2, 3, 1, 4, 5])
        #expect(problems.list[5].description == "t.yaml:5:1: unknown key \"colour\"; known here: count, name, on, share [config.unknown_key]")
    }

    @Test("decimals are read exactly", arguments: [("36.6", 1, 366), ("-0.5", 2, -50), ("7", 3, 7_000), ("0", 0, 0)] as [(String, Int, Int64)])
    func decimals(text: String, places: Int, value: Int64) {
        var problems = Problems()
        #expect(scalar(text).decimal("x", decimals: places, &problems) == value)
        #expect(problems.isEmpty)
    }

    @Test("what is no decimal is refused", arguments: ["", "-", ".5", "5.", "1e3", "0x10", "1.2.3", "99999999999999999999", "nan", "١"])
    func noDecimals(text: String) {
        var problems = Problems()
        #expect(scalar(text).decimal("x", decimals: 2, &problems) == nil)
        #expect(problems.list.count == 1)
    }

    @Test("the limit of a whole number is allowed, one past it is not", arguments: [(1, true), (300, true), (0, false), (301, false)])
    func range(value: Int, isAllowed: Bool) {
        var problems = Problems()
        #expect((scalar(String(value)).int("x", in: 1...300, &problems) != nil) == isAllowed)
        #expect(problems.isEmpty == isAllowed)
    }

    @Test("a quoted number is a text")
    func quoted() {
        var problems = Problems()
        #expect(scalar("12", quoted: true).int("x", in: 0...99, &problems) == nil)
        #expect(scalar("12", quoted: true).string("x", &problems) == "12")
    }
}
