import CareModel

/// One condition or occurrence that an open incident stands on.
struct Condition: Hashable, Sendable {
    /// `Finding.conditionKey`; empty once another incident took it over.
    var key: String
    var priority: Priority
    /// It holds, or it is an occurrence that nothing will clear.
    var isActive: Bool
    /// Whether Detection will say when it is over.
    var isClearable: Bool
    /// Only a person ends the incident.
    var isLatching: Bool
    /// Position of the newest record in which it was heard of.
    var lastPosition: UInt64
    /// What it says; nil where that is not kept: then the incident's sentence stands for it.
    var text: LocalizedText?

    /// Counts for the priority: withdrawn latching ones still do, at what they are worth now.
    var counts: Bool { isActive || isLatching }
}

/// An incident that somebody still has to close, with the clocks that its revisions don't show.
struct OpenIncident: Hashable, Sendable {
    /// As the next revision will show it, with what was not told yet; `revision` is the last one that was told.
    var incident: Incident
    /// The finding's sentence without a mark.
    var plainText: LocalizedText
    var joinKey: String
    /// In order of arrival, at most `EscalationLimits.conditionsPerIncidentMax`.
    var conditions: [Condition] = []
    /// The moment from which the tiers count; moved forward when an owner must answer anew.
    var clockStart: Instant
    /// When the next tier is told; nil when somebody has it or nobody is left.
    var takeDue: Instant?
    /// What followed the taking, and when the owner is reminded, the next tier joins, and the contact is missed.
    var following = Following()
    var callDue: Instant?
    var shareDue: Instant?
    var contactDue: Instant?
    /// Since when it stands, where it is technical; when it must be mended, and whether that time is over.
    var faultSince: Instant?
    var repairDue: Instant?
    var isRepairMissed = false
    /// On the morning list until then: nobody has been told.
    var heldUntil: Instant?
    var shelf: Shelf?
    /// The storm to which it belongs, by the name of its first incident, and whether people are told of the storm through this one.
    var group: IncidentID?
    var leadsGroup = false
    var stormCount = 0
    /// When the storm's number is told again.
    var gatherDue: Instant?
    /// It comes and goes: its end counts only after a time of quiet, which ends then.
    var isFlapping = false
    var calmDue: Instant?
    /// When a person closed it; for those that can be opened again.
    var closedAt: Instant?
    /// Last told repetition, end and new sentence, for `EscalationLimits.quietRevisionSeconds`.
    var repetitionToldAt: Instant
    var endToldAt: Instant?
    var textToldAt: Instant?
    /// Queues that got a revision and therefore get all later ones, sorted.
    var toldQueues: [QueueName] = []
    /// Queues whose dead letter has already made this incident louder, sorted.
    var failedQueues: [QueueName] = []

    /// The most urgent of what it stands on.
    var urgency: Priority { conditions.lazy.filter(\.counts).map(\.priority).max() ?? incident.priority }

    /// What the most urgent of what it stands on says, the oldest of those; nil where that is not kept.
    var leadingText: LocalizedText? {
        let urgency = urgency
        return conditions.first { $0.counts && $0.priority == urgency }?.text
    }

    /// Whether everything it stands on is over by itself.
    var isRecovered: Bool {
        incident.category != .safety && !conditions.isEmpty && conditions.allSatisfy { $0.isClearable && !$0.isActive && !$0.isLatching }
    }

    /// Whether people are told of it through another incident.
    var isGrouped: Bool { group != nil && !leadsGroup }

    /// Whether no tier waits for a taker now.
    var isQuiet: Bool { heldUntil != nil || shelf != nil || isGrouped }

    /// Every deadline that runs.
    var dues: [(Instant, DeadlineList.Subject)] {
        let id = incident.id
        let all: [(Instant?, DeadlineList.Subject)] = [
            (takeDue, .take(id)), (callDue, .call(id)), (shareDue, .share(id)), (contactDue, .contact(id)),
            (heldUntil, .morning(id)), (shelf?.until, .shelf(id)), (gatherDue, .gather(id)), (calmDue, .calm(id)), (repairDue, .repair(id)),
        ]
        return all.compactMap { due, subject in due.map { ($0, subject) } }
    }

    /// Keeps what is new; the first and the newest pieces stay when there are too many.
    mutating func append(_ items: [EvidenceItem]) {
        for item in items where !incident.evidence.contains(item) {
            incident.evidence.append(item)
            if incident.evidence.count > Limits.evidencePerIncidentMax {
                incident.evidence.remove(at: Limits.evidencePerIncidentMax / 2)
                incident.evidenceDropped += 1
            }
        }
    }

    mutating func annotate(_ what: String, at: WallTime, actor: String? = nil, note: String = "") {
        incident.annotations.append(Annotation(at: at, what: what, actor: actor, note: note))
        guard incident.annotations.count > EscalationLimits.annotationsPerIncidentMax else { return }
        let first = incident.annotations.dropFirst(8).firstIndex { $0.actor == nil } ?? incident.annotations.startIndex
        incident.annotations.remove(at: first)
    }

    /// The sentence as people see it: a drill and a late one say so first.
    mutating func decorate() {
        var zhCN = "", en = ""
        if incident.origin == .drill { zhCN += "【演练】"; en += "[DRILL] " }
        if stormCount > 1 { zhCN += "【共\(stormCount)户】"; en += "[\(stormCount) HOMES] " }
        if incident.isLate { zhCN += "【迟到】"; en += "[LATE] " }
        incident.text = zhCN.isEmpty ? plainText : LocalizedText(zhCN: zhCN + plainText.zhCN, en: en + plainText.en)
    }
}

extension Finding {
    /// Findings with the same key are about the same thing and the same people; two people never share one.
    ///
    /// One resident: that resident and kind. Several: exactly these candidates. None: the home and kind; a technical
    /// one also the device, so that two silent devices of one home stay two. Place unknown: the device.
    var joinKey: String {
        var out = kind
        if subject.residents.count == 1 {
            out += "|r|" + subject.residents[0].text
        } else if subject.residents.count > 1 {
            out += "|c"
            // Lengths, so that no two lists of names read the same.
            for resident in subject.residents.sorted() { out += "|\(resident.text.utf8.count):" + resident.text }
        } else if let home = subject.home {
            out += "|h|" + home.text
        } else if subject.device == nil {
            out += "|x|" + rule
        }
        if subject.home == nil || category == .technical { out += "|d|" + (subject.device?.text ?? "") }
        return out
    }

    /// Whether only a person may close what it opens.
    var needsPerson: Bool { isLatching || category == .safety }
}
