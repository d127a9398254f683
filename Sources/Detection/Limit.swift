import CareModel

/// A measured value on the wrong side of a limit, with its own clear level and persistence.
///
/// `low: 91` means that 91 and less is too low; `high: 131` that 131 and more is too high (the way NEWS2 is
/// written). Persistence is proven by readings, never by the absence of others: two readings at least that far
/// apart, all between them bad, with no gap over `gapSpanMax`. A device that reports less often than the
/// persistence (or on demand) can't prove it within a minute: there one reading decides.
///
/// Late data raises nothing live. A note by day is no less true two hours later, so a rule may accept values that were
/// measured at most `accept_late_s` ago, in the order in which they were measured; its text can say how old they are.
enum Limit: RuleForm {
    struct Level: Hashable, Sendable {
        /// In the kind's resolution.
        var limit: Int64
        var priority: Priority
        var persistenceSeconds: Int
    }

    struct Parameters: Hashable, Sendable {
        var isLow: Bool
        /// From the mildest to the worst, 1...`levelsMax`.
        var levels: [Level]
        var clear: Int64
        /// The resolution of the instrument: values are rounded to it, half away from zero, before they are judged.
        var roundTo: Int64
        var gapSpanMax: Span
        /// Late values up to this age are judged; 0 = none.
        var lateSecondsMax = 0
    }

    struct Memory: Sendable, BitwiseCopyable {
        /// Levels that were told; 0 = no condition is open.
        var told: UInt8 = 0
        var lastAt = Int64.min
        /// When each level was first reached without a break; `Int64.min` = it is not reached.
        var since: InlineArray<4, Int64> = .init(repeating: .min)
    }

    static let levelsMax = 4
    static let persistenceSecondsMax = 86_400
    /// No rule may accept older values: a day later there is a newer one to look at.
    static let lateSecondsLimit = 86_400

    static let name = "limit"
    static let reach = Reach.kind
    static let watches: Watches = []
    static let placeholders = ["value", "limit", "seconds", "minutes", "ago"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a limit", &problems)
        let decimals = frame.kinds.first?.entry.decimals ?? 0
        let low = reader.decimal("low", decimals: decimals, &problems)
        let high = reader.decimal("high", decimals: decimals, &problems)
        let clear = reader.decimal("clear", decimals: decimals, &problems)
        let roundTo = reader.decimal("round_to", decimals: decimals, &problems) ?? 1
        let persistence = reader.int("persistence_s", in: 0...persistenceSecondsMax, default: 0, &problems)
        let late = reader.int("accept_late_s", in: 0...lateSecondsLimit, default: 0, &problems)
        let steps = reader.list("steps", &problems)
        let hasSides = (reader.optional("low") != nil, reader.optional("high") != nil)
        let hasClear = reader.optional("clear") != nil
        reader.finish(&problems)
        for kind in frame.kinds {
            if case .number = kind.entry.shape { continue }
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is not a number, so it can have no limit")
        }
        if frame.kinds.contains(where: { $0.entry.decimals != decimals }) {
            problems.add("rules.wrong_kind", at: node.place, "the kinds of one limit must have the same resolution")
        }
        guard hasSides.0 != hasSides.1 else {
            problems.add("rules.one_limit", at: node.place, "a limit rule needs exactly one of \"low\" and \"high\"; write two rules for two sides")
            return nil
        }
        if !hasClear { problems.add("config.missing_key", at: node.place, "the key \"clear\" is missing: the level at which the condition is over") }
        guard let limit = low ?? high, let clear else { return nil }
        let isLow = hasSides.0
        if isLow ? clear <= limit : clear >= limit {
            problems.add("rules.clear_level", at: node.place, "\"clear\" must lie on the good side of the limit, \(isLow ? "above \"low\"" : "below \"high\"")")
        }
        if roundTo < 1 { problems.add("config.out_of_range", at: node.place, "\"round_to\" must be more than 0") }
        let isNote = frame.priority == .low && steps.isEmpty
        if late > 0, !isNote, !frame.isOverride {
            problems.add("rules.late_priority", at: node.place, "only a note accepts late values: a rule of priority low, without steps; nothing late is urgent")
        }
        if steps.count >= levelsMax { problems.add("rules.too_many_steps", at: node.place, "a limit may have at most \(levelsMax - 1) steps") }
        var levels = [Level(limit: limit, priority: frame.priority, persistenceSeconds: persistence)]
        for step in steps.prefix(levelsMax - 1) {
            var inner = MappingReader(step, "a step", &problems)
            _ = inner.required("at", &problems)
            let at = inner.decimal("at", decimals: decimals, &problems)
            let name = inner.choice("priority", Priority.allCases.map(\.name), default: nil, &problems)
            let own = inner.int("persistence_s", in: 0...persistenceSecondsMax, default: persistence, &problems)
            inner.finish(&problems)
            guard let at, let priority = name.flatMap({ Priority(name: $0) }), let last = levels.last else { continue }
            if !frame.isOverride, isLow ? at >= last.limit : at <= last.limit {
                problems.add("rules.step_order", at: step.place, "each step must lie beyond the limit and the step before it")
            }
            if priority < last.priority {
                problems.add("rules.step_priority", at: step.place, "a worse step can't have a lower priority")
            }
            // A resident's own limit may lie beyond a step of the rule: then the step holds from that limit on.
            levels.append(Level(limit: isLow ? min(at, limit) : max(at, limit), priority: priority, persistenceSeconds: own))
        }
        return Parameters(isLow: isLow, levels: levels, clear: clear, roundTo: max(1, roundTo), gapSpanMax: .zero, lateSecondsMax: isNote ? late : 0)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        var fitted = p
        let interval = place.kind.flatMap { kind in place.traits?.outputs.first { $0.kind == kind } }?.intervalSeconds
        for i in fitted.levels.indices {
            if let interval, interval <= fitted.levels[i].persistenceSeconds { continue }
            fitted.levels[i].persistenceSeconds = 0
        }
        let longest = fitted.levels.map(\.persistenceSeconds).max() ?? 0
        fitted.gapSpanMax = .seconds(max(longest, 3 * (interval ?? 0)))
        return .on(fitted)
    }

    static func priorityMax(_ p: Parameters, _ base: Priority) -> Priority { p.levels.map(\.priority).max() ?? base }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading else { return .quiet(.notConcerned) }
        guard case .number(let raw) = e.value else { return .quiet(.wrongShape) }
        var at = e.at.microseconds
        if !e.quality.isDisjoint(with: .unjudgeable) || e.isRetained {
            guard p.lateSecondsMax > 0, let measured = p.acceptedLate(e), measured > m.lastAt else {
                return .quiet(e.quality.contains(.late) ? .late : .unjudgeable)
            }
            at = measured
        }
        let value = rounded(raw, to: p.roundTo)
        if m.lastAt != .min, at - m.lastAt > p.gapSpanMax.microseconds { m.since = .init(repeating: .min) }
        m.lastAt = at
        if m.told > 0, p.isLow ? value >= p.clear : value <= p.clear {
            m.told = 0
            m.since = .init(repeating: .min)
            return .clear(Ground(p.isLow ? .belowLimit : .aboveLimit, limit: p.clear), .recovered)
        }
        // The worst level that has held for its time.
        var isReached = false, held = 0
        for i in p.levels.indices {
            guard p.isLow ? value <= p.levels[i].limit : value >= p.levels[i].limit else {
                m.since[i] = .min
                continue
            }
            isReached = true
            if m.since[i] == .min { m.since[i] = at }
            if at - m.since[i] >= Int64(p.levels[i].persistenceSeconds) * 1_000_000 { held = i + 1 }
        }
        guard isReached else { return .quiet(m.told > 0 ? .notYetCleared : .withinLimits) }
        guard held > 0 else { return .quiet(m.told > 0 ? .alreadyTold : .belowPersistence) }
        guard held > Int(m.told) else { return .quiet(.alreadyTold) }
        let told = min(Int(m.told), p.levels.count), level = p.levels[held - 1]
        m.told = UInt8(held)
        let seconds = Int((at - m.since[held - 1]) / 1_000_000)
        let ground = Ground(p.isLow ? .belowLimit : .aboveLimit, limit: level.limit, seconds: seconds)
        if told == 0 { return .raise(ground, level.priority) }
        return level.priority > p.levels[told - 1].priority ? .update(ground, level.priority) : .quiet(.alreadyTold)
    }

    /// Half away from zero, as people round.
    static func rounded(_ value: Int64, to step: Int64) -> Int64 {
        guard step > 1 else { return value }
        let half = step / 2
        return (value >= 0 ? value + half : value - half) / step * step
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        guard m.told > 0 else { return nil }
        let level = p.levels[min(Int(m.told), p.levels.count) - 1]
        return (Ground(p.isLow ? .belowLimit : .aboveLimit, limit: level.limit), level.priority)
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int {
        let persistence = p.levels.map(\.persistenceSeconds).max() ?? 0
        guard interval > 0 else { return persistence }
        return interval + (persistence + interval - 1) / interval * interval
    }

    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { interval == nil ? .spot : .periodic }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.told); w.signed(m.lastAt)
        for i in m.since.indices { w.signed(m.since[i]) }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory(told: try r.byte(), lastAt: try r.signed())
        guard m.told <= 4 else { throw .malformed("level \(m.told)", at: r.index) }
        for i in m.since.indices { m.since[i] = try r.signed() }
        return m
    }
}

extension Limit.Parameters {
    /// When a late value that the rule accepts was measured, in hub time; nil when anything else is wrong with it.
    fileprivate func acceptedLate(_ e: Evidence) -> Int64? {
        guard let observed = e.observedAt, !e.isRetained, e.quality.contains(.late), e.quality.subtracting(.late).isDisjoint(with: .unjudgeable) else { return nil }
        let age = e.clock.wall(e.at) - observed
        return age >= .zero && age <= .seconds(lateSecondsMax) ? e.at.microseconds - age.microseconds : nil
    }
}
