import CareModel

/// Two devices say the same independently: it becomes more certain, and more urgent.
///
/// It never takes anything away: what one device said stands by its own rule. A person may wear only one of them, so a
/// missing second voice means nothing.
enum Corroboration: RuleForm {
    struct Parameters: Hashable, Sendable {
        var first: Signal
        var second: Signal
        var withinSeconds: Int
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var firstAt = Int64.min
        var secondAt = Int64.min
        var firstDevice: UInt64 = 0
        var secondDevice: UInt64 = 0
        /// Until when the pair counts as told.
        var toldAt = Int64.min
    }

    static let withinSecondsMax = 86_400

    static let name = "corroboration"
    static let reach = Reach.resident
    static let watches: Watches = []
    static let placeholders = ["seconds", "minutes"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a corroboration", &problems)
        let first = reader.required("first", &problems).flatMap { Signal($0, kinds: nil, &problems) }
        let second = reader.required("second", &problems).flatMap { Signal($0, kinds: nil, &problems) }
        let within = reader.int("within_s", in: 1...withinSecondsMax, &problems)
        reader.finish(&problems)
        for kind in (first?.kinds ?? []) + (second?.kinds ?? []) where !frame.kinds.contains(kind) {
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is to corroborate, but does not stand among the rule's \"kinds\"")
        }
        guard let first, let second, let within else { return nil }
        return Parameters(first: first, second: second, withinSeconds: within, priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let home = place.home else { return .off(.nobodyRegistered) }
        if !place.hasSensor { return .off(home.occupants > 1 ? .severalOccupants : .noSensor) }
        return .on(p)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading else { return .quiet(.notConcerned) }
        let isFirst = p.first.match(e) == .yes, isSecond = p.second.match(e) == .yes
        guard isFirst || isSecond else { return .quiet(.notArmed) }
        if e.isBeside { return .quiet(e.beside) }
        let at = e.at.microseconds, within = Int64(p.withinSeconds) * 1_000_000
        let hasFirst = m.firstAt != .min && at - m.firstAt <= within && m.firstDevice != e.device
        let hasSecond = m.secondAt != .min && at - m.secondAt <= within && m.secondDevice != e.device
        if isFirst { (m.firstAt, m.firstDevice) = (at, e.device) }
        if isSecond { (m.secondAt, m.secondDevice) = (at, e.device) }
        guard isFirst && hasSecond || isSecond && hasFirst else { return .quiet(.waiting) }
        let isTold = m.toldAt != .min && at - m.toldAt <= within
        m.toldAt = at
        if isTold { return .quiet(.alreadyTold) }
        let other = isFirst && hasSecond ? m.secondAt : m.firstAt
        return .raise(Ground(.corroborated, seconds: Int(max(0, at - other) / 1_000_000), isCondition: false), p.priority)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .deviceReported }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.signed(m.firstAt); w.signed(m.secondAt); w.unsigned(m.firstDevice); w.unsigned(m.secondDevice); w.signed(m.toldAt)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(
            firstAt: try r.signed(), secondAt: try r.signed(), firstDevice: try r.unsigned(), secondDevice: try r.unsigned(), toldAt: try r.signed())
    }
}
