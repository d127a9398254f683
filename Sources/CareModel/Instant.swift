/// A moment of the hub's own time, in microseconds.
///
/// Hub time never steps and survives restarts: it is the boot clock plus an anchor that the ledger
/// keeps. Durations and deadlines are counted in it; schedules and people use `WallTime`.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds; at a hub's first start close to the Unix epoch's, afterwards on its own.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }
    public static func + (a: Instant, b: Span) -> Instant { Instant(microseconds: a.microseconds &+ b.microseconds) }
    public static func - (a: Instant, b: Span) -> Instant { Instant(microseconds: a.microseconds &- b.microseconds) }
    public static func - (a: Instant, b: Instant) -> Span { Span(microseconds: a.microseconds &- b.microseconds) }

    /// The wall time of this moment under the offset that was in force then.
    public func wall(offset: Span) -> WallTime { WallTime(microseconds: microseconds &+ offset.microseconds) }
}

/// A length of time, in microseconds.
public struct Span: Hashable, Comparable, Sendable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func seconds(_ n: Int) -> Span { Span(microseconds: Int64(n) * 1_000_000) }
    public static func milliseconds(_ n: Int) -> Span { Span(microseconds: Int64(n) * 1_000) }
    public static let zero = Span(microseconds: 0)

    /// Whole seconds, rounded towards zero.
    public var wholeSeconds: Int { Int(microseconds / 1_000_000) }

    public static func < (a: Span, b: Span) -> Bool { a.microseconds < b.microseconds }
    public static func + (a: Span, b: Span) -> Span { Span(microseconds: a.microseconds &+ b.microseconds) }
    public static func - (a: Span, b: Span) -> Span { Span(microseconds: a.microseconds &- b.microseconds) }
    public static func * (a: Span, n: Int) -> Span { Span(microseconds: a.microseconds &* Int64(n)) }
}

/// A moment as clocks on walls show it: microseconds since 1970-01-01T00:00:00Z, no leap seconds.
public struct WallTime: Hashable, Comparable, Sendable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func < (a: WallTime, b: WallTime) -> Bool { a.microseconds < b.microseconds }
    public static func + (a: WallTime, b: Span) -> WallTime { WallTime(microseconds: a.microseconds &+ b.microseconds) }
    public static func - (a: WallTime, b: WallTime) -> Span { Span(microseconds: a.microseconds &- b.microseconds) }
}

/// How far the hub's wall clock is to be believed.
public enum ClockQuality: UInt8, Hashable, Sendable, CaseIterable {
    /// Set by NTP or a receiver within the last day.
    case synchronised = 0
    /// Continues from the last known time; schedules may be off.
    case unsynchronised = 1

    public var name: String { self == .synchronised ? "synchronised" : "unsynchronised" }
}
