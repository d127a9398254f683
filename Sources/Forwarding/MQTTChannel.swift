import CareModel
import MQTTSession

/// Publishes incidents upstream, QoS 1, to `care/{queue}/incidents` or another topic.
///
/// Accepted by the broker is not delivered: an answer of reason 0x10 (nobody subscribes) keeps the delivery.
public struct MQTTChannel: Channel {
    private let loop: PublishingLoop
    private let topic: String
    public let commands: AsyncStream<Command>

    /// - Parameter topic: without wildcards; `{queue}` is replaced.
    public init(loop: PublishingLoop, topic: String, queue: QueueName, commands: AsyncStream<Command> = AsyncStream { $0.finish() }) {
        self.loop = loop
        self.topic = MQTTChannel.topic(topic, queue)
        self.commands = commands
    }

    public static func topic(_ template: String, _ queue: QueueName) -> String {
        template.split(separator: "{queue}", omittingEmptySubsequences: false).joined(separator: queue.text)
    }

    public func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        let tally = Tally(count: batch.count)
        return await withCheckedContinuation { continuation in
            tally.begin(continuation)
            for parcel in batch {
                let isTaken = loop.publish(topic: topic, payload: parcel.body) { result in
                    tally.note(parcel.key, MQTTChannel.outcome(result))
                }
                if !isTaken { tally.note(parcel.key, .delayed("the publisher is full or stopped")) }
            }
        }
    }

    public func hand(_ parcel: Parcel, completion: @escaping @Sendable (DeliveryOutcome) -> Void) -> Bool {
        loop.publish(topic: topic, payload: parcel.body) { completion(MQTTChannel.outcome($0)) }
    }

    /// Under the topic beside the incidents' that ends with `heartbeat`.
    public func beat(_ heartbeat: Heartbeat) async -> DeliveryOutcome? {
        await withCheckedContinuation { continuation in
            let isTaken = loop.publish(topic: MQTTChannel.heartbeatTopic(topic), payload: heartbeat.json) { continuation.resume(returning: MQTTChannel.outcome($0)) }
            if !isTaken { continuation.resume(returning: .delayed("the publisher is full or stopped")) }
        }
    }

    /// `care/upstream/incidents` → `care/upstream/heartbeat`; a topic of one level gets a second one.
    public static func heartbeatTopic(_ topic: String) -> String { beside(topic, "heartbeat") }

    private static func beside(_ topic: String, _ name: String) -> String {
        guard let slash = topic.lastIndex(of: "/") else { return topic + "/" + name }
        return String(topic[...slash]) + name
    }

    /// Where the receiver's commands come from, and where their answers go: `care/upstream/commands` and `care/upstream/answers`.
    public static func commandTopic(_ topic: String) -> String { beside(topic, "commands") }
    public static func answerTopic(_ topic: String) -> String { beside(topic, "answers") }

    private static func outcome(_ result: Result<PublishOutcome, SessionFailure>) -> DeliveryOutcome {
        switch result {
        case .success(.accepted): .confirmed
        case .success(let other): .delayed("\(other)")
        case .failure(let failure): .delayed("\(failure)")
        }
    }
}
