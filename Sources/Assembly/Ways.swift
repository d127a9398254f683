import CareModel
import Escalation
import Formats
import Forwarding

/// How each queue of the care network is reached; checks what Escalation left unread.
struct Ways: Sendable {
    enum Way: Hashable, Sendable {
        /// Receivers fetch it from this hub.
        case embedded
        case mqtt(topic: String)
        case rabbitMQ(RabbitMQConfiguration)
        case webhook(WebhookConfiguration)
        case sms(SMSConfiguration)
    }

    struct Queue: Hashable, Sendable {
        var way: Way
        var format: IncidentFormat
        /// Whose commands come back over it; nil = none are taken.
        var commands: CommandSource?
    }

    private(set) var queues: [QueueName: Queue] = [:]

    /// Queues that receivers fetch from this hub.
    var embedded: Set<QueueName> { Set(queues.filter { $0.value.way == .embedded }.keys) }

    static let topicDefault = "care/{queue}/incidents"

    /// - Parameter folder: of the configuration, which relative paths start from.
    init(_ network: CareNetwork, folder: String, _ problems: inout Problems) {
        func path(_ text: String) -> String { text.hasPrefix("/") ? text : folder + "/" + text }
        for queue in network.queues {
            let place = queue.place ?? Place(file: "care-network.yaml", line: 1, column: 1)
            let way: Way?
            switch queue.channel {
            case "embedded":
                way = .embedded
            case "mqtt":
                way = .mqtt(topic: mqttTopic(of: queue, &problems))
            case "rabbitmq":
                way = RabbitMQConfiguration(queue.settings, at: place, queue: queue.name, path: path, &problems).map { .rabbitMQ($0) }
            case "webhook":
                way = WebhookConfiguration(queue.settings, at: place, queue: queue.name, path: path, &problems).map { .webhook($0) }
            case "sms":
                way = SMSConfiguration(queue.settings, at: place, queue: queue.name, isMasked: queue.isMasked, path: path, &problems).map { .sms($0) }
            default:
                way = nil
                problems.add("network.unknown_channel", at: place, "queue \"\(queue.name)\": unknown channel \"\(queue.channel)\"; known: embedded, mqtt, rabbitmq, webhook, sms")
            }
            let format = IncidentFormat(rawValue: queue.format)
            if format == nil {
                problems.add("network.format", at: place, "queue \"\(queue.name)\": unknown format \"\(queue.format)\"; known: \(IncidentFormat.allCases.map(\.rawValue).joined(separator: ", "))")
            } else if format != .json, way == .embedded {
                problems.add("network.format", at: place, "queue \"\(queue.name)\": an embedded queue gives json alone; its receivers get the other formats by mqtt, rabbitmq or webhook")
            } else if format != .json, queue.channel == "sms" {
                problems.add("network.format", at: place, "queue \"\(queue.name)\": a telephone gets a text; leave format out")
            }
            guard let way else { continue }
            if let other = queues.sorted(by: { $0.key < $1.key }).first(where: { Ways.collide($0.value.way, way) }) {
                problems.add("config.contradiction", at: queue.settings?.place ?? place, "the queues \"\(other.key)\" and \"\(queue.name)\" both lead to \(Ways.words(way))")
            }
            var commands = queue.commandRole.map { CommandSource(queue: queue.name, role: $0) }
            if commands != nil, !Ways.takesCommands(way) {
                problems.add("network.commands", at: place, "queue \"\(queue.name)\": commands come back over mqtt, rabbitmq and webhook; whoever reads an embedded queue uses the HTTP interface")
                commands = nil
            }
            if commands != nil, case .mqtt(let topic) = way, let other = commandTopics[MQTTChannel.commandTopic(topic)] {
                problems.add("config.contradiction", at: place, "the queues \"\(other.queue)\" and \"\(queue.name)\" would both take commands from \"\(MQTTChannel.commandTopic(topic))\"; give them topics in folders of their own")
            }
            queues[queue.name] = Queue(way: way, format: format ?? .json, commands: commands)
        }
    }

    private static func takesCommands(_ way: Way) -> Bool {
        switch way {
        case .mqtt, .rabbitMQ, .webhook: true
        case .embedded, .sms: false
        }
    }

    /// The broker's topics from which receivers' commands come.
    var commandTopics: [String: CommandSource] {
        var topics: [String: CommandSource] = [:]
        for queue in queues.values {
            if case .mqtt(let topic) = queue.way, let source = queue.commands { topics[MQTTChannel.commandTopic(topic)] = source }
        }
        return topics
    }

    /// Where the answers to those commands go, sorted.
    var answerTopics: [String] {
        queues.values.compactMap { queue in
            if case .mqtt(let topic) = queue.way, queue.commands != nil { MQTTChannel.answerTopic(topic) } else { nil }
        }.sorted()
    }

    private func mqttTopic(of queue: QueueSpec, _ problems: inout Problems) -> String {
        MQTTChannel.topic(Ways.topic(of: queue, &problems), queue.name)
    }

    private static func collide(_ a: Way, _ b: Way) -> Bool {
        switch (a, b) {
        case (.mqtt(let a), .mqtt(let b)): a == b
        case (.rabbitMQ(let a), .rabbitMQ(let b)): (a.host, a.port, a.virtualHost, a.queue) == (b.host, b.port, b.virtualHost, b.queue)
        case (.webhook(let a), .webhook(let b)): a.target == b.target
        case (.sms(let a), .sms(let b)): a.outbox == b.outbox && !Set(a.phones).isDisjoint(with: b.phones)
        default: false
        }
    }

    /// For a person, without anything secret.
    static func words(_ way: Way) -> String {
        switch way {
        case .embedded: "this hub"
        case .mqtt(let topic): "the topic \"\(topic)\""
        case .rabbitMQ(let c): "the queue \"\(c.queue)\" of \(c.host):\(c.port)"
        case .webhook(let c): c.target.url
        case .sms(let c): "\(c.phones.count) telephones through \(c.outbox)"
        }
    }

    private static func topic(of queue: QueueSpec, _ problems: inout Problems) -> String {
        guard let settings = queue.settings else { return topicDefault }
        var reader = MappingReader(settings, "the settings of an MQTT queue", &problems)
        let topic = reader.string("topic", default: topicDefault, &problems)
        reader.finish(&problems)
        if topic.isEmpty || topic.hasPrefix("$") || topic.contains("+") || topic.contains("#") {
            problems.add("network.topic", at: settings.place, "queue \"\(queue.name)\": \"\(topic)\" is no topic to publish on: no +, no #, no leading $")
        }
        return topic
    }

    /// Every file that a queue needs and that can't be used: looked at before anything connects.
    func checkFiles(_ network: CareNetwork, _ problems: inout Problems) {
        for queue in network.queues {
            let place = queue.settings?.place ?? queue.place ?? Place(file: "care-network.yaml", line: 1, column: 1)
            switch queues[queue.name]?.way {
            case .rabbitMQ(let c)?:
                TLSFiles.checkSecret(c.passwordFile, "queue \"\(queue.name)\": password_file", place, &problems)
                if let tls = c.tls { TLSFiles.check(authority: tls.authorityFile, certificate: tls.certificateFile, key: tls.keyFile, "queue \"\(queue.name)\": tls", place, &problems) }
            case .webhook(let c)?:
                if WebhookSecret.read(c.secretFile) == nil {
                    problems.add("network.webhook_secret", at: place, "queue \"\(queue.name)\": \(c.secretFile) must hold 1 to \(WebhookSecret.secretsMax) Standard Webhooks secrets (whsec_…, 24 to 64 bytes), one a line")
                }
                if let file = c.authorityFile { TLSFiles.check(authority: file, certificate: nil, key: nil, "queue \"\(queue.name)\": ca", place, &problems) }
            default:
                break
            }
        }
    }
}
