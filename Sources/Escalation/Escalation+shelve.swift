import CareModel

/// Put aside by a person who answers for it, until a moment.
struct Shelf: Hashable, Sendable {
    var owner: String
    var reason: String
    var until: Instant
}

extension Escalation {
    /// Puts an incident aside: nobody is reminded, and what only repeats waits, until `seconds` are over.
    ///
    /// Never what may be about somebody's life: SOS, fall, smoke, gas, CO and water are of the category safety.
    mutating func shelve(
        _ id: IncidentID, seconds: Int, reason: String, _ command: Command, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard var open = incidents[id] else { return .refused(.unknownIncident) }
        guard open.incident.category != .safety else { return .refused(.notShelvable) }
        guard EscalationLimits.shelfSeconds.contains(seconds), reason.utf8.contains(where: { $0 > 0x20 }),
              open.noteCount < EscalationLimits.notesPerIncidentMax else { return .refused(.limitReached) }
        guard case .to(let state) = Transition.outcome(open.incident.state, .shelved) else { return .refused(.alreadyResolved) }
        open.incident.state = state
        if let before = open.shelf { deadlines.remove(before.until, .shelf(id)) }
        let shelf = Shelf(owner: command.actor, reason: reason, until: at + .seconds(seconds))
        open.shelf = shelf
        deadlines.insert(shelf.until, .shelf(id))
        open.annotate("shelved", at: context.clock.wall(at), actor: command.actor, note: reason)
        setClock(&open, context)
        incidents[id] = open
        tell(id, .update, context, into: &decisions)
        return .done(revision: open.incident.revision + 1)
    }

    /// Takes it off the shelf: over by itself, it is closed; else it must be answered anew.
    mutating func unshelve(
        _ id: IncidentID, _ what: String, actor: String?, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard var open = incidents[id], let shelf = open.shelf else { return .refused(.alreadyResolved) }
        deadlines.remove(shelf.until, .shelf(id))
        open.shelf = nil
        open.annotate(what, at: context.clock.wall(at), actor: actor, note: shelf.owner)
        if open.isRecovered, case .to(.resolved) = Transition.outcome(open.incident.state, .recovered) {
            incidents[id] = open
            close(id, reason: nil, note: "", at: at, context, into: &decisions)
            return .done(revision: open.incident.revision + 1)
        }
        answerAnew(&open, .unshelved, at: at, context)
        incidents[id] = open
        tell(id, .update, context, into: &decisions)
        return .done(revision: open.incident.revision + 1)
    }

    /// Its state goes back to open where the table says so, and its clocks begin again.
    func answerAnewState(_ open: inout OpenIncident, _ cause: Cause) {
        if case .to(let state) = Transition.outcome(open.incident.state, cause) { open.incident.state = state }
    }

    mutating func answerAnew(_ open: inout OpenIncident, _ cause: Cause, at: Instant, _ context: Context) {
        answerAnewState(&open, cause)
        Escalation.restartClock(&open, at: at, context)
        open.following.startAgain(after: open.incident.revision)
        setClock(&open, context)
    }

    /// Opens again what a person closed by mistake, within `EscalationLimits.reopenSeconds`.
    mutating func reopen(
        _ id: IncidentID, note: String, _ command: Command, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard var open = closed[id], let closedAt = open.closedAt else {
            return .refused(incidents[id] == nil && !isGiven(id, context) ? .unknownIncident : incidents[id] == nil ? .alreadyResolved : .outdated)
        }
        guard at - closedAt <= .seconds(EscalationLimits.reopenSeconds) else { return .refused(.alreadyResolved) }
        if let expected = command.expectedRevision, expected != open.incident.revision { return .refused(.outdated) }
        guard note.utf8.count <= Limits.noteBytesMax, open.noteCount < EscalationLimits.notesPerIncidentMax else { return .refused(.limitReached) }
        let cause: Cause = byJoinKey[open.joinKey] == nil ? .reopened : .superseded
        if case .refused(let why) = Transition.outcome(open.incident.state, cause) { return .refused(why) }
        closed[id] = nil
        closedOrder.removeAll { $0 == id }
        decisions.append(.keep(Escalation.removal(Table.closed, id.description)))
        (open.closedAt, open.incident.closeReason, open.incident.closeNote) = (nil, nil, "")
        byJoinKey[open.joinKey] = id
        for index in open.conditions.indices where !open.conditions[index].key.isEmpty {
            let key = open.conditions[index].key, global = open.conditionKey(key)
            if dismissed.removeValue(forKey: key) != nil {
                decisions.append(.keep(Escalation.removal(Table.dismissed, key)))
            } else if open.conditions[index].isClearable {
                // Its end may have come and gone while it was closed: a person closes it.
                open.conditions[index].isClearable = false
            }
            if byCondition[global] == nil { byCondition[global] = id } else { open.conditions[index].key = "" }
        }
        open.annotate("reopened", at: context.clock.wall(at), actor: command.actor, note: note)
        answerAnew(&open, cause, at: at, context)
        enterStorms(open)
        incidents[id] = open
        tell(id, .update, context, into: &decisions)
        return .done(revision: open.incident.revision + 1)
    }

    func isGiven(_ id: IncidentID, _ context: Context) -> Bool { id.origin == context.origin && id.number > 0 && id.number < nextNumber }

    /// Remembers what a person closed, so that it can be opened again; the oldest goes first.
    mutating func remember(_ open: OpenIncident, at: Instant, into decisions: inout [Decision]) {
        var kept = open
        kept.closedAt = at
        let id = kept.incident.id
        closed[id] = kept
        closedOrder.append(id)
        decisions.append(.keep(Escalation.row(Table.closed, id.description, version: OpenIncident.version) { kept.write(to: &$0) }))
        while closedOrder.count > EscalationLimits.reopenableMax {
            let oldest = closedOrder.removeFirst()
            closed[oldest] = nil
            decisions.append(.keep(Escalation.removal(Table.closed, oldest.description)))
        }
    }
}
