/// Where an incident is in its life. A receiver treats a state that it does not know as `open`.
public enum IncidentState: UInt8, Hashable, Sendable, CaseIterable {
    case open = 0, acknowledged = 1, contacted = 2, onSite = 3, resolved = 4

    public var name: String {
        switch self {
        case .open: "open"
        case .acknowledged: "acknowledged"
        case .contacted: "contacted"
        case .onSite: "on_site"
        case .resolved: "resolved"
        }
    }
}

/// IHE ACM event phase of one revision.
public enum Phase: UInt8, Hashable, Sendable, CaseIterable {
    case start = 0, update = 1, escalate = 2, deescalate = 3, end = 4

    public var name: String {
        switch self {
        case .start: "start"
        case .update: "update"
        case .escalate: "escalate"
        case .deescalate: "deescalate"
        case .end: "end"
        }
    }
}

/// Whether an incident concerns somebody now.
public enum Origin: UInt8, Hashable, Sendable, CaseIterable {
    case live = 0, replay = 1, drill = 2

    public var name: String {
        switch self {
        case .live: "live"
        case .replay: "replay"
        case .drill: "drill"
        }
    }
}

/// Why a person closed an incident; the words stand in the alarm-quality report.
public enum CloseReason: UInt8, Hashable, Sendable, CaseIterable {
    case realEmergency = 0, accidental = 1, accidentalChild = 2, falseAlarm = 3
    case deviceFault = 4, drill = 5, hospitalised = 6, unreachable = 7

    public var name: String {
        switch self {
        case .realEmergency: "real_emergency"
        case .accidental: "accidental"
        case .accidentalChild: "accidental_child"
        case .falseAlarm: "false_alarm"
        case .deviceFault: "device_fault"
        case .drill: "drill"
        case .hospitalised: "hospitalised"
        case .unreachable: "unreachable"
        }
    }

    public init?(name: String) {
        guard let found = CloseReason.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    public var text: LocalizedText {
        switch self {
        case .realEmergency: LocalizedText(zhCN: "真实求助", en: "real emergency")
        case .accidental: LocalizedText(zhCN: "误触", en: "pressed by accident")
        case .accidentalChild: LocalizedText(zhCN: "儿童误触", en: "pressed by a child")
        case .falseAlarm: LocalizedText(zhCN: "误报", en: "false alarm")
        case .deviceFault: LocalizedText(zhCN: "设备故障", en: "device fault")
        case .drill: LocalizedText(zhCN: "测试演练", en: "test or drill")
        case .hospitalised: LocalizedText(zhCN: "已送医", en: "taken to hospital")
        case .unreachable: LocalizedText(zhCN: "无法联系", en: "could not be reached")
        }
    }
}

/// Something that happened to an incident, in the order of its history.
public struct Annotation: Hashable, Sendable {
    public var at: WallTime
    /// Stable word of docs/incidents.md: `joined`, `recovered`, `acknowledged`, `escalated`, `note`, …
    public var what: String
    public var actor: String?
    public var note: String

    public init(at: WallTime, what: String, actor: String? = nil, note: String = "") {
        (self.at, self.what, self.actor, self.note) = (at, what, actor, note)
    }
}

/// When somebody must have done something.
public struct Deadline: Hashable, Sendable {
    /// Stable word: `take` (nobody has it), `call` (its owner must ring), `share` (a further tier joins), `contact` (patient or family
    /// must be reached and assessed).
    public var kind: String
    public var due: WallTime

    public init(kind: String, due: WallTime) { (self.kind, self.due) = (kind, due) }
}

/// One revision of something that needs a person, complete: what queues, pages and reports show.
public struct Incident: Hashable, Sendable {
    public var id: IncidentID
    /// Counts from 1; each thing told is a new one.
    public var revision: UInt32
    public var phase: Phase
    public var kind: String
    public var priority: Priority
    public var category: Category
    public var state: IncidentState
    public var subject: Subject
    /// The station and address of the home; empty where the place is unknown.
    public var station: String
    public var address: String
    /// The resident's name where exactly one is concerned.
    public var residentName: String
    public var observedAt: WallTime?
    public var receivedAt: WallTime
    public var detectedAt: WallTime
    public var openedAt: WallTime
    public var rule: String
    public var text: LocalizedText
    public var evidence: [EvidenceItem]
    /// Pieces of evidence that no longer fit, `Limits.evidencePerIncidentMax`.
    public var evidenceDropped: Int
    public var annotations: [Annotation]
    /// 0 is the first tier of the response plan.
    public var tier: Int
    public var owner: String?
    public var deadlines: [Deadline]
    public var origin: Origin
    public var isLate: Bool
    public var closeReason: CloseReason?
    public var closeNote: String

    public init(
        id: IncidentID, revision: UInt32, phase: Phase, kind: String, priority: Priority, category: Category,
        state: IncidentState, subject: Subject, station: String, address: String, residentName: String,
        observedAt: WallTime?, receivedAt: WallTime, detectedAt: WallTime, openedAt: WallTime, rule: String, text: LocalizedText,
        evidence: [EvidenceItem], evidenceDropped: Int = 0, annotations: [Annotation] = [], tier: Int = 0, owner: String? = nil,
        deadlines: [Deadline] = [], origin: Origin, isLate: Bool, closeReason: CloseReason? = nil, closeNote: String = ""
    ) {
        (self.id, self.revision, self.phase, self.kind, self.priority) = (id, revision, phase, kind, priority)
        (self.category, self.state, self.subject) = (category, state, subject)
        (self.station, self.address, self.residentName) = (station, address, residentName)
        (self.observedAt, self.receivedAt, self.detectedAt, self.openedAt) = (observedAt, receivedAt, detectedAt, openedAt)
        (self.rule, self.text, self.evidence, self.evidenceDropped) = (rule, text, evidence, evidenceDropped)
        (self.annotations, self.tier, self.owner, self.deadlines) = (annotations, tier, owner, deadlines)
        (self.origin, self.isLate, self.closeReason, self.closeNote) = (origin, isLate, closeReason, closeNote)
    }
}
