import CareModel
import Hummingbird

/// The journal as a device log. It holds what devices sent, health values included, so it is for administrators alone.
struct JournalRoutes: Sendable {
    let journal: any JournalReading

    var routes: [Route] {
        [
            Route(.get, "/api/v1/journal", .roles([.administrator])) { request, _ in
                var query = try RequestQuery(request)
                let text = query.string("after") ?? "0"
                guard let after = UInt64(text) else { throw ErrorAnswer.invalid("after", "must be a position of the journal") }
                try query.finish()
                return Response(
                    status: .ok, headers: [.contentType: "application/jsonl"],
                    body: ResponseBody { writer in
                        var writer = writer
                        try await journal.export(after: after) { block in try await writer.write(ByteBuffer(bytes: block)) }
                        try await writer.finish(nil)
                    })
            }
        ]
    }
}
