import CareModel

/// A value that is unusual for this person at this time of day.
///
/// Kept are, for each hour of working days and of weekends, where the value lies and how far it strays (mean distance, both
/// learned with clipped steps, so that one wild value moves little), and the same over all hours. An hour that is known
/// little borrows from its neighbours, from the same hour of the other days, and from all of them. What is configured is
/// the budget of alarms: each alarm raises the number of strayings that it takes, each day lowers it. Learning stands
/// still while the condition is open. It can only tell more than the fixed limits do: they are other rules.
///
/// With `record` the question is another one: does this go beyond everything that was seen of this person? Kept are the
/// highest and the lowest value, and how far the value ever drifted from what is usual at the hour, over some twelve
/// readings; that record fades a little. `record: 1.01` speaks at 1.01 times the record, then rests for `rest_days`. It
/// has no unit and no spread in it, so one number serves every stream.
enum Baseline: RuleForm {
    struct Parameters: Hashable, Sendable {
        enum Side: UInt8, Hashable, Sendable { case high, low, both }
        var side: Side
        /// No smaller difference is told, however steady the person is; in the kind's resolution.
        var least: Int64
        var inARow: Int
        var learnSeconds: Int
        /// Thousandths of an alarm a day.
        var budget: Int
        var zone: TimeZoneTable
        var priority: Priority
        /// Thousandths of the record at which it speaks; nil = strayings decide.
        var record: Int64?
        var restSeconds = 0
    }

    struct Memory: Sendable, BitwiseCopyable {
        /// By hour, weekdays first; values × 16.
        var centres: InlineArray<48, Int32> = .init(repeating: 0)
        var strays: InlineArray<48, Int32> = .init(repeating: 0)
        var counts: InlineArray<48, UInt16> = .init(repeating: 0)
        /// Over all hours.
        var centre: Int64 = 0
        var stray: Int64 = 0
        var count: UInt32 = 0
        var firstAt = Int64.min
        var lastAt = Int64.min
        /// Millionths of a straying.
        var takes: Int64 = Baseline.takesStart
        var row: UInt8 = 0
        var isOpen = false
        var records = Records()
    }

    static let hours = 48
    static let scale: Int64 = 16
    /// How many mean distances it takes; our choice, because with a normal spread 5 are 4 standard deviations.
    static let takesStart: Int64 = 5_000_000
    static let takesMin: Int64 = 3_000_000
    static let takesMax: Int64 = 20_000_000
    static let raisedBy: Int64 = 1_500_000
    /// Values over which an hour forgets.
    static let memoryCount = 60
    static let readingsMin: UInt32 = 30
    /// Thousandths of a day. Less than a day knows no nights; it is there to see the rule speak in a test of devices.
    static let learnDaysMin: Int64 = 1
    static let learnDaysMax: Int64 = 60_000
    /// Thousandths.
    static let recordRange: ClosedRange<Int64> = 1_001...10_000

    static let name = "baseline"
    static let reach = Reach.kind
    static let watches: Watches = []
    static let placeholders = ["value", "limit", "change"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a baseline", &problems)
        let side = reader.choice("side", ["high", "low", "both"], default: "both", &problems)
        let least = reader.decimal("least", decimals: frame.kinds.first?.entry.decimals ?? 0, &problems)
        let inARow = reader.int("in_a_row", in: 1...20, default: 2, &problems)
        let learn = reader.decimal("learn_days", decimals: 3, &problems) ?? 14_000
        let record = reader.decimal("record", decimals: 3, &problems), rest = reader.decimal("rest_days", decimals: 3, &problems)
        let budget = reader.decimal("alarms_per_day", decimals: 3, &problems) ?? 20
        reader.finish(&problems)
        for kind in frame.kinds {
            if case .number = kind.entry.shape { continue }
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is not a number, so it has no usual value")
        }
        guard let least else {
            problems.add("config.missing_key", at: node.place, "the key \"least\" is missing: the smallest difference that matters")
            return nil
        }
        if !(learnDaysMin...learnDaysMax).contains(learn) { problems.add("config.out_of_range", at: node.place, "\"learn_days\" must be from 0.001 to 60") }
        if let record, !recordRange.contains(record) { problems.add("config.out_of_range", at: node.place, "\"record\" must be from 1.001 to 10") }
        if let rest, record == nil || rest < 0 || rest > learnDaysMax {
            problems.add("config.out_of_range", at: node.place, "\"rest_days\" goes with \"record\" and is at most 60")
        }
        if least < 1 || budget < 1 || budget > 10_000 {
            problems.add("config.out_of_range", at: node.place, "\"least\" must be more than 0 and \"alarms_per_day\" from 0.001 to 10")
        }
        return Parameters(
            side: side == "high" ? .high : side == "low" ? .low : .both, least: least, inARow: inARow, learnSeconds: Int(learn) * 864 / 10, budget: Int(budget),
            zone: .utc, priority: frame.priority, record: record, restSeconds: Int(rest ?? learn / 5) * 864 / 10)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        var fitted = p
        fitted.zone = place.home?.zone ?? .utc
        return .on(fitted)
    }

    static func learnSeconds(_ p: Parameters) -> Int? { p.learnSeconds }
    /// 0...47: working days first.
    static func hour(_ local: LocalTime) -> Int { (local.weekday >= 5 ? 24 : 0) + local.secondOfDay / 3_600 }
    static func words(_ p: Parameters) -> [String] { [.rising, .falling].map(\Ground.Word.name) }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading else { return .quiet(.notConcerned) }
        guard case .number(let raw) = e.value else { return .quiet(.wrongShape) }
        guard raw.magnitude < 100_000_000 else { return .quiet(.unjudgeable) }
        if !e.quality.isDisjoint(with: .unjudgeable) || e.isRetained { return .quiet(e.beside) }
        let at = e.at.microseconds, value = raw * scale
        let hour = Baseline.hour(LocalTime(e.clock.wall(e.at), in: p.zone))
        if m.firstAt == .min { (m.firstAt, m.lastAt) = (at, at) }
        let passed = at - m.lastAt
        m.takes = max(takesMin, m.takes - raisedBy * Int64(p.budget) / 1_000 * ((at - m.lastAt) / 1_000_000) / 86_400)
        m.lastAt = at
        let usual = m.usual(hour), difference = value - usual.centre
        if let record = p.record { return judge(record, p, &m, value, hour, usual, at, passed: passed, isFrozen: e.isLearningFrozen) }
        guard at - m.firstAt >= Int64(p.learnSeconds) * 1_000_000, m.count >= readingsMin else {
            if !e.isLearningFrozen { m.learn(value, hour, usual) }
            return .quiet(.learning)
        }
        let limit = max(p.least * scale, usual.stray * (m.takes / 10_000) / 100)
        let isOutside = difference.magnitude >= limit.magnitude && (p.side == .both || (p.side == .high) == (difference > 0))
        let ground = Ground(.unusual, limit: usual.centre / scale, word: difference > 0 ? .rising : .falling, amount: Int64(difference.magnitude) / scale)
        if m.isOpen {
            guard difference.magnitude < limit.magnitude / 2 else { return .quiet(isOutside ? .alreadyTold : .notYetCleared) }
            (m.isOpen, m.row) = (false, 0)
            if !e.isLearningFrozen { m.learn(value, hour, usual) }
            return .clear(ground, .recovered)
        }
        guard isOutside else {
            m.row = 0
            if !e.isLearningFrozen { m.learn(value, hour, usual) }
            return .quiet(.usual)
        }
        m.row = min(255, m.row + 1)
        guard Int(m.row) >= p.inARow else { return .quiet(.belowPersistence) }
        m.isOpen = true
        m.takes = min(takesMax, m.takes + raisedBy)
        return .raise(ground, p.priority)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.unusual), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { interval * p.inARow }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { interval == nil ? .spot : .periodic }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        for i in 0..<hours { w.signed(Int64(m.centres[i])); w.signed(Int64(m.strays[i])); w.unsigned(UInt64(m.counts[i])) }
        for value in [m.centre, m.stray, Int64(m.count), m.firstAt, m.lastAt, m.takes] { w.signed(value) }
        w.byte(m.row); w.bool(m.isOpen)
        m.records.write(to: &w)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory()
        for i in 0..<hours { (m.centres[i], m.strays[i], m.counts[i]) = (Int32(clamping: try r.signed()), Int32(clamping: try r.signed()), UInt16(clamping: try r.unsigned())) }
        (m.centre, m.stray, m.count) = (try r.signed(), try r.signed(), UInt32(clamping: try r.signed()))
        (m.firstAt, m.lastAt, m.takes) = (try r.signed(), try r.signed(), try r.signed())
        (m.row, m.isOpen) = (try r.byte(), try r.bool())
        // What was learned before there were records is kept, and its records begin now.
        if !r.isAtEnd { m.records = try Records(from: &r) }
        return m
    }
}

extension Baseline.Memory {
    /// Where the value usually lies at an hour, and how far it strays: its own count four times, its neighbours and the same
    /// hour of the other days once, all hours as eight.
    func usual(_ hour: Int) -> (centre: Int64, stray: Int64) {
        guard count > 0 else { return (0, 0) }
        let day = hour / 24 * 24, clock = hour % 24
        let parts = [(hour, Int64(4)), (day + (clock + 1) % 24, 1), (day + (clock + 23) % 24, 1), ((24 - day) + clock, 1)]
        var weight: Int64 = 8, sum = centre * 8, spread = stray * 8
        for (i, part) in parts {
            let share = part * Int64(counts[i])
            weight += share
            sum += Int64(centres[i]) * share
            spread += Int64(strays[i]) * share
        }
        return (sum / weight, spread / weight)
    }

    /// Steps towards a value, at most three strayings of it at once.
    mutating func learn(_ value: Int64, _ hour: Int, _ usual: (centre: Int64, stray: Int64)) {
        if count == 0 { (centre, stray) = (value, 0) }
        func step(_ centre: Int64, _ stray: Int64, _ n: Int) -> (Int64, Int64) {
            let reach = n < 8 ? Int64.max : max(3 * max(stray, usual.stray), Baseline.scale)
            let difference = min(reach, max(-reach, value - centre)), share = Int64(min(Baseline.memoryCount, n + 1))
            return (centre + difference / share, stray + (Int64(difference.magnitude) - stray) / share)
        }
        (centre, stray) = step(centre, stray, Int(min(count, 1_000)) * 4)
        let n = Int(counts[hour])
        if n == 0 { (centres[hour], strays[hour]) = (Int32(clamping: value), Int32(clamping: stray)) } else {
            let next = step(Int64(centres[hour]), Int64(strays[hour]), n)
            (centres[hour], strays[hour]) = (Int32(clamping: next.0), Int32(clamping: next.1))
        }
        counts[hour] = UInt16(min(Baseline.memoryCount, n + 1))
        if count < .max { count += 1 }
    }
}

extension Detection {
    /// What a personal baseline keeps for one stream, in bytes.
    public static var baselineBytes: Int { MemoryLayout<Baseline.Memory>.size }
}
