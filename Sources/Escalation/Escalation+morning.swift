import CareModel

/// The morning list: what can wait is kept through the night, unless a resident would be left without a way to call.
extension Escalation {
    /// Until when nobody is told of a new incident; nil = told at once.
    func heldUntil(_ incident: Incident, at: Instant, _ context: Context) -> Instant? {
        guard incident.origin != .drill, let minute = context.response(to: incident)?.holdMinute, !isLastPath(incident, context) else { return nil }
        let concern = Concern(incident, context.household)
        return at + (DayWindow.next(minute, after: incident.openedAt, zone: concern.zone) - incident.openedAt)
    }

    /// Whether a device is concerned without which a resident of the home can't call for help.
    func isLastPath(_ incident: Incident, _ context: Context) -> Bool {
        guard incident.category == .technical, let device = incident.subject.device, !incident.kind.hasPrefix("device.battery"),
              let home = incident.subject.home.flatMap({ context.household.home($0) }) else { return false }
        let household = context.household
        var lost: [DeviceID] = [device]
        for open in incidents.values {
            guard open.incident.category == .technical, !open.incident.kind.hasPrefix("device.battery"), let other = open.incident.subject.device else { continue }
            lost.append(other)
        }
        let bridges = lost
        for binding in household.bindings where binding.via.map(bridges.contains) ?? false { lost.append(binding.device) }
        let paths = household.bindings.filter { $0.home == home && isCaller($0.device, context) }
        guard paths.contains(where: { $0.device == device || $0.via == device }) else { return false }
        for resident in household.residents.indices where household.residents[resident].home == home {
            let mine = paths.filter { $0.residents.isEmpty || $0.residents.contains(resident) }
            if !mine.isEmpty, mine.allSatisfy({ lost.contains($0.device) }) { return true }
        }
        return false
    }

    /// The morning has come, or it became worse: people are told, and the tiers count from now.
    mutating func release(_ open: inout OpenIncident, at: Instant, _ context: Context) {
        guard let due = open.heldUntil else { return }
        deadlines.remove(due, .morning(open.incident.id))
        open.heldUntil = nil
        Escalation.restartClock(&open, at: at, context)
        setClock(&open, context)
    }
}
