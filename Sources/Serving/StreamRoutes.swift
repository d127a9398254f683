import CareModel
import Hummingbird

/// The live stream of incident revisions as server-sent events.
///
/// `hello` comes first and carries the cursor at which the stream begins, so a connection that is lost before the
/// first incident resumes without a gap; `reset` says that revisions between the client's cursor and now can't be
/// had any more, and that it must read the list again.
struct StreamRoutes: Sendable {
    let stream: any StreamReading
    let places: any PlaceReading
    let sessions: Sessions
    let signal: CommitSignal
    let streams: Admission
    let heartbeat: Duration

    static let retryMilliseconds = 2_000

    var routes: [Route] { [Route(.get, "/api/v1/stream", .boards, over: .several, isOpenWhenLocked: true, open)] }

    private func open(_ request: Request, _ context: ServingContext) async throws -> Response {
        var query = try RequestQuery(request)
        var from = try query.cursor("after")
        try query.finish()
        // A browser that reconnects by itself repeats the first address: what it has seen since counts.
        if let last = request.headers[Guard.field("Last-Event-ID")], !last.isEmpty {
            guard let cursor = Cursor(last) else { throw ErrorAnswer.invalid("Last-Event-ID", "is no cursor") }
            from = cursor
        }
        guard let place = streams.enter() else {
            throw ErrorAnswer(.serviceUnavailable, "too_many_streams", "at most \(ServingLimits.streamsMax) streams are open at one time", retryAfterSeconds: 5)
        }
        let caller = try context.caller()
        let head = try await stream.head()
        let start = from.map { $0.streamStart(in: head) } ?? head.latest
        let session = context.session
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", Guard.field("X-Accel-Buffering"): "no"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                let opening = ServerSentEvent.opening(at: head.cursor(start ?? head.latest), isReset: start == nil)
                try await writer.write(ByteBuffer(bytes: opening))
                try await run(from: start ?? head.latest, in: head.origin, caller, session, &writer)
                try await writer.finish(nil)
            }
        )
    }

    private func run(from start: UInt64, in origin: String, _ opener: Principal, _ session: String?, _ writer: inout any ResponseBodyWriter) async throws {
        var cursor = start
        while !signal.isClosed, !Task.isCancelled {
            // A browser that has signed out, or whose account was changed, gets no more; one that is locked gets no names. A watched
            // stream keeps its session from idling.
            var caller = opener
            if let session {
                guard let present = sessions.principal(session) else { return }
                caller = present
            }
            let seen = signal.generation
            // A database that was set aside while the stream is open counts anew: the client comes back and is told.
            guard try await stream.head().origin == origin else { return }
            let batch = try await stream.revisions(after: cursor, limit: ServingLimits.streamBatchMax, caller.detail)
            if let last = batch.last {
                // Looked at again after the read: what was committed behind a sign-out or a lock goes out under it.
                if let session {
                    guard let present = sessions.principal(session) else { return }
                    guard present == caller else { continue }
                }
                let homes = caller.rights.isEverything ? nil : places.homes(within: caller.rights).map { Set($0) }
                var out: [UInt8] = []
                for revision in batch {
                    guard let homes, let home = revision.home else {
                        ServerSentEvent.incident(revision, origin, into: &out)
                        continue
                    }
                    if homes.contains(home) { ServerSentEvent.incident(revision, origin, into: &out) }
                }
                if !out.isEmpty { try await writer.write(ByteBuffer(bytes: out)) }
                cursor = last.cursor
                continue
            }
            await signal.wait(past: seen, for: heartbeat)
            guard signal.generation == seen, !signal.isClosed else { continue }
            try await writer.write(ByteBuffer(bytes: ServerSentEvent.alive))
        }
    }
}

/// The wire form of what the stream says.
enum ServerSentEvent {
    /// A comment for proxies, and an event because a page's script can't see comments.
    static let alive = Array(": alive\nevent: alive\ndata: {}\n\n".utf8)

    static func opening(at cursor: Cursor, isReset: Bool) -> [UInt8] {
        let data = JSONValue.object([("cursor", .string(cursor.text))]).bytes
        var out = Array("retry: \(StreamRoutes.retryMilliseconds)\n\n".utf8)
        append(event: isReset ? "reset" : "hello", id: cursor.text, data, into: &out)
        return out
    }

    static func incident(_ revision: StreamedRevision, _ origin: String, into out: inout [UInt8]) {
        append(event: "incident", id: Cursor(origin: origin, number: revision.cursor).text, revision.incident, into: &out)
    }

    private static func append(event: String, id: String, _ data: [UInt8], into out: inout [UInt8]) {
        out.append(contentsOf: "id: \(id)\nevent: \(event)\ndata: ".utf8)
        // A line break between tokens of JSON means nothing, but would end the field here.
        out.append(contentsOf: data.lazy.map { $0 == 10 || $0 == 13 ? 32 : $0 })
        out.append(contentsOf: "\n\n".utf8)
    }
}
