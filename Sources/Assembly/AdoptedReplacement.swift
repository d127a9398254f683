import CareModel
import Decoding
import Foundation

/// `vigil device replace` for a device that was adopted on the hub: the new one is adopted in the place of the old, on the live hub.
///
/// Same home, room and residents; the old one is bound no longer. It is a command like any other: in the journal, with who did it.
public struct AdoptedReplacement {
    public private(set) var lines: [String] = []

    private struct Devices: Decodable {
        let devices: [Device]
    }

    private struct Device: Decodable {
        let device: String
        let profile: String
        let home: String
        let residents: [String]
        let room: String
        let isAdopted: Bool
        let isShared: Bool

        enum CodingKeys: String, CodingKey {
            case device, profile, home, residents, room
            case isAdopted = "is_adopted", isShared = "is_shared"
        }
    }

    /// - Parameters: as of `DeviceReplacement`; there is no note, because the journal keeps the command itself.
    /// - Throws: why it can't be done, or what the hub answered; nothing was changed then.
    public init(old: String, new: String, profile: String?, actor: String, isDry: Bool, configurationPath: String) async throws {
        let hub = try HubAPI(configurationPath: configurationPath)
        let known = try JSONDecoder().decode(Devices.self, from: Data(try await hub.call("/api/v1/devices"))).devices
        guard let bound = known.first(where: { DeviceSpelling.normal(DeviceID($0.device)) == DeviceSpelling.normal(DeviceID(old)) }) else {
            throw Gateway.StartFailure(description: "\(old) stands in no home of homes.yaml and was not adopted on this hub either (vigil device list)")
        }
        guard DeviceSpelling.isName(new) else {
            throw Gateway.StartFailure(description: "\"\(new)\" is no device name: write \(DeviceSpelling.schemes.joined(separator: ":, ")): and its identifier, as the quarantine shows it")
        }
        let profiles = try LoadedConfiguration.load(configurationPath).core.profiles
        let chosen = profile ?? bound.profile
        let lost = try DeviceReplacement.lostSafety(from: bound.profile, to: chosen, profiles.traits)
        guard lost.isEmpty else { throw DeviceReplacement.poorer(chosen, than: bound.profile, lost) }
        let what = "\(bound.device) by \(new) in the home \(bound.home)" + (bound.room.isEmpty ? "" : ", \(bound.room)") + (chosen == bound.profile ? "" : ", profile \(bound.profile) → \(chosen)")
        guard !isDry else {
            lines = ["would replace " + what]
            return
        }
        var body: [String: HubAPI.Member] = [
            "device": .text(DeviceSpelling.normal(DeviceID(new)).text), "profile": .text(chosen), "home": .text(bound.home), "room": .text(bound.room),
            "residents": .list(bound.residents), "replaces": .text(bound.device), "actor": .text(actor),
        ]
        if bound.isShared { body["shared"] = .flag(true) }
        _ = try await hub.call("/api/v1/devices/adopt", post: body)
        lines = ["replaced " + what, "Press it, or make it report, and see it in: vigil device list"]
    }
}
