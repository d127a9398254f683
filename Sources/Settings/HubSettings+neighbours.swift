import CareModel

extension HubSettings {
    /// Other hubs whose signs of life reach this hub's broker.
    public struct Neighbours: Hashable, Sendable {
        /// Where they arrive: an MQTT filter.
        public var topic: String
        /// 1...`neighboursMax`, each once.
        public var hubs: [Neighbour]

        public init(topic: String, hubs: [Neighbour]) { (self.topic, self.hubs) = (topic, hubs) }
    }

    /// One of them.
    public struct Neighbour: Hashable, Sendable {
        /// Its `hub.name`.
        public var hub: String
        /// The station that answers for it; empty where nobody wrote it down.
        public var station: String

        public init(hub: String, station: String) { (self.hub, self.station) = (hub, station) }
    }

    /// Other hubs that one hub may watch.
    public static let neighboursMax = 256

    static func neighbours(_ root: inout MappingReader, own: String, _ problems: inout Problems) -> Neighbours? {
        guard let node = root.optional("neighbours") else { return nil }
        var reader = MappingReader(node, "the neighbours", &problems)
        let topicNode = reader.required("topic", &problems)
        let topic = topicNode?.string("topic", &problems)
        if let topic, let topicNode, !isFilter(topic) {
            problems.add("config.malformed_topic", at: topicNode.place, "\"\(topic)\" is no filter to subscribe to: + and # stand alone in a level, # in the last one, and it does not begin with $")
        }
        let hubsNode = reader.required("hubs", &problems), nodes = hubsNode == nil ? [] : reader.list("hubs", &problems)
        if let hubsNode, !(1...neighboursMax).contains(nodes.count) {
            problems.add("config.out_of_range", at: hubsNode.place, "\"hubs\" has \(nodes.count) items; it must have 1 to \(neighboursMax)")
        }
        var hubs: [Neighbour] = []
        for item in nodes.prefix(neighboursMax) {
            var inner = MappingReader(item, "a neighbour", &problems)
            let name = plainName(&inner, "hub", of: "a neighbour", &problems), station = inner.string("station", default: "", &problems)
            inner.finish(&problems)
            guard let name else { continue }
            if name == own { problems.add("config.contradiction", at: item.place, "\"\(name)\" is this hub itself; neighbours are the others") }
            if hubs.contains(where: { $0.hub == name }) { problems.add("config.contradiction", at: item.place, "the neighbour \"\(name)\" stands twice") }
            hubs.append(Neighbour(hub: name, station: station))
        }
        reader.finish(&problems)
        guard let topic, isFilter(topic), !hubs.isEmpty else { return nil }
        return Neighbours(topic: topic, hubs: hubs)
    }
}
