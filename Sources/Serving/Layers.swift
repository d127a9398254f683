import Hummingbird
import Logging

/// One line a request: method, route, status, time. Neither the query nor a body nor a name goes into it.
struct RequestLog: RouterMiddleware {
    typealias Context = ServingContext
    let logger: Logger

    func handle(_ request: Request, context: ServingContext, next: (Request, ServingContext) async throws -> Response) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let duration = ContinuousClock.now - start
        // The route's pattern instead of the path: what a client puts into a wrong address may be a token or a name.
        var metadata: Logger.Metadata = [
            "method": "\(request.method.rawValue.prefix(16))", "route": "\(context.endpointPath ?? "-")", "status": "\(response.status.code)",
            "ms": "\(duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000)",
        ]
        if let id = try? context.incidentID() { metadata["incident"] = "\(id)" }
        // "Not ready" is an answer; a prober that asks often must not fill the log.
        let isFault = response.status.code >= 500 && context.endpointPath != "/readyz"
        logger.log(level: isFault ? .warning : .debug, "request", metadata: metadata)
        return response
    }
}

/// Puts the headers on every answer that keep a browser from running anything that isn't ours.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = ServingContext

    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func handle(_ request: Request, context: ServingContext, next: (Request, ServingContext) async throws -> Response) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] = SecurityHeaders.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = "no-store"
        response.headers[Guard.field("Referrer-Policy")] = "no-referrer"
        response.headers[Guard.field("X-Frame-Options")] = "DENY"
        response.headers[Guard.field("Cross-Origin-Resource-Policy")] = "same-origin"
        response.headers[Guard.field("Cross-Origin-Opener-Policy")] = "same-origin"
        return response
    }
}

/// Turns every error into the one shape that clients know.
struct ErrorAnswers: RouterMiddleware {
    typealias Context = ServingContext
    let logger: Logger

    func handle(_ request: Request, context: ServingContext, next: (Request, ServingContext) async throws -> Response) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as ErrorAnswer {
            return problem.response
        } catch let fault as AccountFault {
            return ErrorAnswer(fault).response
        } catch is SecretsBusy {
            return ErrorAnswer.secretsBusy.response
        } catch let error as HTTPError {
            return (error.status == .notFound ? ErrorAnswer.notFound : ErrorAnswer(error.status, "http_\(error.status.code)", error.status.reasonPhrase)).response
        } catch {
            // The type alone: a description may hold what the ledger was asked to write.
            logger.error("a port failed", metadata: ["route": "\(context.endpointPath ?? "-")", "error": "\(type(of: error))"])
            return ErrorAnswer.unavailable.response
        }
    }
}

/// Bounds how many requests are being answered at one time.
struct RequestCeiling: RouterMiddleware {
    typealias Context = ServingContext
    let requests: Admission

    func handle(_ request: Request, context: ServingContext, next: (Request, ServingContext) async throws -> Response) async throws -> Response {
        // A full house isn't a dead one: a supervisor must not restart the hub for it.
        if context.endpointPath == "/healthz" { return try await next(request, context) }
        guard let place = requests.enter() else {
            throw ErrorAnswer(.serviceUnavailable, "too_many_requests", "the hub is answering \(ServingLimits.requestsMax) requests already", retryAfterSeconds: 1)
        }
        defer { withExtendedLifetime(place) {} }
        return try await next(request, context)
    }
}
