import CareModel
import Formats
import Foundation
import Testing

/// A full incident in which each member says something.
func incident(_ change: (inout Incident) -> Void = { _ in }) -> Incident {
    let wall = WallTime(microseconds: 1_795_310_218_653_628)
    var one = Incident(
        id: IncidentID(origin: "hub-e1", number: 42), revision: 3, phase: .escalate, kind: "vital.spo2.low", priority: .high,
        category: .medical, state: .acknowledged, subject: Subject(home: HomeID("h1"), residents: [ResidentID("r1")], room: "bedroom"),
        station: "Xinan", address: "12 Lane Nowhere", residentName: "Secret Name", observedAt: wall, receivedAt: wall,
        detectedAt: wall + .seconds(1), openedAt: wall + .seconds(1), rule: "spo2-low",
        text: LocalizedText(zhCN: "血氧 85.5%，请立即致电", en: "Call now: SpO2 85.5 %"),
        evidence: [
            EvidenceItem(device: DeviceID("imei:1"), kind: .spo2, value: .number(scaled: 855), observedAt: nil, receivedAt: wall, quality: [.clockFault, .jump], sequence: 7, limit: 900),
            EvidenceItem(device: DeviceID("ieee:2"), kind: .fall, value: .code("suspected"), observedAt: wall, receivedAt: wall, quality: [], sequence: nil),
            EvidenceItem(device: DeviceID("ieee:3"), kind: .smoke, value: .flag(true), observedAt: wall, receivedAt: wall, quality: [], sequence: nil),
        ],
        annotations: [Annotation(at: wall, what: "acknowledged", actor: "nurse-li", note: "daughter 555-0101")],
        tier: 1, owner: "nurse-li", deadlines: [Deadline(kind: "take", due: wall + .seconds(60))], origin: .live, isLate: false)
    change(&one)
    return one
}

private func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Test("the canonical form is these bytes")
func golden() {
    let expected = #"""
        {"annotations":[{"actor":"nurse-li","at":"2026-11-22T01:16:58.653628Z","note":"daughter 555-0101","what":"acknowledged"}],
        "candidates":null,"category":"medical","close":null,
        "codes":[{"code":"150456","system":"urn:iso:std:iso:11073:10101"},{"code":"59408-5","system":"http://loinc.org"},{"code":"8519681","system":"urn:iso:std:iso:11073:10101"},{"code":"8519683","system":"urn:iso:std:iso:11073:10101"}],
        "deadlines":[{"due":"2026-11-22T01:17:58.653628Z","kind":"take"}],"detected_at":"2026-11-22T01:16:59.653628Z",
        "evidence":[{"device":"imei:1","kind":"vital.spo2","limit":90,"observed_at":null,"quality":["clock_fault","jump"],"received_at":"2026-11-22T01:16:58.653628Z","seq":7,"unit":"%","value":85.5},
        {"device":"ieee:2","kind":"safety.fall","limit":null,"observed_at":"2026-11-22T01:16:58.653628Z","quality":[],"received_at":"2026-11-22T01:16:58.653628Z","seq":null,"unit":null,"value":"suspected"},
        {"device":"ieee:3","kind":"safety.smoke","limit":null,"observed_at":"2026-11-22T01:16:58.653628Z","quality":[],"received_at":"2026-11-22T01:16:58.653628Z","seq":null,"unit":null,"value":true}],
        "evidence_dropped":0,"home":"h1","id":"hub-e1:000042","kind":"vital.spo2.low","late":false,
        "observed_at":"2026-11-22T01:16:58.653628Z","opened_at":"2026-11-22T01:16:59.653628Z","owner":"nurse-li","phase":"escalate",
        "place":{"address":"12 Lane Nowhere","room":"bedroom","station":"Xinan"},"priority":"high","received_at":"2026-11-22T01:16:58.653628Z",
        "resident":"r1","resident_name":"Secret Name","revision":3,"rule":"spo2-low","state":"acknowledged",
        "text":{"en":"Call now: SpO2 85.5 %","zh-CN":"血氧 85.5%，请立即致电"},"tier":1}
        """#.replacing("\n", with: "")
    #expect(string(IncidentJSON.canonical(incident())) == expected)
}

@Test("keys are sorted by their bytes in every object of every form")
func sortedKeys() throws {
    for form in forms(of: incident { $0.state = .resolved; $0.closeReason = .hospitalised }) {
        let object = try JSONSerialization.jsonObject(with: Data(form), options: [])
        let sorted = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        #expect(keys(String(decoding: form, as: UTF8.self)) == keys(String(decoding: sorted, as: UTF8.self)))
    }
}

/// The object keys of a JSON text, in their order.
private func keys(_ text: String) -> [String] {
    text.matches(of: /"([a-zA-Z_-]+)":/).map { String($0.1) }
}

private func forms(of one: Incident) -> [[UInt8]] { [IncidentJSON.canonical(one), IncidentJSON.delivery(one), IncidentJSON.masked(one)] }

@Test("the canonical form of a live run and of its replay are the same")
func originIsLeftOut() {
    let live = incident(), replay = incident { $0.origin = .replay }
    #expect(IncidentJSON.canonical(live) == IncidentJSON.canonical(replay))
    #expect(IncidentJSON.delivery(live) != IncidentJSON.delivery(replay))
}

@Test("a masked form tells no name, address, note, sentence or value of health", arguments: Category.allCases, IncidentState.allCases)
func masking(_ category: CareModel.Category, _ state: IncidentState) {
    let text = string(IncidentJSON.masked(incident {
        $0.category = category
        $0.state = state
        $0.closeReason = state == .resolved ? .hospitalised : nil
        $0.closeNote = "Secret Name fell in the bedroom"
    }))
    for secret in ["Secret", "Nowhere", "nurse-li", "555", "bedroom", "85.5", "suspected", "\"value\"", "\"limit\"", "血氧 85"] {
        #expect(!text.contains(secret), "\(secret) in \(text)")
    }
    for kept in ["hub-e1:000042", "vital.spo2.low", "\"priority\":\"high\"", "Xinan", "\"tier\":1", "\"resident\":\"r1\"", state.name] {
        #expect(text.contains(kept))
    }
}

@Test("a drill and a late one say so in the masked sentence too")
func marks() {
    let text = string(IncidentJSON.masked(incident { $0.origin = .drill; $0.isLate = true }))
    #expect(text.contains("【演练】【迟到】") && text.contains("[DRILL] [LATE] "))
}

@Test("delivery members are spliced in before the last brace")
func appending() throws {
    let key = try #require(DeliveryKey("hub-e1:000042:3:station"))
    let out = IncidentJSON.appending(committedAt: WallTime(microseconds: 0), key: key, cursor: 17, to: IncidentJSON.delivery(incident()))
    let text = string(out)
    #expect(text.hasSuffix(#","tier":1,"committed_at":"1970-01-01T00:00:00.000000Z","cursor":17,"delivery":"hub-e1:000042:3:station"}"#))
    let old = IncidentJSON.appending(committedAt: WallTime(microseconds: 0), key: key, cursor: 17, isSuperseded: true, to: IncidentJSON.delivery(incident()))
    #expect(string(old).hasSuffix(#""delivery":"hub-e1:000042:3:station","superseded":true}"#))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(out)) as? [String: Any])
    #expect(object["cursor"] as? Int == 17 && object["origin"] as? String == "live")
    #expect(IncidentJSON.appending(committedAt: WallTime(microseconds: 0), key: key, cursor: 1, to: [1, 2]) == [1, 2])
}

@Test("several residents are candidates, none is null, and text of any sort stays valid JSON")
func subjects() throws {
    let several = incident { $0.subject.residents = [ResidentID("a\"\\"), ResidentID("b\u{1}")]; $0.text = LocalizedText(zhCN: "\"\n", en: "\u{0}\\") }
    let object = try #require(try JSONSerialization.jsonObject(with: Data(IncidentJSON.delivery(several))) as? [String: Any])
    #expect(object["candidates"] as? [String] == ["a\"\\", "b\u{1}"] && object["resident"] is NSNull)
    let none = incident { $0.subject = Subject(home: nil) }
    let empty = try #require(try JSONSerialization.jsonObject(with: Data(IncidentJSON.canonical(none))) as? [String: Any])
    #expect(empty["candidates"] is NSNull && empty["resident"] is NSNull && empty["home"] is NSNull)
}

@Test("an incident is written fast")
func speed() {
    let one = incident()
    var sum = 0
    let elapsed = ContinuousClock().measure { for _ in 0..<2_000 { sum += IncidentJSON.delivery(one).count } }
    print("delivery form of \(sum / 2_000) bytes: \(elapsed / 2_000)")
    #expect(sum > 0)
}
