import CareModel

extension PathNames {
    func pathList(_ node: ConfigurationNode, _ problems: inout Problems) -> [FieldPath] {
        guard case .sequence(let items) = node.content else {
            problems.add("config.wrong_type", at: node.place, "a list of paths is needed")
            return []
        }
        return paths(items, &problems)
    }
}

extension Agreement {
    static func read(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> [Agreement] {
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
}

extension TimeCandidate {
    static func read(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> [TimeCandidate] {
        guard let node else { return [] }
        guard case .sequence(let items) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"time\" is a list of candidates, best first")
            return []
        }
        var found: [TimeCandidate] = []
        for item in items {
            var reader = MappingReader(item, "a time candidate", &problems)
            let path = reader.optional("path").flatMap { names.path($0, &problems) }
            let template = reader.optional("text").flatMap { node in node.string("text", &problems).flatMap { names.template($0, at: node.place, &problems) } }
            if (item["path"] == nil) == (item["text"] == nil) {
                problems.add("config.missing_key", at: item.place, "a time candidate has a \"path\", or a \"text\" made of several")
            }
            let text = reader.string("format", &problems) ?? ""
            let zoneText = reader.string("zone", default: "none", &problems)
            reader.finish(&problems)
            let format: TimeCandidate.Format
            switch text {
            case "iso": format = .iso
            case "epoch": format = .epochAny
            case "ago_s": format = .ago
            case "epoch_s": format = .epoch(decimals: 0)
            case "epoch_ms": format = .epoch(decimals: 3)
            case "epoch_us": format = .epoch(decimals: 6)
            default:
                guard let tokens = TimeCandidate.tokens(text) else {
                    if !text.isEmpty { problems.add("profile.bad_time", at: item.place, "\"\(text)\" is neither iso, epoch, epoch_s, epoch_ms, epoch_us, ago_s nor a pattern such as dd/MM/yyyy HH:mm:ss") }
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
            if let template { found.append(TimeCandidate(source: .text(template), format: format, zone: zone)) } else if let path {
                found.append(TimeCandidate(source: .path(path), format: format, zone: zone))
            }
        }
        return found
    }
}

extension SequenceField {
    init?(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) {
        guard let node else { return nil }
        var reader = MappingReader(node, "the device's counter", &problems)
        let path = reader.required("path", &problems).flatMap { names.path($0, &problems) }
        let modulus = reader.int("modulus", in: 0...Int.max, default: 0, &problems)
        if modulus == 1 { problems.add("config.out_of_range", at: node.place, "\"modulus\" must be at least 2") }
        reader.finish(&problems)
        guard let path else { return nil }
        self.init(path: path, modulus: modulus > 1 ? UInt64(modulus) : nil)
    }
}

extension Acknowledgement {
    init?(_ node: ConfigurationNode, _ names: PathNames, _ problems: inout Problems) {
        var reader = MappingReader(node, "what the device is told", &problems)
        let topic = reader.required("topic", &problems), payload = reader.required("payload", &problems), later = reader.optional("coming")
        reader.finish(&problems)
        guard let topic = topic.flatMap({ Acknowledgement.topic($0, names, &problems) }), let payload = payload.flatMap({ Acknowledgement.payload($0, names, &problems) }) else { return nil }
        self.init(topic: topic, payload: payload)
        guard let later else { return }
        var inner = MappingReader(later, "what the device is told when help is coming", &problems)
        let laterTopic = inner.optional("topic").flatMap { Acknowledgement.topic($0, names, &problems) }
        let laterPayload = inner.required("payload", &problems).flatMap { Acknowledgement.payload($0, names, &problems) }
        inner.finish(&problems)
        if let laterPayload { coming = (laterTopic ?? topic, laterPayload) }
    }

    private static func topic(_ node: ConfigurationNode, _ names: PathNames, _ problems: inout Problems) -> TextTemplate? {
        node.string("topic", &problems).flatMap { names.template($0, at: node.place, &problems) }
    }

    private static func payload(_ node: ConfigurationNode, _ names: PathNames, _ problems: inout Problems) -> TextTemplate? {
        guard let text = node.string("payload", &problems) else { return nil }
        let template = TextTemplate(json: text, names)
        if template == nil { problems.add("profile.bad_path", at: node.place, "the payload has a place in double braces that is neither a part of the topic nor a path") }
        return template
    }
}
