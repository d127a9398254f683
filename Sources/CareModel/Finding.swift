/// IEC 60601-1-8: how severe the harm would be, and how soon. Higher raw values are more urgent.
public enum Priority: UInt8, Hashable, Comparable, Sendable, CaseIterable {
    case information = 0
    case low = 1
    case medium = 2
    case high = 3

    public var name: String {
        switch self {
        case .information: "information"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        }
    }

    public init?(name: String) {
        guard let found = Priority.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
}

public enum Category: UInt8, Hashable, Sendable, CaseIterable {
    case safety = 0, medical = 1, behaviour = 2, technical = 3, duty = 4

    public var name: String {
        switch self {
        case .safety: "safety"
        case .medical: "medical"
        case .behaviour: "behaviour"
        case .technical: "technical"
        case .duty: "duty"
        }
    }

    public init?(name: String) {
        guard let found = Category.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// One reading that spoke for a finding, as an incident shows it.
public struct EvidenceItem: Hashable, Sendable {
    public var device: DeviceID
    public var kind: Kind
    public var value: ReadingValue
    public var observedAt: WallTime?
    public var receivedAt: WallTime
    public var quality: Quality
    public var sequence: UInt64?
    /// The limit that it was held against, in the kind's resolution.
    public var limit: Int64?

    public init(device: DeviceID, kind: Kind, value: ReadingValue, observedAt: WallTime?, receivedAt: WallTime, quality: Quality, sequence: UInt64?, limit: Int64? = nil) {
        (self.device, self.kind, self.value, self.observedAt) = (device, kind, value, observedAt)
        (self.receivedAt, self.quality, self.sequence, self.limit) = (receivedAt, quality, sequence, limit)
    }
}

/// Whom a finding is about. A home may be known without a resident, and several residents may come into question.
public struct Subject: Hashable, Comparable, Sendable {
    public var home: HomeID?
    /// One: that resident. Several: candidates. None: the home, or nobody knows.
    public var residents: [ResidentID]
    public var room: String
    public var device: DeviceID?

    public init(home: HomeID?, residents: [ResidentID] = [], room: String = "", device: DeviceID? = nil) {
        (self.home, self.residents, self.room, self.device) = (home, residents, room, device)
    }

    /// The same text for the same subject; sorts and joins by it.
    public var key: String {
        var out = home?.text ?? ""
        out += "/"
        out += residents.map(\.text).joined(separator: "+")
        out += "/"
        out += device?.text ?? ""
        return out
    }

    public static func < (a: Subject, b: Subject) -> Bool { a.key < b.key }
}

/// Why a condition is over.
public enum ClearReason: UInt8, Hashable, Sendable, CaseIterable {
    /// The readings are back on the good side of the clear level.
    case recovered = 0
    /// The device took its report back; for safety kinds this only annotates.
    case cancelledByDevice = 1
    /// The device reports again.
    case returned = 2
    /// The rule is gone from the configuration.
    case ruleRemoved = 3
    /// The device or the resident is gone from the configuration.
    case subjectRemoved = 4
    /// The bridge behind which the device stands is gone itself: its incident says so for all of them.
    case explainedByBridge = 5

    public var name: String {
        switch self {
        case .recovered: "recovered"
        case .cancelledByDevice: "cancelled_by_device"
        case .returned: "returned"
        case .ruleRemoved: "rule_removed"
        case .subjectRemoved: "subject_removed"
        case .explainedByBridge: "explained_by_bridge"
        }
    }
}

/// What Detection infers from readings and passing time.
public struct Finding: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
        /// An occurrence, or a condition that begins.
        case raised
        /// The same condition again, or worse: more evidence, maybe a higher priority.
        case updated
        case cleared(ClearReason)
    }

    /// The rule's name in config/rules.
    public var rule: String
    public var change: Change
    /// What an incident that it opens is about, for instance `safety.fall` or `vital.spo2.low`.
    public var kind: String
    public var category: Category
    public var priority: Priority
    public var subject: Subject
    /// Only a person ends an incident of it.
    public var isLatching: Bool
    /// Whether a condition stands behind it that will be cleared, or it is a single occurrence.
    public var isCondition: Bool
    public var observedAt: WallTime?
    public var receivedAt: WallTime
    /// When the condition was complete, in hub time and on the wall.
    public var detectedAt: Instant
    public var detectedWall: WallTime
    /// Found late: after an outage, or from a device's history.
    public var isLate: Bool
    /// Whether a condition that keeps coming and going becomes one lasting incident; else each coming opens one of its own.
    public var mayFlap: Bool
    public var evidence: [EvidenceItem]
    public var text: LocalizedText

    public init(
        rule: String, change: Change, kind: String, category: Category, priority: Priority, subject: Subject,
        isLatching: Bool, isCondition: Bool, observedAt: WallTime? = nil, receivedAt: WallTime,
        detectedAt: Instant, detectedWall: WallTime, isLate: Bool = false, mayFlap: Bool = true, evidence: [EvidenceItem] = [], text: LocalizedText
    ) {
        (self.rule, self.change, self.kind, self.category, self.priority, self.subject) = (rule, change, kind, category, priority, subject)
        (self.isLatching, self.isCondition, self.observedAt, self.receivedAt) = (isLatching, isCondition, observedAt, receivedAt)
        (self.detectedAt, self.detectedWall, self.isLate, self.mayFlap) = (detectedAt, detectedWall, isLate, mayFlap)
        (self.evidence, self.text) = (evidence, text)
    }

    /// Names the condition: the same for its raise, its updates and its end.
    public var conditionKey: String { rule + "|" + subject.key }
}
