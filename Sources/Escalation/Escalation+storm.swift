import CareModel

/// Storms: when a building loses power, everybody keeps an incident, and people are told of it as one.
///
/// Only technical incidents are grouped; life safety never. The first `EscalationLimits.stormSingles` within
/// `EscalationLimits.stormSeconds` are told one by one at once. Those after them go to other systems at once and to people through
/// the one that leads the group, which says how many there are.
extension Escalation {
    static func stormKey(_ incident: Incident) -> String? {
        guard incident.category == .technical, incident.origin != .drill, incident.subject.home != nil else { return nil }
        return incident.kind + "|" + incident.station
    }

    mutating func enterStorms(_ open: OpenIncident) {
        guard let key = Escalation.stormKey(open.incident) else { return }
        storms[key, default: []].append(open.incident.id)
    }

    /// Groups a new incident when too many of its sort opened just before it.
    mutating func group(_ open: inout OpenIncident, at: Instant, _ context: Context) {
        guard open.heldUntil == nil, let key = Escalation.stormKey(open.incident), let before = storms[key],
              before.count >= EscalationLimits.stormSingles, let last = before.last,
              let first = incidents[before[before.count - EscalationLimits.stormSingles]] else { return }
        let since = open.incident.openedAt - first.incident.openedAt
        guard since <= .seconds(EscalationLimits.stormSeconds), since >= .zero else { return }
        let name = incidents[last]?.group ?? first.incident.id
        guard let leader = leaders[name] ?? incidents[name].map(\.incident.id), var lead = incidents[leader], lead.shelf == nil, lead.heldUntil == nil else { return }
        (lead.group, lead.leadsGroup, leaders[name]) = (name, true, leader)
        open.group = name
        open.annotate("grouped", at: context.clock.wall(at), note: leader.description)
        gather(&lead, at: at)
        incidents[leader] = lead
        touch(leader)
    }

    /// The group's number is told `EscalationLimits.quietRevisionSeconds` after the last telling.
    private mutating func gather(_ lead: inout OpenIncident, at: Instant) {
        guard lead.gatherDue == nil else { return }
        let due = max(at, lead.repetitionToldAt + .seconds(EscalationLimits.quietRevisionSeconds))
        lead.gatherDue = due
        deadlines.insert(due, .gather(lead.incident.id))
    }

    /// Says how many the group has now.
    mutating func tellGroup(_ id: IncidentID, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        guard var lead = incidents[id] else { return }
        lead.gatherDue = nil
        guard let name = lead.group, let key = Escalation.stormKey(lead.incident) else {
            incidents[id] = lead
            return
        }
        lead.stormCount = storms[key, default: []].reduce(0) { $0 + (incidents[$1]?.group == name ? 1 : 0) }
        lead.repetitionToldAt = at
        lead.annotate("storm", at: context.clock.wall(at), note: String(lead.stormCount))
        lead.decorate()
        incidents[id] = lead
        tell(id, .update, context, into: &decisions)
    }

    /// A member leaves because it became worse: people are told of it by itself.
    mutating func ungroup(_ open: inout OpenIncident, at: Instant, _ context: Context) {
        guard open.isGrouped else { return }
        open.group = nil
        Escalation.restartClock(&open, at: at, context)
    }

    /// The incident is closed: where it led a group, the next open one leads, and says so a little later.
    mutating func leaveStorms(_ open: OpenIncident, at: Instant, _ context: Context) {
        guard let key = Escalation.stormKey(open.incident) else { return }
        storms[key]?.removeAll { $0 == open.incident.id }
        if storms[key]?.isEmpty ?? false { storms[key] = nil }
        guard open.leadsGroup, let name = open.group else { return }
        leaders[name] = nil
        guard let next = storms[key]?.first(where: { incidents[$0]?.group == name }), var lead = incidents[next] else { return }
        (lead.leadsGroup, leaders[name], lead.repetitionToldAt) = (true, next, at)
        gather(&lead, at: at)
        Escalation.restartClock(&lead, at: at, context)
        setClock(&lead, context)
        incidents[next] = lead
        touch(next)
    }
}
