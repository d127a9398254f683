/// How long to wait before the next attempt: doubling from `secondsMin` to `secondsMax`, plus up to half of it
/// by chance, so that a street of hubs doesn't return in one wave. Never over `secondsMax`.
///
/// libmosquitto's own waits 1 s for ever and only inside its own loop.
public struct BackOff: Hashable, Sendable {
    public static let secondsMin = 1
    public static let secondsMax = 30

    public private(set) var failuresInRow = 0

    public init() {}

    /// - Parameter word: 64 random bits.
    /// - Returns: microseconds until the next attempt, 1,000,000...30,000,000.
    public mutating func next(word: UInt64) -> Int64 {
        let seconds = min(BackOff.secondsMax, BackOff.secondsMin << min(failuresInRow, 5))
        failuresInRow += 1
        let base = Int64(seconds) * 1_000_000
        return min(Int64(BackOff.secondsMax) * 1_000_000, base + Int64(word % UInt64(base / 2 + 1)))
    }

    public mutating func reset() { failuresInRow = 0 }
}
