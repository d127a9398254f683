/// What one step wants done. Everything but `answer` and `downlink` goes into the same transaction as the record.
public enum Effect: Hashable, Sendable {
    case keep(DecidedRow)
    case revise(IncidentRevision)
    case enqueue(Delivery)
    case retire(DeliveryKey)
    /// Moves a delivery to the dead letter, with the receiver's reason.
    case deadLetter(DeliveryKey, String)
    /// Takes a delivery out of the dead letter, to be tried again; nothing when it isn't there.
    case revive(DeliveryKey)
    case downlink(Downlink)
    case answer(CommandID, CommandOutcome)
    case reject(Rejection)
    case quarantine(Sighting)
    case audit(AuditEntry)
}

/// A row of what was decided: read back at start, never decided again.
public struct DecidedRow: Hashable, Sendable {
    /// Which collection: `incident`, `finding`, `binding`, `counter`, …
    public var table: String
    public var key: String
    /// Version of the bytes' form.
    public var version: UInt16
    /// Nil removes the row.
    public var bytes: [UInt8]?

    public init(table: String, key: String, version: UInt16, bytes: [UInt8]?) {
        (self.table, self.key, self.version, self.bytes) = (table, key, version, bytes)
    }
}

/// One revision of an incident in canonical JSON; append-only, the source of queues, stream and history.
public struct IncidentRevision: Hashable, Sendable {
    public var incident: IncidentID
    public var revision: UInt32
    public var state: IncidentState
    public var priority: Priority
    public var category: Category
    public var origin: Origin
    public var home: HomeID?
    /// Canonical JSON with everything.
    public var full: [UInt8]
    /// The same without names, addresses and health values.
    public var masked: [UInt8]

    public init(incident: IncidentID, revision: UInt32, state: IncidentState, priority: Priority, category: Category, origin: Origin, home: HomeID?, full: [UInt8], masked: [UInt8]) {
        (self.incident, self.revision, self.state, self.priority) = (incident, revision, state, priority)
        (self.category, self.origin, self.home, self.full, self.masked) = (category, origin, home, full, masked)
    }
}

/// One revision that one queue must receive.
public struct Delivery: Hashable, Sendable {
    public var key: DeliveryKey
    public var priority: Priority
    /// Whether the receiver's configuration allows names, addresses and health values.
    public var isMasked: Bool

    public init(key: DeliveryKey, priority: Priority, isMasked: Bool) { (self.key, self.priority, self.isMasked) = (key, priority, isMasked) }
}

/// Why a message gave nothing; each has a counter.
public enum RejectionReason: UInt8, Hashable, Sendable, CaseIterable {
    case payloadTooLong = 0
    case malformed = 1
    case notUTF8 = 2
    case tooDeep = 3
    case tooManyReadings = 4
    case wrongType = 5
    case missingField = 6
    case unknownValue = 7
    case identityMismatch = 8
    case identityMissing = 9
    case duplicate = 10
    case emptyPayload = 11
    /// One device sends more than its profile could ever mean; never applied to safety kinds.
    case flooding = 12
    case unsupportedFormat = 13
    case topicTooLong = 14
    case truncated = 15

    public var name: String {
        switch self {
        case .payloadTooLong: "payload_too_long"
        case .malformed: "malformed"
        case .notUTF8: "not_utf8"
        case .tooDeep: "too_deep"
        case .tooManyReadings: "too_many_readings"
        case .wrongType: "wrong_type"
        case .missingField: "missing_field"
        case .unknownValue: "unknown_value"
        case .identityMismatch: "identity_mismatch"
        case .identityMissing: "identity_missing"
        case .duplicate: "duplicate"
        case .emptyPayload: "empty_payload"
        case .flooding: "flooding"
        case .unsupportedFormat: "unsupported_format"
        case .topicTooLong: "topic_too_long"
        case .truncated: "truncated"
        }
    }

    /// Whether the message could not be read at all, as opposed to being read and not wanted.
    public var isUnreadable: Bool { self != .duplicate && self != .emptyPayload && self != .flooding }
}

/// A message that could not be used, and why. The journal keeps its bytes.
public struct Rejection: Hashable, Sendable {
    public var reason: RejectionReason
    public var topic: String
    public var device: DeviceID?
    public var binding: BindingIndex?
    public var profile: String?
    /// Whether the profile can report a safety kind: then the rejection is an incident.
    public var isSafety: Bool
    /// What exactly was wrong, in plain words, without the payload's values.
    public var text: String

    public init(reason: RejectionReason, topic: String, device: DeviceID? = nil, binding: BindingIndex? = nil, profile: String? = nil, isSafety: Bool = false, text: String) {
        (self.reason, self.topic, self.device, self.binding) = (reason, topic, device, binding)
        (self.profile, self.isSafety, self.text) = (profile, isSafety, text)
    }
}

/// A message that no registered device accounts for, kept for a technician to look at.
public struct Sighting: Hashable, Sendable {
    public enum Why: UInt8, Hashable, Sendable, CaseIterable {
        case noProfile = 0, severalProfiles = 1, unregistered = 2

        public var name: String {
            switch self {
            case .noProfile: "no_profile"
            case .severalProfiles: "several_profiles"
            case .unregistered: "unregistered"
            }
        }
    }

    public var why: Why
    public var topic: String
    public var device: DeviceID?
    /// Profiles that fit, best first.
    public var candidates: [String]
    public var payload: [UInt8]

    public init(why: Why, topic: String, device: DeviceID? = nil, candidates: [String], payload: [UInt8]) {
        (self.why, self.topic, self.device, self.candidates, self.payload) = (why, topic, device, candidates, payload)
    }
}

/// Who did or saw what.
public struct AuditEntry: Hashable, Sendable {
    public var at: WallTime
    public var actor: String
    public var role: Role
    public var via: Via
    /// Stable word, for instance `acknowledge`, `view_incident`.
    public var action: String
    public var object: String
    public var outcome: String

    public init(at: WallTime, actor: String, role: Role, via: Via, action: String, object: String, outcome: String) {
        (self.at, self.actor, self.role, self.via) = (at, actor, role, via)
        (self.action, self.object, self.outcome) = (action, object, outcome)
    }
}
