import CareModel
import Foundation
import Testing

@Suite struct KindTableTests {
    @Test("there is one row a kind, its name is found again and unique")
    func rows() {
        #expect(KindTable.entries.count == Kind.allCases.count)
        #expect(Set(KindTable.entries.map(\.name)).count == KindTable.entries.count)
        for kind in Kind.allCases {
            #expect(Kind(name: kind.name) == kind)
            if case .number = kind.entry.shape {
                #expect(kind.entry.unit != nil, "\(kind.name) has no unit")
                #expect(kind.entry.possible != nil, "\(kind.name) has no range")
            }
        }
    }

    @Test("decimals are printed without trailing zeros", arguments: [(3665, 2, "36.65"), (3660, 2, "36.6"), (3600, 2, "36"), (-5, 1, "-0.5"), (0, 3, "0"), (7, 0, "7")] as [(Int64, Int, String)])
    func decimals(scaled: Int64, places: Int, text: String) { #expect(decimalText(scaled: scaled, decimals: places) == text) }

    /// Set VIGIL_WRITE_DOCS=1 to write the document anew.
    @Test("docs/kinds.md is what the table says")
    func document() throws {
        var lines = [
            "# Kinds", "",
            "Every reading has one of these kinds. Generated from `Sources/CareModel/KindTable.swift`: change it there, then run",
            "`VIGIL_WRITE_DOCS=1 scripts/test --filter KindTable`.", "",
            "Codes marked (?) were not read in a source of the standard. 11073 codes from 8519680 on are IEEE 11073-10471 (independent living hub).",
            "The range is what is technically possible: a value outside it is kept and marked `implausible`. It is no alarm limit.", "",
            "| kind | value | UCUM | resolution | possible | LOINC | IEEE 11073 | usual interval |", "|---|---|---|---|---|---|---|---|",
        ]
        for entry in KindTable.entries {
            let code = { (c: KindEntry.Code?) in c.map { $0.code + ($0.isCertain ? "" : " (?)") } ?? "–" }
            let shape = switch entry.shape {
            case .number: "number"
            case .flag: "true, false"
            case .code: "word"
            case .waveform: "samples"
            }
            let text = { (v: Int64) in decimalText(scaled: v, decimals: entry.decimals) }
            let possible = entry.possible.map { "\(text($0.lowerBound))…\(text($0.upperBound))" } ?? "–"
            let resolution = entry.possible == nil ? "–" : text(1)
            let interval = entry.usualIntervalSeconds == 0 ? "on demand or change" : "\(entry.usualIntervalSeconds) s"
            lines.append("| `\(entry.name)` | \(shape) | \(entry.unit.map { "`\($0)`" } ?? "–") | \(resolution) | \(possible) | \(code(entry.loinc)) | \(code(entry.mdc)) | \(interval) |")
        }
        let text = lines.joined(separator: "\n") + "\n"
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/kinds.md")
        if ProcessInfo.processInfo.environment["VIGIL_WRITE_DOCS"] == "1" { try text.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
}
