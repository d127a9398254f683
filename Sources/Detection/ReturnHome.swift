import CareModel

/// Somebody stirs in a home whose residents are away, as somebody told the hub: are they back?
///
/// Asked once an absence. Until a person says so the absence goes on, because a neighbour who waters the flowers moves too;
/// the question ends with it.
enum ReturnHome: RuleForm {
    struct Parameters: Hashable, Sendable {
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var isOpen = false
    }

    static let name = "return_home"
    static let reach = Reach.home
    static let watches: Watches = []

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        let reader = MappingReader(node, "the parameters of a return home", &problems)
        reader.finish(&problems)
        for kind in frame.kinds where !kind.name.hasPrefix("behaviour.") {
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) says nothing about a resident's activity")
        }
        return Parameters(priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        if place.residents == 0 { return .off(.nobodyRegistered) }
        if place.home?.hasPets == true { return .off(.pets) }
        return place.hasSensor ? .on(p) : .off(.noSensor)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            guard e.isAway else { return .quiet(.notArmed) }
            if e.isBeside { return .quiet(e.beside) }
            guard ResidentInactivity.isActivity(e) else { return .quiet(.sameState) }
            if m.isOpen { return .quiet(.alreadyTold) }
            m.isOpen = true
            return .raise(Ground(.backHome), p.priority)
        case .due:
            guard m.isOpen, !e.isAway else { return .quiet(.notYetDue) }
            m.isOpen = false
            return .clear(Ground(.backHome), .returned)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.backHome), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) { w.bool(m.isOpen) }
    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory { Memory(isOpen: try r.bool()) }
}
