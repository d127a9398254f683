import CareModel

/// So much for so long: carbon monoxide after EN 50291, where a little harms after hours and much within minutes.
///
/// `points` say after how long a constant level alarms; between two points the speed at which the dose grows is
/// interpolated, at or below `never` it shrinks again. The last value holds until the next one, at most `hold_s`: a
/// sensor that fell silent can't fill the dose up.
enum DoseCourse: RuleForm {
    struct Point: Hashable, Sendable {
        var level: Int64
        /// Parts of `full` per second.
        var rate: Int64
    }

    struct Parameters: Hashable, Sendable {
        /// The level that never alarms, with rate 0, then the points in rising order.
        var points: [Point]
        var holdSeconds: Int
        /// Parts of `full` per second at or below `never`.
        var recovery: Int64
        var clear: Int64
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var dose: Int64 = 0
        var level: Int64 = 0
        /// Of the last value, and up to when the dose is counted; `Int64.min` = none yet.
        var levelAt = Int64.min
        var countedAt = Int64.min
        var isOpen = false
    }

    /// The dose that alarms.
    static let full: Int64 = 1_000_000_000_000
    static let pointsMax = 16
    static let secondsMax = 30 * 86_400

    static let name = "dose_course"
    static let reach = Reach.kind
    static let watches: Watches = [.deadlines, .sooner]
    static let placeholders = ["value", "minutes", "limit"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a dose course", &problems)
        let decimals = frame.kinds.first?.entry.decimals ?? 0
        let never = reader.decimal("never", decimals: decimals, &problems), clear = reader.decimal("clear", decimals: decimals, &problems)
        let hold = reader.int("hold_s", in: 1...secondsMax, default: 600, &problems)
        let recovery = reader.int("recovery_s", in: 1...secondsMax, &problems)
        let list = reader.list("points", &problems)
        reader.finish(&problems)
        for kind in frame.kinds {
            if case .number = kind.entry.shape { continue }
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is not a number, so there can be no dose of it")
        }
        guard let never, let recovery else {
            problems.add("config.missing_key", at: node.place, "the key \"never\" is missing: the level that never alarms, however long it lasts")
            return nil
        }
        if list.isEmpty { problems.add("config.missing_key", at: node.place, "the key \"points\" is missing: which level alarms after how many seconds") }
        if list.count > pointsMax { problems.add("rules.too_many_steps", at: node.place, "a dose course may have at most \(pointsMax) points") }
        var points = [Point(level: never, rate: 0)]
        for item in list.prefix(pointsMax) {
            var inner = MappingReader(item, "a point", &problems)
            let level = inner.decimal("level", decimals: decimals, &problems), seconds = inner.int("seconds", in: 1...secondsMax, &problems)
            inner.finish(&problems)
            guard let level, let seconds, let last = points.last else { continue }
            let rate = (full + Int64(seconds) - 1) / Int64(seconds)
            if level <= last.level || rate <= last.rate { problems.add("rules.step_order", at: item.place, "each point needs a higher level and a shorter time than the one before it") }
            points.append(Point(level: level, rate: rate))
        }
        return Parameters(points: points, holdSeconds: hold, recovery: full / Int64(recovery), clear: clear ?? never, priority: frame.priority)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            guard case .number(let level) = e.value else { return .quiet(.wrongShape) }
            // A steady concentration is what kills: "frozen" is no reason to pass over it.
            if e.isAgeUnknown || !e.quality.isDisjoint(with: [.sentinel, .implausible, .late, .outOfOrder, .test]) { return .quiet(e.beside) }
            p.count(to: e.at, &m)
            (m.level, m.levelAt, m.countedAt) = (level, e.at.microseconds, e.at.microseconds)
            if m.isOpen, level <= p.clear {
                m.isOpen = false
                return .clear(Ground(.dose, limit: p.points.first?.level), .recovered)
            }
            return p.look(e, &m)
        case .due:
            p.count(to: e.at, &m)
            return p.look(e, &m)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard !m.isOpen, m.countedAt != .min else { return nil }
        let rate = p.rate(m.level)
        guard rate > 0 else { return nil }
        let seconds = (max(0, full - m.dose) + rate - 1) / rate
        guard m.countedAt + seconds * 1_000_000 <= m.levelAt + Int64(p.holdSeconds) * 1_000_000 else { return nil }
        return Instant(microseconds: m.countedAt + seconds * 1_000_000)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.dose, limit: p.points.first?.level), p.priority) : nil }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { interval + windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.points.last.map { Int((full + $0.rate - 1) / max(1, $0.rate)) } ?? 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.signed(m.dose); w.signed(m.level); w.signed(m.levelAt); w.signed(m.countedAt); w.bool(m.isOpen)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(dose: try r.signed(), level: try r.signed(), levelAt: try r.signed(), countedAt: try r.signed(), isOpen: try r.bool())
    }
}

extension DoseCourse.Parameters {
    /// How fast the dose grows at a level, in parts of `full` per second; 0 at or below the level that never alarms.
    func rate(_ level: Int64) -> Int64 {
        guard let first = points.first, level > first.level else { return 0 }
        for i in 1..<points.count where level <= points[i].level {
            let a = points[i - 1], b = points[i]
            return a.rate + (b.rate - a.rate) * (level - a.level) / (b.level - a.level)
        }
        return points.last?.rate ?? 0
    }

    fileprivate func count(to at: Instant, _ m: inout DoseCourse.Memory) {
        guard m.countedAt != .min else { return }
        let end = min(at.microseconds, m.levelAt + Int64(holdSeconds) * 1_000_000), span = max(0, end - m.countedAt) / 1_000
        let rate = rate(m.level)
        m.dose = rate > 0 ? min(DoseCourse.full, m.dose + rate * span / 1_000) : max(0, m.dose - recovery * span / 1_000)
        m.countedAt = max(m.countedAt, end)
    }

    fileprivate func look(_ e: Evidence, _ m: inout DoseCourse.Memory) -> Verdict {
        if m.isOpen { return .quiet(m.level > clear ? .alreadyTold : .notYetCleared) }
        guard m.dose >= DoseCourse.full, rate(m.level) > 0 else { return .quiet(rate(m.level) > 0 ? .belowPersistence : .withinLimits) }
        m.isOpen = true
        return .raise(Ground(.dose, limit: points.first?.level, amount: m.level), priority)
    }
}
