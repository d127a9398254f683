import CareModel
import Hummingbird

/// How a browser exchanges a name and password, or a token, for a cookie that scripts can't read; and how a screen is locked and opened.
struct SessionRoutes: Sendable {
    let gate: Guard
    let isSecure: Bool
    let idleLimit: Duration

    var routes: [Route] {
        [
            Route(.post, "/session", .open, open),
            Route(.get, "/session", .anyone, isOpenWhenLocked: true, show),
            Route(.delete, "/session", .anyone, isOpenWhenLocked: true) { _, context in
                if let session = context.session {
                    gate.sessions.close(session)
                    if let caller = context.principal { gate.note(caller.actor, caller.role, "sign_out", "done") }
                }
                return Response(status: .noContent, headers: [.setCookie: cookie("", seconds: 0)])
            },
            Route(.post, "/session/lock", .anyone, isOpenWhenLocked: true, lock),
            Route(.post, "/session/unlock", .anyone, isOpenWhenLocked: true, unlock),
            Route(.post, "/session/password", .anyone, changePassword),
            Route(.post, "/session/pin", .anyone, changePIN),
        ]
    }

    private func open(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        // Without this another site could log a browser in under a token of its own.
        try Guard.requireOwnPage(request)
        var fields = try await RequestFields(request)
        let name = try fields.string("name", bytesMax: ServingLimits.actorBytesMax)
        let session: String
        if let name {
            let password = try fields.required("password", bytesMax: ServingLimits.passwordBytesMax)
            try fields.finish()
            session = try await gate.open(name: name, password: password, context)
        } else {
            let token = try fields.required("token", bytesMax: ServingLimits.tokenBytesMax)
            try fields.finish()
            session = try gate.open(token: token, context)
        }
        // Whoever sat here before has gone: their session goes too.
        if let former = Guard.session(of: request) { gate.sessions.close(former) }
        return signedIn(session)
    }

    func signedIn(_ session: String) -> Response {
        Response(status: .noContent, headers: [.setCookie: cookie(session, seconds: Int(idleLimit.components.seconds))])
    }

    private func show(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        let caller = try context.caller()
        var body: [(String, JSONValue)] = [
            ("actor", .string(caller.actor)), ("role", .string(caller.role.name)), ("is_personal", .bool(caller.isPersonal)), ("is_wall", .bool(caller.isWall)),
            ("is_locked", .bool(caller.isLocked)), ("everything", .bool(caller.rights.isEverything)),
        ]
        if caller.isPersonal, let session = context.session {
            body.append(("has_pin", .bool(gate.access.accounts.account(caller.actor)?.pin != nil)))
            body.append(("pin_tries_left", .int(gate.sessions.triesLeft(session))))
            // A family looks at its own telephone: there is no desk that others pass, and no board to unlock it at.
            if let after = gate.access.lockAfter, caller.role != .family { body.append(("lock_after_seconds", .int(Int(after.components.seconds)))) }
        }
        return JSONValue.object(body).response()
    }

    /// Names go and presses end; list, stream and sound go on.
    private func lock(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        try await RequestFields(request).finish()
        let (session, caller) = try person(context)
        guard gate.sessions.lock(session) else { throw ErrorAnswer.forbidden }
        if !caller.isLocked { gate.note(caller.actor, caller.role, "lock", "done") }
        return Response(status: .noContent)
    }

    private func unlock(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        var fields = try await RequestFields(request)
        let pin = try fields.string("pin", bytesMax: 16)
        let password = try fields.string("password", bytesMax: ServingLimits.passwordBytesMax)
        try fields.finish()
        guard (pin == nil) != (password == nil) else { throw ErrorAnswer.invalid("pin", "give the PIN or the password") }
        let (session, caller) = try person(context)
        let isOpened: Bool
        if let password {
            if let seconds = gate.accountAttempts.secondsToWait(AccountRules.folded(caller.actor)) { throw Guard.tooMany(seconds) }
            gate.accountAttempts.failed(AccountRules.folded(caller.actor))
            isOpened = try await gate.access.accounts.opens(caller.actor, pin: nil, password: password)
            if isOpened { gate.accountAttempts.forget(AccountRules.folded(caller.actor)) }
        } else {
            guard gate.sessions.mayTryPIN(session) else { throw ErrorAnswer(.forbidden, "pin_spent", "too many wrong PINs at this screen; the password opens it") }
            isOpened = try await gate.access.accounts.opens(caller.actor, pin: pin, password: nil)
        }
        gate.note(caller.actor, caller.role, "unlock", isOpened ? "done" : "refused")
        guard isOpened else {
            throw ErrorAnswer(.forbidden, password == nil ? "wrong_pin" : "wrong_password", "this is not right; the screen stays locked")
        }
        gate.sessions.unlock(session)
        return Response(status: .noContent)
    }

    private func changePassword(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        var fields = try await RequestFields(request)
        let old = try fields.required("old", bytesMax: ServingLimits.passwordBytesMax), new = try fields.required("new", bytesMax: ServingLimits.passwordBytesMax)
        try fields.finish()
        let (session, caller) = try person(context)
        let changed = try await guarded(caller) { try await gate.access.accounts.setPassword(caller.actor, from: old, to: new) }
        gate.note(caller.actor, caller.role, "change_password", "done")
        // Every other session of the account has ended with the old password; this browser goes on with a new one.
        gate.sessions.close(session)
        return signedIn(gate.sessions.open(changed))
    }

    private func changePIN(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        var fields = try await RequestFields(request)
        let password = try fields.required("password", bytesMax: ServingLimits.passwordBytesMax)
        let pin = try fields.string("pin", bytesMax: 16)
        try fields.finish()
        let (_, caller) = try person(context)
        _ = try await guarded(caller) { try await gate.access.accounts.setPIN(caller.actor, password: password, to: pin) ? true : nil }
        gate.note(caller.actor, caller.role, "change_pin", "done")
        return Response(status: .noContent)
    }

    /// - Throws: 403 for a wrong password, 429 after too many.
    private func guarded<T>(_ caller: Principal, _ work: () async throws -> T?) async throws -> T {
        let key = AccountRules.folded(caller.actor)
        if let seconds = gate.accountAttempts.secondsToWait(key) { throw Guard.tooMany(seconds) }
        gate.accountAttempts.failed(key)
        guard let result = try await work() else {
            gate.note(caller.actor, caller.role, "change_secret", "wrong_password")
            throw ErrorAnswer(.forbidden, "wrong_password", "the present password is wrong")
        }
        gate.accountAttempts.forget(key)
        return result
    }

    /// The session and account of a person; tokens have no secrets of their own to change or lock with.
    private func person(_ context: ServingContext) throws -> (session: String, caller: Principal) {
        let caller = try context.caller()
        guard let session = context.session, caller.isPersonal else { throw ErrorAnswer(.forbidden, "no_account", "this is not an account of a person") }
        return (session, caller)
    }

    private func cookie(_ value: String, seconds: Int) -> String {
        "\(Guard.cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
    }
}
