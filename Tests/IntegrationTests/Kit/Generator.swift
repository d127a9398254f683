import CareModel
import Foundation
import Glibc
import MQTTSession
import Simulation
import Synchronization

/// The devices of simulated homes: publishes, and writes down in a file of its own what the broker acknowledged.
final class Generator: Sendable {
    /// One safety message whose acknowledgement is on file: QoS 1 answered, QoS 0 written.
    struct Press: Hashable, Sendable {
        var home: String
        var kind: String
        var qos: Int
    }

    static let accounts = ["zigbee2mqtt", "iMEDE_watch", "devices"]

    private struct State {
        var homes: [SimulatedHome]
        var acknowledged: [Press: Int64] = [:]
        var refused = 0
        var published = 0
        var isStopping = false
        var isOver = false
        var backgroundSent = 0
    }

    private let state: Mutex<State>
    private let loops: [String: PublishingLoop]
    private let file: Int32

    /// - Parameters:
    ///   - residents: of `SimulatedDay.homesYAML(residents:seed:)`.
    ///   - background: messages a second of the wearables, in turn.
    ///   - record: the file of acknowledged publishes.
    init(hub: HubProcess, residents: Int, seed: UInt64 = 1, background: Int, record: String) throws {
        state = Mutex(State(homes: (1...residents).map { SimulatedHome(number: $0, seed: seed) }))
        var loops: [String: PublishingLoop] = [:]
        for account in Generator.accounts {
            loops[account] = try PublishingLoop(SessionConfiguration(
                host: "127.0.0.1", port: hub.brokerPort, clientID: account, user: account, password: try hub.password(account), isPersistent: false))
        }
        self.loops = loops
        file = open(record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw KitFailure("\(record) can't be written") }
        if background > 0 {
            Thread.detachNewThread { [self] in publish(perSecond: background) }
        } else {
            state.withLock { $0.isOver = true }
        }
    }

    deinit { close(file) }

    /// Publishes one safety message; the press is on file when the broker has answered.
    ///
    /// - Parameter kind: `safety.sos`, `safety.smoke` or `safety.fall`; a fall of the watch goes with QoS 0.
    func press(_ index: Int, _ kind: String) {
        let (press, message) = state.withLock { state -> (Press, Message) in
            let home = state.homes[index]
            switch kind {
            case "safety.fall": return (Press(home: home.name, kind: kind, qos: 0), home.fall())
            case "safety.smoke": return (Press(home: home.name, kind: kind, qos: 1), home.smoke(true))
            default: return (Press(home: home.name, kind: kind, qos: 1), home.sos())
            }
        }
        send(message, qos: press.qos) { [self] in
            let now = microseconds()
            state.withLock { $0.acknowledged[press] = now }
            let line = "\(now) \(press.home) \(press.kind) qos\(press.qos) \(message.topic)\n"
            _ = line.withCString { write(file, $0, line.utf8.count) }
        }
    }

    /// Publishes something else with QoS 1.
    func publish(_ topic: String, _ payload: String) {
        send(Message(link: .safety, topic: topic, payload: Array(payload.utf8)), qos: 1) { [self] in state.withLock { $0.published += 1 } }
    }

    /// What is on file, with the time.
    var acknowledged: [Press: Int64] { state.withLock { $0.acknowledged } }
    var refused: Int { state.withLock { $0.refused } }
    /// How many of `publish(_:_:)` the broker has acknowledged.
    var published: Int { state.withLock { $0.published } }
    var backgroundSent: Int { state.withLock { $0.backgroundSent } }

    func stop() async throws {
        state.withLock { $0.isStopping = true }
        _ = try await eventually(seconds: 5) { state.withLock { $0.isOver } }
        for loop in loops.values { loop.stop() }
        _ = try await eventually(seconds: 5) { loops.values.allSatisfy(\.hasEnded) }
    }

    private func send(_ message: Message, qos: Int, _ done: @escaping @Sendable () -> Void) {
        let head = String(message.topic.prefix { $0 != "/" })
        guard let loop = loops[head] ?? loops["devices"] else { return }
        let isTaken = loop.publish(topic: message.topic, payload: message.payload, qos: qos) { [self] result in
            // Nobody subscribes before the hub's first start only.
            if case .success(.accepted) = result { done() } else { state.withLock { $0.refused += 1 } }
        }
        if !isTaken { state.withLock { $0.refused += 1 } }
    }

    private func publish(perSecond: Int) {
        let begun = microseconds()
        var sent = 0
        while !state.withLock({ $0.isStopping }) {
            let wanted = Int((microseconds() - begun) * Int64(perSecond) / 1_000_000)
            while sent < wanted {
                let index = sent
                let wall = WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
                let message = state.withLock { state in
                    let home = index % state.homes.count
                    return state.homes[home].wearable(wall, heartRate: 66 + index % 9, spo2: 97)
                }
                send(message, qos: 1) {}
                sent += 1
            }
            state.withLock { $0.backgroundSent = sent }
            usleep(5_000)
        }
        state.withLock { $0.isOver = true }
    }
}
