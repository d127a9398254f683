import CareModel
import Foundation
import Testing

@testable import Settings

/// Each fixture is a broken file whose name says the fault; its `# expect: code line` lines say what must be reported.
@Suite struct FixtureTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()

    @Test("a broken file gives exactly the problems that it names", arguments: names)
    func broken(name: String) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: FixtureTests.folder + "/" + name)))
        let expected = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("# expect: ") }.map { String($0.dropFirst(10)) }
        var problems = Problems()
        if let node = YamlDocument.read(bytes, file: name, &problems) {
            if name.hasPrefix("hub-") {
                _ = HubSettings.read(node, folder: "/c", environment: [:], &problems)
            } else {
                _ = Household.read(homes: node, zone: { ZoneFile.table($0) }, profiles: ["sos-button", "smoke-detector", "bed-sensor"], &problems)
            }
        }
        #expect(!expected.isEmpty)
        #expect(problems.lines == expected, "\(problems.list)")
        #expect(problems.list.allSatisfy { $0.place.file == name && $0.place.column >= 1 })
    }

    @Test("there are at least 20 broken files")
    func count() { #expect(FixtureTests.names.count >= 20) }

    @Test("an unknown name comes with the nearest known one")
    func suggestion() {
        #expect(closestName(to: "smoke-detecter", among: ["sos-button", "smoke-detector"]) == "smoke-detector")
        #expect(closestName(to: "thermometer", among: ["sos-button", "smoke-detector"]) == nil)
        #expect(closestName(to: "王秀蓝", among: ["王秀兰"]) == "王秀兰")
    }
}
