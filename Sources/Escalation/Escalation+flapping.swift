import CareModel

/// How often an incident of one sort has ended by itself lately.
struct Flap: Hashable, Sendable {
    var count: Int
    var lastAt: Instant
}

/// Flapping: a condition that comes and goes. Each coming opened an incident of its own; from the third within
/// `EscalationLimits.calmSeconds` on, one incident stays open through it and ends once it has been quiet so long.
extension Escalation {
    /// Notes that an incident recovered.
    mutating func noteRecovery(_ open: OpenIncident, at: Instant, into decisions: inout [Decision]) {
        guard open.incident.category != .safety, open.incident.origin != .drill else { return }
        let key = open.joinKey
        if open.isFlapping {
            forgetFlap(key, into: &decisions)
            return
        }
        var flap = Flap(count: 1, lastAt: at)
        if let before = flaps[key], at - before.lastAt <= .seconds(EscalationLimits.calmSeconds) { flap.count = before.count + 1 }
        flaps[key] = flap
        decisions.append(.keep(Escalation.row(Table.flap, key) { $0.int(flap.count); $0.instant(flap.lastAt) }))
        guard flaps.count > EscalationLimits.flapsMax else { return }
        let oldest = flaps.min { ($0.value.lastAt, $0.key) < ($1.value.lastAt, $1.key) }
        if let oldest { forgetFlap(oldest.key, into: &decisions) }
    }

    mutating func forgetFlap(_ key: String, into decisions: inout [Decision]) {
        guard flaps.removeValue(forKey: key) != nil else { return }
        decisions.append(.keep(Escalation.removal(Table.flap, key)))
    }

    /// Whether one that opens now is flapping.
    func isFlapping(_ joinKey: String, at: Instant) -> Bool {
        guard let flap = flaps[joinKey], flap.count >= EscalationLimits.flapsBefore else { return false }
        return at - flap.lastAt <= .seconds(EscalationLimits.calmSeconds)
    }

    /// It is over for now: it is closed when it stays so.
    mutating func awaitCalm(_ open: inout OpenIncident, at: Instant) {
        let due = at + .seconds(EscalationLimits.calmSeconds)
        if let before = open.calmDue { deadlines.remove(before, .calm(open.incident.id)) }
        open.calmDue = due
        deadlines.insert(due, .calm(open.incident.id))
    }

    mutating func calm(_ id: IncidentID, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        guard var open = incidents[id] else { return }
        open.calmDue = nil
        incidents[id] = open
        guard open.isRecovered, open.shelf == nil, case .to(.resolved) = Transition.outcome(open.incident.state, .recovered) else {
            touch(id)
            return
        }
        close(id, reason: nil, note: "", at: at, context, into: &decisions)
    }
}
