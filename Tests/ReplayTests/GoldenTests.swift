import Foundation
import Testing

/// Golden replays under the shipped configuration. `VIGIL_WRITE_CASES=1` writes what comes out as what is expected.
@Suite struct GoldenTests {
    @Test("every case has an input, an expected output and a README, and there are enough of them")
    func casesAreComplete() throws {
        #expect(GoldenCase.all.count >= 12)
        for golden in GoldenCase.all {
            #expect(FileManager.default.fileExists(atPath: golden.input.path), "\(golden.name)/input.jsonl is missing")
            #expect(FileManager.default.fileExists(atPath: golden.expected.path), "\(golden.name)/expected.jsonl is missing; VIGIL_WRITE_CASES=1 writes it")
            let readme = try String(contentsOf: golden.readme, encoding: .utf8)
            #expect(readme.contains("The nurse sees"), "\(golden.name)/README.md doesn't say what a nurse would see")
        }
    }

    @Test("a replay gives the expected incidents, byte for byte", arguments: GoldenCase.all)
    func replay(golden: GoldenCase) throws {
        let found = try golden.replay()
        if ProcessInfo.processInfo.environment["VIGIL_WRITE_CASES"] == "1" { try found.write(to: golden.expected) }
        try compare(found, with: golden)
    }

    @Test("another process gives the same bytes", arguments: GoldenCase.all)
    func otherProcess(golden: GoldenCase) throws {
        let found = try golden.replayElsewhere()
        #expect(try found == golden.replay())
    }

    @Test("a processor without FMA and AVX2 gives the same bytes", arguments: GoldenCase.all)
    func otherProcessor(golden: GoldenCase) throws {
        let found = try golden.replayElsewhere(environment: ["GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2"])
        #expect(try found == golden.replay())
    }

    /// Names the first revision that differs, because a whole log is no help.
    private func compare(_ found: Data, with golden: GoldenCase) throws {
        let want = try Data(contentsOf: golden.expected)
        guard found != want else { return }
        let a = want.split(separator: 0x0A), b = found.split(separator: 0x0A)
        let index = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? min(a.count, b.count)
        func line(_ lines: [Data.SubSequence]) -> String { index < lines.count ? String(decoding: lines[index], as: UTF8.self) : "nothing" }
        Issue.record("\(golden.name), revision \(index + 1) of \(a.count):\nexpected \(line(a))\nfound    \(line(b))")
    }
}
