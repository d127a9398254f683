import CareModel
import Hummingbird

/// Finds out who asks, and whether that role may.
struct Guard: Sendable {
    static let cookieName = "vigil_session"
    /// Only our own page can send it: a form or an image of another site can't.
    static let pageHeader = "X-Vigil-Page"
    static let clientHeader = "X-Vigil-Client"

    let tokens: TokenTable
    let sessions: Sessions
    let attempts: Attempts

    /// Lets the request through to the route with its principal, or throws 401, 403 or 429.
    func admit(_ request: Request, _ context: ServingContext, to route: Route) throws -> ServingContext {
        guard route.access != .open else { return context }
        var context = context
        if let header = request.headers[.authorization] {
            context.principal = try bearer(header, context)
            context.via = request.headers[Guard.field(Guard.clientHeader)] == "command-line" ? .commandLine : .http
        } else if let session = Guard.session(of: request), let principal = sessions.principal(session) {
            if route.isWrite { try Guard.requireOwnPage(request) }
            (context.principal, context.session, context.via) = (principal, session, .page)
        } else {
            throw ErrorAnswer.unauthorised
        }
        guard route.access.admits(try context.caller()) else { throw ErrorAnswer.forbidden }
        return context
    }

    /// Opens a session for a token: limited by address, because people type here.
    func open(token: String, _ context: ServingContext) throws -> String {
        if let seconds = attempts.secondsToWait(context.address) { throw Guard.tooMany(seconds) }
        guard let principal = tokens.principal(token: token), principal.queue == nil else {
            attempts.failed(context.address)
            throw ErrorAnswer(.unauthorized, "wrong_token", "this token is not known")
        }
        return sessions.open(principal)
    }

    /// A right token always passes, also from an address with many failures: a neighbour's wrong
    /// configuration must not keep a care service from its queue, and 32 random bytes can't be guessed.
    private func bearer(_ header: String, _ context: ServingContext) throws -> Principal {
        let parts = header.split(separator: " ", maxSplits: 1)
        if parts.count == 2, parts[0].lowercased() == "bearer", let principal = tokens.principal(token: String(parts[1])) { return principal }
        if let seconds = attempts.secondsToWait(context.address) { throw Guard.tooMany(seconds) }
        attempts.failed(context.address)
        throw ErrorAnswer(.unauthorized, "wrong_token", "this token is not known")
    }

    private static func tooMany(_ seconds: Int) -> ErrorAnswer {
        ErrorAnswer(.tooManyRequests, "too_many_attempts", "too many failed attempts from this address", retryAfterSeconds: seconds)
    }

    static func session(of request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            for part in header.split(separator: ";") {
                let pair = part.split(separator: "=", maxSplits: 1)
                if pair.count == 2, pair[0].drop(while: { $0 == " " }) == cookieName { return String(pair[1]) }
            }
        }
        return nil
    }

    /// - Throws: 403 unless the request comes from a page of this very host.
    static func requireOwnPage(_ request: Request) throws {
        let refusal = ErrorAnswer(.forbidden, "foreign_origin", "a request with a cookie must come from the hub's own page")
        guard request.headers[field(pageHeader)] == "1", let origin = request.headers[.origin], let authority = request.head.authority else { throw refusal }
        guard origin == "http://" + authority || origin == "https://" + authority else { throw refusal }
    }

    static func field(_ name: String) -> FieldName {
        // The names are constants of this type; should one be no field name, a name that nobody sends takes its place.
        FieldName(name) ?? .te
    }
}

/// The name of a header field.
typealias FieldName = HTTPFields.Element.Name
