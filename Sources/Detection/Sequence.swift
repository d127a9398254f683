import CareModel

/// Something happens, and then something else does not, or does: a fall and no movement; out of bed and no motion in any
/// room; the door at night and nobody inside.
///
/// Which of the two is meant says `expect`. Absences count in seen time and need one person at home, because the steps
/// of another would end them; only changes of a state count, not its repetitions.
enum Sequence: RuleForm {
    struct Parameters: Hashable, Sendable {
        var first: Signal
        var then: Signal
        /// Ends the waiting without a finding, for instance a return to bed.
        var cancel: Signal?
        /// True: `then` missing is the condition. False: `then` coming is.
        var isAbsence: Bool
        var withinSeconds: Int
        /// `then` counts only this long after the first: a person who falls still makes the sensor report.
        var graceSeconds: Int
        var schedule: DayWindow?
        var needsAlone: Bool
        var zone: TimeZoneTable
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        /// Seen time of the first; `Int64.min` = not armed.
        var armedAt = Int64.min
        var isOpen = false
    }

    static let withinSecondsMax = 31 * 86_400

    static let name = "sequence"
    static let reach = Reach.resident
    static let watches: Watches = [.deadlines]
    static let placeholders = ["minutes", "hours", "seconds"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a sequence", &problems)
        let first = reader.required("first", &problems).flatMap { Signal($0, kinds: nil, &problems) }
        let then = reader.required("then", &problems).flatMap { Signal($0, kinds: nil, &problems) }
        let cancel = reader.optional("cancel").flatMap { Signal($0, kinds: nil, &problems) }
        let expect = reader.choice("expect", ["absent", "present"], default: nil, &problems)
        let within = reader.int("within_s", in: 1...withinSecondsMax, &problems)
        let grace = reader.int("grace_s", in: 0...withinSecondsMax, default: 0, &problems)
        let needsAlone = reader.bool("alone", default: expect == "absent", &problems)
        let schedule = DayWindow.schedule(&reader, &problems)
        reader.finish(&problems)
        for signal in [first, then, cancel] {
            for kind in signal?.kinds ?? [] where !frame.kinds.contains(kind) {
                problems.add("rules.wrong_kind", at: node.place, "\(kind.name) stands in the sequence, but not among the rule's \"kinds\"")
            }
        }
        guard let first, let then, let expect, let within else { return nil }
        if grace >= within { problems.add("rules.window_order", at: node.place, "\"grace_s\" must be less than \"within_s\"") }
        return Parameters(
            first: first, then: then, cancel: cancel, isAbsence: expect == "absent", withinSeconds: within, graceSeconds: grace, schedule: schedule,
            needsAlone: needsAlone, zone: .utc, priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let home = place.home else { return .off(.nobodyRegistered) }
        if p.needsAlone {
            if home.occupants > 1 || place.residents > 1 { return .off(.severalOccupants) }
            if home.hasPets { return .off(.pets) }
        }
        if !place.hasSensor { return .off(home.occupants > 1 ? .severalOccupants : .noSensor) }
        var fitted = p
        fitted.zone = home.zone
        return .on(fitted)
    }

    /// What follows a fall is a matter of life wherever it was.
    static func isAbsence(_ p: Parameters) -> Bool { p.isAbsence && !p.first.kinds.contains { $0.isSafety } }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading: return read(e, p, &m)
        case .due:
            guard p.isAbsence, m.armedAt != .min, !m.isOpen else { return .quiet(m.isOpen ? .alreadyTold : .notArmed) }
            if e.isBlind { return .quiet(.blind) }
            let waited = Span(microseconds: e.seen.microseconds - m.armedAt)
            guard waited >= .seconds(p.withinSeconds) else { return .quiet(.waiting) }
            m.isOpen = true
            return .raise(Ground(.followed, seconds: waited.wholeSeconds), p.priority)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    private static func read(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        if e.isBeside { return .quiet(e.beside) }
        if case .flag = e.value, e.meaning == .level, RuleBook.isBehaviourKind[Int(e.kind.rawValue)], !e.isChange { return .quiet(.sameState) }
        let seen = e.seen.microseconds, since = m.armedAt == .min ? 0 : seen - m.armedAt
        let isFirst = p.first.match(e) == .yes, isThen = p.then.match(e) == .yes
        if m.armedAt != .min, !isFirst || isThen {
            let isCancelled = p.cancel?.match(e) == .yes
            if isCancelled || (isThen && p.isAbsence && since >= Int64(p.graceSeconds) * 1_000_000) {
                let wasOpen = m.isOpen
                m = Memory()
                return wasOpen ? .clear(Ground(.followed, seconds: Int(since / 1_000_000)), .returned) : .quiet(.withinLimits)
            }
            if isThen, !p.isAbsence {
                let isInside = since >= Int64(p.graceSeconds) * 1_000_000 && since <= Int64(p.withinSeconds) * 1_000_000
                if since > Int64(p.withinSeconds) * 1_000_000 { m = Memory() }
                if isInside {
                    m = Memory()
                    return .raise(Ground(.followed, seconds: Int(since / 1_000_000), isCondition: false), p.priority)
                }
            }
        }
        guard isFirst else { return .quiet(m.armedAt == .min ? .notArmed : .waiting) }
        if let schedule = p.schedule, !schedule.contains(LocalTime(e.clock.wall(e.at), in: p.zone).secondOfDay) { return .quiet(.outsideSchedule) }
        if m.isOpen { return .quiet(.alreadyTold) }
        // An absence counts from the first of several; what must follow, from the last.
        if m.armedAt == .min || !p.isAbsence { m.armedAt = seen }
        return .quiet(.waiting)
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard p.isAbsence, m.armedAt != .min, !m.isOpen, !e.isBlind else { return nil }
        return e.at + (Span.seconds(p.withinSeconds) - Span(microseconds: e.seen.microseconds - m.armedAt))
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.followed, seconds: p.withinSeconds), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.isAbsence ? p.withinSeconds : 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { p.isAbsence ? .absence : .deviceReported }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.signed(m.armedAt); w.bool(m.isOpen) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory { Memory(armedAt: try r.signed(), isOpen: try r.bool()) }
}
