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
            case .call(let id):
                remind(id, at: wasDown ? now : entry.due, isLate: wasDown, context, into: &decisions)
            case .share(let id):
                guard var open = incidents[id] else { break }
                (open.shareDue, open.following.isShared) = (nil, true)
                incidents[id] = open
                escalate(id, wasDown ? "not_called_late" : "not_called", note: open.incident.owner ?? "", at: wasDown ? now : entry.due, context, into: &decisions)
            case .morning(let id):
                guard var open = incidents[id] else { break }
                let at = wasDown ? now : entry.due
                open.annotate("morning_list", at: context.clock.wall(at))
                release(&open, at: at, context)
                incidents[id] = open
                tell(id, .update, context, into: &decisions)
            case .shelf(let id):
                _ = unshelve(id, "shelf_ended", actor: nil, at: wasDown ? now : entry.due, context, into: &decisions)
            case .gather(let id):
                tellGroup(id, at: wasDown ? now : entry.due, context, into: &decisions)
            case .calm(let id):
                calm(id, at: wasDown ? now : entry.due, context, into: &decisions)
            case .duty:
                dutyDue = nil
                review(at: wasDown ? now : entry.due, context, into: &decisions)
            case .work:
                workDue = nil
                reviewWork(at: wasDown ? now : entry.due, context, into: &decisions)
            case .repair(let id):
                missRepair(id, at: wasDown ? now : entry.due, isLate: wasDown, context, into: &decisions)
            case .contact(let id):
                guard var open = incidents[id] else { break }
                (open.contactDue, open.following.isContactMissed) = (nil, true)
                incidents[id] = open
                escalate(id, wasDown ? "contact_missed_late" : "contact_missed", note: open.incident.owner ?? "", at: wasDown ? now : entry.due, context, into: &decisions)
            }
        }
        settle(into: &decisions)
    }

    /// Tells the owner, and whoever else was told, that no call has been recorded yet.
    private mutating func remind(_ id: IncidentID, at: Instant, isLate: Bool, _ context: Context, into decisions: inout [Decision]) {
        guard var open = incidents[id] else { return }
        (open.callDue, open.following.isReminded) = (nil, true)
        open.annotate(isLate ? "owner_reminded_late" : "owner_reminded", at: context.clock.wall(at), note: open.incident.owner ?? "")
        incidents[id] = open
        tell(id, .update, context, into: &decisions)
    }

    /// Tells the next tier too; nobody who was told before is left out.
    mutating func escalate(_ id: IncidentID, _ what: String, note: String, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        guard var open = incidents[id] else { return }
        let incident = open.incident
        let steps = context.steps(of: incident)
        open.annotate(what, at: context.clock.wall(at), note: note)
        if incident.tier + 1 < steps.count {
            open.incident.tier += 1
            reach(steps[open.incident.tier], &open, at: at, context)
        }
        setClock(&open, context)
        incidents[id] = open
        tell(id, .escalate, context, into: &decisions)
    }

    /// A person has received it: the time within which patient or family must be reached begins, where the plan asks for that.
    ///
    /// It stands in the row at once and in the history with the next revision.
    private mutating func received(_ key: DeliveryKey, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        let id = key.incident
        guard let queue = context.plan.queue(key.queue), queue.isReadByPeople, var open = incidents[id],
              open.following.receivedAt == nil, key.revision >= open.following.askedRevision,
              open.incident.priority >= .medium || context.response(to: open.incident)?.followUp != nil
        else { return }
        open.following.receivedAt = at
        open.annotate("received", at: context.clock.wall(at), note: key.queue.text)
        setClock(&open, context)
        incidents[id] = open
        touch(id)
        settle(into: &decisions)
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
            received(report.key, at: at, context, into: &decisions)
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
