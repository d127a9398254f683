import CareModel

/// The course of one vital sign of a device that one person uses: enough to know a sensor that hangs, and a change that no body makes.
struct VitalTrack: Hashable, Sendable {
    var kind: Kind
    /// The last value that was believed, and when it was measured.
    var value: Int64
    var at: WallTime
    /// Since when, and how many times in a row, it has been the same.
    var sameSince: WallTime
    var sameCount = 1
    /// A value beside it, and how many came near it since.
    var beside: Int64?
    var besideCount = 0

    init(kind: Kind, value: Int64, at: WallTime) { (self.kind, self.value, self.at, sameSince) = (kind, value, at, at) }

    /// Takes the next value.
    ///
    /// - Returns: `.frozen`, `.jump` or nothing. A jump is believed as soon as enough values confirm it.
    mutating func take(_ next: Int64, at now: WallTime, _ limit: VitalLimit) -> Quality {
        let passed = now - at
        // Of two values of one moment, or after the clock was set back, neither says how fast anything changed.
        guard passed > .zero else { return [] }
        let change = next > value ? next - value : value - next
        if limit.jump > 0, change > limit.jump, passed <= .seconds(limit.jumpSeconds) {
            if let beside, abs(next - beside) <= limit.jump {
                besideCount += 1
            } else {
                (beside, besideCount) = (next, 0)
            }
            if besideCount < limit.confirmations { return .jump }
        }
        (beside, besideCount) = (nil, 0)
        if next == value { sameCount = min(sameCount + 1, 1_000_000) } else { (value, sameSince, sameCount) = (next, now, 1) }
        at = now
        guard limit.frozenCount > 0, sameCount >= limit.frozenCount, now - sameSince >= .seconds(limit.frozenSeconds) else { return [] }
        return .frozen
    }

    func write(to w: inout ByteWriter) {
        w.unsigned(UInt64(kind.rawValue))
        w.signed(value)
        w.wall(at)
        w.wall(sameSince)
        w.int(sameCount)
        w.optional(beside) { $0.signed($1) }
        w.int(besideCount)
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        guard let raw = UInt8(exactly: try r.unsigned()), let kind = Kind(rawValue: raw) else { throw .malformed("a kind", at: r.index) }
        self.kind = kind
        value = try r.signed()
        at = try r.wall()
        sameSince = try r.wall()
        sameCount = try r.int()
        beside = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.signed() }
        besideCount = try r.int()
    }
}
