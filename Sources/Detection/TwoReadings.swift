import CareModel

/// A spot value on the wrong side of a limit: told at once as provisional, and a second measurement decides.
///
/// One cuff reading after climbing stairs proves little, but waiting for the second would break the minute. So the
/// first opens at the rule's priority and asks to measure again in `min_s`...`max_s`; a second one beyond the limit
/// raises it to `confirmed_priority`, one at the clear level ends it, and when none comes that is told too.
enum TwoReadings: RuleForm {
    struct Parameters: Hashable, Sendable {
        var isLow: Bool
        var limit: Int64
        var clear: Int64
        var roundTo: Int64
        var secondSecondsMin: Int
        var secondSecondsMax: Int
        var provisional: Priority
        var confirmed: Priority
        /// Beyond this one reading is enough; nil = never.
        var atOnce: Int64?
    }

    struct Memory: Sendable, BitwiseCopyable {
        enum State: UInt8, Sendable { case idle = 0, provisional = 1, unconfirmed = 2, confirmed = 3 }
        var state = State.idle
        var firstAt = Int64.min
    }

    static let name = "two_readings"
    static let reach = Reach.kind
    static let watches: Watches = [.deadlines]
    static let placeholders = ["value", "limit", "minutes"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a two-reading rule", &problems)
        let decimals = frame.kinds.first?.entry.decimals ?? 0
        let low = reader.decimal("low", decimals: decimals, &problems), high = reader.decimal("high", decimals: decimals, &problems)
        let clear = reader.decimal("clear", decimals: decimals, &problems), atOnce = reader.decimal("at_once", decimals: decimals, &problems)
        let roundTo = reader.decimal("round_to", decimals: decimals, &problems) ?? 1
        let least = reader.int("second_min_s", in: 1...3_600, default: 60, &problems)
        let most = reader.int("second_max_s", in: 2...86_400, default: 300, &problems)
        let name = reader.choice("confirmed_priority", Priority.allCases.map(\.name), default: frame.priority.name, &problems)
        reader.finish(&problems)
        for kind in frame.kinds {
            if case .number = kind.entry.shape { continue }
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is not a number, so it can have no limit")
        }
        guard (low == nil) != (high == nil), let limit = low ?? high else {
            problems.add("rules.one_limit", at: node.place, "a two-reading rule needs exactly one of \"low\" and \"high\"; write two rules for two sides")
            return nil
        }
        guard let clear else {
            problems.add("config.missing_key", at: node.place, "the key \"clear\" is missing: the level at which the condition is over")
            return nil
        }
        let isLow = low != nil
        if isLow ? clear <= limit : clear >= limit {
            problems.add("rules.clear_level", at: node.place, "\"clear\" must lie on the good side of the limit, \(isLow ? "above \"low\"" : "below \"high\"")")
        }
        if roundTo < 1 { problems.add("config.out_of_range", at: node.place, "\"round_to\" must be more than 0") }
        if least >= most { problems.add("rules.window_order", at: node.place, "\"second_min_s\" must be less than \"second_max_s\"") }
        let confirmed = name.flatMap { Priority(name: $0) } ?? frame.priority
        if confirmed < frame.priority { problems.add("rules.step_priority", at: node.place, "a confirmed value can't have a lower priority than a provisional one") }
        return Parameters(
            isLow: isLow, limit: limit, clear: clear, roundTo: max(1, roundTo), secondSecondsMin: least, secondSecondsMax: most,
            provisional: frame.priority, confirmed: confirmed, atOnce: atOnce)
    }

    static func words(_ p: Parameters) -> [String] { [.provisional, .confirmed, .unconfirmed].map(\Ground.Word.name) }
    static func priorityMax(_ p: Parameters, _ base: Priority) -> Priority { p.confirmed }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        if e.occasion == .due { return due(e, p, &m) }
        guard e.occasion == .reading else { return .quiet(.notConcerned) }
        guard case .number(let raw) = e.value else { return .quiet(.wrongShape) }
        if !e.quality.isDisjoint(with: .unjudgeable) || e.isRetained { return .quiet(e.beside) }
        let value = Limit.rounded(raw, to: p.roundTo), at = e.at.microseconds
        if p.isLow ? value >= p.clear : value <= p.clear {
            guard m.state != .idle else { return .quiet(.withinLimits) }
            m = Memory()
            return .clear(p.ground(p.isLow ? .belowLimit : .aboveLimit), .recovered)
        }
        guard p.isLow ? value <= p.limit : value >= p.limit else { return .quiet(m.state == .idle ? .withinLimits : .notYetCleared) }
        let isExtreme = p.atOnce.map { p.isLow ? value <= $0 : value >= $0 } ?? false
        let since = m.firstAt == .min ? 0 : at - m.firstAt
        switch m.state {
        case .idle:
            m.firstAt = at
            m.state = isExtreme ? .confirmed : .provisional
            return isExtreme ? .raise(p.ground(.confirmed, .confirmed), p.confirmed) : .raise(p.ground(.provisional, .provisional), p.provisional)
        case .confirmed: return .quiet(.alreadyTold)
        case .provisional, .unconfirmed:
            if isExtreme || since >= Int64(p.secondSecondsMin) * 1_000_000 && since <= Int64(p.secondSecondsMax) * 1_000_000 {
                m.state = .confirmed
                return .update(p.ground(.confirmed, .confirmed, seconds: Int(since / 1_000_000)), p.confirmed)
            }
            if since < Int64(p.secondSecondsMin) * 1_000_000 { return .quiet(.tooSoon) }
            // After the time for it has passed it is a first one again, and a second one is asked for anew.
            (m.state, m.firstAt) = (.provisional, at)
            return .update(p.ground(.provisional, .provisional), p.provisional)
        }
    }

    private static func due(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard m.state == .provisional else { return .quiet(.notYetDue) }
        guard e.at.microseconds - m.firstAt > Int64(p.secondSecondsMax) * 1_000_000 else { return .quiet(.waiting) }
        m.state = .unconfirmed
        return .update(p.ground(.unconfirmed, .unconfirmed, seconds: p.secondSecondsMax), p.provisional)
    }

    /// One microsecond after the last moment at which a second reading counts.
    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        m.state == .provisional ? Instant(microseconds: m.firstAt) + .seconds(p.secondSecondsMax) + Span(microseconds: 1) : nil
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        switch m.state {
        case .idle: nil
        case .provisional: (p.ground(.provisional, .provisional), p.provisional)
        case .unconfirmed: (p.ground(.unconfirmed, .unconfirmed), p.provisional)
        case .confirmed: (p.ground(.confirmed, .confirmed), p.confirmed)
        }
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { interval }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { interval == nil ? .spot : .periodic }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.byte(m.state.rawValue); w.signed(m.firstAt) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory { Memory(state: try r.choice(Memory.State.self), firstAt: try r.signed()) }
}

extension TwoReadings.Parameters {
    func ground(_ cause: Ground.Cause, _ word: Ground.Word? = nil, seconds: Int = 0) -> Ground { Ground(cause, limit: limit, seconds: seconds, word: word) }
}
