import CareModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

@Suite struct RequestTests {
    @Test("a wrong request gets its status and its stable code", arguments: [
        ("GET", "/api/v1/nothing", nil, 404, "not_found"),
        ("PUT", "/api/v1/incidents", nil, 404, "not_found"),
        ("GET", "/api/v1/reports/yesterday", nil, 400, "invalid_value"),
        ("GET", "/api/v1/reports/\(String(repeating: "2", count: 81))", nil, 400, "invalid_value"),
        ("GET", "/api/v1/reports/2026-11?format=xml", nil, 400, "invalid_value"),
        ("GET", "/api/v1/reports/2026-11?day=3", nil, 400, "unknown_parameter"),
        ("GET", "/api/v1/incidents?limit=0", nil, 400, "invalid_value"),
        ("GET", "/api/v1/incidents?limit=501", nil, 400, "invalid_value"),
        ("GET", "/api/v1/incidents?limit=+1", nil, 400, "invalid_value"),
        ("GET", "/api/v1/incidents?limit=1&limit=2", nil, 400, "invalid_value"),
        ("GET", "/api/v1/incidents?state=closed", nil, 400, "invalid_value"),
        ("GET", "/api/v1/incidents?state=", nil, 400, "invalid_value"),
        ("GET", "/api/v1/incidents?since=yesterday", nil, 400, "invalid_value"),
        ("GET", "/api/v1/incidents?token=x", nil, 400, "unknown_parameter"),
        ("GET", "/api/v1/incidents?state=%ff", nil, 400, "malformed_query"),
        ("GET", "/api/v1/incidents/HUB-E1:000009", nil, 404, "unknown_incident"),
        ("GET", "/api/v1/incidents/HUB-E1:1", nil, 404, "unknown_incident"),
        ("GET", "/api/v1/incidents/HUB-E1:18446744073709551615", nil, 404, "unknown_incident"),
        ("GET", "/api/v1/incidents/%00", nil, 404, "unknown_incident"),
        ("GET", "/api/v1/stream?after=x", nil, 400, "invalid_value"),
        ("GET", "/api/v1/queues/care/deliveries?wait=61", nil, 400, "invalid_value"),
        ("GET", "/api/v1/queues/care/deliveries?wait=-1", nil, 400, "invalid_value"),
        ("GET", "/api/v1/queues/care/deliveries?after=9223372036854775808", nil, 400, "invalid_value"),
        ("GET", "/api/v1/queues/care/dead-letters?wait=1", nil, 400, "unknown_parameter"),
        ("GET", "/api/v1/queues/none/deliveries", nil, 404, "unknown_queue"),
        ("GET", "/api/v1/queues/Care/deliveries", nil, 404, "unknown_queue"),
        ("POST", "/api/v1/queues/care/deliveries/HUB-E1:000001:1:care/ack", nil, 404, "unknown_delivery"),
        ("POST", "/api/v1/queues/care/deliveries/HUB-E1:000001:1:other/ack", nil, 404, "unknown_delivery"),
        ("POST", "/api/v1/queues/care/deliveries/x/nack", #"{"reason":"no"}"#, 404, "unknown_delivery"),
        ("POST", "/api/v1/queues/care/deliveries/HUB-E1:000001:1:care/nack", "{}", 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", "[]", 400, "malformed_body"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", "{", 400, "malformed_body"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"colour":1}"#, 400, "unknown_field"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"actor":1}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"actor":"a\u0000b"}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"expected_revision":0}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"expected_revision":4294967296}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"expected_revision":true}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"expected_revision":1.5}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/acknowledge", #"{"command_id":""}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/resolve", "{}", 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/resolve", #"{"reason":"bored"}"#, 400, "invalid_value"),
        ("POST", "/api/v1/incidents/HUB-E1:000001/annotate", "{}", 400, "invalid_value"),
        ("POST", "/api/v1/devices/adopt", #"{"device":"mac:1","profile":"p"}"#, 400, "invalid_value"),
        ("POST", "/api/v1/devices/adopt", #"{"device":"mac:1","profile":"p","home":"h","residents":["a","a"]}"#, 400, "invalid_value"),
        ("POST", "/api/v1/devices/adopt", #"{"device":"mac:1","profile":"p","home":"h","residents":[1]}"#, 400, "invalid_value"),
        ("POST", "/api/v1/devices/adopt", #"{"device":"mac:1","profile":"p","home":"h","shared":"yes"}"#, 400, "invalid_value"),
        ("POST", "/api/v1/devices/adopt", #"{"device":"mac:1","profile":"p","home":"h","replaces":""}"#, 400, "invalid_value"),
        ("POST", "/api/v1/devices/mac:1/arm", #"{"seconds":301}"#, 400, "invalid_value"),
        ("POST", "/api/v1/devices/mac:1/arm", #"{"seconds":0}"#, 400, "invalid_value"),
    ] as [(String, String, String?, Int, String)])
    func refused(method: String, uri: String, body: String?, status: Int, code: String) async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            let response = try await client.send(try #require(HTTPRequest.Method(method)), uri, body: body)
            #expect(response.status.code == status && response.code == code, "\(response.status.code) \(response.text)")
            #expect(response.headers[.contentType] == "application/json; charset=utf-8")
        }
        #expect(fixture.hub.state.withLock { $0.commands.isEmpty })
    }

    @Test("an unknown field is named")
    func unknownField() async throws {
        try await Fixture().ask { client async throws in
            let response = try await client.send(.post, "/api/v1/incidents/HUB-E1:000001/contact", body: #"{"note":"n","colour":"red"}"#)
            #expect(response.text.contains("colour"))
        }
    }

    @Test("a body at the limit is read, one byte more is refused, with and without a length")
    func bodyLimit() async throws {
        @Sendable func body(_ bytes: Int) -> String { #"{"note":"n"}"# + String(repeating: " ", count: bytes - 12) }
        try await Fixture().ask { client async throws in
            let path = "/api/v1/incidents/HUB-E1:000001/contact"
            #expect(try await client.send(.post, path, body: body(ServingLimits.bodyBytesMax)).status == .ok)
            #expect(try await client.send(.post, path, body: body(ServingLimits.bodyBytesMax + 1)).code == "body_too_long")
        }
        let (stream, source) = RequestBody.makeStream()
        let feeding = Task {
            for _ in 0...ServingLimits.bodyBytesMax / 1_024 { await source.yield(ByteBuffer(repeating: 32, count: 1_024)) }
            source.finish()
        }
        let request = Request(head: HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/"), body: stream)
        await #expect { _ = try await RequestFields(request) } throws: { ($0 as? ErrorAnswer)?.code == "body_too_long" }
        feeding.cancel()
    }

    @Test("a note, an actor, a name of a press at its limit passes, one byte more doesn't", arguments: [
        ("note", Limits.noteBytesMax), ("actor", ServingLimits.actorBytesMax), ("command_id", ServingLimits.commandIDBytesMax),
    ])
    func fieldLimits(field: String, bytes: Int) async throws {
        try await Fixture().ask { client async throws in
            let path = "/api/v1/incidents/HUB-E1:000001/contact"
            #expect(try await client.send(.post, path, body: "{\"\(field)\":\"\(String(repeating: "a", count: bytes))\"}").status == .ok)
            #expect(try await client.send(.post, path, body: "{\"\(field)\":\"\(String(repeating: "a", count: bytes + 1))\"}").code == "invalid_value")
        }
    }

    @Test("filters of the list reach the port as they were meant")
    func filters() async throws {
        let fixture = Fixture()
        fixture.hub.commit("a")
        fixture.hub.commit("b", number: 2)
        try await fixture.ask { client async throws in
            let list = try await client.send(.get, "/api/v1/incidents?state=active,resolved&limit=1&since=2026-11-22T09:00:00%2B08:00")
            #expect(list.json["is_cut"] as? Bool == true && list.json["cursor"] as? String == "HUB-E1.2")
            #expect((list.json["incidents"] as? [Any])?.count == 1)
            try await client.send(.get, "/api/v1/incidents?limit=500")
        }
        let expected = [
            IncidentFilter(states: IncidentState.allCases, since: WallTime(rfc3339: "2026-11-22T01:00:00Z"), limit: 1), IncidentFilter(limit: 500),
        ]
        #expect(fixture.hub.state.withLock { $0.filters } == expected)
    }

    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE incident; --", "</script><svg/onload=1>", "\u{202E}gnp.exe",
        "a\\\"b", "{{constructor}}", "\u{2028}\u{2029}", "日本\u{0301}", "&lt;b&gt;", "%0d%0aSet-Cookie: a=b",
    ]

    @Test("hostile text in rooms, reasons and payloads comes back as the same JSON text, never as markup", arguments: hostile)
    func hostileText(text: String) async throws {
        let fixture = Fixture()
        fixture.hub.change { state in
            state.devices = [DeviceRow(device: DeviceID("mac:1"), profile: "p", home: HomeID("h"), residents: [], room: text)]
            let sighting = Sighting(why: .unregistered, topic: text, candidates: [text], payload: Array(text.utf8))
            state.quarantine = [QuarantineRow(receivedAt: WallTime(microseconds: 0), sighting: sighting)]
            state.health = Health(isLive: true, isReady: false, reasons: [Health.Reason(code: "broker_lost", text: text)])
        }
        try await fixture.ask { client async throws in
            let devices = try await client.send(.get, "/api/v1/devices")
            #expect((devices.json["devices"] as? [[String: Any]])?.first?["room"] as? String == text)
            let quarantine = try await client.send(.get, "/api/v1/quarantine")
            let row = (quarantine.json["quarantine"] as? [[String: Any]])?.first
            #expect(row?["payload"] as? String == text && row?["topic"] as? String == text)
            let ready = try await client.send(.get, "/readyz")
            #expect(ready.status == .serviceUnavailable)
            for response in [devices, quarantine, ready] {
                #expect(!response.text.contains("<") && response.headers[.contentType] == "application/json; charset=utf-8")
            }
            let escaped = JSONValue.object([("reason", .string("drill")), ("note", .string(text))]).bytes
            let resolve = try await client.send(.post, "/api/v1/incidents/HUB-E1:000001/resolve", body: String(decoding: escaped, as: UTF8.self))
            #expect(resolve.status == .ok)
        }
        let id = try #require(IncidentID("HUB-E1:000001"))
        #expect(fixture.hub.state.withLock { $0.commands.first?.action } == .resolve(id, .drill, note: text))
    }

    @Test("a payload that is not clean text, or is cut, comes as base64")
    func payloads() async throws {
        let fixture = Fixture()
        let long = [UInt8](repeating: 97, count: ServingLimits.quarantinePayloadBytesMax)
        fixture.hub.change { state in
            state.quarantine = [[0xFF, 0x00, 0x41], [0, 65], long, long + [97]].map {
                QuarantineRow(receivedAt: WallTime(microseconds: 0), sighting: Sighting(why: .noProfile, topic: "t", candidates: [], payload: $0))
            }
        }
        try await fixture.ask { client async throws in
            let rows = try #require(try await client.send(.get, "/api/v1/quarantine").json["quarantine"] as? [[String: Any]])
            #expect(rows[0]["payload_base64"] as? String == "/wBB" && rows[1]["payload_base64"] as? String == "AEE=")
            #expect((rows[2]["payload"] as? String)?.count == long.count && rows[2]["payload_base64"] == nil)
            #expect(rows[3]["payload_base64"] as? String == Data(long).base64EncodedString() && rows[3]["payloadlen"] as? Int == long.count + 1)
        }
    }

    @Test("nothing that a person wrote or a client sent in a query reaches the log")
    func log() async throws {
        let fixture = Fixture()
        fixture.hub.commit("王秀英")
        try await fixture.ask { client async throws in
            try await client.send(.get, "/api/v1/incidents?token=s3cret")
            try await client.send(.get, "/s3cret/%E7%8E%8B")
            try await client.send(.get, "/api/v1/incidents/s3cret")
            try await client.send(.get, "/api/v1/incidents/HUB-E1:000001", token: "s3cret")
            try await client.send(.post, "/api/v1/incidents/HUB-E1:000001/contact", body: #"{"actor":"王秀英","note":"s3cret 140/90"}"#)
            fixture.hub.change { $0.doesFail = true }
            #expect(try await client.send(.get, "/api/v1/incidents").code == "unavailable")
            #expect(try await client.send(.post, "/api/v1/incidents/HUB-E1:000001/contact", body: #"{"note":"s3cret"}"#).code == "not_carried_out")
        }
        let lines = fixture.lines.all.withLock { $0 }
        #expect(lines.contains { $0.contains("/api/v1/incidents/{id}/contact") && $0.contains("HUB-E1:000001") && $0.contains("200") }, "\(lines)")
        for line in lines { #expect(!line.contains("s3cret") && !line.contains("王") && !line.contains("140") && !line.contains("administrator")) }
    }
}
