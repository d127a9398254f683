import Assembly
import Foundation
import Testing

@Suite("A new device in the place of a broken one")
struct ReplacementTests {
    /// A copy of the shipped configuration.
    private func configuration(_ change: (String) -> String = { $0 }) throws -> Workbench {
        let bench = try Workbench()
        for name in ["devices", "config"] { try FileManager.default.removeItem(atPath: bench.folder + "/" + name) }
        for name in ["config", "devices"] { try FileManager.default.copyItem(atPath: Workbench.root + "/" + name, toPath: bench.folder + "/" + name) }
        let file = bench.folder + "/config/homes.yaml"
        try change(try String(contentsOfFile: file, encoding: .utf8)).write(toFile: file, atomically: true, encoding: .utf8)
        return bench
    }

    private func homes(_ bench: Workbench) throws -> String { try String(contentsOfFile: bench.folder + "/config/homes.yaml", encoding: .utf8) }

    private func replace(_ bench: Workbench, _ old: String, _ new: String, profile: String? = nil, isDry: Bool = false) throws -> DeviceReplacement {
        try DeviceReplacement(old: old, new: new, profile: profile, actor: "li", note: "water", isDry: isDry, configurationPath: bench.folder + "/config")
    }

    private static let button = "ieee:0x00158d0009a1b201", fresh = "ieee:0x00158d0009ffff01"

    @Test("only the device's name changes: home, room, resident, comments and all other bytes stay, and the record says who")
    func replaces() throws {
        let bench = try configuration(), before = try homes(bench)
        let done = try replace(bench, "ieee:0x00158D0009A1B201", ReplacementTests.fresh)
        #expect(try homes(bench) == before.replacingOccurrences(of: ReplacementTests.button, with: ReplacementTests.fresh))
        #expect(done.lines.contains { $0.hasPrefix("+ ") && $0.contains(ReplacementTests.fresh) && $0.contains("resident: wang-xiulan") }, "\(done.lines)")
        let record = try String(contentsOfFile: bench.folder + "/config/replacements.jsonl", encoding: .utf8)
        for text in [#""actor":"li""#, #""old":"\#(ReplacementTests.button)""#, #""new":"\#(ReplacementTests.fresh)""#, #""note":"water""#, "configuration_after"] { #expect(record.contains(text), "\(record)") }
        // The next one adds a line.
        _ = try replace(bench, ReplacementTests.fresh, ReplacementTests.button)
        #expect(try homes(bench) == before)
        #expect(try String(contentsOfFile: bench.folder + "/config/replacements.jsonl", encoding: .utf8).split(separator: "\n").count == 2)
    }

    @Test("another model of the same use is taken with its profile")
    func otherModel() throws {
        let bench = try configuration()
        _ = try replace(bench, ReplacementTests.button, ReplacementTests.fresh, profile: "feibit-fnb56-sos")
        #expect(try homes(bench).contains(#"{profile: "feibit-fnb56-sos", device: "\#(ReplacementTests.fresh)""#))
        _ = try LoadedConfiguration.load(bench.folder + "/config", environment: [:])
    }

    @Test("nonsense is refused and changes nothing", arguments: [
        ("ieee:0x00158d0009a1b201", "ieee:0x00158d0009a1b201", nil), ("ieee:0x0000000000000009", "ieee:0x00158d0009ffff01", nil), ("ieee:0x00158d0009a1b201", "the new button", nil),
        ("ieee:0x00158d0009a1b201", "ieee:0x12", nil), ("ieee:0x00158d0009a1b201", "ieee:0x00158d0009ffff01", "nobody-knows"), ("ieee:0x00158d0009a1b201", "ieee:0x00158d0009ffff01", "xiaomi-wsdcgq01lm"),
    ] as [(String, String, String?)])
    func refuses(old: String, new: String, profile: String?) throws {
        let bench = try configuration(), before = try homes(bench)
        #expect(throws: (any Error).self) { try replace(bench, old, new, profile: profile) }
        #expect(try homes(bench) == before)
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/config/replacements.jsonl"))
    }

    @Test("a device that another home has is refused; a dry run writes nothing")
    func takenAndDry() throws {
        let bench = try configuration(), before = try homes(bench)
        let taken = try #require(before.split(separator: "\n").filter { $0.contains("device: \"") && !$0.contains(ReplacementTests.button) }.first?.split(separator: "\"").dropFirst().first.map(String.init))
        #expect(throws: (any Error).self) { try replace(bench, ReplacementTests.button, taken) }
        let dry = try replace(bench, ReplacementTests.button, ReplacementTests.fresh, isDry: true)
        #expect(dry.lines.first?.hasPrefix("would replace") == true)
        #expect(try homes(bench) == before)
    }

    @Test("a name behind an alias is not touched: the line must be changed by hand")
    func alias() throws {
        let bench = try configuration { $0.replacingOccurrences(of: "device: \"\(ReplacementTests.button)\"", with: "device: &one \"\(ReplacementTests.button)\"") }
        let before = try homes(bench)
        do { _ = try replace(bench, ReplacementTests.button, ReplacementTests.fresh) } catch { #expect(try homes(bench) == before) }
        _ = try LoadedConfiguration.load(bench.folder + "/config", environment: [:])
    }
}
