import CareModel

/// Something that is expected in a part of each day did not happen by its end: medication not taken, the kettle not
/// used, no visit of the carer.
///
/// The window is one of the home's clock. Time in which the hub did not see counts as use, because nobody can tell.
enum ExpectedUse: RuleForm {
    struct Parameters: Hashable, Sendable {
        var windows: [DayWindow]
        var signal: Signal
        var zone: TimeZoneTable
        var priority: Priority
        var countMin: Int
    }

    struct Memory: Sendable, BitwiseCopyable {
        var isOpen = false
        /// Uses in the window that is current or was last.
        var uses: UInt16 = 0
        /// When that window began, in hub time; `Int64.min` = none yet.
        var windowAt = Int64.min
        /// When it is looked at, in hub time.
        var endAt = Int64.min
        /// Seen time at its beginning.
        var seenAt = Int64.min
    }

    static let windowsMax = 12

    static let name = "expected_use"
    static let reach = Reach.resident
    static let watches: Watches = [.deadlines]
    static let placeholders = ["hours", "minutes", "count"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of an expected use", &problems)
        let list = reader.list("windows", &problems)
        let countMin = reader.int("count", in: 1...1_000, default: 1, &problems)
        let signal = Signal(&reader, kinds: frame.kinds, at: node.place, &problems)
        reader.finish(&problems)
        if list.isEmpty { problems.add("config.missing_key", at: node.place, "the key \"windows\" is missing: from when to when it is expected") }
        if list.count > windowsMax { problems.add("rules.too_many_windows", at: node.place, "at most \(windowsMax) windows a rule") }
        var windows: [DayWindow] = []
        for item in list.prefix(windowsMax) {
            var inner = MappingReader(item, "a window", &problems)
            if let window = DayWindow(&inner, at: item.place, &problems) { windows.append(window) }
            inner.finish(&problems)
        }
        for a in windows.indices {
            for b in windows.indices where b < a && (windows[a].contains(windows[b].from) || windows[b].contains(windows[a].from)) {
                problems.add("rules.window_overlap", at: list[a].place, "two windows of the rule overlap")
            }
        }
        guard let signal else { return nil }
        return Parameters(windows: windows, signal: signal, zone: .utc, priority: frame.priority, countMin: countMin)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let home = place.home else { return .off(.nobodyRegistered) }
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
            switch p.signal.match(e) {
            case .otherKind: return .quiet(.notConcerned)
            case .otherRoom: return .quiet(.otherRoom)
            case .no: return .quiet(.sameState)
            case .yes: break
            }
            if e.isBeside { return .quiet(e.beside) }
            if case .flag = e.value, e.meaning == .level, !e.isChange { return .quiet(.sameState) }
            p.enter(e, &m)
            if m.endAt != .min, e.at.microseconds < m.endAt { m.uses = m.uses == .max ? .max : m.uses + 1 }
            guard m.isOpen else { return .quiet(.notYetDue) }
            m.isOpen = false
            return .clear(Ground(.missed), .returned)
        case .due:
            var verdict = Verdict.quiet(.notYetDue)
            if m.endAt != .min, e.at.microseconds >= m.endAt {
                let length = m.endAt - m.windowAt, seen = e.seen.microseconds - m.seenAt - (e.at.microseconds - m.endAt)
                if m.uses >= UInt16(clamping: p.countMin) { verdict = .quiet(.withinLimits) }
                else if e.isBlind || seen < length { verdict = .quiet(.blind) }
                else if m.isOpen { verdict = .quiet(.alreadyTold) }
                else {
                    m.isOpen = true
                    verdict = .raise(Ground(.missed, seconds: Int(length / 1_000_000), count: Int(m.uses)), p.priority)
                }
                (m.windowAt, m.endAt, m.uses) = (.min, .min, 0)
            }
            p.enter(e, &m)
            return verdict
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        if m.endAt != .min { return Instant(microseconds: m.endAt) }
        let now = LocalTime(e.clock.wall(e.at), in: p.zone)
        // The hub may have started inside a window, which it then can't judge: the next one counts.
        return p.windows.map { e.at + now.until($0.from) }.min()
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.missed), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.windows.map(\.lengthSeconds).max() ?? 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.bool(m.isOpen); w.unsigned(UInt64(m.uses)); w.signed(m.windowAt); w.signed(m.endAt); w.signed(m.seenAt)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(isOpen: try r.bool(), uses: UInt16(clamping: try r.unsigned()), windowAt: try r.signed(), endAt: try r.signed(), seenAt: try r.signed())
    }
}

extension ExpectedUse.Parameters {
    /// Begins the window in which `e` lies, unless it is known or began before the rule could look.
    fileprivate func enter(_ e: Evidence, _ m: inout ExpectedUse.Memory) {
        guard m.endAt == .min else { return }
        let now = LocalTime(e.clock.wall(e.at), in: zone)
        guard e.occasion == .due, let window = windows.first(where: { $0.contains(now.secondOfDay) && $0.from == now.secondOfDay }) else { return }
        (m.windowAt, m.endAt, m.seenAt, m.uses) = (e.at.microseconds, (e.at + now.until(window.to)).microseconds, e.seen.microseconds, 0)
    }
}
