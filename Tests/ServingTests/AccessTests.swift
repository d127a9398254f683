import CareModel
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

@Suite struct AccessTests {
    /// The expected matrix, written by hand: role → routes that it may use besides the open ones.
    static let readers = ["GET /api/v1/incidents", "GET /api/v1/incidents/{id}", "GET /api/v1/stream", "GET /readyz"] + own
    /// One's own session.
    static let own = ["GET /session", "DELETE /session", "POST /session/lock", "POST /session/unlock", "POST /session/password", "POST /session/pin"]
    static let people = ["GET /api/v1/accounts", "POST /api/v1/accounts"] + ["link", "disable", "enable", "rights"].map { "POST /api/v1/accounts/{name}/\($0)" }
    static let presses = ["acknowledge", "escalate", "contact", "arrive", "resolve", "annotate", "hand-over", "shelve", "unshelve", "reopen"].map { "POST /api/v1/incidents/{id}/\($0)" }
        + ["POST /api/v1/homes/{id}/mode", "GET /api/v1/modes", "POST /api/v1/visits"]
    static let queues = [
        "GET /api/v1/queues/{queue}/deliveries", "GET /api/v1/queues/{queue}/dead-letters",
        "POST /api/v1/queues/{queue}/deliveries/{key}/ack", "POST /api/v1/queues/{queue}/deliveries/{key}/nack",
    ]
    static let resending = ["POST /api/v1/queues/{queue}/dead-letters/resend", "POST /api/v1/queues/{queue}/dead-letters/{key}/resend"]
    static let technical = ["POST /api/v1/devices/adopt", "POST /api/v1/devices/{id}/arm", "GET /api/v1/quarantine"]
    static let caring = ["GET /api/v1/incidents/{id}/surroundings", "GET /api/v1/residents", "GET /api/v1/residents/{id}", "GET /api/v1/residents/{id}/readings"]
    static let desk = ["GET /api/v1/tap", "GET /api/v1/configurations", "POST /api/v1/replays"]
    static let looking = ["GET /api/v1/queues", "GET /api/v1/rules", "GET /api/v1/residents/{id}/explanation", "GET /api/v1/devices/{id}/state"]
    static let file = "GET /api/v1/incidents/{id}/file", wall = "GET /api/v1/wall", period = "GET /api/v1/reports/{period}", letters = "GET /api/v1/queues/{queue}/dead-letters"
    static let drill = "POST /api/v1/residents/{id}/drill"
    static let family = ["GET /api/v1/family", "POST /api/v1/family/incidents/{id}/reached"], audit = "GET /api/v1/audit"
    static let few = ["GET /readyz"] + own
    static let allowed: [String: Set<String>] = [
        "token-caregiver": Set(readers + presses + caring + [wall]),
        "token-family": Set(few + family),
        "token-technician": Set(readers + technical + desk + looking + [drill, wall, letters, "GET /api/v1/devices", "GET /metrics"]),
        "token-supervisor": Set(readers + presses + queues + resending + caring + looking + [drill, wall, period, file, "GET /api/v1/devices", "GET /metrics"]),
        "token-inspector": Set(readers + [audit, wall, period, file, "GET /api/v1/rules", "GET /metrics"]),
        "token-administrator": Set(
            readers + presses + queues + resending + technical + caring + looking + desk + [drill, audit, wall, period, file, "GET /api/v1/devices", "GET /metrics", "GET /api/v1/journal"] + people),
        "token-wall": Set(["GET /api/v1/incidents", "GET /api/v1/stream", wall] + few),
        "token-device": Set(few),
        "token-receiver": Set(queues),
    ]

    static func address(_ route: Route) -> String {
        route.path.replacing("{id}", with: "HUB-E1:000001").replacing("{queue}", with: "care").replacing("{key}", with: "HUB-E1:000001:1:care").replacing("{period}", with: "2026-11").replacing("{name}", with: "nobody")
    }

    @Test("every role may use exactly the routes of its row, and nobody without a token any of them", arguments: everyRole.map(\.token))
    func matrix(token: String) async throws {
        let fixture = Fixture()
        fixture.hub.commit("x")
        fixture.hub.signal.close()
        let table = fixture.server().table
        try await fixture.ask { client async throws in
            for route in table where route.access != .open {
                let name = "\(route.method.rawValue) \(route.path)"
                let body = route.isWrite && route.method != .delete ? "{}" : nil
                let response = try await client.send(route.method, Self.address(route), token: token, body: body)
                let isAllowed = Self.allowed[token]?.contains(name) == true
                #expect((response.code == "forbidden") == !isAllowed, "\(token) \(name): \(response.status.code)")
                let nobody = try await client.send(route.method, Self.address(route), token: nil, body: body)
                #expect(nobody.status == .unauthorized && nobody.code == "unauthorised", "\(name)")
            }
        }
        #expect(table.filter { $0.access == .open }.map(\.path).filter { !$0.hasPrefix("/page/") } == ["/", "/visit", "/healthz", "/session", "/set-up/look", "/set-up", "/api/v1/queues/{queue}/commands"])
    }

    @Test("roles that don't care for people see incidents without names")
    func masking() async throws {
        let fixture = Fixture()
        fixture.hub.commit("王秀英")
        try await fixture.ask { client async throws in
            for path in ["/api/v1/incidents", "/api/v1/incidents/HUB-E1:000001"] {
                #expect(try await client.send(.get, path, token: "token-caregiver").text.contains("王秀英"))
                #expect(try await !client.send(.get, path, token: "token-technician").text.contains("王秀英"))
                #expect(try await !client.send(.get, path, token: "token-inspector").text.contains("王秀英"))
            }
        }
    }

    @Test("a receiver's token opens its own queue, no other one and no session")
    func receiver() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            #expect(try await client.send(.get, "/api/v1/queues/care/deliveries", token: "token-receiver").status == .ok)
            #expect(try await client.send(.get, "/api/v1/queues/other/deliveries", token: "token-receiver").code == "forbidden")
            #expect(try await client.send(.get, "/api/v1/queues/other/deliveries").code == "unknown_queue")
            let login = try await client.send(.post, "/session", token: nil, Self.ownPage, body: #"{"token":"token-receiver"}"#)
            #expect(login.code == "wrong_token")
        }
    }

    static let ownPage = [("X-Vigil-Page", "1"), ("Origin", "http://localhost")]

    /// Logs in and returns the cookie as the browser sends it back.
    static func logIn(_ client: any TestClientProtocol, _ token: String = "token-administrator") async throws -> String {
        let response = try await client.send(.post, "/session", token: nil, ownPage, body: #"{"token":"\#(token)"}"#)
        #expect(response.status == .noContent)
        let cookie = try #require(response.headers[.setCookie])
        #expect(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict") && cookie.contains("; Path=/"))
        return String(cookie.prefix { $0 != ";" })
    }

    @Test("a cookie reads, but writes only with the page's header and the hub's own origin")
    func crossSite() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            let cookie = ("Cookie", "theme=dark; " + (try await Self.logIn(client)))
            #expect(try await client.send(.get, "/api/v1/incidents", token: nil, [cookie]).status == .ok)
            let path = "/api/v1/incidents/HUB-E1:000001/acknowledge"
            let foreign: [[(String, String)]] = [
                [], [("X-Vigil-Page", "1")], [("Origin", "http://localhost")], [("X-Vigil-Page", "1"), ("Origin", "http://evil.example")],
                [("X-Vigil-Page", "1"), ("Origin", "null")], [("X-Vigil-Page", "0"), ("Origin", "http://localhost")],
            ]
            for headers in foreign {
                #expect(try await client.send(.post, path, token: nil, [cookie] + headers).code == "foreign_origin", "\(headers)")
            }
            #expect(fixture.hub.state.withLock { $0.commands.isEmpty })
            #expect(try await client.send(.post, path, token: nil, [cookie] + Self.ownPage).status == .ok)
            #expect(fixture.hub.state.withLock { $0.commands.first?.via } == .page)
            #expect(try await client.send(.post, "/session", token: nil, body: #"{"token":"token-administrator"}"#).code == "foreign_origin")
        }
    }

    @Test("a session ends when its owner leaves, and after the idle limit, which use puts off")
    func sessionEnds() async throws {
        var fixture = Fixture()
        fixture.configuration.sessionIdleLimit = .seconds(100)
        try await fixture.ask { [fixture] client async throws in
            let cookie = ("Cookie", try await Self.logIn(client))
            for _ in 0..<3 {
                fixture.clock.move(.seconds(99))
                #expect(try await client.send(.get, "/session", token: nil, [cookie]).json["role"] as? String == "administrator")
            }
            fixture.clock.move(.seconds(100))
            #expect(try await client.send(.get, "/session", token: nil, [cookie]).status == .unauthorized)
            let second = ("Cookie", try await Self.logIn(client))
            #expect(try await client.send(.delete, "/session", token: nil, [second] + Self.ownPage).status == .noContent)
            #expect(try await client.send(.get, "/session", token: nil, [second]).status == .unauthorized)
        }
    }

    @Test("the tenth wrong token of an address is answered, the next attempt waits for the window; a right bearer still passes")
    func attempts() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            for _ in 0..<ServingLimits.failedAttemptsMax {
                #expect(try await client.send(.post, "/session", token: nil, Self.ownPage, body: #"{"token":"wrong"}"#).code == "wrong_token")
            }
            let refused = try await client.send(.post, "/session", token: nil, Self.ownPage, body: #"{"token":"token-administrator"}"#)
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] == "61")
            #expect(try await client.send(.get, "/session", token: "wrong").code == "too_many_attempts")
            #expect(try await client.send(.get, "/session").status == .ok)
            fixture.clock.move(.seconds(ServingLimits.attemptWindowSeconds))
            _ = try await Self.logIn(client)
        }
    }

    @Test("the metrics are open only where the configuration says so")
    func metricsOpen() async throws {
        var fixture = Fixture()
        fixture.configuration.areMetricsOpen = true
        try await fixture.ask { client async throws in
            let response = try await client.send(.get, "/metrics", token: nil)
            #expect(response.status == .ok)
        }
    }

    @Test("the oldest unused browser gives way when one more than the most log in")
    func sessionsLimit() {
        let clock = TestClock()
        let sessions = Sessions(idleLimit: .seconds(1_000), now: { clock.now })
        let first = sessions.open(Principal(actor: "a", role: .caregiver))
        clock.move(.seconds(1))
        for _ in 1..<ServingLimits.sessionsMax { _ = sessions.open(Principal(actor: "b", role: .caregiver)) }
        #expect(sessions.count == ServingLimits.sessionsMax)
        _ = sessions.open(Principal(actor: "c", role: .caregiver))
        #expect(sessions.count == ServingLimits.sessionsMax && sessions.principal(first) == nil)
    }
}
