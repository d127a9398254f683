import CareModel

/// Something that happens too often in a time: bathroom visits in a night, presses in an hour, falls in a month.
///
/// Counted are occurrences: changes of a state into what is meant, presses, words. The window slides; it is over when
/// fewer than `clear` lie in it.
enum CountInWindow: RuleForm {
    struct Parameters: Hashable, Sendable {
        var signal: Signal
        var count: Int
        var clear: Int
        var withinSeconds: Int
        /// Occurrences closer than this are one.
        var apartSeconds: Int
        var schedule: DayWindow?
        var zone: TimeZoneTable
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var count: UInt8 = 0
        var isOpen = false
        /// In order of time.
        var at: InlineArray<32, Int64> = .init(repeating: 0)
        var lastAt = Int64.min
    }

    static let countMax = 32
    static let withinSecondsMax = 92 * 86_400

    static let name = "count"
    static let reach = Reach.resident
    static let watches: Watches = [.deadlines]
    static let placeholders = ["count", "minutes", "hours"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a count", &problems)
        let count = reader.int("count", in: 2...countMax, &problems)
        let within = reader.int("within_s", in: 1...withinSecondsMax, &problems)
        let clear = reader.int("clear", in: 0...countMax - 1, default: max(0, (count ?? 2) - 1), &problems)
        let apart = reader.int("apart_s", in: 0...86_400, default: 0, &problems)
        let schedule = DayWindow.schedule(&reader, &problems)
        let signal = Signal(&reader, kinds: frame.kinds, at: node.place, &problems)
        reader.finish(&problems)
        guard let count, let within, let signal else { return nil }
        if clear >= count { problems.add("rules.clear_level", at: node.place, "\"clear\" must be less than \"count\"") }
        return Parameters(
            signal: signal, count: count, clear: clear, withinSeconds: within, apartSeconds: apart, schedule: schedule, zone: .utc, priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let home = place.home else { return .off(.nobodyRegistered) }
        if !place.hasSensor { return .off(home.occupants > 1 ? .severalOccupants : .noSensor) }
        var fitted = p
        fitted.zone = home.zone
        return .on(fitted)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        let at = e.at.microseconds
        switch e.occasion {
        case .reading:
            switch p.signal.match(e) {
            case .otherKind: return .quiet(.notConcerned)
            case .otherRoom: return .quiet(.otherRoom)
            case .no: return .quiet(.sameState)
            case .yes: break
            }
            if e.isBeside { return .quiet(e.beside) }
            if case .flag = e.value, e.meaning == .level, RuleBook.isBehaviourKind[Int(e.kind.rawValue)], !e.isChange { return .quiet(.sameState) }
            if let schedule = p.schedule, !schedule.contains(LocalTime(e.clock.wall(e.at), in: p.zone).secondOfDay) { return .quiet(.outsideSchedule) }
            let isSame = m.lastAt != .min && at - m.lastAt < Int64(p.apartSeconds) * 1_000_000
            m.lastAt = at
            if isSame { return .quiet(.sameState) }
            m.forget(before: at - Int64(p.withinSeconds) * 1_000_000)
            if Int(m.count) == countMax { m.forget(before: m.at[0] + 1) }
            m.at[Int(m.count)] = at
            m.count += 1
            guard Int(m.count) >= p.count else { return .quiet(.waiting) }
            if m.isOpen { return .quiet(.alreadyTold) }
            m.isOpen = true
            return .raise(Ground(.counted, seconds: Int((at - m.at[0]) / 1_000_000), count: Int(m.count)), p.priority)
        case .due:
            guard m.isOpen else { return .quiet(.notConcerned) }
            m.forget(before: at - Int64(p.withinSeconds) * 1_000_000 + 1)
            guard Int(m.count) <= p.clear else { return .quiet(.notYetDue) }
            m.isOpen = false
            return .clear(Ground(.counted, count: Int(m.count)), .recovered)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    /// When the oldest that must leave the window for the end of the condition does.
    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard m.isOpen, m.count > 0 else { return nil }
        let last = max(0, Int(m.count) - p.clear - 1)
        return Instant(microseconds: m.at[last]) + .seconds(p.withinSeconds)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.counted, count: Int(m.count)), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .deviceReported }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.count); w.bool(m.isOpen); w.signed(m.lastAt)
        for i in 0..<Int(m.count) { w.signed(m.at[i]) }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory(count: try r.byte(), isOpen: try r.bool())
        guard m.count <= countMax else { throw .malformed("\(m.count) occurrences", at: r.index) }
        m.lastAt = try r.signed()
        for i in 0..<Int(m.count) { m.at[i] = try r.signed() }
        return m
    }
}

extension CountInWindow.Memory {
    mutating func forget(before limit: Int64) {
        var kept = 0
        for i in 0..<Int(count) where at[i] >= limit {
            at[kept] = at[i]
            kept += 1
        }
        count = UInt8(kept)
    }
}
