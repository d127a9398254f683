import CareModel

/// A device that several people use names somebody whom nobody registered, or nobody at all.
///
/// What it measured is kept and judged for nobody, so somebody must say who it was. Each such person is told once in
/// `again_hours`; of more persons than are remembered the oldest are told anew.
enum UnknownPerson: RuleForm {
    struct Parameters: Hashable, Sendable {
        var againSeconds: Int
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var told: InlineArray<8, UInt64> = .init(repeating: 0)
        /// `Int64.min` = this place is free.
        var at: InlineArray<8, Int64> = .init(repeating: .min)
        var next: UInt8 = 0
    }

    static let name = "unknown_person"
    static let reach = Reach.device
    static let watches: Watches = [.strangers]
    static let placeholders = ["person"]
    static let againHoursMax = 31 * 24

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of an unknown person", &problems)
        let hours = reader.int("again_hours", in: 1...againHoursMax, default: 24, &problems)
        reader.finish(&problems)
        return Parameters(againSeconds: hours * 3_600, priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        place.traits?.namesPerson == false ? .off(.otherDevices) : .on(p)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading, e.quality.contains(.unknownSubject), !e.quality.contains(.test) else { return .quiet(.notConcerned) }
        for i in m.told.indices where m.at[i] != .min && m.told[i] == e.subject {
            if e.at.microseconds - m.at[i] < Int64(p.againSeconds) * 1_000_000 { return .quiet(.personTold) }
            m.at[i] = e.at.microseconds
            return .raise(Ground(.unknownPerson, isCondition: false), p.priority)
        }
        let slot = Int(m.next) % m.told.count
        (m.told[slot], m.at[slot], m.next) = (e.subject, e.at.microseconds, UInt8((slot + 1) % m.told.count))
        return .raise(Ground(.unknownPerson, isCondition: false), p.priority)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .deviceReported }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.next)
        for i in m.told.indices { w.unsigned(m.told[i]); w.signed(m.at[i]) }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory()
        m.next = try r.byte()
        guard Int(m.next) < m.told.count else { throw .malformed("place \(m.next)", at: r.index) }
        for i in m.told.indices { (m.told[i], m.at[i]) = (try r.unsigned(), try r.signed()) }
        return m
    }
}
