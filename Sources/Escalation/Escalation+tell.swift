import CareModel

extension Escalation {
    /// Makes the next revision of `id` and its deliveries: the queues of the tiers reached, and those told before.
    mutating func tell(_ id: IncidentID, _ phase: Phase, _ context: Context, into decisions: inout [Decision]) {
        guard var open = incidents[id] else { return }
        incidents[id] = nil
        open.incident.revision += 1
        open.incident.phase = phase
        open.incident.deadlines = open.dues.filter(\.1.isShown).map { Deadline(kind: $1.word, due: context.clock.wall($0)) }
        let deliveries = deliveries(of: &open, context)
        decisions.append(.revise(open.incident, deliveries))
        if open.incident.state != .resolved { incidents[id] = open }
        touch(id)
    }

    private func deliveries(of open: inout OpenIncident, _ context: Context) -> [Delivery] {
        let incident = open.incident
        var names = open.toldQueues
        if open.heldUntil != nil {
            // The morning list: the history has it, people get it in the morning.
        } else if incident.origin == .drill {
            for name in context.plan.drillQueues where !names.contains(name) { names.append(name) }
        } else {
            for step in context.steps(of: incident).prefix(incident.tier + 1) {
                for name in step.queues where !names.contains(name) {
                    guard let queue = context.plan.queue(name), queue.minimum <= incident.priority,
                          !open.isGrouped || !queue.isReadByPeople else { continue }
                    names.append(name)
                }
            }
        }
        if names.count != open.toldQueues.count {
            names.sort()
            open.toldQueues = names
        }
        return names.compactMap { name in
            guard let queue = context.plan.queue(name) else { return nil }
            return Delivery(
                key: DeliveryKey(incident: incident.id, revision: incident.revision, queue: name),
                priority: incident.priority, isMasked: queue.isMasked)
        }
    }

    /// Sets, moves or ends every clock after the state, priority, tier or owner changed.
    mutating func setClock(_ open: inout OpenIncident, _ context: Context) {
        let incident = open.incident
        let isAside = open.shelf != nil || open.heldUntil != nil
        let following = open.following.due(isAside ? nil : context.response(to: incident)?.followUp, incident)
        move(&open.takeDue, to: Escalation.takeDue(open, context), .take(incident.id))
        move(&open.callDue, to: following.call, .call(incident.id))
        move(&open.shareDue, to: following.share, .share(incident.id))
        move(&open.contactDue, to: following.contact, .contact(incident.id))
        move(&open.repairDue, to: Escalation.repairDue(open, context), .repair(incident.id))
    }

    private mutating func move(_ present: inout Instant?, to due: Instant?, _ subject: DeadlineList.Subject) {
        guard due != present else { return }
        if let present { deadlines.remove(present, subject) }
        if let due { deadlines.insert(due, subject) }
        present = due
    }

    /// When the tier after the present one must be told; nil for taken, low, information and drill ones and after the last tier.
    private static func takeDue(_ open: OpenIncident, _ context: Context) -> Instant? {
        let incident = open.incident
        guard incident.state == .open, incident.priority >= .medium, incident.origin != .drill, !open.isQuiet else { return nil }
        let steps = context.steps(of: incident)
        guard incident.tier + 1 < steps.count else { return nil }
        return open.clockStart + .seconds(steps[incident.tier + 1].afterSeconds)
    }

    /// Lets the tiers count from `at` again: the next one is due as long after it as it comes after the present one.
    static func restartClock(_ open: inout OpenIncident, at: Instant, _ context: Context) {
        let incident = open.incident
        let steps = context.steps(of: incident)
        let present = steps[min(incident.tier, steps.count - 1)].afterSeconds
        open.clockStart = at - .seconds(present)
    }

    /// Takes a closed incident out of every look-up.
    mutating func unlink(_ open: OpenIncident) {
        let id = open.incident.id
        for (due, subject) in open.dues { deadlines.remove(due, subject) }
        if byJoinKey[open.joinKey] == id { byJoinKey[open.joinKey] = nil }
        for condition in open.conditions where !condition.key.isEmpty {
            let key = open.conditionKey(condition.key)
            if byCondition[key] == id { byCondition[key] = nil }
        }
    }

    /// Closes an incident and tells so. Conditions that still hold are remembered: they don't open it again by themselves.
    ///
    /// - Parameter mayFlap: whether a recovery counts to the comings and goings of its condition.
    mutating func close(
        _ id: IncidentID, reason: CloseReason?, note: String, at: Instant, mayFlap: Bool = true, _ context: Context, into decisions: inout [Decision]
    ) {
        guard var open = incidents[id] else { return }
        open.incident.state = .resolved
        open.incident.closeReason = reason
        open.incident.closeNote = note
        unlink(open)
        (open.takeDue, open.callDue, open.shareDue, open.contactDue) = (nil, nil, nil, nil)
        (open.shelf, open.gatherDue, open.calmDue, open.repairDue) = (nil, nil, nil, nil)
        if reason != nil { putOff(open, at: at, context, into: &decisions) }
        if reason == nil { if mayFlap { noteRecovery(open, at: at, into: &decisions) } } else { forgetFlap(open.joinKey, into: &decisions) }
        let isWork = open.incident.rule.hasPrefix(Escalation.workRulePrefix)
        for condition in open.conditions where condition.isActive && !condition.key.isEmpty && open.incident.origin != .drill && !isWork {
            dismissed[condition.key] = condition.priority
            decisions.append(.keep(Escalation.row(Table.dismissed, condition.key) { $0.byte(condition.priority.rawValue) }))
        }
        incidents[id] = open
        tell(id, .end, context, into: &decisions)
        leaveStorms(open, at: at, context)
        guard reason != nil, open.incident.origin != .drill else { return }
        open.incident.revision += 1
        open.incident.phase = .end
        (open.heldUntil, open.group, open.leadsGroup, open.stormCount, open.isFlapping) = (nil, nil, false, 0, false)
        remember(open, at: at, into: &decisions)
    }
}
