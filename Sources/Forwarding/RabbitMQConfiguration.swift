import CareModel

/// How one queue of the care network is reached on a RabbitMQ broker: the settings of a queue whose channel is `rabbitmq`.
public struct RabbitMQConfiguration: Hashable, Sendable {
    /// What the hub does about the broker's queue when it connects.
    public enum Topology: String, Hashable, Sendable, CaseIterable {
        /// Declares the quorum queue and what takes its dead letters; one that stands with other settings is a named error.
        case declare
        /// Only looks whether the queue is there: an operator made it.
        case verify
    }

    /// Files in PEM form.
    public struct TLS: Hashable, Sendable {
        public var authorityFile: String
        public var certificateFile: String?
        public var keyFile: String?

        public init(authorityFile: String, certificateFile: String? = nil, keyFile: String? = nil) {
            (self.authorityFile, self.certificateFile, self.keyFile) = (authorityFile, certificateFile, keyFile)
        }
    }

    /// A node of the cluster beside the first.
    public struct Node: Hashable, Sendable {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) { (self.host, self.port) = (host, port) }

        /// Reads `host:port`; a host of IPv6 stands in brackets.
        public init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port) else { return nil }
            var host = text[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() } else if host.contains(":") { return nil }
            guard !host.isEmpty, host.utf8.count <= 253, !host.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "@" }) else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    public var host: String
    /// 1...65535.
    public var port: Int
    /// Further nodes of the same cluster, tried in turn when one does not answer.
    public var nodes: [Node] = []
    public var virtualHost = "/"
    public var user: String
    /// Its first line is the password; read at each connect, so that it may change under a running hub.
    public var passwordFile: String
    /// Nil = without TLS, for loopback alone.
    public var tls: TLS?
    /// The broker's queue.
    public var queue: String
    /// Empty = the default exchange, which routes by the queue's name.
    public var exchange = ""
    /// What the exchange routes by.
    public var routingKey: String
    public var topology = Topology.declare
    /// Seconds between signs of life, `heartbeatSeconds`; a connection without any for two of them is lost.
    public var heartbeatSeconds = 10
    /// Deliveries that may wait for their confirm, `windowSizes`.
    public var window = 256
    /// How long a delivery may stay unconfirmed while the broker isn't blocked, and how long a connect may take. Our choice: a quorum
    /// queue on slow disks confirms in milliseconds, so half a minute of silence means that something is stuck.
    public var answerSecondsMax = 30

    public static let heartbeatSeconds = 1...60
    public static let nodesMax = 8
    public static let windowSizes = 1...1_024
    /// AMQP short strings.
    public static let nameBytesMax = 200

    public init(host: String, port: Int, user: String, passwordFile: String, queue: String) {
        (self.host, self.port, self.user, self.passwordFile, self.queue) = (host, port, user, passwordFile, queue)
        routingKey = queue
    }

    /// Where refused messages of `queue` go: an exchange and a quorum queue of this name.
    public var deadName: String { queue + ".dead" }

    /// Where the receiver's commands come from, and where their answers go, when the queue takes commands.
    public var commandsName: String { queue + ".commands" }
    public var answersName: String { queue + ".answers" }
    /// Answers that nobody takes; the oldest go.
    static let answersKept = 10_000

    /// The quorum queue of the hubs' signs of life; the oldest go when nobody takes them.
    public var heartbeatName: String { queue + ".heartbeat" }
    /// Signs of life that wait at most: those of a hundred hubs for more than an hour.
    static let heartbeatsKept: Int64 = 10_000

    /// This configuration at one of the cluster's nodes, counted round and round.
    func at(node turn: Int) -> RabbitMQConfiguration {
        let place = turn % (nodes.count + 1)
        guard place > 0 else { return self }
        var other = self
        (other.host, other.port) = (nodes[place - 1].host, nodes[place - 1].port)
        return other
    }

    /// Reads `{host, port, nodes, vhost, user, password_file, tls, queue, exchange, routing_key, topology, heartbeat_s, window}`.
    ///
    /// - Parameters:
    ///   - node: the queue's `settings`; nil when there are none, which is a problem at `place`.
    ///   - name: of the queue in the care network.
    ///   - path: makes a file of the configuration absolute.
    public init?(_ node: ConfigurationNode?, at place: Place, queue name: QueueName, path: (String) -> String, _ problems: inout Problems) {
        guard let node else {
            problems.add("config.missing_key", at: place, "queue \"\(name)\": a RabbitMQ queue needs settings: host, user and password_file at least")
            return nil
        }
        let before = problems.list.count
        var reader = MappingReader(node, "the settings of a RabbitMQ queue", &problems)
        let host = reader.string("host", &problems)
        let tls = reader.optional("tls").map { RabbitMQConfiguration.tls($0, path, &problems) }
        let port = reader.int("port", in: 1...65_535, default: tls == nil ? 5_672 : 5_671, &problems)
        var nodes: [Node] = []
        for item in reader.list("nodes", &problems) {
            guard let text = item.string("nodes", &problems) else { continue }
            if let node = Node(text), nodes.count < RabbitMQConfiguration.nodesMax {
                nodes.append(node)
            } else {
                problems.add("network.rabbitmq_name", at: item.place, "queue \"\(name)\": nodes are at most \(RabbitMQConfiguration.nodesMax) of the form host:port; \"\(text)\" is none or one too many")
            }
        }
        let user = reader.string("user", &problems), passwordFile = reader.string("password_file", &problems)
        let queue = reader.string("queue", default: "vigil.\(name)", &problems)
        let virtualHost = reader.string("vhost", default: "/", &problems)
        let exchange = reader.string("exchange", default: "", &problems)
        let routingKey = reader.string("routing_key", default: queue, &problems)
        let topology = reader.choice("topology", Topology.allCases.map(\.rawValue), default: Topology.declare.rawValue, &problems)
        let heartbeat = reader.int("heartbeat_s", in: RabbitMQConfiguration.heartbeatSeconds, default: 10, &problems)
        let window = reader.int("window", in: RabbitMQConfiguration.windowSizes, default: 256, &problems)
        reader.finish(&problems)
        for (key, text) in [("queue", queue), ("exchange", exchange), ("routing_key", routingKey), ("vhost", virtualHost)] {
            // A routing key that nobody wrote is the queue's name, which is looked at already.
            if key == "routing_key", node[key] == nil { continue }
            let isEmptyAllowed = key == "exchange"
            guard text.utf8.count > RabbitMQConfiguration.nameBytesMax || (text.isEmpty && !isEmptyAllowed) || text.hasPrefix("amq.") else { continue }
            problems.add("network.rabbitmq_name", at: node[key]?.place ?? node.place, "queue \"\(name)\": \(key) must be 1 to \(RabbitMQConfiguration.nameBytesMax) bytes and not begin with \"amq.\", which the broker keeps for itself")
        }
        if exchange.isEmpty, routingKey != queue {
            problems.add("config.contradiction", at: node["routing_key"]?.place ?? node.place, "queue \"\(name)\": without an exchange the broker routes by the queue's name alone; leave routing_key out or name an exchange")
        }
        if tls == nil, ([host].compactMap { $0 } + nodes.map(\.host)).contains(where: { !["127.0.0.1", "::1", "localhost"].contains($0) }) {
            problems.add("network.plaintext", at: node["host"]?.place ?? node.place, "queue \"\(name)\": without tls the hub connects to this machine alone; add tls: {ca: FILE}")
        }
        guard let host, let user, let passwordFile, problems.list.count == before else { return nil }
        self.init(host: host, port: port, user: user, passwordFile: path(passwordFile), queue: queue)
        self.nodes = nodes
        (self.virtualHost, self.exchange, self.routingKey, self.tls) = (virtualHost, exchange, routingKey, tls)
        (self.topology, heartbeatSeconds, self.window) = (topology.flatMap(Topology.init) ?? .declare, heartbeat, window)
    }

    private static func tls(_ node: ConfigurationNode, _ path: (String) -> String, _ problems: inout Problems) -> TLS {
        var reader = MappingReader(node, "the TLS files", &problems)
        let authority = reader.string("ca", &problems)
        let certificate = reader.optional("certificate"), key = reader.optional("key")
        if (certificate == nil) != (key == nil) {
            problems.add("config.contradiction", at: (certificate ?? key ?? node).place, "\"certificate\" and \"key\" belong together; write both or neither")
        }
        reader.finish(&problems)
        return TLS(
            authorityFile: path(authority ?? ""), certificateFile: certificate?.string("certificate", &problems).map(path),
            keyFile: key?.string("key", &problems).map(path))
    }
}
