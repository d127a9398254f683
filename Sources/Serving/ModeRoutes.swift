import CareModel
import Hummingbird

/// Visitors, absences and stays in hospital: who knows of one tells the hub, and anybody on duty sees which hold.
struct ModeRoutes: Sendable {
    let devices: any DeviceReading
    let places: any PlaceReading
    let desk: CommandDesk

    /// The word that ends every mode.
    static let normal = "normal"

    var routes: [Route] {
        [
            Route(.get, "/api/v1/modes", .carers, over: .several, list),
            Route(.post, "/api/v1/homes/{id}/mode", .carers) { request, context in
                try await desk.take(request, context, "mode") { fields in .setMode(try change(HomeID(try context.parameter("id")), &fields)) }
            },
        ]
    }

    private func change(_ home: HomeID, _ fields: inout RequestFields) throws -> ModeChange {
        let word = try fields.required("mode", bytesMax: Limits.identifierBytesMax)
        let resident = try fields.string("resident", bytesMax: Limits.identifierBytesMax).map { ResidentID($0) }
        guard let mode = HomeMode(name: word) else {
            guard word == ModeRoutes.normal else {
                throw ErrorAnswer.invalid("mode", "must be one of \((HomeMode.allCases.map(\.name) + [ModeRoutes.normal]).joined(separator: ", "))")
            }
            return ModeChange(home: home, resident: resident, mode: nil)
        }
        guard let seconds = try fields.int("seconds", in: ModeChange.secondsMin...mode.secondsMax) else {
            throw ErrorAnswer.invalid("seconds", "is needed: \(ModeChange.secondsMin)...\(mode.secondsMax)")
        }
        if mode == .visitors, resident != nil { throw ErrorAnswer.invalid("resident", "visitors are the whole home's") }
        return ModeChange(home: home, resident: resident, mode: mode, seconds: seconds)
    }

    private func list(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        let homes = places.homes(within: try context.caller().rights).map { Set($0) }
        return JSONValue.object([("modes", .array(try await devices.modes().filter { homes?.contains($0.home) ?? true }.map { row in
            .object([
                ("home", .string(row.home.text)), ("resident", .optional(row.resident?.text)), ("mode", .string(row.mode.name)),
                ("since", .string(row.since.description)), ("until", .string(row.until.description)), ("told_by", .string(row.toldBy)),
            ])
        }))]).response()
    }
}
