import CareModel

/// What does not change while the process runs; the epoch comes from the store.
public struct HubIdentity: Hashable, Sendable {
    public var hub: String
    public var build: String

    public init(hub: String, build: String) { (self.hub, self.build) = (hub, build) }
}

/// How much one turn takes and how often what was learned is written down.
public struct SequencerLimits: Hashable, Sendable {
    public var messagesPerTurnMax = Limits.messagesPerTurnMax
    /// A checkpoint is written after so many records …
    public var checkpointRecordsMax = 50_000
    /// … or at this age, if there was any record. Both bound the time to be ready after a crash: the fifty thousand records
    /// of a minute at full use are caught up with in a few tenths of a second. A checkpoint of a thousand residents holds the
    /// sequencer for some 20 ms and is 1.3 MB on the disk, so a younger age would cost an SOS time and an eMMC its life.
    public var checkpointAgeMax = Span.seconds(60)
    public var recordsPerPage = 4_096
    /// Audit entries and delivery reports kept over failed commits; of more, the oldest go: a receiver gets its delivery again.
    public var pendingMax = 8_192

    public init() {}
}
