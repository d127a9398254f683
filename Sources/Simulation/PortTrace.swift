import CareModel

/// What the sequencer did to its ports, in order: shared by the simulated ones.
public final class PortTrace {
    public enum Step: Hashable, Sendable {
        /// A turn with so many records is stored.
        case commit(records: Int)
        /// A turn was not stored, as far as the sequencer was told.
        case failedCommit
        case probe(Bool)
        case recover
        /// So many messages are acknowledged to the broker.
        case acknowledge(messages: Int)
        case refuse
        case tell(records: Int)
        case refusedCommands(Int)
    }

    public private(set) var steps: [Step] = []

    public init() {}

    func note(_ step: Step) { steps.append(step) }

    public func clear() { steps.removeAll() }
}

/// Clocks that stand until they are moved.
public final class SettableClock {
    public var at: Instant
    /// Wall time = hub time + offset.
    public var offset: Span
    public var quality: ClockQuality

    public init(at: Instant, offset: Span = .zero, quality: ClockQuality = .synchronised) {
        (self.at, self.offset, self.quality) = (at, offset, quality)
    }
}
