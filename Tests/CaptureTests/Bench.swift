import Capture
import CareModel
import Foundation
import Glibc
import Logging
import MQTTSession
// Every file of these tests uses it.
@_exported import TestSupport

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A managed broker on a free port in a folder of its own; ended and removed with the object.
final class Bench {
    let folder: String
    var configuration: BrokerConfiguration
    let broker: ManagedBroker

    init(accounts: [BrokerAccount] = [], change: (inout BrokerConfiguration) -> Void = { _ in }, start: Bool = true) throws {
        folder = NSTemporaryDirectory() + "vigil-capture-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var configuration = BrokerConfiguration(folder: folder + "/broker", port: freePort(), accounts: accounts)
        change(&configuration)
        self.configuration = configuration
        broker = try ManagedBroker(configuration, logger: silent)
        if start { try broker.start() }
    }

    deinit {
        broker.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What the next start of the hub makes.
    func again(change: (inout BrokerConfiguration) -> Void = { _ in }) throws -> ManagedBroker {
        var other = configuration
        change(&other)
        return try ManagedBroker(other, logger: silent)
    }

    func intake(safety: [String] = ["s/#"], telemetry: [String] = ["t/#"]) throws -> Intake {
        let intake = try Intake(
            IntakeConfiguration(
                safety: broker.safetySession, telemetry: broker.telemetrySession, safetyFilters: safety, telemetryFilters: telemetry,
                memoryFolder: folder),
            wake: Wake(), logger: silent, random: { 0 })
        intake.start()
        return intake
    }

    func session(_ user: String, _ password: String, filters: [String] = []) throws -> Peer {
        try Peer(SessionConfiguration(
            host: "127.0.0.1", port: configuration.port, clientID: user, user: user, password: password, isPersistent: false), filters: filters)
    }
}

/// A device or a care service: one session, driven by hand.
final class Peer {
    let session: MQTTSession
    private let wake = Wake()
    private(set) var messages: [Message] = []
    private(set) var changes: [MQTTSession.Change] = []

    init(_ configuration: SessionConfiguration, filters: [String]) throws {
        session = try MQTTSession(configuration, wake: wake)
        session.setFilters(filters)
        session.start()
        eventually { self.turn(); return self.session.isSubscribed || !self.changes.isEmpty && !self.session.isConnected }
    }

    func turn() {
        session.tick()
        session.readBurst(max: 100, into: &messages)
        session.acknowledge()
        changes += session.takeChanges()
    }

    /// Publishes and waits for the broker's answer.
    func publish(_ topic: String, _ payload: String = "x", qos: Int = 1, retain: Bool = false) throws -> PublishOutcome? {
        var outcome: PublishOutcome?
        try session.publish(topic: topic, payload: Array(payload.utf8), qos: qos, retain: retain) { outcome = $0 }
        eventually { self.turn(); return outcome != nil }
        return outcome
    }
}

/// Turns an intake as the sequencer does and keeps what came.
final class Turner {
    let intake: Intake
    var burst = Burst()
    var messages: [Message] = []
    var changes: [LinkChange] = []
    var commits = true
    var largestBurst = 0
    /// Positions in `messages` at which each link was drained.
    var drainedAfter: [Link: Int] = [:]

    init(_ intake: Intake) { self.intake = intake }

    @discardableResult
    func turn(seconds: Double = 20, until condition: () -> Bool) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while !condition() {
            guard Date() < end else { return false }
            intake.wait(atMost: .milliseconds(50))
            intake.takeBurst(into: &burst)
            largestBurst = max(largestBurst, burst.messages.count)
            messages += burst.messages
            changes += burst.opening + burst.closing
            for change in burst.closing where change.change == .drained { drainedAfter[change.link] = messages.count }
            if commits, !burst.isEmpty { intake.acknowledge() }
        }
        return true
    }

    func changes(of link: Link) -> [LinkChange.Change] { changes.filter { $0.link == link }.map(\.change) }
}

/// Looks at `condition` every 5 ms until it holds.
@discardableResult
func eventually(seconds: Double = 10, _ condition: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if condition() { return true }
        usleep(5_000)
    }
    return condition()
}

/// Takes a port; close the descriptor to give it back.
func occupy(_ port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = withLoopback(port) { bind(descriptor, $0, $1) }
    listen(descriptor, 1)
    return descriptor
}
