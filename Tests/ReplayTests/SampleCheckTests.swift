import Assembly
import Foundation
import Testing

/// What `vigil check` makes of the samples that lie beside the profiles.
@Suite struct SampleCheckTests {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// A copy of `config` and `devices` that a test may change.
    private func check(_ change: (String) throws -> Void = { _ in }) throws -> SampleCheck {
        let folder = NSTemporaryDirectory() + "vigil-samples-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["config", "devices"] { try FileManager.default.copyItem(atPath: SampleCheckTests.root + "/" + name, toPath: folder + "/" + name) }
        try change(folder + "/devices/kati-4g-watch/samples")
        return try SampleCheck(try LoadedConfiguration.load(folder + "/config", environment: [:]))
    }

    @Test("every shipped sample is run, and every shipped profile has some")
    func shipped() throws {
        let found = try check()
        #expect(found.sampleCount >= 150)
        #expect(found.profileCount >= 15)
    }

    @Test("a sample that gives something else than it says is a problem at its file and line")
    func differs() throws {
        let fault = try #require(throws: LoadedConfiguration.Faulty.self) {
            try check { samples in
                let file = samples + "/good.jsonl", text = try String(contentsOfFile: file, encoding: .utf8)
                try text.replacingOccurrences(of: "\"expect\": [{\"kind\": \"safety.fall\", \"value\": \"suspected\"", with: "\"expect\": [{\"kind\": \"safety.fall\", \"value\": \"confirmed\"")
                    .write(toFile: file, atomically: true, encoding: .utf8)
            }
        }
        #expect(fault.problems.contains { $0.code == "profile.sample_differs" && $0.place.description == "devices/kati-4g-watch/samples/good.jsonl:2:1" }, "\(fault)")
    }

    @Test("a profile whose safety kinds no sample shows is a problem")
    func missing() throws {
        let fault = try #require(throws: LoadedConfiguration.Faulty.self) { try check { try FileManager.default.removeItem(atPath: $0) } }
        #expect(fault.problems.map(\.code).contains("profile.safety_without_sample"))
    }
}
