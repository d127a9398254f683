import Foundation
import Testing

extension Integration {
    /// docs/device-profiles.md, followed as a technician would: every command of its chapter, in its order, in a folder of its own.
    @Suite struct GuideTests {
        private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

        /// The code fences of one language in a chapter.
        private func fences(_ language: String, in chapter: String) -> [String] {
            var found: [String] = [], current: [String]?
            for line in chapter.split(separator: "\n", omittingEmptySubsequences: false) {
                if current == nil, line == "```" + language { current = [] } else if line == "```", let lines = current {
                    found.append(lines.joined(separator: "\n") + "\n")
                    current = nil
                } else { current?.append(String(line)) }
            }
            return found
        }

        private func chapter() throws -> String {
            let guide = try String(contentsOfFile: GuideTests.root + "/docs/device-profiles.md", encoding: .utf8)
            let start = try #require(guide.range(of: "## From captured messages to a profile\n"))
            let end = try #require(guide.range(of: "\n## ", range: start.upperBound..<guide.endIndex))
            return String(guide[start.upperBound..<end.lowerBound])
        }

        @Test("the commands of the guide take the captured messages of an unknown model to a passing profile that reads them")
        func follow() async throws {
            let folder = NSTemporaryDirectory() + "vigil-guide-" + UUID().uuidString
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["config", "devices"] { try FileManager.default.copyItem(atPath: GuideTests.root + "/" + name, toPath: folder + "/" + name) }
            let chapter = try chapter(), commands = fences("sh", in: chapter)
            try #require(fences("jsonl", in: chapter).first).write(toFile: folder + "/capture.jsonl", atomically: true, encoding: .utf8)
            #expect(commands.count >= 6)
            let programs = URL(fileURLWithPath: HubProcess.program).deletingLastPathComponent().path
            var outputs: [String] = []
            for command in commands {
                let script = "set -eu; cd '\(folder)'; export PATH='\(programs)':$PATH\n" + command
                let (status, output) = try await run("/bin/bash", ["-c", script])
                outputs.append(String(decoding: output, as: UTF8.self))
                #expect(status == 0, "\(command)\n\(outputs.last ?? "")")
            }
            // What the guide says of each step is so.
            #expect(outputs.first?.contains("No profile of the catalogue fits") == true, "\(outputs.first ?? "")")
            #expect(outputs.contains { $0.contains("samples to be confirmed") && $0.contains("profile.yaml:") })
            let readings = try #require(outputs.last)
            for text in [#""kind":"safety.sos","value":"pressed""#, #""kind":"safety.fall","value":"suspected""#, #""kind":"vital.heart_rate","value":71"#, #""kind":"behaviour.worn","value":false"#] {
                #expect(readings.contains(text), "\(text)\n\(readings)")
            }
            let profile = try String(contentsOfFile: folder + "/devices/acme-p3/profile.yaml", encoding: .utf8)
            let samples = try String(contentsOfFile: folder + "/devices/acme-p3/samples/good.jsonl", encoding: .utf8)
            #expect(profile.contains("identifying: [wearer]"))
            #expect(!samples.contains("Mei Lin") && !samples.contains("00417"))
        }
    }
}
