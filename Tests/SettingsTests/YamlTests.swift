import CareModel
import Foundation
import Testing

@testable import Settings

@Suite struct YamlTests {
    private func read(_ text: String) -> (node: ConfigurationNode?, problems: Problems) {
        var problems = Problems()
        let node = YamlDocument.read(Array(text.utf8), file: "f.yaml", &problems)
        return (node, problems)
    }

    @Test("every key and value knows its line and column, counted in characters")
    func places() throws {
        let (root, problems) = read("# 注释\na: 1\n姓名: 王秀兰\nlist:\n  - {b: \"2\"}\n  - ~\n")
        let node = try #require(root)
        #expect(problems.isEmpty)
        #expect(node["a"]?.place == Place(file: "f.yaml", line: 2, column: 4))
        #expect(node["姓名"]?.place == Place(file: "f.yaml", line: 3, column: 5))
        guard case .sequence(let items)? = node["list"]?.content, case .mapping(let entries) = items[0].content else {
            Issue.record("\(node)")
            return
        }
        #expect(entries[0].keyPlace == Place(file: "f.yaml", line: 5, column: 6))
        #expect(entries[0].value.content == .scalar("2", isQuoted: true))
        #expect(items[1].isNull)
    }

    @Test("an alias gives its anchor's value")
    func alias() throws {
        let (root, problems) = read("a: &x {b: 1}\nc: *x\n")
        #expect(problems.isEmpty)
        #expect(try #require(root)["c"]?["b"]?.content == .scalar("1", isQuoted: false))
    }

    @Test("an empty file is null")
    func empty() {
        #expect(read("").node?.isNull == true)
        #expect(read("# only a comment\n").node?.isNull == true)
    }

    @Test("aliases that multiply are stopped at the limit of values")
    func billionLaughs() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for n in 1...12 { text += "a\(n): &a\(n) [" + Array(repeating: "*a\(n - 1)", count: 10).joined(separator: ", ") + "]\n" }
        let (node, problems) = read(text)
        #expect(node == nil)
        #expect(problems.list.map(\.code) == ["config.too_many"])
    }

    @Test("values inside each other stop at the limit, in both styles", arguments: [true, false])
    func depth(isFlow: Bool) {
        func text(_ depth: Int) -> String {
            isFlow ? String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                : (0..<depth).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n") + " 1\n"
        }
        #expect(read(text(SettingsLimits.depthMax)).problems.isEmpty)
        #expect(read(text(SettingsLimits.depthMax + 2)).problems.list.map(\.code) == ["config.too_deep"])
        if isFlow { #expect(read(text(100_000)).problems.list.map(\.code) == ["config.too_deep"]) }
    }

    @Test("tags, merge keys and keys that are lists are refused where they stand")
    func refused() {
        let (_, problems) = read("a: !!int 1\nb: !custom {c: 1}\nd:\n  <<: 1\n? [e]\n: 1\nf: !!str 5\n")
        #expect(problems.lines == ["config.tag 1", "config.tag 2", "config.merge_key 4", "config.wrong_type 5", "config.tag 7"])
    }

    @Test("a file is read up to the limit of its bytes", arguments: [0, 1])
    func size(excess: Int) {
        let text = "a: 1\n#" + String(repeating: "x", count: Limits.configurationFileBytesMax - 6 + excess)
        #expect(read(text).problems.list.map(\.code) == (excess == 0 ? [] : ["config.too_large"]))
    }

    @Test("bytes that are not UTF-8 are a problem at their line")
    func notUTF8() {
        var problems = Problems()
        #expect(YamlDocument.read(Array("a: 1\nb: ".utf8) + [0xC0, 0xAF, 10], file: "f", &problems) == nil)
        #expect(problems.lines == ["config.not_utf8 2"])
    }
}
