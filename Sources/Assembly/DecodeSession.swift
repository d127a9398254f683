import CareModel
import Decoding
import Formats
import GatewayCore
import Simulation

/// `vigil decode`: what the profiles make of a device log, a line a reading.
public struct DecodeSession {
    private let configuration: Configuration
    private let loaded: LoadedConfiguration
    private let registry: Registry
    private let subscriptions: Subscriptions

    /// - Parameter profile: reads every line with this profile, registered or not.
    public init(_ loaded: LoadedConfiguration, profile: String?) throws {
        if let profile, !loaded.core.profiles.names.contains(profile) {
            throw Gateway.StartFailure(description: "there is no profile \"\(profile)\"; known: \(loaded.core.profiles.names.joined(separator: ", "))")
        }
        configuration = loaded.core
        self.loaded = loaded
        registry = profile.map { DecodeSession.registry(of: loaded, reading: $0) } ?? loaded.core.registry
        subscriptions = Subscriptions(loaded.core.profiles.subscriptions)
    }

    /// A line may name its profile itself, in `"profile"`: a log of many devices is then read in one run, each line under
    /// the profile that was chosen for it. An unknown name is a bad line.
    ///
    /// - Returns: how many lines could not be read as log lines.
    public func run(_ log: String, _ write: ([UInt8]) -> Void) throws -> Int {
        var reader = try LineReader(log)
        defer { reader.close() }
        var decoding = Decoding()
        var decoded = Decoded()
        var number = 0, bad = 0
        var at = Instant(microseconds: 0)
        var chosen: [String: Registry] = [:]
        while let line = reader.next() {
            number += 1
            if line.isEmpty { continue }
            decoded.removeAll()
            do {
                let entry = try DeviceLog.read(line, link: subscriptions.link)
                guard case .message(let message, let wall, let stated, _) = entry else { continue }
                at = max(Instant(microseconds: at.microseconds + 1), stated ?? Instant(microseconds: wall.microseconds))
                var registry = self.registry
                if let name = try JSONReader.read(line, limits: DeviceLog.limits)["profile"]?.text {
                    guard loaded.core.profiles.names.contains(name) else { throw LogFault("there is no profile \"\(name)\"") }
                    if chosen[name] == nil { chosen[name] = DecodeSession.registry(of: loaded, reading: name) }
                    registry = chosen[name] ?? registry
                }
                let clock = HubClock(offset: wall - WallTime(microseconds: at.microseconds), quality: .synchronised)
                decoding.decode(message, at: at, clock: clock, registry: registry, into: &decoded)
            } catch {
                bad += 1
                write(DecodeSession.fault(number, code: "bad_line", "\(error)"))
                continue
            }
            for reading in decoded.readings { write(self.line(number, reading)) }
            for rejection in decoded.rejections { write(DecodeSession.fault(number, code: rejection.reason.name, rejection.text)) }
            for sighting in decoded.sightings { write(DecodeSession.quarantined(number, sighting)) }
        }
        return bad
    }

    /// Every device of the household as if bound to that one profile, and no other profile known.
    private static func registry(of loaded: LoadedConfiguration, reading profile: String) -> Registry {
        var ignored = Problems()
        let household = loaded.core.household
        let bindings = household.bindings.map { DeviceBinding(device: $0.device, profile: profile, home: $0.home, residents: $0.residents, room: $0.room) }
        return Registry(
            book: ProfileBook(loaded.folder.profiles.filter { $0.name == profile }, &ignored),
            household: Household(homes: household.homes, residents: household.residents, bindings: bindings), isChosen: true)
    }

    private func line(_ number: Int, _ r: Reading) -> [UInt8] {
        let household = configuration.household
        var resident: String?
        if let person = r.person { resident = household.residents[Int(person)].id.text } else if !r.quality.contains(.unknownSubject), let binding = r.binding, household.bindings[Int(binding)].residents.count == 1 {
            resident = household.residents[household.bindings[Int(binding)].residents[0]].id.text
        }
        var w = JSONWriter()
        w.beginObject()
        w.key("line"); w.integer(number)
        w.key("device"); w.string(r.device.text)
        w.key("resident"); w.string(resident)
        w.key("kind"); w.string(r.kind.name)
        w.key("value")
        if r.quality.contains(.externalPower) { w.null() } else { DecodeSession.write(r.value, r.kind, to: &w) }
        w.key("unit")
        if case .waveform = r.value { w.string(r.detail) } else { w.string(r.kind.entry.unit) }
        w.key("event"); w.string(r.meaning.name)
        w.key("observed_at"); w.time(r.observedAt)
        w.key("late"); w.bool(r.isLate)
        w.key("quality")
        w.beginArray()
        for name in r.quality.names { w.string(name) }
        w.endArray()
        w.key("seq")
        if let sequence = r.sequence { w.integer(sequence) } else { w.null() }
        w.key("profile"); w.string(r.profile)
        if let detail = r.detail, r.kind != .waveform { w.key("detail"); w.string(detail) }
        if let startedAt = r.startedAt { w.key("started_at"); w.time(startedAt) }
        if let episode = r.episode { w.key("episode"); w.string(episode) }
        if let subject = r.subject { w.key("subject"); w.string(subject) }
        w.endObject()
        return w.bytes + [0x0A]
    }

    static func write(_ value: ReadingValue, _ kind: Kind, to w: inout JSONWriter) {
        switch value {
        case .number(let scaled): w.decimal(scaled: scaled, decimals: kind.entry.decimals)
        case .flag(let on): w.bool(on)
        case .code(let text): w.string(text)
        case .waveform(let samples, let factor, let rate, let signal):
            w.beginObject()
            w.key("factor"); w.decimal(scaled: factor, decimals: 6)
            w.key("rate_hz"); w.decimal(scaled: rate, decimals: 3)
            w.key("samples")
            w.beginArray()
            for sample in samples { w.integer(sample) }
            w.endArray()
            w.key("signal"); w.string(signal)
            w.endObject()
        }
    }

    private static func fault(_ number: Int, code: String, _ text: String) -> [UInt8] {
        var w = JSONWriter()
        w.beginObject()
        w.key("line"); w.integer(number)
        w.key("error")
        w.beginObject()
        w.key("code"); w.string(code)
        w.key("message"); w.string(text)
        w.endObject()
        w.endObject()
        return w.bytes + [0x0A]
    }

    private static func quarantined(_ number: Int, _ s: Sighting) -> [UInt8] {
        var w = JSONWriter()
        w.beginObject()
        w.key("line"); w.integer(number)
        w.key("quarantined")
        w.beginObject()
        w.key("why"); w.string(s.why.name)
        w.key("candidates")
        w.beginArray()
        for candidate in s.candidates { w.string(candidate) }
        w.endArray()
        w.endObject()
        w.endObject()
        return w.bytes + [0x0A]
    }
}
