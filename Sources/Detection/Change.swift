import CareModel

/// A value that rises or falls by too much within a time: 2 kg in three days, 3 % of SpO2 in half an hour.
///
/// The newest value is held against the lowest (for a rise) or highest (for a fall) of the window. Kept are only those
/// of the window that can still be an extreme, at most `pointsMax`; with more, two that lie close are merged into the
/// earlier, more extreme one, so that a slow drift is found a little late, never invented.
enum Change: RuleForm {
    struct Parameters: Hashable, Sendable {
        var isRise: Bool
        var amount: Int64
        var withinSeconds: Int
        /// The change at which it is over.
        var clear: Int64
        var roundTo: Int64
        /// A change in less than this is a jump of the instrument, not of the person.
        var leastSeconds: Int
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var count: UInt8 = 0
        var isOpen = false
        /// In order of time, values rising (for a rise) or falling (for a fall).
        var at: InlineArray<24, Int64> = .init(repeating: 0)
        var values: InlineArray<24, Int64> = .init(repeating: 0)
    }

    static let pointsMax = 24
    static let withinSecondsMax = 31 * 86_400

    static let name = "change"
    static let reach = Reach.kind
    static let watches: Watches = []
    static let placeholders = ["value", "limit", "change", "minutes", "hours"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a change", &problems)
        let decimals = frame.kinds.first?.entry.decimals ?? 0
        let rise = reader.decimal("rise", decimals: decimals, &problems), fall = reader.decimal("fall", decimals: decimals, &problems)
        let clear = reader.decimal("clear", decimals: decimals, &problems)
        let roundTo = reader.decimal("round_to", decimals: decimals, &problems) ?? 1
        let within = reader.int("within_s", in: 1...withinSecondsMax, &problems)
        let least = reader.int("least_s", in: 0...withinSecondsMax, default: 0, &problems)
        reader.finish(&problems)
        for kind in frame.kinds {
            if case .number = kind.entry.shape { continue }
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is not a number, so it can't rise or fall")
        }
        guard (rise == nil) != (fall == nil), let amount = rise ?? fall, let within else {
            problems.add("rules.one_limit", at: node.place, "a change needs exactly one of \"rise\" and \"fall\"; write two rules for two sides")
            return nil
        }
        let over = clear ?? amount / 2
        if amount <= 0 || over >= amount || over < 0 {
            problems.add("rules.clear_level", at: node.place, "a change is more than 0, and \"clear\" is from 0 to less than it")
        }
        if roundTo < 1 { problems.add("config.out_of_range", at: node.place, "\"round_to\" must be more than 0") }
        if least >= within { problems.add("rules.window_order", at: node.place, "\"least_s\" must be less than \"within_s\"") }
        return Parameters(
            isRise: rise != nil, amount: amount, withinSeconds: within, clear: over, roundTo: max(1, roundTo), leastSeconds: least, priority: frame.priority)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }
    static func words(_ p: Parameters) -> [String] { [.rising, .falling].map(\Ground.Word.name) }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading else { return .quiet(.notConcerned) }
        guard case .number(let raw) = e.value else { return .quiet(.wrongShape) }
        if !e.quality.isDisjoint(with: Quality.unjudgeable.subtracting(.jump)) || e.isRetained { return .quiet(e.beside) }
        let value = Limit.rounded(raw, to: p.roundTo), at = e.at.microseconds
        m.forget(before: at - Int64(p.withinSeconds) * 1_000_000)
        // The extreme of what is old enough, and so not a mere jump.
        var change = Int64.min, since: Int64 = 0
        for i in 0..<Int(m.count) where at - m.at[i] >= Int64(p.leastSeconds) * 1_000_000 {
            let found = p.isRise ? value - m.values[i] : m.values[i] - value
            if found > change { (change, since) = (found, at - m.at[i]) }
        }
        let isFirst = m.count == 0
        m.add(value, at: at, isRise: p.isRise)
        if isFirst, !m.isOpen { return .quiet(.learning) }
        if change >= p.amount {
            if m.isOpen { return .quiet(.alreadyTold) }
            m.isOpen = true
            return .raise(p.ground(change, seconds: Int(since / 1_000_000)), p.priority)
        }
        guard m.isOpen else { return .quiet(.withinLimits) }
        guard change <= p.clear else { return .quiet(.notYetCleared) }
        m.isOpen = false
        return .clear(p.ground(max(0, change), seconds: 0), .recovered)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (p.ground(p.amount, seconds: p.withinSeconds), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { interval }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { interval == nil ? .spot : .periodic }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.count); w.bool(m.isOpen)
        for i in 0..<Int(m.count) { w.signed(m.at[i]); w.signed(m.values[i]) }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory(count: try r.byte(), isOpen: try r.bool())
        guard m.count <= pointsMax else { throw .malformed("\(m.count) points", at: r.index) }
        for i in 0..<Int(m.count) { (m.at[i], m.values[i]) = (try r.signed(), try r.signed()) }
        return m
    }
}

extension Change.Parameters {
    func ground(_ change: Int64, seconds: Int) -> Ground { Ground(.changed, limit: amount, seconds: seconds, word: isRise ? .rising : .falling, amount: change) }
}

extension Change.Memory {
    mutating func forget(before limit: Int64) {
        var kept = 0
        for i in 0..<Int(count) where at[i] >= limit {
            (at[kept], values[kept]) = (at[i], values[i])
            kept += 1
        }
        count = UInt8(kept)
    }

    mutating func add(_ value: Int64, at now: Int64, isRise: Bool) {
        // A point that is no more extreme than this newer one can't matter again.
        while count > 0, isRise ? values[Int(count) - 1] >= value : values[Int(count) - 1] <= value { count -= 1 }
        if Int(count) == Change.pointsMax {
            var least = 1, gap = Int64.max
            for i in 1..<Change.pointsMax where (values[i] - values[i - 1]).magnitude < gap { (least, gap) = (i, Int64((values[i] - values[i - 1]).magnitude)) }
            for i in least..<Change.pointsMax - 1 { (at[i], values[i]) = (at[i + 1], values[i + 1]) }
            count -= 1
        }
        (at[Int(count)], values[Int(count)]) = (now, value)
        count += 1
    }
}
