import CareModel
import Foundation
import Testing

@testable import Settings

@Suite struct FolderTests {
    private let good = [
        "config/hub.yaml": "hub: {name: hub1}\n", "config/response.yaml": "responses: []\n", "config/rules/b.yaml": "rules: []\n",
        "config/rules/a.yaml": "rules: []\n", "config/rules/notes.txt": "not read", "devices/sos-button/profile.yaml": "name: sos-button\n",
        "devices/sos-button/samples/x.yaml": "not: read\n",
        "config/homes.yaml": "homes:\n  - id: h1\n    timezone: Asia/Shanghai\n    residents: [{id: r1}]\n    devices: [{profile: sos-button, device: 'imei:1', resident: r1}]\n",
    ]

    @Test("a folder is read whole, and its bundle gives the same configuration again")
    func roundTrip() throws {
        let scratch = try ScratchFolder(good)
        var problems = Problems()
        let folder = ConfigurationFolder.load(scratch.path + "/config", environment: [:], &problems)
        #expect(problems.isEmpty, "\(problems.list)")
        #expect(folder.rules.map(\.name) == ["a.yaml", "b.yaml"] && folder.profiles.map(\.name) == ["sos-button"])
        #expect(folder.careNetwork == nil && folder.response != nil)
        let household = folder.household(&problems)
        #expect(problems.isEmpty && household.bindings.map(\.device.text) == ["imei:1"])
        #expect(household.homes[0].zone.name == "Asia/Shanghai")
        let bundle = try ConfigurationBundle(folder.bundle.bytes)
        #expect(bundle == folder.bundle && bundle.files.count == 6)
        let again = ConfigurationFolder.restore(bundle, folder: "/elsewhere", environment: [:], &problems)
        #expect(again.household(&problems) == household && problems.isEmpty)
        #expect(again.bundle.bytes == folder.bundle.bytes)
    }

    @Test("a cut bundle is an error, not a crash")
    func cutBundle() throws {
        var problems = Problems()
        let scratch = try ScratchFolder(good)
        let bytes = ConfigurationFolder.load(scratch.path + "/config", environment: [:], &problems).bundle.bytes
        for count in 0..<min(bytes.count, 300) {
            #expect(throws: BinaryFailure.self) { try ConfigurationBundle(Array(bytes.prefix(count))) }
        }
    }

    @Test("every missing file is a problem with a hint, all at once")
    func missing() throws {
        let scratch = try ScratchFolder(["config/x": ""])
        var problems = Problems()
        _ = ConfigurationFolder.load(scratch.path + "/config", environment: [:], &problems)
        #expect(problems.list.map(\.place.file) == ["hub.yaml", "homes.yaml", "response.yaml", "rules", "devices"])
        #expect(problems.list.allSatisfy { $0.code == "config.missing_file" })
    }

    @Test("faults of several files are reported together")
    func together() throws {
        var files = good
        files["config/rules/a.yaml"] = "a: [\n"
        files["config/hub.yaml"] = "hub: {name: hub1}\nlog: {colour: red}\n"
        files["config/homes.yaml"] = (files["config/homes.yaml"] ?? "").replacingOccurrences(of: "Shanghai", with: "Nowhere")
        let scratch = try ScratchFolder(files)
        var problems = Problems()
        _ = ConfigurationFolder.load(scratch.path + "/config", environment: [:], &problems).household(&problems)
        #expect(Set(problems.list.map { "\($0.place.file) \($0.code)" }) == ["hub.yaml config.unknown_key", "homes.yaml config.unknown_timezone", "rules/a.yaml config.syntax"])
    }

    @Test("one profile in two folders is a problem")
    func twice() throws {
        var files = good
        files["config/hub.yaml"] = "hub: {name: hub1}\ndevices: [../devices, ../mine]\n"
        files["mine/sos-button/profile.yaml"] = "name: sos-button\n"
        let scratch = try ScratchFolder(files)
        var problems = Problems()
        _ = ConfigurationFolder.load(scratch.path + "/config", environment: [:], &problems)
        #expect(problems.list.map(\.code) == ["config.duplicate_id"])
    }
}
