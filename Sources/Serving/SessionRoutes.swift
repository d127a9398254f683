import CareModel
import Hummingbird

/// How a browser exchanges a token for a cookie that scripts can't read.
struct SessionRoutes: Sendable {
    let gate: Guard
    let isSecure: Bool
    let idleLimit: Duration

    var routes: [Route] {
        [
            Route(.post, "/session", .open, open),
            Route(.get, "/session", .anyone) { request, context in
                try RequestQuery(request).finish()
                let caller = try context.caller()
                return JSONValue.object([("actor", .string(caller.actor)), ("role", .string(caller.role.name))]).response()
            },
            Route(.delete, "/session", .anyone) { _, context in
                if let session = context.session { gate.sessions.close(session) }
                return Response(status: .noContent, headers: [.setCookie: cookie("", seconds: 0)])
            },
        ]
    }

    private func open(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        // Without this another site could log a browser in under a token of its own.
        try Guard.requireOwnPage(request)
        var fields = try await RequestFields(request)
        let token = try fields.required("token", bytesMax: ServingLimits.tokenBytesMax)
        try fields.finish()
        let session = try gate.open(token: token, context)
        return Response(status: .noContent, headers: [.setCookie: cookie(session, seconds: Int(idleLimit.components.seconds))])
    }

    private func cookie(_ value: String, seconds: Int) -> String {
        "\(Guard.cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)" + (isSecure ? "; Secure" : "")
    }
}
