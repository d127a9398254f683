import CareModel
import Glibc
import MQTTSession
import Synchronization

/// The other end of a RabbitMQ queue: takes deliveries and heartbeats of many hubs, and goes from node to node of a cluster.
public final class RabbitMQReceiver: Sendable {
    public enum Message: Hashable, Sendable {
        /// A delivery: its key and its body.
        case incident(key: String, body: [UInt8])
        /// A hub's sign of life: its body.
        case heartbeat([UInt8])
    }

    public enum Occurrence: Hashable, Sendable {
        case connected(node: String)
        case lost(RabbitMQFailure)
        case message(Message)
    }

    private struct State {
        var isStopping = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// Starts a thread that connects for ever.
    ///
    /// - Parameters:
    ///   - takesIncidents: false leaves the deliveries to another receiver and takes the heartbeats alone.
    ///   - take: called on that thread; a message is acknowledged once it returns.
    public init(_ configuration: RabbitMQConfiguration, takesIncidents: Bool, take: @escaping @Sendable (Occurrence) -> Void) {
        let queues = [configuration.heartbeatName] + (takesIncidents ? [configuration.queue] : [])
        startThread("vigil-receiver") { [self] in
            var backOff = BackOff(), random = SplitMix64(text: configuration.host), turn = 0
            while !isStopping {
                let node = configuration.at(node: turn)
                turn += 1
                do throws(RabbitMQFailure) {
                    let connection = try RabbitMQConnection(node, consuming: queues)
                    defer { connection.close(politely: isStopping) }
                    take(.connected(node: "\(node.host):\(node.port)"))
                    backOff.reset()
                    while !isStopping {
                        guard let arrival = try connection.next(milliseconds: 200) else { continue }
                        take(.message(arrival.type == "heartbeat" ? .heartbeat(arrival.body) : .incident(key: arrival.id, body: arrival.body)))
                        try connection.acknowledge(arrival.tag)
                    }
                } catch {
                    take(.lost(error))
                }
                let until = monotonicMicroseconds() + backOff.next(word: random.next())
                while !isStopping, monotonicMicroseconds() < until { usleep(20_000) }
            }
            state.withLock { $0.hasEnded = true }
        }
    }

    /// Ends the thread soon.
    public func stop() { state.withLock { $0.isStopping = true } }
    public var hasEnded: Bool { state.withLock { $0.hasEnded } }
    private var isStopping: Bool { state.withLock { $0.isStopping } }
}
