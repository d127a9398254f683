import CareModel
import Hummingbird

/// What a family has: its own people, as long as these agree, and one press. Everything else of the hub is closed to it.
struct FamilyRoutes: Sendable {
    let console: any ConsoleReading
    let places: any PlaceReading
    let desk: CommandDesk

    var routes: [Route] {
        [
            Route(.get, "/api/v1/family", .families, over: .several) { request, context in
                try RequestQuery(request).finish()
                let people = try context.caller().rights.residents, open = people.filter(isOpen)
                let found = try await console.family(of: open, withheld: people.filter { places.consentsToFamily($0) == false })
                return Response(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: found)))
            },
            // A contact with the patient, without an assessment: the nurse's clock goes on, and the incident stays open.
            Route(.post, "/api/v1/family/incidents/{id}/reached", .families) { request, context in
                let id = try context.incidentID()
                guard try await console.isFamilys(id, try context.caller().rights.residents.filter(isOpen)) else { throw ErrorAnswer.unseen(.incident("id")) }
                return try await desk.take(request, context, "reached") { _ in .contact(id, .patient, note: "") }
            },
        ]
    }

    /// Whether somebody's family may see: asked anew each time, because an elder may take the consent back.
    private func isOpen(_ resident: ResidentID) -> Bool { places.consentsToFamily(resident) == true }
}
