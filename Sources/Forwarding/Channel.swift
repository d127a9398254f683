import CareModel

/// One revision on its way to one queue, with the bytes that its receiver may see.
public struct Parcel: Hashable, Sendable {
    public var key: DeliveryKey
    public var priority: Priority
    /// The revision's place in the ledger's order; grows by one a revision.
    public var cursor: UInt64
    /// JSON of the incident, with delivery members appended.
    public var body: [UInt8]

    public init(key: DeliveryKey, priority: Priority, cursor: UInt64, body: [UInt8]) {
        (self.key, self.priority, self.cursor, self.body) = (key, priority, cursor, body)
    }
}

/// A way to a care-service queue. One file a channel; a channel keeps nothing: the outbox does.
public protocol Channel: Sendable {
    /// Hands every parcel over and says what became of it.
    ///
    /// - Parameter batch: at most one revision of an incident, so that order per incident can't break.
    /// - Returns: an outcome for each key; a missing one counts as delayed.
    func send(_ batch: [Parcel]) async -> [DeliveryKey: DeliveryOutcome]

    /// Takes one parcel at once, on the caller's thread, without waiting: the short way of a fresh incident.
    ///
    /// - Parameter completion: called once with what became of it, on any thread.
    /// - Returns: false when this channel has no such way, or no place now: nothing was taken.
    func hand(_ parcel: Parcel, completion: @escaping @Sendable (DeliveryOutcome) -> Void) -> Bool

    /// Says that the hub lives, beside the deliveries; a lost one is not sent again.
    ///
    /// - Returns: nil when this channel has no place for it.
    func beat(_ heartbeat: Heartbeat) async -> DeliveryOutcome?

    /// What people at the other end want done.
    var commands: AsyncStream<Command> { get }

    /// Says what became of one of `commands`; nil = it was not carried out, and the other end must ask again.
    func answer(_ id: CommandID, _ outcome: CommandOutcome?)

    /// Says each time that the receiver takes deliveries again; a channel that can't know has none.
    var returns: AsyncStream<Void> { get }

    /// Until when the receiver asked to be left alone; nil = it didn't.
    var restsUntil: ContinuousClock.Instant? { get }
}

extension Channel {
    public func hand(_ parcel: Parcel, completion: @escaping @Sendable (DeliveryOutcome) -> Void) -> Bool { false }
    public func beat(_ heartbeat: Heartbeat) async -> DeliveryOutcome? { nil }
    public func answer(_ id: CommandID, _ outcome: CommandOutcome?) {}
    public var returns: AsyncStream<Void> { AsyncStream { $0.finish() } }
    public var restsUntil: ContinuousClock.Instant? { nil }
}

/// The first undelivered revision of each incident of one queue, as the ledger has it at one moment.
public struct OutboxHeads: Hashable, Sendable {
    /// All heads, highest priority first, then oldest, up to the limit.
    public var keys: [DeliveryKey]
    /// Those that were wanted, in the same order, with their bytes.
    public var parcels: [Parcel]

    public init(keys: [DeliveryKey], parcels: [Parcel]) { (self.keys, self.parcels) = (keys, parcels) }
}

/// The outbox, as a worker reads it.
public protocol OutboxReading: Sendable {
    /// The oldest undelivered revision of each incident, highest priority first, then oldest.
    ///
    /// - Parameters:
    ///   - limit: heads looked at.
    ///   - isWanted: asked for each head, with the priority of its incident's most urgent undelivered revision; the bytes of the others, which are under way already, aren't read.
    func heads(of queue: QueueName, limit: Int, where isWanted: (DeliveryKey, Priority) -> Bool) throws -> OutboxHeads
}

/// Where a worker says what became of a delivery; false when the mailbox is full, then it says it again.
public protocol ReportPosting: Sendable {
    func post(_ report: DeliveryReport) -> Bool
}
