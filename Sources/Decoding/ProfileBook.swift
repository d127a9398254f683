import CareModel

/// All device profiles, checked and compiled.
public struct ProfileBook: Sendable {
    /// Sorted by name.
    let profiles: [Profile]
    private let indexByName: [String: Int]
    /// Changes when any file changes: caches made under another book are of no use.
    let fingerprint: UInt64
    /// For each profile its shapes, with the compiled `recognise` of each.
    let shapes: [[CompiledShape]]

    /// - Parameter files: the folder's name, which is the profile's, and the content of its profile.yaml.
    public init(_ files: [(name: String, node: ConfigurationNode)], _ problems: inout Problems) {
        var found: [Profile] = [], mark = Fingerprint()
        for file in files.sorted(by: { $0.name < $1.name }) {
            mark.add(file.name)
            mark.add(file.node)
            if found.last?.name == file.name {
                problems.add("config.duplicate_key", at: file.node.place, "the profile \"\(file.name)\" stands twice")
                continue
            }
            if let profile = Profile(name: file.name, file.node, &problems) { found.append(profile) }
        }
        profiles = found
        fingerprint = mark.value
        indexByName = Dictionary(found.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let recognitions = found.map { profile in
            profile.shapes.map { shape in
                var unused = Problems()
                let names = PathNames(topic: shape.pattern.names, parts: shape.steps.map(\.name))
                return profile.recognise.flatMap { names.conditions(ConfigurationNode(.mapping([.init(key: $0.key, keyPlace: $0.node.place, value: $0.node)]), at: $0.node.place), &unused) }
            }
        }
        shapes = found.enumerated().map { p, profile in
            profile.shapes.enumerated().map { s, shape in CompiledShape(shape, of: profile, at: p, recognise: recognitions[p][s]) }
        }
        subscriptions = ProfileBook.subscriptions(found)
        ProfileOverlap.check(found, recognitions, &problems)
    }

    public var names: [String] { profiles.map(\.name) }
    /// What Detection and Assurance must know of each, in the order of `names`.
    public var traits: [ProfileTraits] { profiles.map(\.traits) }

    func index(of name: String) -> Int? { indexByName[name] }

    /// The fewest filters that take every topic of every profile; each belongs to one session.
    ///
    /// A filter that can carry a safety kind is `.safety`. Filters may overlap without covering one another
    /// (`a/#` and `+/+/vitals`); topics in such an overlap belong to no real device.
    public let subscriptions: [(filter: String, link: Link)]

    private static func subscriptions(_ profiles: [Profile]) -> [(filter: String, link: Link)] {
        var filters: [(filter: String, isSafety: Bool)] = []
        for profile in profiles {
            for shape in profile.shapes { filters.append((shape.pattern.filter, shape.isSafety)) }
            if profile.isZigbee { filters.append((ZigbeeNames.devicesTopic, true)) }
        }
        // Announcements are never a reading: what they tell may wait.
        for filter in HomeAssistantDiscovery.filters { filters.append((filter, false)) }
        filters.sort { $0.filter < $1.filter }
        var kept: [(filter: String, isSafety: Bool)] = []
        for (i, candidate) in filters.enumerated() {
            let isCovered = filters.enumerated().contains { j, other in
                j != i && TopicFilter.covers(other.filter, candidate.filter) && (other.filter != candidate.filter || j < i)
            }
            if !isCovered { kept.append(candidate) }
        }
        return kept.map { keep in
            let isSafety = filters.contains { $0.isSafety && TopicFilter.covers(keep.filter, $0.filter) }
            return (keep.filter, isSafety ? Link.safety : Link.telemetry)
        }
    }

    /// The session that a topic belongs to: for logs that don't say through which a message came.
    public func link(of topic: String) -> Link {
        subscriptions.contains { $0.link == .safety && TopicFilter.covers($0.filter, topic) } ? .safety : .telemetry
    }
}

/// A 64-bit mark of a configuration's content (FNV-1a): equal content gives equal marks on every machine.
struct Fingerprint {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    mutating func add(_ text: String) {
        for b in text.utf8 { add(b) }
        add(0xFF)
    }

    mutating func add(_ node: ConfigurationNode) {
        switch node.content {
        case .null: add(0)
        case .scalar(let text, let isQuoted): add(isQuoted ? 1 : 2); add(text)
        case .sequence(let items): add(3); for item in items { add(item) }; add(0xFE)
        case .mapping(let entries): add(4); for entry in entries { add(entry.key); add(entry.value) }; add(0xFE)
        }
    }
}
