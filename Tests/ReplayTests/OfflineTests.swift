import CareModel
import GatewayCore
import Testing

/// An hour without the broker: what waited there comes in a burst, and nobody was silent.
@Suite struct OfflineTests {
    private struct Hub {
        let configuration: Configuration
        var core: GatewayCore
        var effects: [Effect] = []
        var position: UInt64 = 0
        /// 2026-11-22T08:00:00Z.
        var at = Instant(microseconds: 1_795_334_400_000_000)
        var sequence = 0

        init() throws {
            configuration = try GoldenCase.configuration()
            core = GatewayCore(under: configuration)
            take(.started(HubStart(hub: "off", epoch: "1", build: "test", wall: WallTime(microseconds: at.microseconds), quality: .synchronised)))
            take(.configured(configuration.digest))
            tell(.resumed(isSessionPresent: true))
            tell(.drained)
        }

        mutating func take(_ body: JournalRecord.Body, after span: Span = Span(microseconds: 1)) {
            position += 1
            at = at + span
            core.step(JournalRecord(position: position, at: at, body: body), under: configuration, into: &effects)
        }

        mutating func tell(_ change: LinkChange.Change) {
            for link in Link.allCases { take(.link(LinkChange(link: link, change: change))) }
        }

        /// The bound wearable reports what it measured at `observed`.
        mutating func wear(_ observed: Instant, after span: Span) {
            sequence += 1
            let text = #"{"device":"w-0017","ts":\#(observed.microseconds / 1_000),"hr":72,"spo2":97,"temp":36.4,"battery":80,"seq":\#(sequence)}"#
            take(.message(Message(link: .telemetry, topic: "yu-village/w-0017/vitals", payload: Array(text.utf8))), after: span)
        }

        var silences: Int {
            effects.count { if case .revise(let r) = $0, r.revision == 1 { String(decoding: r.full, as: UTF8.self).contains(#""kind":"device.silent""#) } else { false } }
        }
    }

    @Test("an hour offline with 10,000 queued messages raises no false silence, and silence after it is seen")
    func hourOffline() throws {
        var hub = try Hub()
        for _ in 0..<60 { hub.wear(hub.at, after: .seconds(10)) }
        // The bed radar of the example was never heard: that one is silent in truth.
        let inTruth = hub.silences
        #expect(inTruth == 1)

        hub.tell(.lost)
        let lostAt = hub.at
        hub.take(.wake, after: .seconds(1_800))
        hub.take(.wake, after: .seconds(1_800))
        #expect(hub.silences == inTruth, "the hub is blind: nobody can be called silent")

        hub.tell(.resumed(isSessionPresent: true))
        for n in 0..<10_000 { hub.wear(lostAt + Span(microseconds: Int64(n) * 360_000), after: Span(microseconds: 100)) }
        hub.tell(.drained)
        #expect(hub.core.counters.messages[Int(Link.telemetry.rawValue)] == 10_060)
        #expect(hub.silences == inTruth, "what waited at the broker is no silence")

        // The wearable is supervised at 60 s, three times: quiet for 179 s is nothing, for longer it is a finding.
        hub.take(.wake, after: .seconds(170))
        #expect(hub.silences == inTruth)
        hub.take(.wake, after: .seconds(30))
        #expect(hub.silences == inTruth + 1)
    }
}
