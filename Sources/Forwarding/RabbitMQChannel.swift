import CareModel

/// Publishes incidents to a quorum queue of a RabbitMQ broker; a delivery counts once the broker has confirmed it.
///
/// Messages are persistent and mandatory, and their `message_id` is the delivery's key: a second arrival is known by it.
public struct RabbitMQChannel: Channel {
    private let loop: RabbitMQLoop
    private let contentType: String
    public let commands: AsyncStream<Command>
    public let returns: AsyncStream<Void>
    private let received: ReceivedCommands
    private let consumer: RabbitMQCommands?

    /// Starts the connection's thread, and one for the receiver's commands; `stop` ends them.
    ///
    /// - Parameters:
    ///   - source: whose commands they are; nil = none are taken.
    ///   - onFault: told of each command that can't be read.
    public init(
        _ configuration: RabbitMQConfiguration, contentType: String = "application/json", source: CommandSource? = nil,
        onFault: @escaping @Sendable (CommandDocument.Fault) -> Void = { _ in }
    ) {
        let (returns, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        loop = RabbitMQLoop(configuration) { continuation.yield() }
        (self.returns, self.contentType) = (returns, contentType)
        let received = ReceivedCommands()
        (self.received, commands) = (received, received.stream)
        consumer = source.map { RabbitMQCommands(configuration, $0, received, onFault: onFault) }
    }

    public func answer(_ id: CommandID, _ outcome: CommandOutcome?) { received.answer(id, outcome) }

    public var status: RabbitMQLoop.Status { loop.status }

    public func stop() {
        loop.stop()
        consumer?.stop()
        received.finish()
    }

    /// AMQP's scale goes to 9; consumers of classic priority queues and of the page read it.
    static func scale(_ priority: Priority) -> UInt8 {
        switch priority {
        case .high: 9
        case .medium: 6
        case .low: 3
        case .information: 0
        }
    }

    public func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome] {
        let tally = Tally(count: batch.count)
        return await withCheckedContinuation { continuation in
            tally.begin(continuation)
            for parcel in batch {
                loop.publish(parcel.body, id: parcel.key.description, priority: RabbitMQChannel.scale(parcel.priority), contentType: contentType) { failure in
                    tally.note(parcel.key, failure.map { .delayed($0.description) } ?? .confirmed)
                }
            }
        }
    }

    /// To the queue `NAME.heartbeat` of the broker.
    public func beat(_ heartbeat: Heartbeat) async -> DeliveryOutcome? {
        await withCheckedContinuation { continuation in
            loop.publish(heartbeat.json, id: heartbeat.id, priority: 0, contentType: "application/json", isHeartbeat: true) { failure in
                continuation.resume(returning: failure.map { .delayed($0.description) } ?? .confirmed)
            }
        }
    }
}
