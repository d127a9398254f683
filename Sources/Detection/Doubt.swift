import CareModel

/// The hub has marked what a device says, and goes on marking it: a value that hangs, another wearer, a wrong clock.
///
/// What is marked is judged by no other rule, so somebody must look at the device. Told once in `again_hours` while it lasts; not
/// before it has lasted for `longer_than_s`, because a clock is wrong for a moment after each start.
enum Doubt: RuleForm {
    struct Parameters: Hashable, Sendable {
        var mark: Quality
        var longerThan: Span
        var again: Span
        var priority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        /// Hub time; `Int64.min` = never.
        var since = Int64.min
        var lastAt = Int64.min
        var toldAt = Int64.min
    }

    /// The marks that a rule may name; readings without them cost nothing.
    static let marks: Quality = [.frozen, .otherWearer, .clockFault]
    static let againHoursMax = 31 * 24
    static let longerSecondsMax = 7 * 86_400
    /// Two marks further apart are two stories: our choice, because a device that reports once a day is the rarest.
    static let gapMax = Span.seconds(25 * 3_600)

    static let name = "doubt"
    static let reach = Reach.device
    static let watches: Watches = [.doubts]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a doubt", &problems)
        let names = Quality.named.filter { marks.contains($0.0) }
        let mark = reader.choice("quality", names.map(\.1), default: nil, &problems).flatMap { word in names.first { $0.1 == word }?.0 }
        let longer = reader.int("longer_than_s", in: 0...longerSecondsMax, default: 0, &problems)
        let hours = reader.int("again_hours", in: 1...againHoursMax, default: 24, &problems)
        reader.finish(&problems)
        guard let mark else { return nil }
        return Parameters(mark: mark, longerThan: .seconds(longer), again: .seconds(hours * 3_600), priority: frame.priority)
    }

    /// A clock is everybody's; the other marks are of devices that measure a body.
    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        if p.mark == .clockFault { return .on(p) }
        return place.traits?.outputs.contains { $0.kind.isVital } == true ? .on(p) : .off(.otherDevices)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading, e.quality.contains(p.mark), !e.isAgeUnknown, !e.quality.contains(.test) else { return .quiet(.notConcerned) }
        let now = e.at.microseconds
        if m.since == .min || now - m.lastAt > gapMax.microseconds { m.since = now }
        m.lastAt = now
        if now - m.since < p.longerThan.microseconds { return .quiet(.belowPersistence) }
        if m.toldAt != .min, now - m.toldAt < p.again.microseconds { return .quiet(.alreadyTold) }
        m.toldAt = now
        return .raise(Ground(.doubted, seconds: Int((now - m.since) / 1_000_000), isCondition: false), p.priority)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { p.longerThan.wholeSeconds }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.signed(m.since)
        w.signed(m.lastAt)
        w.signed(m.toldAt)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(since: try r.signed(), lastAt: try r.signed(), toldAt: try r.signed())
    }
}

extension Detection {
    /// Tells the rules that look at marks that a reading has one.
    mutating func doubt(_ reading: Reading, _ seat: Int, _ e: Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        for template in book.shapes[Int(book.seats[seat].shape)].doubting { judge(seat, template, e, reading, book, &findings) }
    }
}
