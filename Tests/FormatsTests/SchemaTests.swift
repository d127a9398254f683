import CareModel
import Formats
import Foundation
import Testing

/// What the schema names must be what the code writes: keys and the words of every choice.
@Test("the schema and the written forms name the same members and words")
func schemaAgrees() throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/schemas/incident.schema.json")
    let schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    let properties = try #require(schema["properties"] as? [String: [String: Any]])
    let required = try #require(schema["required"] as? [String])
    let key = try #require(DeliveryKey("hub-e1:000042:3:station"))
    let canonical = try members(IncidentJSON.canonical(incident()))
    let delivered = try members(IncidentJSON.appending(committedAt: WallTime(microseconds: 0), key: key, cursor: 1, isSuperseded: true, to: IncidentJSON.delivery(incident())))
    #expect(Set(required) == canonical)
    #expect(Set(properties.keys) == delivered)
    #expect(schema["additionalProperties"] == nil, "a receiver must accept members of later versions")

    let words: [(String, [String])] = [
        ("category", Category.allCases.map(\.name)), ("phase", [Phase.start, .update, .escalate, .deescalate, .end].map(\.name)),
        ("priority", Priority.allCases.map(\.name)), ("state", IncidentState.allCases.map(\.name)), ("origin", Origin.allCases.map(\.name)),
    ]
    for (name, all) in words {
        #expect(Set(try #require(properties[name]?["enum"] as? [String])) == Set(all), "\(name)")
    }
    let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
    let evidence = try #require(definitions["evidence"]?["properties"] as? [String: [String: Any]])
    let quality = try #require(evidence["quality"]?["items"] as? [String: Any])
    #expect(Set(try #require(quality["enum"] as? [String])) == Set(Quality.named.map(\.1)))
    let close = try #require(definitions["close"]?["properties"] as? [String: [String: Any]])
    #expect(Set(try #require(close["reason"]?["enum"] as? [String])) == Set(CloseReason.allCases.map(\.name)))
}

private func members(_ json: [UInt8]) throws -> Set<String> {
    Set(try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]).keys)
}

/// Written where a validator outside Swift can read it, when the variable names a folder.
@Test("samples of every form are valid JSON")
func samples() throws {
    let key = try #require(DeliveryKey("hub-e1:000042:3:station"))
    var lines: [[UInt8]] = []
    for state in IncidentState.allCases {
        for one in [
            incident { $0.state = state; $0.closeReason = state == .resolved ? .accidental : nil },
            incident { $0.state = state; $0.subject = Subject(home: nil, residents: [ResidentID("a"), ResidentID("b")]); $0.observedAt = nil; $0.deadlines = []; $0.owner = nil },
            incident { $0.state = state; $0.subject = Subject(home: HomeID("h")); $0.evidence = []; $0.annotations = []; $0.kind = "device.silent"; $0.address = ""; $0.station = "" },
        ] {
            lines += [IncidentJSON.canonical(one), IncidentJSON.delivery(one), IncidentJSON.masked(one)]
            lines += [IncidentJSON.appending(committedAt: WallTime(microseconds: 1), key: key, cursor: 9, to: IncidentJSON.masked(one))]
        }
    }
    for line in lines { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line)) } }
    if let path = ProcessInfo.processInfo.environment["VIGIL_INCIDENT_SAMPLES"] {
        try Data(lines.joined(separator: [10])).write(to: URL(fileURLWithPath: path))
    }
}
