import Foundation
import Testing

extension Integration {
    @Suite(.serialized, .timeLimit(.minutes(3))) struct ShippedTests {
        /// What each safety device of the shipped homes.yaml publishes, and what must come of it.
        struct Case {
            var name: String
            var account: String
            var topic: String
            var payload: String
            var kind: String
            var device: String
        }

        /// zigbee2mqtt's list of devices: friendly name, address and model of each.
        static let zigbee: [(name: String, address: String, model: String)] = [
            ("hai-3-201/bed_sos", "0x00158d0009a1b201", "TS0215A_sos"), ("hai-3-201/kitchen_smoke", "0x00158d0009a1b202", "JTYJ-GD-01LM/BW"),
            ("hai-3-201/kitchen_gas", "0x00158d0009a1b203", "HS1CG-E"), ("hai-3-201/boiler_co", "0x00158d0009a1b204", "HS1CA-M"),
            ("hai-3-201/bath_leak", "0x00158d0009a1b205", "SJCGQ11LM"), ("yu-village-17/pendant", "0x00158d0009a1b211", "FNB56-SOS03FB1.5"),
        ]

        static var bridge: String {
            let entries = zigbee.map {
                "{\"ieee_address\":\"\($0.address)\",\"type\":\"EndDevice\",\"friendly_name\":\"\($0.name)\",\"supported\":true,\"definition\":{\"model\":\"\($0.model)\",\"vendor\":\"x\",\"exposes\":[]}}"
            }
            return "[{\"ieee_address\":\"0x00124b0000c0ffee\",\"type\":\"Coordinator\",\"friendly_name\":\"Coordinator\",\"definition\":null}," + entries.joined(separator: ",") + "]"
        }

        static let cases: [Case] = {
            let z = "zigbee2mqtt"
            let up = "{\"deduplicationId\":\"0a7c6a7e-5f10-4d5a-9a51-0000000000f2\",\"deviceInfo\":{\"applicationId\":\"0c5b5f0e-91a4-4e0e-9f57-2f7c3d1a0b11\",\"deviceName\":\"yard\",\"devEui\":\"24e124000000a117\"},\"fCnt\":7,\"fPort\":85,\"data\":\"/y4C\"}"
            return [
                Case(name: "SOS button", account: z, topic: "\(z)/hai-3-201/bed_sos", payload: "{\"action\":\"emergency\",\"battery\":91,\"linkquality\":104,\"voltage\":2950}", kind: "safety.sos", device: "ieee:0x00158d0009a1b201"),
                Case(name: "latched SOS", account: z, topic: "\(z)/yu-village-17/pendant", payload: "{\"battery\":77,\"battery_low\":false,\"linkquality\":59,\"sos\":true,\"tamper\":false}", kind: "safety.sos", device: "ieee:0x00158d0009a1b211"),
                Case(name: "smoke", account: z, topic: "\(z)/hai-3-201/kitchen_smoke", payload: "{\"smoke\":true,\"battery\":94,\"battery_low\":false,\"linkquality\":84}", kind: "safety.smoke", device: "ieee:0x00158d0009a1b202"),
                Case(name: "gas", account: z, topic: "\(z)/hai-3-201/kitchen_gas", payload: "{\"gas\":true,\"battery\":94,\"linkquality\":84}", kind: "safety.gas", device: "ieee:0x00158d0009a1b203"),
                Case(name: "carbon monoxide", account: z, topic: "\(z)/hai-3-201/boiler_co", payload: "{\"carbon_monoxide\":true,\"battery\":94,\"linkquality\":84}", kind: "safety.co", device: "ieee:0x00158d0009a1b204"),
                Case(name: "water leak", account: z, topic: "\(z)/hai-3-201/bath_leak", payload: "{\"water_leak\":true,\"battery\":94,\"linkquality\":84}", kind: "safety.water_leak", device: "ieee:0x00158d0009a1b205"),
                Case(name: "watch fall", account: "iMEDE_watch", topic: "iMEDE_watch/fallDown", payload: "{\"status\":\"FALL DOWN\",\"location\":{},\"IMEI\":\"860000000000017\"}", kind: "safety.fall", device: "imei:860000000000017"),
                Case(name: "radar fall", account: "devices", topic: "hai-3-201-bathroom/binary_sensor/fall_detected/state", payload: "ON", kind: "safety.fall", device: "topic:hai-3-201-bathroom"),
                Case(name: "call button", account: "application", topic: "application/0c5b5f0e-91a4-4e0e-9f57-2f7c3d1a0b11/device/24e124000000a117/event/up", payload: up, kind: "safety.call_button", device: "deveui:24e124000000a117"),
                Case(name: "watch SOS", account: "iMEDE_watch", topic: "iMEDE_watch/sos", payload: "{\"status\":\"SOS\",\"location\":{},\"IMEI\":\"860000000000017\"}", kind: "safety.sos", device: "imei:860000000000017"),
            ]
        }()

        @Test("with the shipped configuration each safety device's message gives one incident in the embedded queue and one upstream")
        func everySafetyDevice() async throws {
            for profiles in [ShippedTests.cases.filter { $0.name != "watch SOS" && $0.name != "radar fall" }, ShippedTests.cases.filter { $0.name == "watch SOS" || $0.name == "radar fall" }] {
                let hub = try HubProcess()
                try await hub.start()
                let station = hub.consumer(), upstream = try hub.subscriber()
                try await hub.publish("zigbee2mqtt", "zigbee2mqtt/bridge/devices", ShippedTests.bridge, isRetained: true)
                var slowest: Int64 = 0
                for one in profiles {
                    let begun = microseconds()
                    try await hub.publish(one.account, one.topic, one.payload)
                    let came = try await eventually(seconds: 5) {
                        station.incidents.contains { ShippedTests.isOf(one, $0) } && upstream.incidents.contains { ShippedTests.isOf(one, $0.incident) }
                    }
                    slowest = max(slowest, microseconds() - begun)
                    #expect(came, "\(one.name): station \(station.incidents.map(\.kind)), upstream \(upstream.incidents.map(\.incident.kind))\n\(hub.log.suffix(1_500))")
                }
                // One each: as many beginnings as messages, in both queues.
                let begunAt = station.incidents.filter { $0.phase == "start" && $0.kind.hasPrefix("safety.") }
                #expect(begunAt.count == profiles.count, "\(begunAt.map { "\($0.id) \($0.kind)" })")
                #expect(Set(begunAt.map(\.id)).count == begunAt.count)
                let sent = upstream.incidents.map(\.incident).filter { $0.phase == "start" && $0.kind.hasPrefix("safety.") }
                #expect(Set(sent.map(\.id)) == Set(begunAt.map(\.id)))
                #expect(sent.count == begunAt.count)
                #expect(station.faults.isEmpty, "\(station.faults)")
                figure("shipped configuration: \(profiles.count) safety messages, slowest from before mosquitto_pub to both queues \(milliseconds(slowest))")
                try await station.stop()
                try await upstream.stop()
                try await hub.stop()
            }
        }

        static func isOf(_ one: Case, _ incident: IncidentView) -> Bool {
            incident.kind == one.kind && incident.phase == "start" && incident.evidence.contains { $0.device == one.device }
        }
    }
}
