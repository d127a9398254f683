import CareModel

/// Faults are mended in time: a device or hub fault that still stands `duties.repair_hours` after it began is told to the next tier, whoever has it.
extension Escalation {
    /// What somebody must mend: `*` at the end stands for all below. A failed mains is the power company's.
    static let faultKinds = ["device.silent", "device.fault", "device.unreadable", "hub.*"]

    /// Low and information ones can wait for the next round.
    static func isFault(kind: String, priority: Priority, category: Category) -> Bool {
        category == .technical && priority >= .medium && faultKinds.contains { ResponsePlan.covers($0, kind) }
    }

    /// When the time for mending is over; nil while nobody could go: on the morning list, or on a shelf, which has a time and a reason of its own.
    static func repairDue(_ open: OpenIncident, _ context: Context) -> Instant? {
        let incident = open.incident
        guard let hours = context.plan.duties.repairHours, let since = open.faultSince, !open.isRepairMissed, incident.state != .resolved,
              incident.origin != .drill, open.heldUntil == nil, open.shelf == nil,
              isFault(kind: incident.kind, priority: incident.priority, category: incident.category) else { return nil }
        let steps = context.steps(of: incident)
        // In the morning, or off the shelf, it is over at once and not in the past.
        return max(since + .seconds(hours * 3_600), open.clockStart + .seconds(steps[min(incident.tier, steps.count - 1)].afterSeconds))
    }

    /// The time is over: the next tier is told too, and the report counts it as late.
    mutating func missRepair(_ id: IncidentID, at: Instant, isLate: Bool, _ context: Context, into decisions: inout [Decision]) {
        guard var open = incidents[id] else { return }
        (open.repairDue, open.isRepairMissed) = (nil, true)
        incidents[id] = open
        escalate(id, isLate ? "repair_missed_late" : "repair_missed", note: open.incident.owner ?? "", at: at, context, into: &decisions)
    }
}
