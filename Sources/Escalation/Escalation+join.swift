import CareModel

extension Escalation {
    /// More of the same: evidence always, a revision when somebody must know.
    ///
    /// Told at once: a change of priority; a life-safety thing that happened again after somebody took the first; a
    /// life-safety sentence that changed (suspected → certain); a live finding on a late incident. A life-safety
    /// repetition that nobody has taken yet is told every `EscalationLimits.quietRevisionSeconds`. All else waits for
    /// the next revision and is in the row at once.
    mutating func join(_ id: IncidentID, _ finding: Finding, position: UInt64, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        guard var open = incidents[id] else { return }
        incidents[id] = nil
        let wall = context.clock.wall(at)
        let before = open.incident
        let isRaise = finding.change != .updated || byCondition[open.conditionKey(finding.conditionKey)] != id
        stand(&open, on: finding, position: position)
        open.append(finding.evidence)
        open.incident.priority = open.urgency
        if finding.priority >= open.incident.priority {
            open.plainText = finding.text
        } else if open.incident.priority < before.priority, let text = open.leadingText {
            // What was most urgent is less so now: people read about what is left.
            open.plainText = text
        }
        if !finding.isLate { open.incident.isLate = false }
        open.decorate()
        if isRaise { open.annotate(finding.isLate ? "joined_late" : "joined", at: wall, note: finding.rule) }

        var phase: Phase? = nil
        if open.incident.isLate != before.isLate { phase = .update }
        if before.category == .safety, open.incident.text != before.text, Escalation.isQuietOver(open.textToldAt, at) {
            phase = .update
            open.textToldAt = at
        }
        if isRaise, before.category == .safety {
            if before.state != .open, case .to(let state) = Transition.outcome(before.state, .occurredAgain) {
                open.incident.state = state
                open.annotate("occurred_again", at: wall, note: before.owner ?? "")
                Escalation.restartClock(&open, at: at, context)
                open.following.startAgain(after: before.revision)
                phase = .update
            } else if Escalation.isQuietOver(open.repetitionToldAt, at) {
                phase = .update
            }
            if phase != nil { open.repetitionToldAt = at }
        }
        if open.incident.priority != before.priority { phase = repriced(&open, from: before.priority, at: at, context) }
        if open.shelf != nil { phase = nil }
        if isRaise, let due = open.calmDue {
            deadlines.remove(due, .calm(id))
            open.calmDue = nil
        }
        setClock(&open, context)
        incidents[id] = open
        touch(id)
        if let phase { tell(id, phase, context, into: &decisions) }
    }

    static func isQuietOver(_ last: Instant?, _ at: Instant) -> Bool {
        last.map { at - $0 >= .seconds(EscalationLimits.quietRevisionSeconds) } ?? true
    }

    /// The priority changed: says so in the history, and lets the clock of a newly urgent incident start now.
    mutating func repriced(_ open: inout OpenIncident, from before: Priority, at: Instant, _ context: Context) -> Phase {
        let isRaised = open.incident.priority > before
        open.annotate(isRaised ? "raised" : "lowered", at: context.clock.wall(at), note: "\(before.name) > \(open.incident.priority.name)")
        if isRaised, open.takeDue == nil { Escalation.restartClock(&open, at: at, context) }
        if isRaised {
            open.following.raise(at: at)
            // What became worse waits for no morning, no shelf and no storm.
            if context.response(to: open.incident)?.holdMinute == nil { release(&open, at: at, context) }
            if let shelf = open.shelf {
                deadlines.remove(shelf.until, .shelf(open.incident.id))
                open.shelf = nil
                open.annotate("unshelved", at: context.clock.wall(at), note: shelf.owner)
                answerAnewState(&open, .unshelved)
                Escalation.restartClock(&open, at: at, context)
            }
            ungroup(&open, at: at, context)
        }
        return isRaised ? .escalate : .deescalate
    }

    /// The end of a condition: recovery, withdrawal, or the rule or subject is gone.
    mutating func clear(
        _ finding: Finding, _ reason: ClearReason, position: UInt64, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) {
        let key = finding.conditionKey
        if dismissed.removeValue(forKey: key) != nil { decisions.append(.keep(Escalation.removal(Table.dismissed, key))) }
        guard let id = byCondition[key] ?? byCondition[Escalation.drillPrefix + key], var open = incidents[id],
              let index = open.conditions.firstIndex(where: { $0.key == key }) else { return }
        incidents[id] = nil
        let wall = context.clock.wall(at), before = open.incident
        let wasActive = open.conditions[index].isActive
        open.conditions[index].isActive = false
        open.conditions[index].lastPosition = position
        if open.conditions[index].priority > finding.priority { open.conditions[index].priority = finding.priority }
        // What the configuration ended has not recovered: a person closes it.
        if reason == .ruleRemoved || reason == .subjectRemoved { open.conditions[index].isClearable = false }
        open.append(finding.evidence)
        if open.isRecovered, open.isFlapping { awaitCalm(&open, at: at) }
        let cause: Cause? = open.isRecovered && !open.isFlapping && open.shelf == nil ? .recovered : nil
        open.incident.priority = open.conditions.contains(where: \.counts) ? open.urgency : before.priority
        open.annotate(reason.name, at: wall, note: finding.rule)

        if let cause, case .to(.resolved) = Transition.outcome(before.state, cause) {
            open.incident.priority = before.priority
            incidents[id] = open
            close(id, reason: nil, note: "", at: at, mayFlap: finding.mayFlap, context, into: &decisions)
            return
        }
        var phase: Phase? = nil
        if wasActive, Escalation.isQuietOver(open.endToldAt, at) {
            phase = .update
            open.endToldAt = at
        }
        if open.incident.priority != before.priority {
            phase = repriced(&open, from: before.priority, at: at, context)
            if reason == .cancelledByDevice { open.plainText = finding.text } else if let text = open.leadingText { open.plainText = text }
            open.decorate()
        }
        if open.shelf != nil { phase = nil }
        setClock(&open, context)
        incidents[id] = open
        touch(id)
        if let phase { tell(id, phase, context, into: &decisions) }
    }
}
