import CareModel
import Foundation
import Formats
import Glibc
import Simulation
import Testing

extension Integration {
    @Suite("An export against the live run", .serialized, .timeLimit(.minutes(5))) struct ExportTests {
        @Test("an export of takes, an adoption, a reload, clock steps, a dead broker and a failed commit replays to the bytes that the live run stored, in two processes and without FMA and AVX2")
        func exportEqualsLive() async throws {
            let residents = 36
            // 256 MB: retention is not to make room, or the export would begin in the middle.
            let disk = try await SmallDisk(megabytes: 256)
            defer { disk.remove() }
            let clock = try SteppedClock()
            let hub = try HubProcess(
                homes: SimulatedDay.homesYAML(residents: residents, seed: 1), data: disk.path + "/data", runEnvironment: try clock.environment()
            ) { config in
                // No room kept aside: the full disk is felt at once.
                let file = config + "/hub.yaml", text = try String(contentsOfFile: file, encoding: .utf8)
                try #require(text.contains("ballast_mb: 8"))
                try text.replacingOccurrences(of: "ballast_mb: 8", with: "ballast_mb: 0").write(toFile: file, atomically: true, encoding: .utf8)
            }
            defer { hub.kill9(); hub.endBroker(SIGKILL) }
            try await hub.start()
            let process = hub.processID
            defer { clock.clear(after: process) }
            let station = hub.consumer()
            let generator = try Generator(hub: hub, residents: residents, background: isFull ? 200 : 50, record: hub.folder + "/acknowledged")
            let line = hub.line()
            func opened(_ index: Int, _ kind: String) async throws -> IncidentView {
                let home = homeName(index)
                let came = try await eventually(seconds: 15) { station.incidents.contains { $0.home == home && $0.kind == kind } }
                guard came, let found = station.incidents.last(where: { $0.home == home && $0.kind == kind }) else {
                    throw KitFailure("\(kind) of \(home) never came:\n\(hub.log.suffix(1_500))")
                }
                return found
            }
            func act(_ id: String, _ verb: String, _ body: String) throws {
                let answer = try line.post("/api/v1/incidents/\(id)/\(verb)", body)
                #expect(answer.status == 200, "\(verb): \(answer.text)")
            }

            let told = try await failMidBatch(hub, disk, generator, station)

            // Twenty are taken and resolved, one is pressed again in between; the wall clock is set forward, back and right again.
            var offset = 0
            for index in 0..<20 {
                if let step = [5: 3_600, 10: -3_600, 15: 0][index] {
                    try clock.step(seconds: step)
                    offset = step
                }
                let kind = KillTests.kinds[index % 3]
                generator.press(index, kind)
                let incident = try await opened(index, kind)
                let claimed = try #require(incident.evidence.last.flatMap { WallTime(rfc3339: $0.received_at) }).microseconds / 1_000_000
                #expect(abs(claimed - Int64(time(nil)) - Int64(offset)) < 60, "received at \(incident.evidence.last?.received_at ?? "?") under a clock \(offset) s off")
                try act(incident.id, "acknowledge", "{\"actor\":\"nurse-1\"}")
                if index == 4 { generator.press(index, kind) }
                try act(incident.id, "resolve", "{\"actor\":\"nurse-1\",\"reason\":\"accidental\",\"note\":\"\(index)\"}")
            }

            // A device that nobody registered presses, and is adopted.
            callOfStranger(generator)
            #expect(try await eventually(seconds: 10) { station.incidents.contains { $0.kind == "safety.sos" && $0.home == nil } }, "no incident of the unregistered watch")
            let (adopted, answer) = try await hub.command([
                "device", "adopt", "--config", hub.config, "imei:860000000099999", "--profile", "kati-4g-watch", "--home", homeName(20),
                "--resident", homeName(20) + "-r", "--room", "301",
            ])
            #expect(adopted == 0, "\(String(decoding: answer, as: UTF8.self))")
            callOfStranger(generator)
            _ = try await opened(20, "safety.sos")

            // A rule changes while the hub runs.
            let rules = hub.config + "/rules/vitals.yaml"
            let text = try String(contentsOfFile: rules, encoding: .utf8)
            try #require(text.contains("    high: 131\n"))
            try text.replacingOccurrences(of: "    high: 131\n", with: "    high: 133\n").write(toFile: rules, atomically: true, encoding: .utf8)
            hub.reload()
            #expect(try await eventually(seconds: 10) { hub.log.contains("is in force") }, "\(hub.log.suffix(1_000))")
            generator.press(21, "safety.sos")
            _ = try await opened(21, "safety.sos")

            // The broker dies; the hub starts it again.
            hub.endBroker(SIGKILL)
            #expect(try await eventually(seconds: 20) { hub.brokerProcess != nil && hub.isReadyNow }, "\(hub.log.suffix(1_000))")
            try await pressUntilTaken(generator, 22)
            _ = try await opened(22, "safety.sos")

            // What the live run stored, as its API gives it.
            try await generator.stop()
            _ = try await eventually(seconds: 10) { station.unconfirmed == 0 }
            try await station.stop()
            let live = try ExportTests.stored(hub)
            try await hub.stop()

            let (status, export) = try await hub.command(["journal", "export", "--config", hub.config])
            try #require(status == 0, "\(String(decoding: export.suffix(1_000), as: UTF8.self))")
            let file = hub.folder + "/export.jsonl"
            try Data(export).write(to: URL(fileURLWithPath: file))
            let first = try await replay(hub, file), second = try await replay(hub, file)
            let plain = try await replay(hub, file, ["GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2"])
            #expect(first == second, "two processes differ")
            #expect(first == plain, "without FMA and AVX2 it differs")
            #expect(Set(first).count == first.count)

            // Revisions written between the look at the API and the stop are in the export alone.
            let lines = Set(first)
            let missing = live.filter { !lines.contains($0) }
            #expect(missing.isEmpty, "\(missing.count) of \(live.count) stored revisions are not replayed; the first: \(missing.first ?? "")\nreplayed: \(first.first { $0.contains(ExportTests.identifier(missing.first)) } ?? "nothing")")
            #expect(first.count >= live.count)
            let extra = first.count - live.count
            #expect(extra <= 2, "\(extra) replayed revisions were never stored")
            let kinds = String(decoding: export, as: UTF8.self)
            for topic in ["$vigil/command", "$vigil/configured", "$vigil/link", "$vigil/started"] { #expect(kinds.contains(topic), "no \(topic)") }
            #expect(kinds.prefix(200).contains("$vigil/started"), "the oldest records made room, so the export does not begin with the start")
            let steps = kinds.split(separator: "\n").count { $0.contains("\"topic\":\"$vigil/clock\"") }
            #expect(steps >= 3, "\(steps) clock steps")
            figure("a commit failed in mid-batch: \(told) of \(ExportTests.burst) SOS of the burst were stored before there was space, all once after it")
            figure("journal export: \(steps) clock steps, \(export.count { $0 == 0x0A }) records, \(live.count) stored revisions, \(first.count) replayed, equal in 3 processes")
        }

        /// SOS presses among the long messages of a burst, of the homes from `burstFirst` on.
        static let burst = 10, burstFirst = 24

        /// A burst of long messages, SOS presses among them, waits for the hub, which takes it in few turns; the disk has no room. Once there
        /// is space each press has opened one incident.
        ///
        /// - Returns: how many were stored before there was space.
        private func failMidBatch(_ hub: HubProcess, _ disk: SmallDisk, _ generator: Generator, _ station: Consumer) async throws -> Int {
            let padding = String(repeating: "x", count: 60_000)
            let homes = (ExportTests.burstFirst..<ExportTests.burstFirst + ExportTests.burst).map(homeName)
            let queued = generator.published
            hub.pause()
            for home in homes {
                for report in ["battery\":91", "battery\":91", "battery\":91", "action\":\"emergency\""] {
                    generator.publish("zigbee2mqtt/\(home)/bed_sos", "{\"\(report),\"pad\":\"\(padding)\"}")
                }
            }
            let isQueued = try await eventually(seconds: 10) { generator.published >= queued + 4 * homes.count }
            #expect(isQueued, "the broker took \(generator.published - queued) of \(4 * homes.count)")
            // Not a byte is left: with a little room the oldest records would give way, and the export would not begin with the start.
            disk.fill()
            hub.unpause()
            let hasFailed = try await eventually(seconds: 10) { hub.log.contains("a turn could not be stored") }
            #expect(hasFailed, "no commit failed: \(hub.log.suffix(1_000))")
            let told = Set(station.incidents.compactMap(\.home)).intersection(homes).count
            disk.free()
            let isTold = try await eventually(seconds: 30) { Set(station.incidents.compactMap(\.home)).isSuperset(of: homes) && hub.isReadyNow }
            #expect(isTold, "\(Set(homes).subtracting(station.incidents.compactMap(\.home))) are missing\n\(hub.log.suffix(1_500))")
            for home in homes {
                let starts = station.incidents.filter { $0.home == home && $0.phase == "start" }
                #expect(starts.count == 1, "\(home): \(starts.map { "\($0.id) \($0.kind) \($0.text.en)" })")
            }
            return told
        }

        /// Presses until the broker says that somebody subscribes: a broker that was killed may have forgotten the hub's session.
        private func pressUntilTaken(_ generator: Generator, _ index: Int) async throws {
            let press = Generator.Press(home: homeName(index), kind: "safety.sos", qos: 1)
            for _ in 0..<50 {
                let refused = generator.refused
                generator.press(index, press.kind)
                let isAnswered = try await eventually(seconds: 20) { generator.acknowledged[press] != nil || generator.refused > refused }
                if !isAnswered || generator.acknowledged[press] != nil { break }
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(generator.acknowledged[press] != nil, "the broker never took a press after it was killed")
        }

        /// Every stored revision in canonical form.
        static func stored(_ hub: HubProcess) throws -> [String] {
            let line = hub.line()
            return try hub.incidents().flatMap { incident -> [String] in
                let answer = try line.get("/api/v1/incidents/\(incident.id)")
                return RawJSON.objects(of: "revisions", in: answer.body).map { String(decoding: IncidentJSON.canonical(fromDelivery: $0), as: UTF8.self) }
            }
        }

        private func replay(_ hub: HubProcess, _ file: String, _ environment: [String: String] = [:]) async throws -> [String] {
            let (status, output) = try await hub.command(["replay", file], environment: environment)
            guard status == 0 else { throw KitFailure(String(decoding: output.suffix(2_000), as: UTF8.self)) }
            return String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        }

        /// The watch that nobody registered calls for help.
        private func callOfStranger(_ generator: Generator) {
            generator.publish("iMEDE_watch/sos", "{\"status\":\"SOS\",\"location\":{},\"IMEI\":\"860000000099999\"}")
        }

        static func identifier(_ json: String?) -> String {
            guard let json, let range = json.range(of: "\"id\":\"") else { return "?" }
            return String(json[range.lowerBound...].prefix(32))
        }
    }
}
