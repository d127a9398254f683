import CareModel

extension Escalation {
    /// Does everything that is due by `due`, in the order of (due, key).
    ///
    /// - Parameters:
    ///   - due: the moment that counts; the earliest deadline, as a rule.
    ///   - now: time of the record in which it happens; used only when the hub was not running.
    ///   - wasDown: whether the hub was not running at `due`, so that it is made up for now and marked `escalated_late`.
    ///     A record that only comes late, as in a replay without wakes, is not: the incidents are the same.
    public mutating func fire(due: Instant, now: Instant, wasDown: Bool = false, context: Context, into decisions: inout [Decision]) {
        while let entry = deadlines.popFirst(by: due) {
            switch entry.subject {
            case .armed(let device):
                armed[device] = nil
                decisions.append(.keep(Escalation.removal(Table.armed, device.text)))
            case .take(let id):
                incidents[id]?.takeDue = nil
                let at = wasDown ? now : entry.due
                escalate(id, wasDown ? "escalated_late" : "escalated", note: "", at: at, context, into: &decisions)
            }
        }
        settle(into: &decisions)
    }

    /// Tells the next tier too; nobody who was told before is left out.
    mutating func escalate(_ id: IncidentID, _ what: String, note: String, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        guard var open = incidents[id] else { return }
        let incident = open.incident
        let tiers = context.plan.tiers(kind: incident.kind, priority: incident.priority, category: incident.category)
        if incident.tier + 1 < tiers.count { open.incident.tier += 1 }
        open.annotate(what, at: context.clock.wall(at), note: note)
        setClock(&open, context)
        incidents[id] = open
        tell(id, .escalate, context, into: &decisions)
    }

    /// What a worker says about a delivery.
    ///
    /// Confirmed: it leaves the outbox. Delayed: the worker goes on. Dead-lettered: it is kept for a person; the first
    /// one of a queue for a high incident that nobody has taken tells the next tier at once, because somebody who should
    /// know does not; when it is taken, its history says so with the next revision. Once per queue and incident, so a
    /// queue that refuses everything can't make revisions for ever.
    public mutating func report(_ report: DeliveryReport, at: Instant, context: Context, into decisions: inout [Decision]) {
        switch report.outcome {
        case .confirmed:
            decisions.append(.retire(report.key))
        case .delayed:
            break
        case .deadLettered(let why):
            decisions.append(.deadLetter(report.key, why))
            let id = report.key.incident
            guard var open = incidents[id], open.incident.priority == .high, open.incident.origin != .drill,
                  !open.failedQueues.contains(report.key.queue) else { return }
            open.failedQueues.append(report.key.queue)
            open.failedQueues.sort()
            let note = report.key.queue.text + ": " + why
            if open.incident.state == .open {
                incidents[id] = open
                escalate(id, "delivery_failed", note: note, at: at, context, into: &decisions)
            } else {
                open.annotate("delivery_failed", at: context.clock.wall(at), note: note)
                incidents[id] = open
                touch(id)
            }
            settle(into: &decisions)
        }
    }
}
