import CareModel

/// The names that paths of one shape may use.
struct PathNames {
    var topic: [String]
    /// What `decode` unpacks.
    var parts: [String] = []
    /// What the profile remembers of a device; readable as `@told.NAME` where `withTold` allows it.
    var told: [String] = []

    /// The names for what is read once the device is known, and the place of `told` among the parts; nil where nothing is remembered.
    func withTold() -> (names: PathNames, part: Int?) {
        if told.isEmpty { return (self, nil) }
        var copy = self
        copy.parts.append(Told.partName)
        return (copy, parts.count)
    }

    func path(_ node: ConfigurationNode, _ problems: inout Problems) -> FieldPath? {
        guard let text = node.string("path", &problems) else { return nil }
        return path(text, at: node.place, &problems)
    }

    func path(_ text: String, at place: Place, _ problems: inout Problems) -> FieldPath? {
        if let path = FieldPath(text, topicNames: topic, partNames: parts), !isUntold(text) { return path }
        problems.add("profile.bad_path", at: place, "\"\(text)\" is no path to a field, or names a part of the topic or of the bytes that isn't declared")
        return nil
    }

    /// Whether the path names something that the profile doesn't remember.
    private func isUntold(_ text: String) -> Bool { text.hasPrefix("@told.") && !told.contains(String(text.dropFirst(6))) }

    func paths(_ nodes: [ConfigurationNode], _ problems: inout Problems) -> [FieldPath] {
        var found: [FieldPath] = []
        for node in nodes { if let path = path(node, &problems) { found.append(path) } }
        return found
    }

    func template(_ text: String, at place: Place, _ problems: inout Problems) -> TextTemplate? {
        if let template = TextTemplate(text, topicNames: topic, partNames: parts) { return template }
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
                found += tests(&reader, &problems).map { Condition(path: path, test: $0) }
                reader.finish(&problems)
            case .null:
                problems.add("config.wrong_type", at: entry.value.place, "a condition needs a value, a list of values, or {present: true}")
            }
        }
        return found
    }

    /// The tests of one field that are more than a list of values.
    private func tests(_ reader: inout MappingReader, _ problems: inout Problems) -> [Condition.Test] {
        var tests: [Condition.Test] = []
        if let node = reader.optional("present"), let wanted = node.bool("present", &problems) { tests.append(.present(wanted)) }
        if let node = reader.optional("object"), let wanted = node.bool("object", &problems) { tests.append(.object(wanted)) }
        let not = reader.strings("not", &problems)
        if !not.isEmpty { tests.append(.notAmong(not.map { Literal($0) })) }
        let least = OutputSpec.decimal("min", &reader, &problems), most = OutputSpec.decimal("max", &reader, &problems)
        if least != nil || most != nil { tests.append(.between(least, most)) }
        let texts = reader.strings("like", &problems), patterns = texts.compactMap { StarPattern($0) }
        if patterns.count < texts.count { problems.add("config.wrong_type", at: reader.node.place, "\"like\" is a list of texts with one or two stars") }
        if !patterns.isEmpty { tests.append(.like(patterns)) }
        let from = version("from_version", &reader, &problems), before = version("before_version", &reader, &problems)
        if from != nil || before != nil { tests.append(.version(from: from, before: before)) }
        for (key, isSet) in [("bit", true), ("bit_clear", false)] {
            let bit = reader.int(key, in: 0...63, default: -1, &problems)
            if bit >= 0 { tests.append(.bit(bit, isSet)) }
        }
        if tests.isEmpty { problems.add("config.missing_key", at: reader.node.place, "a condition says one of present, object, not, min, max, like, from_version, before_version, bit, bit_clear") }
        return tests
    }

    private func version(_ key: String, _ reader: inout MappingReader, _ problems: inout Problems) -> FirmwareVersion? {
        guard let node = reader.optional(key), let text = node.string(key, &problems) else { return nil }
        if let version = FirmwareVersion(text) { return version }
        problems.add("config.wrong_type", at: node.place, "\"\(key)\" is a version such as \"1.0.2\", in quotation marks")
        return nil
    }
}
