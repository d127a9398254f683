import CareModel

/// config/care-network.yaml: the queues of the care service, sorted by name. The response plan puts them into tiers.
public struct CareNetwork: Sendable, Hashable {
    public var queues: [QueueSpec]

    public init(queues: [QueueSpec]) { self.queues = queues.sorted { $0.name < $1.name } }

    /// Reads `queues: [{name, channel, masked, min_priority, settings}]`.
    ///
    /// - Parameters:
    ///   - node: the file's root; nil where there is none, which gives a single unmasked embedded queue `station`, so that
    ///     a hub without the file still shows its incidents to somebody.
    ///   - problems: gets every fault at once.
    public init(_ node: ConfigurationNode?, _ problems: inout Problems) {
        guard let node else {
            self.init(queues: [QueueSpec(name: QueueName("station"), isMasked: false)])
            return
        }
        var reader = MappingReader(node, "the care network", &problems)
        var found: [QueueSpec] = []
        let entries = reader.list("queues", &problems)
        for entry in entries.prefix(EscalationLimits.queuesMax) {
            guard let queue = QueueSpec(entry, &problems) else { continue }
            if found.contains(where: { $0.name == queue.name }) {
                problems.add("config.duplicate_id", at: entry["name"]?.place ?? entry.place, "the queue \"\(queue.name)\" stands twice")
            } else {
                found.append(queue)
            }
        }
        reader.finish(&problems)
        if entries.isEmpty {
            problems.add("network.no_queue", at: node.place, "a care network needs at least one queue, else nobody is told")
        }
        if entries.count > EscalationLimits.queuesMax {
            problems.add("config.too_many", at: entries[EscalationLimits.queuesMax].place, "at most \(EscalationLimits.queuesMax) queues")
        }
        self.init(queues: found)
    }
}
