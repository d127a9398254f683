import CareModel

/// What messages gave; used again from message to message.
public struct Decoded: Sendable {
    public var readings: [Reading] = []
    public var rejections: [Rejection] = []
    public var sightings: [Sighting] = []
    /// To be published after the commit. A duplicate gives its downlink again: the first may have been lost.
    public var downlinks: [Downlink] = []

    public init() {}

    public mutating func removeAll(keepingCapacity: Bool = true) {
        readings.removeAll(keepingCapacity: keepingCapacity)
        rejections.removeAll(keepingCapacity: keepingCapacity)
        sightings.removeAll(keepingCapacity: keepingCapacity)
        downlinks.removeAll(keepingCapacity: keepingCapacity)
    }

    public var isEmpty: Bool { readings.isEmpty && rejections.isEmpty && sightings.isEmpty && downlinks.isEmpty }
}
