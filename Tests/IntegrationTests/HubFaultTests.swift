import Foundation
import Glibc
import Simulation
import Testing

extension Integration {
    /// What goes wrong at a start, and what is refused.
    @Suite("A hub's faults", .serialized, .timeLimit(.minutes(5))) struct HubFaultTests {
        @Test("a second hub on one data folder is refused with a clear message, and the first goes on")
        func twoHubs() async throws {
            let hub = try HubProcess()
            try await hub.start()
            let (status, output) = try await run(
                HubProcess.program, ["run", "--config", hub.config],
                environment: hub.environment.merging(["VIGIL_HTTP_PORT": String(freePort()), "VIGIL_BROKER_PORT": String(freePort())]) { $1 }, seconds: 20)
            let text = String(decoding: output, as: UTF8.self)
            #expect(status == 1, "\(text)")
            #expect(text.contains("the data folder is used by process \(try #require(hub.processID))"), "\(text)")
            #expect(hub.isReadyNow)
            try await hub.stop()
        }

        @Test("a taken HTTP port ends the start with a message that names the port")
        func httpPortTaken() async throws {
            let (descriptor, port) = try HubFaultTests.listener()
            defer { close(descriptor) }
            let hub = try HubProcess(httpPort: port)
            let (status, output) = try await hub.command(["run", "--config", hub.config])
            let text = String(decoding: output, as: UTF8.self)
            #expect(status == 1, "\(text.suffix(1_500))")
            #expect(text.contains("port \(port) is taken"), "\(text.suffix(1_500))")
        }

        @Test("a taken broker port ends the start with a message that names the port and who has it")
        func brokerPortTaken() async throws {
            let (descriptor, port) = try HubFaultTests.listener()
            defer { close(descriptor) }
            let hub = try HubProcess(brokerPort: port)
            let (status, output) = try await hub.command(["run", "--config", hub.config])
            let text = String(decoding: output, as: UTF8.self)
            #expect(status == 1)
            #expect(text.contains("port \(port) is taken by") && text.contains("(process \(getpid()))"), "\(text.suffix(1_500))")
        }

        @Test("without its external broker the hub starts, says so, and recovers by itself when the broker comes")
        func brokerAbsent() async throws {
            let hub = try HubProcess(isExternal: true)
            try hub.launch()
            let saysSo = try await eventually(seconds: 20) { hub.readiness().contains("broker_lost") }
            #expect(saysSo, "\(hub.readiness()) \(hub.log.suffix(1_000))")
            #expect(try hub.line().get("/readyz").status == 503)
            #expect(try hub.line().get("/healthz").status == 200)
            let broker = try await HubFaultTests.bareBroker(hub)
            defer { kill(broker, SIGKILL); var status: Int32 = 0; waitpid(broker, &status, 0) }
            let begun = microseconds()
            try await hub.ready(seconds: 60)
            figure("external broker comes: ready again after \(milliseconds(microseconds() - begun))")
            let station = hub.consumer()
            let (status, _) = try await run(
                "mosquitto_pub", ["-V", "5", "-h", "127.0.0.1", "-p", String(hub.brokerPort), "-q", "1", "-t", "iMEDE_watch/sos", "-m", "{\"status\":\"SOS\",\"location\":{},\"IMEI\":\"860000000000017\"}"])
            #expect(status == 0)
            #expect(try await eventually(seconds: 5) { station.incidents.contains { $0.kind == "safety.sos" } })
            try await station.stop()
            try await hub.stop()
        }

        @Test("a broker that hangs with its connections standing is found by the hub's own test message: not ready, an incident, and both end when it goes on")
        func hangingBroker() async throws {
            let hub = try HubProcess { config in
                let text = try String(contentsOfFile: config + "/hub.yaml", encoding: .utf8)
                try text.replacingOccurrences(of: "canary_s: 60", with: "canary_s: 5").write(toFile: config + "/hub.yaml", atomically: true, encoding: .utf8)
            }
            try await hub.start()
            let came = try await eventually(seconds: 20) {
                String(decoding: try hub.line().get("/api/v1/journal").body, as: UTF8.self).contains("\"topic\":\"vigil/canary\"")
            }
            #expect(came, "\(hub.log.suffix(1_000))")
            #expect(hub.isReadyNow)
            let broker = try #require(hub.brokerProcess)
            kill(broker, SIGSTOP)
            defer { kill(broker, SIGCONT) }
            let begun = microseconds()
            #expect(try await eventually(seconds: 25) { hub.readiness().contains("canary_missed") }, "\(hub.readiness())")
            #expect(try hub.line().get("/readyz").status == 503)
            #expect(try await eventually(seconds: 10) { try hub.incidents().contains { $0.kind == "hub.canary_lost" && $0.state == "open" } })
            figure("broker that hangs: named after \(milliseconds(microseconds() - begun)), one message every 5 s")
            kill(broker, SIGCONT)
            try await hub.ready(seconds: 60)
            #expect(try await eventually(seconds: 20) { try hub.incidents().contains { $0.kind == "hub.canary_lost" && $0.state == "resolved" } })
            try await hub.stop()
        }

        @Test("a damaged database is set aside at the start: a new epoch, and the hub runs")
        func damagedDatabase() async throws {
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: 2, seed: 1))
            try await hub.start()
            let generator = try Generator(hub: hub, residents: 2, background: 0, record: hub.folder + "/acknowledged")
            let station = hub.consumer()
            generator.press(0, "safety.sos")
            #expect(try await eventually(seconds: 10) { station.incidents.count { $0.kind == "safety.sos" } == 1 && station.unconfirmed == 0 })
            let old = try #require(station.incidents.first { $0.kind == "safety.sos" })
            try await hub.stop()
            for suffix in ["-wal", "-shm"] { unlink(hub.data + "/vigil.sqlite" + suffix) }
            let file = open(hub.data + "/vigil.sqlite", O_WRONLY)
            let junk = [UInt8](repeating: 0xA5, count: 16_384)
            for offset in [0, 32_768] { #expect(pwrite(file, junk, junk.count, off_t(offset)) == junk.count) }
            close(file)
            try await hub.start()
            #expect(try FileManager.default.contentsOfDirectory(atPath: hub.data).contains { $0.hasPrefix("vigil.sqlite.damaged-") })
            generator.press(1, "safety.sos")
            #expect(try await eventually(seconds: 10) { station.incidents.contains { $0.kind == "safety.sos" && $0.id != old.id } }, "\(hub.log.suffix(1_500))")
            let new = try #require(station.incidents.last { $0.kind == "safety.sos" })
            #expect(new.id.split(separator: ":")[0] != old.id.split(separator: ":")[0], "\(new.id) after \(old.id)")
            try await generator.stop()
            try await station.stop()
            try await hub.stop()
        }

        @Test("after a restored backup no identifier is given a second time")
        func restoredBackup() async throws {
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: 6, seed: 1))
            try await hub.start()
            let station = hub.consumer()
            let generator = try Generator(hub: hub, residents: 6, background: 0, record: hub.folder + "/acknowledged")
            func sos(_ index: Int) async throws -> IncidentView {
                let home = homeName(index)
                generator.press(index, "safety.sos")
                let came = try await eventually(seconds: 10) { station.incidents.contains { $0.home == home && $0.kind == "safety.sos" } && station.unconfirmed == 0 }
                #expect(came, "\(hub.log.suffix(1_500))")
                return try #require(station.incidents.first { $0.home == home && $0.kind == "safety.sos" })
            }
            var given = Set([try await sos(0).id, try await sos(1).id])
            try await hub.stop()
            let copy = hub.folder + "/backup"
            // Of the database alone, as an administrator would copy it.
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
            let names = ["vigil.sqlite", "vigil.sqlite-wal", "vigil.sqlite-shm"]
            for name in names where access(hub.data + "/" + name, F_OK) == 0 { try FileManager.default.copyItem(atPath: hub.data + "/" + name, toPath: copy + "/" + name) }
            try await hub.start()
            given.formUnion([try await sos(2).id, try await sos(3).id])
            try await hub.stop()
            for name in names { unlink(hub.data + "/" + name) }
            for name in try FileManager.default.contentsOfDirectory(atPath: copy) { try FileManager.default.copyItem(atPath: copy + "/" + name, toPath: hub.data + "/" + name) }
            try await hub.start()
            for index in 4...5 {
                let new = try await sos(index)
                #expect(!given.contains(new.id), "\(new.id) was given before")
                given.insert(new.id)
            }
            #expect(given.count == 6)
            #expect(station.faults.isEmpty, "\(station.faults)")
            try await generator.stop()
            try await station.stop()
            try await hub.stop()
        }

        @Test("the same holds when the whole data folder is restored")
        func restoredFolder() async throws {
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: 4, seed: 1))
            try await hub.start()
            let station = hub.consumer()
            var given: Set<String> = []
            func sos(_ index: Int) async throws {
                // A device of its own each time: the restored folder restores the broker, too.
                let home = homeName(index)
                try await hub.publish("zigbee2mqtt", "zigbee2mqtt/\(home)/bed_sos", "{\"action\":\"emergency\"}")
                #expect(try await eventually(seconds: 10) { station.incidents.contains { $0.home == home && $0.kind == "safety.sos" } && station.unconfirmed == 0 }, "\(hub.log.suffix(1_500))")
                let id = try #require(station.incidents.last { $0.home == home && $0.kind == "safety.sos" }?.id)
                #expect(given.insert(id).inserted, "\(id) was given before")
            }
            try await sos(0)
            try await hub.stop()
            hub.endBroker()
            let copy = hub.folder + "/backup"
            try FileManager.default.copyItem(atPath: hub.data, toPath: copy)
            try await hub.start()
            try await sos(1)
            try await hub.stop()
            hub.endBroker()
            try FileManager.default.removeItem(atPath: hub.data)
            try FileManager.default.copyItem(atPath: copy, toPath: hub.data)
            try await hub.start()
            try await sos(2)
            try await sos(3)
            #expect(given.count == 4)
            try await station.stop()
            try await hub.stop()
        }

        @Test("a refused low-priority delivery, or an upstream without subscriber, holds back no SOS of the same resident")
        func refusedDelivery() async throws {
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: 1, seed: 1)) { config in
                // Else what can wait is kept for the morning when this test runs at night in Shandong.
                let response = try String(contentsOfFile: config + "/response.yaml", encoding: .utf8)
                try response.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("hold_until:") }.joined(separator: "\n")
                    .write(toFile: config + "/response.yaml", atomically: true, encoding: .utf8)
            }
            try await hub.start()
            let home = homeName(0)
            // A technical incident of low priority of the same home first: a battery that runs down.
            try await hub.publish("zigbee2mqtt", "zigbee2mqtt/\(home)/bed_sos", "{\"battery\":3,\"battery_low\":true}")
            let line = hub.line()
            var key = ""
            let came = try await eventually(seconds: 10) {
                let answer = try line.get("/api/v1/queues/station/deliveries")
                guard let item = RawJSON.objects(of: "deliveries", in: answer.body).first else { return false }
                struct Key: Decodable { var key: String }
                key = try JSONDecoder().decode(Key.self, from: Data(item)).key
                return true
            }
            try #require(came, "\(hub.log.suffix(1_000))")
            #expect(try line.post("/api/v1/queues/station/deliveries/\(key)/nack", "{\"reason\":\"no such resident here\"}").status == 204)
            #expect(try line.get("/api/v1/queues/station/dead-letters").text.contains(key))
            // Nobody subscribes upstream: its first deliveries wait, and are tried again ever more rarely.
            try await Task.sleep(for: .seconds(isFull ? 20 : 4))
            let station = hub.consumer(), upstream = try hub.subscriber()
            let generator = try Generator(hub: hub, residents: 1, background: 0, record: hub.folder + "/acknowledged")
            try await Task.sleep(for: .milliseconds(500))
            let begun = microseconds()
            generator.press(0, "safety.sos")
            _ = try await eventually(seconds: 10) {
                station.incidents.contains { $0.kind == "safety.sos" } && upstream.incidents.contains { $0.incident.kind == "safety.sos" }
            }
            let overHTTP = try #require(station.arrivals.first { $0.incident.kind == "safety.sos" }).at - begun
            let overMQTT = try #require(upstream.incidents.first { $0.incident.kind == "safety.sos" }).at - begun
            figure("SOS after a refused delivery of the same home: \(milliseconds(overHTTP)) over HTTP, \(milliseconds(overMQTT)) over MQTT")
            #expect(overHTTP <= 1_000_000)
            #expect(overMQTT <= 1_000_000)
            // What waited for a subscriber comes by itself.
            #expect(try await eventually(seconds: 40) { Set(upstream.incidents.map(\.incident.id)).count >= 2 })
            try await generator.stop()
            try await station.stop()
            try await upstream.stop()
            try await hub.stop()
        }

        /// A socket that listens on a port of its own.
        static func listener() throws -> (Int32, UInt16) {
            let port = freePort()
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard withLoopback(port, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1) == 0 else { throw KitFailure("no port") }
            return (descriptor, port)
        }

        /// A mosquitto without accounts on the hub's broker port.
        static func bareBroker(_ hub: HubProcess) async throws -> pid_t {
            let file = hub.folder + "/bare.conf"
            try "user \(NSUserName())\nallow_anonymous true\nlistener \(hub.brokerPort) 127.0.0.1\n".write(toFile: file, atomically: true, encoding: .utf8)
            return try spawn("/usr/sbin/mosquitto", ["-c", file], output: hub.folder + "/bare.log")
        }
    }
}
