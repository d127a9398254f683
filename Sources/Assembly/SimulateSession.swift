import CareModel
import Foundation
import MQTTSession
import Simulation
import Synchronization

/// `vigil simulate`: invented homes into a device log or to a broker.
public struct SimulateSession: Sendable {
    public var seed: UInt64
    public var residents: Int
    public var hours: Int
    public var faults: Set<SimulatedFault>

    public init(seed: UInt64, residents: Int, hours: Int, faults: [String]) throws {
        (self.seed, self.residents, self.hours) = (seed, residents, hours)
        self.faults = []
        for name in faults {
            guard let fault = SimulatedFault(rawValue: name) else {
                throw Gateway.StartFailure(description: "unknown fault \"\(name)\"; known: \(SimulatedFault.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self.faults.insert(fault)
        }
    }

    public var homesYAML: String { SimulatedDay.homesYAML(residents: residents, seed: seed) }

    /// Writes a device log that begins at `start`.
    /// - Returns: how many messages it holds.
    public func write(start: WallTime, _ write: ([UInt8]) -> Void) -> Int {
        var day = SimulatedDay(seed: seed, residents: residents, start: start, hours: hours, faults: faults)
        var count = 0
        while let (wall, messages) = day.next() {
            for (index, message) in messages.enumerated() {
                write(DeviceLog.line(message, wall: WallTime(microseconds: wall.microseconds + Int64(index))))
                count += 1
            }
        }
        return count
    }

    /// Publishes in real time, or `speed` times as fast, until the hours are over or the task is cancelled.
    public func publish(to broker: BrokerAddress, speed: Double) async throws -> Int {
        let loop = try PublishingLoop(broker.session(clientID: "vigil-simulation-\(ProcessInfo.processInfo.processIdentifier)"))
        defer { loop.stop() }
        let begun = ContinuousClock.now
        var day = SimulatedDay(seed: seed, residents: residents, start: HubTime.wallTime(), hours: hours, faults: faults)
        var second = 0, count = 0
        while !Task.isCancelled, let (_, messages) = day.next() {
            second += 1
            for message in messages { count += try await SimulateSession.send(message, loop) ? 1 : 0 }
            try? await Task.sleep(until: begun + .microseconds(Int64(Double(second) * 1e6 / speed)), clock: .continuous)
        }
        return count
    }

    /// Publishes one message and waits for the broker's answer.
    static func send(_ message: Message, _ loop: PublishingLoop) async throws -> Bool {
        await withCheckedContinuation { continuation in
            let isTaken = loop.publish(topic: message.topic, payload: message.payload) { result in
                switch result {
                case .success(.accepted), .success(.noSubscribers): continuation.resume(returning: true)
                default: continuation.resume(returning: false)
                }
            }
            if !isTaken { continuation.resume(returning: false) }
        }
    }
}

/// `mqtt://user:password@host:port`, as the command line names a broker.
public struct BrokerAddress: Sendable {
    public let host: String
    public let port: UInt16
    public let user: String?
    public let password: String?

    public init(_ text: String) throws {
        guard let parts = URLComponents(string: text.contains("://") ? text : "mqtt://" + text), parts.scheme == "mqtt", let host = parts.host, !host.isEmpty else {
            throw Gateway.StartFailure(description: "\"\(text)\" is no broker; write mqtt://[user:password@]host[:port]")
        }
        self.host = host
        port = UInt16(clamping: parts.port ?? 1_883)
        (user, password) = (parts.user, parts.password)
    }

    func session(clientID: String) -> SessionConfiguration {
        SessionConfiguration(host: host, port: port, clientID: user ?? clientID, user: user, password: password, isPersistent: false)
    }
}
