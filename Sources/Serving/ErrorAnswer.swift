import CareModel
import Hummingbird

/// What the client gets instead of what it asked for: a status, a stable code and a sentence.
struct ErrorAnswer: Error, Sendable {
    var status: HTTPResponse.Status
    /// Programs branch on it: never renamed. docs/http-api.md lists them.
    var code: String
    /// For the person who reads a log: English, without names or health values.
    var message: String
    var retryAfterSeconds: Int?
    /// The press that it is about, so that the page can ask again under the same id.
    var commandID: String?

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String, retryAfterSeconds: Int? = nil, commandID: String? = nil) {
        (self.status, self.code, self.message) = (status, code, message)
        (self.retryAfterSeconds, self.commandID) = (retryAfterSeconds, commandID)
    }

    static func invalid(_ field: String, _ why: String) -> ErrorAnswer {
        ErrorAnswer(.badRequest, "invalid_value", "\(printable(field)): \(why)")
    }
    static func unknownField(_ name: String) -> ErrorAnswer {
        ErrorAnswer(.badRequest, "unknown_field", "the body has a field that this request doesn't know: \(printable(name))")
    }
    static func unknownParameter(_ name: String) -> ErrorAnswer {
        ErrorAnswer(.badRequest, "unknown_parameter", "the query has a parameter that this request doesn't know: \(printable(name))")
    }
    static func busy(_ seconds: Int, commandID: String? = nil) -> ErrorAnswer {
        ErrorAnswer(.serviceUnavailable, "busy", "the hub's mailbox is full; nothing was taken, ask again", retryAfterSeconds: max(1, seconds), commandID: commandID)
    }
    static let notFound = ErrorAnswer(.notFound, "not_found", "there is nothing here")
    static let unauthorised = ErrorAnswer(.unauthorized, "unauthorised", "a token or a session is needed")
    static let forbidden = ErrorAnswer(.forbidden, "forbidden", "this role may not do that")
    static let locked = ErrorAnswer(.init(code: 423, reasonPhrase: "Locked"), "locked", "the screen is locked; open it with the PIN or the password")
    /// The same answer for what there isn't and what the rights don't reach.
    static func unseen(_ object: RouteObject) -> ErrorAnswer {
        switch object {
        case .incident: ErrorAnswer(.notFound, Refusal.unknownIncident.name, "no such incident")
        case .device: ErrorAnswer(.notFound, Refusal.unknownDevice.name, "no such device")
        case .home: ErrorAnswer(.notFound, Refusal.unknownHome.name, "no such home")
        case .resident: ErrorAnswer(.notFound, Refusal.unknownResident.name, "no such resident")
        case .nobody, .hub, .several: ErrorAnswer.forbidden
        }
    }
    static let secretsBusy = ErrorAnswer(.serviceUnavailable, "busy", "many people are signing in; ask again", retryAfterSeconds: 2)

    /// What was asked of an account and can't be.
    init(_ fault: AccountFault) {
        let status: HTTPResponse.Status = switch fault.code {
        case "unknown_account": .notFound
        case "name_taken": .conflict
        case "link_spent": .gone
        case "limit_reached": .tooManyRequests
        default: .unprocessableContent
        }
        self.init(status, fault.code, fault.text)
    }

    static let unavailable = ErrorAnswer(.serviceUnavailable, "unavailable", "the hub can't answer now; ask again", retryAfterSeconds: 1)

    /// The refusal of a command.
    static func refused(_ refusal: Refusal, commandID: String) -> ErrorAnswer {
        let (status, message): (HTTPResponse.Status, String) = switch refusal {
        case .unknownIncident: (.notFound, "no such incident")
        case .unknownDevice: (.notFound, "no such device")
        case .alreadyTaken: (.conflict, "somebody else holds it")
        case .alreadyResolved: (.conflict, "it is resolved already")
        case .outdated: (.conflict, "the incident has changed since it was looked at")
        case .alreadyBound: (.conflict, "the device is bound already")
        case .unknownHome: (.unprocessableContent, "no such home")
        case .unknownResident: (.unprocessableContent, "no such resident in this home")
        case .unknownProfile: (.unprocessableContent, "no such profile")
        case .notAllowed: (.forbidden, "this role may not do that")
        case .notOwner: (.conflict, "only its owner or a supervisor may hand it over, once somebody has taken it")
        case .notShelvable: (.conflict, "what may be about somebody's life is never put aside")
        case .superseded: (.conflict, "a newer incident of the same thing is open")
        case .allTold: (.conflict, "every tier of its plan is told already")
        case .drillOpen: (.conflict, "such a drill of this resident is open: close it first")
        case .limitReached: (.tooManyRequests, "a limit of the hub is reached")
        }
        return ErrorAnswer(status, refusal.name, message, commandID: commandID)
    }

    var response: Response {
        var body: [(String, JSONValue)] = [("error", .object([("code", .string(code)), ("message", .string(message))]))]
        if let commandID { body.insert(("command_id", .string(commandID)), at: 0) }
        var response = JSONValue.object(body).response(status)
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// A name out of a request, fit to be repeated: at most 64 characters, without control characters.
    private static func printable(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars.prefix(64) { out.unicodeScalars.append(scalar.value < 32 || scalar.value == 127 ? "?" : scalar) }
        return out
    }
}
