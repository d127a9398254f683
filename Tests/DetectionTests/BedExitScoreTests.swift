import CareModel
@testable import Detection
import Foundation
import Testing

/// The trees that scripts/fit-bed-exit wrote, as they stand in the source: a wrong number in them would end the hub in the middle of a night.
@Suite("The trees of the bed exit")
struct BedExitScoreTests {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The lines between the brackets of a list.
    private static func list(_ name: String) throws -> String {
        let text = try String(contentsOf: root.appendingPathComponent("Sources/Detection/BedExitScore.swift"), encoding: .utf8)
        let head = try #require(text.range(of: "private static let \(name): [Int32] = [\n"))
        let end = try #require(text.range(of: "\n    ]", range: head.upperBound..<text.endIndex))
        return String(text[head.upperBound..<end.lowerBound])
    }

    private static func numbers(_ name: String) throws -> [Int] {
        try list(name).split { $0 == "," || $0 == " " || $0 == "\n" }.map { try #require(Int($0), "\($0)") }
    }

    @Test("150 trees of at most 8 leaves, each whole and by itself: every way down ends at a leaf of its own tree, every feature is one of 34")
    func shape() throws {
        let starts = try Self.numbers("starts"), nodes = try Self.numbers("nodes")
        #expect(starts.count == 150 && starts.first == 0 && nodes.count % 3 == 0)
        for (start, end) in zip(starts, starts.dropFirst() + [nodes.count / 3]) {
            try #require(start < end)
            var seen: Set<Int> = [], leaves = 0, open = [start]
            while let node = open.popLast() {
                try #require((start..<end).contains(node) && seen.insert(node).inserted, "node \(node) of the tree at \(start)")
                let feature = nodes[node * 3]
                if feature < 0 {
                    leaves += 1
                    #expect(feature == -1 && abs(nodes[node * 3 + 1]) < 10_000 && nodes[node * 3 + 2] == 0)
                } else {
                    #expect(feature < 34, "node \(node)")
                    open += [node + 1, nodes[node * 3 + 2]]
                }
            }
            #expect(seen.count == end - start && leaves <= 8, "the tree at \(start)")
        }
    }

    @Test("the lists stand in the lines that the script writes, and the threshold is its default", arguments: ["starts", "nodes"])
    func written(name: String) throws {
        var lines: [String] = [], line = "        "
        for number in try Self.numbers(name) {
            let word = "\(number),"
            if line.count + word.count + 1 > 158 {
                lines.append(String(line.dropLast()))
                line = "        "
            }
            line += word + " "
        }
        lines.append(String(line.dropLast()))
        #expect(try Self.list(name) == lines.joined(separator: "\n"))
        let script = try String(contentsOf: Self.root.appendingPathComponent("scripts/fit-bed-exit"), encoding: .utf8)
        #expect(script.contains("\"--threshold\", type=int, default=\(BedExitScore.threshold),"))
    }

    @Test("values at either end of what can be sensed are scored")
    func extremes() {
        for value in [Int64(Int32.min), -999_000, 0, Int64(Int32.max)] {
            let score = BedExitScore.score(InlineArray<34, Int64>(repeating: value))
            #expect(score.magnitude < 1_500_000, "\(value): \(score)")
        }
    }
}
