import Foundation
import Glibc
import Simulation
import Testing

extension Integration {
    /// Several hubs and one care service, with a cluster of brokers between them.
    @Suite("A cluster", .serialized, .timeLimit(.minutes(10))) struct ClusterTests {
        /// One line of `vigil supervise`.
        private struct Line: Decodable {
            var event: String
            var key: String?
            var hub: String?
            var `is`: String?
        }

        @Test("three hubs on a cluster of three nodes, one of which is killed: nothing is lost, and a hub that falls silent is named in time")
        func cluster() async throws {
            let presses = isFull ? 300 : 30, heartbeatSeconds = isFull ? 60 : 2
            let cluster = try await RabbitCluster()
            let hubs = try (0..<3).map { number in try ClusterTests.hub(number, cluster, presses: presses, heartbeatSeconds: heartbeatSeconds) }
            // The hubs first: together on a busy machine each start is slow.
            for hub in hubs { try await hub.start(seconds: 120) }
            let file = cluster.folder + "/supervise.jsonl"
            let supervisor = try spawn(
                HubProcess.program,
                ["supervise", "--user", "guest", "--password-file", cluster.passwordFile, "--queue", "vigil.region", "--deliveries"]
                    + cluster.ports.flatMap { ["--node", "127.0.0.1:\($0)"] } + (1...3).flatMap { ["--hub", "hub\($0)"] },
                output: file)
            defer { kill(supervisor, SIGKILL); var status: Int32 = 0; waitpid(supervisor, &status, 0) }
            func lines() -> [Line] {
                let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
                return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            }
            func named(_ word: String) -> Set<String> { Set(lines().filter { $0.event == "hub" && $0.is == word }.compactMap(\.hub)) }
            #expect(try await eventually(seconds: 90, every: .milliseconds(200)) { named("alive") == ["hub1", "hub2", "hub3"] }, "\(lines())")
            // RabbitMQ 3.10.8 writes a new quorum queue's name to disk with a delay of half a second: nothing may be killed before.
            try await Task.sleep(for: .seconds(2))

            let stations = hubs.map { $0.consumer() }
            let generators = try hubs.map { try Generator(hub: $0, residents: presses, background: 0, record: $0.folder + "/acknowledged") }
            for press in 0..<presses {
                // The node that the first hub and the receiver are at, and that leads the queue.
                if press == presses / 3 { cluster.kill(0) }
                for generator in generators { generator.press(press, "safety.sos") }
                try await Task.sleep(for: .milliseconds(isFull ? 50 : 100))
            }
            func expected() -> Set<String> {
                Set(stations.flatMap { $0.arrivals }.map { $0.key.replacingOccurrences(of: ":station", with: ":region") })
            }
            func arrived() -> [String] { lines().filter { $0.event == "delivery" }.compactMap(\.key) }
            let isComplete = try await eventually(seconds: 120, every: .milliseconds(300)) {
                stations.allSatisfy { Set($0.incidents.filter { $0.kind == "safety.sos" }.compactMap(\.home)).count == presses } && expected().isSubset(of: Set(arrived()))
            }
            let missing = expected().subtracting(arrived())
            #expect(isComplete && missing.isEmpty, "\(missing.count) missing: \(missing.sorted().prefix(3)); \(hubs.map { $0.log.suffix(300) })")
            let keys = arrived()
            #expect(lines().contains { $0.event == "broker_lost" }, "the receiver was at the node that was killed")
            #expect(named("silent").isEmpty, "a node's end is no hub's")

            let begun = microseconds()
            hubs[1].kill9()
            let isNamed = try await eventually(seconds: 95, every: .milliseconds(100)) { named("silent").contains("hub2") }
            let took = microseconds() - begun
            #expect(isNamed && took <= 90_000_000, "named after \(milliseconds(took))")
            #expect(isFull || took <= 12_000_000, "named after \(milliseconds(took))")
            #expect(named("silent") == ["hub2"])
            try await hubs[1].start(seconds: 120)
            #expect(try await eventually(seconds: 30, every: .milliseconds(100)) { named("back").contains("hub2") })
            figure("three hubs on a cluster of three RabbitMQ nodes, one killed: \(expected().count) deliveries of \(3 * presses) presses, 0 lost, \(keys.count - Set(keys).count) duplicates; a silent hub named after \(milliseconds(took)) with a sign of life every \(heartbeatSeconds) s")
            for generator in generators { try await generator.stop() }
            for station in stations { try await station.stop() }
            for hub in hubs { try await hub.stop() }
        }

        /// A hub whose every incident goes to its own station and to the region's queue.
        private static func hub(_ number: Int, _ cluster: RabbitCluster, presses: Int, heartbeatSeconds: Int) throws -> HubProcess {
            try HubProcess(homes: SimulatedDay.homesYAML(residents: presses, seed: 1)) { folder in
                var hub = try String(contentsOfFile: folder + "/hub.yaml", encoding: .utf8)
                hub = hub.replacingOccurrences(of: "name: hub1", with: "name: hub\(number + 1)")
                    .replacingOccurrences(of: "heartbeat_s: 60", with: "heartbeat_s: \(heartbeatSeconds)")
                try hub.write(toFile: folder + "/hub.yaml", atomically: true, encoding: .utf8)
                // Each begins at another node; the others are tried when it does not answer.
                let nodes = (0..<3).map { cluster.ports[(number + $0) % 3] }
                let network = try String(contentsOfFile: folder + "/care-network.yaml", encoding: .utf8)
                let region = """
                    queues:
                      - name: region
                        channel: rabbitmq
                        settings:
                          {host: 127.0.0.1, port: \(nodes[0]), nodes: ["127.0.0.1:\(nodes[1])", "127.0.0.1:\(nodes[2])"], user: guest, password_file: \(cluster.passwordFile), queue: vigil.region, heartbeat_s: 2}
                    """
                try network.replacingOccurrences(of: "\nqueues:", with: "\n" + region).write(toFile: folder + "/care-network.yaml", atomically: true, encoding: .utf8)
                let plan = """
                    drill_queues: [station]
                    responses:
                      - name: all
                        tiers:
                          - {after_s: 0, queues: [station, region]}

                    """
                try plan.write(toFile: folder + "/response.yaml", atomically: true, encoding: .utf8)
            }
        }
    }
}
