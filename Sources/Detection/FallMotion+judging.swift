import CareModel

/// How much a second of movement looks like a fall: a logistic score, fitted on simulated falls and daily activities of
/// adults worn at the waist, its sizes capped so that a harder hit on a wrist counts for no more.
///
/// Logarithms are piecewise linear between powers of two and so the same on every machine.
enum FallScore {
    /// Thousandths. Our choice, because there the misses on fitted data are 1 % and the false alarms under 0.5 %.
    static let threshold: Int64 = -150
    /// Only a second that spreads at least this much is a candidate, in 0.001 g: sitting down on a chair stays below.
    static let spreadMin: Int64 = 400

    /// Frames around the middle of the candidate's second: before it, after it.
    static let beforeFrom: Int64 = 50, beforeTo: Int64 = 25, afterFrom: Int64 = 37, afterTo: Int64 = 75
    /// With fewer frames before or after there is no posture to speak of.
    static let beforeMin: Int64 = 5, afterMin: Int64 = 10
    /// A candidate spreads the most of all that begin within half a second.
    static let around: Int64 = 12

    /// What one unit of a waveform's `samples × factor / 10^6` is, as a divisor that gives 0.001 g; nil = another signal.
    static func unit(_ signal: String) -> Int64? {
        switch signal {
        case "acceleration", "acceleration_g": 1_000
        case "acceleration_mg": 1_000_000
        // 9.80665 m/s² are 1 g.
        case "acceleration_m_s2": 9_807
        default: nil
        }
    }

    static func log2(_ value: Double) -> Double {
        guard value > 0 else { return -20 }
        return Double(value.exponent) + value.significand - 1
    }

    /// - Parameters: in g, the turn as the sine of half the angle.
    static func score(spread: Double, peak: Double, turn: Double, after: Double, before: Double) -> Double {
        var sum = -16.2
        sum += 3.8 * log2(min(spread, 1.3)) + 4.4 * log2(min(peak, 3))
        // Up to 20° counts most: without another posture it is a jump or a hit.
        sum += 15 * min(turn, 0.5) + 32.5 * min(turn, 0.174)
        sum += -0.77 * log2(min(0.5, max(0.03, after))) + 0.82 * log2(min(0.5, max(0.03, before)))
        return sum
    }
}

extension FallMotion.Memory {
    /// Whether frames wait for more of what comes after them.
    var hasUnjudged: Bool { track.spreadCount > judged }
    /// When no further window is to be expected any more.
    var flushAt: Int64 { arrivedAt + windowMicroseconds + 2_000_000 }

    /// Takes up the window where the last one ended, or begins anew after a gap.
    mutating func join(_ count: Int, _ rate: Int64, _ e: Evidence) {
        let length = Int64(count) * 1_000_000_000 / rate
        let end = e.observedAt?.microseconds ?? e.clock.wall(e.at).microseconds
        // Windows that arrive together, or the hub's clock being set, are no gap; a pause of two seconds is.
        let isContinued = endAt != .min && min(end - endAt, e.at.microseconds - arrivedAt) - length <= 2_000_000
        if !isContinued { (track, judged) = (MotionTrack(), 0) }
        (endAt, arrivedAt, windowMicroseconds) = (end, e.at.microseconds, length)
        isLate = e.quality.contains(.late)
    }

    /// Counts how much the body moves after a suspected fall: seconds that spread over 0.1 g.
    mutating func follow(from before: Int64) {
        guard suspectedAt != .min, track.count > before else { return }
        since += track.count - before
        if track.spreadCount > 0, track.spread(track.spreadCount - 1) > 100 { moving += track.count - before }
    }

    /// Whether all that comes after the next candidate is known.
    var isReady: Bool { track.count >= judged + Int64(MotionTrack.hertz) / 2 + FallScore.afterTo }

    /// Judges the next candidate; the posture before it, when it looks like a fall.
    mutating func next(_ p: FallMotion.Parameters) -> Posture? {
        let i = judged
        judged += 1
        // At the end of the data there may be too little after it.
        guard track.count >= i + Int64(MotionTrack.hertz) / 2 + FallScore.afterFrom + FallScore.afterMin else { return nil }
        return candidate(i, p)
    }

    mutating func tell(_ found: Posture?, _ e: Evidence, _ p: FallMotion.Parameters) -> Verdict? {
        guard let found, suspectedAt == .min else { return nil }
        (suspectedAt, before, since, moving) = (e.at.microseconds, found, 0, 0)
        return .raise(Ground(isLate ? .missedOffline : .fallSuspected, isCondition: false), p.priority)
    }

    /// - Returns: the posture before it, when the second that begins at `i` looks like a fall.
    private func candidate(_ i: Int64, _ p: FallMotion.Parameters) -> Posture? {
        let spread = track.spread(i)
        guard spread >= FallScore.spreadMin else { return nil }
        for k in max(0, track.spreadCount - 128, i - FallScore.around)...min(track.spreadCount - 1, i + FallScore.around) where track.spread(k) > spread { return nil }
        let middle = i + Int64(MotionTrack.hertz) / 2
        var from = max(track.oldest, middle - FallScore.beforeFrom), to = middle - FallScore.beforeTo
        if to - from < FallScore.beforeMin { (from, to) = (track.oldest, min(track.count, track.oldest + FallScore.beforeMin)) }
        let before = track.posture(from, to)
        let after = track.posture(middle + FallScore.afterFrom, min(track.count, middle + FallScore.afterTo))
        let score = FallScore.score(
            spread: Double(spread) / 1_000, peak: track.peak(i, i + Int64(MotionTrack.hertz)) / 1_000, turn: after.turned(from: before),
            after: after.spread / 1_000, before: before.spread / 1_000)
        return score * 1_000 >= Double(p.threshold) ? before : nil
    }

    /// Lying or getting up, at the end of the time for it.
    mutating func decide(_ e: Evidence, _ p: FallMotion.Parameters) -> Verdict {
        let seconds = Int((e.at.microseconds - suspectedAt) / 1_000_000)
        defer { suspectedAt = .min }
        let two = Int64(MotionTrack.hertz) * 2
        // Without at least ten seconds of data after it nobody can tell.
        guard since >= two * 5, track.count >= two else { return .update(Ground(.unconfirmed, seconds: seconds, isCondition: false, word: .unconfirmed), p.priority) }
        let now = track.posture(track.count - two, track.count)
        // Within 30° of the posture before, and moving for a fifth of the time: up again.
        let isUp = now.turned(from: before) < 0.2588 && moving * 5 >= since
        if isUp { return .update(Ground(.fallLowered, seconds: seconds, isCondition: false, word: .lowered), p.lowered) }
        return .update(Ground(.fallConfirmed, seconds: seconds, isCondition: false, word: .confirmed), p.priority)
    }
}
