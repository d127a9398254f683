import CareModel

/// How far a device's clock stands from the hub's, learnt from messages that came live: a clock that is set to the wrong zone, or
/// was never set, must not make everything that the device says "late".
///
/// Stored measurements differ: they come faster than they were measured, so their difference shrinks from one to the next.
struct ClockDrift: Hashable, Sendable {
    /// Our choice: clocks of wearables drift by seconds a day, and messages of one device take some seconds longer than others.
    static let tolerance = Span.seconds(60)
    /// Messages nearer to one another than this are of one burst and count once.
    static let spacing = Span.seconds(30)
    /// So many messages, over so long, whose difference is the same: a store of measurements that is sent half as fast again as it
    /// was filled leaves the tolerance in that time.
    static let agreeingMin = 3
    static let learningSpan = Span.seconds(150)

    /// Hub time minus device time of the first message that agreed.
    var difference: Span
    var since: Instant
    var lastAt: Instant
    var agreeing = 1

    init(difference: Span, at: Instant) { (self.difference, since, lastAt) = (difference, at, at) }

    var isLearnt: Bool { agreeing >= ClockDrift.agreeingMin && lastAt - since >= ClockDrift.learningSpan }

    /// Takes the difference of a message whose time was not live.
    mutating func take(_ next: Span, at: Instant) {
        guard at - lastAt >= ClockDrift.spacing else { return }
        let change = next - difference
        guard change <= ClockDrift.tolerance, Span.zero - change <= ClockDrift.tolerance else {
            // Behind a learnt clock there may be stored measurements: they don't unlearn it, unless it is set anew.
            if isLearnt, change > .zero { return }
            self = ClockDrift(difference: next, at: at)
            return
        }
        agreeing = min(agreeing + 1, ClockDrift.agreeingMin)
        lastAt = at
    }

    func write(to w: inout ByteWriter) {
        w.signed(difference.microseconds)
        w.instant(since)
        w.instant(lastAt)
        w.int(agreeing)
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        difference = Span(microseconds: try r.signed())
        since = try r.instant()
        lastAt = try r.instant()
        agreeing = try r.int()
    }
}
