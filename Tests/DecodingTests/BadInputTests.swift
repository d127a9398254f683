import CareModel
import Foundation
import Testing
@testable import Decoding

/// Every sort of bad input has a defined outcome.
@Suite("Bad input")
struct BadInputTests {
    static let button = "ieee:0x84fd27fffe5a1b99", buttonTopic = "zigbee2mqtt/0x84fd27fffe5a1b99"

    func bench() throws -> Bench {
        Bench(try Shelf.book(), [(Self.button, "tuya-ts0215a"), ("topic:yard/w-1", "generic-json-wearable"), ("imei:861000000000011", "kati-4g-watch"), ("topic:bath", "seeed-mr60fda2")])
    }

    func wearable(_ seq: Int, hr: String = "70", ts: Int64 = 1_795_334_400_000) -> String { #"{"device":"w-1","ts":\#(ts),"hr":\#(hr),"seq":\#(seq)}"# }

    @Test("an unreadable message of a safety device says so", arguments: [
        (#"{"action":"emergency","batt"#, RejectionReason.truncated), ("{\"action\":NaN}", .malformed), ("{\"a\":\"\0\"}", .malformed), ("{action}", .malformed),
        (String(repeating: "[", count: 40), .tooDeep), ("{}", .missingField), ("42", .unsupportedFormat), (#"{"action":"dance"}"#, .unknownValue), (#"{"action":{}}"#, .wrongType),
    ])
    func unreadable(payload: String, reason: RejectionReason) throws {
        var bench = try bench()
        let decoded = bench.take(Self.buttonTopic, payload)
        #expect(decoded.readings.isEmpty)
        #expect(decoded.rejections.map(\.reason) == [reason])
        let rejection = try #require(decoded.rejections.first)
        #expect(rejection.isSafety)
        #expect(rejection.device == DeviceID(Self.button))
        #expect(rejection.binding == 0)
        #expect(rejection.profile == "tuya-ts0215a")
        #expect(reason.isUnreadable)
    }

    @Test("bytes that aren't UTF-8 are refused in JSON and in bare text")
    func notUTF8() throws {
        var bench = try bench()
        #expect(bench.take(Self.buttonTopic, bytes: [0x7B, 0x22, 0xFF, 0x22, 0x7D]).rejections.map(\.reason) == [.notUTF8])
        let text = bench.take("bath/binary_sensor/fall_detected/state", bytes: [0x4F, 0xC3])
        #expect(text.rejections.map(\.reason) == [.notUTF8])
        #expect(text.rejections.allSatisfy { $0.isSafety })
    }

    @Test("a payload at the limit is read, one byte more is not")
    func payloadLimit() throws {
        var bench = try bench()
        let head = Array(#"{"action":"emergency","x":""#.utf8), tail = Array("\"}".utf8)
        let filling = [UInt8](repeating: 0x61, count: Limits.payloadBytesMax - head.count - tail.count)
        #expect(bench.take(Self.buttonTopic, bytes: head + filling + tail).readings.map(\.kind) == [.sos])
        let over = bench.take(Self.buttonTopic, bytes: head + filling + [0x61] + tail)
        #expect(over.readings.isEmpty)
        #expect(over.rejections.map(\.reason) == [.payloadTooLong])
        #expect(over.rejections.first?.isSafety == true)
    }

    @Test("a topic at the limit is looked at, one byte more is refused and cut")
    func topicLimit() throws {
        var bench = try bench()
        let topic = "q/" + String(repeating: "a", count: Limits.topicBytesMax - 2)
        #expect(bench.take(topic, "1").sightings.map(\.why) == [.noProfile])
        let over = bench.take(topic + "a", "1")
        #expect(over.rejections.map(\.reason) == [.topicTooLong])
        #expect(over.rejections.first?.topic == topic)
    }

    @Test("a wrong type in one field leaves the others, and is no alarm when it isn't a safety field")
    func wrongType() throws {
        var bench = try bench()
        let decoded = bench.take("yard/w-1/vitals", wearable(1, hr: #""fast""#).replacingOccurrences(of: "}", with: #","spo2":97}"#))
        #expect(decoded.readings.map(\.kind) == [.spo2])
        #expect(decoded.rejections.map(\.reason) == [.wrongType])
        let button = bench.take(Self.buttonTopic, #"{"action":"emergency","battery":"full"}"#)
        #expect(button.readings.map(\.kind) == [.sos])
        #expect(button.rejections.map(\.reason) == [.wrongType])
    }

    @Test("a wrong type gives one rejection of its field's weight")
    func wrongTypeWeight() throws {
        var bench = try bench()
        let vitals = bench.take("iMEDE_watch/VitalSign", #"{"IMEI":"861000000000011","heartRate":[],"spO2":96}"#)
        #expect(vitals.rejections.map(\.isSafety) == [false])
        let fall = bench.take("iMEDE_watch/fallDown", #"{"IMEI":"861000000000011","status":7}"#)
        #expect(fall.rejections.map(\.reason) == [.unknownValue])
        #expect(fall.rejections.map(\.isSafety) == [true])
    }

    @Test("unknown topics and unknown devices are kept for a technician")
    func unknown() throws {
        var bench = try bench()
        #expect(bench.take("nobody/knows", "1").sightings.map(\.why) == [.noProfile])
        let watch = bench.take("iMEDE_watch/VitalSign", #"{"IMEI":"869000000000001","heartRate":66}"#)
        #expect(watch.sightings == [Sighting(
            why: .unregistered, topic: "iMEDE_watch/VitalSign", device: DeviceID("imei:869000000000001"), candidates: ["kati-4g-watch"],
            payload: Array(#"{"IMEI":"869000000000001","heartRate":66}"#.utf8))])
        #expect(watch.readings.map(\.binding) == [nil])
    }

    @Test("an SOS of an unknown device passes, with the profile that fits best")
    func unknownSOS() throws {
        var bench = try bench()
        let decoded = bench.take("zigbee2mqtt/somewhere/new", #"{"action":"emergency","battery":99}"#)
        #expect(decoded.readings.first?.kind == .sos)
        #expect(decoded.readings.first?.binding == nil)
        #expect(decoded.readings.first?.device == DeviceID("topic:zigbee2mqtt/somewhere/new"))
        #expect(decoded.sightings.map(\.why) == [.unregistered])
    }

    @Test("where several profiles fit an unknown device, only what saves lives passes")
    func severalProfiles() throws {
        var bench = try bench()
        let decoded = bench.take("zigbee2mqtt/odd", #"{"smoke":true,"gas":false,"battery":50}"#)
        #expect(decoded.sightings.map(\.why) == [.severalProfiles])
        #expect(decoded.sightings.first?.candidates == ["heiman-hs1cg", "xiaomi-jtyj-gd-01lm"])
        #expect(decoded.readings.map(\.kind) == [.gas])
        #expect(bench.take("zigbee2mqtt/odd2", #"{"contact":true,"occupancy":true,"illuminance":3}"#).readings.isEmpty)
    }

    @Test("topic and payload that name different devices are refused")
    func identityMismatch() throws {
        var bench = try bench()
        let decoded = bench.take("yard/w-1/vitals", wearable(1).replacingOccurrences(of: "w-1", with: "w-2"))
        #expect(decoded.readings.isEmpty)
        #expect(decoded.rejections.map(\.reason) == [.identityMismatch])
    }

    @Test("a message of a watch without an IMEI is refused, and an SOS among them is an alarm")
    func identityMissing() throws {
        var bench = try bench()
        let decoded = bench.take("iMEDE_watch/sos", #"{"status":"SOS"}"#)
        #expect(decoded.rejections.map(\.reason) == [.identityMissing])
        #expect(decoded.rejections.map(\.isSafety) == [true])
    }

    @Test("an empty payload is a cleared topic", arguments: [true, false])
    func tombstone(isRetained: Bool) throws {
        var bench = try bench()
        let decoded = bench.take(Self.buttonTopic, "", isRetained: isRetained)
        #expect(decoded.readings.isEmpty)
        #expect(decoded.rejections.map(\.reason) == [.emptyPayload])
    }

    @Test("the same number with the same payload is a duplicate within ten minutes, afterwards a restart")
    func duplicates() throws {
        var bench = try bench()
        #expect(bench.take("yard/w-1/vitals", wearable(5)).readings.count == 1)
        #expect(bench.take("yard/w-1/vitals", wearable(5)).rejections.map(\.reason) == [.duplicate])
        #expect(bench.take("yard/w-1/vitals", wearable(5, hr: "71")).readings.count == 1)
        #expect(bench.take("yard/w-1/vitals", wearable(5), after: 601).readings.count == 1)
    }

    @Test("an older number is out of order, far behind it is a restart")
    func outOfOrder() throws {
        var bench = try bench()
        bench.take("yard/w-1/vitals", wearable(500))
        #expect(bench.take("yard/w-1/vitals", wearable(499)).readings.map(\.quality) == [.outOfOrder])
        #expect(bench.take("yard/w-1/vitals", wearable(436)).readings.map(\.quality) == [.outOfOrder])
        #expect(bench.take("yard/w-1/vitals", wearable(501)).readings.map(\.quality) == [[]])
        #expect(bench.take("yard/w-1/vitals", wearable(436)).rejections.map(\.reason) == [.duplicate])
        #expect(bench.take("yard/w-1/vitals", wearable(0)).readings.map(\.quality) == [[]])
        #expect(bench.take("yard/w-1/vitals", wearable(1)).readings.map(\.quality) == [[]])
    }

    @Test("a retained message is of unknown age")
    func retained() throws {
        var bench = try bench()
        let decoded = bench.take("bath/binary_sensor/fall_detected/state", "ON", isRetained: true)
        #expect(decoded.readings.map(\.quality) == [.ageUnknown])
        #expect(decoded.readings.map(\.isRetained) == [true])
        #expect(decoded.readings.map(\.value) == [.code("suspected")])
    }

    @Test("a flooding device loses its telemetry, never its SOS")
    func flooding() throws {
        let yaml = """
        profile: test-device
        language: 1
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        device: "topic:{d}"
        flood: {per_second: 10, burst: 20}
        messages:
          - topic: "{d}/x"
            outputs:
              - {kind: vital.heart_rate, path: hr}
              - {kind: safety.sos, path: sos, meaning: momentary, map: {1: pressed}}
        """
        var bench = Bench(try Shelf.book(yaml), [("topic:dev", "test-device")])
        for k in 0..<20 { #expect(bench.take("dev/x", #"{"hr":70}"#, after: 0).readings.count == 1, "\(k)") }
        #expect(bench.take("dev/x", #"{"hr":70}"#, after: 0).rejections.map(\.reason) == [.flooding])
        for _ in 0..<1_000 { bench.take("dev/x", #"{"hr":70}"#, after: 0) }
        let both = bench.take("dev/x", #"{"hr":70,"sos":1}"#, after: 0)
        #expect(both.readings.map(\.kind) == [.sos])
        #expect(both.rejections.isEmpty)
        #expect(bench.take("dev/x", #"{"hr":70}"#, after: 0.1).readings.count == 1)
        #expect(bench.take("dev/x", #"{"hr":70}"#, after: 0).rejections.map(\.isSafety) == [false])
    }

    @Test("1,000 readings of one message pass; of more the rest is counted")
    func readingsLimit() throws {
        let yaml = """
        profile: test-device
        language: 1
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        messages:
          - topic: "{d}/x"
            device: "topic:{d}"
            each: list
            outputs: [{kind: vital.heart_rate, path: "@item"}]
        """
        var bench = Bench(try Shelf.book(yaml), [("topic:dev", "test-device")])
        func list(_ n: Int) -> String { #"{"list":["# + (0..<n).map { _ in "70" }.joined(separator: ",") + "]}" }
        let full = bench.take("dev/x", list(Limits.readingsPerMessageMax), after: 100)
        #expect(full.readings.count == Limits.readingsPerMessageMax)
        #expect(full.rejections.isEmpty)
        let over = bench.take("dev/x", list(Limits.readingsPerMessageMax + 1), after: 100)
        #expect(over.readings.count == Limits.readingsPerMessageMax)
        #expect(over.rejections.map(\.reason) == [.tooManyReadings])
    }

    @Test("a fault that many items of one message share is told once")
    func sharedFault() throws {
        var bench = try bench()
        let items = (0..<500).map { _ in #"{"heartRate":"fast"}"# }.joined(separator: ",")
        let decoded = bench.take("iMEDE_watch/AP55", #"{"IMEI":"861000000000011","data":[\#(items)]}"#)
        #expect(decoded.readings.isEmpty)
        #expect(decoded.rejections.map(\.reason) == [.wrongType])
    }

    @Test("wrong units are marked, kept, and never converted by guessing")
    func wrongUnits() throws {
        var bench = try bench()
        let decoded = bench.take("iMEDE_watch/VitalSign", #"{"IMEI":"861000000000011","bodyTemperature":98.2,"bloodPressure":{"bp_sys":16.5}}"#)
        #expect(decoded.readings.map(\.kind) == [.bpSystolic, .bodyTemperature])
        #expect(decoded.readings.map(\.value) == [.number(scaled: 165), .number(scaled: 9820)])
        #expect(decoded.readings.map(\.quality) == [[.implausible, .unitDoubtful], [.implausible, .unitDoubtful]])
    }
}
