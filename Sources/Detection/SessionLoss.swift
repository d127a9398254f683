import CareModel

/// The hub's own connection to the broker; one instance a link.
///
/// Without `down_s` the rule tells each session that the broker forgot after the first connection: messages may be
/// lost for good. With it, the rule tells a link that has been down for so long instead.
enum SessionLoss: RuleForm {
    struct Parameters: Hashable, Sendable {
        /// A link that is down for so long is told; nil = forgotten sessions are told.
        var downSeconds: Int?
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var wasConnected = false
        var isOpen = false
        /// When the link was lost; `Int64.min` = it stands, or was never there.
        var lostAt = Int64.min
    }

    static let name = "session_loss"
    static let reach = Reach.link
    static let watches: Watches = [.links, .deadlines]
    static let placeholders = ["link", "seconds", "minutes"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a session loss", &problems)
        let down = reader.optional("down_s").flatMap { $0.int("down_s", in: 1...86_400, &problems) }
        reader.finish(&problems)
        return Parameters(downSeconds: down, priority: frame.priority)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .link:
            guard let change = e.link?.change else { return .quiet(.notConcerned) }
            switch change {
            case .lost:
                if m.wasConnected, m.lostAt == .min { m.lostAt = e.at.microseconds }
                return .quiet(.notYetDue)
            case .drained:
                return .quiet(.notConcerned)
            case .resumed(let isSessionPresent):
                let isFirst = !m.wasConnected, wasOpen = m.isOpen
                (m.wasConnected, m.isOpen, m.lostAt) = (true, false, .min)
                if wasOpen { return .clear(Ground(.linkDown), .returned) }
                if p.downSeconds == nil, !isSessionPresent, !isFirst {
                    return .raise(Ground(.sessionLost, isCondition: false), p.priority)
                }
                return .quiet(isFirst ? .firstSession : .sameState)
            }
        case .due:
            guard !m.isOpen, m.lostAt != .min, let down = p.downSeconds else { return .quiet(.alreadyTold) }
            let span = e.at - Instant(microseconds: m.lostAt)
            guard span >= .seconds(down) else { return .quiet(.notYetDue) }
            m.isOpen = true
            return .raise(Ground(.linkDown, seconds: span.wholeSeconds), p.priority)
        case .reading, .heard, .rejection:
            return .quiet(.notConcerned)
        }
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard !m.isOpen, m.lostAt != .min, let down = p.downSeconds else { return nil }
        return Instant(microseconds: m.lostAt) + .seconds(down)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.linkDown), p.priority) : nil }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.downSeconds ?? 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.bool(m.wasConnected); w.bool(m.isOpen); w.signed(m.lostAt) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(wasConnected: try r.bool(), isOpen: try r.bool(), lostAt: try r.signed())
    }
}
