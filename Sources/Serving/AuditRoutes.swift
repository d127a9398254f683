import CareModel
import Hummingbird

/// Who looked at what and did what, for those who inspect. Reading it stands in it too.
struct AuditRoutes: Sendable {
    let console: any ConsoleReading

    var routes: [Route] {
        [
            Route(.get, "/api/v1/audit", .roles([.inspector, .administrator])) { request, context in
                var query = try RequestQuery(request)
                let limit = try query.limit()
                let before = query.string("before")
                try query.finish()
                let number = try before.map { text in
                    guard text.utf8.count <= 18, let number = Int64(text), number > 0 else { throw ErrorAnswer.invalid("before", "is the number of an entry") }
                    return number
                }
                let found = try await console.audit(before: number, limit: limit)
                return Response(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: found)))
            }
        ]
    }
}
