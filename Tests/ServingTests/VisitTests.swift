import CareModel
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

/// `POST /api/v1/visits`: a code at a resident's door, scanned by somebody who is signed in.
@Suite struct VisitTests {
    static let at = WallTime(microseconds: 1_795_190_400_000_000)

    private static func fixture(duty: String? = "visit", _ incidents: [IncidentID] = [IncidentID(origin: "HUB-E1", number: 1)]) -> Fixture {
        let fixture = RightsTests.populated()
        fixture.hub.change { $0.nextOutcome = .carriedOut(Deed(at: Self.at, duty: duty, incidents: incidents)) }
        return fixture
    }

    private static func scan(_ client: any TestClientProtocol, _ code: String, token: String = "token-caregiver-east", more: String = "") async throws -> TestResponse {
        try await client.send(.post, "/api/v1/visits", token: token, body: #"{"code":"\#(code)"\#(more)}"#)
    }

    @Test("the answer says whose home it is, when, which duty was kept and which incidents are on site")
    func answer() async throws {
        let fixture = Self.fixture()
        try await fixture.ask { client async throws in
            let came = try await Self.scan(client, "code-east")
            #expect(came.status == .ok)
            #expect(came.text == #"{"resident":"resident-east","name":"Eastern Wang","at":"\#(Self.at.description)","duty":"visit","incidents":["HUB-E1:000001"]}"#)
        }
        let command = fixture.hub.state.withLock { $0.commands.last }
        #expect(command?.action == .visit(ResidentID("resident-east")) && command?.actor == "caregiver-east" && command?.role == .caregiver)
        let bare = Self.fixture(duty: nil, [])
        try await bare.ask { client async throws in #expect(try await Self.scan(client, "code-east").text.hasSuffix(#""duty":null,"incidents":[]}"#)) }
    }

    @Test("a code of nobody and one of another station are answered word for word the same, stand in the audit, and nothing is posted")
    func unknown() async throws {
        let fixture = Self.fixture()
        try await fixture.ask { client async throws in
            let none = try await Self.scan(client, "code-none"), other = try await Self.scan(client, "code-west")
            #expect(none.status == .notFound && none.code == "unknown_code" && none.text == other.text)
            #expect(try await Self.scan(client, "code-west", token: "token-supervisor").status == .ok)
            #expect(try await Self.scan(client, "").code == "invalid_value")
            #expect(try await Self.scan(client, String(repeating: "c", count: ServingLimits.visitCodeBytesMax + 1)).code == "invalid_value")
            #expect(try await Self.scan(client, String(repeating: "c", count: ServingLimits.visitCodeBytesMax)).code == "unknown_code")
            #expect(try await Self.scan(client, "code-east", more: #","note":"n""#).code == "unknown_field")
        }
        #expect(fixture.hub.state.withLock { $0.commands.map(\.actor) } == ["supervisor-1"])
        #expect(fixture.audit.all.filter { $0 == "caregiver-east visit code unknown_code" }.count == 3)
    }

    @Test("five wrong codes of a person, ten of an address, within a minute end in 429, also for a right one; signing in goes on")
    func attempts() async throws {
        let fixture = Self.fixture()
        try await fixture.ask { client async throws in
            for _ in 0..<ServingLimits.accountAttemptsMax { #expect(try await Self.scan(client, "code-none").code == "unknown_code") }
            let refused = try await Self.scan(client, "code-east")
            #expect(refused.status == .tooManyRequests && refused.code == "too_many_attempts" && refused.headers[.retryAfter] == "61")
            // Somebody else at the same address goes on until the address has its ten.
            for _ in ServingLimits.accountAttemptsMax..<ServingLimits.failedAttemptsMax { #expect(try await Self.scan(client, "code-west", token: "token-caregiver-home").code == "unknown_code") }
            #expect(try await Self.scan(client, "code-east", token: "token-supervisor").code == "too_many_attempts")
            _ = try await AccessTests.logIn(client)
            fixture.clock.move(.seconds(ServingLimits.attemptWindowSeconds))
            #expect(try await Self.scan(client, "code-east").status == .ok)
        }
    }

    @Test("a full mailbox and a hub that can't tell are 503, and the same scan again is answered the same; another resident's is another scan")
    func again() async throws {
        let fixture = Self.fixture()
        fixture.hub.change { $0.isMailboxFull = true }
        try await fixture.ask { client async throws in
            let busy = try await Self.scan(client, "code-east", more: #","command_id":"s1""#)
            #expect(busy.status == .serviceUnavailable && busy.code == "busy" && busy.headers[.retryAfter] == "2" && busy.json["command_id"] as? String == "s1")
            fixture.hub.change { $0.isMailboxFull = false }
            let first = try await Self.scan(client, "code-east", more: #","command_id":"s1""#)
            fixture.hub.change { $0.nextOutcome = .refused(.notAllowed) }
            #expect(try await Self.scan(client, "code-east", more: #","command_id":"s1""#).text == first.text && first.status == .ok)
            fixture.hub.change { $0.nextOutcome = .carriedOut(Deed(at: Self.at, incidents: [])) }
            for code in ["code-east", "code-west"] { #expect(try await Self.scan(client, code, token: "token-supervisor", more: #","command_id":"s2""#).status == .ok) }
            fixture.hub.change { $0.doesFail = true }
            #expect(try await Self.scan(client, "code-east").code == "unavailable")
        }
        #expect(fixture.hub.state.withLock { $0.commands.count } == 3)
    }

    @Test("a drill's answer names its incident; what is drilled must be a fall")
    func drill() async throws {
        let fixture = Self.fixture(duty: nil)
        try await fixture.ask { client async throws in
            let begun = try await client.send(.post, "/api/v1/residents/resident-east/drill", token: "token-technician-east", body: #"{"kind":"fall","command_id":"d"}"#)
            #expect(begun.text == #"{"command_id":"d","outcome":"done","at":"\#(Self.at.description)","incidents":["HUB-E1:000001"]}"#)
            for body in ["{}", #"{"kind":"smoke"}"#] {
                #expect(try await client.send(.post, "/api/v1/residents/resident-east/drill", body: body).code == "invalid_value", "\(body)")
            }
            #expect(try await client.send(.post, "/api/v1/residents/resident-west/drill", token: "token-technician-east", body: #"{"kind":"fall"}"#).code == "unknown_resident")
        }
    }
}
