import CareModel
import Testing
@testable import Decoding

@Suite("Memory, checkpoint and what goes back")
struct StateTests {
    static let devices = [("ieee:0x84fd27fffe5a1b42", "tuya-ts0215a"), ("topic:yard/w-1", "generic-json-wearable"), ("imei:861000000000011", "kati-4g-watch")]

    /// Names, counters, duplicates, floods and strangers, in one story.
    static let story: [(topic: String, payload: String)] = {
        var lines: [(String, String)] = [("zigbee2mqtt/bridge/devices", #"[{"ieee_address":"0x84fd27fffe5a1b42","friendly_name":"bed","definition":{"model":"TS0215A_sos"}}]"#)]
        for k in 0..<30 {
            lines.append(("yard/w-1/vitals", #"{"device":"w-1","ts":\#(1_795_334_400_000 + k * 500),"hr":70,"seq":\#(k * 7 % 11)}"#))
            if k % 5 == 0 { lines.append(("zigbee2mqtt/bed", #"{"action":"emergency"}"#)) }
            if k % 6 == 0 { lines.append(("iMEDE_watch/sos", #"{"status":"SOS","IMEI":"8690000000000\#(10 + k)"}"#)) }
        }
        return lines
    }()

    @Test("written, read and written again gives the same bytes")
    func roundTrip() throws {
        var bench = Bench(try Shelf.book(), Self.devices)
        for line in Self.story { bench.take(line.topic, line.payload) }
        let bytes = bench.stateBytes
        var reader = ByteReader(bytes)
        let restored = try Decoding(from: &reader)
        #expect(reader.isAtEnd)
        var writer = ByteWriter()
        restored.write(to: &writer)
        #expect(writer.bytes == bytes)
    }

    @Test("restored at any point, decoding goes on as if it had never stopped")
    func restartEquivalence() throws {
        let book = try Shelf.book()
        var straight = Bench(book, Self.devices)
        let whole = Self.story.map { line -> [Reading] in straight.take(line.topic, line.payload).readings }
        for cut in stride(from: 0, through: Self.story.count, by: 3) {
            var bench = Bench(book, Self.devices)
            for line in Self.story[..<cut] { bench.take(line.topic, line.payload) }
            var reader = ByteReader(bench.stateBytes)
            bench.decoding = try Decoding(from: &reader)
            let rest = Self.story[cut...].map { line -> [Reading] in bench.take(line.topic, line.payload).readings }
            #expect(rest == Array(whole[cut...]), "restored before message \(cut)")
            #expect(bench.stateBytes == straight.stateBytes)
        }
    }

    @Test("forgetting what topics mean changes nothing but time")
    func cacheIsNoState() throws {
        let book = try Shelf.book()
        var kept = Bench(book, Self.devices), cleared = Bench(book, Self.devices)
        for line in Self.story {
            let expected = kept.take(line.topic, line.payload)
            cleared.decoding.routes.removeAll()
            let given = cleared.take(line.topic, line.payload)
            #expect(given.readings == expected.readings)
            #expect(given.rejections == expected.rejections)
        }
        #expect(kept.stateBytes == cleared.stateBytes)
    }

    @Test("damaged bytes are refused, at every length")
    func damage() throws {
        var bench = Bench(try Shelf.book(), Self.devices)
        for line in Self.story { bench.take(line.topic, line.payload) }
        let bytes = bench.stateBytes
        for count in 0..<bytes.count {
            var reader = ByteReader(Array(bytes[..<count]))
            #expect(throws: BinaryFailure.self) { _ = try Decoding(from: &reader) }
        }
    }

    @Test("unknown devices are remembered up to the limit; then those silent longest are forgotten, bound ones never")
    func unknownDevicesAreBounded() throws {
        var bench = Bench(try Shelf.book(), Self.devices)
        bench.take("yard/w-1/vitals", #"{"device":"w-1","hr":70,"seq":1}"#)
        func stranger(_ k: Int) -> String { #"{"status":"SOS","IMEI":"86900000\#(1_000_000 + k)"}"# }
        for k in 0..<Decoding.unboundDevicesMax { bench.take("iMEDE_watch/sos", stranger(k)) }
        #expect(bench.decoding.memories.count == Decoding.unboundDevicesMax + 1)
        #expect(bench.take("iMEDE_watch/sos", stranger(5_000)).readings.map(\.kind) == [.sos])
        #expect(bench.decoding.memories.count == Decoding.unboundDevicesMax / 2 + 2)
        #expect(bench.take("yard/w-1/vitals", #"{"device":"w-1","hr":70,"seq":1}"#, after: 0).rejections.map(\.reason) == [])
        #expect(bench.decoding.memories.contains { $0.id == "topic:yard/w-1" })
    }

    @Test("a new configuration takes effect at the next message, with the memory kept")
    func reconfiguration() throws {
        let book = try Shelf.book()
        var bench = Bench(book, [])
        let payload = #"{"device":"w-1","ts":1795334400000,"hr":70,"seq":3}"#
        #expect(bench.take("yard/w-1/vitals", payload).readings.map(\.binding) == [nil])
        var bound = Bench(book, Self.devices)
        bound.decoding = bench.decoding
        bound.at = bench.at
        #expect(bound.take("yard/w-1/vitals", payload).rejections.map(\.reason) == [.duplicate])
        #expect(bound.take("yard/w-1/vitals", payload.replacingSequence(4)).readings.map(\.binding) == [1])
    }

    @Test("a device that can show it is told, again on a duplicate, not for a retained message")
    func acknowledgement() throws {
        let yaml = """
        profile: test-device
        language: 1
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        device: "imei:{$.id}"
        messages:
          - topic: "pendant/{gw}/press"
            dedupe: [n]
            acknowledgement: {topic: "pendant/{gw}/{id}/told", payload: '{"n":{{n}},"told":true}'}
            outputs: [{kind: safety.sos, path: k, meaning: momentary, map: {1: pressed, 0: ignore}}]
        """
        var bench = Bench(try Shelf.book(yaml), [("imei:861000000000011", "test-device")])
        let told = [Downlink(topic: "pendant/g/861000000000011/told", payload: Array(#"{"n":5,"told":true}"#.utf8))]
        let press = #"{"id":"861000000000011","k":1,"n":5}"#
        #expect(bench.take("pendant/g/press", press).downlinks == told)
        let again = bench.take("pendant/g/press", press)
        #expect(again.downlinks == told)
        #expect(again.rejections.map(\.reason) == [.duplicate])
        #expect(bench.take("pendant/g/press", #"{"id":"861000000000011","k":0,"n":6}"#).isEmpty)
        #expect(bench.take("pendant/g/press", #"{"id":"861000000000011","k":1,"n":7}"#, isRetained: true).downlinks.isEmpty)
    }

    @Test("what a device shows when help is coming is kept from its newest call, over a restart, and no longer than a display shows")
    func coming() throws {
        func yaml(_ coming: String) -> String {
            """
            profile: test-device
            language: 2
            title: {zh-CN: 试, en: test}
            transport_delay_seconds_max: 5
            device: "imei:{$.id}"
            messages:
              - topic: "pendant/{gw}/press"
                acknowledgement: {topic: "pendant/{gw}/told", payload: "1", coming: \(coming)}
                outputs: [{kind: safety.sos, path: k, meaning: momentary, map: {1: pressed}}, {kind: device.battery, path: b}]
            """
        }
        let device = DeviceID("imei:861000000000011")
        var bench = Bench(try Shelf.book(yaml("{topic: \"pendant/{gw}/{id}/show\", payload: '{\"n\":{{n}},\"coming\":true}'}")), [(device.text, "test-device")])
        #expect(bench.decoding.helpIsComing(to: device) == nil)
        bench.take("pendant/g/press", #"{"id":"861000000000011","k":1,"n":5}"#)
        let shown = Downlink(topic: "pendant/g/861000000000011/show", payload: Array(#"{"n":5,"coming":true}"#.utf8))
        #expect(bench.decoding.helpIsComing(to: device) == shown)
        bench.take("pendant/g/press", #"{"id":"861000000000011","b":70,"n":6}"#)
        bench.take("pendant/g/press", #"{"id":"861000000000011","k":1,"n":7}"#, isRetained: true)
        var reader = ByteReader(bench.stateBytes)
        let restored = try Decoding(from: &reader)
        #expect(restored.helpIsComing(to: device) == shown, "neither a battery nor a kept message is a call")
        bench.take("pendant/g/press", #"{"id":"861000000000011","k":1,"n":8}"#)
        #expect(bench.decoding.helpIsComing(to: device)?.payload == Array(#"{"n":8,"coming":true}"#.utf8))
        // On the topic of the acknowledgement; at the limit, and one past it.
        var plain = Bench(try Shelf.book(yaml("{payload: \"{{t}}\"}")), [(device.text, "test-device")])
        plain.take("pendant/g/press", #"{"id":"861000000000011","k":1,"t":"\#(String(repeating: "x", count: 1_024))"}"#)
        #expect(plain.decoding.helpIsComing(to: device)?.topic == "pendant/g/told")
        #expect(plain.decoding.helpIsComing(to: device)?.payload.count == 1_024)
        plain.take("pendant/g/press", #"{"id":"861000000000011","k":1,"t":"\#(String(repeating: "x", count: 1_025))"}"#)
        #expect(plain.decoding.helpIsComing(to: device) == nil)
        #expect(try Shelf.problems(yaml("{topic: a}")).map(\.code) == ["config.missing_key"])
    }

    @Test("identifying fields are found where they stand, in all items")
    func identifying() throws {
        let yaml = """
        profile: test-device
        language: 1
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        messages:
          - topic: "box/{gw}"
            device: "mac:{mac}"
            each: list
            identifying: [$.citizen, name, number]
            outputs: [{kind: vital.heart_rate, path: hr}]
        """
        let registry = Registry(book: try Shelf.book(yaml), household: Household())
        let payload = #"{"citizen":"37\u0030285","list":[{"mac":"A0","name":"李","hr":1},{"name":"","number":1234567,"hr":2}]}"#
        let bytes = Array(payload.utf8)
        func texts(_ topic: String, _ bytes: [UInt8]) -> [String] {
            registry.identifyingRanges(in: Message(link: .telemetry, topic: topic, payload: bytes)).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
        #expect(texts("box/1", bytes) == [#"37\u0030285"#, "李", "1234567"])
        #expect(texts("other/1", bytes) == [])
        #expect(texts("box/1", Array(bytes.dropLast(4))) == [String(decoding: bytes.dropLast(4), as: UTF8.self)])
        #expect(texts("box/1", []) == [])
    }

    @Test("bindings are checked: unknown profile, bad name, one device twice")
    func bindings() throws {
        let household = Household(homes: [Home(id: HomeID("h"), zone: .utc)], bindings: [
            DeviceBinding(device: DeviceID("imei:861"), profile: "no-such", home: 0, residents: []),
            DeviceBinding(device: DeviceID("mac:AA:BB:CC:DD:EE:FF"), profile: "xiaomi-xmtzc04hm", home: 0, residents: []),
            DeviceBinding(device: DeviceID("mac:aabbccddeeff"), profile: "xiaomi-xmtzc04hm", home: 0, residents: []),
            DeviceBinding(device: DeviceID("watch 7"), profile: "kati-4g-watch", home: 0, residents: []),
        ])
        var problems = Problems()
        Registry(book: try Shelf.book(), household: household).check(place: { _ in Place(file: "homes.yaml", line: 9, column: 3) }, &problems)
        #expect(problems.list.map(\.code) == ["homes.unknown_profile", "homes.device_bound_twice", "homes.bad_device_id"])
        #expect(problems.list.allSatisfy { $0.place.description == "homes.yaml:9:3" })
    }

    @Test("a safety message of a device whose profile is unknown still passes")
    func unknownProfilePasses() throws {
        var bench = Bench(try Shelf.book(), [("topic:zigbee2mqtt/b", "no-such")])
        #expect(bench.take("zigbee2mqtt/b", #"{"action":"emergency"}"#).readings.map(\.kind) == [.sos])
    }

    @Test("counters wrap where the profile says so")
    func wrapping() {
        var memory = DeviceMemory(id: "x", isBound: true, at: Instant(microseconds: 0))
        let order = [254, 255, 0, 1, 255, 2, 128, 130, 129].map { memory.isOutOfOrder(UInt64($0), modulus: 256) }
        #expect(order == [false, false, false, false, true, false, false, false, true])
    }
}

extension String {
    func replacingSequence(_ n: Int) -> String { String(dropLast(2)) + "\(n)}" }
}
