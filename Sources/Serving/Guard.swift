import CareModel
import Hummingbird

/// Finds out who asks, and whether that role may.
struct Guard: Sendable {
    static let cookieName = "vigil_session"
    /// Only our own page can send it: a form or an image of another site can't.
    static let pageHeader = "X-Vigil-Page"
    static let clientHeader = "X-Vigil-Client"

    let access: AccessPorts
    let sessions: Sessions
    /// By address, and by account.
    let attempts: Attempts
    let accountAttempts: Attempts

    /// Lets the request through to the route with its principal, or throws 401, 403, 404, 423 or 429.
    func admit(_ request: Request, _ context: ServingContext, to route: Route) async throws -> ServingContext {
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
        let caller = try context.caller()
        guard route.access.admits(caller) else { throw ErrorAnswer.forbidden }
        if caller.isLocked, !route.isOpenWhenLocked { throw ErrorAnswer.locked }
        if !caller.rights.isEverything { try await reach(route.object, caller, context) }
        return context
    }

    /// - Throws: 403 for what is the hub's as a whole, else 404: whoever may not see a thing does not learn that there is one.
    private func reach(_ object: RouteObject, _ caller: Principal, _ context: ServingContext) async throws {
        let place: ObjectPlace? = switch object {
        case .nobody, .several: nil
        case .hub: throw ErrorAnswer.forbidden
        case .incident(let name): try await access.places.place(of: context.incidentID(name))
        case .home(let name): access.places.place(of: try context.homeID(name))
        case .resident(let name): access.places.place(of: try context.residentID(name))
        case .device(let name): access.places.place(of: try context.deviceID(name))
        }
        if object == .nobody || object == .several { return }
        guard let place, caller.rights.admits(place) else { throw ErrorAnswer.unseen(object) }
    }

    /// Opens a session for a token, or for a wall's: limited by address, because people type here.
    func open(token: String, _ context: ServingContext) throws -> String {
        if let seconds = attempts.secondsToWait(context.address) { throw Guard.tooMany(seconds) }
        if let principal = access.tokens.principal(token: token), principal.queue == nil {
            note(principal.actor, principal.role, "sign_in", "done")
            return sessions.open(principal)
        }
        if let wall = access.accounts.wall(token: token) {
            note(wall.name, wall.role, "sign_in", "done")
            return sessions.open(wall)
        }
        attempts.failed(context.address)
        note("nobody", .family, "sign_in", "wrong_token")
        throw ErrorAnswer(.unauthorized, "wrong_token", "this token is not known")
    }

    /// Opens a session for an account. Limited by address and by account for a minute at a time; sessions that are open go on.
    func open(name: String, password: String, _ context: ServingContext) async throws -> String {
        let key = String(AccountRules.folded(name).prefix(64))
        if let seconds = attempts.secondsToWait(context.address) { throw Guard.tooMany(seconds) }
        if let seconds = accountAttempts.secondsToWait(key) {
            throw ErrorAnswer(.tooManyRequests, "too_many_attempts", "too many failed attempts for this account", retryAfterSeconds: seconds)
        }
        // Counted before it is looked at, so that many at once are not more than the limit.
        accountAttempts.failed(key)
        guard let account = try await access.accounts.logIn(name, password) else {
            attempts.failed(context.address)
            // A name that is no account's is not kept: people type passwords there.
            let known = access.accounts.account(name)
            note(known?.name ?? "nobody", known?.role ?? .family, "sign_in", "wrong_password")
            throw ErrorAnswer(.unauthorized, "wrong_password", "name or password is wrong, or the account is not in use")
        }
        accountAttempts.forget(key)
        note(account.name, account.role, "sign_in", "done")
        access.accounts.noteSignIn(account.name)
        return sessions.open(account)
    }

    /// A line of the audit that is about getting in.
    func note(_ actor: String, _ role: Role, _ action: String, _ outcome: String, object: String = "session") {
        access.audit.keep(actor: actor, role: role, via: .page, action: action, object: object, outcome: outcome)
    }

    /// Whoever read something about people stands in the audit, with what was looked at and whether with names.
    func noteView(_ route: Route, _ context: ServingContext, _ status: Int) {
        guard route.method == .get, route.object != .nobody, let caller = context.principal, (200..<300).contains(status) else { return }
        let object = switch route.object {
        case .incident(let name), .home(let name), .resident(let name), .device(let name): (try? context.parameter(name)) ?? route.path
        case .nobody, .hub, .several: route.path
        }
        access.audit.keep(
            actor: caller.actor, role: caller.role, via: context.via, action: "view_" + route.object.name, object: object,
            outcome: caller.detail == .full ? "full" : "masked")
    }

    /// A right token always passes, also from an address with many failures: a neighbour's wrong
    /// configuration must not keep a care service from its queue, and 32 random bytes can't be guessed.
    private func bearer(_ header: String, _ context: ServingContext) throws -> Principal {
        let parts = header.split(separator: " ", maxSplits: 1)
        if parts.count == 2, parts[0].lowercased() == "bearer", let principal = access.tokens.principal(token: String(parts[1])) { return principal }
        if let seconds = attempts.secondsToWait(context.address) { throw Guard.tooMany(seconds) }
        attempts.failed(context.address)
        throw ErrorAnswer(.unauthorized, "wrong_token", "this token is not known")
    }

    static func tooMany(_ seconds: Int) -> ErrorAnswer {
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
