import CareModel
import Hummingbird

/// What a technician sees and does: devices, adoption, installer's mode, drills, quarantine.
struct DeviceRoutes: Sendable {
    let devices: any DeviceReading
    let console: any ConsoleReading
    let places: any PlaceReading
    let desk: CommandDesk

    var routes: [Route] {
        [
            Route(.get, "/api/v1/devices", .roles([.technician, .supervisor, .administrator]), over: .several, list),
            Route(.get, "/api/v1/devices/{id}/state", .roles([.technician, .supervisor, .administrator])) { request, context in
                var query = try RequestQuery(request)
                let hours = try query.int("hours", in: 1...ServingLimits.readingHoursMax, default: ServingLimits.readingHoursMax)
                try query.finish()
                guard let found = try await console.deviceState(of: try context.deviceID(), hours: hours) else { throw ErrorAnswer.unseen(.device("id")) }
                return document(found)
            },
            Route(.post, "/api/v1/devices/adopt", .technicians, over: .several) { request, context in
                let rights = try context.caller().rights
                return try await desk.take(request, context, "adopt") { .adopt(try adoption(&$0, within: rights)) }
            },
            Route(.post, "/api/v1/devices/{id}/arm", .technicians) { request, context in
                try await desk.take(request, context, "arm") { fields in
                    let seconds = try fields.int("seconds", in: 1...ServingLimits.armSecondsMax) ?? ServingLimits.armSecondsMax
                    return .arm(try context.deviceID(), seconds: seconds)
                }
            },
            Route(.post, "/api/v1/residents/{id}/drill", .roles([.technician, .supervisor, .administrator])) { request, context in
                try await desk.take(request, context, "drill") { fields in
                    guard try fields.required("kind", bytesMax: ServingLimits.actorBytesMax) == "fall" else { throw ErrorAnswer.invalid("kind", "must be fall") }
                    return .drill(try context.residentID(), .fall)
                }
            },
            Route(.get, "/api/v1/quarantine", .technicians, over: .several, quarantine),
        ]
    }

    private func adoption(_ fields: inout RequestFields, within rights: Rights) throws -> Adoption {
        let bytes = Limits.identifierBytesMax
        let device = try DeviceID.checked(try fields.required("device", bytesMax: bytes), field: "device")
        let profile = try fields.required("profile", bytesMax: bytes)
        let home = HomeID(try fields.required("home", bytesMax: bytes))
        guard rights.isEverything || places.place(of: home).map(rights.admits) == true else { throw ErrorAnswer.unseen(.home("home")) }
        let residents = try fields.strings("residents", countMax: ServingLimits.residentsPerDeviceMax, bytesMax: bytes)
        guard Set(residents).count == residents.count else { throw ErrorAnswer.invalid("residents", "names somebody twice") }
        let room = try fields.string("room", bytesMax: ServingLimits.roomBytesMax) ?? ""
        let isShared = try fields.flag("shared") ?? false
        let old = try fields.string("replaces", bytesMax: bytes).map { try DeviceID.checked($0, field: "replaces") }
        return Adoption(device: device, profile: profile, home: home, residents: residents.map { ResidentID($0) }, room: room, isShared: isShared, replaces: old)
    }

    private func list(_ request: Request, _ context: ServingContext) async throws -> Response {
        try RequestQuery(request).finish()
        let homes = places.homes(within: try context.caller().rights).map { Set($0) }
        let rows = try await devices.devices().filter { homes?.contains($0.home) ?? true }
        return JSONValue.object([("devices", .array(rows.map { row in
            .object([
                ("device", .string(row.device.text)), ("profile", .string(row.profile)), ("home", .string(row.home.text)),
                ("residents", .array(row.residents.map { .string($0.text) })), ("room", .string(row.room)),
                ("is_adopted", .bool(row.isAdopted)), ("is_shared", .bool(row.isShared)), ("last_seen_at", .optional(row.lastSeenAt?.description)),
                ("expected_s", row.expectedSeconds.map { .int($0) } ?? .null), ("silent", row.isSilent.map { .bool($0) } ?? .null),
                ("armed_until", .optional(row.armedUntil?.description)),
            ])
        }))]).response()
    }

    private func quarantine(_ request: Request, _ context: ServingContext) async throws -> Response {
        var query = try RequestQuery(request)
        let limit = try query.limit()
        let named = try query.string("device").map { try DeviceID.checked($0, field: "device") }
        try query.finish()
        let rights = try context.caller().rights
        var rows = try await devices.quarantine(limit: named == nil && rights.isEverything ? limit : ServingLimits.quarantineLookMax)
        if let named { rows = rows.filter { $0.sighting.device == named } }
        rows = rows.filter { DeviceRoutes.isHis($0, named, rights, places) }
        return JSONValue.object([("quarantine", .array(rows.prefix(limit).map(quarantined)))]).response()
    }

    /// An unknown device belongs to no home yet. Whoever answers for a part of the house only sees what his own devices said, and what he
    /// names by its identifier: that stands on the device which he holds in his hand.
    private static func isHis(_ row: QuarantineRow, _ named: DeviceID?, _ rights: Rights, _ places: any PlaceReading) -> Bool {
        if rights.isEverything { return true }
        guard let device = row.sighting.device else { return false }
        return places.place(of: device).map(rights.admits) ?? (named == device)
    }

    /// A payload that isn't clean UTF-8, or is cut, goes as base64, as in device logs.
    private func quarantined(_ row: QuarantineRow) -> JSONValue {
        let sighting = row.sighting
        let shown = Array(sighting.payload.prefix(ServingLimits.quarantinePayloadBytesMax))
        var members: [(String, JSONValue)] = [
            ("received_at", .string(row.receivedAt.description)), ("why", .string(sighting.why.name)), ("count", .int(row.count)),
            ("topic", .string(sighting.topic)), ("device", .optional(sighting.device?.text)),
            ("candidates", .array(sighting.candidates.map { .string($0) })), ("payloadlen", .int(sighting.payload.count)),
        ]
        if shown.count == sighting.payload.count, let text = String(validating: shown, as: UTF8.self), !text.unicodeScalars.contains("\0") {
            members.append(("payload", .string(text)))
        } else {
            members.append(("payload_base64", .string(base64(shown))))
        }
        return .object(members)
    }
}

/// RFC 4648 base64 with padding.
func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        var bits = 0
        for offset in 0..<3 { bits = bits << 8 | (offset < group.count ? Int(group[start + offset]) : 0) }
        for digit in 0..<4 {
            out.append(digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
        }
    }
    return String(decoding: out, as: UTF8.self)
}
