import CareModel

extension Baseline {
    /// What a stream has gone through: its extremes, and how far it ever drifted from the usual.
    struct Records: Sendable, BitwiseCopyable {
        /// Values × 16; `highest` < `lowest` = nothing yet.
        var highest = Int64.min
        var lowest = Int64.max
        /// The difference from what is usual over some `drifting` readings, and the furthest that it went; values × 4096.
        var drift: Int64 = 0
        var furthest: Int64 = 0
        var toldAt = Int64.min
    }

    /// Readings over which a drift is taken: one wild value is no drift.
    static let drifting: Int64 = 12
    static let driftScale: Int64 = 256
    /// A tenth of the record fades over the time of learning: what was long ago says less. In parts of that time.
    static let fading: Int64 = 10

    /// Beyond every record that this stream holds, in thousandths of it; 0 = nothing to compare with.
    ///
    /// An extreme counts by how far it goes beyond the span of all values.
    static func beyond(_ r: Records, _ value: Int64) -> Int64 {
        let drift = Int64(r.drift.magnitude)
        var found: Int64 = r.furthest > 0 ? part(drift, of: r.furthest) : drift > 0 ? recordRange.upperBound : 0
        guard r.highest >= r.lowest else { return found }
        let over = max(value - r.highest, r.lowest - value), span = r.highest - r.lowest
        if over > 0 { found = max(found, span > 0 ? 1_000 + part(over, of: span) : recordRange.upperBound) }
        return found
    }

    private static func part(_ amount: Int64, of whole: Int64) -> Int64 { amount / 1_000 >= whole ? 1_000_000 : amount * 1_000 / whole }

    /// The judgement by records. What was told is a record too, so the next must go beyond it. While the condition is open,
    /// what is usual isn't learned.
    static func judge(
        _ record: Int64, _ p: Parameters, _ m: inout Memory, _ value: Int64, _ hour: Int, _ usual: (centre: Int64, stray: Int64), _ at: Int64, passed: Int64, isFrozen: Bool
    ) -> Verdict {
        // The first readings drift because nothing is known, and are no record.
        let difference = m.count < readingsMin ? 0 : value - usual.centre
        m.records.drift += (difference * driftScale - m.records.drift) / drifting
        let found = beyond(m.records, value), isKnown = at - m.firstAt >= Int64(p.learnSeconds) * 1_000_000 && m.count >= readingsMin
        if !isFrozen { m.records.note(value, fadedSeconds: min(passed / 1_000_000, Int64(p.learnSeconds)), learnSeconds: Int64(p.learnSeconds)) }
        let ground = Ground(.unusual, limit: usual.centre / scale, word: difference > 0 ? .rising : .falling, amount: Int64(difference.magnitude) / scale)
        if m.isOpen {
            guard found < 1_000 else { return .quiet(.alreadyTold) }
            (m.isOpen, m.row) = (false, 0)
            if !isFrozen { m.learn(value, hour, usual) }
            return .clear(ground, .recovered)
        }
        let isOnSide = p.side == .both || (p.side == .high) == (difference > 0)
        let isBeyond = isKnown && found >= record && isOnSide && Int64(difference.magnitude) >= p.least * scale
        m.row = isBeyond ? min(255, m.row + 1) : 0
        let isResting = m.records.toldAt != .min && at - m.records.toldAt <= Int64(p.restSeconds) * 1_000_000
        guard isBeyond, Int(m.row) >= p.inARow, !isResting else {
            if !isFrozen { m.learn(value, hour, usual) }
            return .quiet(!isKnown ? .learning : !isBeyond ? .usual : isResting ? .alreadyTold : .belowPersistence)
        }
        (m.isOpen, m.records.toldAt) = (true, at)
        return .raise(ground, p.priority)
    }
}

extension Baseline.Records {
    /// Takes a value among the extremes and the drift among the records.
    mutating func note(_ value: Int64, fadedSeconds: Int64, learnSeconds: Int64) {
        furthest = max(Int64(drift.magnitude), furthest - furthest * fadedSeconds / (Baseline.fading * max(1, learnSeconds)))
        (highest, lowest) = (max(highest, value), min(lowest, value))
    }

    func write(to w: inout ByteWriter) { for value in [highest, lowest, drift, furthest, toldAt] { w.signed(value) } }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        (highest, lowest, drift) = (try r.signed(), try r.signed(), try r.signed())
        (furthest, toldAt) = (try r.signed(), try r.signed())
    }
}
