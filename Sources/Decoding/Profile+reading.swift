import CareModel

extension Profile {
    /// Reads one profile file; nil when too little of it can be read, with problems either way where there are faults.
    init?(name folder: String, _ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a device profile", &problems)
        if let version = reader.int("language", in: 1...Profile.languageVersion, &problems) { _ = version }
        let name = reader.string("profile", &problems)
        if let name, name != folder {
            problems.add("profile.wrong_name", at: reader.node["profile"]?.place ?? node.place, "the profile is called \"\(name)\" and stands in the folder \"\(folder)\": both must be the same")
        }
        _ = reader.text("title", &problems)
        let adapter = reader.choice("adapter", ["none", "zigbee2mqtt", "homie"], default: "none", &problems)
        models = reader.strings("models", &problems)
        isGeneric = reader.bool("generic", default: false, &problems)
        isGateway = reader.bool("gateway", default: false, &problems)
        recognise = []
        if let node = reader.optional("recognise") {
            if case .mapping(let entries) = node.content {
                recognise = entries.map { NodeCondition(key: $0.key, node: $0.value) }
            } else {
                problems.add("config.wrong_type", at: node.place, "\"recognise\" must be a mapping of fields to values")
            }
        }
        var supervision = MappingReader(reader.optional("supervision") ?? ConfigurationNode(.null, at: node.place), "how often a healthy device sends", &problems)
        let seconds = supervision.int("interval_seconds", in: 0...7 * 86_400, default: 0, &problems)
        supervisionSeconds = seconds == 0 ? nil : seconds
        missedIntervalsMax = supervision.int("missed_max", in: 1...100, default: 3, &problems)
        supervision.finish(&problems)
        var flood = MappingReader(reader.optional("flood") ?? ConfigurationNode(.null, at: node.place), "how much a device may send", &problems)
        // Our choice: over any device's usual rate by two orders, and far under what one core reads.
        floodPerSecond = flood.int("per_second", in: 1...10_000, default: 100, &problems)
        floodBurst = flood.int("burst", in: 1...100_000, default: 500, &problems)
        flood.finish(&problems)
        var defaults = ShapeDefaults()
        for key in ShapeDefaults.keys { defaults.nodes[key] = reader.optional(key) }
        defaults.transportDelaySecondsMax = reader.int("transport_delay_seconds_max", in: 0...7 * 86_400, &problems) ?? 0
        self.name = folder
        place = node.place
        isZigbee = adapter == "zigbee2mqtt"
        isHomie = adapter == "homie"
        shapes = []
        let network = reader.choice("network", ["none", "lorawan"], default: "none", &problems)
        var messages = reader.list("messages", &problems)
        if messages.isEmpty { problems.add("config.missing_key", at: node.place, "the profile has no \"messages\"") }
        if messages.count > Profile.messagesMax {
            problems.add("config.out_of_range", at: node.place, "the profile has \(messages.count) messages; at most \(Profile.messagesMax) are allowed")
        }
        defaults.told = Remembered.names(defaults.nodes["remember"], messages)
        if isHomie { defaults.told += HomieNames.names }
        if network == "lorawan" { messages = LoRaWANNetworks.expand(messages) }
        for message in messages.prefix(2 * Profile.messagesMax) {
            shapes += MessageShape.read(message, defaults: defaults, isZigbee: isZigbee, recognise: recognise, &problems)
        }
        if isZigbee { shapes += shapes.flatMap { ZigbeeAttributes.shapes(of: $0) } }
        reader.finish(&problems)
        guard !shapes.isEmpty else { return nil }
    }
}

/// Keys that may stand once for the whole profile instead of at each message.
struct ShapeDefaults {
    /// What may also stand at a message, or at a part of one.
    static let sectionKeys = ["device", "agree", "time", "start", "dedupe", "sequence", "episode", "subject", "parent", "quality", "remember"]
    static let keys = sectionKeys + ["identifying", "acknowledgement"]

    var nodes: [String: ConfigurationNode] = [:]
    var transportDelaySecondsMax = 0
    /// Names of what the profile remembers of a device.
    var told: [String] = []
}
