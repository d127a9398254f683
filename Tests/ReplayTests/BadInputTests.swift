import CareModel
import Foundation
import GatewayCore
import Testing

/// Every sort of bad input has one defined outcome under the shipped configuration, and a counter.
@Suite struct BadInputTests {
    /// A core that has started, and what it said.
    private struct Bench {
        let configuration: Configuration
        var core: GatewayCore
        var effects: [Effect] = []
        var position: UInt64 = 2
        /// 2026-11-22T08:00:00Z.
        var at = Instant(microseconds: 1_795_334_400_000_000)

        init() throws {
            configuration = try GoldenCase.configuration()
            core = GatewayCore(under: configuration)
            let start = HubStart(hub: "bad", epoch: "1", build: "test", wall: WallTime(microseconds: at.microseconds), quality: .synchronised)
            core.step(JournalRecord(position: 1, at: at, body: .started(start)), under: configuration, into: &effects)
            core.step(JournalRecord(position: 2, at: at + Span(microseconds: 1), body: .configured(configuration.digest)), under: configuration, into: &effects)
            effects.removeAll()
        }

        mutating func feed(_ topic: String, _ payload: [UInt8], afterMilliseconds span: Int = 1_000, isRetained: Bool = false) {
            position += 1
            at = at + .milliseconds(span)
            let message = Message(link: .safety, topic: topic, isRetained: isRetained, payload: payload)
            core.step(JournalRecord(position: position, at: at, body: .message(message)), under: configuration, into: &effects)
        }

        mutating func feed(_ topic: String, _ payload: String, afterMilliseconds span: Int = 1_000) { feed(topic, Array(payload.utf8), afterMilliseconds: span) }

        /// A report of the wearable that is bound; `members` replace or follow its own.
        mutating func wear(_ sequence: Int, hr: String = "72", spo2: String = "97", temp: String = "36.4", ts: Int64? = nil, device: String = "w-0017", afterMilliseconds span: Int = 10_000) {
            let time = ts ?? (at + .milliseconds(span)).microseconds / 1_000
            feed("yu-village/w-0017/vitals", #"{"device":"\#(device)","ts":\#(time),"hr":\#(hr),"spo2":\#(spo2),"temp":\#(temp),"battery":80,"seq":\#(sequence)}"#, afterMilliseconds: span)
        }

        var rejections: [RejectionReason] { effects.compactMap { if case .reject(let r) = $0 { r.reason } else { nil } } }
        var sightings: [Sighting.Why] { effects.compactMap { if case .quarantine(let s) = $0 { s.why } else { nil } } }
        /// First revisions.
        var opened: [IncidentRevision] { effects.compactMap { if case .revise(let r) = $0, r.revision == 1 { r } else { nil } } }
        var kinds: [String] { core.counters.incidents.keys.sorted().map(\.kind) }

        func evidence(of revision: IncidentRevision) throws -> [[String: Any]] {
            let json = try #require(try JSONSerialization.jsonObject(with: Data(revision.full)) as? [String: Any])
            return try #require(json["evidence"] as? [[String: Any]])
        }
    }

    static let wearable = "yu-village/w-0017/vitals", button = "zigbee2mqtt/0x00158d0009a1b201"

    /// A payload that can't be used, and the reason that is given.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var payload: [UInt8]
        var reason: RejectionReason

        init(_ what: String, _ payload: [UInt8], _ reason: RejectionReason) { (testDescription, self.payload, self.reason) = (what, payload, reason) }
        init(_ what: String, _ payload: String, _ reason: RejectionReason) { self.init(what, Array(payload.utf8), reason) }
    }

    static let unreadable = [
        Row("one byte over the limit", [UInt8](repeating: 0x20, count: Limits.payloadBytesMax + 1), .payloadTooLong),
        Row("truncated", #"{"device":"w-0017","action":"emer"#, .truncated),
        Row("NaN", #"{"device":"w-0017","battery":NaN}"#, .malformed),
        Row("an infinite number", #"{"device":"w-0017","battery":-Infinity}"#, .malformed),
        Row("not UTF-8", [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D], .notUTF8),
        Row("NUL", Array(#"{"device":"w-0017","battery":"#.utf8) + [0x00, 0x7D], .malformed),
        Row("too deep", String(repeating: "[", count: 200) + String(repeating: "]", count: 200), .tooDeep),
    ]

    @Test("an unreadable payload of a wearable is rejected with its reason and counted; one alone is no incident", arguments: unreadable)
    func unreadableWearable(row: Row) throws {
        var bench = try Bench()
        bench.feed(BadInputTests.wearable, row.payload)
        #expect(bench.rejections == [row.reason])
        #expect(bench.core.counters.rejected[Int(row.reason.rawValue)] == 1)
        #expect(bench.core.counters.readings == 0)
        #expect(bench.opened.isEmpty)
    }

    @Test("an unreadable payload of a safety device is an incident", arguments: unreadable)
    func unreadableButton(row: Row) throws {
        var bench = try Bench()
        bench.feed(BadInputTests.button, row.payload)
        #expect(bench.rejections == [row.reason])
        #expect(bench.kinds == ["safety.unreadable"])
        #expect(bench.opened.first?.priority == .high)
        #expect(bench.opened.first?.home == HomeID("hai-3-201"))
    }

    @Test("a payload at the limit is read")
    func atTheLimit() throws {
        var bench = try Bench()
        let press = Array(#"{"action":"emergency"}"#.utf8)
        bench.feed(BadInputTests.button, press + [UInt8](repeating: 0x20, count: Limits.payloadBytesMax - press.count))
        #expect(bench.rejections.isEmpty)
        #expect(bench.kinds == ["safety.sos"])
    }

    @Test("a field of the wrong type is rejected; the other fields of the message count")
    func wrongType() throws {
        var bench = try Bench()
        bench.wear(1, hr: #""fast""#, spo2: "82")
        #expect(bench.rejections == [.wrongType])
        #expect(bench.core.counters.rejected[Int(RejectionReason.wrongType.rawValue)] == 1)
        #expect(bench.kinds == ["vital.spo2.low"])
    }

    @Test("an empty payload is the broker's retained message being cleared, and no incident even for a safety device")
    func emptyPayload() throws {
        var bench = try Bench()
        bench.feed(BadInputTests.button, [UInt8](), isRetained: true)
        #expect(bench.rejections == [.emptyPayload])
        #expect(bench.opened.isEmpty)
    }

    @Test("values in a wrong unit or beyond what a body gives are kept, not judged", arguments: [
        // Fahrenheit, a fraction, the device's own "no value".
        ("36.4", "0.82"), ("98.2", "97"), ("36.4", "0"), ("36.4", "255"), ("-40", "97"),
    ])
    func wrongUnits(temperature: String, saturation: String) throws {
        var bench = try Bench()
        for n in 1...4 { bench.wear(n, spo2: saturation, temp: temperature) }
        #expect(bench.opened.isEmpty)
        #expect(bench.core.counters.readings == 16)
        let celsius = ["36.4", "98.2"].contains(temperature) ? temperature : "0"
        bench.feed("iMEDE_watch/VitalSign", #"{"IMEI":"860000000000017","heartRate":70,"bodyTemperature":\#(celsius)}"#)
        #expect(bench.opened.isEmpty, "98.2 is a healthy temperature in Fahrenheit")
    }

    @Test("a topic that no profile knows is quarantined and counted")
    func unknownTopic() throws {
        var bench = try Bench()
        bench.feed("plant/line-3/speed", "{\"rpm\":3}")
        #expect(bench.sightings == [.noProfile])
        #expect(bench.core.counters.quarantined == 1)
        #expect(bench.rejections.isEmpty && bench.opened.isEmpty)
    }

    @Test("an over-long topic is rejected")
    func longTopic() throws {
        var bench = try Bench()
        bench.feed(String(repeating: "a", count: Limits.topicBytesMax) + "/vitals", "{}")
        #expect(bench.rejections == [.topicTooLong])
    }

    @Test("an unknown device is quarantined; its SOS is an incident with the place unknown, its vital signs are not judged")
    func unknownDevice() throws {
        var bench = try Bench()
        let time = bench.at.microseconds / 1_000
        bench.feed("yu-village/w-0099/vitals", #"{"device":"w-0099","ts":\#(time),"hr":20,"spo2":60,"temp":36,"battery":3,"seq":1}"#)
        #expect(bench.sightings == [.unregistered])
        #expect(bench.opened.isEmpty)
        bench.feed("iMEDE_watch/sos", #"{"IMEI":"860000000000991","status":"SOS","location":{}}"#)
        #expect(bench.sightings == [.unregistered, .unregistered])
        #expect(bench.core.counters.quarantined == 2)
        #expect(bench.kinds == ["safety.sos"])
        #expect(bench.opened.first?.home == nil)
    }

    @Test("a device that the topic and the payload name differently is nobody's: rejected, not judged")
    func identityMismatch() throws {
        var bench = try Bench()
        bench.wear(1, spo2: "70", device: "w-0018")
        #expect(bench.rejections == [.identityMismatch])
        #expect(bench.opened.isEmpty)
    }

    @Test("a press without an identity is an incident all the same: somebody pressed it")
    func identityMissing() throws {
        var bench = try Bench()
        bench.feed("iMEDE_watch/sos", #"{"status":"SOS","location":{}}"#)
        #expect(bench.rejections == [.identityMissing])
        #expect(bench.kinds == ["safety.unreadable"])
    }

    @Test("a device whose clock says 1970 or 2038 is judged by the hub's time, and its evidence says so", arguments: [12_000, 2_147_483_648_000])
    func wrongClock(ts: Int64) throws {
        var bench = try Bench()
        bench.wear(1, spo2: "80", ts: ts)
        let incident = try #require(bench.opened.first)
        #expect(bench.kinds == ["vital.spo2.low"])
        let item = try #require(try bench.evidence(of: incident).first)
        #expect(item["quality"] as? [String] == ["clock_fault"])
        #expect(item["observed_at"] is NSNull)
    }

    @Test("a copy of a message is rejected as a duplicate, counted, and judged once")
    func duplicate() throws {
        var bench = try Bench()
        bench.wear(1, spo2: "88")
        let time = bench.at.microseconds / 1_000
        for _ in 0..<3 { bench.wear(1, spo2: "88", ts: time) }
        #expect(bench.rejections == [.duplicate, .duplicate, .duplicate])
        #expect(bench.core.counters.rejected[Int(RejectionReason.duplicate.rawValue)] == 3)
        #expect(bench.opened.isEmpty, "copies are no second reading")
    }

    @Test("an older reading after a newer one is kept and not judged")
    func outOfOrder() throws {
        var bench = try Bench()
        bench.wear(2)
        let old = bench.at.microseconds / 1_000 - 5_000
        bench.wear(1, spo2: "70", ts: old, afterMilliseconds: 500)
        #expect(bench.rejections.isEmpty)
        #expect(bench.core.counters.readings == 8)
        #expect(bench.opened.isEmpty)
    }

    @Test("a flooding wearable is bounded and counted; another device's vital signs are judged as ever")
    func flooding() throws {
        var bench = try Bench()
        for n in 1...4_000 { bench.wear(n, afterMilliseconds: 1) }
        let floods = bench.core.counters.rejected[Int(RejectionReason.flooding.rawValue)]
        #expect(floods > 0)
        #expect(bench.rejections.allSatisfy { $0 == .flooding })
        #expect(bench.core.counters.readings + 4 * floods == 16_000, "each message was read or counted")
        bench.feed("iMEDE_watch/VitalSign", #"{"IMEI":"860000000000017","heartRate":70,"spO2":80}"#)
        #expect(bench.kinds.contains("vital.spo2.low"))
    }

    @Test("a flood of presses is never bounded: each one passes")
    func floodOfPresses() throws {
        var bench = try Bench()
        for n in 0..<1_000 { bench.feed(BadInputTests.button, #"{"action":"emergency","linkquality":\#(n % 250)}"#, afterMilliseconds: 1) }
        #expect(bench.core.counters.findings["sos"] == 1_000)
        #expect(bench.opened.count == 1, "and they are one incident")
    }

    @Test("many unreadable messages of one profile are gathered into one incident")
    func manyUnreadable() throws {
        var bench = try Bench()
        for n in 0..<30 { bench.feed(BadInputTests.wearable, "{\"device\":\(n)", afterMilliseconds: 5_000) }
        #expect(bench.core.counters.rejected[Int(RejectionReason.truncated.rawValue)] == 30)
        let gathered = bench.opened.filter { String(bytes: $0.full, encoding: .utf8)?.contains("device.unreadable") == true }
        #expect(gathered.count == 1)
        #expect(String(bytes: gathered.first?.full ?? [], encoding: .utf8)?.contains("generic-json-wearable") == true)
    }
}
