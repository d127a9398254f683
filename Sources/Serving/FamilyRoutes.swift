import CareModel
import Hummingbird

/// What a family has: its own people, and one press. Everything else of the hub is closed to it.
struct FamilyRoutes: Sendable {
    let console: any ConsoleReading
    let desk: CommandDesk

    var routes: [Route] {
        [
            Route(.get, "/api/v1/family", .families, over: .several) { request, context in
                try RequestQuery(request).finish()
                let found = try await console.family(of: try context.caller().rights.residents)
                return Response(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: found)))
            },
            // A contact with the patient, without an assessment: the nurse's clock goes on, and the incident stays open.
            Route(.post, "/api/v1/family/incidents/{id}/reached", .families) { request, context in
                let id = try context.incidentID()
                guard try await console.isFamilys(id, try context.caller().rights.residents) else { throw ErrorAnswer.unseen(.incident("id")) }
                return try await desk.take(request, context, "reached") { _ in .contact(id, .patient, note: "") }
            },
        ]
    }
}
