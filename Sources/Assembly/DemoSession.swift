import CareModel
import Decoding
import Foundation
import MQTTSession
import Simulation
import Synchronization

/// `vigil simulate --demo`: one home in real time with an SOS, a fall, smoke and a falling SpO2; shows each incident as it
/// reaches the queue, and how long it took.
public struct DemoSession: Sendable {
    private let home: BrokerAddress
    private let reader: BrokerAddress
    private let topic: String
    private let isOnce: Bool

    /// - Parameters:
    ///   - home: where the devices publish.
    ///   - reader: the same broker with the account of a care service.
    ///   - topic: the queue's topic.
    ///   - isOnce: ends after the four incidents instead of going on with the day.
    public init(home: BrokerAddress, reader: BrokerAddress, topic: String, isOnce: Bool) {
        (self.home, self.reader, self.topic, self.isOnce) = (home, reader, topic, isOnce)
    }

    /// The kinds that must reach the queue.
    static let awaited = ["safety.sos", "safety.fall", "safety.smoke", "vital.spo2"]
    static let waitLimit = Duration.seconds(120)

    private struct State {
        var sentAt: [String: ContinuousClock.Instant] = [:]
        var arrived: Set<String> = []
    }

    /// - Returns: the kinds that never reached the queue.
    public func run() async throws -> [String] {
        let state = Mutex(State())
        let listener = try PublishingLoop(reader.session(clientID: "vigil-demo-reader"), filters: [topic]) { message in
            DemoSession.show(message, state: state)
            return true
        }
        defer { listener.stop() }
        let loop = try PublishingLoop(home.session(clientID: "vigil-demo-home"))
        defer { loop.stop() }
        var resident = SimulatedHome(number: 1, seed: 7)
        DemoLines.heading(queue: topic)
        let begun = ContinuousClock.now
        var second = 0
        while !Task.isCancelled {
            let wall = HubTime.wallTime()
            // A minute of the home's day each second, a second past the minute, when its periodic reports are due.
            let ofDay = 8 * 3_600 + second * 60 + 1
            for message in resident.second(ofDay, wall: wall) where !message.topic.hasSuffix("/vitals") {
                DemoLines.ordinary(message, ofDay: ofDay)
                try await publish(message, loop)
            }
            for (kind, message) in DemoSession.incident(second, &resident, wall) {
                if let kind { state.withLock { if $0.sentAt[kind] == nil { $0.sentAt[kind] = .now } } }
                try await publish(message, loop)
            }
            second += 1
            let missing = state.withLock { state in DemoSession.awaited.filter { !state.arrived.contains($0) } }
            if isOnce, missing.isEmpty {
                DemoLines.complete(DemoSession.awaited.count)
                return []
            }
            if isOnce, ContinuousClock.now - begun > DemoSession.waitLimit { return missing }
            try? await Task.sleep(until: begun + .seconds(second), clock: .continuous)
        }
        return []
    }

    private func publish(_ message: Message, _ loop: PublishingLoop) async throws {
        guard try await SimulateSession.send(message, loop) else {
            DemoLines.say(.fault, "\(message.topic): 代理没有接收 · the broker did not take it")
            return
        }
    }

    /// What happens in that second of the demonstration, and which incident should come of it.
    private static func incident(_ second: Int, _ resident: inout SimulatedHome, _ wall: WallTime) -> [(String?, Message)] {
        switch second {
        case 3:
            DemoLines.say(.device, "按下紧急按钮 · the SOS button is pressed")
            return [("safety.sos", resident.sos())]
        case 8:
            DemoLines.say(.device, "手表报告跌倒 · the watch reports a fall")
            return [("safety.fall", resident.fall())]
        case 13:
            DemoLines.say(.device, "厨房烟雾报警 · smoke in the kitchen")
            return [("safety.smoke", resident.smoke(true))]
        case 18...60:
            let spo2 = max(86, 96 - (second - 18) / 2)
            if second == 18 || (spo2 == 91 && second % 2 == 0) || (spo2 == 86 && second == 38) { DemoLines.saturation(spo2) }
            // The clock starts when the value passes the limit: what follows is the rule's persistence and the pipeline.
            return [(spo2 <= 91 ? "vital.spo2" : nil, resident.wearable(wall, heartRate: 84, spo2: spo2))]
        default:
            if second == 61 { DemoLines.saturation(97) }
            return second % 5 == 0 || second == 61 ? [(nil, resident.wearable(wall, heartRate: 72, spo2: 97))] : []
        }
    }

    private static func show(_ message: Message, state: borrowing Mutex<State>) {
        guard let incident = try? JSONReader.read(message.payload), let kind = incident["kind"]?.text else { return }
        let took = state.withLock { state -> Duration? in
            guard let awaited = DemoSession.awaited.first(where: { kind.hasPrefix($0) }) else { return nil }
            guard state.arrived.insert(awaited).inserted else { return nil }
            return state.sentAt[awaited].map { .now - $0 }
        }
        DemoLines.queued(incident, took: took, isLimit: kind.hasPrefix("vital."))
    }
}
