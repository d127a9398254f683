import CareModel
import Foundation
import Testing

@testable import Settings

@Suite struct HouseholdTests {
    private func read(_ yaml: String) -> (household: Household, problems: Problems) {
        var problems = Problems()
        let node = YamlDocument.read(Array(yaml.utf8), file: "homes.yaml", &problems) ?? ConfigurationNode(.null, at: Place(file: "", line: 1, column: 1))
        return (Household.read(homes: node, zone: { $0 == "UTC" ? .utc : nil }, profiles: ["p"], &problems), problems)
    }

    @Test("a device is bound to one resident, several, or the home")
    func residents() {
        let (household, problems) = read("""
            homes:
              - id: h1
                timezone: UTC
                place: {station: S, address: A, floor: "3"}
                access: {key_holder: K, directions: D}
                residents: [{id: a, limits: {low-spo2: {below: 88}}, consent: {family: true, research: false}}, {id: b, chains: [care]}]
                devices:
                  - {profile: p, device: "imei:1", resident: b}
                  - {profile: p, device: "mac:AA-BB-CC-DD-EE-01", resident: [a, b], room: R}
                  - {profile: p, device: "topic:Bed 17", resident: home}
            """)
        #expect(problems.isEmpty, "\(problems.list)")
        #expect(household.bindings.map(\.residents) == [[1], [0, 1], []])
        #expect(household.bindings.map(\.device.text) == ["imei:1", "mac:aabbccddee01", "topic:bed 17"])
        #expect(household.homes[0].station == "S" && household.homes[0].address == "A 3" && household.homes[0].access == "K；D" && household.homes[0].occupants == 2)
        #expect(household.residents[0].limits.map(\.rule) == ["low-spo2"] && household.residents[0].consent == ["family"] && household.residents[1].chains == ["care"])
    }

    @Test("a rule set is chosen for a home or a resident, with its place")
    func ruleSets() {
        let (household, problems) = read("""
            homes:
              - id: h1
                timezone: UTC
                rule_set: dementia
                residents: [{id: a}, {id: b, rule_set: bedridden}]
              - {id: h2, timezone: UTC, residents: []}
            """)
        #expect(problems.isEmpty, "\(problems.list)")
        #expect(household.homes.map { $0.ruleSet?.name } == ["dementia", nil])
        #expect(household.residents.map { $0.ruleSet?.name } == [nil, "bedridden"])
        #expect(household.homes[0].ruleSet?.place.line == 4)
        #expect(!read("homes: [{id: h1, timezone: UTC, rule_set: [a]}]").problems.isEmpty)
    }

    @Test("limits of a home hold at the limit and report one past it", arguments: [0, 1])
    func limits(excess: Int) {
        let residents = (0..<Household.ConfigurationLimits.residentsPerHomeMax + excess).map { "{id: r\($0)}" }.joined(separator: ", ")
        let devices = (0..<Household.ConfigurationLimits.devicesPerHomeMax + excess).map { "{profile: p, device: 'imei:\($0)', resident: home}" }.joined(separator: ", ")
        let many = (0..<Household.ConfigurationLimits.residentsPerDeviceMax + excess).map { "r\($0)" }.joined(separator: ", ")
        let (_, problems) = read("homes:\n  - id: h1\n    timezone: UTC\n    residents: [\(residents)]\n    devices: [\(devices)]\n  - {id: h2, timezone: UTC}\n")
        #expect(problems.list.map(\.code) == (excess == 0 ? [] : ["config.too_many", "config.too_many"]))
        let (_, others) = read("homes:\n  - id: h1\n    timezone: UTC\n    residents: [\(residents.split(separator: ", ").prefix(20).joined(separator: ", "))]\n    devices: [{profile: p, device: 'imei:1', resident: [\(many)]}]\n")
        #expect(others.list.map(\.code) == (excess == 0 ? [] : ["config.out_of_range"]))
    }

    @Test("2,000 homes are read, one more is a problem", arguments: [2_000, 2_001])
    func homes(count: Int) {
        let (household, problems) = read("homes:\n" + (0..<count).map { "  - {id: h\($0), timezone: UTC}\n" }.joined())
        #expect(household.homes.count == Household.ConfigurationLimits.homesMax)
        #expect(problems.list.map(\.code) == (count > 2_000 ? ["config.too_many"] : []))
    }

    private static func street(_ an: String, _ bo: String, _ di: String, devices: String = "{profile: p, device: 'imei:1', resident: home}") -> String {
        """
        homes:
          - id: h1
            timezone: UTC
            residents: [{id: an, identifiers: \(an)}, {id: bo, identifiers: \(bo)}]
            devices: [\(devices)]
          - id: h2
            timezone: UTC
            residents: [{id: di, identifiers: \(di)}]
        """
    }

    @Test("residents have identifiers, devices may be shared and stand behind a bridge")
    func shared() {
        let (household, problems) = read(Self.street("['7', 'Card 7']", "['8']", "[]", devices: "{profile: p, device: 'imei:1', resident: home, shared: true, via: 'MAC:AA-BB-CC-DD-EE-01'}, {profile: p, device: 'mac:aabbccddee01', resident: [an], calls: true}"))
        #expect(problems.isEmpty, "\(problems.list)")
        #expect(household.residents.map(\.identifiers) == [["7", "Card 7"], ["8"], []])
        #expect(household.bindings.map(\.isShared) == [true, false])
        #expect(household.bindings.map(\.via) == [DeviceID("mac:aabbccddee01"), nil])
        #expect(household.bindings.map(\.calls) == [nil, true])
        #expect(household.bindings.map { household.candidates(of: $0) } == [[0, 1], [0]])
    }

    @Test("identifiers and bridges that can't be meant are reported with their place", arguments: [
        (street("['7']", "['7']", "[]"), ["config.duplicate_identifier"]),
        (street("['7', '7']", "[]", "[]"), ["config.duplicate_identifier"]),
        (street("['7']", "[]", "['7']"), []),
        (street("['7']", "[]", "['7']", devices: "{profile: p, device: 'imei:1', resident: home, shared: true}"), ["config.duplicate_identifier"]),
        (street("[]", "[]", "[]", devices: "{profile: p, device: 'imei:1', resident: home, shared: true}"), ["config.nobody_identified"]),
        (street("['7']", "[]", "[]", devices: "{profile: p, device: 'imei:1', resident: an, shared: true}"), ["config.contradiction"]),
        (street("[' 7']", "[]", "[]"), ["config.malformed_identifier"]), (street("['']", "[]", "[]"), ["config.malformed_identifier"]),
        (street("['\(String(repeating: "x", count: 128))']", "[]", "[]"), []), (street("['\(String(repeating: "x", count: 129))']", "[]", "[]"), ["config.malformed_identifier"]),
        (street("[\((1...8).map { "'\($0)'" }.joined(separator: ", "))]", "[]", "[]"), []), (street("[\((1...9).map { "'\($0)'" }.joined(separator: ", "))]", "[]", "[]"), ["config.too_many"]),
        (street("[]", "[]", "[]", devices: "{profile: p, device: 'imei:1', resident: home, via: 'imei:1'}"), ["config.contradiction"]),
        (street("[]", "[]", "[]", devices: "{profile: p, device: 'imei:1', resident: home, via: 'imei:2'}"), ["config.unknown_bridge"]),
        (street("[]", "[]", "[]", devices: "{profile: p, device: 'imei:1', resident: home, via: 'somewhere'}"), ["config.malformed_device"]),
        (street("[]", "[]", "[]", devices: "{profile: p, device: 'imei:1', resident: home, calls: sometimes}"), ["config.wrong_type"]),
    ])
    func identifierFaults(yaml: String, codes: [String]) {
        let (_, problems) = read(yaml)
        #expect(problems.list.map(\.code) == codes)
        #expect(problems.list.allSatisfy { $0.place.file == "homes.yaml" && $0.place.line > 1 && !$0.text.contains("xxx") })
    }

    @Test("shared devices times identified residents have a limit", arguments: [0, 1])
    func sharedUsers(excess: Int) {
        let most = Household.ConfigurationLimits.sharedUsersMax, devices = 250, people = most / devices
        func home(_ index: Int, _ count: Int) -> String {
            "  - {id: h\(index), timezone: UTC, residents: [" + (0..<count).map { "{id: r\(index)-\($0), identifiers: ['\(index)-\($0)']}" }.joined(separator: ", ") + "]}\n"
        }
        let station = "  - {id: s, timezone: UTC, devices: [" + (0..<devices).map { "{profile: p, device: 'imei:\($0)', resident: home, shared: true}" }.joined(separator: ", ") + "]}\n"
        let (_, problems) = read("homes:\n" + home(1, 60) + home(2, people - 60 + excess) + station)
        #expect(problems.list.map(\.code) == (excess == 0 ? [] : ["config.too_many"]))
    }
}
