import CareModel

/// Nobody stirred for longer than this person's own days make likely.
///
/// Learned is, for each half hour of the day, on which part of the days somebody stirred in it. A silent half hour that is
/// nearly always busy says much, one that is usually quiet says nothing: its surprise is -log2 of the chance that it is
/// quiet, at most `surpriseMax`, and silence alarms when the surprises of its half hours add up to a limit. What is
/// configured is not that limit but the budget of alarms: each false alarm (the person stirred again, so it was none)
/// raises it, each day lowers it. After a sign at an exit people are often away, so their silence counts less and has a
/// limit of its own. Until a home is known, the days of others stand in for its own. Constant time and space.
enum RoutineInactivity: RuleForm {
    struct Parameters: Hashable, Sendable {
        var zone: TimeZoneTable
        var priority: Priority
        /// Fingerprints of the rooms from which one leaves the home.
        var exits: [UInt64]
        /// Thousandths of a false alarm a day.
        var budget: Int
        /// Never sooner than this; never later than that, whatever was learned.
        var leastSeconds: Int
        var mostSeconds: Int
    }

    struct Memory: Sendable, BitwiseCopyable {
        var isOpen = false
        var atExit = false
        /// Whether the day in hand was seen whole: only such days teach.
        var isWhole = false
        var days: UInt16 = 0
        /// Seen time and hub time of the last sign of activity; `Int64.min` = none yet.
        var activeSeen = Int64.min
        var activeAt = Int64.min
        var day = Int64.min
        var blindAtDay = Int64.min
        /// Half hours of this day in which somebody stirred.
        var busy: UInt64 = 0
        /// Part of the days on which somebody stirred, in 1/65536.
        var chance: InlineArray<48, UInt16> = .init(repeating: 0)
        /// Limits in hundredths of a bit: indoors, and after a sign at an exit.
        var limits: InlineArray<2, Int32> = .init(repeating: 1_400)
    }

    /// Hundredths of a bit; our choice, because on 24 homes of TIHM they came out best together.
    static let surpriseMax = 170
    static let raisedBy: Int32 = 300
    static let limitMin: Int32 = 500
    static let limitMax: Int32 = 3_000
    /// Silence after a sign at an exit counts for so many hundredths.
    static let exitWeight = 40
    /// Days of others that stand for a home's own before it is known, and the days over which it forgets.
    static let priorDays = 6
    static let memoryDays = 30
    /// Half hours of the day of which the first and last are night in the days of others.
    static let bins = 48

    static let name = "routine_inactivity"
    static let reach = Reach.home
    static let watches: Watches = [.deadlines, .sooner]
    static let placeholders = ["hours", "minutes"]
    static let exitsMax = 32

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a routine inactivity", &problems)
        let budget = reader.decimal("false_alarms_per_day", decimals: 3, &problems) ?? 30
        // Under an hour only to see the rule speak in a test of devices.
        let least = reader.int("least_s", in: 60...86_400, default: 3_600, &problems)
        let most = reader.int("most_s", in: 61...7 * 86_400, default: 86_400, &problems)
        let exits = reader.strings("exits", &problems)
        reader.finish(&problems)
        for kind in frame.kinds where !kind.name.hasPrefix("behaviour.") {
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) says nothing about a resident's activity")
        }
        if budget < 1 || budget > 1_000 { problems.add("config.out_of_range", at: node.place, "\"false_alarms_per_day\" must be from 0.001 to 1") }
        if least >= most { problems.add("rules.window_order", at: node.place, "\"least_s\" must be less than \"most_s\"") }
        if exits.count > exitsMax { problems.add("rules.too_many_rooms", at: node.place, "at most \(exitsMax) exits; these are \(exits.count)") }
        return Parameters(
            zone: .utc, priority: frame.priority, exits: exits.map { UInt64.fingerprint($0) }, budget: Int(budget), leastSeconds: least, mostSeconds: most)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        switch ResidentInactivity.fit(.init(windows: [], zone: .utc, priority: p.priority), to: place) {
        case .off(let reason): return .off(reason)
        case .on(let found):
            var fitted = p
            fitted.zone = found.zone
            return .on(fitted)
        }
    }

    /// The days of others: from 6:00 to 23:00 four half hours of five are busy, at night less than one of four.
    static func isAbsence(_ p: Parameters) -> Bool { true }
    static func start(_ p: Parameters) -> Memory {
        var m = Memory()
        for i in 0..<bins { m.chance[i] = (12..<46).contains(i) ? 52_429 : 14_418 }
        return m
    }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            guard ResidentInactivity.isActivity(e), !e.quality.contains(.late) else { return .quiet(e.quality.contains(.late) ? .late : .sameState) }
            p.learn(e, &m)
            // A day on which others stirred too teaches nothing.
            if e.isLearningFrozen { m.isWhole = false }
            (m.activeSeen, m.activeAt) = (e.seen.microseconds, e.at.microseconds)
            m.atExit = e.kind == .opening && p.exits.contains(e.room)
            guard m.isOpen else { return .quiet(.notYetDue) }
            m.isOpen = false
            return .clear(Ground(.inactive), .returned)
        case .due:
            // A home that never gave a sign is a matter of its devices, not yet of a person.
            if m.activeSeen == .min { return .quiet(.notArmed) }
            if m.isOpen { return .quiet(.alreadyTold) }
            if e.isBlind { return .quiet(.blind) }
            let idle = Span(microseconds: e.seen.microseconds - m.activeSeen)
            guard idle >= p.needed(e, m) else { return .quiet(.usual) }
            m.isOpen = true
            // Should the person stir again, it was a false alarm and the limit of its sort was too low.
            let sort = m.atExit ? 1 : 0
            m.limits[sort] = min(limitMax, m.limits[sort] + raisedBy)
            return .raise(Ground(.inactive, seconds: idle.wholeSeconds), p.priority)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard !m.isOpen, !e.isBlind, m.activeSeen != .min else { return nil }
        return e.at + (p.needed(e, m) - Span(microseconds: e.seen.microseconds - m.activeSeen))
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.inactive), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.mostSeconds }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.bool(m.isOpen); w.bool(m.atExit); w.bool(m.isWhole); w.unsigned(UInt64(m.days)); w.unsigned(m.busy)
        for value in [m.activeSeen, m.activeAt, m.day, m.blindAtDay] { w.signed(value) }
        for i in 0..<bins { w.unsigned(UInt64(m.chance[i])) }
        for i in 0..<2 { w.signed(Int64(m.limits[i])) }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory(isOpen: try r.bool(), atExit: try r.bool(), isWhole: try r.bool(), days: UInt16(clamping: try r.unsigned()))
        m.busy = try r.unsigned()
        (m.activeSeen, m.activeAt, m.day, m.blindAtDay) = (try r.signed(), try r.signed(), try r.signed(), try r.signed())
        for i in 0..<bins { m.chance[i] = UInt16(clamping: try r.unsigned()) }
        for i in 0..<2 { m.limits[i] = Int32(clamping: try r.signed()) }
        return m
    }
}

extension RoutineInactivity.Parameters {
    /// Notes the half hour; at the first sign of a new day learns from the one before, when the hub saw all of it.
    fileprivate func learn(_ e: Evidence, _ m: inout RoutineInactivity.Memory) {
        let now = LocalTime(e.clock.wall(e.at), in: zone), blind = e.at.microseconds - e.seen.microseconds
        if m.day != Int64(now.day) {
            if m.day != .min {
                if m.isWhole, m.blindAtDay == blind, Int64(now.day) == m.day + 1 { learnDay(&m) }
                let lowered = Int32(Int(RoutineInactivity.raisedBy) * budget / 1_000) * Int32(min(30, max(1, Int64(now.day) - m.day)))
                for i in 0..<2 { m.limits[i] = max(RoutineInactivity.limitMin, m.limits[i] - lowered) }
            }
            (m.isWhole, m.day, m.blindAtDay, m.busy) = (m.day != .min && Int64(now.day) == m.day + 1, Int64(now.day), blind, 0)
        }
        m.busy |= 1 << UInt64(now.secondOfDay / 1_800)
    }

    private func learnDay(_ m: inout RoutineInactivity.Memory) {
        let share = min(RoutineInactivity.memoryDays, RoutineInactivity.priorDays + 1 + Int(m.days))
        for i in 0..<RoutineInactivity.bins {
            let target = m.busy & (1 << UInt64(i)) != 0 ? 65_535 : 0, old = Int(m.chance[i])
            m.chance[i] = UInt16(old + (target - old) / share)
        }
        if m.days < .max { m.days += 1 }
    }

    /// Hundredths of a bit that a silent half hour says: of its own chance and its neighbours', a third each.
    private func surprise(_ bin: Int, _ m: RoutineInactivity.Memory) -> Int {
        let bins = RoutineInactivity.bins
        let sum = Int(m.chance[bin]) + Int(m.chance[(bin + 1) % bins]) + Int(m.chance[(bin + bins - 1) % bins])
        let quiet = Double(max(1_966, 65_536 - sum / 3)) / 65_536
        return min(RoutineInactivity.surpriseMax, Int(-100 * FallScore.log2(quiet)))
    }

    /// How long the silence that goes on now must last in seen time.
    fileprivate func needed(_ e: Evidence, _ m: RoutineInactivity.Memory) -> Span {
        let began = LocalTime(e.clock.wall(Instant(microseconds: m.activeAt)), in: zone), limit = Int(m.limits[m.atExit ? 1 : 0])
        let weight = m.atExit ? RoutineInactivity.exitWeight : 100
        var second = began.secondOfDay, silent = 0, left = limit * 1_800
        while silent < mostSeconds {
            let length = 1_800 - second % 1_800, says = surprise(second / 1_800 % RoutineInactivity.bins, m) * weight / 100
            if says * length >= left, says > 0 {
                silent += (left + says - 1) / says
                break
            }
            left -= says * length
            silent += length
            second += length
        }
        return .seconds(min(mostSeconds, max(leastSeconds, silent)))
    }
}
