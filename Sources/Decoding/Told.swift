import CareModel

/// What a device said in an earlier message and a later one leaves out: its firmware, or a field that only comes when it changes.
///
/// State of the core, under the names that the profile gives in `remember`; read as `@told.NAME`.
struct Told: Hashable, Sendable {
    static let partName = "told"
    /// Names of one profile, and values remembered of one device.
    static let max = 16

    var name: String
    /// As the device wrote it; `true` and `false` of flags.
    var text: String
}

/// One line of `remember`.
struct Remembered: Sendable {
    var name: String
    var path: FieldPath

    /// The names under all `remember` of a profile, each once.
    static func names(_ common: ConfigurationNode?, _ messages: [ConfigurationNode]) -> [String] {
        var found: [String] = []
        func add(_ node: ConfigurationNode?) {
            guard case .mapping(let entries)? = node?.content else { return }
            for entry in entries where !found.contains(entry.key) { found.append(entry.key) }
        }
        add(common)
        for message in messages {
            add(message["remember"])
            if case .sequence(let parts)? = message["parts"]?.content { for part in parts { add(part["remember"]) } }
        }
        return found
    }

    static func read(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> [Remembered] {
        guard let node else { return [] }
        guard case .mapping(let entries) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"remember\" is a mapping of names to paths")
            return []
        }
        if names.told.count > Told.max { problems.add("config.out_of_range", at: node.place, "a profile may remember at most \(Told.max) names") }
        var found: [Remembered] = []
        for entry in entries {
            guard let path = names.path(entry.value, &problems) else { continue }
            found.append(Remembered(name: entry.key, path: path))
        }
        return found
    }
}

extension Decoding {
    /// Takes over what the current item tells anew, and makes all that was told readable.
    ///
    /// - Parameter learns: false for what was measured long ago.
    mutating func recall(_ section: CompiledSection, as part: Int, _ slot: Int, _ topic: String, isHomie: Bool, learns: Bool) {
        if learns {
            for one in section.remember {
                guard case .node(let node) = view.find(one.path) else { continue }
                if view.tree.sort(node) == .null { memories[slot].told.removeAll { $0.name == one.name } } else if let text = view.scalarText(node) {
                    memories[slot].tell(one.name, text)
                }
            }
        }
        while view.parts.count <= part { view.parts.append(-1) }
        let root = view.tree.open(.object)
        for one in memories[slot].told { view.tree.add(text: Array(one.text.utf8), key: Array(one.name.utf8)) }
        if isHomie { for one in homie.told(topic) { view.tree.add(text: Array(one.text.utf8), key: Array(one.name.utf8)) } }
        view.tree.close(root)
        view.parts[part] = root
    }
}

extension DeviceMemory {
    mutating func tell(_ name: String, _ text: String) {
        guard text.utf8.count <= Limits.identifierBytesMax else { return }
        if let i = told.firstIndex(where: { $0.name == name }) {
            if told[i].text != text { told[i].text = text }
        } else if told.count < Told.max { told.append(Told(name: name, text: text)) }
    }
}

extension MessageView {
    /// The text of a number, a text or a flag; nil of anything else.
    func scalarText(_ node: Int) -> String? {
        switch tree.sort(node) {
        case .yes: "true"
        case .no: "false"
        default: plainText(.node(node))
        }
    }
}
