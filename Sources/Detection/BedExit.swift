import CareModel

/// Somebody left the bed, as a tag on the chest shows that is read sparsely and irregularly.
///
/// A passive tag answers some times a second near an antenna and not at all for minutes elsewhere; a sample holds the acceleration
/// of the trunk, the strength and the antenna of its answer. Whether a person sits on the bed, stands or walks differs little in one
/// sample, so each is judged by the 12 s before and after it (`BedExitScore`): the told exit is at most `lookSeconds` +
/// `holdSeconds` old. One exit is told for each time in bed: who has not lain since can't leave it again.
enum BedExit: RuleForm {
    struct Parameters: Hashable, Sendable {
        /// Thousandths of natural log odds; higher = fewer and surer.
        var threshold: Int64
        var schedule: DayWindow?
        var zone: TimeZoneTable
        var priority: Priority
    }

    /// 0.001 g, 0.1 dB, microseconds.
    struct Sample: Sendable, BitwiseCopyable {
        var at: Int64 = 0
        var front: Int16 = 0
        var vertical: Int16 = 0
        var lateral: Int16 = 0
        var strength: Int16 = 0
        var antenna: UInt8 = 0

        /// The trunk is less than about 20° from level.
        var isLying: Bool {
            let f = Int64(front), v = Int64(vertical), l = Int64(lateral)
            return v <= 0 || 9 * (f * f + l * l) > 64 * v * v
        }
    }

    struct Memory: Sendable, BitwiseCopyable {
        var samples: InlineArray<112, Sample> = .init(repeating: Sample())
        /// Samples ever kept; the newest `kept` of them are there.
        var count: Int64 = 0
        /// Samples before this one have been judged.
        var judged: Int64 = 0
        var lyingAt = Int64.min
        var bestAt = Int64.min
        var bestScore = Int64.min
        var isArmed = true
        var hasLain = false
        var isOpen = false
    }

    /// A sample each quarter second at most: more say nothing new, and so the last 28 s fit.
    static let spacing: Int64 = 250_000
    static let kept: Int64 = 112
    static let backSeconds: Int64 = 12
    static let lookSeconds: Int64 = 12
    static let nearSeconds: Int64 = 3
    /// A better moment within this replaces the one found.
    static let holdSeconds: Int64 = 6
    static let signal = "bed_tag"
    /// ±8 g: no trunk is accelerated more.
    static let accelerationMax: Int64 = 8_000

    static let name = "bed_exit"
    static let reach = Reach.kind
    static let watches: Watches = [.deadlines]
    static let placeholders = ["seconds"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a bed exit", &problems)
        let threshold = reader.decimal("threshold", decimals: 3, &problems) ?? BedExitScore.threshold
        let schedule = DayWindow.schedule(&reader, &problems)
        reader.finish(&problems)
        for kind in frame.kinds where kind != .waveform {
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is no waveform, so no tag's samples can be in it")
        }
        return Parameters(threshold: threshold, schedule: schedule, zone: .utc, priority: frame.priority)
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        var fitted = p
        fitted.zone = place.home?.zone ?? .utc
        return .on(fitted)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            guard case .waveform(let samples, let factor, _, let signal) = e.value, signal == BedExit.signal else { return .quiet(.notConcerned) }
            guard let sample = sample(samples, factor, e.at) else { return .quiet(.wrongShape) }
            if e.isBeside || !e.quality.isDisjoint(with: [.unworn]) { return .quiet(e.beside) }
            let found = m.settle(before: e.at.microseconds, p)
            let cleared = m.keep(sample)
            if let found { return tell(found, e, p, &m) }
            if cleared, m.isOpen {
                m.isOpen = false
                return .clear(Ground(.followed), .recovered)
            }
            return .quiet(m.bestAt != .min ? .waiting : m.isArmed ? .withinLimits : .notArmed)
        case .due:
            return m.settle(before: e.at.microseconds, p).map { tell($0, e, p, &m) } ?? .quiet(.notYetDue)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    /// When the oldest unjudged sample can be judged, or the best moment so far can't be bettered.
    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        if m.judged < m.count { return Instant(microseconds: m.sample(m.judged).at) + .seconds(Int(lookSeconds)) + Span(microseconds: 1) }
        return m.bestAt == .min ? nil : Instant(microseconds: m.bestAt) + .seconds(Int(lookSeconds + holdSeconds)) + Span(microseconds: 1)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { m.isOpen ? (Ground(.followed), p.priority) : nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { Int(lookSeconds + holdSeconds) }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .periodic }

    private static func tell(_ at: Int64, _ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        if m.isOpen { return .quiet(.alreadyTold) }
        if let schedule = p.schedule, !schedule.contains(LocalTime(e.clock.wall(Instant(microseconds: at)), in: p.zone).secondOfDay) { return .quiet(.outsideSchedule) }
        m.isOpen = true
        return .raise(Ground(.followed, seconds: Int((e.at.microseconds - at + 500_000) / 1_000_000)), p.priority)
    }

    private static func sample(_ samples: [Int32], _ factor: Int64, _ at: Instant) -> Sample? {
        guard samples.count == 5, factor > 0, factor <= 1_000_000 else { return nil }
        func thousandths(_ i: Int) -> Int64 { Limit.rounded(Int64(samples[i]) * factor, to: 1_000) / 1_000 }
        let axes = [thousandths(0), thousandths(1), thousandths(2)], strength = Limit.rounded(thousandths(3), to: 100) / 100, antenna = thousandths(4) / 1_000
        guard axes.allSatisfy({ $0.magnitude <= UInt64(accelerationMax) }), strength >= -1_500, strength <= 0, antenna >= 0, antenna <= 255 else { return nil }
        return Sample(at: at.microseconds, front: Int16(axes[0]), vertical: Int16(axes[1]), lateral: Int16(axes[2]), strength: Int16(strength), antenna: UInt8(antenna))
    }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        let first = max(0, m.count - kept)
        for value in [m.count, m.judged, m.lyingAt, m.bestAt, m.bestScore] { w.signed(value) }
        w.bool(m.isArmed); w.bool(m.hasLain); w.bool(m.isOpen)
        for i in first..<m.count {
            let s = m.sample(i)
            for value in [s.at, Int64(s.front), Int64(s.vertical), Int64(s.lateral), Int64(s.strength), Int64(s.antenna)] { w.signed(value) }
        }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory()
        let at = r.index
        (m.count, m.judged, m.lyingAt) = (try r.signed(), try r.signed(), try r.signed())
        (m.bestAt, m.bestScore) = (try r.signed(), try r.signed())
        (m.isArmed, m.hasLain, m.isOpen) = (try r.bool(), try r.bool(), try r.bool())
        guard m.count >= 0, m.count < .max / 2, m.judged >= max(0, m.count - kept), m.judged <= m.count else { throw .malformed("a bed tag's samples don't fit", at: at) }
        for i in max(0, m.count - kept)..<m.count {
            let s = Sample(
                at: try r.signed(), front: Int16(clamping: try r.signed()), vertical: Int16(clamping: try r.signed()), lateral: Int16(clamping: try r.signed()),
                strength: Int16(clamping: try r.signed()), antenna: UInt8(clamping: try r.signed()))
            m.samples[Int(i % kept)] = s
        }
        return m
    }
}
