import CareModel
import Forwarding
import Foundation
import Synchronization

/// `vigil supervise`: the other end of a RabbitMQ queue that many hubs fill. Names a hub that falls silent, and shows what arrives.
///
/// A reference for care services: one line of JSON a thing. It takes messages only once their line is written.
public struct Supervision: Sendable {
    private let configuration: RabbitMQConfiguration
    private let expected: [String]
    private let showsDeliveries: Bool

    /// - Parameters:
    ///   - nodes: `host:port` of each node of the cluster.
    ///   - expected: hubs that must be heard although they have not been yet.
    ///   - showsDeliveries: takes the deliveries too; else another receiver has them.
    public init(
        nodes: [String], user: String, passwordFile: String, virtualHost: String, authority: String?, queue: String, expected: [String], showsDeliveries: Bool
    ) throws {
        let found = nodes.compactMap { RabbitMQConfiguration.Node($0) }
        guard let first = found.first, found.count == nodes.count, found.count <= RabbitMQConfiguration.nodesMax + 1 else {
            throw Gateway.StartFailure(description: "--node is host:port, 1 to \(RabbitMQConfiguration.nodesMax + 1) times")
        }
        guard authority != nil || found.allSatisfy({ ["127.0.0.1", "::1", "localhost"].contains($0.host) }) else {
            throw Gateway.StartFailure(description: "without --ca this machine's broker alone is connected to")
        }
        var configuration = RabbitMQConfiguration(host: first.host, port: first.port, user: user, passwordFile: passwordFile, queue: queue)
        (configuration.nodes, configuration.virtualHost) = (Array(found.dropFirst()), virtualHost)
        configuration.tls = authority.map { .init(authorityFile: $0) }
        (self.configuration, self.expected, self.showsDeliveries) = (configuration, expected, showsDeliveries)
    }

    /// Runs until the task is cancelled.
    ///
    /// - Parameter write: gets each line; called from one thread at a time.
    public func run(_ write: @escaping @Sendable (String) -> Void) async {
        let watch = Mutex(HubWatch(expected: expected, at: .now))
        let receiver = RabbitMQReceiver(configuration, takesIncidents: showsDeliveries) { occurrence in
            watch.withLock { watch in
                switch occurrence {
                case .connected(let node): write(Supervision.line(["event": "connected", "node": node]))
                case .lost(let failure): write(Supervision.line(["event": "broker_lost", "why": failure.description]))
                case .message(.heartbeat(let body)): for change in watch.note(body, at: .now) { write(Supervision.line(change)) }
                case .message(.incident(let key, let body)):
                    let incident = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
                    let text = (incident?["text"] as? [String: Any])?["en"] as? String
                    write(Supervision.line(["event": "delivery", "key": key, "kind": incident?["kind"] as? String ?? "", "text": text ?? ""]))
                }
            }
        }
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(250))
            watch.withLock { watch in for change in watch.look(at: .now) { write(Supervision.line(change)) } }
        }
        receiver.stop()
    }

    private static func line(_ change: HubWatch.Change) -> String {
        switch change {
        case .appeared(let hub): line(["event": "hub", "hub": hub, "is": "alive"])
        case .back(let hub): line(["event": "hub", "hub": hub, "is": "back"])
        case .silent(let hub, let seconds): line(["event": "hub", "hub": hub, "is": "silent", "for_s": seconds])
        case .state(let hub, let state, let reasons): line(["event": "hub_state", "hub": hub, "state": state, "reasons": reasons])
        }
    }

    private static func line(_ members: [String: any Sendable]) -> String {
        let data = try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
