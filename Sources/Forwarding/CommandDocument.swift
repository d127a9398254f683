import CareModel
import Foundation

/// Whose commands they are: the queue over which its receiver sends them, and the role in which they are carried out.
public struct CommandSource: Hashable, Sendable {
    public var queue: QueueName
    public var role: Role

    public init(queue: QueueName, role: Role) { (self.queue, self.role) = (queue, role) }
}

/// What a receiver wants done about an incident that it was told of: one JSON object, the same over every channel.
/// docs/schemas/command.schema.json holds its form, docs/operations.md says where it goes.
public struct CommandDocument: Hashable, Sendable {
    /// Chosen by the receiver: a second arrival under it, for the same verb and incident, gets the first one's answer.
    public var commandID: String
    public var action: Command.Action
    /// Who acted at the receiver's; nil = the receiver itself.
    public var actor: String?
    public var expectedRevision: UInt32?

    public static let bytesMax = 32_768
    public static let commandIDBytesMax = 64
    public static let actorBytesMax = 128
    /// Of one answer of a webhook's receiver.
    public static let perAnswerMax = 16

    /// What is wrong with a document, for a person: no value of it stands there.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// What the receiver called it, where that could be read.
        public var commandID: String?
        public var description: String

        public init(commandID: String? = nil, description: String) { (self.commandID, self.description) = (commandID, description) }
    }

    /// - Parameter incident: what it is about where the document doesn't say: the delivery that it answers.
    public init(_ bytes: [UInt8], about incident: IncidentID? = nil) throws(Fault) {
        guard bytes.count <= CommandDocument.bytesMax else { throw Fault(description: "more than \(CommandDocument.bytesMax) bytes") }
        let fields: [String: Field]
        do { fields = try JSONDecoder().decode([String: Field].self, from: Data(bytes)) } catch { throw Fault(description: "not one JSON object of texts and whole numbers") }
        try self.init(Reader(fields), about: incident)
    }

    /// The commands in what a webhook's receiver answered: `{"commands":[…]}`. Any other answer holds none.
    public static func list(inAnswer bytes: [UInt8], about incident: IncidentID) -> [Result<CommandDocument, Fault>] {
        struct Answer: Decodable { var commands: [[String: Field]] }
        guard bytes.contains(UInt8(ascii: "{")), let members = try? JSONDecoder().decode([String: Unread].self, from: Data(bytes)), members["commands"] != nil else { return [] }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes)) else { return [.failure(Fault(description: "\"commands\" is no list of objects of texts and whole numbers"))] }
        guard answer.commands.count <= perAnswerMax else { return [.failure(Fault(description: "more than \(perAnswerMax) commands in one answer"))] }
        return answer.commands.map { fields in Result { () throws(Fault) in try CommandDocument(Reader(fields), about: incident) } }
    }

    /// As the core takes it: the queue, the verb and the incident are part of its name, so that no two receivers swallow each other's.
    public func command(from source: CommandSource, via: Via) -> Command {
        let incident = action.subject?.description ?? ""
        return Command(
            id: CommandID("\(CommandDocument.mark)\(source.queue.text)/\(verb)/\(incident)/\(commandID)"), actor: actor ?? source.queue.text, role: source.role, via: via,
            action: action, expectedRevision: expectedRevision, queue: source.queue)
    }

    private static let mark = "queue:"

    /// The queue of a command that came over one, and what its receiver called it.
    public static func origin(of id: CommandID) -> (queue: QueueName, commandID: String)? {
        guard id.text.hasPrefix(mark) else { return nil }
        let parts = id.text.dropFirst(mark.count).split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count == 4 ? (QueueName(String(parts[0])), String(parts[3])) : nil
    }

    /// The answer that goes back: done with the incident's revision, refused with the reason, or invalid with what is wrong.
    public static func answer(_ id: CommandID, _ outcome: CommandOutcome) -> [UInt8] {
        let commandID = origin(of: id)?.commandID ?? id.text
        return switch outcome {
        case .done(let revision): encode(Reply(command_id: commandID, outcome: "done", revision: revision))
        // Of a person, never of an incident: no receiver sends such a command.
        case .carriedOut: encode(Reply(command_id: commandID, outcome: "done"))
        case .refused(let why): encode(Reply(command_id: commandID, outcome: "refused", reason: why.name))
        }
    }

    public static func answer(_ fault: Fault) -> [UInt8] { encode(Reply(command_id: fault.commandID, outcome: "invalid", reason: fault.description)) }

    private struct Reply: Encodable {
        var command_id: String?
        var outcome: String
        var reason: String?
        var revision: UInt32?
    }

    private static func encode(_ reply: Reply) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(reply)).map { Array($0) } ?? []
    }
}

// MARK: - Reading

extension CommandDocument {
    private enum Field: Decodable {
        case text(String)
        case whole(Int64)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) { self = .text(text) } else { self = .whole(try container.decode(Int64.self)) }
        }
    }

    private struct Unread: Decodable { init(from decoder: any Decoder) throws {} }

    /// Takes fields by name; what is left is unknown.
    private struct Reader {
        private var fields: [String: Field]
        private(set) var commandID: String?

        init(_ fields: [String: Field]) { self.fields = fields }

        func fault(_ text: String) -> Fault { Fault(commandID: commandID, description: text) }

        mutating func text(_ name: String, bytesMax: Int, mayHaveLines: Bool = false) throws(Fault) -> String? {
            guard let field = fields.removeValue(forKey: name) else { return nil }
            guard case .text(let text) = field else { throw fault("\"\(name)\" must be a text") }
            guard text.utf8.count <= bytesMax else { throw fault("\"\(name)\" has more than \(bytesMax) bytes") }
            let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control || mayHaveLines && ($0 == "\n" || $0 == "\t") }
            guard isPlain else { throw fault("\"\(name)\" has control characters") }
            return text
        }

        mutating func required(_ name: String, bytesMax: Int) throws(Fault) -> String {
            guard let text = try text(name, bytesMax: bytesMax), !text.isEmpty else { throw fault("\"\(name)\" is needed") }
            return text
        }

        mutating func whole(_ name: String, in range: ClosedRange<Int64>) throws(Fault) -> Int64? {
            guard let field = fields.removeValue(forKey: name) else { return nil }
            guard case .whole(let value) = field, range.contains(value) else { throw fault("\"\(name)\" must be a whole number \(range.lowerBound)...\(range.upperBound)") }
            return value
        }

        mutating func identify() throws(Fault) -> String {
            let id = try required("command_id", bytesMax: CommandDocument.commandIDBytesMax)
            commandID = id
            return id
        }

        func finish() throws(Fault) {
            if let name = fields.keys.sorted().first { throw fault("unknown field \"\(name.prefix(64))\"") }
        }
    }

    static let verbs = ["acknowledge", "contact", "arrive", "resolve", "annotate", "hand_over", "shelve", "unshelve", "reopen", "escalate"]

    private init(_ fields: Reader, about known: IncidentID?) throws(Fault) {
        var fields = fields
        commandID = try fields.identify()
        let verb = try fields.required("command", bytesMax: 32)
        let incident: IncidentID
        if let text = try fields.text("incident", bytesMax: 128) {
            guard let id = IncidentID(text) else { throw fields.fault("\"incident\" is no identifier of an incident") }
            incident = id
        } else if let known {
            incident = known
        } else {
            throw fields.fault("\"incident\" is needed")
        }
        actor = try fields.text("actor", bytesMax: CommandDocument.actorBytesMax)
        if actor?.isEmpty == true { throw fields.fault("\"actor\" must not be empty") }
        expectedRevision = try fields.whole("expected_revision", in: 1...Int64(UInt32.max)).map { UInt32($0) }
        func note(_ fields: inout Reader) throws(Fault) -> String { try fields.text("note", bytesMax: Limits.noteBytesMax, mayHaveLines: true) ?? "" }
        switch verb {
        case "acknowledge": action = .acknowledge(incident)
        case "contact":
            let name = try fields.text("result", bytesMax: 32) ?? ContactResult.reached.name
            guard let result = ContactResult(name: name) else { throw fields.fault("\"result\" must be one of " + ContactResult.allCases.map(\.name).joined(separator: ", ")) }
            action = .contact(incident, result, note: try note(&fields))
        case "arrive": action = .arrive(incident)
        case "resolve":
            guard let reason = CloseReason(name: try fields.required("reason", bytesMax: 32)) else {
                throw fields.fault("\"reason\" must be one of " + CloseReason.allCases.map(\.name).joined(separator: ", "))
            }
            action = .resolve(incident, reason, note: try note(&fields))
        case "annotate":
            let text = try note(&fields)
            guard !text.isEmpty else { throw fields.fault("\"note\" is needed") }
            action = .annotate(incident, note: text)
        case "hand_over": action = .handOver(incident, to: try fields.required("to", bytesMax: CommandDocument.actorBytesMax))
        case "shelve":
            guard let seconds = try fields.whole("seconds", in: 60...86_400) else { throw fields.fault("\"seconds\" is needed: 60...86400") }
            action = .shelve(incident, seconds: Int(seconds), reason: try fields.required("reason", bytesMax: Limits.noteBytesMax))
        case "unshelve": action = .unshelve(incident)
        case "reopen": action = .reopen(incident, note: try note(&fields))
        case "escalate": action = .escalate(incident)
        default: throw fields.fault("\"command\" must be one of " + CommandDocument.verbs.joined(separator: ", "))
        }
        try fields.finish()
    }

    private var verb: String {
        switch action {
        case .acknowledge: "acknowledge"
        case .contact: "contact"
        case .arrive: "arrive"
        case .resolve: "resolve"
        case .annotate: "annotate"
        case .handOver: "hand_over"
        case .shelve: "shelve"
        case .unshelve: "unshelve"
        case .reopen: "reopen"
        case .escalate: "escalate"
        case .adopt, .arm, .resend, .setMode, .visit, .drill: ""
        }
    }
}

extension Command.Action {
    /// The incident that it is about, of those that a receiver may send.
    fileprivate var subject: IncidentID? {
        switch self {
        case .acknowledge(let id), .contact(let id, _, _), .arrive(let id), .resolve(let id, _, _), .annotate(let id, _), .handOver(let id, _),
             .shelve(let id, _, _), .unshelve(let id), .reopen(let id, _), .escalate(let id): id
        case .adopt, .arm, .resend, .setMode, .visit, .drill: nil
        }
    }
}
