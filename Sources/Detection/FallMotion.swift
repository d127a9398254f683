import CareModel

/// A fall out of raw acceleration: an impact, another posture than before, and stillness.
///
/// Windows of a worn sensor (`signal.waveform`, signal `acceleration`, interleaved x y z, 10...200 Hz, in any
/// orientation) are put on a grid of 25 Hz. Each second whose spread is the greatest around it is a candidate; 3 s after
/// it, or when the data end, a score of spread, peak, turn of the body, stillness after and movement before decides. A
/// suspected fall is told at once; until `decide_s` after it, the body confirms it by lying or lowers it by
/// getting up. Nothing is ever taken back without a person.
enum FallMotion: RuleForm {
    struct Parameters: Hashable, Sendable {
        /// Thousandths of the score's unit (natural log odds); higher = fewer and surer.
        var threshold: Int
        var decideSeconds: Int
        var priority: Priority
        var lowered: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        var track = MotionTrack()
        /// Candidates before this frame have been judged.
        var judged: Int64 = 0
        /// When the last window ended, by the device's clock or else the hub's; `Int64.min` = no window yet.
        var endAt = Int64.min
        /// The same by the hub's time of arrival, and how long the last window was.
        var arrivedAt = Int64.min
        var windowMicroseconds: Int64 = 0
        /// Of a suspected fall, in hub time; `Int64.min` = none.
        var suspectedAt = Int64.min
        var before = Posture()
        /// Frames since the suspicion, and those of them that moved.
        var since: Int64 = 0
        var moving: Int64 = 0
        var isLate = false
    }

    /// Millihertz: slower shows no impact, faster no wearable sends.
    static let rateMin: Int64 = 5_000
    static let rateMax: Int64 = 1_000_000
    static let factorMax: UInt64 = 1_000_000_000

    static let name = "fall_motion"
    static let reach = Reach.kind
    static let watches: Watches = [.deadlines]
    static let placeholders = ["seconds"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a fall by motion", &problems)
        let threshold = reader.decimal("threshold", decimals: 3, &problems) ?? FallScore.threshold
        let decide = reader.int("decide_s", in: 5...45, default: 40, &problems)
        let name = reader.choice("lowered_priority", Priority.allCases.map(\.name), default: Priority.medium.name, &problems)
        reader.finish(&problems)
        for kind in frame.kinds where kind != .waveform {
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is no waveform, so no fall can be seen in it")
        }
        let lowered = name.flatMap { Priority(name: $0) } ?? .medium
        if lowered > frame.priority { problems.add("rules.step_priority", at: node.place, "\"lowered_priority\" can't be above the rule's priority") }
        return Parameters(threshold: Int(threshold), decideSeconds: decide, priority: frame.priority, lowered: lowered)
    }

    static func words(_ p: Parameters) -> [String] { [.confirmed, .lowered, .unconfirmed].map(\Ground.Word.name) }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            guard case .waveform(let samples, let factor, let rate, let signal) = e.value else { return .quiet(.wrongShape) }
            guard let unit = FallScore.unit(signal) else { return .quiet(.notConcerned) }
            guard rate >= rateMin, rate <= rateMax, factor.magnitude <= factorMax, samples.count >= 3, samples.count % 3 == 0 else { return .quiet(.wrongShape) }
            if e.isAgeUnknown || !e.quality.isDisjoint(with: [.unworn, .sentinel, .implausible, .frozen, .test, .outOfOrder]) { return .quiet(e.beside) }
            m.join(samples.count / 3, rate, e)
            var i = 0, found: Posture?
            while i < samples.count {
                func scaled(_ sample: Int32) -> Int64 { MotionTrack.clipped(Int64(sample) * factor / unit) }
                let before = m.track.count
                m.track.add(scaled(samples[i]), scaled(samples[i + 1]), scaled(samples[i + 2]), rateMillihertz: rate)
                m.follow(from: before)
                // Frame by frame, because the track keeps little more than one judgement needs.
                while m.isReady { found = m.next(p) ?? found }
                i += 3
            }
            return m.tell(found, e, p) ?? .quiet(m.suspectedAt == .min ? .withinLimits : .waiting)
        case .due:
            if m.endAt != .min, m.hasUnjudged, e.at.microseconds >= m.flushAt {
                var found: Posture?
                while m.hasUnjudged { found = m.next(p) ?? found }
                if let verdict = m.tell(found, e, p) { return verdict }
            }
            guard m.suspectedAt != .min, e.at.microseconds - m.suspectedAt >= Int64(p.decideSeconds) * 1_000_000 else { return .quiet(.notYetDue) }
            return m.decide(e, p)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    /// When the data have ended with something unjudged, or a suspicion must be decided.
    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        let flush = m.endAt != .min && m.hasUnjudged ? m.flushAt : Int64.max
        let decision = m.suspectedAt == .min ? Int64.max : m.suspectedAt + Int64(p.decideSeconds) * 1_000_000
        let due = min(flush, decision)
        return due == .max ? nil : Instant(microseconds: due)
    }

    /// A suspicion is an occurrence: a person ends it.
    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? { nil }
    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { interval + 3 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { interval == nil ? .deviceReported : .periodic }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        m.track.write(to: &w)
        for value in [m.judged, m.endAt, m.arrivedAt, m.windowMicroseconds, m.suspectedAt, m.since, m.moving] { w.signed(value) }
        for value in [m.before.x, m.before.y, m.before.z, m.before.spread] { w.unsigned(value.bitPattern) }
        w.bool(m.isLate)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory(track: try MotionTrack(from: &r))
        (m.judged, m.endAt, m.arrivedAt, m.windowMicroseconds) = (try r.signed(), try r.signed(), try r.signed(), try r.signed())
        (m.suspectedAt, m.since, m.moving) = (try r.signed(), try r.signed(), try r.signed())
        m.before = Posture(
            x: Double(bitPattern: try r.unsigned()), y: Double(bitPattern: try r.unsigned()), z: Double(bitPattern: try r.unsigned()),
            spread: Double(bitPattern: try r.unsigned()))
        m.isLate = try r.bool()
        return m
    }
}
