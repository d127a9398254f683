import CareModel

/// A message of a safety device that could not be read: it might have been a call for help.
///
/// Told once a device, until a message of it can be read again. When its whole profile is unreadable
/// (`UnreadableBurst`), the device is counted there instead.
enum UnreadableMessage: RuleForm {
    struct Parameters: Hashable, Sendable { var priority: Priority }

    struct Memory: Sendable, BitwiseCopyable {
        var isOpen = false
    }

    static let name = "unreadable_message"
    static let reach = Reach.device
    static let watches: Watches = [.hearing, .rejections, .unregistered]
    static let placeholders = ["profile", "count"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        MappingReader(node, "the parameters of an unreadable message", &problems).finish(&problems)
        return Parameters(priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let traits = place.traits else { return .on(p) }
        return traits.isSafety ? .on(p) : .off(.otherDevices)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .rejection:
            guard let rejection = e.rejection, rejection.isSafety, rejection.reason.isUnreadable else { return .quiet(.notConcerned) }
            if m.isOpen { return .quiet(.alreadyTold) }
            if e.isGathered { return .quiet(.gathered) }
            m.isOpen = true
            return .raise(Ground(.unreadable, count: 1), p.priority)
        case .heard:
            guard m.isOpen else { return .quiet(.sameState) }
            m.isOpen = false
            return .clear(Ground(.unreadable), .recovered)
        case .reading, .due, .link:
            return .quiet(.notConcerned)
        }
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.unreadable, count: 1), p.priority) : nil }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .deviceReported }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.bool(m.isOpen) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory { Memory(isOpen: try r.bool()) }
}
