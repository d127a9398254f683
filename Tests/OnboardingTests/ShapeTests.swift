import Assembly
import Foundation
import Testing

/// `vigil device new` over the forms in which devices write.
@Suite("A capture becomes a profile")
struct ShapeTests {
    struct Shape: CustomTestStringConvertible, Sendable {
        var name: String
        var capture: String
        /// Texts that stand in profile.yaml.
        var holds: [String]
        var testDescription: String { name }
    }

    private static let epoch = 1_795_334_400

    private static func cbor(_ members: [(String, Int)]) -> [UInt8] {
        var out: [UInt8] = [UInt8(0xA0 + members.count)]
        for (key, value) in members {
            out.append(UInt8(0x60 + key.utf8.count))
            out += Array(key.utf8)
            out += [0x18, UInt8(value)]
        }
        return out
    }

    private static func messagePack(_ members: [(String, Int)]) -> [UInt8] {
        var out: [UInt8] = [UInt8(0x80 + members.count)]
        for (key, value) in members {
            out.append(UInt8(0xA0 + key.utf8.count))
            out += Array(key.utf8)
            out += [0xCC, UInt8(value)]
        }
        return out
    }

    private static func cayenne(_ k: Int) -> [UInt8] {
        let plain: [UInt8] = [1, 0x67, 0, UInt8(200 + k), 2, 0x68, UInt8(90 + k)]
        let place: [UInt8] = [5, 0x88, 5, 0x76, 0x5F, 0xF2, 0x96, 0x0A, 0, 3, 0xE8]
        return k == 3 ? plain + place : plain
    }

    private static func table(_ k: Int) -> [UInt8] {
        let plain: [UInt8] = [0x10, 1, UInt8(70 + k), 0x20, 2, 3, UInt8(k)], more: [UInt8] = [0x30, 5, 1, 2, 3, 4, 5]
        return k == 2 ? plain + more : plain
    }

    static let shapes: [Shape] = [shape1, shape2, shape3, shape4, shape5, shape6, shape7, shape8, shape9, shape10, shape11,
        shape12, shape13, shape14, shape15, shape16, shape17, shape18, shape19, shape20, shape21, shape22, shape23, shape24, shape25]

    private static let shape1 = Shape(
        name: "flat JSON, the device in the topic",
        capture: Workbench.capture((0..<6).map { ("belts/BT-00417/vitals", #"{"heartRate":\#(70 + $0),"spO2":97,"battery":\#(90 - $0),"ts":\#((epoch + 60 * $0) * 1_000),"fallDetected":\#($0 == 3)}"#) }),
        holds: ["topic: \"belts/{device}/vitals\"", "device: \"topic:acme/{device}\"", "- {kind: vital.heart_rate, path: heartRate}", "- {kind: device.battery, path: battery}", "time: [{path: ts, format: epoch_ms}]", "# - {kind: safety.fall, path: fallDetected, meaning: latched"])
    private static let shape23 = Shape(
        name: "Cayenne LPP in frames of several lengths",
        capture: Workbench.capture(bytes: (0..<4).map { ("farm/s\(10 + $0 % 2)/up", cayenne($0)) }),
        holds: ["as: tlv", "- {channel: 1, type: 103, name: temperature_1, read: i16be}", "- {channel: 2, type: 104, name: humidity_2, read: u8}", "name: gps_5_latitude, at: 0, read: i24be",
            "# - {kind: env.temperature, path: \"@frame.temperature_1\", scale: 0.1}", "# - {kind: env.humidity, path: \"@frame.humidity_2\", scale: 0.5}"])
    private static let shape24 = Shape(
        name: "values behind their types and lengths",
        capture: Workbench.capture(bytes: (0..<4).map { ("belt/b\(10 + $0 % 2)/raw", table($0)) }),
        holds: ["header: type_length", "- {type: 16, name: t16, read: u8}", "- {type: 32, name: t32, read: u16be}", "- {type: 48, name: t48, read: hex, size: 5}"])
    private static let shape2 = Shape(
        name: "nested JSON, the device in the payload",
        capture: Workbench.capture((0..<4).map { ("clinic/report", #"{"mac":"F0:99:19:22:33:0\#($0 % 2)","r":{"bloodPressure":{"sys":\#(130 + $0),"dia":80}}}"#) }),
        holds: ["device: \"mac:{$.mac}\"", "kind: vital.bp.systolic, path: r.bloodPressure.sys", "kind: vital.bp.diastolic, path: r.bloodPressure.dia"])
    private static let shape3 = Shape(
        name: "a list of devices",
        capture: Workbench.capture((0..<3).map { ("hub/report", #"{"list":[{"addr":"c8fd19aa0001","rssi":-6\#($0),"humidity":40},{"addr":"c8fd19aa0002","rssi":-50,"humidity":41}]}"#) }),
        holds: ["- each: list", "device: \"mac:{addr}\"", "- {kind: device.rssi, path: rssi}", "- {kind: env.humidity, path: humidity}"])
    private static let shape4 = Shape(
        name: "a list of names and values",
        capture: Workbench.capture((0..<4).map { ("field/x99/m", #"[{"name":"humidity","value":4\#($0)},{"name":"heart_rate","value":70},{"name":"door","value":\#($0 % 2)}]"#) }),
        holds: ["- each: \"$\"", "kind: env.humidity, path: value, when: {name: humidity}", "# - {kind: behaviour.opening, path: value, when: {name: door}"])
    private static let shape5 = Shape(
        name: "an object whose keys are devices",
        capture: Workbench.capture((0..<3).map { ("tele/ble_a1b2/SENSOR", #"{"tags":{"a4c1380d4e11":{"Temperature":2\#($0).5,"Humidity":40},"a4c1380d4e12":{"Temperature":20.5,"Humidity":41}}}"#) }),
        holds: ["- each: tags", "{kind: env.humidity, path: Humidity}"])
    private static let shape6 = Shape(
        name: "bare texts on many topics",
        capture: Workbench.capture([("radarbox-12/heart_rate", "61"), ("radarbox-12/heart_rate", "64"), ("radarbox-12/presence", "ON"), ("radarbox-12/presence", "OFF"), ("radarbox-12/fall", "0"), ("radarbox-12/fall", "1")]),
        holds: ["topic: \"{device}/fall\"", "format: text", "- {kind: vital.heart_rate, path: \"@text\"}", "# - {kind: behaviour.presence, path: \"@text\", map: {\"ON\": true, \"OFF\": false}}", "kind: safety.fall, path: \"@text\", meaning: latched, map: {\"0\": cleared, \"1\": suspected}"])
    private static let shape7 = Shape(
        name: "values between commas", capture: Workbench.capture((0..<3).map { ("pulse/unit44", "\(70 + $0),97,36.5,OK") }),
        holds: ["format: csv", "when: {\"[1]\": {present: true}}", "UNKNOWN  [0]: number written as text, in 3 of 3, 70…72, 2 changes"])
    private static let shape8 = Shape(
        name: "names and values between semicolons", capture: Workbench.capture((0..<3).map { ("pulse/unit44", "HR=\(70 + $0);SPO2=97;BATTERY=80") }),
        holds: ["separator: \";\"", "as: csv, separator: \"=\"", "{kind: vital.spo2, path: \"@inner2[1]\"}"])
    private static let shape9 = Shape(
        name: "hexadecimal digits", capture: Workbench.capture((0..<3).map { ("rf/a1b2c3/raw", "0\($0)64ff4b00") }),
        holds: ["format: hex", "as: struct", "- {name: b0, at: 0, read: u8}   # 0…2, 2 changes"])
    private static let shape10 = Shape(
        name: "base64", capture: Workbench.capture((0..<3).map { ("rf/a1b2c3/raw", Data([UInt8($0), 100, 200, 7, 255]).base64EncodedString()) }),
        holds: ["format: base64", "- {name: b2, at: 2, read: u8}   # always 200"])
    private static let shape11 = Shape(
        name: "bytes, sorts by their length", capture: Workbench.capture(bytes: [("rf/a1b2c3/raw", [0xAA, 1, 200, 70]), ("rf/a1b2c3/raw", [0xAA, 2, 200, 71]), ("rf/a1b2c3/raw", [0xAB, 0xFE])]),
        holds: ["format: bytes", "when: {\"@length\": 2}", "when: {\"@length\": 4}"])
    private static let shape12 = Shape(
        name: "CBOR", capture: Workbench.capture(bytes: (0..<3).map { ("w/c44x1/up", cbor([("heart_rate", 70 + $0), ("battery", 60)])) }),
        holds: ["format: cbor", "- {kind: vital.heart_rate, path: heart_rate}"])
    private static let shape13 = Shape(
        name: "MessagePack", capture: Workbench.capture(bytes: (0..<3).map { ("w/c44x1/up", messagePack([("heart_rate", 130 + $0), ("battery", 60)])) }),
        holds: ["format: msgpack", "- {kind: vital.heart_rate, path: heart_rate}"])
    private static let shape14 = Shape(
        name: "SenML",
        capture: Workbench.capture((0..<3).map { ("plant/n12/senml", #"[{"bn":"dev:77aa:","bt":\#(epoch + 60 * $0),"n":"humidity","u":"%RH","v":4\#($0)},{"n":"leak","vb":\#($0 == 2)}]"#) }),
        holds: ["format: senml", "- each: \"$\"", "when: {\"n\": humidity}"])
    private static let shape15 = Shape(
        name: "zigbee2mqtt",
        capture: Workbench.capture((0..<3).map { ("zigbee2mqtt/bedroom 2", #"{"battery":90,"linkquality":10\#($0),"sos":\#($0 == 1)}"#) }),
        holds: ["adapter: zigbee2mqtt", "topic: \"zigbee2mqtt/{name...}\"", "- {kind: device.link_quality, path: linkquality}", "# - {kind: safety.sos, path: sos, meaning: latched, map: {\"false\": cleared, \"true\": pressed}}"])
    private static let shape16 = Shape(
        name: "LoRaWAN with a codec on the server",
        capture: Workbench.capture((0..<3).map { ("application/7/device/24e124aabbccdd01/event/up", #"{"deviceInfo":{"devEui":"24e124aabbccdd01"},"time":"2026-11-22T08:0\#($0):00Z","fCnt":\#($0),"fPort":5,"data":"AQID","object":{"humidity":4\#($0),"button":"short"},"rxInfo":[{"rssi":-80}]}"#) }),
        holds: ["network: lorawan", "uplink: true", "when: {\"%port\": 5}", "- {kind: env.humidity, path: \"%object.humidity\"}", "# - {kind: safety.call_button, path: \"%object.button\""])
    private static let shape17 = Shape(
        name: "LoRaWAN bytes",
        capture: Workbench.capture((0..<3).map { ("v3/app@t/devices/eui-70b3d57ed0001234/up", #"{"end_device_ids":{"dev_eui":"70B3D57ED0001234"},"received_at":"2026-11-22T08:0\#($0):00Z","uplink_message":{"f_port":2,"f_cnt":\#($0),"frm_payload":"AQI\#($0 == 0 ? "D" : $0 == 1 ? "E" : "F")","rx_metadata":[{"rssi":-70}]}}"#) }),
        holds: ["path: \"%data\"", "from: \"%encoding\"", "length: 3", "- {name: b2, at: 2, read: u8}   # 3…5, 2 changes"])
    private static let shape18 = Shape(
        name: "sorts told apart by a field",
        capture: Workbench.capture((0..<6).map { ("acme/hub1/ev", $0 % 2 == 0 ? #"{"id":"P-0010","type":"vitals","hr":\#(70 + $0)}"# : #"{"id":"P-0010","type":"press","button":"long"}"#) }),
        holds: ["when: {type: \"vitals\"}", "when: {type: \"press\"}", "device: \"topic:acme/{$.id}\"", "# - {kind: safety.call_button, path: button, meaning: momentary, map: {long: long}}"])
    private static let shape19 = Shape(
        name: "JSON inside a text",
        capture: Workbench.capture((0..<3).map { ("p/report", #"{"imei":"861234567890456","body":"{\"heart_rate\":\#(70 + $0)}"}"#) }),
        holds: ["as: json, optional: true", "device: \"imei:{$.imei}\"", "- {kind: vital.heart_rate, path: \"@inner1.heart_rate\"}"])
    private static let shape20 = Shape(
        name: "samples of a waveform",
        capture: Workbench.capture((0..<2).map { ("e/ecg-board-71/chunk", #"{"ecg":[1.0,1.1,1.2,1.3,1.\#($0)]}"#) }),
        holds: ["# - {kind: signal.waveform, waveform: {signal: ecg, unit: mV, samples: ecg, rate_hz: 100}}"])
    private static let shape21 = Shape(
        name: "odd keys and topics", capture: Workbench.capture([("a b/ö™/{x}", #"{"a.b":1,"":2,"q\"q":4,"$y":5,"湿度":41}"#), ("a b/ö™/{x}", #"{"a.b":2,"湿度":42}"#)]),
        holds: ["{kind: env.humidity, path: \"湿度\"}", "UNKNOWN  \"a.b\""])
    private static let shape22 = Shape(name: "one word", capture: Workbench.capture([("x", #"{"evento":"queda_grave"}"#)]), holds: ["# - {kind: safety.fall, path: evento, meaning: momentary, map: {queda_grave: suspected}}"])

    private static let shape25 = Shape(
        name: "a nurse call", capture: Workbench.capture((0..<4).map { ("nursa/NX-20417/call", #"{"serial":"NX-20417","call":"\#($0 % 2 == 0 ? "pressed" : "released")"}"#) }),
        holds: ["# - {kind: safety.sos, path: call, meaning: latched, map: {pressed: pressed, released: cleared}}", "# - {kind: safety.call_button, path: call, meaning: momentary, map: {pressed: pressed, released: ignore}}"])

    @Test("every form gives a profile that the loader takes, with samples that agree and one that is refused", arguments: shapes)
    func shape(_ shape: Shape) throws {
        let bench = try Workbench()
        let scaffold = try bench.new("acme-b7", shape.capture)
        #expect(scaffold.isWritten, "\(scaffold.report)")
        let yaml = try bench.text("acme-b7/profile.yaml")
        for text in shape.holds { #expect(yaml.contains(text), "\(text)\n\(yaml)") }
        let test = try bench.test("acme-b7")
        #expect(test.isPassed, "\(test.lines.joined(separator: "\n"))\n\(yaml)")
    }

    @Test("the same capture gives the same bytes", arguments: shapes.prefix(4))
    func deterministic(_ shape: Shape) throws {
        let first = try Workbench(), second = try Workbench()
        try first.new("acme-b7", shape.capture)
        try second.new("acme-b7", shape.capture)
        for file in ["profile.yaml", "samples/good.jsonl", "samples/bad.jsonl", "SOURCE.md"] { #expect(try first.text("acme-b7/" + file) == second.text("acme-b7/" + file)) }
    }

    @Test("no safety kind is ever active before a person has made it so", arguments: shapes)
    func neverSure(_ shape: Shape) throws {
        let bench = try Workbench()
        try bench.new("acme-b7", shape.capture)
        for line in try bench.text("acme-b7/profile.yaml").split(separator: "\n") where line.contains("kind: safety.") { #expect(line.drop { $0 == " " }.hasPrefix("#"), "\(line)") }
    }
}
