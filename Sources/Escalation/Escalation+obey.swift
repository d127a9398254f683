import CareModel

extension Escalation {
    /// Does what a person wants, or says why not. A second arrival of the same command gets the first one's answer.
    ///
    /// Adoptions and modes are the core's: they are not looked at here and give nothing.
    ///
    /// - Parameter exercise: of a drill, what the rules make of its occurrence; nil = nothing.
    public mutating func obey(_ command: Command, exercise: Finding? = nil, at: Instant, context: Context, into decisions: inout [Decision]) {
        if case .adopt = command.action { return }
        if case .setMode = command.action { return }
        if let known = commands[command.id] {
            decisions.append(.answer(command.id, known))
            return
        }
        let outcome = carryOut(command, exercise, at: at, context, into: &decisions)
        settle(into: &decisions)
        for row in commands.insert(command.id, outcome) { decisions.append(.keep(row)) }
        decisions.append(.audit(AuditEntry(
            at: context.clock.wall(at), actor: command.actor, role: command.role, via: command.via,
            action: command.action.word, object: command.action.object, outcome: outcome.word)))
        decisions.append(.answer(command.id, outcome))
    }

    private mutating func carryOut(
        _ command: Command, _ exercise: Finding?, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard Escalation.isAllowed(command) else { return .refused(.notAllowed) }
        if case .arm(let device, let seconds) = command.action {
            return arm(device, seconds: seconds, at: at, context, into: &decisions).map { .refused($0) } ?? .done(revision: 0)
        }
        if case .resend(let key) = command.action {
            decisions.append(.revive(key))
            return .done(revision: key.revision)
        }
        if case .visit(let resident) = command.action { return visit(resident, command, at: at, context, into: &decisions) }
        if case .drill(let resident, _) = command.action { return self.exercise(exercise, of: resident, at: at, context, into: &decisions) }
        guard let id = command.action.incident else { return .refused(.notAllowed) }
        if case .reopen(_, let note) = command.action {
            if let open = closed[id], !isTold(open, to: command.queue) { return .refused(.unknownIncident) }
            return reopen(id, note: note, command, at: at, context, into: &decisions)
        }
        guard let open = incidents[id] else {
            return .refused(isGiven(id, context) ? .alreadyResolved : .unknownIncident)
        }
        guard isTold(open, to: command.queue) else { return .refused(.unknownIncident) }
        if let expected = command.expectedRevision, expected != open.incident.revision { return .refused(.outdated) }
        if command.action.note.utf8.count > Limits.noteBytesMax { return .refused(.limitReached) }
        switch command.action {
        case .annotate(_, let note):
            guard open.noteCount < EscalationLimits.notesPerIncidentMax else { return .refused(.limitReached) }
            return change(id, nil, "note", command, note, at: at, context, into: &decisions)
        case .acknowledge where open.following.offeredTo == command.actor:
            return accept(id, command, at: at, context, into: &decisions)
        case .acknowledge where open.following.mayOthersJoin && open.incident.state != .open && open.incident.owner != command.actor:
            return change(id, nil, "helper_joined", command, "", at: at, context, into: &decisions)
        case .acknowledge:
            let isOther = open.incident.owner != nil && open.incident.owner != command.actor
            return change(id, isOther ? .takenByOther : .taken, "acknowledged", command, "", at: at, context, into: &decisions)
        case .contact(_, let result, let note):
            guard open.noteCount < EscalationLimits.notesPerIncidentMax else { return .refused(.limitReached) }
            // An attempt on an incident that nobody has takes it, and changes nothing else.
            let cause: Cause = result.isContact ? .contacted : .attempted
            return change(id, cause, result.annotation, command, note, at: at, context, into: &decisions)
        case .handOver(_, let to):
            return offer(id, to: to, command, at: at, context, into: &decisions)
        case .arrive:
            return change(id, .arrived, "arrived", command, "", at: at, context, into: &decisions)
        case .escalate:
            return escalate(id, command, at: at, context, into: &decisions)
        case .resolve(_, let reason, let note):
            return change(id, .closed, "resolved", command, note, closing: reason, at: at, context, into: &decisions)
        case .shelve(_, let seconds, let reason):
            return shelve(id, seconds: seconds, reason: reason, command, at: at, context, into: &decisions)
        case .unshelve:
            return unshelve(id, "unshelved", actor: command.actor, at: at, context, into: &decisions)
        case .adopt, .arm, .resend, .reopen, .setMode, .visit, .drill:
            return .refused(.notAllowed)
        }
    }

    /// A receiver acts on what it was told of: for it there is nothing else.
    private func isTold(_ open: OpenIncident, to queue: QueueName?) -> Bool { queue.map { open.toldQueues.contains($0) } ?? true }

    mutating func change(
        _ id: IncidentID, _ cause: Cause?, _ what: String, _ command: Command, _ note: String, closing: CloseReason? = nil,
        at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard var open = incidents[id] else { return .refused(.unknownIncident) }
        let before = open.incident
        if case .arrive = command.action, command.role != .device {
            if before.kind == Escalation.visitKind {
                open.annotate("arrived", at: context.clock.wall(at), actor: command.actor)
                incidents[id] = open
            }
            for resident in before.subject.residents { noteDone("visit|" + resident.text, at: at, context, into: &decisions) }
            // The visit itself was what was due.
            guard let left = incidents[id], before.kind != Escalation.visitKind || left.incident.state == .resolved else { return .done(revision: before.revision + 1) }
            open = left
        }
        if let cause {
            switch Transition.outcome(before.state, cause) {
            case .refused(let why): return .refused(why)
            case .to(let state): open.incident.state = state
            }
            // Taking twice, or arriving twice, is done already.
            if open.incident.state == before.state, cause == .taken || cause == .arrived { return .done(revision: before.revision) }
            // Whoever acts on an unanswered incident has it; an owner who is there already keeps it.
            if before.state == .open || before.owner == nil { open.incident.owner = command.actor }
            if before.state == .open { open.following.take(at: at) }
        }
        switch command.action {
        case .contact(_, let result, _):
            open.following.call(result, isAssessed: note.utf8.contains { $0 > 0x20 }, at: at)
        case .arrive: open.following.arrive(at: at)
        default: break
        }
        open.annotate(what, at: context.clock.wall(at), actor: command.actor, note: note)
        setClock(&open, context)
        incidents[id] = open
        if before.origin == .drill, before.state == .open, let home = before.subject.home.flatMap({ context.household.home($0) }) {
            noteDone("drill|" + context.household.homes[home].station, at: at, context, into: &decisions)
        }
        if let closing {
            close(id, reason: closing, note: note, at: at, context, into: &decisions)
        } else {
            tell(id, .update, context, into: &decisions)
        }
        return .done(revision: before.revision + 1)
    }

    /// Offers it to a colleague. It stays with its owner until the colleague takes it; an offer to the owner takes it back.
    private mutating func offer(
        _ id: IncidentID, to: String, _ command: Command, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard var open = incidents[id] else { return .refused(.unknownIncident) }
        guard !to.isEmpty, to.utf8.count <= EscalationLimits.actorBytesMax else { return .refused(.limitReached) }
        guard let owner = open.incident.owner, open.incident.state != .open,
              owner == command.actor || command.role == .supervisor || command.role == .administrator else { return .refused(.notOwner) }
        open.following.offeredTo = to == owner ? nil : to
        open.annotate(to == owner ? "offer_withdrawn" : "offered", at: context.clock.wall(at), actor: command.actor, note: to)
        incidents[id] = open
        tell(id, .update, context, into: &decisions)
        return .done(revision: open.incident.revision + 1)
    }

    /// The colleague takes what was offered: a new owner, and no clock begins anew.
    private mutating func accept(
        _ id: IncidentID, _ command: Command, at: Instant, _ context: Context, into decisions: inout [Decision]
    ) -> CommandOutcome {
        guard var open = incidents[id] else { return .refused(.unknownIncident) }
        let before = open.incident.owner ?? ""
        open.following.offeredTo = nil
        let state = open.incident.state
        answerAnewState(&open, .transferred)
        if state == .open { open.following.take(at: at) }
        open.incident.owner = command.actor
        open.annotate("handed_over", at: context.clock.wall(at), actor: command.actor, note: before)
        setClock(&open, context)
        incidents[id] = open
        tell(id, .update, context, into: &decisions)
        return .done(revision: open.incident.revision + 1)
    }

    /// Inspectors read; supervisors see to queues; families may help but not close or test; a button at the bedside may do what a helper does there.
    /// A visit is proved by who cares for people, and a drill is held by who answers for the station or its devices.
    static func isAllowed(_ command: Command) -> Bool {
        switch (command.role, command.action) {
        case (.inspector, _), (.family, .resolve), (.family, .arm), (.device, .arm), (.family, .handOver), (.device, .handOver): false
        case (.family, .shelve), (.device, .shelve), (.family, .unshelve), (.device, .unshelve), (.family, .reopen), (.device, .reopen): false
        case (let role, .resend): role == .supervisor || role == .administrator
        case (let role, .visit): role == .caregiver || role == .supervisor || role == .administrator
        case (let role, .drill): role == .technician || role == .supervisor || role == .administrator
        default: true
        }
    }
}

extension OpenIncident {
    var noteCount: Int { incident.annotations.lazy.filter { $0.actor != nil }.count }
}

extension Command.Action {
    var incident: IncidentID? {
        switch self {
        case .acknowledge(let id), .contact(let id, _, _), .arrive(let id), .resolve(let id, _, _), .annotate(let id, _), .handOver(let id, _),
             .shelve(let id, _, _), .unshelve(let id), .reopen(let id, _), .escalate(let id): id
        case .adopt, .arm, .resend, .setMode, .visit, .drill: nil
        }
    }

    var note: String {
        switch self {
        case .contact(_, _, let note), .resolve(_, _, let note), .annotate(_, let note), .shelve(_, _, let note), .reopen(_, let note): note
        default: ""
        }
    }

    /// The stable word of the audit.
    var word: String {
        switch self {
        case .acknowledge: "acknowledge"
        case .contact: "contact"
        case .arrive: "arrive"
        case .resolve: "resolve"
        case .annotate: "annotate"
        case .adopt: "adopt"
        case .arm: "arm"
        case .handOver: "hand_over"
        case .resend: "resend"
        case .shelve: "shelve"
        case .unshelve: "unshelve"
        case .reopen: "reopen"
        case .setMode: "mode"
        case .escalate: "escalate"
        case .visit: "visit"
        case .drill: "drill"
        }
    }

    var object: String {
        switch self {
        case .arm(let device, _): device.text
        case .resend(let key): key.description
        case .adopt(let adoption): adoption.device.text
        case .setMode(let change): change.resident?.text ?? change.home.text
        case .visit(let resident), .drill(let resident, _): resident.text
        default: incident?.description ?? ""
        }
    }
}

extension CommandOutcome {
    var word: String {
        switch self {
        case .done, .carriedOut: "done"
        case .refused(let why): why.name
        }
    }
}
