import Foundation
import Glibc
import Simulation
import Testing

extension Integration {
    @Suite("A reload", .serialized, .timeLimit(.minutes(3))) struct ReloadTests {
        @Test("SIGHUP moves a queue with what it had not delivered, adds one, changes accounts and sounder, and says what needs a restart")
        func reload() async throws {
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: 8, seed: 1))
            defer { hub.kill9(); hub.endBroker(SIGKILL) }
            try await hub.start()
            let station = hub.consumer()
            let generator = try Generator(hub: hub, residents: 8, background: 0, record: hub.folder + "/acknowledged")
            func isTold(_ home: String) async throws -> Bool { try await eventually(seconds: 15) { station.incidents.contains { $0.home == home && $0.kind == "safety.sos" } } }

            // Nobody subscribes, so the first press waits for its receiver upstream.
            generator.press(0, "safety.sos")
            #expect(try await isTold(homeName(0)))
            try change(hub, "care-network.yaml", "channel: mqtt\n", "channel: mqtt\n    settings: {topic: care/moved/incidents}\n")
            try change(hub, "hub.yaml", "topic: care/sounder/station", "topic: care/sounder/hall")
            try change(hub, "hub.yaml", "\nbroker:\n", "\nbroker:\n  accounts:\n    - {user: bridge, topics: [\"zigbee2mqtt/#\"]}\n")
            try await reload(hub, times: 1)
            let moved = try MosquittoSubscriber(port: hub.brokerPort, user: "care", password: try hub.password("care"), topic: "care/moved/incidents", log: hub.folder + "/sub.log")
            #expect(try await eventually(seconds: 15) { moved.incidents.contains { $0.incident.home == homeName(0) } }, "what waited did not follow the queue\n\(hub.log.suffix(1_000))")

            // An account that was not there when the broker was started.
            try await hub.publish("bridge", "zigbee2mqtt/\(homeName(1))/bed_sos", "{\"action\":\"emergency\"}")
            #expect(try await isTold(homeName(1)))
            #expect(try await eventually(seconds: 10) { moved.incidents.contains { $0.incident.home == homeName(1) } })
            try await moved.stop()
            let (_, lamp) = try await run("mosquitto_sub", [
                "-V", "5", "-h", "127.0.0.1", "-p", String(hub.brokerPort), "-u", "care", "-P", try hub.password("care"), "-t", "care/sounder/hall", "-C", "1", "-W", "10",
            ])
            #expect(String(decoding: lamp, as: UTF8.self).hasPrefix("ON"))

            // From published to fetched; the press that comes while nobody subscribes waits in the outbox.
            generator.press(2, "safety.sos")
            #expect(try await isTold(homeName(2)))
            let line = hub.line(), path = "/api/v1/queues/upstream/deliveries?after=0"
            #expect(try line.get(path).status == 404)
            try change(hub, "care-network.yaml", "channel: mqtt\n    settings: {topic: care/moved/incidents}\n", "channel: embedded\n")
            try await reload(hub, times: 2)
            #expect(try await eventually(seconds: 10) { try hub.line().get(path).status == 200 })
            let waiting = try RawJSON.objects(of: "deliveries", in: hub.line().get(path).body).map { String(decoding: $0, as: UTF8.self) }
            #expect(waiting.contains { $0.contains(homeName(2)) }, "\(waiting)")
            let count = waiting.count { $0.contains(homeName(0)) || $0.contains(homeName(1)) }
            #expect(count == 0, "what was delivered is not delivered again")

            // And published again, on another topic, with what waits.
            try change(hub, "care-network.yaml", "  - name: upstream\n    channel: embedded\n", "  - name: upstream\n    channel: mqtt\n    settings: {topic: care/back}\n")
            try change(hub, "hub.yaml", "keep_days: 30", "keep_days: 31")
            try await reload(hub, times: 3)
            let back = try MosquittoSubscriber(port: hub.brokerPort, user: "care", password: try hub.password("care"), topic: "care/back", log: hub.folder + "/sub.log")
            #expect(try await eventually(seconds: 40) { back.incidents.contains { $0.incident.home == homeName(2) } }, "\(hub.log.suffix(1_000))")
            #expect(try await eventually(seconds: 5) { hub.log.contains("journal changed in hub.yaml: it takes effect when the hub is started again") })
            try await back.stop()

            // A faulty account is refused as a whole.
            try change(hub, "hub.yaml", "\nbroker:\n", "\nbroker:\n  device_passwords_file: nowhere\n")
            hub.reload()
            #expect(try await eventually(seconds: 10) { hub.log.contains("device_passwords_file") && hub.log.contains("the old one stays in force") }, "\(hub.log.suffix(1_000))")
            generator.press(3, "safety.sos")
            #expect(try await isTold(homeName(3)))
            #expect(station.faults.isEmpty, "\(station.faults)")
            try await generator.stop()
            try await station.stop()
            try await hub.stop()
        }

        private func reload(_ hub: HubProcess, times: Int) async throws {
            hub.reload()
            let isInForce = try await eventually(seconds: 15) { hub.log.split(separator: "\n").count { $0.contains("is in force") } >= times }
            try #require(isInForce, "\(hub.log.suffix(1_500))")
            // Accounts, queues and sounder follow the journal.
            let isFollowed = try await eventually(seconds: 10) { hub.log.split(separator: "\n").count { $0.contains("accounts, queues and sounder follow") } >= times }
            try #require(isFollowed, "\(hub.log.suffix(1_500))")
        }

        private func change(_ hub: HubProcess, _ name: String, _ old: String, _ new: String) throws {
            let file = hub.config + "/" + name, text = try String(contentsOfFile: file, encoding: .utf8)
            try #require(text.contains(old), "\(name) has no \(old)")
            let range = try #require(text.range(of: old))
            try text.replacingCharacters(in: range, with: new).write(toFile: file, atomically: true, encoding: .utf8)
        }
    }
}
