import CareModel
import Testing
@testable import Decoding

@Suite("The profile language, one feature at a time")
struct LanguageTests {
    func bench(_ messages: String, device: String = "topic:d") throws -> Bench {
        Bench(try Shelf.book("""
        profile: test-device
        language: 2
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        device: "topic:d"
        messages:
        \(messages)
        """), [(device, "test-device")])
    }

    @Test("a condition tests a list, its absence, a range, stars, bits and objects", arguments: [
        ("{a: 1}", "{\"a\":1}", true), ("{a: [1, 2]}", "{\"a\":3}", false), ("{a: {not: [1]}}", "{\"a\":2}", true), ("{a: {not: [1]}}", "{}", true), ("{a: {not: [1]}}", "{\"a\":1}", false),
        ("{a: {min: 101}}", "{\"a\":101}", true), ("{a: {min: 101}}", "{\"a\":100.9}", false), ("{a: {max: 0}}", "{\"a\":\"-1\"}", true), ("{a: {max: 0}}", "{}", false),
        ("{a: {like: [\"* open\"]}}", "{\"a\":\"Door open\"}", true), ("{a: {like: [\"* open\"]}}", "{\"a\":\"open\"}", false), ("{a: {bit: 3}}", "{\"a\":8}", true), ("{a: {bit: 3}}", "{\"a\":7}", false),
        ("{a: {bit_clear: 3}}", "{\"a\":7}", true), ("{a: {object: true}}", "{\"a\":{}}", true), ("{a: {object: true}}", "{\"a\":[]}", false), ("{a: {present: false}}", "{\"a\":null}", true),
    ])
    func conditions(when: String, payload: String, holds: Bool) throws {
        var bench = try bench("  - {topic: t, outputs: [{kind: device.online, value: true, when: \(when)}, {kind: device.fault, value: true}]}")
        #expect(bench.take("t", payload).readings.map(\.kind) == (holds ? [.online, .fault] : [.fault]))
    }

    @Test("a star stands for any text, in linear time", arguments: [
        ("region_*_enter", "region_12_enter", "12"), ("region_*_enter", "region__enter", ""), ("region_*_enter", "region_1_leave", "none"), ("*a*", "xxay", "xx"), ("LW*", "LW: gone", ": gone"), ("ab*bc", "abc", "none"),
    ])
    func stars(pattern: String, text: String, star: String) throws { #expect(try #require(StarPattern(pattern)).match(text) ?? "none" == star) }

    @Test("a text without a star, or with three, is no pattern", arguments: ["a", "a*b*c*", ""])
    func noStars(text: String) { #expect(StarPattern(text) == nil) }

    @Test("nested lists keep the outer item in reach, and the document")
    func nestedLists() throws {
        var bench = try bench("""
          - topic: t
            parts:
              - each: groups[*].items
                outputs:
                  - {kind: env.temperature, path: v, unit: {path: ^.unit, map: {C: Cel, F: "[degF]"}}, detail: "{$.site}"}
        """)
        let readings = bench.take("t", #"{"site":"s1","groups":[{"unit":"C","items":[{"v":20}]},{"unit":"F","items":[{"v":50},{"v":"68"}]}]}"#).readings
        #expect(readings.map(\.value) == [.number(scaled: 2_000), .number(scaled: 1_000), .number(scaled: 2_000)])
        #expect(readings.map(\.detail) == ["s1", "s1", "s1"])
    }

    @Test("bytes in hexadecimal are taken apart: sign, order, bits, floats, text")
    func structure() throws {
        var bench = try bench("""
          - topic: t
            decode:
              - name: f
                path: d
                from: hex
                as: struct
                fields: [{name: t, at: 0, read: i16be}, {name: open, at: 2, read: u8, bits: 7}, {name: level, at: 2, read: u8, bits: [0, 7]}, {name: w, at: 3, read: f32le}, {name: id, at: 7, read: hex_reversed, size: 2}]
            outputs:
              - {kind: env.temperature, path: "@f.t", scale: 0.1, detail: "{@f.id}"}
              - {kind: behaviour.opening, path: "@f.open", map: {0: false, 1: true}}
              - {kind: device.battery, path: "@f.level"}
              - {kind: vital.weight, path: "@f.w"}
        """)
        let decoded = bench.take("t", #"{"d":"FFF6C2CDCC8C42ABCD"}"#)
        #expect(decoded.readings.map(\.value) == [.number(scaled: -100), .flag(true), .number(scaled: 660), .number(scaled: 7_040)])
        #expect(decoded.readings.first?.detail == "cdab")
        #expect(bench.take("t", #"{"d":"FFF6"}"#).rejections.map(\.reason) == [.truncated])
        #expect(bench.take("t", #"{"d":"XY"}"#).rejections.map(\.reason) == [.malformed])
        #expect(bench.take("t", #"{}"#).rejections.map(\.reason) == [.missingField])
    }

    @Test("a record of a table becomes an item, with its own time, marked as late")
    func records() throws {
        var bench = try bench("""
          - topic: t
            decode:
              - {name: b, path: d, from: hex, as: tlv, tlv: [{channel: 1, type: 2, name: battery, read: u8}, {channel: 3, type: 4, record: old, fields: [{name: at, at: 0, read: u32be}, {name: t, at: 4, read: i8}]}]}
            outputs:
              - {kind: device.battery, path: "@b.battery"}
            parts:
              - {each: "@b.old", history: true, time: [{path: at, format: epoch_s}], outputs: [{kind: env.temperature, path: t}]}
        """)
        let decoded = bench.take("t", #"{"d":"03046B02C000FE01025003046B02C00A05"}"#)
        #expect(decoded.readings.map(\.value) == [.number(scaled: 800), .number(scaled: -200), .number(scaled: 500)])
        #expect(decoded.readings.map { $0.quality.contains(.late) } == [false, true, true])
        #expect(decoded.rejections.isEmpty)
    }

    @Test("a table holds at most its number of values", arguments: [(TypeLengthTable.valuesMax, true), (TypeLengthTable.valuesMax + 1, false)])
    func tableLimit(count: Int, isRead: Bool) {
        let table = TypeLengthTable(header: .type, entries: [.init(channel: 0, type: 9, count: 0, fields: [], record: nil)], isOpen: false)
        var tree = ValueTree()
        #expect((table.read([UInt8](repeating: 9, count: count)[...], into: &tree) == nil) == isRead)
    }

    @Test("base fields of SenML are carried down, and times below 2^28 are before now")
    func senML() throws {
        var bench = try bench("""
          - topic: t
            format: senml
            parts: [{each: $, time: [{path: t, format: epoch_s}, {path: ago, format: ago_s}], outputs: [{kind: env.temperature, path: v, unit: {path: u, map: {Cel: Cel, K: K}}}]}]
        """)
        let readings = bench.take("t", #"[{"bn":"x:","bt":1795334000.5,"bu":"K","n":"t","v":300},{"n":"t","t":2,"u":"Cel","v":20}]"#).readings
        #expect(readings.map(\.value) == [.number(scaled: 2_685), .number(scaled: 2_000)])
        #expect(readings.map { $0.observedAt?.description } == ["2026-11-22T07:53:20.500000Z", "2026-11-22T07:53:22.500000Z"])
        let relative = bench.take("t", #"[{"n":"t","u":"Cel","v":20,"t":-60}]"#).readings
        #expect(relative.first?.observedAt == WallTime(microseconds: bench.at.microseconds - 60_000_000))
        #expect(bench.take("t", #"[{"n":"t","v":1,"must_":2}]"#).rejections.map(\.reason) == [.malformed])
    }

    @Test("degrees and minutes are degrees, negative where the device says south", arguments: [("3600.0", "N", 360_000_000), ("3330.0", "S", -335_000_000), ("12010.404", "N", 1_201_734_000)] as [(String, String, Int64)])
    func degrees(text: String, side: String, scaled: Int64) throws {
        var bench = try bench("  - {topic: t, format: csv, outputs: [{kind: behaviour.location.longitude, path: \"[0]\", degrees_minutes: true, negative_when: {\"[1]\": S}}]}")
        #expect(bench.take("t", "\(text),\(side)").readings.map(\.value) == [.number(scaled: scaled)])
    }

    @Test("bits of a hexadecimal word are flags of their own")
    func bits() throws {
        var bench = try bench("  - {topic: t, format: text, outputs: [{kind: safety.sos, path: \"@text\", radix: 16, bits: 16, meaning: momentary, map: {1: pressed, 0: ignore}}, {kind: behaviour.worn, path: \"@text\", radix: 16, bits: 20}]}")
        #expect(bench.take("t", "00110000").readings.map(\.value) == [.code("pressed"), .flag(true)])
        #expect(bench.take("t", "0x00000000").readings.map(\.value) == [.flag(false)])
        #expect(bench.take("t", "word").rejections.map(\.reason) == [.wrongType])
    }

    @Test("a fallback counts only where nothing gave the kind; a sentinel gave nothing")
    func fallback() throws {
        var bench = try bench("  - {topic: t, outputs: [{kind: env.temperature, path: c, sentinels: [-127]}, {kind: env.temperature, path: f, unit: \"[degF]\", fallback: true}]}")
        #expect(bench.take("t", #"{"c":20,"f":68}"#).readings.count == 1)
        #expect(bench.take("t", #"{"f":68}"#).readings.map(\.value) == [.number(scaled: 2_000)])
        #expect(bench.take("t", #"{"c":-127,"f":68}"#).readings.map(\.quality) == [.sentinel, []])
    }

    @Test("an unreadable message is told, a meaningless one is not")
    func disuse() throws {
        var bench = try bench("""
          - {topic: t, when: {k: e}, unreadable: its key is not known}
          - {topic: t, when: {k: n}, meaningless: true}
          - {topic: t, outputs: [{kind: device.battery, path: b}]}
        """)
        #expect(bench.take("t", #"{"k":"e","b":1}"#).rejections.map(\.text) == ["its key is not known"])
        #expect(bench.take("t", #"{"k":"n","b":1}"#).isEmpty)
        #expect(bench.take("t", #"{"k":"x","b":1}"#).readings.count == 1)
    }

    @Test("samples without a rate are kept and marked")
    func waveform() throws {
        var bench = try bench("  - {topic: t, outputs: [{kind: signal.waveform, waveform: {signal: ecg, unit: mV, samples: s, factor: 0.5, origin: -1, rate_hz: r}}]}")
        #expect(bench.take("t", #"{"s":[2,4],"r":250}"#).readings.map(\.value) == [.waveform(samples: [0, 10_000], factorMillionths: 100, rateMillihertz: 250_000, signal: "ecg")])
        #expect(bench.take("t", #"{"s":"2 E 4"}"#).readings.map(\.quality) == [[.sentinel, .rateUnknown]])
    }

    @Test("a LoRaWAN profile reads the same bytes from every network server")
    func networks() throws {
        let book = try Shelf.book("""
        profile: test-device
        language: 2
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        network: lorawan
        messages:
          - uplink: true
            when: {"%port": 7}
            decode: [{name: b, path: "%data", from: "%encoding", as: struct, fields: [{name: v, at: 0, read: u8}]}]
            outputs: [{kind: device.battery, path: "@b.v"}, {kind: device.rssi, path: "%rssi"}]
        """)
        var bench = Bench(book, [("deveui:70b3d5ffff000007", "test-device")])
        let eui = "70B3D5FFFF000007"
        let found = [
            bench.take("application/a/device/\(eui.lowercased())/event/up", #"{"deduplicationId":"1","deviceInfo":{"devEui":"\#(eui.lowercased())"},"fPort":7,"fCnt":1,"data":"Kg==","rxInfo":[{"rssi":-90},{"rssi":-50}]}"#),
            bench.take("v3/a@t/devices/x/up", #"{"end_device_ids":{"dev_eui":"\#(eui)"},"uplink_message":{"f_port":7,"f_cnt":2,"frm_payload":"Kg==","rx_metadata":[{"rssi":-50}]}}"#),
            bench.take("loriot/\(eui)", #"{"cmd":"rx","EUI":"\#(eui)","port":7,"fcnt":3,"data":"2A","rssi":-50}"#),
            bench.take("thingpark/\(eui)", #"{"DevEUI_uplink":{"DevEUI":"\#(eui)","FPort":"7","FCntUp":"4","payload_hex":"2a","LrrRSSI":"-50"}}"#),
        ]
        for decoded in found { #expect(decoded.readings.map(\.value) == [.number(scaled: 420), .number(scaled: -500)]) }
        #expect(found.map { $0.readings.first?.sequence } == [1, 2, 3, 4])
        let simulated = bench.take("v3/a@t/devices/x/up", #"{"simulated":true,"end_device_ids":{"dev_eui":"\#(eui)"},"uplink_message":{"f_port":7,"f_cnt":5,"frm_payload":"Kg=="}}"#)
        #expect(simulated.readings.map(\.quality) == [.test])
    }

    @Test("Sparkplug's aliases have the names of the newest birth, through a checkpoint too")
    func sparkplug() throws {
        var names = SparkplugNames()
        func tree(_ json: String) throws -> ValueTree {
            var tree = ValueTree()
            try JSONReader.read(Array(json.utf8), into: &tree, limits: .message)
            return tree
        }
        var birth = try tree(#"{"metrics":[{"name":"Pulse","alias":3,"value":60}]}"#)
        names.resolve("spBv1.0/g/DBIRTH/n/d", &birth, fixed: [])
        var writer = ByteWriter()
        names.write(to: &writer)
        var reader = ByteReader(writer.bytes)
        var again = try SparkplugNames(from: &reader)
        #expect(again == names)
        var data = try tree(#"{"metrics":[{"alias":3,"value":61},{"alias":4,"value":1}]}"#)
        again.resolve("spBv1.0/g/DDATA/n/d", &data, fixed: [(4, Array("Guess".utf8))])
        #expect(data.value(0)["metrics"]?.items?.map { $0["name"]?.text } == ["Pulse", nil])
        var death = try tree("{}")
        again.resolve("spBv1.0/g/NDEATH/n", &death, fixed: [])
        var later = try tree(#"{"metrics":[{"alias":3,"value":61},{"alias":4,"value":1}]}"#)
        again.resolve("spBv1.0/g/DDATA/n/d", &later, fixed: [(4, Array("Fixed".utf8))])
        #expect(later.value(0)["metrics"]?.items?.map { $0["name"]?.text } == [nil, "Fixed"])
    }

    @Test("an announcement for Home Assistant proposes the profile of its model, and is never a reading")
    func discovery() throws {
        var bench = Bench(try Shelf.book(), [])
        let topic = "homeassistant/binary_sensor/0x00158d00aabbccdd/contact/config"
        let decoded = bench.take(topic, #"{"device":{"identifiers":["zigbee2mqtt_0x00158d00aabbccdd"],"model_id":"MCCGQ11LM"},"payload_on":false,"value_template":"{{ value_json.contact }}"}"#, isRetained: true)
        #expect(decoded.readings.isEmpty && decoded.rejections.isEmpty)
        #expect(decoded.sightings.map(\.candidates) == [["aqara-mccgq11lm"]])
        #expect(decoded.sightings.map(\.device?.text) == ["ieee:0x00158d00aabbccdd"])
        #expect(bench.take(topic, #"{"device":{"model_id":"NOBODY-1"}}"#).isEmpty)
        #expect(bench.take(topic, "", isRetained: true).isEmpty)
    }

    @Test("without a known model the topic of the announced state says which profiles could read it; a bound device is proposed no more", arguments: [
        #"{"state_topic":"bath/binary_sensor/fall_detected/state","device":{"identifiers":["aa"],"model":"own board"}}"#,
        #"{"~":"bath/binary_sensor/fall_detected","stat_t":"~/state","dev":{"ids":"aa"},"val_tpl":"{{ now() }}"}"#,
        #"{"dev":{"ids":["aa"]},"cmps":{"f":{"p":"binary_sensor","stat_t":"bath/binary_sensor/fall_detected/state"}}}"#,
    ])
    func discoveryByTopic(payload: String) throws {
        let book = try Shelf.book(), topic = "homeassistant/binary_sensor/bath/fall/config"
        var bench = Bench(book, [])
        let sighting = try #require(bench.take(topic, payload, isRetained: true).sightings.first)
        #expect(sighting.candidates.contains("esphome-generic"))
        #expect(sighting.why == .unregistered)
        let device = try #require(sighting.device)
        var bound = Bench(book, [(device.text, "esphome-generic")])
        #expect(bound.take(topic, payload, isRetained: true).isEmpty)
        let found = bound.take("bath/binary_sensor/fall_detected/state", "ON").readings
        #expect(found.map(\.binding) == [0], "the announced name is the one under which the profile finds the device")
    }

    @Test("the hub hears announcements, apart from what saves lives")
    func discoveryIsHeard() throws {
        let heard = try Shelf.book().subscriptions.filter { $0.filter.hasPrefix("homeassistant/") && $0.filter.hasSuffix("/config") }
        #expect(heard.map(\.filter) == ["homeassistant/+/+/+/config", "homeassistant/+/+/config"])
        #expect(heard.allSatisfy { $0.link == .telemetry })
    }

    static let remembering = """
    profile: test-device
    language: 2
    title: {zh-CN: 试, en: test}
    transport_delay_seconds_max: 5
    device: "topic:{id}"
    messages:
      - topic: "r/{id}/hello"
        remember: {firmware: fw, power: power.cable}
        outputs: [{kind: device.restarted, value: true, meaning: momentary}]
      - topic: "r/{id}/state"
        remember: {power: power.cable}
        outputs:
          - {kind: behaviour.presence, path: p, map: {0: false, 1: true}, when: {"@told.firmware": {from_version: "1.0.2"}}}
          - {kind: behaviour.presence, path: p, map: {1: false, 0: true}, when: {"@told.firmware": {before_version: "1.0.2"}}}
          - {kind: behaviour.presence, path: p, map: {0: false, 1: true}, when: {"@told.firmware": {present: false}}, quality: {polarity_unknown: always}}
          - {kind: device.battery, path: b, quality: {external_power: {"@told.power": true}}}
    """

    @Test("one profile reads the firmwares of a model apart, by what the device told before", arguments: [
        ("v1.0.1", false), ("1.0.2", true), ("V1.0.10-beta", true), ("0.9", false), ("2", true),
    ])
    func firmware(version: String, isPresent: Bool) throws {
        var bench = Bench(try Shelf.book(Self.remembering), [("topic:a", "test-device"), ("topic:b", "test-device")])
        #expect(bench.take("r/a/state", #"{"p":1}"#).readings.map(\.quality) == [.polarityUnknown])
        bench.take("r/a/hello", #"{"fw":"\#(version)"}"#)
        let found = bench.take("r/a/state", #"{"p":1}"#).readings
        #expect(found.map(\.value) == [.flag(isPresent)])
        #expect(found.map(\.quality) == [[]])
        #expect(bench.take("r/b/state", #"{"p":1}"#).readings.map(\.quality) == [.polarityUnknown], "another device has told nothing")
        var reader = ByteReader(bench.stateBytes)
        bench.decoding = try Decoding(from: &reader)
        #expect(bench.take("r/a/state", #"{"p":1}"#).readings.map(\.value) == [.flag(isPresent)], "after a restart too")
    }

    @Test("what a message leaves out counts as it was told last, until it is told otherwise or taken back")
    func overlay() throws {
        var bench = Bench(try Shelf.book(Self.remembering), [("topic:a", "test-device")])
        func battery(_ payload: String) -> [Quality] { bench.take("r/a/state", payload).readings.map(\.quality) }
        #expect(battery(#"{"b":40}"#) == [[]])
        #expect(battery(#"{"b":0,"power":{"cable":true}}"#) == [.externalPower])
        #expect(battery(#"{"b":0}"#) == [.externalPower])
        #expect(battery(#"{"b":40,"power":{"cable":false}}"#) == [[]])
        bench.take("r/a/hello", #"{"power":{"cable":true}}"#)
        #expect(battery(#"{"b":0}"#) == [.externalPower])
        #expect(battery(#"{"b":40,"power":{"cable":null}}"#) == [[]])
    }

    @Test("what is remembered is bounded, and only what is remembered can be asked for")
    func rememberingLimits() throws {
        var bench = Bench(try Shelf.book(Self.remembering), [("topic:a", "test-device")])
        bench.take("r/a/hello", #"{"fw":"1.\#(String(repeating: "0", count: Limits.identifierBytesMax))"}"#)
        #expect(bench.take("r/a/state", #"{"p":1}"#).readings.map(\.quality) == [.polarityUnknown])
        let unknown = try Shelf.problems(Self.remembering.replacing("@told.power", with: "@told.cable"))
        #expect(unknown.map(\.code) == ["profile.bad_path"])
        let number = try Shelf.problems(Self.remembering.replacing(#"from_version: "1.0.2""#, with: "from_version: newest"))
        #expect(number.map(\.code).first == "config.wrong_type")
        func names(_ count: Int) -> String { "remember: {" + (0..<count).map { "n\($0): x" }.joined(separator: ", ") + ", firmware: fw, power: p}" }
        for (count, isFine) in [(Told.max - 2, true), (Told.max - 1, false)] {
            let problems = try Shelf.problems(Self.remembering.replacing("remember: {firmware: fw, power: power.cable}", with: names(count)))
            #expect(problems.isEmpty == isFine)
        }
    }

    @Test("a confirmation and a cancellation name what they mean by fields of their own")
    func links() throws {
        let yaml = """
        profile: test-device
        language: 2
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        device: "topic:{id}"
        messages:
          - topic: "f/{id}"
            episode: n
            outputs:
              - {kind: safety.fall, path: k, meaning: episode, map: {fall: suspected, sure: confirmed, fine: cleared}, confirms: of, cancels: undo.n}
        """
        var bench = Bench(try Shelf.book(yaml), [("topic:a", "test-device")])
        func episode(_ payload: String) -> [String?] { bench.take("f/a", payload).readings.map(\.episode) }
        #expect(episode(#"{"k":"fall","n":7,"of":1,"undo":{"n":2}}"#) == ["7"])
        #expect(episode(#"{"k":"sure","n":8,"of":7,"undo":{"n":2}}"#) == ["7"])
        #expect(episode(#"{"k":"fine","n":9,"of":1,"undo":{"n":7}}"#) == ["7"])
        #expect(episode(#"{"k":"fine","n":10}"#) == ["10"], "without the field its own name counts")
        let wrong = try Shelf.problems(yaml.replacing("kind: safety.fall, path: k, meaning: episode, map: {fall: suspected, sure: confirmed, fine: cleared}", with: "kind: vital.heart_rate, path: k"))
        #expect(wrong.map(\.code) == ["profile.no_end"])
    }

    @Test("Homie's descriptions give units and the root whose state explains its children")
    func homie() throws {
        var bench = Bench(try Shelf.book(), [("topic:homie/hub", "homie-5"), ("topic:homie/bed", "homie-5")])
        bench.take("homie/5/bed/$description", #"{"homie":"5.0","root":"hub","parent":"hub","nodes":{"n":{"properties":{"temperature":{"unit":"°F"}}}}}"#, isRetained: true)
        let found = try #require(bench.take("homie/5/bed/n/temperature", "68").readings.first)
        #expect(found.value == .number(scaled: 2_000))
        #expect(found.parent == 0)
        #expect(bench.take("homie/5/hub/$state", "lost").readings.map(\.parent) == [nil])
        var reader = ByteReader(bench.stateBytes)
        bench.decoding = try Decoding(from: &reader)
        #expect(bench.take("homie/5/bed/n/temperature", "68").readings.map(\.value) == [.number(scaled: 2_000)])
        // Described anew, the unit is gone; removed, so is the root.
        bench.take("homie/5/bed/$description", #"{"root":"hub","nodes":{}}"#)
        #expect(bench.take("homie/5/bed/n/temperature", "20").readings.map(\.value) == [.number(scaled: 2_000)])
        bench.take("homie/5/bed/$description", "")
        #expect(bench.take("homie/5/bed/n/temperature", "20").readings.map(\.parent) == [nil])
    }

    @Test("of Homie's devices and units only so many are remembered")
    func homieLimits() throws {
        var names = HomieNames()
        for k in 0...HomieNames.devicesMax { try names.absorb("homie/5/d\(k)/$description", Array(#"{"root":"r"}"#.utf8)) }
        #expect(names.devices.count == HomieNames.devicesMax)
        #expect(names.told("homie/5/d0/n/p").isEmpty)
        #expect(names.told("homie/5/d1/n/p") == [Told(name: "root", text: "r")])
        for k in 0...HomieNames.unitsMax { try names.absorb("homie/old/n/p\(k)/$unit", Array("V".utf8)) }
        #expect(names.told("homie/old/n/p\(HomieNames.unitsMax - 1)") == [Told(name: "unit", text: "V")])
        #expect(names.told("homie/old/n/p\(HomieNames.unitsMax)").isEmpty)
    }
}
