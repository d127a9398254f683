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
}
