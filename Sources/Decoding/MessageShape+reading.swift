import CareModel

extension MessageShape {
    /// Reads one message of a profile; with several topics it gives a shape for each.
    static func read(_ node: ConfigurationNode, defaults: ShapeDefaults, isZigbee: Bool, recognise: [Profile.NodeCondition], _ problems: inout Problems) -> [MessageShape] {
        let place = node["topic"]?.place ?? node.place
        guard case .sequence(let items)? = node["topic"]?.content else {
            return MessageShape(node, topic: nil, defaults: defaults, isZigbee: isZigbee, recognise: recognise, &problems).map { [$0] } ?? []
        }
        var shapes: [MessageShape] = []
        if items.isEmpty || items.count > 8 { problems.add("config.out_of_range", at: place, "a message has 1 to 8 topics") }
        for (i, item) in items.prefix(8).enumerated() {
            // Faults of all but the topic are told once.
            var own = Problems()
            if let shape = MessageShape(node, topic: item, defaults: defaults, isZigbee: isZigbee, recognise: recognise, &own) { shapes.append(shape) }
            for problem in own.list where i == 0 || problem.place == item.place { problems.add(problem.code, at: problem.place, problem.text) }
        }
        if let first = shapes.first, shapes.contains(where: { $0.pattern.names != first.pattern.names }) {
            problems.add("profile.bad_topic", at: place, "all topics of a message need the same names in the same order")
        }
        return shapes
    }

    private init?(_ node: ConfigurationNode, topic chosen: ConfigurationNode?, defaults: ShapeDefaults, isZigbee: Bool, recognise: [Profile.NodeCondition], _ problems: inout Problems) {
        var reader = MappingReader(node, "a message of the device", &problems)
        name = reader.string("name", default: "", &problems)
        place = node.place
        let given = reader.required("topic", &problems)
        let topicNode = chosen ?? given
        let topic = topicNode?.string("topic", &problems) ?? ""
        let pattern = TopicPattern(topic)
        if pattern == nil, let topicNode {
            problems.add("profile.bad_topic", at: topicNode.place, "\"\(topic)\" is no topic pattern: levels are words, +, {name}, and at most one {name...} or #")
        }
        exceptions = []
        for item in reader.list("except", &problems) {
            guard let text = item.string("except", &problems) else { continue }
            if let exception = TopicPattern(text) { exceptions.append(exception) } else {
                problems.add("profile.bad_topic", at: item.place, "\"\(text)\" is no topic pattern")
            }
        }
        format = PayloadFormat("format", &reader, default: .json, &problems)
        var names = PathNames(topic: pattern?.names ?? [], told: defaults.told)
        when = names.conditions(reader.optional("when"), &problems)
        steps = Unpacking.read(&reader, &names, &problems)
        aliases = MessageShape.aliases(reader.optional("aliases"), &problems)
        // Conditions of the whole profile must be readable in each shape that has outputs of its own kinds.
        for condition in recognise where FieldPath(condition.key, topicNames: names.topic, partNames: names.parts) == nil {
            problems.add("profile.bad_path", at: condition.node.place, "\"\(condition.key)\" in \"recognise\" is no path to a field")
        }
        identifying = (reader.optional("identifying") ?? defaults.nodes["identifying"]).map { names.pathList($0, &problems) } ?? []
        acknowledgement = (reader.optional("acknowledgement") ?? defaults.nodes["acknowledgement"]).flatMap { Acknowledgement($0, names, &problems) }
        disuse = reader.bool("meaningless", default: false, &problems) ? .meaningless : nil
        if let node = reader.optional("unreadable"), let why = node.string("unreadable", &problems) { disuse = .unreadable(why) }
        sections = []
        let parts = reader.list("parts", &problems)
        if parts.count > Profile.partsMax { problems.add("config.out_of_range", at: node.place, "a message may have at most \(Profile.partsMax) parts") }
        var own: [String: ConfigurationNode] = defaults.nodes
        for key in ShapeDefaults.sectionKeys { if let found = reader.optional(key) { own[key] = found } }
        if disuse != nil || parts.isEmpty || node["outputs"] != nil || node["each"] != nil {
            if let section = MessageSection(&reader, own, names, isZigbee: isZigbee, transportDelaySecondsMax: defaults.transportDelaySecondsMax, isEmpty: disuse != nil, &problems) { sections.append(section) }
        }
        for part in parts.prefix(Profile.partsMax) {
            var partReader = MappingReader(part, "a part of the message", &problems)
            _ = partReader.string("name", default: "", &problems)
            var partNames = names, partNodes = own
            let when = names.conditions(partReader.optional("when"), &problems)
            let steps = Unpacking.read(&partReader, &partNames, &problems)
            for key in ShapeDefaults.sectionKeys { if let found = partReader.optional(key) { partNodes[key] = found } }
            if var section = MessageSection(&partReader, partNodes, partNames, isZigbee: isZigbee, transportDelaySecondsMax: defaults.transportDelaySecondsMax, &problems) {
                (section.when, section.steps) = (when, steps)
                sections.append(section)
            }
            partReader.finish(&problems)
        }
        reader.finish(&problems)
        guard let pattern, !sections.isEmpty else { return nil }
        self.pattern = pattern
    }

    private static func aliases(_ node: ConfigurationNode?, _ problems: inout Problems) -> [(alias: UInt64, name: [UInt8])] {
        guard let node else { return [] }
        guard case .mapping(let entries) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"aliases\" is a mapping of numbers to names")
            return []
        }
        var found: [(alias: UInt64, name: [UInt8])] = []
        for entry in entries {
            guard let alias = UInt64(entry.key), let name = entry.value.string(entry.key, &problems) else {
                problems.add("config.wrong_type", at: entry.keyPlace, "\"\(entry.key)\" is no alias: a whole number is needed")
                continue
            }
            found.append((alias, Array(name.utf8)))
        }
        return found
    }
}

extension MessageSection {
    init?(_ reader: inout MappingReader, _ nodes: [String: ConfigurationNode], _ names: PathNames, isZigbee: Bool, transportDelaySecondsMax: Int, isEmpty: Bool = false, _ problems: inout Problems) {
        let place = reader.node.place
        each = reader.optional("each").flatMap { names.path($0, &problems) }
        (when, steps) = ([], [])
        agreements = Agreement.read(nodes["agree"], names, &problems)
        times = TimeCandidate.read(nodes["time"], names, &problems)
        starts = TimeCandidate.read(nodes["start"], names, &problems)
        dedupe = nodes["dedupe"].map { names.pathList($0, &problems) } ?? []
        sequence = SequenceField(nodes["sequence"], names, &problems)
        episode = nodes["episode"].flatMap { names.path($0, &problems) }
        remember = Remembered.read(nodes["remember"], names, &problems)
        let (known, part) = names.withTold()
        toldPart = part
        subject = nodes["subject"].flatMap { node in node.string("subject", &problems).flatMap { names.template($0, at: node.place, &problems) } }
        if let template = subject, nodes["identifying"] != nil, template.parts.count != 1 || !template.isPlain, let node = nodes["subject"] {
            problems.add("profile.mixed_subject", at: node.place, "identifying fields are stored as tokens, so \"subject\" must be one field alone, and all of it: else no resident could be recognised by it")
        }
        parent = nodes["parent"].flatMap { node in
            guard let text = node.string("parent", &problems) else { return nil }
            if let identity = IdentityTemplate(text, topicNames: known.topic, partNames: known.parts, isZigbee: false) { return identity }
            problems.add("profile.bad_identity", at: node.place, "\"\(text)\" must be \(IdentityTemplate.Scheme.allCases.map(\.rawValue).joined(separator: ":, ")): and a template, as the device of the bridge is written")
            return nil
        }
        if parent == nil, isZigbee { parent = IdentityTemplate(ZigbeeNames.bridgeIdentity, topicNames: [], partNames: [], isZigbee: false) }
        qualities = OutputSpec.qualities(nodes["quality"], known, &problems)
        isHistory = reader.bool("history", default: false, &problems)
        outputs = []
        let items = reader.list("outputs", &problems)
        if items.isEmpty, !isEmpty { problems.add("config.missing_key", at: place, "the message has no \"outputs\"") }
        if items.count > Profile.outputsMax {
            problems.add("config.out_of_range", at: place, "a message may have at most \(Profile.outputsMax) outputs")
        }
        for item in items.prefix(Profile.outputsMax) {
            if let output = OutputSpec(item, known, transportDelaySecondsMax: transportDelaySecondsMax, &problems) { outputs.append(output) }
        }
        identities = []
        guard let deviceNode = nodes["device"] else {
            problems.add("config.missing_key", at: place, "the key \"device\" is missing: say how the message names its device")
            return nil
        }
        var texts = [deviceNode]
        if case .sequence(let list) = deviceNode.content { texts = list }
        for node in texts {
            guard let text = node.string("device", &problems) else { continue }
            if let identity = IdentityTemplate(text, topicNames: names.topic, partNames: names.parts, isZigbee: isZigbee) { identities.append(identity) } else {
                problems.add("profile.bad_identity", at: node.place, "\"\(text)\" must be \(IdentityTemplate.Scheme.allCases.map(\.rawValue).joined(separator: ":, ")): and a template")
            }
        }
        if identities.isEmpty { return nil }
    }
}
