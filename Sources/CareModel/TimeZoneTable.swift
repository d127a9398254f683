/// One zone's changes of offset, kept as data so that a replay on another machine gives the same answers.
public struct TimeZoneTable: Hashable, Sendable {
    public struct Transition: Hashable, Sendable {
        /// UTC seconds since 1970 from which `offsetSeconds` holds.
        public var fromSeconds: Int64
        /// Seconds east of UTC.
        public var offsetSeconds: Int

        public init(fromSeconds: Int64, offsetSeconds: Int) {
            self.fromSeconds = fromSeconds
            self.offsetSeconds = offsetSeconds
        }
    }

    /// IANA name, for instance `Asia/Shanghai`.
    public var name: String
    /// The offset before the first transition.
    public var initialOffsetSeconds: Int
    /// In rising order of `fromSeconds`.
    public var transitions: [Transition]

    public init(name: String, initialOffsetSeconds: Int, transitions: [Transition] = []) {
        self.name = name
        self.initialOffsetSeconds = initialOffsetSeconds
        self.transitions = transitions
    }

    public static let utc = TimeZoneTable(name: "UTC", initialOffsetSeconds: 0)

    /// Seconds east of UTC in force at `wall`.
    public func offsetSeconds(at wall: WallTime) -> Int {
        let seconds = wall.microseconds.flooredDivision(by: 1_000_000).quotient
        var low = 0, high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].fromSeconds <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? initialOffsetSeconds : transitions[low - 1].offsetSeconds
    }

    public func civil(_ wall: WallTime) -> CivilTime { CivilTime(wall, offsetSeconds: offsetSeconds(at: wall)) }

    /// The moment that a clock of this zone shows as `civil`; in a gap or an overlap the earlier offset counts.
    public func wall(_ civil: CivilTime) -> WallTime {
        let guess = civil.wall(offsetSeconds: offsetSeconds(at: civil.wall()))
        let first = civil.wall(offsetSeconds: offsetSeconds(at: guess + .seconds(-3 * 3_600)))
        return offsetSeconds(at: first) == offsetSeconds(at: guess) ? guess : first
    }
}
