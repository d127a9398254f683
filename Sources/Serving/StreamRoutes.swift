import CareModel
import Hummingbird

/// The live stream of incident revisions as server-sent events.
///
/// `hello` comes first and carries the cursor at which the stream begins, so a connection that is lost before the
/// first incident resumes without a gap; `reset` says that revisions between the client's cursor and now can't be
/// had any more, and that it must read the list again.
struct StreamRoutes: Sendable {
    let stream: any StreamReading
    let sessions: Sessions
    let streams: Admission
    let feed: StreamFeed

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
        let session = context.session, hangUp = context.hangUp, whenOver = context.whenOver
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", Guard.field("X-Accel-Buffering"): "no"],
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                let own = feed.enter(head, hangUp: hangUp)
                defer { feed.leave(own) }
                // A station whose network blinked comes back with all its screens: those that are gone hold no places until they are next written to.
                whenOver { feed.leave(own) }
                try await withTaskExecutorPreference(QuietExecutor.streams) {
                    let opening = ServerSentEvent.opening(at: head.cursor(start ?? head.latest), isReset: start == nil)
                    try await write(ByteBuffer(bytes: opening), own, &writer)
                    try await run(from: start ?? head.latest, own, head.origin, caller, session, &writer)
                    try await writer.finish(nil)
                }
            }
        )
    }

    private func run(
        from start: UInt64, _ place: StreamFeed.Place, _ origin: String, _ opener: Principal, _ session: String?, _ writer: inout any ResponseBodyWriter
    ) async throws {
        var cursor = start, beats = feed.beats
        for await _ in place.wakes {
            var isQuiet = true
            telling: while true {
                guard let caller = present(opener, session) else { return }
                switch feed.step(place, after: cursor, for: caller) {
                case .end:
                    return
                case .rest:
                    break telling
                case .tell(let bytes, let last):
                    cursor = last
                    guard bytes.readableBytes > 0 else { continue }
                    try await write(bytes, place, &writer)
                    isQuiet = false
                case .readBack(let last):
                    let batch = try await stream.revisions(after: cursor, limit: ServingLimits.streamBatchMax).prefix { $0.cursor <= last }
                    // Looked at again after the read: what was committed behind a sign-out or a lock goes out under it.
                    guard present(opener, session) == caller else { continue }
                    // What retention took meanwhile can't be told by anybody.
                    cursor = batch.last?.cursor ?? last
                    let isVisible = feed.visible(to: caller)
                    var bytes = ByteBuffer()
                    for revision in batch where isVisible(revision.home) { ServerSentEvent.append(revision, caller.detail, origin, to: &bytes) }
                    guard bytes.readableBytes > 0 else { continue }
                    try await write(bytes, place, &writer)
                    isQuiet = false
                }
            }
            let due = feed.beats
            if due != beats, isQuiet { try await write(ByteBuffer(bytes: ServerSentEvent.alive), place, &writer) }
            beats = due
        }
    }

    /// A browser that has signed out, or whose account was changed, gets no more (nil); one that is locked gets no names. A watched
    /// stream keeps its session from idling.
    private func present(_ opener: Principal, _ session: String?) -> Principal? {
        guard let session else { return opener }
        return sessions.principal(session)
    }

    private func write(_ bytes: ByteBuffer, _ place: StreamFeed.Place, _ writer: inout any ResponseBodyWriter) async throws {
        feed.noteWriting(place, true)
        try await writer.write(bytes)
        feed.noteWriting(place, false)
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

    static func incident(_ revision: StreamedRevision, _ detail: Detail, _ origin: String) -> ByteBuffer {
        var out = ByteBuffer()
        append(revision, detail, origin, to: &out)
        return out
    }

    static func append(_ revision: StreamedRevision, _ detail: Detail, _ origin: String, to out: inout ByteBuffer) {
        var bytes: [UInt8] = []
        append(event: "incident", id: Cursor(origin: origin, number: revision.cursor).text, revision.incident(detail), into: &bytes)
        out.writeBytes(bytes)
    }

    private static func append(event: String, id: String, _ data: [UInt8], into out: inout [UInt8]) {
        out.append(contentsOf: "id: \(id)\nevent: \(event)\ndata: ".utf8)
        // A line break between tokens of JSON means nothing, but would end the field here.
        out.append(contentsOf: data.lazy.map { $0 == 10 || $0 == 13 ? 32 : $0 })
        out.append(contentsOf: "\n\n".utf8)
    }
}
