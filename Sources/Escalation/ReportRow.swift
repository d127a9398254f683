import CareModel

/// What a report needs of one incident: its times and what became of it, read from its last revision.
public struct ReportRow: Sendable, Hashable {
    public var incident: String
    public var kind: String
    public var rule: String
    public var priority: Priority
    public var category: Category
    public var origin: Origin
    /// The device of its first evidence; empty where there is none.
    public var device: String
    public var room: String
    public var receivedAt: WallTime
    public var openedAt: WallTime
    /// A person received it.
    public var notifiedAt: WallTime?
    /// Somebody took it.
    public var takenAt: WallTime?
    /// Patient or family reached, and what the matter is was written down.
    public var assessedAt: WallTime?
    public var closedAt: WallTime?
    public var closeReason: CloseReason?
    /// The hub was blind or stopped when something was due, or it was found late.
    public var isLate: Bool
    /// How often the next tier had to be told.
    public var escalations: Int
    /// Opened while the wall clock was not to be believed: its times prove nothing, and count as missed.
    public var isClockDoubted = false

    /// - Parameter incident: the newest revision of an incident.
    public init(_ incident: Incident) {
        self.init(
            incident: incident.id.description, kind: incident.kind, rule: incident.rule, priority: incident.priority, category: incident.category,
            origin: incident.origin, device: incident.evidence.first?.device.text ?? incident.subject.device?.text ?? "", room: incident.subject.room,
            receivedAt: incident.receivedAt, openedAt: incident.openedAt, isResolved: incident.state == .resolved, closeReason: incident.closeReason,
            isLate: incident.isLate, history: incident.annotations)
    }

    /// - Parameters:
    ///   - history: what happened, as the annotations of a stored revision say it.
    ///   - isLate: whether the revision itself is marked late.
    public init(
        incident: String, kind: String, rule: String, priority: Priority, category: Category, origin: Origin, device: String, room: String,
        receivedAt: WallTime, openedAt: WallTime, isResolved: Bool, closeReason: CloseReason?, isLate: Bool, history: [Annotation]
    ) {
        (self.incident, self.kind, self.rule, self.priority, self.category) = (incident, kind, rule, priority, category)
        (self.origin, self.device, self.room, self.receivedAt, self.openedAt) = (origin, device, room, receivedAt, openedAt)
        self.closeReason = closeReason
        func first(_ words: Set<String>) -> WallTime? { history.first { words.contains($0.what) }?.at }
        notifiedAt = first(["received"])
        takenAt = first(ReportRow.taking)
        assessedAt = history.first { ReportRow.contacts.contains($0.what) && $0.note.utf8.contains { $0 > 0x20 } }?.at
        closedAt = isResolved ? history.last?.at : nil
        self.isLate = isLate || history.contains { $0.what.hasSuffix("_late") }
        escalations = history.filter { $0.what.hasPrefix("escalated") }.count
    }

    static let contacts: Set<String> = ["contacted", "contacted_patient", "contacted_family"]
    static let taking: Set<String> = contacts.union(["acknowledged", "call_not_understood", "call_not_answered", "arrived"])
}
