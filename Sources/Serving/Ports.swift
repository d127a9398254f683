import CareModel

/// Reads incidents out of the ledger. Reading never goes through the sequencer.
public protocol IncidentReading: Sendable {
    /// Newest revision of each incident that the filter lets through.
    ///
    /// Order: unresolved before resolved; unresolved by priority, highest first, then oldest first; resolved newest first.
    /// The page and its cursor come from one read transaction, so that a stream from the cursor misses nothing.
    /// - Throws: when the ledger can't be read; the client gets 503 and may ask again.
    func incidents(_ filter: IncidentFilter, _ detail: Detail) async throws -> IncidentPage

    /// One incident with its kept revisions, at most `ServingLimits.listMax` of the newest.
    /// - Returns: nil when no such incident is known.
    func incident(_ id: IncidentID, _ detail: Detail) async throws -> IncidentHistory?
}

/// Reads the embedded queue.
public protocol DeliveryReading: Sendable {
    /// Deliveries of a queue that nobody has confirmed yet, with a cursor number above `after`: the most urgent incidents
    /// first, the revisions of each in their order.
    ///
    /// Each carries its incident as the queue's configuration allows it, full or masked.
    /// - Returns: 0...`limit` deliveries, or nil when the configuration has no such queue.
    func deliveries(of queue: QueueName, after: UInt64, limit: Int) async throws -> QueuedPage?

    /// Deliveries of a queue that its receiver will never take, in cursor order; nil for an unknown queue.
    func deadLetters(of queue: QueueName, after: UInt64, limit: Int) async throws -> [DeadLetter]?

    /// Whether the delivery under `key` is a dead letter now.
    func isDead(_ key: DeliveryKey) async throws -> Bool
}

/// Reads committed revisions in the order of their commits.
public protocol StreamReading: Sendable {
    /// What the stream can serve now. Cheap: it is asked at each long poll and each reading for the streams.
    func head() async throws -> StreamHead

    /// Revisions with a cursor number above `after`, in cursor order, 0...`limit`.
    func revisions(after: UInt64, limit: Int) async throws -> [StreamedRevision]
}

/// The sequencer's mailbox for commands.
public protocol CommandPosting: Sendable {
    /// Posts one command and waits for what became of it.
    ///
    /// A second arrival of the same command id gets the first one's answer and does nothing else. The call isn't
    /// cancelled when the client goes away: a press that is in the mailbox is carried out.
    /// - Throws: when the command is certainly not going to be carried out (the hub is stopping, the commit failed).
    func post(_ command: Command) async throws -> CommandAnswer
}

/// The sequencer's mailbox for what receivers of the embedded queue report.
public protocol DeliveryPosting: Sendable {
    /// The receiver has it. Returns after the commit; a repeated confirmation is `.done` again.
    func confirm(_ key: DeliveryKey) async throws -> DeliveryAnswer

    /// The receiver will never take it: to the dead letter, with its reason of at most `Limits.noteBytesMax` bytes.
    func refuse(_ key: DeliveryKey, reason: String) async throws -> DeliveryAnswer
}

/// Reads what the hub knows about devices.
public protocol DeviceReading: Sendable {
    /// Every bound device, sorted by its identifier.
    func devices() async throws -> [DeviceRow]

    /// Messages that no registered device accounts for, newest first, 0...`limit`.
    func quarantine(limit: Int) async throws -> [QuarantineRow]

    /// Which homes have visitors or absences now, by home.
    func modes() async throws -> [ModeRow]
}

extension DeviceReading {
    public func modes() async throws -> [ModeRow] { [] }
}

/// A mode that holds, with the clock's times.
public struct ModeRow: Hashable, Sendable {
    public var home: HomeID
    public var resident: ResidentID?
    public var mode: HomeMode
    public var since: WallTime
    public var until: WallTime
    /// As the audit has it; empty where it no longer does.
    public var toldBy: String

    public init(home: HomeID, resident: ResidentID?, mode: HomeMode, since: WallTime, until: WallTime, toldBy: String = "") {
        (self.home, self.resident, self.mode, self.since, self.until, self.toldBy) = (home, resident, mode, since, until, toldBy)
    }
}

/// Reads the journal, for technicians who replay it.
public protocol JournalReading: Sendable {
    /// Gives every record behind `after` as lines of a device log, in order, a block at a time.
    func export(after: UInt64, _ write: ([UInt8]) async throws -> Void) async throws
}

/// Tells whether the process lives and whether it does its work.
public protocol HealthReading: Sendable {
    func health() async -> Health
}

/// Writes the metrics of the whole hub.
public protocol MetricsReading: Sendable {
    /// Prometheus text exposition, format 0.0.4, with a final newline.
    func exposition() async throws -> String
}

/// Everything that `Serving` asks of the rest of the hub.
public struct Ports: Sendable {
    public var incidents: any IncidentReading
    public var deliveries: any DeliveryReading
    public var stream: any StreamReading
    public var commands: any CommandPosting
    public var receipts: any DeliveryPosting
    public var devices: any DeviceReading
    public var health: any HealthReading
    public var metrics: any MetricsReading
    public var journal: any JournalReading
    public var console: any ConsoleReading
    public var reports: any ReportReading
    public var signed: any SignedCommandTaking
    public var visits: any VisitCodeReading

    public init(
        incidents: any IncidentReading, deliveries: any DeliveryReading, stream: any StreamReading,
        commands: any CommandPosting, receipts: any DeliveryPosting, devices: any DeviceReading,
        health: any HealthReading, metrics: any MetricsReading, journal: any JournalReading,
        console: any ConsoleReading, reports: any ReportReading, signed: any SignedCommandTaking,
        visits: any VisitCodeReading
    ) {
        (self.incidents, self.deliveries, self.stream) = (incidents, deliveries, stream)
        (self.commands, self.receipts, self.devices) = (commands, receipts, devices)
        (self.health, self.metrics, self.journal) = (health, metrics, journal)
        (self.console, self.reports, self.signed, self.visits) = (console, reports, signed, visits)
    }
}
