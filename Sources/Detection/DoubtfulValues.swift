import CareModel

/// Values that are kept and not judged, one after another: a sensor that is stuck, a wearable that somebody else has on or
/// that lies on the table.
///
/// Decoding marks them (docs/device-profiles.md); without this nobody would learn that a resident is no longer watched.
enum DoubtfulValues: RuleForm {
    struct Parameters: Hashable, Sendable {
        var marks: Quality
        /// So many in a row, over at least this long.
        var inARow: Int
        var persistenceSeconds: Int
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var row: UInt16 = 0
        var good: UInt16 = 0
        /// Hub time of the first of the row.
        var since = Int64.min
        var mark: UInt32 = 0
        var isOpen = false
    }

    static let inARowMax = 1_000
    static let persistenceSecondsMax = 7 * 86_400
    /// Marks that a rule may name: what is wrong with one message alone is no state of the device.
    static let choices: [(name: String, mark: Quality, word: Ground.Word)] = [
        ("frozen", .frozen, .frozen), ("other_wearer", .otherWearer, .wearer), ("unworn", .unworn, .unworn),
    ]

    static let name = "doubtful_values"
    static let reach = Reach.kind
    static let watches: Watches = []
    static let placeholders = ["value", "minutes", "hours"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of doubtful values", &problems)
        var marks: Quality = []
        let names = reader.strings("marks", &problems)
        for name in names {
            if let found = choices.first(where: { $0.name == name }) { marks.formUnion(found.mark) } else {
                problems.add("config.unknown_choice", at: node.place, "\"\(name)\" is not one of \(choices.map(\.name).joined(separator: ", "))")
            }
        }
        let inARow = reader.int("in_a_row", in: 1...inARowMax, default: 3, &problems)
        let persistence = reader.int("persistence_s", in: 0...persistenceSecondsMax, default: 0, &problems)
        reader.finish(&problems)
        if names.isEmpty { problems.add("config.missing_key", at: node.place, "the key \"marks\" is missing: \(choices.map(\.name).joined(separator: ", "))") }
        return marks.isEmpty ? nil : Parameters(marks: marks, inARow: inARow, persistenceSeconds: persistence, priority: frame.priority)
    }

    static func words(_ p: Parameters) -> [String] { choices.filter { p.marks.contains($0.mark) }.map(\.word.name) }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading else { return .quiet(.notConcerned) }
        if e.isRetained || !e.quality.isDisjoint(with: [.late, .outOfOrder, .test, .ageUnknown, .sentinel, .implausible]) { return .quiet(e.beside) }
        let found = e.quality.intersection(p.marks)
        guard let word = choices.first(where: { found.contains($0.mark) })?.word else {
            (m.row, m.since) = (0, .min)
            guard m.isOpen else { return .quiet(.withinLimits) }
            m.good = min(.max - 1, m.good) + 1
            guard Int(m.good) >= p.inARow else { return .quiet(.notYetCleared) }
            m = Memory()
            return .clear(Ground(.doubtful), .recovered)
        }
        m.good = 0
        if m.since == .min { m.since = e.at.microseconds }
        m.row = min(.max - 1, m.row) + 1
        if m.isOpen { return .quiet(.alreadyTold) }
        let held = (e.at.microseconds - m.since) / 1_000_000
        guard Int(m.row) >= p.inARow, held >= Int64(p.persistenceSeconds) else { return .quiet(.belowPersistence) }
        (m.isOpen, m.mark) = (true, found.rawValue)
        return .raise(Ground(.doubtful, seconds: Int(held), word: word), p.priority)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        guard m.isOpen else { return nil }
        let found = Quality(rawValue: m.mark)
        return (Ground(.doubtful, word: choices.first { found.contains($0.mark) }?.word), p.priority)
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { max(p.persistenceSeconds, interval * p.inARow) }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { interval == nil ? .spot : .periodic }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.unsigned(UInt64(m.row)); w.unsigned(UInt64(m.good)); w.signed(m.since); w.unsigned(UInt64(m.mark)); w.bool(m.isOpen)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(
            row: UInt16(clamping: try r.unsigned()), good: UInt16(clamping: try r.unsigned()), since: try r.signed(),
            mark: UInt32(truncatingIfNeeded: try r.unsigned()), isOpen: try r.bool())
    }
}
