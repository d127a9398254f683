import CareModel

/// `Finding`s and what people do make the life of an `Incident`, and who must be told by when.
///
/// Its whole state comes back from the rows that it gave out with `Decision.keep`; there is no checkpoint. Every call
/// appends its decisions in the order in which they must be stored, at most one row of a table and key per call.
public struct Escalation: Sendable {
    var incidents: [IncidentID: OpenIncident] = [:]
    /// Open incident of a join key; a drill's keys begin with `drill|`.
    var byJoinKey: [String: IncidentID] = [:]
    /// Open incident that a condition belongs to; a drill's keys begin with `drill|`.
    var byCondition: [String: IncidentID] = [:]
    /// The number that the next incident gets.
    var nextNumber: UInt64 = 1
    var deadlines = DeadlineList()
    var handled = HandledFindings()
    var commands = RecentCommands()
    /// Armed devices and when installer's mode ends.
    public internal(set) var armed: [DeviceID: Instant] = [:]
    /// Conditions that held when a person closed their incident, with the priority that was closed.
    var dismissed: [String: Priority] = [:]
    /// Updates of conditions that a person closed while they held; since the start, for the metrics.
    public internal(set) var suppressedCount: UInt64 = 0
    /// What people closed lately and may open again, in the order of closing.
    var closed: [IncidentID: OpenIncident] = [:]
    var closedOrder: [IncidentID] = []
    /// Recoveries by join key.
    var flaps: [String: Flap] = [:]
    /// Open technical incidents by kind and station, in the order of opening; and who leads a storm.
    var storms: [String: [IncidentID]] = [:]
    var leaders: [IncidentID: IncidentID] = [:]
    /// When the rotas are looked at again; follows from the plan and the time, so it is kept nowhere.
    var dutyDue: Instant?
    /// When each duty was done last; and when the next one is due, which follows from it.
    var done: [String: Instant] = [:]
    var workDue: Instant?
    /// Incidents whose row this call must give out, in the order of their first change.
    var changed: [IncidentID] = []

    /// Nothing has happened yet.
    public init() {}

    /// The earliest moment at which somebody must be told, or installer's mode ends.
    public var nextDeadline: Instant? { deadlines.first }

    /// How many incidents nobody has closed.
    public var openCount: Int { incidents.count }

    /// Every open incident as its next revision would show it, in the order of identifiers.
    public var openIncidents: [Incident] { incidents.values.map(\.incident).sorted { $0.id < $1.id } }

    /// Whether this finding of this record was taken already, now or before a restart; for `reconcile`.
    ///
    /// Raises and ends are remembered one by one until `forget`; an update counts as known when anything newer of its
    /// condition was taken.
    public func knows(_ finding: Finding, position: UInt64) -> Bool {
        let key = finding.conditionKey
        if handled.contains(finding.change, key, position) { return true }
        guard finding.change == .updated else { return false }
        if let last = handled.last(key), position <= last { return true }
        for id in [byCondition[key], byCondition[Escalation.drillPrefix + key]] {
            guard let id, let condition = incidents[id]?.conditions.first(where: { $0.key == key }) else { continue }
            if position <= condition.lastPosition { return true }
        }
        if let priority = dismissed[key] { return finding.priority <= priority }
        return false
    }

    /// Forgets which findings of records before `position` were taken: those records will never be read again.
    public mutating func forget(before position: UInt64, into decisions: inout [Decision]) {
        for key in handled.forget(before: position) { decisions.append(.keep(Escalation.removal(Table.finding, key))) }
    }

    /// Whether an incident stands on this condition, or a person closed it while it held.
    public func stands(on conditionKey: String) -> Bool { byCondition[conditionKey] != nil || dismissed[conditionKey] != nil }

    static let drillPrefix = "drill|"

    mutating func touch(_ id: IncidentID) { if !changed.contains(id) { changed.append(id) } }

    /// Gives out the rows of what this call changed, then nothing is pending.
    mutating func settle(into decisions: inout [Decision]) {
        for id in changed {
            guard let open = incidents[id] else {
                decisions.append(.keep(Escalation.removal(Table.incident, id.description)))
                continue
            }
            var w = ByteWriter(reserving: 512)
            open.write(to: &w)
            decisions.append(.keep(DecidedRow(table: Table.incident, key: id.description, version: OpenIncident.version, bytes: w.bytes)))
        }
        changed.removeAll(keepingCapacity: true)
    }
}
