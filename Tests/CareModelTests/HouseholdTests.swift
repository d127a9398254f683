import CareModel
import Testing

@Suite("The household and what a hub adopts")
struct HouseholdTests {
    private static let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800)
    private static let household = Household(
        homes: [Home(id: HomeID("h1"), zone: zone), Home(id: HomeID("h2"), zone: zone)],
        residents: [Resident(id: ResidentID("r1"), home: 0)],
        bindings: [
            DeviceBinding(device: DeviceID("topic:bridge"), profile: "b", home: 0, residents: []),
            DeviceBinding(device: DeviceID("ieee:1"), profile: "p", home: 0, residents: [0], room: "bedroom", via: DeviceID("topic:bridge"), calls: true),
        ])

    private static func adoption(_ device: String, home: String = "h1", residents: [String] = ["r1"], replaces: String? = nil, isShared: Bool = false) -> Adoption {
        Adoption(
            device: DeviceID(device), profile: "p", home: HomeID(home), residents: residents.map { ResidentID($0) }, room: "hall", isShared: isShared,
            replaces: replaces.map { DeviceID($0) })
    }

    @Test("a device that replaces another has its place, its bridge and what it is for, and the other is bound no longer")
    func replaced() throws {
        let after = try #require(Self.household.adopting(Self.adoption("ieee:2", replaces: "ieee:1")))
        #expect(after.bindings.map(\.device.text) == ["topic:bridge", "ieee:2"])
        #expect(after.binding(of: DeviceID("ieee:2")) == 1)
        #expect(after.binding(of: DeviceID("ieee:1")) == nil)
        #expect(after.bindings[1].via == DeviceID("topic:bridge") && after.bindings[1].calls == true)
        #expect(after.bindings[1].residents == [0])
        // Mended, the old one may be adopted again, beside the new one.
        let both = try #require(after.adopting(Self.adoption("ieee:1", home: "h2", residents: [])))
        #expect(both.bindings.map(\.device.text) == ["topic:bridge", "ieee:2", "ieee:1"])
    }

    @Test("what it replaces may be gone already; a bound device, a home and a person that there is not are refused")
    func refused() {
        #expect(Self.household.adopting(Self.adoption("ieee:2", replaces: "ieee:9"))?.bindings.count == 3)
        #expect(Self.household.adopting(Self.adoption("ieee:1")) == nil)
        #expect(Self.household.adopting(Self.adoption("ieee:2", home: "h9")) == nil)
        #expect(Self.household.adopting(Self.adoption("ieee:2", home: "h2")) == nil)
    }

    @Test("a shared device is about whom its messages name")
    func shared() throws {
        let after = try #require(Self.household.adopting(Self.adoption("mac:1", residents: [], isShared: true)))
        #expect(after.bindings.last?.isShared == true)
    }
}
