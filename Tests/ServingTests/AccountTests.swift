import CareModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

@Suite struct AccountTests {
    static let password = "a long walk home"
    static let ownPage = AccessTests.ownPage

    /// A caregiver of the eastern station, set up and with a PIN.
    static func populated(_ fixture: Fixture = Fixture(), pin: String? = "2580") async throws -> Fixture {
        fixture.hub.commit("Eastern Wang", number: 1, home: HomeID("home-east"))
        let accounts = fixture.accounts()
        let code = try accounts.add("王芳", .caregiver, Rights(stations: ["east"]))
        _ = try await accounts.setUp(code: code, password: password, pin: pin)
        return fixture
    }

    static func logIn(_ client: any TestClientProtocol, _ name: String = "王芳", _ password: String = password) async throws -> (String, String) {
        let response = try await client.send(.post, "/session", token: nil, ownPage, body: #"{"name":"\#(name)","password":"\#(password)"}"#)
        #expect(response.status == .noContent, "\(response.text)")
        return ("Cookie", String((response.headers[.setCookie] ?? "").prefix { $0 != ";" }))
    }

    static func press(_ client: any TestClientProtocol, _ path: String, _ cookie: (String, String), _ body: String = "{}") async throws -> TestResponse {
        try await client.send(.post, path, token: nil, ownPage + [cookie], body: body)
    }

    @Test("a set-up link shows whose it is, works once, and not after its time")
    func setUp() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            let made = try await client.send(.post, "/api/v1/accounts", body: #"{"name":"Li Na","role":"supervisor","everything":true,"link_seconds":600}"#)
            let code = try #require(made.json["code"] as? String)
            let shown = try await client.send(.post, "/set-up/look", token: nil, Self.ownPage, body: #"{"code":"\#(code)"}"#)
            #expect(shown.json["name"] as? String == "Li Na" && shown.json["role"] as? String == "supervisor")
            #expect(try await client.send(.post, "/set-up/look", token: nil, body: #"{"code":"\#(code)"}"#).code == "foreign_origin")
            let choose = { (password: String) in #"{"code":"\#(code)","password":"\#(password)","pin":"2580"}"# }
            for weak in ["short", "aaaaaaaaaaaa", "li na li na", "123412"] {
                #expect(try await client.send(.post, "/set-up", token: nil, Self.ownPage, body: choose(weak)).code == "weak_password", "\(weak)")
            }
            #expect(try await client.send(.post, "/set-up", token: nil, Self.ownPage, body: #"{"code":"\#(code)","password":"\#(Self.password)","pin":"1234"}"#).code == "weak_pin")
            let done = try await client.send(.post, "/set-up", token: nil, Self.ownPage, body: choose(Self.password))
            #expect(done.status == .noContent && done.headers[.setCookie]?.contains("HttpOnly; SameSite=Strict") == true)
            #expect(try await client.send(.post, "/set-up", token: nil, Self.ownPage, body: choose(Self.password)).code == "link_spent")
            fixture.clock.move(.seconds(100))
            _ = try await Self.logIn(client, "li na")
            let listed = (try await client.send(.get, "/api/v1/accounts").json["accounts"] as? [[String: Any]])?.first
            #expect(listed?["last_sign_in_at"] as? String == WallTime(microseconds: 100_000_000).description && listed?["link_expires_at"] is NSNull)
            let late = try await client.send(.post, "/api/v1/accounts/Li%20Na/link", body: #"{"link_seconds":600}"#)
            let second = try #require(late.json["code"] as? String)
            fixture.clock.move(.seconds(600))
            #expect(try await client.send(.post, "/set-up/look", token: nil, Self.ownPage, body: #"{"code":"\#(second)"}"#).code == "link_spent")
        }
        let kept = fixture.store.accounts.withLock { "\($0)" }
        #expect(!kept.contains("\"" + Self.password) && fixture.audit.all.contains("Li Na set_up_account session done"))
    }

    @Test("names that hide, turn or imitate are refused; a name is one whatever its case and form")
    func names() throws {
        let accounts = Fixture().accounts()
        for bad in ["", " a", "a ", "12", "<b>", "a\u{0}b", "a\u{202E}b", "a\u{200D}b", "pаypal", "αnna", "a\nb", "a/b", String(repeating: "a", count: 49)] {
            #expect(throws: AccountFault.self, "\(bad.debugDescription)") { try accounts.add(bad, .inspector, .everything) }
        }
        for good in ["王芳", "Łukasz", "O'Neil", "买买提·艾力", "Анна", "nurse-2", String(repeating: "a", count: 48)] { _ = try accounts.add(good, .inspector, .everything) }
        for same in ["ŁUKASZ", "ｎｕｒｓｅ-2", "administrator", "Administrator"] {
            #expect(throws: AccountFault.self, "\(same)") { try accounts.add(same, .inspector, .everything) }
        }
    }

    @Test("rights fit their role: a family names its people, an administrator has no bounds, nobody has none", arguments: [
        (Role.family, Rights.everything, false), (.family, Rights(homes: [HomeID("h")]), false), (.family, Rights(residents: [ResidentID("r")]), true),
        (.administrator, Rights(stations: ["s"]), false), (.administrator, .everything, true), (.caregiver, Rights(), false),
        (.caregiver, Rights(stations: ["s"], homes: [HomeID("h")]), true), (.caregiver, Rights(isEverything: true, stations: ["s"]), false),
        (.caregiver, Rights(stations: ["s"], residents: [ResidentID("r")]), false), (.device, .everything, false),
        (.technician, Rights(stations: (0..<ServingLimits.rightsMax).map { "s\($0)" }), true), (.technician, Rights(stations: (0...ServingLimits.rightsMax).map { "s\($0)" }), false),
    ] as [(Role, Rights, Bool)])
    func rights(role: Role, rights: Rights, isFit: Bool) {
        #expect(((try? Fixture().accounts().add("somebody", role, rights)) != nil) == isFit)
    }

    @Test("the last account finds room, the next one does not")
    func full() throws {
        let accounts = Fixture().accounts()
        for n in 0..<ServingLimits.accountsMax { _ = try accounts.add("person \(n)", .inspector, .everything) }
        #expect(throws: AccountFault.self) { try accounts.add("one more", .inspector, .everything) }
    }

    @Test("a person's session acts in the account's name and rights; it ends with the account, with its rights, and with its password")
    func sessionsEnd() async throws {
        let fixture = try await Self.populated()
        try await fixture.ask { client async throws in
            let cookie = try await Self.logIn(client)
            let session = try await client.send(.get, "/session", token: nil, [cookie]).json
            #expect(session["actor"] as? String == "王芳" && session["is_personal"] as? Bool == true && session["has_pin"] as? Bool == true && session["lock_after_seconds"] as? Int == 600)
            #expect(try await client.send(.get, "/api/v1/incidents", token: nil, [cookie]).text.contains("Eastern Wang"))
            #expect(try await Self.press(client, "/api/v1/incidents/HUB-E1:000001/annotate", cookie, #"{"note":"x","actor":"李娜"}"#).code == "actor_not_allowed")
            #expect(try await Self.press(client, "/api/v1/incidents/HUB-E1:000001/acknowledge", cookie).status == .ok)
            #expect(fixture.hub.state.withLock { $0.commands.last?.actor } == "王芳")

            let changed = try await Self.press(client, "/session/password", cookie, #"{"old":"\#(Self.password)","new":"another long walk"}"#)
            #expect(changed.status == .noContent)
            #expect(try await client.send(.get, "/session", token: nil, [cookie]).status == .unauthorized)
            let fresh = ("Cookie", String((changed.headers[.setCookie] ?? "").prefix { $0 != ";" }))
            #expect(try await client.send(.get, "/session", token: nil, [fresh]).status == .ok)

            for path in ["disable", "enable", "rights"] {
                let cookie = try await Self.logIn(client, "王芳", "another long walk")
                let name = "%E7%8E%8B%E8%8A%B3"
                let body = path == "rights" ? #"{"role":"inspector","stations":["east"]}"# : "{}"
                if path == "enable" { #expect(try await client.send(.post, "/api/v1/accounts/\(name)/disable", body: "{}").status == .ok) }
                #expect(try await client.send(.post, "/api/v1/accounts/\(name)/\(path)", body: body).status == .ok)
                #expect(try await client.send(.get, "/session", token: nil, [cookie]).status == .unauthorized, "\(path)")
                if path == "disable" {
                    let refused = try await client.send(.post, "/session", token: nil, Self.ownPage, body: #"{"name":"王芳","password":"another long walk"}"#)
                    #expect(refused.code == "wrong_password")
                    _ = try await client.send(.post, "/api/v1/accounts/\(name)/enable", body: "{}")
                }
            }
        }
    }

    @Test("the fifth wrong password of an account is answered, then it waits a minute; who is signed in goes on, and memory stays bounded")
    func limits() async throws {
        let fixture = try await Self.populated()
        try await fixture.ask { client async throws in
            let cookie = try await Self.logIn(client)
            let wrong = { (name: String) in try await client.send(.post, "/session", token: nil, Self.ownPage, body: #"{"name":"\#(name)","password":"wrong"}"#) }
            for _ in 0..<ServingLimits.accountAttemptsMax { #expect(try await wrong("王芳").code == "wrong_password") }
            let refused = try await client.send(.post, "/session", token: nil, Self.ownPage, body: #"{"name":"王芳","password":"\#(Self.password)"}"#)
            #expect(refused.code == "too_many_attempts" && refused.headers[.retryAfter] == "61")
            // Neither the open session nor its presses are touched by it.
            #expect(try await client.send(.get, "/api/v1/incidents", token: nil, [cookie]).status == .ok)
            #expect(try await Self.press(client, "/api/v1/incidents/HUB-E1:000001/acknowledge", cookie).status == .ok)
            fixture.clock.move(.seconds(ServingLimits.attemptWindowSeconds))
            _ = try await Self.logIn(client)
            // Names of nobody count like names of somebody, and are not kept in the audit.
            for _ in 0..<ServingLimits.accountAttemptsMax { #expect(try await wrong("nobody at all").code == "wrong_password") }
            #expect(try await wrong("nobody at all").code == "too_many_attempts")
        }
        #expect(fixture.audit.all.contains("王芳 sign_in session wrong_password") && !fixture.audit.all.contains { $0.contains("nobody at all") })
        let attempts = Attempts(limit: 1, now: { .zero })
        for n in 0..<(2 * ServingLimits.attemptAddressesMax) { attempts.failed("name \(n)") }
        #expect(attempts.count == ServingLimits.attemptAddressesMax)
    }

    @Test("a locked screen shows no names and takes no presses while its list and stream go on; the PIN opens it")
    func lock() async throws {
        let fixture = try await Self.populated()
        try await fixture.ask { client async throws in
            let cookie = try await Self.logIn(client)
            #expect(try await Self.press(client, "/session/lock", cookie).status == .noContent)
            #expect(try await client.send(.get, "/session", token: nil, [cookie]).json["is_locked"] as? Bool == true)
            for path in ["/api/v1/incidents", "/api/v1/incidents/HUB-E1:000001"] {
                let answer = try await client.send(.get, path, token: nil, [cookie])
                #expect(answer.status == .ok && !answer.text.contains("Eastern"), "\(path)")
            }
            for route in fixture.server().table where route.access.admits(Principal(actor: "x", role: .caregiver)) && !route.isOpenWhenLocked && route.access != .open {
                let body = route.isWrite ? "{}" : nil
                let answer = try await client.send(route.method, AccessTests.address(route), token: nil, Self.ownPage + [cookie], body: body)
                #expect(answer.code == "locked" && answer.status.code == 423, "\(route.path): \(answer.text)")
            }
            #expect(fixture.hub.state.withLock { $0.commands.isEmpty })
            #expect(try await Self.press(client, "/session/unlock", cookie, #"{"pin":"0000"}"#).code == "wrong_pin")
            #expect(try await Self.press(client, "/session/unlock", cookie, #"{"pin":"2580"}"#).status == .noContent)
            #expect(try await client.send(.get, "/api/v1/incidents", token: nil, [cookie]).text.contains("Eastern"))
        }
        #expect(fixture.audit.all.contains("王芳 lock session done") && fixture.audit.all.contains("王芳 unlock session refused") && fixture.audit.all.contains("王芳 unlock session done"))
    }

    @Test("after the last wrong PIN only the password opens the screen, and the session lives on all the while")
    func pinSpent() async throws {
        let fixture = try await Self.populated()
        try await fixture.ask { client async throws in
            let cookie = try await Self.logIn(client)
            _ = try await Self.press(client, "/session/lock", cookie)
            for _ in 0..<ServingLimits.pinAttemptsMax { #expect(try await Self.press(client, "/session/unlock", cookie, #"{"pin":"9999"}"#).code == "wrong_pin") }
            #expect(try await Self.press(client, "/session/unlock", cookie, #"{"pin":"2580"}"#).code == "pin_spent")
            #expect(try await client.send(.get, "/api/v1/incidents", token: nil, [cookie]).status == .ok)
            #expect(try await Self.press(client, "/session/unlock", cookie, #"{"password":"wrong"}"#).code == "wrong_password")
            #expect(try await Self.press(client, "/session/unlock", cookie, #"{"password":"\#(Self.password)"}"#).status == .noContent)
        }
    }

    @Test("an open stream goes on under the lock without names, and ends when the account is disabled")
    func lockedStream() async throws {
        let fixture = try await Self.populated()
        try await fixture.live { port, server async throws in
            let account = try #require(server.gate.access.accounts.account("王芳"))
            let session = server.gate.sessions.open(account)
            let client = try RawClient(port: port, path: "/api/v1/stream", token: nil, headers: ["Cookie: vigil_session=\(session)"])
            try await until("no hello") { client.text.contains("event: hello") }
            #expect(server.gate.sessions.lock(session))
            fixture.hub.commit("Eastern Zhao", number: 7, home: HomeID("home-east"))
            try await until("nothing came") { client.incidentIDs.count == 1 }
            #expect(!client.text.contains("Zhao") && client.text.contains("000007"))
            server.gate.sessions.unlock(session)
            fixture.hub.commit("Eastern Qian", number: 8, home: HomeID("home-east"))
            try await until("no name came") { client.text.contains("Qian") }
            try server.gate.access.accounts.setDisabled("王芳", true)
            fixture.hub.commit("Eastern Zhou", number: 9, home: HomeID("home-east"))
            try await until("the stream went on") { client.text.hasSuffix("0\r\n\r\n") }
            #expect(!client.text.contains("Zhou"))
        }
    }

    @Test("a stream that has nothing to tell ends with its account at once, not at the next sign of life", arguments: ["disable", "rights"])
    func quietStream(change: String) async throws {
        var fixture = try await Self.populated()
        fixture.configuration.heartbeat = .seconds(3_600)
        try await fixture.live { port, server async throws in
            let session = server.gate.sessions.open(try #require(server.gate.access.accounts.account("王芳")))
            let client = try RawClient(port: port, path: "/api/v1/stream", token: nil, headers: ["Cookie: vigil_session=\(session)"])
            try await until("no hello") { client.text.contains("event: hello") }
            let other = try RawClient(port: port, path: "/api/v1/stream")
            try await until("no hello") { other.text.contains("event: hello") }
            let body = change == "rights" ? #"{"role":"inspector","stations":["east"]}"# : "{}"
            let administrator = try RawClient(port: port, path: "/api/v1/accounts/%E7%8E%8B%E8%8A%B3/\(change)", posted: body)
            try await until("not changed") { administrator.text.contains("200 OK") }
            try await until("the stream went on") { client.text.hasSuffix("0\r\n\r\n") }
            #expect(!other.text.hasSuffix("0\r\n\r\n"))
            other.hangUp()
        }
    }

    @Test("a wall's token opens a session that reads without names and does nothing; disabled, it ends")
    func wall() async throws {
        let fixture = try await Self.populated()
        try await fixture.ask { client async throws in
            let made = try await client.send(.post, "/api/v1/accounts", body: #"{"name":"hall","wall":true,"stations":["east"]}"#)
            let token = try #require(made.json["token"] as? String)
            let opened = try await client.send(.post, "/session", token: nil, Self.ownPage, body: #"{"token":"\#(token)"}"#)
            let cookie = ("Cookie", String((opened.headers[.setCookie] ?? "").prefix { $0 != ";" }))
            let list = try await client.send(.get, "/api/v1/incidents", token: nil, [cookie])
            #expect(list.status == .ok && list.text.contains("000001") && !list.text.contains("Eastern"))
            #expect(try await Self.press(client, "/api/v1/incidents/HUB-E1:000001/acknowledge", cookie).code == "forbidden")
            #expect(try await Self.press(client, "/session/lock", cookie).code == "no_account")
            #expect(try await client.send(.post, "/api/v1/accounts/hall/disable", body: "{}").status == .ok)
            #expect(try await client.send(.get, "/api/v1/incidents", token: nil, [cookie]).status == .unauthorized)
        }
    }

    @Test("whoever looks at something about people stands in the audit, with names or without")
    func views() async throws {
        let fixture = try await Self.populated()
        try await fixture.ask { client async throws in
            _ = try await client.send(.get, "/api/v1/incidents/HUB-E1:000001", token: "token-caregiver")
            _ = try await client.send(.get, "/api/v1/incidents", token: "token-inspector")
            _ = try await client.send(.get, "/api/v1/journal", token: "token-administrator")
            _ = try await client.send(.get, "/api/v1/incidents/HUB-E1:000001", token: "token-family")
            _ = try await client.send(.get, "/readyz", token: "token-caregiver")
        }
        #expect(fixture.audit.all == [
            "caregiver-1 view_incident HUB-E1:000001 full", "inspector-1 view_several /api/v1/incidents masked", "administrator-1 view_hub /api/v1/journal full",
        ])
    }

    @Test("where the hub can't look at one more password it says so, and the next try may pass")
    func busy() async throws {
        struct Busy: SecretKeeping {
            func hash(_ secret: String) async throws -> String { throw SecretsBusy() }
            func matches(_ secret: String, _ hash: String) async throws -> Bool { throw SecretsBusy() }
            func digest(_ bytes: [UInt8]) -> [UInt8] { bytes }
            func freshCode() -> String { "code" }
        }
        let accounts = try Accounts(store: TestStore(), secrets: Busy(), now: { 0 })
        await #expect(throws: SecretsBusy.self) { _ = try await accounts.logIn("a", "b") }
    }
}
