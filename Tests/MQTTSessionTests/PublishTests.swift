import CareModel
import Foundation
import MQTTSession
import Synchronization
import Testing

@Suite("MQTT publishing", .serialized, .timeLimit(.minutes(2)))
struct PublishTests {
    @Test("a publish that nobody subscribes to is told from one that somebody gets, and from a denied one")
    func reasonOfPuback() throws {
        let broker = try TestBroker("allow_anonymous true\nacl_file FOLDER/acl") { folder in
            try "topic readwrite ok/#\n".write(toFile: folder + "/acl", atomically: true, encoding: .utf8)
        }
        let subscriber = try Driver(broker, "subscriber", filters: ["ok/heard"])
        #expect(subscriber.turnUntilReady())
        let driver = try Driver(broker, "publisher")
        #expect(driver.turn { driver.session.isConnected })
        var outcomes: [String: PublishOutcome] = [:]
        for topic in ["ok/heard", "ok/unheard", "denied"] {
            try driver.session.publish(topic: topic, payload: [1]) { outcomes[topic] = $0 }
        }
        #expect(driver.turn { outcomes.count == 3 })
        #expect(outcomes == ["ok/heard": .accepted, "ok/unheard": .noSubscribers, "denied": .refused(.notAuthorized)])
    }

    @Test("the window takes as many publishes as it says, and one more is an error")
    func windowIsBounded() throws {
        let broker = try TestBroker()
        var configuration = SessionConfiguration(host: "127.0.0.1", port: broker.port, clientID: "window")
        configuration.publishWindow = 3
        let driver = try Driver(configuration)
        #expect(throws: SessionFailure.notConnected) { try driver.session.publish(topic: "a", payload: []) }
        #expect(driver.turn { driver.session.isConnected })
        for _ in 0..<3 { try driver.session.publish(topic: "a", payload: []) }
        #expect(throws: SessionFailure.windowFull(limit: 3)) { try driver.session.publish(topic: "a", payload: []) }
        #expect(driver.turn { driver.session.publishesInFlight == 0 })
        try driver.session.publish(topic: "a", payload: [])
        #expect(throws: SessionFailure.library(.invalidArgument, detail: "a/#")) { try driver.session.publish(topic: "a/#", payload: []) }
    }

    @Test("a publish that was on its way when the connection broke is answered after the reconnect")
    func publishSurvivesReconnect() throws {
        let broker = try TestBroker()
        let subscriber = try Driver(broker, "subscriber", filters: ["p/#"])
        #expect(subscriber.turnUntilReady())
        let driver = try Driver(broker, "publisher")
        #expect(driver.turn { driver.session.isConnected })
        var outcome: PublishOutcome?
        try driver.session.publish(topic: "p/1", payload: [5]) { outcome = $0 }
        driver.session.refuse()
        #expect(outcome == nil)
        #expect(driver.turn { outcome != nil })
        #expect(outcome == .accepted)
        #expect(subscriber.turn { subscriber.messages.map(\.payload) == [[5]] })
    }

    @Test("nothing that is published leaves while a message is uncommitted")
    func publishWaitsForTheCommit() throws {
        let broker = try TestBroker()
        let watcher = try Driver(broker, "watcher", filters: ["down/#"])
        #expect(watcher.turnUntilReady())
        let driver = try Driver(broker, "hub", filters: ["up/#"])
        #expect(driver.turnUntilReady())
        driver.acknowledges = false
        try broker.publish("-t", "up/1", "-m", "x", "-q", "1")
        #expect(driver.turn { driver.messages.count == 1 })
        try driver.session.publish(topic: "down/1", payload: [1])
        for _ in 0..<5 { driver.session.tick(); driver.session.flush() }
        // The watcher gets a later message of another client, and not ours.
        try broker.publish("-t", "down/2", "-m", "x", "-q", "1")
        #expect(watcher.turn { !watcher.messages.isEmpty })
        #expect(watcher.messages.map(\.topic) == ["down/2"])
        driver.session.acknowledge()
        #expect(watcher.turn { watcher.messages.count == 2 })
    }

    @Test("the publishing loop delivers from any thread, reconnects, and abandons at the end what still waits")
    func publishingLoop() throws {
        let broker = try TestBroker()
        let subscriber = try Driver(broker, "care", filters: ["care/#"])
        #expect(subscriber.turnUntilReady())
        let loop = try PublishingLoop(SessionConfiguration(host: "127.0.0.1", port: broker.port, clientID: "upstream"), filters: ["back/#"])
        let outcomes = Outcomes()
        for n in 0..<50 { #expect(loop.publish(topic: "care/q/incidents", payload: [UInt8(n)]) { outcomes.add($0) }) }
        #expect(loop.publish(topic: "nobody", payload: []) { outcomes.add($0) })
        #expect(subscriber.turn { subscriber.messages.count == 50 && outcomes.count == 51 })
        #expect(outcomes.number(of: .accepted) == 50)
        #expect(outcomes.number(of: .noSubscribers) == 1)
        #expect(loop.status.isConnected)
        broker.end()
        #expect(eventually(seconds: 10) { !loop.status.isConnected })
        #expect(loop.publish(topic: "care/q/incidents", payload: [99]) { outcomes.add($0) })
        try broker.start()
        // The broker may end before it reads our last acknowledgements, and then delivers those again.
        #expect(subscriber.turn { subscriber.messages.last?.payload == [99] && outcomes.number(of: .accepted) == 51 })
        #expect(Set(subscriber.messages.map(\.payload)).count == 51)
        broker.kill()
        #expect(eventually(seconds: 10) { !loop.status.isConnected })
        for _ in 0..<PublishingLoop.queueMax { #expect(loop.publish(topic: "x", payload: []) { outcomes.add($0) }) }
        #expect(!loop.publish(topic: "x", payload: []) { outcomes.add($0) })
        loop.stop()
        #expect(eventually(seconds: 10) { loop.hasEnded })
        #expect(eventually(seconds: 10) { outcomes.number(of: .abandoned) == PublishingLoop.queueMax })
    }
}

extension PublishTests {
    @Test("what the publishing loop's owner doesn't take comes again")
    func loopReceives() throws {
        let broker = try TestBroker()
        let seen = Mutex<[Message]>([])
        let loop = try PublishingLoop(
            SessionConfiguration(host: "127.0.0.1", port: broker.port, clientID: "upstream"), filters: ["back/#"]
        ) { message in
            seen.withLock { $0.append(message) }
            return seen.withLock { $0.count } > 1
        }
        let peer = try Driver(broker, "care", persistent: false)
        #expect(peer.turn { peer.session.isConnected })
        var outcome: PublishOutcome?
        for _ in 0..<200 where outcome != .accepted {
            outcome = nil
            try peer.session.publish(topic: "back/ack", payload: [1]) { outcome = $0 }
            #expect(peer.turn { outcome != nil })
        }
        #expect(eventually(seconds: 10) { seen.withLock { $0.count } == 2 })
        #expect(seen.withLock { Set($0.map(\.topic)) } == ["back/ack"])
        loop.stop()
        #expect(eventually(seconds: 10) { loop.hasEnded })
    }
}

private final class Outcomes: Sendable {
    private let all = Mutex<[PublishOutcome]>([])
    func add(_ result: Result<PublishOutcome, SessionFailure>) { if case .success(let outcome) = result { all.withLock { $0.append(outcome) } } }
    var count: Int { all.withLock { $0.count } }
    func number(of outcome: PublishOutcome) -> Int { all.withLock { $0.filter { $0 == outcome }.count } }
}
