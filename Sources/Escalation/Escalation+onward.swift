import CareModel

/// A person asks for the next tier before its time has come.
extension Escalation {
    /// Tells the next tier now: nobody is removed, the owner keeps it, and a time that the plan had for that tier is spent.
    ///
    /// What waits for the morning is told to its first tier, as in the morning. From a shelf or out of a storm it comes by itself, told to both tiers.
    /// The times of the follow-up go on: whoever has it must call all the same. A drill has no further tier: it leaves the station for nobody.
    mutating func escalate(
        _ id: IncidentID, _ command: Command, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard var open = incidents[id] else { return .refused(.unknownIncident) }
        if case .refused(let why) = Transition.outcome(open.incident.state, .reminded) { return .refused(why) }
        let steps = context.steps(of: open.incident), isHeld = open.heldUntil != nil
        guard isHeld || open.incident.origin != .drill && open.incident.tier + 1 < steps.count else { return .refused(.allTold) }
        release(&open, at: at, context)
        if let shelf = open.shelf {
            deadlines.remove(shelf.until, .shelf(id))
            open.shelf = nil
            open.annotate("unshelved", at: context.clock.wall(at), actor: command.actor, note: shelf.owner)
            answerAnew(&open, .unshelved, at: at, context)
        }
        ungroup(&open, at: at, context)
        if open.incident.state != .open { open.following.isHelpAsked = true }
        open.annotate("escalated_by_hand", at: context.clock.wall(at), actor: command.actor)
        if !isHeld { open.incident.tier += 1 }
        reach(steps[min(open.incident.tier, steps.count - 1)], &open, at: at, context)
        setClock(&open, context)
        incidents[id] = open
        tell(id, .escalate, context, into: &decisions)
        return .done(revision: open.incident.revision + 1)
    }
}
