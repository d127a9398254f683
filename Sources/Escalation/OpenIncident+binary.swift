import CareModel

extension Condition {
    func write(to w: inout ByteWriter) {
        w.string(key)
        w.byte(priority.rawValue)
        w.byte((isActive ? 1 : 0) | (isClearable ? 2 : 0) | (isLatching ? 4 : 0))
        w.unsigned(lastPosition)
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let key = try r.string(), priority = try r.choice(Priority.self), flags = try r.byte()
        self.init(
            key: key, priority: priority, isActive: flags & 1 != 0, isClearable: flags & 2 != 0, isLatching: flags & 4 != 0,
            lastPosition: try r.unsigned())
    }
}

extension OpenIncident {
    /// Version of the rows of the table `incident`.
    static let version: UInt16 = 5

    func write(to w: inout ByteWriter) {
        incident.write(to: &w)
        w.string(plainText.zhCN); w.string(plainText.en)
        w.string(joinKey)
        w.list(conditions) { $1.write(to: &$0) }
        w.instant(clockStart)
        w.optional(takeDue) { $0.instant($1) }
        w.instant(repetitionToldAt)
        w.optional(endToldAt) { $0.instant($1) }
        w.optional(textToldAt) { $0.instant($1) }
        w.list(toldQueues) { $0.string($1.text) }
        w.list(failedQueues) { $0.string($1.text) }
        following.write(to: &w)
        for due in [callDue, shareDue, contactDue, heldUntil, gatherDue, calmDue, closedAt] { w.optional(due) { $0.instant($1) } }
        w.optional(shelf) { $0.string($1.owner); $0.string($1.reason); $0.instant($1.until) }
        w.optional(group) { $1.write(to: &$0) }
        w.byte((leadsGroup ? 1 : 0) | (isFlapping ? 2 : 0))
        w.int(stormCount)
        // Nearly always there is one condition, and its sentence is the incident's.
        for condition in conditions { w.optional(condition.text == plainText ? nil : condition.text) { $0.string($1.zhCN); $0.string($1.en) } }
        w.optional(faultSince) { $0.instant($1) }
        w.optional(repairDue) { $0.instant($1) }
        w.bool(isRepairMissed)
    }

    /// - Parameter version: of the row; 1 had nothing of what follows the taking, 2 nothing of shelves, storms and the morning list, 3 no
    ///   sentences of conditions, 4 no time for mending.
    init(from r: inout ByteReader, version: UInt16) throws(BinaryFailure) {
        incident = try Incident(from: &r)
        plainText = LocalizedText(zhCN: try r.string(), en: try r.string())
        joinKey = try r.string()
        conditions = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try Condition(from: &r) }
        clockStart = try r.instant()
        takeDue = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        repetitionToldAt = try r.instant()
        endToldAt = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        textToldAt = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        toldQueues = try r.list { (r: inout ByteReader) throws(BinaryFailure) in QueueName(try r.string()) }
        failedQueues = try r.list { (r: inout ByteReader) throws(BinaryFailure) in QueueName(try r.string()) }
        guard version >= 2 else { return }
        following = try Following(from: &r)
        callDue = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        shareDue = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        contactDue = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        guard version >= 3 else { return }
        heldUntil = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        gatherDue = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        calmDue = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        closedAt = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        shelf = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in
            Shelf(owner: try r.string(), reason: try r.string(), until: try r.instant())
        }
        group = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try IncidentID(from: &r) }
        let flags = try r.byte()
        (leadsGroup, isFlapping) = (flags & 1 != 0, flags & 2 != 0)
        stormCount = try r.int()
        guard version >= 4 else { return }
        for index in conditions.indices {
            conditions[index].text = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in LocalizedText(zhCN: try r.string(), en: try r.string()) } ?? plainText
        }
        guard version >= 5 else { return }
        faultSince = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        repairDue = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        isRepairMissed = try r.bool()
    }
}

extension Incident {
    func write(to w: inout ByteWriter) {
        w.string(id.origin); w.unsigned(id.number); w.unsigned(UInt64(revision))
        w.byte(phase.rawValue); w.string(kind); w.byte(priority.rawValue); w.byte(category.rawValue); w.byte(state.rawValue)
        subject.write(to: &w)
        w.string(station); w.string(address); w.string(residentName)
        w.optional(observedAt) { $0.wall($1) }
        w.wall(receivedAt); w.wall(detectedAt); w.wall(openedAt)
        w.string(rule); w.string(text.zhCN); w.string(text.en)
        w.list(evidence) { $1.write(to: &$0) }
        w.int(evidenceDropped)
        w.list(annotations) { w, a in
            w.wall(a.at); w.string(a.what); w.optional(a.actor) { $0.string($1) }; w.string(a.note)
        }
        w.int(tier)
        w.optional(owner) { $0.string($1) }
        w.list(deadlines) { $0.string($1.kind); $0.wall($1.due) }
        w.byte(origin.rawValue); w.bool(isLate)
        w.optional(closeReason) { $0.byte($1.rawValue) }
        w.string(closeNote)
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let id = IncidentID(origin: try r.string(), number: try r.unsigned())
        let revision = UInt32(truncatingIfNeeded: try r.unsigned())
        let phase = try r.choice(Phase.self), kind = try r.string(), priority = try r.choice(Priority.self)
        let category = try r.choice(Category.self), state = try r.choice(IncidentState.self)
        let subject = try Subject(from: &r)
        let station = try r.string(), address = try r.string(), residentName = try r.string()
        let observedAt = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.wall() }
        let receivedAt = try r.wall(), detectedAt = try r.wall(), openedAt = try r.wall()
        let rule = try r.string(), text = LocalizedText(zhCN: try r.string(), en: try r.string())
        let evidence = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try EvidenceItem(from: &r) }
        let evidenceDropped = try r.int()
        let annotations = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            Annotation(
                at: try r.wall(), what: try r.string(),
                actor: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.string() }, note: try r.string())
        }
        let tier = try r.int()
        let owner = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.string() }
        let deadlines = try r.list { (r: inout ByteReader) throws(BinaryFailure) in Deadline(kind: try r.string(), due: try r.wall()) }
        let origin = try r.choice(Origin.self), isLate = try r.bool()
        let closeReason = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.choice(CloseReason.self) }
        self.init(
            id: id, revision: revision, phase: phase, kind: kind, priority: priority, category: category, state: state,
            subject: subject, station: station, address: address, residentName: residentName, observedAt: observedAt,
            receivedAt: receivedAt, detectedAt: detectedAt, openedAt: openedAt, rule: rule, text: text, evidence: evidence,
            evidenceDropped: evidenceDropped, annotations: annotations, tier: tier, owner: owner, deadlines: deadlines,
            origin: origin, isLate: isLate, closeReason: closeReason, closeNote: try r.string())
    }
}
