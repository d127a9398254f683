import CareModel

/// Nobody stirred in a home for longer than the time of day allows.
///
/// Activity is a change of a level (a cached state that a bridge repeats is none), a press, or a number above
/// zero since the last report. The rule is off, visibly, where more than one person lives or a pet moves. The
/// hub's blind time doesn't count.
enum ResidentInactivity: RuleForm {
    struct Window: Hashable, Sendable {
        /// Seconds after local midnight; a window that ends before it begins spans midnight.
        var from: Int
        var to: Int
        var limitSeconds: Int

        func contains(_ second: Int) -> Bool { from < to ? from <= second && second < to : second >= from || second < to }
    }

    struct Parameters: Hashable, Sendable {
        var windows: [Window]
        var zone: TimeZoneTable
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var isOpen = false
        /// Seen time of the last activity; `Int64.min` = none since the start of the configuration.
        var activeAt = Int64.min
    }

    static let windowsMax = 24

    static let name = "resident_inactivity"
    static let reach = Reach.home
    static let watches: Watches = [.deadlines]
    static let placeholders = ["hours", "minutes"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a resident inactivity", &problems)
        let list = reader.list("windows", &problems)
        let hasWindows = reader.optional("windows") != nil
        reader.finish(&problems)
        for kind in frame.kinds where !kind.name.hasPrefix("behaviour.") {
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) says nothing about a resident's activity")
        }
        if !hasWindows { problems.add("config.missing_key", at: node.place, "the key \"windows\" is missing: from when to when how many hours are too long") }
        if list.count > windowsMax { problems.add("rules.too_many_windows", at: node.place, "at most \(windowsMax) windows a rule") }
        var windows: [Window] = []
        for item in list.prefix(windowsMax) {
            var inner = MappingReader(item, "a window", &problems)
            let from = DayWindow.clock(&inner, "from", &problems), to = DayWindow.clock(&inner, "to", &problems)
            let minutes = inner.int("minutes", in: 1...7 * 1_440, &problems)
            inner.finish(&problems)
            guard let from, let to, let minutes else { continue }
            if from == to { problems.add("rules.window_order", at: item.place, "a window must end at another time than it begins") }
            windows.append(Window(from: from, to: to, limitSeconds: minutes * 60))
        }
        for a in windows.indices {
            for b in windows.indices where b < a && (windows[a].contains(windows[b].from) || windows[b].contains(windows[a].from)) {
                problems.add("rules.window_overlap", at: list[a].place, "two windows of the rule overlap")
            }
        }
        return Parameters(windows: windows, zone: .utc, priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let home = place.home else { return .off(.nobodyRegistered) }
        if place.residents == 0 { return .off(.nobodyRegistered) }
        if home.occupants > 1 || place.residents > 1 { return .off(.severalOccupants) }
        if home.hasPets { return .off(.pets) }
        if !place.hasSensor { return .off(.noSensor) }
        var fitted = p
        fitted.zone = home.zone
        return .on(fitted)
    }

    static func isAbsence(_ p: Parameters) -> Bool { true }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            guard isActivity(e) else { return .quiet(.sameState) }
            var seen = e.seen
            if e.quality.contains(.late) {
                guard let observed = e.observedAt else { return .quiet(.late) }
                seen = seen - max(.zero, e.clock.wall(e.at) - observed)
            }
            guard seen.microseconds > m.activeAt else { return .quiet(.late) }
            m.activeAt = seen.microseconds
            guard m.isOpen, !e.quality.contains(.late) else { return .quiet(.notYetDue) }
            m.isOpen = false
            return .clear(Ground(.inactive), .returned)
        case .due:
            if m.activeAt == .min { m.activeAt = e.heard.microseconds }
            if m.isOpen { return .quiet(.alreadyTold) }
            if e.isBlind { return .quiet(.blind) }
            guard let window = p.window(e) else { return .quiet(.notYetDue) }
            let idle = e.seen - Instant(microseconds: m.activeAt)
            guard idle >= .seconds(window.limitSeconds) else { return .quiet(.notYetDue) }
            m.isOpen = true
            return .raise(Ground(.inactive, limit: Int64(window.limitSeconds), seconds: idle.wholeSeconds), p.priority)
        case .heard, .rejection, .link:
            return .quiet(.notConcerned)
        }
    }

    static func isActivity(_ e: Evidence) -> Bool {
        if e.isAgeUnknown || !e.quality.isDisjoint(with: [.test, .sentinel, .implausible, .frozen, .outOfOrder]) { return false }
        switch e.value {
        case .flag(let isOn): return e.meaning == .momentary ? isOn : e.isChange
        case .number(let scaled): return e.meaning == .delta && scaled > 0
        case .code: return e.meaning == .momentary
        case .waveform: return false
        }
    }

    /// At the end of the allowed time, or where the next window begins, whichever is first: `judge` looks again.
    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard !m.isOpen, !e.isBlind, !p.windows.isEmpty else { return nil }
        let boundary = e.at + p.untilBoundary(e)
        guard let window = p.window(e) else { return boundary }
        let active = m.activeAt == .min ? e.heard : Instant(microseconds: m.activeAt)
        return min(boundary, e.at + (Span.seconds(window.limitSeconds) - (e.seen - active)))
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.inactive), p.priority) : nil }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.windows.map(\.limitSeconds).max() ?? 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.bool(m.isOpen); w.signed(m.activeAt) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory { Memory(isOpen: try r.bool(), activeAt: try r.signed()) }
}

extension ResidentInactivity.Parameters {
    private func secondOfDay(_ e: Evidence) -> (second: Int, microsecond: Int) {
        let civil = zone.civil(e.clock.wall(e.at))
        return (civil.hour * 3_600 + civil.minute * 60 + civil.second, civil.microsecond)
    }

    /// The window of the home's local time of day; nil = the rule doesn't judge now.
    func window(_ e: Evidence) -> ResidentInactivity.Window? {
        let now = secondOfDay(e).second
        return windows.first { $0.contains(now) }
    }

    /// How long until the next window begins or ends by the clock on the wall. A change of offset in between
    /// moves it by that change once; the rule looks again then.
    func untilBoundary(_ e: Evidence) -> Span {
        let (now, micro) = secondOfDay(e)
        var seconds = 86_400
        for edge in windows.flatMap({ [$0.from, $0.to] }) {
            let ahead = (edge - now + 86_400) % 86_400
            if ahead > 0 { seconds = min(seconds, ahead) }
        }
        return .seconds(seconds) - Span(microseconds: Int64(micro))
    }
}
