import CareModel
import Hummingbird

/// Making accounts, their set-up links, and using such a link.
struct AccountRoutes: Sendable {
    let gate: Guard
    let session: SessionRoutes
    let feed: StreamFeed

    private var accounts: Accounts { gate.access.accounts }

    var routes: [Route] {
        [
            Route(.post, "/set-up/look", .open, look),
            Route(.post, "/set-up", .open, setUp),
            Route(.get, "/api/v1/accounts", .roles([.administrator]), list),
            Route(.post, "/api/v1/accounts", .roles([.administrator]), add),
            Route(.post, "/api/v1/accounts/{name}/link", .roles([.administrator])) { request, context in
                try await change(request, context, "renew_link") { name, fields in
                    let seconds = try fields.int("link_seconds", in: 600...ServingLimits.linkSecondsMax) ?? ServingLimits.linkSecondsDefault
                    try fields.finish()
                    return [("name", .string(name)), ("code", .string(try accounts.renewLink(name, linkSeconds: seconds)))]
                }
            },
            Route(.post, "/api/v1/accounts/{name}/disable", .roles([.administrator])) { request, context in
                try await change(request, context, "disable_account") { name, fields in
                    try fields.finish()
                    try accounts.setDisabled(name, true)
                    return [("name", .string(name))]
                }
            },
            Route(.post, "/api/v1/accounts/{name}/enable", .roles([.administrator])) { request, context in
                try await change(request, context, "enable_account") { name, fields in
                    try fields.finish()
                    try accounts.setDisabled(name, false)
                    return [("name", .string(name))]
                }
            },
            Route(.post, "/api/v1/accounts/{name}/rights", .roles([.administrator])) { request, context in
                try await change(request, context, "change_rights") { name, fields in
                    let (role, rights) = try AccountRoutes.roleAndRights(&fields)
                    try fields.finish()
                    try accounts.setRights(name, role, rights)
                    return [("name", .string(name))]
                }
            },
        ]
    }

    // MARK: - With a link

    private func look(_ request: Request, _ context: ServingContext) async throws -> Response {
        var fields = try await linkFields(request, context)
        let code = try fields.required("code", bytesMax: ServingLimits.tokenBytesMax)
        try fields.finish()
        guard let owner = accounts.owner(ofLink: code) else {
            gate.attempts.failed(context.address)
            throw AccountFault.linkSpent
        }
        return JSONValue.object([("name", .string(owner.name)), ("role", .string(owner.role.name))]).response()
    }

    private func setUp(_ request: Request, _ context: ServingContext) async throws -> Response {
        var fields = try await linkFields(request, context)
        let code = try fields.required("code", bytesMax: ServingLimits.tokenBytesMax)
        let password = try fields.required("password", bytesMax: ServingLimits.passwordBytesMax)
        let pin = try fields.string("pin", bytesMax: 16)
        try fields.finish()
        guard accounts.owner(ofLink: code) != nil else {
            gate.attempts.failed(context.address)
            throw AccountFault.linkSpent
        }
        let account = try await accounts.setUp(code: code, password: password, pin: pin)
        gate.note(account.name, account.role, "set_up_account", "done")
        accounts.noteSignIn(account.name)
        if let former = Guard.session(of: request) { gate.sessions.close(former) }
        return session.signedIn(gate.sessions.open(account))
    }

    private func linkFields(_ request: Request, _ context: ServingContext) async throws -> RequestFields {
        try RequestQuery(request).finish()
        try Guard.requireOwnPage(request)
        if let seconds = gate.attempts.secondsToWait(context.address) { throw Guard.tooMany(seconds) }
        return try await RequestFields(request)
    }

    // MARK: - An administrator's

    private func list(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        return JSONValue.object([("accounts", .array(accounts.all.map { account in
            .object([
                ("name", .string(account.name)), ("role", .string(account.role.name)), ("everything", .bool(account.rights.isEverything)),
                ("stations", .array(account.rights.stations.map { .string($0) })), ("homes", .array(account.rights.homes.map { .string($0.text) })),
                ("residents", .array(account.rights.residents.map { .string($0.text) })), ("is_wall", .bool(account.isWall)),
                ("is_set_up", .bool(account.password != nil || account.isWall)), ("is_disabled", .bool(account.isDisabled)),
                ("last_sign_in_at", AccountRoutes.time(account.signedInAt)), ("link_expires_at", AccountRoutes.time(account.link?.expiresAt)),
            ])
        }))]).response()
    }

    private static func time(_ seconds: Int64?) -> JSONValue { .optional(seconds.map { WallTime(microseconds: $0 * 1_000_000).description }) }

    private func add(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        let caller = try context.caller()
        var fields = try await RequestFields(request)
        let name = try fields.required("name", bytesMax: ServingLimits.actorBytesMax)
        let isWall = try fields.bool("wall") ?? false
        let (role, rights) = try AccountRoutes.roleAndRights(&fields, fallback: isWall ? .inspector : nil)
        let seconds = try fields.int("link_seconds", in: 600...ServingLimits.linkSecondsMax) ?? ServingLimits.linkSecondsDefault
        try fields.finish()
        let code = isWall ? try accounts.addWall(name, rights) : try accounts.add(name, role, rights, linkSeconds: seconds)
        gate.access.audit.keep(actor: caller.actor, role: caller.role, via: context.via, action: "add_account", object: name, outcome: role.name)
        return JSONValue.object([("name", .string(name)), (isWall ? "token" : "code", .string(code))]).response()
    }

    private func change(
        _ request: Request, _ context: ServingContext, _ action: String, _ body: (String, inout RequestFields) throws -> [(String, JSONValue)]
    ) async throws -> Response {
        try RequestQuery(request).finish()
        let caller = try context.caller()
        var fields = try await RequestFields(request)
        guard let account = accounts.account(try context.parameter("name")) else { throw AccountFault.unknownAccount }
        let answer = try body(account.name, &fields)
        gate.access.audit.keep(actor: caller.actor, role: caller.role, via: context.via, action: action, object: account.name, outcome: "done")
        feed.lookAgain()
        return JSONValue.object(answer).response()
    }

    private static func roleAndRights(_ fields: inout RequestFields, fallback: Role? = nil) throws -> (Role, Rights) {
        let bytes = Limits.identifierBytesMax, count = ServingLimits.rightsMax
        let name = try fields.string("role", bytesMax: 32)
        guard let role = name.map({ name in Role.allCases.first { $0.name == name && $0 != .device } }) ?? fallback else {
            throw ErrorAnswer.invalid("role", "must be one of " + Role.allCases.filter { $0 != .device }.map(\.name).joined(separator: ", "))
        }
        let rights = Rights(
            isEverything: try fields.bool("everything") ?? false, stations: try fields.strings("stations", countMax: count, bytesMax: bytes),
            homes: try fields.strings("homes", countMax: count, bytesMax: bytes).map { HomeID($0) },
            residents: try fields.strings("residents", countMax: count, bytesMax: bytes).map { ResidentID($0) })
        return (role, rights)
    }
}
