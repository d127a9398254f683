import Foundation
import Testing

/// Rules of the tree that a reader would otherwise have to remember.
@Suite struct TreeTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Which rooms a stage may import; the compiler's import check knows only what Package.swift declares.
    static let stages = ["Decoding", "Detection", "Escalation", "Formats"]

    @Test("stages never import each other", arguments: stages)
    func stagesAreApart(stage: String) throws {
        for (file, text) in try swiftFiles(under: "Sources/\(stage)") {
            for line in text.split(separator: "\n") where line.contains("import ") {
                for other in TreeTests.stages where other != stage {
                    #expect(line != "import \(other)", "\(file) imports \(other)")
                }
            }
        }
    }

    @Test("no file of the sources is longer than 400 lines")
    func filesAreShort() throws {
        for (file, text) in try swiftFiles(under: "Sources") {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 401, "\(file) has \(lines) lines: give its second subject a file")
        }
    }

    @Test("banned words have a better one")
    func words() throws {
        let banned = [
            "Manager": "a noun that says what it is", "Helper": "the room where it belongs", "Utils": "the room where it belongs",
            "timestamp": "observedAt, receivedAt or openedAt",
        ]
        for (file, text) in try swiftFiles(under: "Sources") {
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                for (word, better) in banned where line.contains("struct \(word)") || line.contains("class \(word)") || line.contains("let \(word)") || line.contains("var \(word)") {
                    Issue.record("\(file):\(number + 1): \"\(word)\": use \(better)")
                }
            }
        }
    }

    @Test("the rooms of Package.swift are the folders of Sources")
    func rooms() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: TreeTests.root.appending(path: "Sources").path).sorted()
        let package = try String(contentsOf: TreeTests.root.appending(path: "Package.swift"), encoding: .utf8)
        let architecture = try String(contentsOf: TreeTests.root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
        for folder in folders {
            #expect(package.contains("\"\(folder)\""), "Sources/\(folder) is no target")
            #expect(architecture.contains("`\(folder)`"), "ARCHITECTURE.md does not name \(folder)")
        }
    }

    private func swiftFiles(under path: String) throws -> [(String, String)] {
        let base = TreeTests.root.appending(path: path)
        let paths = try #require(FileManager.default.enumerator(atPath: base.path)).compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
        #expect(!paths.isEmpty)
        return try paths.sorted().map { ("\(path)/\($0)", try String(contentsOf: base.appending(path: $0), encoding: .utf8)) }
    }
}
