import CareModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

/// Every route × every role with bounded rights × every sort of object: one's own, another's, one that there isn't.
@Suite struct RightsTests {
    /// What every route is about. A route without a line here fails the test: whoever adds one decides it.
    static let objects: [String: String] = {
        var all: [String: String] = [:]
        for name in ["GET /healthz", "GET /readyz", "POST /session"] + AccessTests.own + ["POST /set-up/look", "POST /set-up"] { all[name] = "nobody" }
        for name in AccessTests.presses + ["GET /api/v1/incidents/{id}", AccessTests.file] { all[name] = "incident" }
        for name in ["GET /api/v1/incidents", "GET /api/v1/stream", "GET /api/v1/devices", "POST /api/v1/devices/adopt"] { all[name] = "several" }
        for name in ["POST /api/v1/devices/{id}/arm", "GET /api/v1/devices/{id}/state"] { all[name] = "device" }
        all["GET /visit"] = "nobody"
        all["POST /api/v1/homes/{id}/mode"] = "home"
        for name in ["GET /api/v1/residents", "GET /api/v1/modes", "POST /api/v1/visits", AccessTests.wall] { all[name] = "several" }
        for name in AccessTests.caring where all[name] == nil { all[name] = name.contains("/incidents/") ? "incident" : "resident" }
        for name in ["GET /api/v1/residents/{id}/explanation", AccessTests.drill] { all[name] = "resident" }
        for name in AccessTests.desk + ["GET /api/v1/queues", "GET /api/v1/rules", AccessTests.period, "POST /api/v1/queues/{queue}/commands"] { all[name] = "hub" }
        for name in AccessTests.queues + AccessTests.resending + AccessTests.people + ["GET /metrics", "GET /api/v1/journal", AccessTests.audit] { all[name] = "hub" }
        for name in ["GET /api/v1/quarantine", AccessTests.family[0]] { all[name] = "several" }
        all[AccessTests.family[1]] = "incident"
        return all
    }()

    /// What a locked screen may go on asking.
    static let whenLocked: Set<String> = [
        "GET /session", "DELETE /session", "POST /session/lock", "POST /session/unlock", "GET /api/v1/incidents", "GET /api/v1/incidents/{id}", "GET /api/v1/stream", AccessTests.wall,
    ]

    static func name(_ route: Route) -> String { "\(route.method.rawValue) \(route.path)" }

    @Test("every route says what it is about and whether a locked screen may use it, as the tables here say")
    func table() {
        let table = Fixture().server().table.filter { $0.path != "/" && !$0.path.hasPrefix("/page/") }
        for route in table {
            #expect(Self.objects[Self.name(route)] == route.object.name, "\(Self.name(route)) is about: \(route.object.name)")
            #expect(Self.whenLocked.contains(Self.name(route)) == route.isOpenWhenLocked, "\(Self.name(route)) when locked")
        }
        #expect(Set(Self.objects.keys) == Set(table.map(Self.name)))
    }

    static func populated() -> Fixture {
        let fixture = Fixture()
        fixture.hub.commit("Eastern Wang", number: 1, home: HomeID("home-east"))
        fixture.hub.commit("Western Li", number: 2, home: HomeID("home-west"))
        fixture.hub.commit("the hub itself", number: 3)
        fixture.hub.change { state in
            state.devices = ["east", "west"].map { side in
                DeviceRow(device: DeviceID("sim:\(side)"), profile: "p", home: HomeID("home-" + side), residents: [ResidentID("resident-" + side)], room: "room of the \(side)")
            }
            state.quarantine = ["sim:east", "sim:west", "sim:new"].map { name in
                QuarantineRow(
                    receivedAt: WallTime(microseconds: 0),
                    sighting: Sighting(why: .noProfile, topic: "t/" + name, device: DeviceID(name), candidates: [], payload: Array("said by \(name)".utf8)))
            } + [QuarantineRow(receivedAt: WallTime(microseconds: 0), sighting: Sighting(why: .noProfile, topic: "t/nameless", device: nil, candidates: [], payload: []))]
        }
        fixture.hub.signal.close()
        return fixture
    }

    /// The object's name in each of the three cases; the station's people may use the first.
    static func names(_ object: RouteObject) -> (own: String, other: String, absent: String)? {
        switch object {
        case .incident: ("HUB-E1:000001", "HUB-E1:000002", "HUB-E1:000099")
        case .home: ("home-east", "home-west", "home-none")
        case .resident: ("resident-east", "resident-west", "resident-none")
        case .device: ("sim:east", "sim:west", "sim:none")
        case .nobody, .hub, .several: nil
        }
    }

    static func parameter(_ object: RouteObject) -> String {
        switch object {
        case .incident(let name), .home(let name), .resident(let name), .device(let name): "{\(name)}"
        case .nobody, .hub, .several: "{none}"
        }
    }

    @Test("bounded rights reach their own objects and nothing of the others: not their names, not that they exist", arguments: boundedRoles.map(\.token))
    func matrix(token: String) async throws {
        let fixture = Self.populated()
        let principal = try #require(boundedRoles.first { $0.token == token }).principal
        try await fixture.ask { client async throws in
            for route in fixture.server().table where route.access != .open && route.method != .delete {
                let what = "\(token) \(Self.name(route))"
                let body = route.isWrite ? "{}" : nil
                let isAdmitted = route.access.admits(principal)
                guard let names = Self.names(route.object) else {
                    let answer = try await client.send(route.method, AccessTests.address(route), token: token, body: body)
                    if route.object == .hub || !isAdmitted { #expect(answer.code == "forbidden", "\(what): \(answer.text)") }
                    for trace in ["Western", "home-west", "sim:west", "000002", "of the west"] { #expect(!answer.text.contains(trace), "\(what) tells \(trace)") }
                    continue
                }
                func ask(_ name: String) async throws -> TestResponse {
                    try await client.send(route.method, route.path.replacing(Self.parameter(route.object), with: name), token: token, body: body)
                }
                let own = try await ask(names.own), other = try await ask(names.other), absent = try await ask(names.absent)
                #expect((own.code == "forbidden") == !isAdmitted && own.status != .notFound, "\(what) own: \(own.text)")
                #expect(isAdmitted ? other.status == .notFound : other.code == "forbidden", "\(what) other: \(other.text)")
                #expect(other.status == absent.status && other.text == absent.text, "\(what) tells the other's from none: \(other.text) \(absent.text)")
            }
        }
        // Nothing was done to what is another's.
        let touched = fixture.hub.state.withLock { $0.commands.map { "\($0.action)" } }
        #expect(touched.allSatisfy { !$0.contains("2)") && !$0.contains("west") }, "\(touched)")
    }

    @Test("a station's list has its own incidents and those of the hub; its technician sees and adopts its own devices")
    func lists() async throws {
        let fixture = Self.populated()
        try await fixture.ask { client async throws in
            let text = try await client.send(.get, "/api/v1/incidents", token: "token-caregiver-east").text
            #expect(text.contains("Eastern Wang") && text.contains("the hub itself") && !text.contains("Western"))
            let devices = try await client.send(.get, "/api/v1/devices", token: "token-technician-east").text
            #expect(devices.contains("sim:east") && !devices.contains("sim:west"))
            func seen(_ token: String, _ query: String) async throws -> [String] {
                let rows = try await client.send(.get, "/api/v1/quarantine" + query, token: token).json["quarantine"] as? [[String: Any]]
                return (rows ?? []).map { $0["device"] as? String ?? "-" }
            }
            // What he holds in his hand he can name; what is another station's he can't, though he names it.
            for (token, query, wanted) in [
                ("technician", "", ["sim:east", "sim:west", "sim:new", "-"]), ("technician", "?device=sim:new", ["sim:new"]), ("technician-east", "", ["sim:east"]),
                ("technician-home", "?limit=1", ["sim:east"]), ("technician-east", "?device=sim:new", ["sim:new"]), ("technician-east", "?device=sim:west", []),
            ] { #expect(try await seen("token-" + token, query) == wanted, "\(token) \(query)") }
            let adoption = { (home: String) in #"{"device":"sim:new","profile":"p","home":"\#(home)"}"# }
            #expect(try await client.send(.post, "/api/v1/devices/adopt", token: "token-technician-east", body: adoption("home-west")).code == "unknown_home")
            #expect(try await client.send(.post, "/api/v1/devices/adopt", token: "token-technician-east", body: adoption("home-none")).code == "unknown_home")
            #expect(try await client.send(.post, "/api/v1/devices/adopt", token: "token-technician-east", body: adoption("home-east")).status == .ok)
            #expect(try await client.send(.get, "/api/v1/incidents", token: "token-wall").text.contains("Eastern") == false)
        }
    }

    @Test("a station's stream leaves out what is another's, and goes on behind it")
    func stream() async throws {
        let fixture = Self.populated()
        try await fixture.ask { client async throws in
            let response = try await client.send(.get, "/api/v1/stream?after=0", token: "token-supervisor-east")
            #expect(!response.text.contains("Western"))
        }
        let open = Fixture()
        try await open.live { port, _ in
            let client = try RawClient(port: port, path: "/api/v1/stream", token: "token-supervisor-east")
            try await until("no hello") { client.text.contains("event: hello") }
            open.hub.commit("Western Li", number: 2, home: HomeID("home-west"))
            open.hub.commit("Eastern Wang", number: 1, home: HomeID("home-east"))
            try await until("its own did not come") { client.text.contains("Eastern Wang") }
            #expect(!client.text.contains("Western") && !client.text.contains("000002"))
            client.hangUp()
        }
    }

    @Test("a family sees its own people and their incidents, tells that it reached one, and can do nothing else")
    func family() async throws {
        let fixture = Self.populated()
        try await fixture.ask { client async throws in
            let token = "token-family-east"
            let text = try await client.send(.get, "/api/v1/family", token: token).text
            #expect(text.contains("resident-east") && !text.contains("resident-west"))
            let path = { (number: Int) in "/api/v1/family/incidents/HUB-E1:00000\(number)/reached" }
            for other in [2, 3, 9] { #expect(try await client.send(.post, path(other), token: token, body: "{}").code == "unknown_incident", "\(other)") }
            // A role without people of its own, by whatever token, has none.
            #expect(try await client.send(.post, path(1), token: "token-family", body: "{}").code == "unknown_incident")
            #expect(try await client.send(.get, "/api/v1/family", token: "token-family").text == #"{"residents":[]}"#)
            #expect(try await client.send(.post, path(1), token: token, body: #"{"actor":"somebody else"}"#).code == "actor_not_allowed")
            #expect(try await client.send(.post, path(1), token: token, body: #"{"note":"all is well"}"#).code == "unknown_field")
            #expect(try await client.send(.post, path(1), token: token, body: "{}").status == .ok)
            guard case .contact(let id, .patient, note: "")? = fixture.hub.state.withLock({ $0.commands.last?.action }) else {
                Issue.record("not a contact")
                return
            }
            #expect(id.number == 1 && fixture.hub.state.withLock { $0.commands.count } == 1)
            #expect(try await client.send(.get, "/session", token: token).json["everything"] as? Bool == false)
        }
    }

    @Test("an elder who takes the consent back is closed to the family at once, whatever it asks: only the identifier that the account has is told, and nothing is done")
    func withdrawn() async throws {
        let fixture = Self.populated(), token = "token-family-east", east = ResidentID("resident-east")
        fixture.hub.change { $0.withdrawn = [east] }
        try await fixture.ask { client async throws in
            for route in fixture.server().table where route.access != .open && route.method != .delete {
                let what = Self.name(route), names = Self.names(route.object)
                let path = names.map { route.path.replacing(Self.parameter(route.object), with: $0.own) } ?? AccessTests.address(route)
                let answer = try await client.send(route.method, path, token: token, body: route.isWrite ? "{}" : nil)
                for trace in ["Eastern", "home-east", "sim:east", "of the east", "Western"] { #expect(!answer.text.contains(trace), "\(what) tells \(trace)") }
            }
            #expect(try await client.send(.get, "/api/v1/family", token: token).text == #"{"residents":[],"withheld":["resident-east"]}"#)
            let path = { (number: Int) in "/api/v1/family/incidents/HUB-E1:00000\(number)/reached" }
            let own = try await client.send(.post, path(1), token: token, body: "{}"), absent = try await client.send(.post, path(9), token: token, body: "{}")
            #expect(own.status == .notFound && own.text == absent.text)
            #expect(fixture.hub.state.withLock { $0.commands.isEmpty })
            // Given again, it holds at once, without a new session.
            fixture.hub.change { $0.withdrawn = [] }
            #expect(try await client.send(.get, "/api/v1/family", token: token).text == #"{"residents":["resident-east"]}"#)
            #expect(try await client.send(.post, path(1), token: token, body: "{}").status == .ok)
        }
    }

    @Test("a bounded technician finds what his own device sent among so many unknown senders, and not beyond", arguments: [(-1, true), (0, true), (1, false)])
    func look(beyond: Int, isFound: Bool) async throws {
        let fixture = Self.populated()
        func row(_ device: String, _ number: Int) -> QuarantineRow {
            QuarantineRow(
                receivedAt: WallTime(microseconds: 0), sighting: Sighting(why: .noProfile, topic: "t/\(number)", device: DeviceID(device), candidates: [], payload: []))
        }
        let others = (1..<ServingLimits.quarantineLookMax + beyond).map { row("sim:west", $0) }
        fixture.hub.change { $0.quarantine = others + [row("sim:east", 0)] }
        try await fixture.ask { client async throws in
            let rows = try await client.send(.get, "/api/v1/quarantine", token: "token-technician-east").json["quarantine"] as? [[String: Any]]
            #expect(rows?.count == (isFound ? 1 : 0), "the own one is number \(others.count + 1) of \(ServingLimits.quarantineLookMax)")
        }
    }

    @Test("the audit is read in pages by those who inspect the whole hub")
    func audit() async throws {
        let fixture = Self.populated()
        try await fixture.ask { client async throws in
            #expect(try await client.send(.get, "/api/v1/audit?before=7&limit=2", token: "token-inspector").text == #"{"before":7,"limit":2}"#)
            #expect(try await client.send(.get, "/api/v1/audit", token: "token-administrator").text == #"{"before":null,"limit":100}"#)
            for query in ["before=0", "before=-1", "before=x", "before=1234567890123456789", "limit=501"] {
                #expect(try await client.send(.get, "/api/v1/audit?" + query, token: "token-inspector").code == "invalid_value", "\(query)")
            }
        }
        #expect(fixture.audit.all.contains("inspector-1 view_hub /api/v1/audit masked"))
    }

    @Test("rights admit by station, by home or by all the people that something is about")
    func admits() {
        let east = ObjectPlace(home: HomeID("h1"), station: "east", residents: [ResidentID("r1")])
        let both = ObjectPlace(home: HomeID("h1"), station: "east", residents: [ResidentID("r1"), ResidentID("r2")])
        let none = ObjectPlace(home: nil)
        let family = Rights(residents: [ResidentID("r1")])
        #expect(Rights.everything.admits(east) && Rights.everything.admits(none))
        #expect(Rights(stations: ["east"]).admits(east) && !Rights(stations: ["west"]).admits(east) && !Rights(stations: [""]).admits(ObjectPlace(home: HomeID("h2"))))
        #expect(Rights(homes: [HomeID("h1")]).admits(both) && Rights(stations: ["west"]).admits(none))
        #expect(family.admits(east) && !family.admits(both) && !family.admits(none) && !family.admits(ObjectPlace(home: HomeID("h1"), station: "east")))
        #expect(!Rights().admits(east) && !Rights().admits(none))
    }

    @Test("a path says what it is about; one that can't be told is the hub's")
    func inferred() {
        #expect(RouteObject(path: "/api/v1/residents/{id}/vitals") == .resident("id") && RouteObject(path: "/api/v1/homes/{home}") == .home("home"))
        #expect(RouteObject(path: "/api/v1/queues/{queue}/deliveries") == .hub && RouteObject(path: "/api/v1/anything") == .hub && RouteObject(path: "/page/x.js") == .nobody)
    }
}
