@testable import Assembly
import CareModel
import Crypto
import Foundation
import GatewayCore
import Testing

/// From the card that a device prints to the resident, through the token that alone is stored.
@Suite struct IdentifierTests {
    private static let key = SymmetricKey(data: Data(repeating: 7, count: 32))

    /// The shipped configuration under the hub's key.
    private static func hub() throws -> LoadedConfiguration {
        try LoadedConfiguration.load(GoldenCase.configurationPath, environment: [:], key: key)
    }

    private static func message(_ card: String, key: String = "citiz") -> Message {
        let payload = #"{"type":"reportAttribute","time":1795334400,"mac":"0A:00:00:00:00:30","\#(key)":\#(card),"data":{"attribute":"WBP_JUMPER","ble_mac":"0A:00:00:00:00:31","value":{"bp_high":238,"bp_low":88,"pr":96}}}"#
        return Message(link: .safety, topic: "CM4_BLE_GW_TX", payload: Array(payload.utf8))
    }

    /// What a hub decides of one message under a configuration.
    private static func incidents(_ message: Message, under configuration: Configuration) -> [(kind: String, home: String?)] {
        var core = GatewayCore(under: configuration), effects: [Effect] = []
        let at = Instant(microseconds: 1_795_334_400_000_000)
        let start = HubStart(hub: "h", epoch: "1", build: "t", wall: WallTime(microseconds: at.microseconds), quality: .synchronised)
        core.step(JournalRecord(position: 1, at: at, body: .started(start)), under: configuration, into: &effects)
        core.step(JournalRecord(position: 2, at: at + Span(microseconds: 1), body: .configured(configuration.digest)), under: configuration, into: &effects)
        core.step(JournalRecord(position: 3, at: at + Span(microseconds: 2), body: .message(message)), under: configuration, into: &effects)
        return effects.compactMap { effect in
            guard case .revise(let revision) = effect else { return nil }
            return (String(decoding: revision.full, as: UTF8.self).contains("device.unknown_person") ? "unknown" : "pressure", revision.home?.text)
        }
    }

    @Test("a card is stored as a token only, and still means the resident who has it", arguments: [
        #""HT-CARD-0201""#, #"" HT-CARD-0201 ""#, #""HT\u002dCARD\u002D0201""#,
    ])
    func throughTheToken(card: String) throws {
        let hub = try Self.hub(), plain = Self.message(card)
        let stored = Tokeniser(key: Self.key, registry: hub.core.registry).replacing(plain)
        let text = String(decoding: stored.payload, as: UTF8.self)
        #expect(text.contains(#""citiz":"tok-"#))
        #expect(!text.contains("CARD"))
        #expect(Self.incidents(stored, under: hub.core).map(\.home) == ["hai-3-201"])
        #expect(!String(describing: Self.incidents(stored, under: hub.core)).contains("tok-"))
    }

    @Test("an export replays elsewhere, without the key, to the same resident: the accepted configuration holds the tokens")
    func withoutTheKey() throws {
        let hub = try Self.hub()
        let stored = Tokeniser(key: Self.key, registry: hub.core.registry).replacing(Self.message(#""HT-CARD-0201""#))
        let elsewhere = try LoadedConfiguration.restore(hub.bytes, folder: GoldenCase.configurationPath, environment: [:])
        #expect(elsewhere.digest == hub.digest)
        #expect(elsewhere.bytes == hub.bytes)
        #expect(Self.incidents(stored, under: elsewhere.core).map(\.kind) == ["pressure"])
        let strange = try LoadedConfiguration.load(GoldenCase.configurationPath, environment: [:])
        #expect(strange.digest != hub.digest)
        #expect(Self.incidents(stored, under: strange.core).map(\.kind) == ["unknown"], "without key and export nobody can say who it was")
        #expect(Self.incidents(Self.message(#""HT-CARD-0201""#), under: strange.core).map(\.home) == ["hai-3-201"], "a bare log holds the card itself")
    }

    @Test("another hub's key gives other tokens, and the bundle holds no more of a card than homes.yaml")
    func keyed() throws {
        let hub = try Self.hub()
        let other = try hub.recognising(key: SymmetricKey(data: Data(repeating: 8, count: 32)), path: GoldenCase.configurationPath)
        #expect(other.digest != hub.digest)
        #expect(try hub.recognising(key: Self.key, path: GoldenCase.configurationPath).digest == hub.digest)
        #expect(Tokeniser.tokens(of: "12345", key: Self.key).count == 2, "a number that stands without quotation marks has a token of digits")
        #expect(Tokeniser.tokens(of: "HT-1", key: Self.key).count == 1)
    }

    @Test("a number without quotation marks means the resident too")
    func number() throws {
        let hub = try Self.hub()
        let digits = Tokeniser.tokens(of: "4711", key: Self.key)
        let stored = Tokeniser(key: Self.key, registry: hub.core.registry).replacing(Self.message("4711"))
        #expect(String(decoding: stored.payload, as: UTF8.self).contains(#""citiz":\#(digits[1]),"#))
        let people = hub.core.household.recognising { $0 == "HT-CARD-0201" ? digits : [] }
        var problems = Problems()
        let configuration = Configuration(
            digest: hub.digest, household: people, profiles: hub.core.profiles, ruleFiles: hub.core.ruleFiles, plan: hub.core.plan, &problems)
        #expect(problems.isEmpty)
        #expect(Self.incidents(stored, under: configuration).map(\.home) == ["hai-3-201"])
    }
}
