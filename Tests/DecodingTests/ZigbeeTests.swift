import CareModel
import Testing
@testable import Decoding

@Suite("zigbee2mqtt")
struct ZigbeeTests {
    static let address = "0x84fd27fffe5a1b42"

    func list(_ name: String, _ address: String = address, model: String = "TS0215A_sos") -> String {
        #"[{"ieee_address":"0x00124b0000000001","type":"Coordinator","friendly_name":"Coordinator","definition":null},{"ieee_address":"\#(address)","friendly_name":"\#(name)","definition":{"model":"\#(model)"}}]"#
    }

    func bench(_ device: String, _ profile: String = "tuya-ts0215a") throws -> Bench { Bench(try Shelf.book(), [(device, profile)]) }

    @Test("a device bound by its address is known under the name that zigbee2mqtt gives it, slashes included")
    func byAddress() throws {
        var bench = try bench("ieee:" + Self.address)
        #expect(bench.take("zigbee2mqtt/bridge/devices", list("3/bed/sos"), isRetained: true).isEmpty)
        let decoded = bench.take("zigbee2mqtt/3/bed/sos", #"{"action":"emergency"}"#)
        #expect(decoded.readings.map(\.binding) == [0])
        #expect(decoded.readings.map(\.device) == [DeviceID("ieee:" + Self.address)])
        #expect(decoded.sightings.isEmpty)
    }

    @Test("after a rename the device is known under its new name and no longer under the old")
    func rename() throws {
        var bench = try bench("ieee:" + Self.address)
        bench.take("zigbee2mqtt/bridge/devices", list("old"))
        #expect(bench.take("zigbee2mqtt/old", #"{"action":"emergency"}"#).readings.map(\.binding) == [0])
        bench.take("zigbee2mqtt/bridge/devices", list("new"))
        #expect(bench.take("zigbee2mqtt/new", #"{"action":"emergency"}"#).readings.map(\.binding) == [0])
        #expect(bench.take("zigbee2mqtt/old", #"{"action":"emergency"}"#).readings.map(\.binding) == [nil])
    }

    @Test("a device may be bound by its topic, before and after its address is known")
    func byTopic() throws {
        var bench = try bench("topic:zigbee2mqtt/Hall_SOS")
        #expect(bench.take("zigbee2mqtt/Hall_SOS", #"{"action":"emergency"}"#).readings.map(\.binding) == [0])
        bench.take("zigbee2mqtt/bridge/devices", list("Hall_SOS"))
        let decoded = bench.take("zigbee2mqtt/Hall_SOS", #"{"action":"emergency"}"#)
        #expect(decoded.readings.map(\.device) == [DeviceID("topic:zigbee2mqtt/Hall_SOS")])
    }

    @Test("without the list of names an SOS still passes, as that of an unknown device")
    func beforeTheList() throws {
        var bench = try bench("ieee:" + Self.address)
        let decoded = bench.take("zigbee2mqtt/bed", #"{"action":"emergency"}"#)
        #expect(decoded.readings.map(\.binding) == [nil])
        #expect(decoded.readings.map(\.kind) == [.sos])
    }

    @Test("cached levels come with each report, an action only when there is one")
    func cache() throws {
        var bench = try bench("ieee:" + Self.address, "feibit-fnb56-sos")
        bench.take("zigbee2mqtt/bridge/devices", list("p", model: "FNB56-SOS03FB1.5"))
        for _ in 0..<3 { #expect(bench.take("zigbee2mqtt/p", #"{"sos":true,"battery":50}"#).readings.map(\.kind) == [.sos, .battery]) }
        var button = try self.bench("topic:zigbee2mqtt/b")
        for payload in [#"{"action":"","battery":5}"#, #"{"action":null,"battery":5}"#, #"{"battery":5}"#] {
            #expect(button.take("zigbee2mqtt/b", payload).readings.map(\.kind) == [.battery])
        }
    }

    @Test("the model that zigbee2mqtt names decides between profiles that both fit")
    func model() throws {
        var bench = try bench("topic:elsewhere")
        bench.take("zigbee2mqtt/bridge/devices", list("k", model: "JTYJ-GD-01LM/BW"))
        let decoded = bench.take("zigbee2mqtt/k", #"{"smoke":true,"gas":false}"#)
        #expect(decoded.readings.map(\.kind) == [.smoke])
        #expect(decoded.sightings.map(\.candidates) == [["xiaomi-jtyj-gd-01lm"]])
    }

    @Test("zigbee2mqtt's own topics are neither readings nor sightings; a broken list is refused and the old one kept")
    func ownTopics() throws {
        var bench = try bench("ieee:" + Self.address)
        bench.take("zigbee2mqtt/bridge/devices", list("bed"))
        for topic in ["zigbee2mqtt/bridge/state", "zigbee2mqtt/bridge/logging", "zigbee2mqtt/bridge/info"] { #expect(bench.take(topic, #"{"state":"online"}"#).isEmpty) }
        #expect(bench.take("zigbee2mqtt/bridge/devices", "[{").rejections.map(\.reason) == [.truncated])
        #expect(bench.take("zigbee2mqtt/bridge/devices", "{}").rejections.map(\.reason) == [.malformed])
        #expect(bench.take("zigbee2mqtt/bridge/devices", "").isEmpty)
        #expect(bench.take("zigbee2mqtt/bed", #"{"action":"emergency"}"#).readings.map(\.binding) == [0])
    }

    @Test("the list of a large network is read although it is over the limit of device messages")
    func largeList() throws {
        var bench = try bench("ieee:" + Self.address)
        let exposes = String(repeating: #"{"type":"numeric","name":"x","access":1},"#, count: 3_000)
        let text = #"[{"ieee_address":"\#(Self.address)","friendly_name":"far","definition":{"exposes":[\#(exposes)null]}}]"#
        #expect(text.utf8.count > Limits.payloadBytesMax)
        #expect(bench.take("zigbee2mqtt/bridge/devices", text).isEmpty)
        #expect(bench.take("zigbee2mqtt/far", #"{"action":"emergency"}"#).readings.map(\.binding) == [0])
    }

    @Test("a device bound to another profile is refused, not read by guessing")
    func foreign() throws {
        var bench = try bench("topic:zigbee2mqtt/w", "generic-json-wearable")
        let decoded = bench.take("zigbee2mqtt/w", #"{"action":"emergency"}"#)
        #expect(decoded.readings.isEmpty)
        #expect(decoded.rejections.map(\.reason) == [.unsupportedFormat])
        #expect(decoded.rejections.map(\.binding) == [0])
    }
}
