import CareModel

extension Escalation {
    /// Takes one finding: opens an incident, joins one, raises or lowers it, or ends it.
    ///
    /// - Parameters:
    ///   - position: of the record that gave the finding.
    ///   - at: hub time of that record, or the due time of the deadline that gave it.
    ///   - decisions: appended to.
    public mutating func take(_ finding: Finding, position: UInt64, at: Instant, context: Context, into decisions: inout [Decision]) {
        if let row = handled.insert(finding.change, finding.conditionKey, position) { decisions.append(.keep(row)) }
        switch finding.change {
        case .raised:
            if !attend(finding, position: position, at: at, context, into: &decisions) { raise(finding, position: position, at: at, context, into: &decisions) }
        case .updated:
            update(finding, position: position, at: at, context, into: &decisions)
        case .cleared(let reason):
            clear(finding, reason, position: position, at: at, context, into: &decisions)
        }
        settle(into: &decisions)
    }

    mutating func raise(_ finding: Finding, position: UInt64, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        undismiss(finding.conditionKey, into: &decisions)
        if !finding.isLate, Escalation.isPress(finding.kind), let device = finding.evidence.last?.device ?? finding.subject.device {
            noteDone("test|" + device.text, at: at, context, into: &decisions)
        }
        if let device = disarm(by: finding, at: at, into: &decisions) {
            let joinKey = Escalation.drillPrefix + finding.joinKey
            if let id = byJoinKey[joinKey] {
                join(id, finding, position: position, at: at, context, into: &decisions)
            } else {
                open(finding, joinKey: joinKey, drillOf: device, position: position, at: at, context, into: &decisions)
            }
        } else if let id = byJoinKey[finding.joinKey] {
            join(id, finding, position: position, at: at, context, into: &decisions)
        } else {
            open(finding, joinKey: finding.joinKey, drillOf: nil, position: position, at: at, context, into: &decisions)
        }
    }

    mutating func update(_ finding: Finding, position: UInt64, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        let key = finding.conditionKey
        if let id = byCondition[key] ?? byCondition[Escalation.drillPrefix + key] {
            join(id, finding, position: position, at: at, context, into: &decisions)
        } else if let closed = dismissed[key], finding.priority <= closed {
            suppressedCount &+= 1
        } else {
            // Worse than what a person closed, or a condition whose beginning we never heard of: somebody must look.
            raise(finding, position: position, at: at, context, into: &decisions)
        }
    }

    private mutating func undismiss(_ key: String, into decisions: inout [Decision]) {
        guard dismissed.removeValue(forKey: key) != nil else { return }
        decisions.append(.keep(Escalation.removal(Table.dismissed, key)))
    }

    mutating func open(
        _ finding: Finding, joinKey: String, drillOf drilled: DeviceID?, position: UInt64, at: Instant, _ context: Context,
        into decisions: inout [Decision]
    ) {
        let id = IncidentID(origin: context.origin, number: nextNumber)
        nextNumber += 1
        decisions.append(.keep(Escalation.row(Table.counter, Table.incident) { $0.unsigned(nextNumber) }))
        let wall = context.clock.wall(at)
        let place = Escalation.place(of: finding.subject, context.household)
        let incident = Incident(
            id: id, revision: 0, phase: .start, kind: finding.kind, priority: finding.priority, category: finding.category,
            state: .open, subject: finding.subject, station: place.station, address: place.address, residentName: place.name,
            observedAt: finding.observedAt, receivedAt: finding.receivedAt, detectedAt: finding.detectedWall, openedAt: wall,
            rule: finding.rule, text: finding.text, evidence: [],
            origin: drilled != nil ? .drill : context.isReplay ? .replay : .live, isLate: finding.isLate)
        var open = OpenIncident(
            incident: incident, plainText: finding.text, joinKey: joinKey, clockStart: at, repetitionToldAt: at)
        open.append(finding.evidence)
        if finding.category == .technical { open.faultSince = at }
        open.decorate()
        stand(&open, on: finding, position: position)
        if drilled == nil {
            open.heldUntil = heldUntil(open.incident, at: at, context)
            if let due = open.heldUntil { deadlines.insert(due, .morning(id)) }
            if finding.mayFlap, isFlapping(joinKey, at: at) {
                open.isFlapping = true
                open.annotate("flapping", at: wall)
            }
            group(&open, at: at, context)
            enterStorms(open)
        }
        if open.heldUntil == nil { reach(context.steps(of: open.incident)[0], &open, at: at, context) }
        setClock(&open, context)
        byJoinKey[joinKey] = id
        incidents[id] = open
        tell(id, .start, context, into: &decisions)
    }

    static func place(of subject: Subject, _ household: Household) -> (station: String, address: String, name: String) {
        var place = (station: "", address: "", name: "")
        if let home = subject.home.flatMap({ household.home($0) }) {
            place.station = household.homes[home].station
            place.address = household.homes[home].address
        }
        if subject.residents.count == 1, let resident = household.resident(subject.residents[0]) {
            place.name = household.residents[resident].name
        }
        return place
    }

    /// Notes that the incident stands on the finding's condition; another open incident lets go of it.
    mutating func stand(_ open: inout OpenIncident, on finding: Finding, position: UInt64) {
        let key = finding.conditionKey, id = open.incident.id, global = open.conditionKey(key)
        if let other = byCondition[global], other != id { release(key, from: other) }
        var condition = Condition(
            key: key, priority: finding.priority, isActive: true, isClearable: finding.isCondition,
            isLatching: finding.needsPerson, lastPosition: position, text: finding.text)
        if let index = open.conditions.firstIndex(where: { $0.key == key }) {
            // A second occurrence never makes the first one, which nobody has answered yet, less urgent.
            let before = open.conditions[index]
            if finding.change == .raised, before.counts { condition.priority = max(before.priority, finding.priority) }
            open.conditions[index] = condition
        } else if open.conditions.count < EscalationLimits.conditionsPerIncidentMax {
            open.conditions.append(condition)
        } else {
            // No room to tell it apart: the last place stands for all further ones and needs a person.
            let last = open.conditions.count - 1
            let before = open.conditions[last]
            if !before.key.isEmpty { byCondition[open.conditionKey(before.key)] = nil }
            open.conditions[last] = Condition(
                key: "", priority: max(before.priority, finding.priority), isActive: true, isClearable: false, isLatching: true,
                lastPosition: position, text: finding.priority >= before.priority ? finding.text : before.text)
            return
        }
        byCondition[global] = id
    }

    /// The condition moves to another incident, so its end will not reach this one any more: a person closes it.
    mutating func release(_ key: String, from id: IncidentID) {
        guard let index = incidents[id]?.conditions.firstIndex(where: { $0.key == key }) else { return }
        incidents[id]?.conditions[index].key = ""
        incidents[id]?.conditions[index].isClearable = false
        touch(id)
    }
}
