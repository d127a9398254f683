import CareModel
import MQTTSession

/// What one link's health pages show.
public struct LinkStatus: Hashable, Sendable {
    public var isConnected = false
    /// From here silence is silence.
    public var isDrained = false
    /// nil once connected.
    public var lastFailure: SessionFailure?
    /// Filters that the broker's access list refused: nothing arrives through them.
    public var refusedFilters: [String] = []

    public init() {}
}

/// Finds out when what had waited at the broker has been read.
///
/// Surely: after subscribing, the link publishes a marker to itself, and the broker puts it behind everything that
/// waited. Where a broker refuses the marker: when nothing has arrived for `quietMilliseconds`. In any case after
/// `secondsMax`, because a hub that counts no silence at all is worse than one that errs after an overload.
struct DrainWatch {
    static let quietMilliseconds: Int64 = 300
    static let secondsMax: Int64 = 60

    /// When the session was resumed, in monotonic microseconds; nil when there is nothing to wait for.
    private var resumedAt: Int64?
    private var lastMessageAt: Int64 = 0
    private var isMarkerOnItsWay = false

    var isWaiting: Bool { resumedAt != nil }

    mutating func resume(at now: Int64) { (resumedAt, lastMessageAt, isMarkerOnItsWay) = (now, now, false) }
    mutating func stop() { (resumedAt, isMarkerOnItsWay) = (nil, false) }
    mutating func markerLeft() { isMarkerOnItsWay = true }
    mutating func markerRefused() { isMarkerOnItsWay = false }
    mutating func noteMessages(at now: Int64) { lastMessageAt = now }

    /// When to look again; nil when nothing is awaited.
    var nextLookAt: Int64? {
        guard let resumedAt else { return nil }
        let limit = resumedAt + DrainWatch.secondsMax * 1_000_000
        return isMarkerOnItsWay ? limit : min(limit, lastMessageAt + DrainWatch.quietMilliseconds * 1_000)
    }

    /// Whether the link is drained now; true once a resume.
    mutating func isDrained(sawMarker: Bool, at now: Int64) -> Bool {
        guard let nextLookAt, sawMarker || now >= nextLookAt else { return false }
        stop()
        return true
    }
}
