import CareModel
import Foundation
import Testing

@testable import Settings

@Suite struct HubSettingsTests {
    private func text(_ path: String) throws -> String { try String(contentsOfFile: repository + "/" + path, encoding: .utf8) }

    @Test("the shipped hub.yaml is valid and says what the defaults are")
    func shipped() throws {
        var problems = Problems()
        let node = try #require(YamlDocument.read(Array(try text("config/hub.yaml").utf8), file: "hub.yaml", &problems))
        let settings = HubSettings.read(node, folder: "/v/config", environment: [:], &problems)
        #expect(problems.isEmpty, "\(problems.list)")
        #expect(settings.hubName == "hub1" && settings.dataFolder == "/v/config/../data" && settings.deviceFolders == ["/v/config/../devices"])
        #expect(settings.sounder == HubSettings.Sounder(topic: "care/sounder/station", onPayload: "ON", offPayload: "OFF", priorityMin: .high))
        var least = Problems()
        let bare = try #require(YamlDocument.read(Array("hub: {name: hub1}\n".utf8), file: "f", &least))
        let defaults = HubSettings.read(bare, folder: "/v/config", environment: [:], &least)
        #expect(least.isEmpty)
        #expect(defaults.broker == settings.broker && defaults.http == settings.http && defaults.journal == settings.journal && defaults.logLevel == settings.logLevel)
        #expect(defaults.sounder == nil)
    }

    @Test("the environment wins, and a bad port in it is a problem that names the variable")
    func environment() throws {
        var problems = Problems()
        let node = try #require(YamlDocument.read(Array("hub: {name: hub1}\n".utf8), file: "f", &problems))
        let good = HubSettings.read(
            node, folder: "/c", environment: ["VIGIL_BROKER_HOST": "b", "VIGIL_BROKER_PORT": "1884", "VIGIL_HTTP_PORT": "9", "VIGIL_DATA_DIR": "/d"], &problems)
        #expect(problems.isEmpty)
        #expect(good.broker.host == "b" && good.broker.port == 1_884 && good.http.port == 9 && good.dataFolder == "/d")
        _ = HubSettings.read(node, folder: "/c", environment: ["VIGIL_BROKER_PORT": "0", "VIGIL_HTTP_PORT": "65536"], &problems)
        #expect(problems.list.map(\.place.file) == ["VIGIL_BROKER_PORT", "VIGIL_HTTP_PORT"])
    }

    @Test("a host in the environment means another broker, a port alone moves whichever broker is configured", arguments: [
        ("true", [:], true, "127.0.0.1", 1_890),
        ("true", ["VIGIL_BROKER_HOST": "b"], false, "b", 1_890),
        ("true", ["VIGIL_BROKER_HOST": "127.0.0.1"], false, "127.0.0.1", 1_890),
        ("true", ["VIGIL_BROKER_HOST": "b", "VIGIL_BROKER_PORT": "1884"], false, "b", 1_884),
        ("true", ["VIGIL_BROKER_HOST": "", "VIGIL_BROKER_PORT": "1884"], true, "127.0.0.1", 1_884),
        ("true", ["VIGIL_BROKER_PORT": "1884"], true, "127.0.0.1", 1_884),
        ("false", ["VIGIL_BROKER_PORT": "1884"], false, "127.0.0.1", 1_884),
        ("false", ["VIGIL_BROKER_HOST": "b"], false, "b", 1_890),
    ] as [(String, [String: String], Bool, String, Int)])
    func broker(managed: String, environment: [String: String], isManaged: Bool, host: String, port: Int) throws {
        var problems = Problems()
        let yaml = "hub: {name: hub1}\nbroker: {managed: \(managed), port: 1890}\n"
        let node = try #require(YamlDocument.read(Array(yaml.utf8), file: "f", &problems))
        let broker = HubSettings.read(node, folder: "/c", environment: environment, &problems).broker
        #expect(problems.isEmpty)
        #expect(broker.isManaged == isManaged && broker.host == host && broker.port == port)
    }

    @Test("accounts of the broker are read in their order, and one more than the limit is a problem")
    func accounts() throws {
        func read(_ count: Int, _ problems: inout Problems) throws -> [HubSettings.BrokerAccount] {
            let items = (0..<count).map { "    - {user: a\($0), topics: [\"zigbee2mqtt/#\", \"sim/+/vitals\"]}\n" }.joined()
            let node = try #require(YamlDocument.read(Array("hub: {name: hub1}\nbroker:\n  accounts:\n\(items)".utf8), file: "f", &problems))
            return HubSettings.read(node, folder: "/c", environment: [:], &problems).broker.accounts
        }
        var problems = Problems()
        let most = try read(HubSettings.brokerAccountsMax, &problems)
        #expect(problems.isEmpty && most.count == HubSettings.brokerAccountsMax)
        #expect(most.first == HubSettings.BrokerAccount(user: "a0", topics: ["zigbee2mqtt/#", "sim/+/vitals"]))
        _ = try read(HubSettings.brokerAccountsMax + 1, &problems)
        #expect(problems.list.map(\.code) == ["config.out_of_range"])
    }

    @Test("other hubs are read with their stations, and one more than the limit is a problem; without them none is watched")
    func neighbours() throws {
        func read(_ count: Int, _ problems: inout Problems) throws -> HubSettings.Neighbours? {
            let items = (0..<count).map { "    - {hub: n\($0), station: 渔村}\n" }.joined()
            let node = try #require(YamlDocument.read(Array("hub: {name: hub1}\nneighbours:\n  topic: care/+/heartbeat\n  hubs:\n\(items)".utf8), file: "f", &problems))
            return HubSettings.read(node, folder: "/c", environment: [:], &problems).neighbours
        }
        for count in [HubSettings.neighboursMax - 1, HubSettings.neighboursMax] {
            var problems = Problems()
            let found = try #require(try read(count, &problems))
            #expect(problems.isEmpty && found.hubs.count == count && found.topic == "care/+/heartbeat" && found.hubs[0] == .init(hub: "n0", station: "渔村"))
        }
        var problems = Problems()
        _ = try read(HubSettings.neighboursMax + 1, &problems)
        #expect(problems.list.map(\.code) == ["config.out_of_range"])
        var none = Problems()
        let bare = try #require(YamlDocument.read(Array("hub: {name: hub1}\n".utf8), file: "f", &none))
        #expect(HubSettings.read(bare, folder: "/c", environment: [:], &none).neighbours == nil && none.isEmpty)
    }

    @Test("every key of the reference stands in the shipped hub.yaml, and the documentation holds the reference word for word")
    func documented() throws {
        let shipped = try text("config/hub.yaml")
        for row in HubSettings.reference {
            let key = try #require(row.key.split(separator: ".").last)
            #expect(shipped.contains("\(key):") || shipped.contains("\"\(key)\":"), "\(row.key)")
        }
        let documentation = try text("docs/configuration.md")
        #expect(documentation.contains(HubSettings.referenceTable))
        for name in HubSettings.variables {
            #expect(shipped.contains(name) && documentation.contains(name), "\(name)")
        }
    }

    @Test("the shipped homes.yaml is valid and binds many of the shipped profiles")
    func shippedHomes() throws {
        var problems = Problems()
        let node = try #require(YamlDocument.read(Array(try text("config/homes.yaml").utf8), file: "homes.yaml", &problems))
        let profiles = try FileManager.default.contentsOfDirectory(atPath: repository + "/devices").filter {
            FileManager.default.fileExists(atPath: repository + "/devices/" + $0 + "/profile.yaml")
        }
        let household = Household.read(homes: node, zone: { ZoneFile.table($0) }, profiles: profiles, &problems)
        #expect(problems.isEmpty, "\(problems.list)")
        let bound = Set(household.bindings.map(\.profile))
        #expect(bound.isSubset(of: profiles) && bound.count >= 15, "\(bound.sorted())")
        #expect(household.homes.count == 3 && household.residents.map(\.name) == ["王秀兰", "李德明", "陈凤英"])
        #expect(household.homes[1].hasPets && household.homes[1].occupants == 2 && household.homes[0].access.contains("赵桂芳"))
        #expect(household.bindings.contains { $0.residents.count == 2 } && household.bindings.contains { $0.residents.isEmpty })
    }
}
