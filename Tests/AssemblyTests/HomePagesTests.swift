import CareModel
import Foundation
import Testing

@testable import Assembly

/// What the pages about residents say of whom a device serves, of the plan's hours and of limits.
@Suite("Home pages", .timeLimit(.minutes(5))) struct HomePagesTests {
    private static func homes(_ count: Int) -> String {
        "homes:\n" + (0..<count).map { number in
            """
              - id: h\(number)
                timezone: Asia/Shanghai
                place: {station: east, address: Road \(number)}
                residents:
                  - {id: a\(number), name: A, limits: {spo2-low: {low: 88, clear: 90, set_by: 李医生}, heart-rate-low: {accepted: known}}}
                  - {id: b\(number), name: B}
                devices:
                  - {profile: kati-4g-watch, device: "imei:\(860_000_000_000_000 + number)", resident: a\(number)}
                  - {profile: tuya-ts0215a, device: "ieee:0x\(String(format: "%016x", 0xB000 + number))", room: hall, resident: [a\(number), b\(number)]}
                  - {profile: aqara-rtcgq11lm, device: "ieee:0x\(String(format: "%016x", 0xA000 + number))", room: hall, resident: home}

            """
        }.joined()
    }

    private func object(_ json: [UInt8]) throws -> [String: Any] { try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]) }

    @Test("each resident has the own devices, those with others and those of the home, and nobody else's")
    func serving() throws {
        let bench = try PageLimitTests.Bench(homes: Self.homes(20))
        defer { bench.end() }
        let picture = bench.picture, pages = try HomePages(vault: bench.vault, picture: picture), household = picture.household
        #expect(household.residents.count == 40 && household.bindings.count == 60)
        let list = try #require(try object(pages.list(within: nil))["residents"] as? [[String: Any]])
        #expect(list.count == 40)
        for index in household.residents.indices {
            let wanted = household.bindings.filter { $0.residents.contains(index) || ($0.residents.isEmpty && $0.home == household.residents[index].home) }.map(\.device.text).sorted()
            let document = try object(pages.document(of: index))
            #expect((document["devices"] as? [[String: Any]] ?? []).compactMap { $0["device"] as? String } == wanted)
            #expect(wanted.count == (index.isMultiple(of: 2) ? 3 : 2))
            #expect(pages.reasons(index).first == HomePages.Reason(code: "devices", isWell: true, detail: String(wanted.count)))
        }
        // Nothing was heard of any: also one that was adopted on the hub is missed, by its profile.
        let adopted = DeviceID("ieee:0x000000000000c000")
        var later = picture
        later.household = try #require(household.adopting(Adoption(device: adopted, profile: "aqara-rtcgq11lm", home: HomeID("h3"), residents: [], room: "hall")))
        let now = try HomePages(vault: bench.vault, picture: later)
        #expect(now.isSilent(adopted) == true && pages.isSilent(adopted) == nil && now.isSilent(household.bindings[0].device) == true)
        #expect(try #require(household.resident(ResidentID("b3")).map { now.reasons($0).first?.detail }) == "3")
        later.lastSeen[adopted] = later.at
        #expect(try HomePages(vault: bench.vault, picture: later).isSilent(adopted) == false)
    }

    @Test("a resident's document has the plan's hours as the file has them, and who set which limit")
    func document() throws {
        let bench = try PageLimitTests.Bench(homes: Self.homes(1))
        defer { bench.end() }
        let document = try object(try HomePages(vault: bench.vault, picture: bench.picture).document(of: 0))
        let hours = try #require(document["plan_by_time"] as? [[String: Any]])
        #expect(hours.map { $0["name"] as? String } == ["night-technical", "night"])
        #expect(hours.allSatisfy { $0["between"] as? String == "22:00-06:00" && $0["hold_until"] as? String == "06:00" && ($0["tiers"] as? [Any])?.isEmpty == false })
        let takes = hours.map { ($0["takes"] as? [[String: [String]]] ?? []).map { ($0["categories"] ?? []).joined(separator: "+") + " " + ($0["priorities"] ?? []).joined(separator: "+") } }
        #expect(takes == [["technical medium+low+information"], ["safety+medical+behaviour+duty low+information"]])
        let limits = try #require(document["limits"] as? [[String: Any]])
        #expect(limits.map { $0["set_by"] as? String } == ["李医生", nil])
        #expect(limits.map { $0["numbers"] as? [[String]] } == [[["low", "88"], ["clear", "90"]], [["accepted", "known"]]])
    }
}
