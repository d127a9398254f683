import CareModel

/// What a helper at the bedside says with a button: arrived, help still needed, done (Contact ID 661, 662, 663).
///
/// Nothing of it closes an incident: a button has no reason, and somebody else may have pressed it. It never hides a call either: help
/// that is needed where nothing is open opens an incident of its own.
extension Escalation {
    /// Takes a finding of such a button.
    ///
    /// - Returns: false when it is none, or when it must open an incident as any other call does.
    mutating func attend(_ finding: Finding, position: UInt64, at: Instant, _ context: Context, into decisions: inout [Decision]) -> Bool {
        guard let last = finding.evidence.last, last.kind == .attendance, case .code(let word) = last.value else { return false }
        let present = concerned(by: finding.subject)
        switch word {
        case "arrived", "done":
            if word == "arrived", !finding.isLate {
                for resident in finding.subject.residents { noteDone("visit|" + resident.text, at: at, context, into: &decisions) }
            }
            // What the device's history says of an earlier visit changes nothing now.
            guard !finding.isLate, !present.isEmpty else {
                suppressedCount &+= 1
                return true
            }
            for id in present {
                incidents[id]?.append(finding.evidence)
                if word == "arrived" {
                    let arrival = Command(id: CommandID("attendance"), actor: last.device.text, role: .device, via: .mqtt, action: .arrive(id))
                    _ = change(id, .arrived, "arrived", arrival, "", at: at, context, into: &decisions)
                } else {
                    incidents[id]?.annotate("help_done", at: context.clock.wall(at), actor: last.device.text)
                    tell(id, .update, context, into: &decisions)
                }
            }
            return true
        case "needed":
            guard let id = present.first else { return false }
            callAgain(id, finding, by: last.device, position: position, at: at, context, into: &decisions)
            return true
        default:
            // A word that nobody knows is believed as a call.
            return false
        }
    }

    /// Open incidents about the same people of the same home, the most urgent and oldest first. Drills and faults are none of them.
    func concerned(by subject: Subject) -> [IncidentID] {
        let found = incidents.values.map(\.incident).filter { incident in
            guard incident.origin != .drill, incident.category != .technical, incident.category != .duty,
                  let home = subject.home, incident.subject.home == home else { return false }
            let mine = subject.residents, its = incident.subject.residents
            return mine.isEmpty || its.isEmpty || mine.contains { its.contains($0) }
        }
        return found.sorted { ($1.priority, $0.id) < ($0.priority, $1.id) }.map(\.id)
    }

    /// Who is there can't cope: it must be answered anew, as urgent as it can be, and the next tier hears of it at once.
    private mutating func callAgain(
        _ id: IncidentID, _ finding: Finding, by device: DeviceID, position: UInt64, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) {
        guard var open = incidents[id] else { return }
        incidents[id] = nil
        let before = open.incident
        stand(&open, on: finding, position: position)
        open.append(finding.evidence)
        open.incident.priority = open.urgency
        if finding.priority >= open.incident.priority { open.plainText = finding.text }
        open.decorate()
        open.annotate("help_needed", at: context.clock.wall(at), actor: device.text)
        if open.incident.priority != before.priority { _ = repriced(&open, from: before.priority, at: at, context) }
        if open.incident.state != .open, case .to(let state) = Transition.outcome(open.incident.state, .occurredAgain) {
            open.incident.state = state
            Escalation.restartClock(&open, at: at, context)
            open.following.startAgain(after: before.revision)
        }
        if let due = open.calmDue {
            deadlines.remove(due, .calm(id))
            open.calmDue = nil
        }
        if let shelf = open.shelf {
            deadlines.remove(shelf.until, .shelf(id))
            open.shelf = nil
            open.annotate("unshelved", at: context.clock.wall(at), note: shelf.owner)
        }
        setClock(&open, context)
        incidents[id] = open
        touch(id)
        escalate(id, "escalated", note: "", at: at, context, into: &decisions)
    }
}
