/// Names one wish of a person; a second arrival of the same one gets the first one's answer.
public struct CommandID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
    public static func < (a: CommandID, b: CommandID) -> Bool { a.text < b.text }
}

public enum Role: UInt8, Hashable, Sendable, CaseIterable {
    case caregiver = 0, family = 1, technician = 2, supervisor = 3, inspector = 4, administrator = 5, device = 6

    public var name: String {
        switch self {
        case .caregiver: "caregiver"
        case .family: "family"
        case .technician: "technician"
        case .supervisor: "supervisor"
        case .inspector: "inspector"
        case .administrator: "administrator"
        case .device: "device"
        }
    }
}

/// The way a command came.
public enum Via: UInt8, Hashable, Sendable, CaseIterable {
    case http = 0, page = 1, mqtt = 2, commandLine = 3, rabbitMQ = 4, webhook = 5

    public var name: String {
        switch self {
        case .http: "http"
        case .page: "page"
        case .mqtt: "mqtt"
        case .commandLine: "command_line"
        case .rabbitMQ: "rabbitmq"
        case .webhook: "webhook"
        }
    }
}

/// A device bound by a person on this hub instead of in homes.yaml.
public struct Adoption: Hashable, Sendable {
    public var device: DeviceID
    public var profile: String
    public var home: HomeID
    public var residents: [ResidentID]
    public var room: String
    /// Anybody of the hub may use it; only its messages say who it was.
    public var isShared: Bool
    /// The adopted device whose place it takes, which is then bound no longer.
    public var replaces: DeviceID?

    public init(
        device: DeviceID, profile: String, home: HomeID, residents: [ResidentID], room: String, isShared: Bool = false, replaces: DeviceID? = nil
    ) {
        (self.device, self.profile, self.home, self.residents, self.room) = (device, profile, home, residents, room)
        (self.isShared, self.replaces) = (isShared, replaces)
    }
}

/// What a person did or wants.
public struct Command: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        case acknowledge(IncidentID)
        /// A call or visit, whatever came of it. A note with a contact that reached somebody is the short assessment.
        case contact(IncidentID, ContactResult, note: String)
        case arrive(IncidentID)
        case resolve(IncidentID, CloseReason, note: String)
        case annotate(IncidentID, note: String)
        case adopt(Adoption)
        /// Installer's mode: the device's first press within `seconds` (at most 300) is a drill for the station alone.
        case arm(DeviceID, seconds: Int)
        /// Offers the incident to a colleague, who accepts by taking it; until then it stays with its owner.
        case handOver(IncidentID, to: String)
        /// Tries a delivery again that its receiver refused for good.
        case resend(DeliveryKey)
        /// Puts an incident that is known and can wait aside, for a reason; the actor answers for it. It comes back after `seconds`.
        case shelve(IncidentID, seconds: Int, reason: String)
        case unshelve(IncidentID)
        /// A closing was a mistake: the incident is open again.
        case reopen(IncidentID, note: String)
        /// Visitors, away, in hospital, or back to normal; see `HomeMode`.
        case setMode(ModeChange)
        /// Tells the next tier now, as if its time had come; the owner keeps it.
        case escalate(IncidentID)
        /// Somebody is at a resident's door: the code there proves it.
        case visit(ResidentID)
        /// An occurrence of that kind that no device reported goes the whole way as a drill: for the station alone.
        case drill(ResidentID, Kind)
    }

    public var id: CommandID
    public var actor: String
    public var role: Role
    public var via: Via
    public var action: Action
    /// The revision that the person looked at; nil = whichever.
    public var expectedRevision: UInt32?
    /// The queue over whose channel it came back; it may touch what was told to that queue and nothing else. Nil = another way.
    public var queue: QueueName?

    public init(id: CommandID, actor: String, role: Role, via: Via, action: Action, expectedRevision: UInt32? = nil, queue: QueueName? = nil) {
        (self.id, self.actor, self.role, self.via, self.action, self.expectedRevision) = (id, actor, role, via, action, expectedRevision)
        self.queue = queue
    }
}

/// What came of a call or visit. Only somebody who was reached and understood is a contact; the rest are attempts.
public enum ContactResult: UInt8, Hashable, Sendable, CaseIterable {
    /// Patient or family, not said which.
    case reached = 0
    case patient = 1, family = 2
    /// Somebody answered and could not say what is the matter.
    case notUnderstood = 3
    case noAnswer = 4

    public var name: String {
        switch self {
        case .reached: "reached"
        case .patient: "patient"
        case .family: "family"
        case .notUnderstood: "not_understood"
        case .noAnswer: "no_answer"
        }
    }

    public init?(name: String) {
        guard let found = ContactResult.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Whether the policy's "in contact with the patient or the family" is met.
    public var isContact: Bool { self != .notUnderstood && self != .noAnswer }

    /// The word of the incident's history.
    public var annotation: String {
        switch self {
        case .reached: "contacted"
        case .patient: "contacted_patient"
        case .family: "contacted_family"
        case .notUnderstood: "call_not_understood"
        case .noAnswer: "call_not_answered"
        }
    }
}

/// What became of a command.
public enum CommandOutcome: Hashable, Sendable {
    /// Done; the incident's revision afterwards, or 0 where none is concerned.
    case done(revision: UInt32)
    /// Done, where a revision alone does not say what.
    case carriedOut(Deed)
    case refused(Refusal)
}

public enum Refusal: UInt8, Hashable, Sendable, CaseIterable {
    case unknownIncident = 0
    /// Somebody else holds it.
    case alreadyTaken = 1
    case alreadyResolved = 2
    /// The person looked at an older revision.
    case outdated = 3
    case unknownHome = 4, unknownResident = 5, unknownProfile = 6
    case alreadyBound = 7
    case unknownDevice = 8
    case notAllowed = 9
    case limitReached = 10
    /// Only its owner or a supervisor may hand it over.
    case notOwner = 11
    /// What may be about somebody's life is never shelved.
    case notShelvable = 12
    /// A newer incident of the same thing is open.
    case superseded = 13
    /// Whom its plan names is told already.
    case allTold = 14
    /// A drill of the same thing is open.
    case drillOpen = 15

    public var name: String {
        switch self {
        case .unknownIncident: "unknown_incident"
        case .alreadyTaken: "already_taken"
        case .alreadyResolved: "already_resolved"
        case .outdated: "outdated"
        case .unknownHome: "unknown_home"
        case .unknownResident: "unknown_resident"
        case .unknownProfile: "unknown_profile"
        case .alreadyBound: "already_bound"
        case .unknownDevice: "unknown_device"
        case .notAllowed: "not_allowed"
        case .limitReached: "limit_reached"
        case .notOwner: "not_owner"
        case .notShelvable: "not_shelvable"
        case .superseded: "superseded"
        case .allTold: "all_told"
        case .drillOpen: "drill_open"
        }
    }
}
