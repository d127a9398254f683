import CareModel

/// Many unreadable messages of one profile, as after a firmware update: one finding instead of one a device.
///
/// Counted in windows that begin with the first unreadable message and last `within_s`. It is over when
/// nothing of the profile was unreadable for as long.
enum UnreadableBurst: RuleForm {
    struct Parameters: Hashable, Sendable {
        var count: Int
        var withinSeconds: Int
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var isOpen = false
        var count: UInt32 = 0
        /// The count at which it is told again: each doubling.
        var nextTold: UInt32 = 0
        var windowAt = Int64.min
        var lastAt = Int64.min
    }

    static let name = "unreadable_burst"
    static let reach = Reach.profile
    static let watches: Watches = [.rejections, .deadlines]
    static let placeholders = ["profile", "count"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of an unreadable burst", &problems)
        let count = reader.int("count", in: 2...100_000, &problems)
        let within = reader.int("within_s", in: 1...86_400, &problems)
        reader.finish(&problems)
        guard let count, let within else { return nil }
        return Parameters(count: count, withinSeconds: within, priority: frame.priority)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        let at = e.at.microseconds, within = Int64(p.withinSeconds) * 1_000_000
        switch e.occasion {
        case .rejection:
            guard let rejection = e.rejection, rejection.reason.isUnreadable else { return .quiet(.notConcerned) }
            m.lastAt = at
            if !m.isOpen, m.windowAt == .min || at - m.windowAt > within { (m.windowAt, m.count) = (at, 0) }
            m.count = m.count == .max ? .max : m.count + 1
            if m.isOpen {
                guard m.count >= m.nextTold else { return .quiet(.gathered) }
                m.nextTold = m.count > .max / 2 ? .max : m.count * 2
                return .update(Ground(.unreadableMany, count: Int(m.count)), p.priority)
            }
            guard m.count >= p.count else { return .quiet(.belowPersistence) }
            m.isOpen = true
            m.nextTold = m.count * 2
            return .raise(Ground(.unreadableMany, count: Int(m.count)), p.priority)
        case .due:
            guard m.isOpen else { return .quiet(.notConcerned) }
            guard at - m.lastAt >= within else { return .quiet(.notYetDue) }
            let count = Int(m.count)
            m = Memory()
            return .clear(Ground(.unreadableMany, count: count), .recovered)
        case .reading, .heard, .link:
            return .quiet(.notConcerned)
        }
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        m.isOpen ? Instant(microseconds: m.lastAt) + .seconds(p.withinSeconds) : nil
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        m.isOpen ? (Ground(.unreadableMany, count: Int(m.count)), p.priority) : nil
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .deviceReported }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.bool(m.isOpen); w.unsigned(UInt64(m.count)); w.unsigned(UInt64(m.nextTold)); w.signed(m.windowAt); w.signed(m.lastAt)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(
            isOpen: try r.bool(), count: UInt32(truncatingIfNeeded: try r.unsigned()), nextTold: UInt32(truncatingIfNeeded: try r.unsigned()),
            windowAt: try r.signed(), lastAt: try r.signed())
    }
}
