import CareModel

/// One rule of config/rules: the keys that all forms share, and its form with checked numbers.
struct RuleSpec: Sendable {
    var name: String
    var form: RegisteredForm
    var kinds: [Kind]
    var priority: Priority
    var category: Category
    /// The kind of incident that it opens.
    var incident: String
    var isLatching: Bool
    /// Whether its comings and goings may become one lasting incident (`flapping`).
    var mayFlap: Bool
    var what: LocalizedText
    var text: BilingualTemplate
    /// Texts of special causes and codes, by word.
    var texts: [(word: String, text: BilingualTemplate)]
    var parameters: CheckedParameters
    /// The form's own keys, for a resident's override to be merged into.
    var ownNode: ConfigurationNode
    var place: Place

    static let kindsMax = 32
    static let commonKeys = ["name", "form", "kind", "kinds", "priority", "category", "incident", "latching", "flapping", "what", "text", "texts", "source"]
    static let commonPlaceholders = ["room", "what", "device"]
    /// The words that `texts:` of every rule may use, beside those that its form names.
    static let fixedWords = ["check", "missed_offline", "test", "withdrawn", "cleared", "unregistered", "offline"]
    static let overrideKeys = ["rule", "accepted", "enabled", "flapping", "priority", "reason", "set_by"]

    var frame: RuleFrame { RuleFrame(kinds: kinds, priority: priority, category: category) }

    /// Reads and checks one rule; all of its problems are reported, whatever else is wrong with it.
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a rule", &problems)
        let name = reader.required("name", &problems).flatMap { RuleSpec.name($0, &problems) }
        let formName = reader.choice("form", RuleForms.all.map(\.name), default: nil, &problems)
        let form = formName.flatMap(RuleForms.named)
        let priority = reader.choice("priority", Priority.allCases.map(\.name), default: nil, &problems).flatMap { Priority(name: $0) }
        let category = reader.choice("category", Category.allCases.map(\.name), default: nil, &problems).flatMap { Category(name: $0) }
        let incident = reader.string("incident", &problems)
        let isLatching = reader.bool("latching", default: category == .safety, &problems)
        let mayFlap = reader.bool("flapping", default: true, &problems)
        let what = reader.text("what", &problems)
        let source = reader.required("source", &problems)
        if let source, let text = source.string("source", &problems), text.isEmpty {
            problems.add("rules.no_source", at: source.place, "every rule names the source of its numbers, or \"our choice, because …\"")
        }
        let kinds = RuleSpec.kinds(&reader, needsKinds: form?.reach == .kind || form?.reach == .home || form?.reach == .resident, &problems)
        let known = RuleSpec.commonPlaceholders + (form?.placeholders ?? [])
        let text = reader.required("text", &problems).flatMap { BilingualTemplate($0, known: known, &problems) }
        let texts = reader.optional("texts")
        let own = node.without(keys: RuleSpec.commonKeys)
        let frame = RuleFrame(kinds: kinds, priority: priority ?? .low, category: category ?? .technical)
        guard let form else { return nil }
        let parameters = form.parameters(own, frame, &problems)
        self.texts = []
        if let texts, case .mapping(let entries) = texts.content {
            let words = RuleSpec.fixedWords + (parameters?.words ?? [])
            for entry in entries {
                if !words.contains(entry.key) {
                    problems.add("config.unknown_key", at: entry.keyPlace, "\"\(entry.key)\" is no word of this rule; known here: \(words.sorted().joined(separator: ", "))")
                }
                if let own = BilingualTemplate(entry.value, known: known, &problems) { self.texts.append((entry.key, own)) }
            }
        } else if let texts {
            problems.add("config.wrong_type", at: texts.place, "\"texts\" must be a mapping of words to texts")
        }
        guard let name, let priority, let category, let incident, let what, let text, let parameters else { return nil }
        (self.name, self.form, self.kinds, self.priority, self.category, self.incident) = (name, form, kinds, priority, category, incident)
        (self.isLatching, self.mayFlap, self.what, self.text) = (isLatching, mayFlap, what, text)
        (self.parameters, self.ownNode, self.place) = (parameters, own, node.place)
    }

    /// Lower-case letters, digits and hyphens, 1...64: it stands in keys, metrics and overrides.
    private static func name(_ node: ConfigurationNode, _ problems: inout Problems) -> String? {
        guard let text = node.string("name", &problems) else { return nil }
        let isGood = (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...122).contains($0) }
        if isGood { return text }
        problems.add("rules.bad_name", at: node.place, "a rule's name has 1...64 lower-case letters, digits and hyphens")
        return nil
    }

    private static func kinds(_ reader: inout MappingReader, needsKinds: Bool, _ problems: inout Problems) -> [Kind] {
        var nodes = reader.list("kinds", &problems)
        if let one = reader.optional("kind") { nodes.append(one) }
        var kinds: [Kind] = []
        for node in nodes {
            guard let text = node.string("kind", &problems) else { continue }
            guard let kind = Kind(name: text) else {
                problems.add("rules.unknown_kind", at: node.place, "there is no kind \"\(text)\"; docs/kinds.md lists them")
                continue
            }
            if kinds.contains(kind) { problems.add("rules.duplicate_kind", at: node.place, "the kind \(text) stands twice") }
            else { kinds.append(kind) }
        }
        let place = reader.node.place
        if needsKinds, nodes.isEmpty { problems.add("config.missing_key", at: place, "the key \"kind\" is missing") }
        if !needsKinds, !nodes.isEmpty { problems.add("rules.wrong_kind", at: place, "a rule of this form watches devices, not kinds") }
        if nodes.count > kindsMax { problems.add("rules.too_many_kinds", at: place, "a rule may have at most \(kindsMax) kinds") }
        return kinds
    }

    /// Numbers for one resident: the rule's own keys with those of the override in their place.
    func overridden(by override: LimitOverride, _ problems: inout Problems) -> CheckedParameters? {
        var frame = frame
        frame.isOverride = true
        if let node = override.parameters["priority"], let name = node.string("priority", &problems) {
            if let priority = Priority(name: name) { frame.priority = priority } else {
                problems.add("config.unknown_choice", at: node.place, "\"\(name)\" is no priority; known: \(Priority.allCases.map(\.name).joined(separator: ", "))")
            }
        }
        let own = override.parameters.without(keys: RuleSpec.overrideKeys)
        var found = Problems()
        let parameters = form.parameters(ownNode.merging(own), frame, &found)
        for problem in found.list {
            var text = problem.text
            // The form doesn't know the keys that every limit may have.
            if problem.code == "config.unknown_key", override.parameters.hasKey(at: problem.place) {
                text += ", and in every limit: \(RuleSpec.overrideKeys.filter { $0 != "rule" }.joined(separator: ", "))"
            }
            problems.add(problem.code, at: problem.place, text)
        }
        return parameters
    }
}

extension ConfigurationNode {
    /// Whether one of the mapping's own keys stands there.
    func hasKey(at place: Place) -> Bool {
        guard case .mapping(let entries) = content else { return false }
        return entries.contains { $0.keyPlace == place }
    }

    /// The mapping without some of its keys; anything else as it is.
    func without(keys: [String]) -> ConfigurationNode {
        guard case .mapping(let entries) = content else { return self }
        return ConfigurationNode(.mapping(entries.filter { !keys.contains($0.key) }), at: place)
    }

    /// The mapping with the entries of another in the place of its own.
    func merging(_ other: ConfigurationNode) -> ConfigurationNode {
        guard case .mapping(let mine) = content else { return other }
        guard case .mapping(let theirs) = other.content else { return self }
        let kept = mine.filter { entry in !theirs.contains { $0.key == entry.key } }
        return ConfigurationNode(.mapping(kept + theirs), at: other.place)
    }

    /// The same text for the same content, wherever it stands: lengths keep entries apart.
    var written: String {
        func sized(_ text: String) -> String { "\(text.utf8.count):\(text)" }
        return switch content {
        case .null: "~"
        case .scalar(let text, let isQuoted): (isQuoted ? "q" : "p") + sized(text)
        case .sequence(let items): "[" + items.map(\.written).joined() + "]"
        case .mapping(let entries): "{" + entries.map { sized($0.key) + $0.value.written }.joined() + "}"
        }
    }

    /// FNV-1a over keys and scalars: whether two configurations say the same.
    func fingerprint(from start: UInt64) -> UInt64 {
        switch content {
        case .null: UInt64.fingerprint("~", from: start)
        case .scalar(let text, let isQuoted): UInt64.fingerprint((isQuoted ? "q" : "p") + text, from: start)
        case .sequence(let items): items.reduce(UInt64.fingerprint("[", from: start)) { $1.fingerprint(from: $0) }
        case .mapping(let entries): entries.reduce(UInt64.fingerprint("{", from: start)) { $1.value.fingerprint(from: UInt64.fingerprint($1.key, from: $0)) }
        }
    }
}
