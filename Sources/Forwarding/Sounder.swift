import CareModel
import Logging
import MQTTSession
import Synchronization

/// A light or siren in the station or the home: on while somebody must come and nobody has taken it.
///
/// It needs the local broker and nothing else, so it works when every queue is down. Its state is derived from the
/// open incidents, published retained, and said again at intervals, so a lamp that was unplugged catches up.
public actor Sounder {
    public struct Settings: Hashable, Sendable {
        public var topic: String
        public var payloadOn: String
        public var payloadOff: String
        /// Incidents below this priority stay quiet.
        public var minimum: Priority
        public var repeatInterval = Duration.seconds(30)

        public init(topic: String, payloadOn: String, payloadOff: String, minimum: Priority) {
            (self.topic, self.payloadOn, self.payloadOff, self.minimum) = (topic, payloadOn, payloadOff, minimum)
        }
    }

    private let settings: Settings
    private let loop: PublishingLoop
    /// How many untaken incidents of at least that priority are open now.
    private let untaken: @Sendable (Priority) throws -> Int
    private let logger: Logger
    private var isOn: Bool?
    private let wakes: AsyncStream<Void>
    private let wakeContinuation: AsyncStream<Void>.Continuation

    public init(settings: Settings, loop: PublishingLoop, logger: Logger, untaken: @escaping @Sendable (Priority) throws -> Int) {
        (self.settings, self.loop, self.logger, self.untaken) = (settings, loop, logger, untaken)
        (wakes, wakeContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that incidents changed. Cheap, callable from any thread.
    public nonisolated func wake() { wakeContinuation.yield() }

    /// Works until its task is cancelled.
    public func run() async {
        wake()
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: self.settings.repeatInterval)
                    await self.forget()
                    self.wake()
                }
            }
            for await _ in wakes {
                if Task.isCancelled { break }
                tell()
            }
            group.cancelAll()
        }
    }

    private func forget() { isOn = nil }

    private func tell() {
        let wanted: Bool
        do {
            wanted = try untaken(settings.minimum) > 0
        } catch {
            // What can't be read may be somebody in need.
            logger.warning("open incidents can't be read for the sounder: \(error)")
            wanted = true
        }
        guard wanted != isOn else { return }
        isOn = wanted
        let payload = wanted ? settings.payloadOn : settings.payloadOff
        let isTaken = loop.publish(topic: settings.topic, payload: Array(payload.utf8), retain: true) { [weak self] result in
            // Nobody subscribed is no fault here: the lamp reads the retained state when it comes.
            if case .success(.accepted) = result { return }
            if case .success(.noSubscribers) = result { return }
            Task { await self?.retrySoon() }
        }
        if !isTaken { isOn = nil }
    }

    private func retrySoon() async {
        isOn = nil
        try? await Task.sleep(for: .seconds(1))
        wake()
    }
}
