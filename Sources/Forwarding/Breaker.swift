import CareModel

/// Keeps a receiver that takes nothing from being asked for every delivery again and again. Pure: time comes with each call.
///
/// Closed, everything goes. After `failuresMax` failed tries in a row it opens: nothing goes until its pause is over, then a few
/// deliveries try. One that is taken, or refused for good, closes it; if none is, the next pause is twice as long.
/// A high-priority delivery that was never tried goes at any time: it waits for no pause of somebody else's.
public struct Breaker: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        case closed
        case open(until: ContinuousClock.Instant)
        /// So many may try now.
        case halfOpen(room: Int)
    }

    /// Our choice: fewer would open at one bad message, more would burden a receiver that is down.
    public static let failuresMax = 5
    /// Deliveries that try after a pause; several, so that one that can never go doesn't keep all others.
    public static let probesMax = 4

    public private(set) var state = State.closed
    private var failuresInRow = 0
    private var openings = 0

    public init() {}

    /// How many may go now.
    ///
    /// - Parameter room: as many as there is place for otherwise.
    public mutating func admit(_ room: Int, at now: ContinuousClock.Instant) -> Int {
        if case .open(let until) = state, until <= now { state = .halfOpen(room: Breaker.probesMax) }
        switch state {
        case .closed: return room
        case .open: return 0
        case .halfOpen(let left): return min(left, room)
        }
    }

    /// So many of those admitted have gone.
    public mutating func sent(_ count: Int) {
        if case .halfOpen(let left) = state { state = .halfOpen(room: max(0, left - count)) }
    }

    /// The receiver took one, or refused it for good: it is there.
    public mutating func succeeded() { (state, failuresInRow, openings) = (.closed, 0, 0) }

    /// One try failed.
    ///
    /// - Parameter pause: how long to leave the receiver alone after the given number of openings in a row, from 1.
    public mutating func failed(at now: ContinuousClock.Instant, pause: (Int) -> Duration) {
        failuresInRow += 1
        switch state {
        case .closed:
            guard failuresInRow >= Breaker.failuresMax else { return }
        case .halfOpen:
            break
        case .open:
            return
        }
        openings += 1
        state = .open(until: now + pause(openings))
    }

    /// The receiver asked to be left alone.
    public mutating func rest(until instant: ContinuousClock.Instant) {
        if case .open(let until) = state, until >= instant { return }
        state = .open(until: instant)
    }

    /// The receiver is known to be back: the next deliveries may try at once.
    public mutating func receiverReturned() {
        if case .open = state { state = .halfOpen(room: Breaker.probesMax) }
    }
}
