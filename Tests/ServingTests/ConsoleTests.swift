import CareModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

@Suite struct ConsoleTests {
    static let day = "since=2026-05-01T20:00:00Z&until=2026-05-02T08:00:00Z"

    @Test("a replay is ordered with a period or a log, and every number has its bounds")
    func orders() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            let path = "/api/v1/replays"
            #expect(try await client.send(.post, path + "?\(Self.day)&drop=100&duplicate=7&delay=3600&clock=-86400&configuration=disk").status == .ok)
            #expect(try await client.send(.post, path, body: #"{"tst":"2026-05-01T20:00:00Z","topic":"a","payload":"1"}"#).status == .ok)
            let orders = fixture.hub.state.withLock { $0.orders }
            let since = try #require(WallTime(rfc3339: "2026-05-01T20:00:00Z"))
            var first = ReplayOrder(source: .journal(since..<since + .seconds(43_200)))
            (first.dropPercent, first.duplicatePercent, first.delaySeconds, first.clockSeconds, first.configuration) = (100, 7, 3_600, -86_400, "disk")
            #expect(orders.first == first && first.isChanged)
            guard case .log(let bytes)? = orders.last?.source else { throw TimedOut() }
            #expect(bytes.count == 56 && orders.last?.isChanged == false)

            for query in [
                "", "?since=2026-05-01T20:00:00Z", "?since=2026-05-02T08:00:00Z&until=2026-05-01T20:00:00Z", "?since=2026-05-01T08:00:00Z&until=2026-05-03T08:00:01Z",
                "?\(Self.day)&drop=101", "?\(Self.day)&duplicate=-1", "?\(Self.day)&delay=3601", "?\(Self.day)&clock=86401", "?\(Self.day)&clock=x", "?\(Self.day)&configuration=",
            ] { #expect(try await client.send(.post, path + query).code == "invalid_value", "\(query)") }
            #expect(try await client.send(.post, path + "?\(Self.day)", body: "{}").code == "invalid_value")
            #expect(try await client.send(.post, path + "?\(Self.day)&speed=2").code == "unknown_parameter")
            let limit = String(repeating: "x", count: ServingLimits.replayBytesMax)
            #expect(try await client.send(.post, path, body: limit).status == .ok)
            #expect(try await client.send(.post, path, body: limit + "x").code == "body_too_long")
        }
    }

    @Test("what came of a replay is told by its code")
    func answers() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            for (answer, status, code) in [
                (ReplayAnswer.unknownConfiguration, 404, "unknown_configuration"), (.faulty("homes.yaml:1:1: no"), 422, "faulty_configuration"), (.busy, 503, "replay_running"),
            ] {
                fixture.hub.change { $0.replayAnswer = answer }
                let response = try await client.send(.post, "/api/v1/replays?\(Self.day)")
                #expect(response.status.code == status && response.code == code)
            }
        }
    }

    @Test("a signed command needs no token; its signature decides, and one that doesn't fit learns nothing")
    func signed() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            for (signature, status, code) in [("right", 200, nil), ("faulty", 400, "malformed_command"), ("busy", 503, "busy"), ("wrong", 401, "wrong_signature"), ("", 401, "wrong_signature")] as [(String, Int, String?)] {
                let answer = try await client.execute(
                    uri: "/api/v1/queues/care/commands", method: .post, headers: [Guard.field("webhook-signature"): signature], body: ByteBuffer(string: "{}"))
                #expect(answer.status.code == status && answer.code == code, "\(signature): \(answer.text)")
            }
            let long = ByteBuffer(string: String(repeating: " ", count: ServingLimits.bodyBytesMax + 1))
            #expect(try await client.execute(uri: "/api/v1/queues/care/commands", method: .post, headers: [Guard.field("webhook-signature"): "right"], body: long).status.code == 413)
        }
    }

    @Test("readings and explanations are of a known resident, in bounds")
    func residents() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            #expect(try await client.send(.get, "/api/v1/residents/r1/readings").text == #"{"hours":24}"#)
            #expect(try await client.send(.get, "/api/v1/residents/r1/readings?hours=1").text == #"{"hours":1}"#)
            for hours in ["0", "25", "x"] { #expect(try await client.send(.get, "/api/v1/residents/r1/readings?hours=\(hours)").code == "invalid_value") }
            for path in ["r2", "r2/readings", "r2/explanation?at=2026-05-01T20:00:00Z", String(repeating: "r", count: Limits.identifierBytesMax + 1)] {
                #expect(try await client.send(.get, "/api/v1/residents/\(path)").code == "unknown_resident", "\(path)")
            }
            #expect(try await client.send(.get, "/api/v1/residents/r1/explanation").code == "invalid_value")
            #expect(try await client.send(.get, "/api/v1/incidents/HUB-E1:000009/surroundings").code == "unknown_incident")
            #expect(try await client.send(.get, "/api/v1/tap?after=-1").code == "invalid_value")
        }
    }

    @Test("an incident's file comes as JSON or HTML to be kept, in full for supervisors and masked for inspectors")
    func file() async throws {
        let fixture = Fixture()
        fixture.hub.commit("王秀英")
        try await fixture.ask { client async throws in
            let path = "/api/v1/incidents/HUB-E1:000001/file"
            let full = try await client.send(.get, path, token: "token-supervisor"), page = try await client.send(.get, path + "?format=html", token: "token-supervisor")
            #expect(full.text.contains("王秀英") && full.headers[.contentType] == "application/json" && page.text.hasPrefix("<p>") && page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(try await !client.send(.get, path, token: "token-inspector").text.contains("王秀英"))
            #expect(try await client.send(.get, path + "?format=pdf", token: "token-supervisor").code == "invalid_value")
            #expect(try await client.send(.get, "/api/v1/incidents/HUB-E1:000009/file", token: "token-supervisor").code == "unknown_incident")
        }
    }

    @Test("a technician sees why a letter is dead, not what stood in it")
    func letters() async throws {
        let fixture = Fixture()
        fixture.hub.commit("王秀英")
        fixture.hub.change { state in
            state.dead = state.queued.map { DeadLetter(key: $0.key, cursor: $0.cursor, reason: "unknown address", incident: $0.incident) }
        }
        try await fixture.ask { client async throws in
            let path = "/api/v1/queues/care/dead-letters"
            #expect(try await client.send(.get, path, token: "token-supervisor").text.contains("王秀英"))
            let seen = try await client.send(.get, path, token: "token-technician").text
            #expect(seen.contains("unknown address") && seen.contains(#""incident":null"#) && !seen.contains("王秀英"))
        }
    }
}
