import CareModel

/// One queue of the care service: what it may see, and the way to it. The stages that carry it read `channel` and `settings`.
public struct QueueSpec: Sendable, Hashable {
    public var name: QueueName
    /// Whether names, addresses and health values are left out.
    public var isMasked: Bool
    /// The key `min_priority`: incidents below it aren't told; one that was told is told to its end.
    public var minimum: Priority
    /// The key `read_by`: whether a confirmed delivery means that a person has received it. Its 30 minutes begin then.
    public var isReadByPeople: Bool
    /// The key `reaches`: what its receiver does to a person; nil where nobody said it.
    public var reach: Reach?
    /// The key `commands`: in which role the receiver's own commands are carried out; nil = it gives none.
    public var commandRole: Role?
    /// The way: `embedded`, `mqtt`, …; checked where the ways are known.
    public var channel: String
    /// What its receiver reads: `json`, `fhir`, `cap`; checked where the ways are known.
    public var format: String
    /// Where the queue stands in care-network.yaml; nil when nobody wrote it.
    public var place: Place?
    /// The channel's own settings, unread here.
    public var settings: ConfigurationNode?

    /// What a queue's receiver does to a person.
    public enum Reach: String, Hashable, Sendable, CaseIterable {
        /// It rings somebody.
        case person
        /// A page in a browser: nobody is woken by it.
        case page
        /// Another system keeps it, and nobody is told.
        case nobody
    }

    public init(
        name: QueueName, isMasked: Bool, minimum: Priority = .information, isReadByPeople: Bool? = nil, channel: String = "embedded",
        format: String = "json", place: Place? = nil, settings: ConfigurationNode? = nil, reach: Reach? = nil, commandRole: Role? = nil
    ) {
        (self.reach, self.commandRole) = (reach, commandRole)
        (self.name, self.isMasked, self.minimum, self.channel, self.format) = (name, isMasked, minimum, channel, format)
        (self.place, self.settings) = (place, settings)
        self.isReadByPeople = isReadByPeople ?? (channel == "embedded")
    }

    /// Reads `{name, channel, masked, min_priority, read_by, commands, format, settings}`; nil when it has no usable name.
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a queue", &problems)
        let name = reader.string("name", &problems)
        let channel = reader.string("channel", default: "embedded", &problems)
        let isMasked = reader.bool("masked", default: true, &problems)
        let minimum = reader.choice("min_priority", Priority.allCases.map(\.name), default: Priority.information.name, &problems)
        let isReadByPeople = reader.choice("read_by", ["people", "system"], default: channel == "embedded" ? "people" : "system", &problems) == "people"
        let format = reader.string("format", default: "json", &problems)
        let reachNode = reader.optional("reaches")
        let reach = reachNode.flatMap { node -> Reach? in
            guard let text = node.string("reaches", &problems) else { return nil }
            if let reach = Reach(rawValue: text) { return reach }
            problems.add("config.unknown_choice", at: node.place, "\"\(text)\" is not one of \(Reach.allCases.map(\.rawValue).joined(separator: ", ")) for \"reaches\"")
            return nil
        }
        let role = reader.choice("commands", ["none"] + QueueSpec.commandRoles.map(\.name), default: "none", &problems)
        let settings = reader.optional("settings")
        reader.finish(&problems)
        guard let name else { return nil }
        guard QueueSpec.isUsable(name) else {
            problems.add("network.queue_name", at: node["name"]?.place ?? node.place, "\"\(name)\" is no queue name: 1 to \(EscalationLimits.queueNameBytesMax) lower-case letters, digits and hyphens")
            return nil
        }
        self.init(
            name: QueueName(name), isMasked: isMasked, minimum: minimum.flatMap { Priority(name: $0) } ?? .information,
            isReadByPeople: isReadByPeople, channel: channel, format: format, place: node.place, settings: settings, reach: reach,
            commandRole: QueueSpec.commandRoles.first { $0.name == role })
    }

    /// Roles in which a receiver may act: those that care for people.
    static let commandRoles: [Role] = [.caregiver, .family, .supervisor]

    /// A queue's name stands in topics, paths and delivery keys.
    private static func isUsable(_ name: String) -> Bool {
        (1...EscalationLimits.queueNameBytesMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}
