import Assembly
import CareModel
import Foundation
import GatewayCore
import Testing

/// Devices that are adopted on the hub, replaced and shared there; and what a device is shown when somebody has taken its call.
@Suite struct AdoptionTests {
    @Test("a device that was adopted is replaced: the new one has its place, the old one is a stranger whose press still counts; a start from the rows finds the same")
    func replaced() throws {
        var hub = SteppedCore(try GoldenCase.configuration())
        #expect(hub.adopt("imei:860000000099991") == .done(revision: 0))
        let count = hub.core.household.bindings.count
        #expect(hub.adopt("imei:860000000099992", replaces: "imei:860000000099991") == .done(revision: 0))
        #expect(hub.core.household.bindings.count == count)
        #expect(hub.adopt("imei:860000000099992", replaces: "imei:860000000099991") == .done(revision: 0), "the same command again")
        #expect(hub.core.household.bindings.count == count)
        #expect(hub.press("860000000099992").first?.home == HomeID("hai-3-201"))
        let stranger = hub.press("860000000099991")
        #expect(stranger.count == 1 && stranger.first?.home == nil)
        var again = try GatewayCore(restoring: Array(hub.rows.values), checkpoint: nil, under: hub.configuration)
        try again.restoreAdoptions(Array(hub.rows.values), under: hub.configuration)
        #expect(Set(again.household.bindings.map(\.device)) == Set(hub.core.household.bindings.map(\.device)))
    }

    @Test("a replaced device that is mended and adopted anew stands beside its successor, after a start too")
    func mended() throws {
        var hub = SteppedCore(try GoldenCase.configuration())
        #expect(hub.adopt("imei:860000000099991") == .done(revision: 0))
        #expect(hub.adopt("imei:860000000099992", replaces: "imei:860000000099991") == .done(revision: 0))
        #expect(hub.adopt("imei:860000000099991") == .done(revision: 0))
        var again = try GatewayCore(restoring: Array(hub.rows.values), checkpoint: nil, under: hub.configuration)
        try again.restoreAdoptions(Array(hub.rows.values), under: hub.configuration)
        for device in ["imei:860000000099991", "imei:860000000099992"] {
            #expect(hub.core.household.binding(of: DeviceID(device)) != nil && again.household.binding(of: DeviceID(device)) != nil, "\(device)")
        }
    }

    @Test("what homes.yaml binds is not replaced by a command, nor what nobody adopted; a shared device must name its users")
    func refused() throws {
        var hub = SteppedCore(try GoldenCase.configuration())
        #expect(hub.adopt("imei:860000000099992", replaces: "imei:860000000000017") == .refused(.unknownDevice))
        #expect(hub.adopt("imei:860000000099992", replaces: "imei:860000000099991") == .refused(.unknownDevice))
        #expect(hub.adopt("imei:860000000099992", isShared: true) == .refused(.notAllowed))
        #expect(hub.adopt("mac:0a:00:00:00:00:41", residents: [], profile: "qube-vital", isShared: true) == .done(revision: 0))
        #expect(hub.core.household.bindings.last?.isShared == true)
    }

    @Test("a device that can show it is shown that help is coming once its call is taken, and not for another incident of it")
    func helpIsComing() throws {
        var hub = SteppedCore(try Self.withPendant())
        func press(_ k: Int) -> Message { Message(link: .safety, topic: "pendant/p1/press", payload: Array(#"{"k":\#(k),"n":\#(k)}"#.utf8)) }
        let told = hub.take(.message(press(1)))
        #expect(Self.downlinks(told) == ["pendant/p1/show told 1"])
        let id = try #require(told.compactMap { if case .revise(let revision) = $0 { revision.incident } else { nil } }.first)
        #expect(Self.downlinks(hub.command(.annotate(id, note: "n"), role: .caregiver)) == [])
        #expect(Self.downlinks(hub.command(.acknowledge(id), role: .caregiver)) == ["pendant/p1/show coming 1"])
        #expect(Self.downlinks(hub.command(.arrive(id), role: .caregiver)) == [])
        // A low battery is taken: nothing to be shown.
        let low = hub.take(.message(Message(link: .safety, topic: "pendant/p1/press", payload: Array(#"{"low":1}"#.utf8))))
        let other = try #require(low.compactMap { if case .revise(let revision) = $0 { revision.incident } else { nil } }.first)
        #expect(Self.downlinks(hub.command(.acknowledge(other), role: .caregiver)) == [])
    }

    private static func downlinks(_ effects: [Effect]) -> [String] {
        effects.compactMap { if case .downlink(let downlink) = $0 { "\(downlink.topic) \(String(decoding: downlink.payload, as: UTF8.self))" } else { nil } }
    }

    /// The shipped configuration with a pendant that has a display.
    private static func withPendant() throws -> Configuration {
        let files = FileManager.default, folder = NSTemporaryDirectory() + "vigil-pendant-\(UUID().uuidString)"
        defer { try? files.removeItem(atPath: folder) }
        try files.createDirectory(atPath: folder + "/devices/test-pendant/samples", withIntermediateDirectories: true)
        try files.copyItem(atPath: GoldenCase.configurationPath, toPath: folder + "/config")
        for name in try files.contentsOfDirectory(atPath: GoldenCase.root.path + "/devices") {
            try files.createSymbolicLink(atPath: folder + "/devices/" + name, withDestinationPath: GoldenCase.root.path + "/devices/" + name)
        }
        let profile = """
            profile: test-pendant
            language: 2
            title: {zh-CN: 试验吊坠, en: trial pendant}
            device: "topic:pendant/{id}"
            supervision: {interval_seconds: 0}
            transport_delay_seconds_max: 5
            messages:
              - topic: pendant/{id}/press
                acknowledgement: {topic: "pendant/{id}/show", payload: "told {{n}}", coming: {payload: "coming {{n}}"}}
                outputs:
                  - {kind: safety.sos, path: k, meaning: momentary, map: {1: pressed}}
                  - {kind: device.battery_low, path: low, map: {1: true, 0: false}}
            """
        try profile.write(toFile: folder + "/devices/test-pendant/profile.yaml", atomically: true, encoding: .utf8)
        try "Unverified: made for a test.\n".write(toFile: folder + "/devices/test-pendant/SOURCE.md", atomically: true, encoding: .utf8)
        let sample = #"{"topic":"pendant/p9/press","payload":"{\"k\":1,\"n\":1}","device":"topic:pendant/p9","expect":[{"kind":"safety.sos","value":"pressed"}]}"#
        try (sample + "\n").write(toFile: folder + "/devices/test-pendant/samples/good.jsonl", atomically: true, encoding: .utf8)
        let homes = try String(contentsOfFile: folder + "/config/homes.yaml", encoding: .utf8)
        let line = "      - {profile: kati-4g-watch, device: \"imei:860000000000017\", resident: wang-xiulan}\n"
        try #require(homes.contains(line))
        try homes.replacingOccurrences(of: line, with: line + "      - {profile: test-pendant, device: \"topic:pendant/p1\", resident: wang-xiulan}\n")
            .write(toFile: folder + "/config/homes.yaml", atomically: true, encoding: .utf8)
        return try LoadedConfiguration.load(folder + "/config", environment: [:]).core
    }
}

extension SteppedCore {
    fileprivate mutating func adopt(_ device: String, residents: [String] = ["wang-xiulan"], profile: String = "kati-4g-watch", isShared: Bool = false, replaces: String? = nil) -> CommandOutcome? {
        let adoption = Adoption(
            device: DeviceID(device), profile: profile, home: HomeID("hai-3-201"), residents: residents.map { ResidentID($0) }, room: "", isShared: isShared,
            replaces: replaces.map { DeviceID($0) })
        for case .answer(_, let outcome) in command(.adopt(adoption), role: .technician) { return outcome }
        return nil
    }

    fileprivate mutating func press(_ imei: String) -> [IncidentRevision] {
        take(.message(Message(link: .safety, topic: "iMEDE_watch/sos", payload: Array(#"{"IMEI":"\#(imei)","status":"SOS","location":{"n":\#(position)}}"#.utf8)))).compactMap {
            if case .revise(let revision) = $0 { revision } else { nil }
        }
    }
}
