import CareModel
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

@Suite struct CommandTests {
    static let path = "/api/v1/incidents/HUB-E1:000001/"

    @Test("each route posts its own action with actor, role, way and revision")
    func actions() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            try await client.send(.post, Self.path + "acknowledge", [("X-Vigil-Client", "command-line")], body: #"{"actor":"李护士","expected_revision":4294967295}"#)
            try await client.send(.post, Self.path + "escalate", body: #"{"expected_revision":2}"#)
            try await client.send(.post, Self.path + "contact", body: #"{"note":"line 1\nline 2"}"#)
            try await client.send(.post, Self.path + "contact", body: #"{"result":"no_answer"}"#)
            try await client.send(.post, Self.path + "hand-over", body: #"{"to":"吴护士"}"#)
            try await client.send(.post, Self.path + "arrive")
            try await client.send(.post, Self.path + "resolve", body: #"{"reason":"real_emergency","note":null}"#)
            try await client.send(.post, Self.path + "annotate", body: #"{"note":"n"}"#)
            try await client.send(.post, Self.path + "shelve", body: #"{"seconds":86400,"reason":"known"}"#)
            try await client.send(.post, Self.path + "unshelve")
            try await client.send(.post, Self.path + "reopen", body: #"{"note":"the wrong one"}"#)
            try await client.send(.post, "/api/v1/homes/h%2F1/mode", body: #"{"mode":"away","seconds":60,"resident":"r1"}"#)
            try await client.send(.post, "/api/v1/homes/h/mode", body: #"{"mode":"normal"}"#)
            try await client.send(.post, "/api/v1/devices/topic%3Aa%2Fb/arm", body: #"{"seconds":300}"#)
            try await client.send(.post, "/api/v1/residents/r%2F1/drill", body: #"{"kind":"fall"}"#)
            try await client.send(.post, "/api/v1/devices/adopt", body: #"{"device":"ieee:00","profile":"p","home":"h","residents":["r1","r2"],"room":"卧室"}"#)
            try await client.send(.post, "/api/v1/devices/adopt", body: #"{"device":"ieee:01","profile":"p","home":"h","shared":true,"replaces":"ieee:00"}"#)
        }
        let id = try #require(IncidentID("HUB-E1:000001"))
        let commands = fixture.hub.state.withLock { $0.commands }
        #expect(commands.map(\.action) == [
            .acknowledge(id), .escalate(id), .contact(id, .reached, note: "line 1\nline 2"), .contact(id, .noAnswer, note: ""),
            .handOver(id, to: "吴护士"), .arrive(id), .resolve(id, .realEmergency, note: ""), .annotate(id, note: "n"),
            .shelve(id, seconds: 86_400, reason: "known"), .unshelve(id), .reopen(id, note: "the wrong one"),
            .setMode(ModeChange(home: HomeID("h/1"), resident: ResidentID("r1"), mode: .away, seconds: 60)), .setMode(ModeChange(home: HomeID("h"), mode: nil)),
            .arm(DeviceID("topic:a/b"), seconds: 300), .drill(ResidentID("r/1"), .fall),
            .adopt(Adoption(device: DeviceID("ieee:00"), profile: "p", home: HomeID("h"), residents: [ResidentID("r1"), ResidentID("r2")], room: "卧室")),
            .adopt(Adoption(device: DeviceID("ieee:01"), profile: "p", home: HomeID("h"), residents: [], room: "", isShared: true, replaces: DeviceID("ieee:00"))),
        ])
        #expect(commands.first?.actor == "李护士" && commands.first?.expectedRevision == .max && commands.first?.via == .commandLine)
        #expect(commands.last?.actor == "administrator-1" && commands.last?.role == .administrator && commands.last?.via == .http && commands.last?.expectedRevision == nil)
    }

    @Test("a mode names itself, its time and whom it is about, at the limits and one past them", arguments: [
        (#"{"mode":"visitors","seconds":1209600}"#, 200), (#"{"mode":"visitors","seconds":1209601}"#, 400), (#"{"mode":"away","seconds":59}"#, 400),
        (#"{"mode":"hospital","seconds":7948800}"#, 200), (#"{"mode":"hospital","seconds":7948801}"#, 400), (#"{"mode":"away"}"#, 400),
        (#"{"mode":"visitors","seconds":60,"resident":"r"}"#, 400), (#"{"mode":"gone","seconds":60}"#, 400), (#"{"seconds":60}"#, 400),
    ])
    func modes(body: String, status: Int) async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            let answer = try await client.send(.post, "/api/v1/homes/h/mode", body: body)
            #expect(answer.status.code == status, "\(answer.text)")
            let list = try await client.send(.get, "/api/v1/modes")
            #expect(list.text == #"{"modes":[]}"#)
        }
    }

    @Test("the same press twice is carried out once and answered twice")
    func idempotent() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            let first = try await client.send(.post, Self.path + "acknowledge", body: #"{"command_id":"p1"}"#)
            fixture.hub.change { $0.nextOutcome = .refused(.alreadyTaken) }
            let second = try await client.send(.post, Self.path + "acknowledge", body: #"{"command_id":"p1"}"#)
            #expect(first.text == #"{"command_id":"p1","outcome":"done","revision":2}"# && second.text == first.text)
            // Another person, another verb, another incident, or no id: another press.
            try await client.send(.post, Self.path + "acknowledge", token: "token-caregiver", body: #"{"command_id":"p1"}"#)
            try await client.send(.post, Self.path + "arrive", body: #"{"command_id":"p1"}"#)
            try await client.send(.post, "/api/v1/incidents/HUB-E1:000002/acknowledge", body: #"{"command_id":"p1"}"#)
            try await client.send(.post, Self.path + "acknowledge")
            try await client.send(.post, Self.path + "acknowledge")
        }
        #expect(fixture.hub.state.withLock { Set($0.commands.map(\.id)).count } == 6)
    }

    @Test("a full mailbox is 503 with Retry-After and the press' name, and nothing was taken")
    func busy() async throws {
        let fixture = Fixture()
        fixture.hub.commit("x")
        fixture.hub.change { $0.isMailboxFull = true }
        try await fixture.ask { client async throws in
            let response = try await client.send(.post, Self.path + "acknowledge", body: #"{"command_id":"p1"}"#)
            #expect(response.status == .serviceUnavailable && response.code == "busy" && response.headers[.retryAfter] == "2")
            #expect(response.json["command_id"] as? String == "p1")
            let receipt = try await client.send(.post, "/api/v1/queues/care/deliveries/HUB-E1:000001:1:care/ack")
            #expect(receipt.status == .serviceUnavailable && receipt.headers[.retryAfter] == "1")
            fixture.hub.change { $0.isMailboxFull = false }
            #expect(try await client.send(.post, Self.path + "acknowledge", body: #"{"command_id":"p1"}"#).status == .ok)
        }
        #expect(fixture.hub.state.withLock { $0.commands.count } == 1)
    }

    @Test("a hub that doesn't answer in time leaves the press unconfirmed, not lost")
    func unconfirmed() async throws {
        var fixture = Fixture()
        fixture.configuration.answerLimit = .milliseconds(20)
        fixture.hub.change { $0.isSilent = true }
        try await fixture.ask { client async throws in
            let response = try await client.send(.post, Self.path + "acknowledge", body: #"{"command_id":"p1"}"#)
            #expect(response.code == "unconfirmed" && response.headers[.retryAfter] == "1" && response.json["command_id"] as? String == "p1")
        }
    }

    @Test("each refusal has its status and its own name as code", arguments: Refusal.allCases)
    func refusals(refusal: Refusal) async throws {
        let fixture = Fixture()
        fixture.hub.change { $0.nextOutcome = .refused(refusal) }
        let expected: [Refusal: Int] = [
            .unknownIncident: 404, .unknownDevice: 404, .alreadyTaken: 409, .alreadyResolved: 409, .outdated: 409, .alreadyBound: 409,
            .unknownHome: 422, .unknownResident: 422, .unknownProfile: 422, .notAllowed: 403, .limitReached: 429, .notOwner: 409, .notShelvable: 409, .superseded: 409,
            .allTold: 409, .drillOpen: 409,
        ]
        try await fixture.ask { client async throws in
            let response = try await client.send(.post, Self.path + "arrive")
            #expect(response.status.code == expected[refusal] && response.code == refusal.name)
        }
    }

    @Test("a caregiver acts in her own name only")
    func actors() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            #expect(try await client.send(.post, Self.path + "arrive", token: "token-caregiver", body: #"{"actor":"somebody"}"#).code == "actor_not_allowed")
            #expect(try await client.send(.post, Self.path + "arrive", token: "token-caregiver", body: #"{"actor":"caregiver-1"}"#).status == .ok)
            #expect(try await client.send(.post, Self.path + "arrive", token: "token-supervisor", body: #"{"actor":"somebody"}"#).status == .ok)
        }
        #expect(fixture.hub.state.withLock { $0.commands.map(\.actor) } == ["caregiver-1", "somebody"])
    }
}
