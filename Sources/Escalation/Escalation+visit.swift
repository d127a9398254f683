import CareModel

/// The code at a resident's door, scanned by somebody who is signed in: who came and when is certain, and no incident need be open.
extension Escalation {
    /// Notes the arrival: the resident's visit is done, and what the same person has in hand about the resident or the home is on site.
    ///
    /// Others' incidents stay as they are: whoever came may not know of them. Drills and faults have nothing to do with a visit.
    mutating func visit(_ resident: ResidentID, _ command: Command, at: Instant, _ context: Context, into decisions: inout [Decision]) -> CommandOutcome {
        guard let index = context.household.resident(resident) else { return .refused(.unknownResident) }
        let home = context.household.homes[context.household.residents[index].home].id, work = "visit|" + resident.text
        var deed = Deed(at: context.clock.wall(at), duty: done[work] == nil ? nil : "visit", incidents: [])
        for id in concerned(by: Subject(home: home, residents: [resident])) {
            guard let incident = incidents[id]?.incident, incident.owner == command.actor, incident.state != .onSite else { continue }
            // As the bedside's button: the visit itself is noted once, below.
            let arrival = Command(id: command.id, actor: command.actor, role: .device, via: command.via, action: .arrive(id))
            if case .done = change(id, .arrived, "arrived", arrival, "", at: at, context, into: &decisions) { deed.incidents.append(id) }
        }
        noteDone(work, at: at, context, into: &decisions)
        return .carriedOut(deed)
    }
}
