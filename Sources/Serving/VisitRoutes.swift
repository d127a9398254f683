import CareModel
import Hummingbird

/// Knows the codes that hang at residents' doors.
public protocol VisitCodeReading: Sendable {
    /// Whose code this is, and that person's name; nil for a code of nobody. It takes the same time whosever it is.
    /// - Throws: when nobody can tell now; the client gets 503 and may ask again.
    func resident(withCode code: String) throws -> (id: ResidentID, name: String)?
}

/// A visit that is proved by the code at the door.
struct VisitRoutes: Sendable {
    let codes: any VisitCodeReading
    let places: any PlaceReading
    let desk: CommandDesk
    let gate: Guard
    /// Wrong codes, by address and by person: apart from those of signing in, so that a worn sticker keeps nobody out of the hub.
    let wrongByAddress: Attempts
    let wrongByPerson: Attempts

    var routes: [Route] { [Route(.post, "/api/v1/visits", .carers, over: .several, visit)] }

    private func visit(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        let caller = try context.caller(), person = AccountRules.folded(caller.actor)
        if let seconds = wrongByAddress.secondsToWait(context.address) ?? wrongByPerson.secondsToWait(person) {
            throw ErrorAnswer(.tooManyRequests, "too_many_attempts", "too many codes that nobody here has", retryAfterSeconds: seconds)
        }
        var fields = try await RequestFields(request)
        let code = try fields.required("code", bytesMax: ServingLimits.visitCodeBytesMax)
        guard let found = try codes.resident(withCode: code), let place = places.place(of: found.id), caller.rights.admits(place) else {
            wrongByAddress.failed(context.address)
            wrongByPerson.failed(person)
            gate.access.audit.keep(actor: caller.actor, role: caller.role, via: context.via, action: "visit", object: "code", outcome: "unknown_code")
            throw ErrorAnswer(.notFound, "unknown_code", "nobody whom this account cares for has this code")
        }
        let press = try await desk.carryOut(fields, context, "visit", about: found.id.text) { _ in .visit(found.id) }
        guard let deed = press.deed else { throw ErrorAnswer.unavailable }
        return JSONValue.object([
            ("resident", .string(found.id.text)), ("name", .string(found.name)), ("at", .string(deed.at.description)), ("duty", .optional(deed.duty)),
            ("incidents", .array(deed.incidents.map { .string($0.description) })),
        ]).response()
    }
}
