import CareModel
import Escalation
import Forwarding

/// How each queue of the care network is reached; checks what Escalation left unread.
struct Ways: Sendable {
    /// Topic of each queue whose channel is `mqtt`.
    private(set) var topics: [QueueName: String] = [:]
    /// Queues that receivers fetch from this hub.
    private(set) var embedded: Set<QueueName> = []

    static let topicDefault = "care/{queue}/incidents"

    init(_ network: CareNetwork, _ problems: inout Problems) {
        for queue in network.queues {
            switch queue.channel {
            case "embedded":
                embedded.insert(queue.name)
            case "mqtt":
                let topic = MQTTChannel.topic(Ways.topic(of: queue, &problems), queue.name)
                if let other = topics.sorted(by: { $0.key < $1.key }).first(where: { $0.value == topic }) {
                    let place = queue.settings?.place ?? Place(file: "care-network.yaml", line: 1, column: 1)
                    problems.add("config.contradiction", at: place, "the queues \"\(other.key)\" and \"\(queue.name)\" both publish on \"\(topic)\"")
                }
                topics[queue.name] = topic
            default:
                let place = queue.settings?.place ?? Place(file: "care-network.yaml", line: 1, column: 1)
                problems.add("network.unknown_channel", at: place, "queue \"\(queue.name)\": unknown channel \"\(queue.channel)\"; known: embedded, mqtt")
            }
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
}
