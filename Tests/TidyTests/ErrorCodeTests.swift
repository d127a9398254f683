import Foundation
import Testing

/// docs/errors.md is what a person looks a code up in.
@Suite struct ErrorCodeTests {
    /// First parts of codes; a text of the sources that begins with one and a dot is a code.
    static let families: Set<String> = ["config", "network", "response", "rules", "profile", "homes", "broker", "mqtt", "ledger", "rabbitmq", "webhook", "sms"]

    @Test("every code of the sources stands in docs/errors.md, and every code there stands in the sources")
    func codes() throws {
        let page = try String(contentsOf: TreeTests.root.appending(path: "docs/errors.md"), encoding: .utf8)
        let documented = codes(in: page, between: "`")
        let used = try usedCodes()
        #expect(used.count > 80, "the search found too little to be right")
        for code in used.subtracting(documented).sorted() { Issue.record("\(code) is not in docs/errors.md") }
        for code in documented.subtracting(used).sorted() { Issue.record("\(code) of docs/errors.md is nowhere in the sources") }
    }

    @Test("every reason for a rejected message and every code of an HTTP answer stands in docs/errors.md")
    func reasons() throws {
        let page = try String(contentsOf: TreeTests.root.appending(path: "docs/errors.md"), encoding: .utf8)
        let api = try String(contentsOf: TreeTests.root.appending(path: "docs/http-api.md"), encoding: .utf8)
        let rows = api.split(separator: "\n").filter { $0.hasPrefix("| 4") || $0.hasPrefix("| 503") }
        #expect(rows.count >= 9)
        for row in rows {
            for (index, word) in row.split(separator: "`").enumerated() where index % 2 == 1 {
                #expect(page.contains("`\(word)`"), "\(word) of docs/http-api.md is not in docs/errors.md")
            }
        }
    }

    /// Keys of hub.yaml look like codes; they are named in one file only.
    private func usedCodes() throws -> Set<String> {
        let base = TreeTests.root.appending(path: "Sources")
        let paths = try #require(FileManager.default.enumerator(atPath: base.path)).compactMap { $0 as? String }
        var found: Set<String> = []
        for path in paths where path.hasSuffix(".swift") && !path.hasSuffix("SettingReference.swift") {
            found.formUnion(codes(in: try String(contentsOf: base.appending(path: path), encoding: .utf8), between: "\""))
        }
        return found
    }

    /// Texts such as `config.missing_key` that stand alone between two of `mark`.
    private func codes(in text: String, between mark: Character) -> Set<String> {
        var found: Set<String> = []
        for line in text.split(separator: "\n") {
            for part in line.split(separator: mark, omittingEmptySubsequences: false) {
                let words = part.split(separator: ".", omittingEmptySubsequences: false)
                guard words.count == 2, ErrorCodeTests.families.contains(String(words[0])), !words[1].isEmpty, words[1] != "yaml", words[1] != "sqlite" else { continue }
                guard words[1].utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || $0 == 95 }) else { continue }
                found.insert(String(part))
            }
        }
        return found
    }
}
