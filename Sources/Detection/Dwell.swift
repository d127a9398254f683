import CareModel

/// A state that lasts too long: in the bathroom, a door open, out of bed at night, on the floor.
///
/// With a schedule only time inside it counts, from the moment that the state begins or the schedule does. A state
/// that is repeated goes on; the hub's blind time does not count.
enum Dwell: RuleForm {
    struct Step: Hashable, Sendable {
        var seconds: Int
        var priority: Priority

        /// What is said at this step, where the rule has words for its priority.
        var word: Ground.Word? { priority == .high ? .high : priority == .medium ? .medium : nil }
    }

    /// A state that its detail explains for a while: not worn, because it hangs on its charger.
    struct Excuse: Hashable, Sendable {
        /// Fingerprint of the word.
        var detail: UInt64
        var seconds: Int
    }

    struct Parameters: Hashable, Sendable {
        var signal: Signal
        var steps: [Step]
        var schedule: DayWindow?
        /// While the newest reading carries this detail, every step comes this late at least.
        var excuse: Excuse?
        var rooms: [String]
        var needsAlone: Bool
        var zone: TimeZoneTable
    }

    struct Memory: Sendable, BitwiseCopyable {
        /// Seen time since when the state holds; `Int64.min` = it doesn't.
        var since = Int64.min
        var told: UInt8 = 0
        /// The newest reading of the state is explained.
        var isExcused = false
    }

    static let stepsMax = 4
    static let secondsMax = 7 * 86_400
    /// Beside the steps in one byte, so that memories of before it are read as they are.
    static let excusedBit: UInt8 = 0x80

    static let name = "dwell"
    static let reach = Reach.kind
    static let watches: Watches = [.deadlines]
    static let placeholders = ["minutes", "hours"]
    static let isRoomed = true

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a dwell", &problems)
        let first = reader.int("longer_than_s", in: 1...secondsMax, &problems)
        let list = reader.list("steps", &problems)
        let schedule = DayWindow.schedule(&reader, &problems)
        let needsAlone = reader.bool("alone", default: false, &problems)
        var excuse: Excuse?
        if let node = reader.optional("excused") {
            var inner = MappingReader(node, "what excuses a state: detail, longer_than_s", &problems)
            let detail = inner.required("detail", &problems).flatMap { $0.string("detail", &problems) }
            let seconds = inner.int("longer_than_s", in: 1...secondsMax, &problems)
            inner.finish(&problems)
            if let detail, let seconds { excuse = Excuse(detail: UInt64.fingerprint(detail), seconds: seconds) }
        }
        let rooms = node["rooms"].map { list -> [String] in
            var reader = MappingReader(node, "the parameters of a dwell", &problems)
            return list.isNull ? [] : reader.strings("rooms", &problems)
        } ?? []
        let signal = Signal(&reader, kinds: frame.kinds, at: node.place, &problems)
        reader.finish(&problems)
        if list.count >= stepsMax { problems.add("rules.too_many_steps", at: node.place, "a dwell may have at most \(stepsMax - 1) steps") }
        guard let first, let signal else { return nil }
        var steps = [Step(seconds: first, priority: frame.priority)]
        for item in list.prefix(stepsMax - 1) {
            var inner = MappingReader(item, "a step", &problems)
            let after = inner.int("after_s", in: 1...secondsMax, &problems)
            let priority = inner.choice("priority", Priority.allCases.map(\.name), default: nil, &problems).flatMap { Priority(name: $0) }
            inner.finish(&problems)
            guard let after, let priority, let last = steps.last else { continue }
            if after <= last.seconds, !frame.isOverride { problems.add("rules.step_order", at: item.place, "each step must come after the one before it") }
            if priority < last.priority { problems.add("rules.step_priority", at: item.place, "a worse step can't have a lower priority") }
            steps.append(Step(seconds: max(after, first), priority: priority))
        }
        return Parameters(signal: signal, steps: steps, schedule: schedule, excuse: excuse, rooms: rooms, needsAlone: needsAlone, zone: .utc)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        if !p.rooms.isEmpty, !p.rooms.contains(place.room) { return .off(.otherDevices) }
        if p.needsAlone, (place.home?.occupants ?? 1) > 1 || place.residents > 1 { return .off(.severalOccupants) }
        var fitted = p
        fitted.zone = place.home?.zone ?? .utc
        return .on(fitted)
    }

    static func priorityMax(_ p: Parameters, _ base: Priority) -> Priority { p.steps.map(\.priority).max() ?? base }
    static func words(_ p: Parameters) -> [String] { [.medium, .high].map(\Ground.Word.name) }
    /// No return to bed.
    static func isAbsence(_ p: Parameters) -> Bool { p.signal.kinds.contains(.bedOccupancy) && p.signal.state == false }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            let match = p.signal.match(e)
            if match == .otherKind { return .quiet(.notConcerned) }
            if match == .otherRoom { return .quiet(.otherRoom) }
            if e.isBeside || e.meaning == .heartbeat { return .quiet(e.isBeside ? e.beside : .notConcerned) }
            guard match == .yes else {
                guard m.since != .min else { return .quiet(.sameState) }
                let wasTold = m.told > 0, held = Int((e.seen.microseconds - m.since) / 1_000_000)
                m = Memory()
                return wasTold ? .clear(Ground(.lasted, seconds: held), .returned) : .quiet(.belowPersistence)
            }
            if m.since == .min { m.since = e.seen.microseconds }
            m.isExcused = p.excuse.map { $0.detail == e.detail } ?? false
            return p.look(e, &m)
        case .due:
            if e.isBlind { return .quiet(.blind) }
            return p.look(e, &m)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    /// When the next step is reached, or where the schedule begins.
    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard m.since != .min, !e.isBlind, Int(m.told) < p.steps.count else { return nil }
        if let schedule = p.schedule {
            let now = LocalTime(e.clock.wall(e.at), in: p.zone)
            guard schedule.contains(now.secondOfDay) else { return e.at + now.until(schedule.from) }
        }
        let due = e.at + (p.limit(Int(m.told), m) - p.counted(e, m))
        return max(due, e.at)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        guard m.told > 0 else { return nil }
        let step = p.steps[min(Int(m.told), p.steps.count) - 1]
        return (Ground(.lasted, seconds: step.seconds, word: step.word), step.priority)
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.steps.first?.seconds ?? 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.signed(m.since); w.byte(m.told | (m.isExcused ? excusedBit : 0)) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        let since = try r.signed(), told = try r.byte()
        let m = Memory(since: since, told: told & ~excusedBit, isExcused: told & excusedBit != 0)
        guard m.told <= stepsMax else { throw .malformed("step \(m.told)", at: r.index) }
        return m
    }
}

extension Dwell.Parameters {
    /// How long the state may hold before this step.
    fileprivate func limit(_ step: Int, _ m: Dwell.Memory) -> Span {
        .seconds(m.isExcused ? max(steps[step].seconds, excuse?.seconds ?? 0) : steps[step].seconds)
    }

    /// How long it has held, inside the schedule.
    fileprivate func counted(_ e: Evidence, _ m: Dwell.Memory) -> Span {
        let held = Span(microseconds: e.seen.microseconds - m.since)
        guard let schedule else { return held }
        let now = LocalTime(e.clock.wall(e.at), in: zone)
        let inside = Span.seconds((now.secondOfDay - schedule.from + 86_400) % 86_400) + Span(microseconds: Int64(now.microsecond))
        return min(held, inside)
    }

    fileprivate func look(_ e: Evidence, _ m: inout Dwell.Memory) -> Verdict {
        guard m.since != .min else { return .quiet(.notArmed) }
        if let schedule, !schedule.contains(LocalTime(e.clock.wall(e.at), in: zone).secondOfDay) { return .quiet(m.told > 0 ? .alreadyTold : .outsideSchedule) }
        let held = counted(e, m), before = Int(m.told)
        var reached = before
        while reached < steps.count, held >= limit(reached, m) { reached += 1 }
        guard reached > before else { return .quiet(before > 0 ? .alreadyTold : e.occasion == .due ? .notYetDue : .belowPersistence) }
        m.told = UInt8(reached)
        let step = steps[reached - 1], ground = Ground(.lasted, seconds: held.wholeSeconds, word: step.word)
        if before == 0 { return .raise(ground, step.priority) }
        return step.priority > steps[before - 1].priority ? .update(ground, step.priority) : .quiet(.alreadyTold)
    }
}
