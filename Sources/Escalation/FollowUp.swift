import CareModel

/// Taken is not done: what must follow the taking, and by when. The key `follow_up` of a response.
public struct FollowUp: Sendable, Hashable {
    /// Seconds from taking to the first recorded call, whatever came of it; then the owner is told again.
    public var callSeconds: Int
    /// Seconds from taking without a recorded call after which the next tier is told too. The owner keeps it, others may join.
    public var shareSeconds: Int
    /// Seconds from the first delivery that a person received to a contact with patient or family and a short assessment.
    /// Handing over doesn't restart it, and attempts don't end it.
    public var contactSeconds: Int

    public init(callSeconds: Int, shareSeconds: Int, contactSeconds: Int) {
        (self.callSeconds, self.shareSeconds, self.contactSeconds) = (callSeconds, shareSeconds, contactSeconds)
    }

    /// Reads `{call_s, share_s, contact_s}`; nil when one is missing or out of its range.
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a follow-up", &problems)
        let range = EscalationLimits.followUpSecondsMin...EscalationLimits.tierSecondsMax
        let call = reader.int("call_s", in: range, &problems)
        let share = reader.int("share_s", in: range, &problems)
        let contact = reader.int("contact_s", in: range, &problems)
        reader.finish(&problems)
        guard let call, let share, let contact else { return nil }
        if share <= call {
            problems.add("response.follow_up_order", at: node.place, "share_s is \(share); it must be over call_s, \(call): the owner is reminded before others are told")
        }
        self.init(callSeconds: call, shareSeconds: share, contactSeconds: contact)
    }
}

/// What has followed the taking of one incident so far; kept with it.
struct Following: Hashable, Sendable {
    /// Since when somebody has it; nil while it is open.
    var takenAt: Instant?
    /// The first recorded call or arrival since then.
    var calledAt: Instant?
    var isReminded = false
    /// Told to the next tier although somebody has it: others may join its owner.
    var isShared = false
    /// Somebody had the next tier told by hand while it was taken: others may join too, and the owner must call as before.
    var isHelpAsked = false
    /// The colleague to whom it is offered, who has not accepted yet.
    var offeredTo: String?
    /// When a person first received a revision that asks for an answer.
    var receivedAt: Instant?
    /// The revision from which deliveries count as that push.
    var askedRevision: UInt32 = 1
    /// Patient or family reached.
    var contactedAt: Instant?
    /// Reached, and what the matter is was written down.
    var assessedAt: Instant?
    var isContactMissed = false

    /// Whether who is told beside its owner may join.
    var mayOthersJoin: Bool { isShared || isHelpAsked }

    /// The next due moment of each kind; nil when none runs.
    func due(_ plan: FollowUp?, _ incident: Incident) -> (call: Instant?, share: Instant?, contact: Instant?) {
        guard let plan, incident.origin != .drill, incident.state != .resolved else { return (nil, nil, nil) }
        var due: (call: Instant?, share: Instant?, contact: Instant?) = (nil, nil, nil)
        if let takenAt, calledAt == nil {
            if !isReminded { due.call = takenAt + .seconds(plan.callSeconds) }
            if !isShared { due.share = takenAt + .seconds(plan.shareSeconds) }
        }
        if let receivedAt, assessedAt == nil, !isContactMissed { due.contact = receivedAt + .seconds(plan.contactSeconds) }
        return due
    }

    /// It became more urgent: whoever has it must call about that, counted from now.
    mutating func raise(at: Instant) {
        guard takenAt != nil else { return }
        (takenAt, calledAt, isReminded, isShared) = (at, nil, false, false)
    }

    mutating func take(at: Instant) { if takenAt == nil { takenAt = at } }

    mutating func call(_ result: ContactResult, isAssessed: Bool, at: Instant) {
        if calledAt == nil { calledAt = at }
        guard result.isContact else { return }
        if contactedAt == nil { contactedAt = at }
        if isAssessed, assessedAt == nil { assessedAt = at }
    }

    mutating func arrive(at: Instant) {
        if calledAt == nil { calledAt = at }
        if contactedAt == nil { contactedAt = at }
    }

    /// It happened again: it must be taken and called about anew. A contact that was still missing stays missing since then.
    mutating func startAgain(after revision: UInt32) {
        (takenAt, calledAt, isReminded, isShared, isHelpAsked, offeredTo) = (nil, nil, false, false, false, nil)
        guard assessedAt != nil else { return }
        (receivedAt, contactedAt, assessedAt, isContactMissed, askedRevision) = (nil, nil, nil, false, revision + 1)
    }

    func write(to w: inout ByteWriter) {
        for moment in [takenAt, calledAt, receivedAt, contactedAt, assessedAt] { w.optional(moment) { $0.instant($1) } }
        w.byte((isReminded ? 1 : 0) | (isShared ? 2 : 0) | (isContactMissed ? 4 : 0) | (isHelpAsked ? 8 : 0))
        w.optional(offeredTo) { $0.string($1) }
        w.unsigned(UInt64(askedRevision))
    }

    init() {}

    init(from r: inout ByteReader) throws(BinaryFailure) {
        func moment(_ r: inout ByteReader) throws(BinaryFailure) -> Instant? {
            try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        }
        takenAt = try moment(&r)
        calledAt = try moment(&r)
        receivedAt = try moment(&r)
        contactedAt = try moment(&r)
        assessedAt = try moment(&r)
        let flags = try r.byte()
        (isReminded, isShared, isContactMissed, isHelpAsked) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0, flags & 8 != 0)
        offeredTo = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.string() }
        askedRevision = UInt32(truncatingIfNeeded: try r.unsigned())
    }
}
