import CareModel
import Foundation
import Hummingbird
import Testing
@testable import Serving

/// Against the real server, over sockets.
@Suite(.serialized) struct StreamTests {
    @Test("a stream says hello with its cursor, then every commit once and in order")
    func follow() async throws {
        let fixture = Fixture()
        fixture.hub.commit("before")
        try await fixture.live { port, _ async throws in
            let client = try RawClient(port: port, path: "/api/v1/stream")
            try await until("no hello") { client.text.contains("event: hello\ndata: {\"cursor\":\"HUB-E1.1\"}\n\n") }
            #expect(client.text.contains("200 OK") && client.text.lowercased().contains("content-type: text/event-stream"))
            for n in 2...200 { fixture.hub.commit("r\(n)", number: UInt64(n)) }
            try await until("not everything came: \(client.incidentIDs.count)") { client.incidentIDs.count == 199 }
            #expect(client.incidentIDs == (2...200).map { "HUB-E1.\($0)" })
            client.hangUp()
        }
    }

    @Test("a reader that is cut again and again, and resumes with its last id, misses nothing and gets nothing twice")
    func resume() async throws {
        let fixture = Fixture()
        try await fixture.live { port, _ async throws in
            var seen: [String] = []
            var last = "HUB-E1.0"
            let writer = Task { for n in 1...300 { fixture.hub.commit("r\(n)", number: UInt64(n)); try await Task.sleep(for: .milliseconds(1)) } }
            while seen.count < 300 {
                let client = try RawClient(port: port, path: "/api/v1/stream?after=HUB-E1.0", headers: ["Last-Event-ID: \(last)"])
                let wanted = min(300 - seen.count, 17)
                try await until("the stream stood still") { client.incidentIDs.count >= wanted }
                client.hangUp()
                // What this connection brought counts only as far as the reader got.
                seen += client.incidentIDs.prefix(wanted)
                last = try #require(seen.last)
            }
            try await writer.value
            #expect(seen == (1...300).map { "HUB-E1.\($0)" })
        }
    }

    @Test("a cursor of another database, of the future or from before the retention is told to start over", arguments: ["HUB-E0.3", "HUB-E1.99", "HUB-E1.1", "0"])
    func reset(cursor: String) async throws {
        let fixture = Fixture()
        for n in 1...4 { fixture.hub.commit("r", number: UInt64(n)) }
        fixture.hub.change { $0.complete = 2 }
        try await fixture.live { port, _ async throws in
            let client = try RawClient(port: port, path: "/api/v1/stream?after=\(cursor)")
            try await until("no reset") { client.text.contains("id: HUB-E1.4\nevent: reset\n") }
            client.hangUp()
        }
    }

    @Test("signs of life come as a comment and as a message, and a reader that vanished gives its place back")
    func heartbeat() async throws {
        var fixture = Fixture()
        fixture.configuration.heartbeat = .milliseconds(20)
        try await fixture.live { port, server async throws in
            let client = try RawClient(port: port, path: "/api/v1/stream")
            try await until("no sign of life") { client.text.contains(": alive\nevent: alive\ndata: {}\n\n") }
            #expect(server.streams.open == 1)
            client.hangUp()
            try await until("the stream outlived its reader") { server.streams.open == 0 }
        }
    }

    @Test("what is committed is read once for all open streams, and each gets it under its own rights")
    func once() async throws {
        let fixture = Fixture()
        try await fixture.live { port, _ async throws in
            let all = try (0..<20).map { _ in try RawClient(port: port, path: "/api/v1/stream") }
            let east = try RawClient(port: port, path: "/api/v1/stream", token: "token-caregiver-east")
            let wall = try RawClient(port: port, path: "/api/v1/stream", token: "token-wall")
            try await until("no hello") { (all + [east, wall]).allSatisfy { $0.text.contains("event: hello") } }
            try await until("the feed never rested") { fixture.hub.signal.waiterCount == 1 }
            let before = fixture.hub.state.withLock { $0.reads }
            fixture.hub.commit("Western Li", number: 1, home: HomeID("home-west"))
            fixture.hub.commit("Eastern Wang", number: 2, home: HomeID("home-east"))
            try await until("not all got both") { (all + [wall]).allSatisfy { $0.incidentIDs.count == 2 } && east.incidentIDs.count == 1 }
            #expect(east.text.contains("Wang") && !east.text.contains("Li") && !wall.text.contains("Wang") && !wall.text.contains("Li"))
            #expect(all.allSatisfy { $0.text.contains("Wang") && $0.text.contains("Li") })
            // At most a round for each, and the look that finds nothing more behind each.
            #expect(fixture.hub.state.withLock { $0.reads } - before <= 4)
            for client in all + [east, wall] { client.hangUp() }
        }
    }

    @Test("a reader as far behind as the feed remembers is served from it, one further behind reads the rest for itself", arguments: [0, 1])
    func behind(beyond: Int) async throws {
        let fixture = Fixture()
        try await fixture.live { port, _ async throws in
            let present = try RawClient(port: port, path: "/api/v1/stream")
            try await until("no hello") { present.text.contains("event: hello") }
            for n in 1...300 { fixture.hub.commit("r\(n)", number: UInt64(n)) }
            try await until("not everything came") { present.incidentIDs.count == 300 }
            try await until("the feed never rested") { fixture.hub.signal.waiterCount == 1 }
            let before = fixture.hub.state.withLock { $0.reads }, first = 300 - ServingLimits.feedRevisionsMax - beyond
            let late = try RawClient(port: port, path: "/api/v1/stream?after=HUB-E1.\(first)")
            try await until("not everything came again") { late.incidentIDs.last == "HUB-E1.300" }
            #expect(late.incidentIDs == ((first + 1)...300).map { "HUB-E1.\($0)" })
            #expect(fixture.hub.state.withLock { $0.reads } - before == beyond)
            present.hangUp()
            late.hangUp()
        }
    }

    @Test("a client that takes nothing is hung up on, and the others don't wait for it")
    func stalled() async throws {
        var fixture = Fixture()
        (fixture.configuration.heartbeat, fixture.configuration.stallLimit) = (.milliseconds(50), .milliseconds(200))
        let long = String(repeating: "x", count: 200_000)
        let hub = fixture.hub
        try await fixture.live { port, server async throws in
            let deaf = try RawClient(port: port, path: "/api/v1/stream", takes: false)
            let other = try RawClient(port: port, path: "/api/v1/stream")
            try await until("no hello") { other.text.contains("event: hello") && server.streams.open == 2 }
            for n in 1...120 { hub.commit(long, number: UInt64(n)) }
            try await until("the other waited: \(other.incidentIDs.count)") { other.incidentIDs.count == 120 }
            try await until("the one that takes nothing kept its place") { server.streams.open == 1 }
            #expect(!other.hasEnded)
            other.hangUp()
            deaf.hangUp()
        }
    }

    @Test("signs of life reach a viewer whom none of many commits concern")
    func aliveBeside() async throws {
        var fixture = Fixture()
        fixture.configuration.heartbeat = .milliseconds(200)
        let hub = fixture.hub
        try await fixture.live { port, _ async throws in
            let client = try RawClient(port: port, path: "/api/v1/stream", token: "token-caregiver-east")
            try await until("no hello") { client.text.contains("event: hello") }
            let commits = Task { for n in 1... where !Task.isCancelled { hub.commit("w", number: UInt64(n), home: HomeID("home-west")); try await Task.sleep(for: .milliseconds(5)) } }
            try await until("no sign of life") { client.text.components(separatedBy: "event: alive").count > 2 }
            commits.cancel()
            #expect(client.incidentIDs.isEmpty)
            client.hangUp()
        }
    }

    @Test("a ledger that can't be read ends the streams, and the feed rests once nobody is left")
    func failing() async throws {
        var fixture = Fixture()
        fixture.configuration.heartbeat = .milliseconds(50)
        let hub = fixture.hub
        try await fixture.live { port, server async throws in
            let client = try RawClient(port: port, path: "/api/v1/stream")
            try await until("no hello") { client.text.contains("event: hello") }
            #expect(server.feed.isReading)
            hub.change { $0.doesFail = true }
            hub.commit("x")
            try await until("the stream went on") { client.text.hasSuffix("0\r\n\r\n") }
            try await until("the feed went on") { !server.feed.isReading }
            hub.change { $0.doesFail = false }
            let again = try RawClient(port: port, path: "/api/v1/stream?after=HUB-E1.0")
            try await until("nothing after the fault") { again.incidentIDs == ["HUB-E1.1"] }
            again.hangUp()
            client.hangUp()
        }
    }

    @Test("a hub that stops ends its streams at once")
    func closing() async throws {
        let fixture = Fixture()
        try await fixture.live { port, _ async throws in
            let client = try RawClient(port: port, path: "/api/v1/stream")
            try await until("no hello") { client.text.contains("event: hello") }
            fixture.hub.signal.close()
            try await until("the stream went on") { client.text.hasSuffix("0\r\n\r\n") }
        }
    }

    @Test("a client that is gone gives its place back at once, though nothing is written to it")
    func gone() async throws {
        var fixture = Fixture()
        fixture.configuration.heartbeat = .seconds(600)
        let server = fixture.server(), signal = fixture.hub.signal
        try await server.application().test(.live) { client async throws in
            let port = try #require(client.port)
            let clients = try (0..<8).map { _ in try RawClient(port: port, path: "/api/v1/stream") }
            try await until("no hello") { clients.allSatisfy { $0.text.contains("event: hello") } }
            #expect(server.streams.open == 8)
            for client in clients.dropLast() { client.hangUp() }
            try await until("the gone ones kept their places") { server.streams.open == 1 }
            #expect(!clients[7].hasEnded)
            signal.close()
        }
    }

    @Test("the last free place for streams is given, the next reader is told to come back")
    func limit() async throws {
        let fixture = Fixture()
        let server = fixture.server()
        fixture.hub.signal.close()
        var places = (1..<ServingLimits.streamsMax).compactMap { _ in server.streams.enter() }
        try await server.application().test(.router) { client async throws in
            let response = try await client.send(.get, "/api/v1/stream")
            #expect(response.status == .ok && response.headers[.contentSecurityPolicy] == SecurityHeaders.policy)
        }
        try await until("the ended stream kept its place") { server.streams.open == ServingLimits.streamsMax - 1 }
        places.append(try #require(server.streams.enter()))
        try await server.application().test(.router) { client async throws in
            let response = try await client.send(.get, "/api/v1/stream")
            #expect(response.code == "too_many_streams" && response.headers[.retryAfter] == "5")
        }
        places.removeAll()
    }

    @Test("the real server answers a command and a long poll over a socket")
    func socket() async throws {
        let fixture = Fixture()
        try await fixture.live { port, _ async throws in
            let poll = try RawClient(port: port, path: "/api/v1/queues/care/deliveries?wait=30", headers: ["Connection: close"])
            try await until("the poll never waited") { fixture.hub.signal.waiterCount == 1 }
            fixture.hub.commit("x")
            try await until("the poll got nothing") { poll.text.contains("\"key\":\"HUB-E1:000001:1:care\"") }
        }
    }
}
