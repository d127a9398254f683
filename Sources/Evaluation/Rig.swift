import CareModel
import Detection
import Foundation
import Settings

/// The core with the shipped rules over a household of the evaluation's own.
struct Rig {
    let book: RuleBook
    var detection = Detection()
    var clock: HubClock
    var findings: [Finding] = []
    let household: Household
    private var last = Instant(microseconds: 0)

    /// - Parameters:
    ///   - rules: the folder of rule files.
    ///   - names: only these rules; empty = all of them.
    init(rules: URL, only names: [String] = [], household: Household, traits: [ProfileTraits], start: Instant) throws {
        var problems = Problems()
        try self.init(nodes: try Rig.files(rules, only: names, &problems), household: household, traits: traits, start: start, &problems)
    }

    /// With rules of the evaluation's own, as YAML.
    init(text: String, household: Household, traits: [ProfileTraits], start: Instant) throws {
        var problems = Problems()
        let nodes = YamlDocument.read(Array(text.utf8), file: "evaluation.yaml", &problems).map { [$0] } ?? []
        try self.init(nodes: nodes, household: household, traits: traits, start: start, &problems)
    }

    private init(nodes: [ConfigurationNode], household: Household, traits: [ProfileTraits], start: Instant, _ problems: inout Problems) throws {
        book = RuleBook(nodes, household: household, traits: traits, &problems)
        if let first = problems.list.first { throw first }
        self.household = household
        clock = HubClock(offset: .zero, quality: .synchronised)
        detection.reconfigure(to: book, at: start, clock: clock, into: &findings)
    }

    private static func files(_ folder: URL, only names: [String], _ problems: inout Problems) throws -> [ConfigurationNode] {
        let paths = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }.sorted()
        var nodes: [ConfigurationNode] = []
        for path in paths {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: path)))
            guard let node = YamlDocument.read(bytes, file: path, &problems) else { continue }
            // Sets name rules that a selection may lack.
            if !names.isEmpty, node["sets"] != nil { continue }
            guard !names.isEmpty, case .mapping(let entries) = node.content, case .sequence(let all)? = node["rules"]?.content else {
                nodes.append(node)
                continue
            }
            let kept = all.filter { rule in rule["name"].map { if case .scalar(let text, _) = $0.content { names.contains(text) } else { false } } ?? false }
            nodes.append(ConfigurationNode(.mapping(entries.map { entry in
                var entry = entry
                if entry.key == "rules" { entry.value = ConfigurationNode(.sequence(kept), at: entry.value.place) }
                return entry
            }), at: node.place))
        }
        return nodes
    }

    /// Fires what is due, then observes; returns what was found on the way.
    mutating func see(_ reading: Reading) -> [Finding] {
        var found = wait(reading.receivedAt)
        let before = findings.count
        detection.observe(reading, at: reading.receivedAt, clock: clock, under: book, into: &findings)
        found += findings[before...]
        findings.removeAll(keepingCapacity: true)
        return found
    }

    mutating func wait(_ at: Instant) -> [Finding] {
        last = max(last, at)
        findings.removeAll(keepingCapacity: true)
        while let due = detection.nextDeadline, due <= at { detection.fire(due: due, clock: clock, under: book, into: &findings) }
        let found = findings
        return found
    }

    func reading(
        _ device: String, _ kind: Kind, _ value: ReadingValue, _ at: Instant, meaning: Meaning = .level, quality: Quality = []
    ) -> Reading {
        let id = DeviceID(device)
        return Reading(
            device: id, binding: household.binding(of: id), kind: kind, value: value, meaning: meaning, receivedAt: at, quality: quality,
            profile: household.binding(of: id).map { household.bindings[Int($0)].profile } ?? "")
    }
}

/// A resident of the evaluation in a home of one, with devices of one profile each.
func people(_ ids: [String], zone: TimeZoneTable = .utc, devices: (String) -> [(device: String, profile: String, isHome: Bool, room: String)]) -> Household {
    var homes: [Home] = [], residents: [Resident] = [], bindings: [DeviceBinding] = []
    for (i, id) in ids.enumerated() {
        homes.append(Home(id: HomeID(id), zone: zone))
        residents.append(Resident(id: ResidentID(id), home: i))
        for one in devices(id) {
            bindings.append(DeviceBinding(device: DeviceID(one.device), profile: one.profile, home: i, residents: one.isHome ? [] : [i], room: one.room))
        }
    }
    return Household(homes: homes, residents: residents, bindings: bindings)
}
