import CareModel
import Hummingbird
import HummingbirdTesting
import Testing
@testable import Serving

@Suite struct QueueTests {
    static let path = "/api/v1/queues/care/deliveries"

    static func keys(_ response: TestResponse) -> [String] {
        (response.json["deliveries"] as? [[String: Any]] ?? []).compactMap { $0["key"] as? String }
    }

    @Test("a long poll answers as soon as a delivery is committed, and not before")
    func longPoll() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            async let poll = client.send(.get, Self.path + "?wait=60")
            try await until("the poll never waited") { fixture.hub.signal.waiterCount == 1 }
            // Somebody else's commit wakes it, and it waits again.
            fixture.hub.commit("x", queue: "other")
            try await until("the poll gave up") { fixture.hub.signal.waiterCount == 1 }
            let start = ContinuousClock.now
            fixture.hub.commit("王秀英", number: 2)
            let response = try await poll
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(Self.keys(response) == ["HUB-E1:000002:2:care"] && response.json["next"] as? String == "HUB-E1.2")
            let delivery = (response.json["deliveries"] as? [[String: Any]])?.first
            #expect((delivery?["incident"] as? [String: Any])?["resident_name"] as? String == "王秀英" && delivery?["cursor"] as? String == "HUB-E1.2")
        }
    }

    @Test("a poll without new deliveries ends after its wait with the cursor that it came with")
    func emptyPoll() async throws {
        let fixture = Fixture()
        fixture.hub.commit("x")
        try await fixture.ask { client async throws in
            let start = ContinuousClock.now
            let response = try await client.send(.get, Self.path + "?after=HUB-E1.1&wait=1")
            #expect(ContinuousClock.now - start >= .seconds(1))
            #expect(response.text == #"{"deliveries":[],"next":"HUB-E1.1"}"#)
            #expect(try await client.send(.get, Self.path + "?after=1").text == response.text)
        }
    }

    @Test("a hub that stops lets its pollers go")
    func closing() async throws {
        let fixture = Fixture()
        try await fixture.ask { client async throws in
            async let poll = client.send(.get, Self.path + "?wait=60")
            try await until("the poll never waited") { fixture.hub.signal.waiterCount == 1 }
            fixture.hub.signal.close()
            #expect(try await poll.status == .ok)
        }
    }

    @Test("cursors page through a queue, and one of another database or of the future starts over")
    func cursors() async throws {
        let fixture = Fixture()
        for n in 1...3 { fixture.hub.commit("x", number: UInt64(n)) }
        try await fixture.ask { client async throws in
            let first = try await client.send(.get, Self.path + "?limit=2")
            #expect(Self.keys(first) == ["HUB-E1:000001:1:care", "HUB-E1:000002:2:care"] && first.json["next"] as? String == "HUB-E1.2")
            #expect(Self.keys(try await client.send(.get, Self.path + "?after=HUB-E1.2")) == ["HUB-E1:000003:3:care"])
            for foreign in ["HUB-E0.2", "HUB-E1.4000", "4000"] {
                #expect(Self.keys(try await client.send(.get, Self.path + "?after=\(foreign)")).count == 3, "\(foreign)")
            }
        }
    }

    @Test("a confirmed delivery is gone, and confirming it again is no error")
    func confirm() async throws {
        let fixture = Fixture()
        fixture.hub.commit("x")
        try await fixture.ask { client async throws in
            for _ in 0..<2 { #expect(try await client.send(.post, Self.path + "/HUB-E1:000001:1:care/ack", token: "token-receiver").status == .noContent) }
            #expect(Self.keys(try await client.send(.get, Self.path)).isEmpty)
            #expect(try await client.send(.post, Self.path + "/HUB-E1%3A000001%3A1%3Acare/ack").status == .noContent)
        }
    }

    @Test("a refused delivery is in the dead letters with its reason and blocks nothing")
    func refuse() async throws {
        let fixture = Fixture()
        fixture.hub.commit("x")
        fixture.hub.commit("y", number: 2)
        try await fixture.ask { client async throws in
            #expect(try await client.send(.post, Self.path + "/HUB-E1:000001:1:care/nack", body: #"{"reason":"unknown resident"}"#).status == .noContent)
            #expect(Self.keys(try await client.send(.get, Self.path)) == ["HUB-E1:000002:2:care"])
            let letters = try await client.send(.get, "/api/v1/queues/care/dead-letters").json["dead_letters"] as? [[String: Any]]
            #expect(letters?.count == 1 && letters?.first?["reason"] as? String == "unknown resident")
        }
    }

    @Test("a dead letter is sent again by a supervisor, one or all; what is none is not found, and a receiver may not")
    func resend() async throws {
        let fixture = Fixture()
        for number in UInt64(1)...3 { fixture.hub.commit("x", number: number) }
        try await fixture.ask { client async throws in
            let letters = "/api/v1/queues/care/dead-letters"
            for (number, cursor) in [(1, 1), (2, 2), (3, 3)] {
                #expect(try await client.send(.post, Self.path + "/HUB-E1:00000\(number):\(cursor):care/nack", body: #"{"reason":"no"}"#).status == .noContent)
            }
            let one = letters + "/HUB-E1:000002:2:care/resend"
            #expect(try await client.send(.post, one, token: "token-receiver").status == .forbidden)
            #expect(try await client.send(.post, one, token: "token-supervisor").status == .ok)
            #expect(try await client.send(.post, one, token: "token-supervisor").code == "unknown_delivery", "it is none any more")
            let all = try await client.send(.post, letters + "/resend", token: "token-supervisor")
            #expect(all.json["resent"] as? Int == 2 && all.json["left"] as? Bool == false)
            #expect(try await client.send(.post, "/api/v1/queues/other/dead-letters/resend", token: "token-supervisor").code == "unknown_queue")
        }
        let keys = fixture.hub.state.withLock { state in state.commands.compactMap { if case .resend(let key) = $0.action { key.incident.number } else { nil } } }
        #expect(keys.sorted() == [1, 2, 3] && keys.first == 2)
    }

    @Test("the last free place for long polls is given, the next poll is told to come back")
    func pollLimit() async throws {
        let fixture = Fixture()
        let server = fixture.server()
        fixture.hub.signal.close()
        var places = (1..<ServingLimits.longPollsMax).compactMap { _ in server.polls.enter() }
        try await server.application().test(.router) { client async throws in
            let response = try await client.send(.get, Self.path + "?wait=1")
            #expect(response.status == .ok)
        }
        places.append(try #require(server.polls.enter()))
        try await server.application().test(.router) { client async throws in
            let response = try await client.send(.get, Self.path + "?wait=1")
            #expect(response.code == "too_many_polls" && response.headers[.retryAfter] == "1")
            let immediate = try await client.send(.get, Self.path)
            #expect(immediate.status == .ok)
        }
        places.removeAll()
        #expect(server.polls.open == 0)
    }
}
