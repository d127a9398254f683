import CareModel

/// The names that paths of one shape may use.
struct PathNames {
    var topic: [String]
    var fields: [String] = []

    func path(_ node: ConfigurationNode, _ problems: inout Problems) -> FieldPath? {
        guard let text = node.string("path", &problems) else { return nil }
        return path(text, at: node.place, &problems)
    }

    func path(_ text: String, at place: Place, _ problems: inout Problems) -> FieldPath? {
        if let path = FieldPath(text, topicNames: topic, fieldNames: fields) { return path }
        problems.add("profile.bad_path", at: place, "\"\(text)\" is no path to a field, or names a part of the topic or of the bytes that isn't declared")
        return nil
    }

    func paths(_ nodes: [ConfigurationNode], _ problems: inout Problems) -> [FieldPath] {
        var found: [FieldPath] = []
        for node in nodes { if let path = path(node, &problems) { found.append(path) } }
        return found
    }

    func template(_ text: String, at place: Place, _ problems: inout Problems) -> TextTemplate? {
        if let template = TextTemplate(text, topicNames: topic, fieldNames: fields) { return template }
        problems.add("profile.bad_path", at: place, "\"\(text)\" has a place in braces that is neither a part of the topic nor a path")
        return nil
    }

    /// Conditions as a mapping of path to a value, a list of values, or `{present: true}`.
    func conditions(_ node: ConfigurationNode?, _ problems: inout Problems) -> [Condition] {
        guard let node else { return [] }
        guard case .mapping(let entries) = node.content else {
            problems.add("config.wrong_type", at: node.place, "conditions are a mapping of fields to values")
            return []
        }
        var found: [Condition] = []
        for entry in entries {
            guard let path = path(entry.key, at: entry.keyPlace, &problems) else { continue }
            switch entry.value.content {
            case .scalar(let text, _):
                found.append(Condition(path: path, test: .among([Literal(text)])))
            case .sequence(let items):
                var texts: [Literal] = []
                for item in items { if let text = item.string(entry.key, &problems) { texts.append(Literal(text)) } }
                found.append(Condition(path: path, test: .among(texts)))
            case .mapping:
                var reader = MappingReader(entry.value, "a condition", &problems)
                found.append(Condition(path: path, test: .present(reader.bool("present", default: true, &problems))))
                reader.finish(&problems)
            case .null:
                problems.add("config.wrong_type", at: entry.value.place, "a condition needs a value, a list of values, or {present: true}")
            }
        }
        return found
    }
}

extension MessageShape {
    init?(_ node: ConfigurationNode, defaults: ShapeDefaults, isZigbee: Bool, recognise: [Profile.NodeCondition], _ problems: inout Problems) {
        var reader = MappingReader(node, "a message of the device", &problems)
        func pick(_ key: String) -> ConfigurationNode? { reader.optional(key) ?? defaults.nodes[key] }
        name = reader.string("name", default: "", &problems)
        place = node.place
        let topicNode = reader.required("topic", &problems)
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
        format = reader.choice("format", ["json", "text"], default: "json", &problems) == "text" ? .text : .json
        var names = PathNames(topic: pattern?.names ?? [])
        each = reader.optional("each").flatMap { names.path($0, &problems) }
        binary = reader.optional("bytes").flatMap { BinaryPart($0, names, &problems) }
        names.fields = binary?.names ?? []
        when = names.conditions(reader.optional("when"), &problems)
        // Conditions of the whole profile must be readable in each shape that has outputs of its own kinds.
        for condition in recognise where FieldPath(condition.key, topicNames: names.topic, fieldNames: names.fields) == nil {
            problems.add("profile.bad_path", at: condition.node.place, "\"\(condition.key)\" in \"recognise\" is no path to a field")
        }
        agreements = MessageShape.agreements(pick("agree"), names, &problems)
        times = MessageShape.times(pick("time"), names, &problems)
        dedupe = MessageShape.pathList(pick("dedupe"), names, &problems)
        sequence = MessageShape.sequence(pick("sequence"), names, &problems)
        episode = pick("episode").flatMap { names.path($0, &problems) }
        identifying = MessageShape.pathList(pick("identifying"), names, &problems)
        acknowledgement = MessageShape.acknowledgement(pick("acknowledgement"), names, &problems)
        outputs = []
        let items = reader.list("outputs", &problems)
        if items.isEmpty { problems.add("config.missing_key", at: node.place, "the message has no \"outputs\"") }
        if items.count > Profile.outputsMax {
            problems.add("config.out_of_range", at: node.place, "a message may have at most \(Profile.outputsMax) outputs")
        }
        for item in items.prefix(Profile.outputsMax) {
            if let output = OutputSpec(item, names, transportDelaySecondsMax: defaults.transportDelaySecondsMax, &problems) { outputs.append(output) }
        }
        let deviceNode = pick("device")
        let device = deviceNode?.string("device", &problems)
        let identity = device.flatMap { IdentityTemplate($0, topicNames: names.topic, fieldNames: names.fields, isZigbee: isZigbee) }
        if deviceNode == nil {
            problems.add("config.missing_key", at: node.place, "the key \"device\" is missing: say how the message names its device")
        } else if identity == nil, let device, let deviceNode {
            problems.add("profile.bad_identity", at: deviceNode.place, "\"\(device)\" must be \(IdentityTemplate.Scheme.allCases.map(\.rawValue).joined(separator: ":, ")): and a template")
        }
        reader.finish(&problems)
        guard let pattern, let identity else { return nil }
        self.pattern = pattern
        self.identity = identity
    }

    private static func pathList(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> [FieldPath] {
        guard let node else { return [] }
        guard case .sequence(let items) = node.content else {
            problems.add("config.wrong_type", at: node.place, "a list of paths is needed")
            return []
        }
        return names.paths(items, &problems)
    }

    private static func agreements(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> [Agreement] {
        guard let node else { return [] }
        guard case .mapping(let entries) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"agree\" is a mapping of a field to a part of the topic")
            return []
        }
        var found: [Agreement] = []
        for entry in entries {
            guard let path = names.path(entry.key, at: entry.keyPlace, &problems), let name = entry.value.string(entry.key, &problems) else { continue }
            guard let capture = names.topic.firstIndex(of: name) else {
                problems.add("profile.bad_path", at: entry.value.place, "\"\(name)\" is no part of the topic")
                continue
            }
            found.append(Agreement(path: path, capture: capture))
        }
        return found
    }

    private static func times(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> [TimeCandidate] {
        guard let node else { return [] }
        guard case .sequence(let items) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"time\" is a list of candidates, best first")
            return []
        }
        var found: [TimeCandidate] = []
        for item in items {
            var reader = MappingReader(item, "a time candidate", &problems)
            let path = reader.required("path", &problems).flatMap { names.path($0, &problems) }
            let text = reader.string("format", &problems) ?? ""
            let zoneText = reader.string("zone", default: "none", &problems)
            reader.finish(&problems)
            let format: TimeCandidate.Format
            switch text {
            case "iso": format = .iso
            case "epoch_s": format = .epoch(decimals: 0)
            case "epoch_ms": format = .epoch(decimals: 3)
            case "epoch_us": format = .epoch(decimals: 6)
            default:
                guard let tokens = TimeCandidate.tokens(text) else {
                    if !text.isEmpty { problems.add("profile.bad_time", at: item.place, "\"\(text)\" is neither iso, epoch_s, epoch_ms, epoch_us nor a pattern such as dd/MM/yyyy HH:mm:ss") }
                    continue
                }
                format = .pattern(tokens)
            }
            guard let zone = TimeCandidate.Zone(zoneText) else {
                problems.add("profile.bad_time", at: item.place, "the zone \"\(zoneText)\" is neither site, utc nor an offset such as +08:00")
                continue
            }
            if case .pattern = format, zone == .none {
                problems.add("profile.bad_time", at: item.place, "a pattern without a zone needs \"zone\": site, utc or an offset such as +08:00")
            }
            if let path { found.append(TimeCandidate(path: path, format: format, zone: zone)) }
        }
        return found
    }

    private static func sequence(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> SequenceField? {
        guard let node else { return nil }
        var reader = MappingReader(node, "the device's counter", &problems)
        let path = reader.required("path", &problems).flatMap { names.path($0, &problems) }
        let modulus = reader.int("modulus", in: 0...Int.max, default: 0, &problems)
        if modulus == 1 { problems.add("config.out_of_range", at: node.place, "\"modulus\" must be at least 2") }
        reader.finish(&problems)
        return path.map { SequenceField(path: $0, modulus: modulus > 1 ? UInt64(modulus) : nil) }
    }

    private static func acknowledgement(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> Acknowledgement? {
        guard let node else { return nil }
        var reader = MappingReader(node, "what the device is told", &problems)
        let topic = reader.required("topic", &problems), payload = reader.required("payload", &problems)
        reader.finish(&problems)
        guard let topic, let payload, let topicText = topic.string("topic", &problems), let payloadText = payload.string("payload", &problems),
              let topicTemplate = names.template(topicText, at: topic.place, &problems) else { return nil }
        guard let payloadTemplate = TextTemplate(json: payloadText, names) else {
            problems.add("profile.bad_path", at: payload.place, "the payload has a place in double braces that is neither a part of the topic nor a path")
            return nil
        }
        return Acknowledgement(topic: topicTemplate, payload: payloadTemplate)
    }
}
