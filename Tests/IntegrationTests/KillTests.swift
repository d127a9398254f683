import Foundation
import Simulation
import Testing

extension Integration {
    @Suite(.serialized, .timeLimit(.minutes(60))) struct KillTests {
        /// When a kill comes.
        enum Moment: String, CaseIterable {
            /// At most 50 ms after a safety publish.
            case afterPublish
            /// Before the hub is ready again.
            case inRecovery
            /// Once the embedded queue shows it: committed, not yet confirmed, perhaps not yet upstream.
            case afterCommit
            /// As soon as it is ready: its first turn is being stored, the broker's backlog comes in.
            case atReady
            case anywhere
        }

        static let perKill = 12

        /// 200 in the long form, 30 in the short one, or `VIGIL_TEST_KILLS`.
        static var count: Int {
            get throws {
                guard let text = ProcessInfo.processInfo.environment["VIGIL_TEST_KILLS"], !text.isEmpty else { return isFull ? 200 : 30 }
                guard let number = Int(text), (3...10_000).contains(number) else { throw KitFailure("VIGIL_TEST_KILLS is \"\(text)\"; it must be 3 to 10000") }
                return number
            }
        }

        static let kinds = ["safety.sos", "safety.fall", "safety.smoke"]

        @Test("kill -9 at any moment loses no acknowledged safety message and tells none twice")
        func kills() async throws {
            let kills = try KillTests.count, perSecond = isFull ? 1_000 : 200
            let homes = kills * KillTests.perKill / KillTests.kinds.count + 1
            // The long form runs what a person gets who types `vigil run`: its broker, its ports, its folders.
            let yaml = SimulatedDay.homesYAML(residents: homes, seed: 1)
            let hub = isFull ? try HubProcess.shipped(homes: yaml) : try HubProcess(homes: yaml)
            try await hub.start(seconds: 120)
            let station = hub.consumer(), upstream = try hub.subscriber()
            let record = hub.folder + "/acknowledged"
            let generator = try Generator(hub: hub, residents: homes, background: perSecond, record: record)
            var next = 0, within50 = 0, counts: [Moment: Int] = [:], readyTimes: [Int64] = []
            func press(_ count: Int) {
                for _ in 0..<count {
                    generator.press(next / KillTests.kinds.count, KillTests.kinds[next % KillTests.kinds.count])
                    next += 1
                }
            }
            for number in 0..<kills {
                let moment: Moment = number % 3 == 0 ? .afterPublish : number % 8 == 1 || number % 16 == 7 ? .inRecovery : number % 8 == 2 || number % 8 == 5 ? .afterCommit : number % 8 == 4 ? .atReady : .anywhere
                counts[moment, default: 0] += 1
                // A third before, so that something is under way, and the rest at the moment itself.
                press(KillTests.perKill / 3)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...60)))
                var lastPress = microseconds()
                switch moment {
                case .afterPublish:
                    press(KillTests.perKill * 2 / 3)
                    lastPress = microseconds()
                    try await Task.sleep(for: .microseconds(Int.random(in: 0...40_000)))
                case .afterCommit:
                    let home = homeName(next / KillTests.kinds.count), before = station.arrivals.count
                    press(KillTests.perKill * 2 / 3)
                    _ = try await eventually(seconds: 10, every: .microseconds(500)) {
                        station.arrivals.count > before && station.arrivals.last?.incident.home ?? "" >= home
                    }
                case .inRecovery:
                    hub.kill9()
                    press(KillTests.perKill * 2 / 3)
                    try hub.launch()
                    // Reading the configuration takes some 300 ms of a debug build, the journal the rest.
                    try await Task.sleep(for: .milliseconds(Int.random(in: 5...900)))
                case .atReady:
                    hub.kill9()
                    press(KillTests.perKill * 2 / 3)
                    try await hub.start(seconds: 30)
                case .anywhere:
                    press(KillTests.perKill * 2 / 3)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...500)))
                    lastPress = 0
                }
                hub.kill9()
                if microseconds() - lastPress <= 50_000 { within50 += 1 }
                readyTimes.append(try await hub.start(seconds: 60))
            }
            try await settle(hub, station, generator, pressed: next)

            // The oracle: the generator's file against what the consumer and the subscriber got.
            let acknowledged = try String(contentsOfFile: record, encoding: .utf8).split(separator: "\n").map { $0.split(separator: " ") }
            #expect(acknowledged.count == generator.acknowledged.count)
            #expect(acknowledged.count >= next * 9 / 10, "\(acknowledged.count) of \(next) were acknowledged")
            #expect(acknowledged.contains { $0[3] == "qos0" })
            var byPlace: [String: Set<String>] = [:]
            for incident in station.incidents { byPlace["\(incident.home ?? "") \(incident.kind)", default: []].insert(incident.id) }
            let lost = acknowledged.filter { byPlace["\($0[1]) \($0[2])"] == nil }
            #expect(lost.isEmpty, "\(lost.count) lost: \(lost.prefix(5))\n\(hub.log.suffix(1_000))")
            let twice = byPlace.filter { $0.key.contains(" safety.") && $0.value.count > 1 }
            #expect(twice.isEmpty, "two incidents of one press: \(twice.prefix(5))")
            var upstreamKeys: [String: [UInt8]] = [:], upstreamRepeats = 0, upstreamPlaces: Set<String> = []
            for arrival in upstream.arrivals {
                guard let incident = try? IncidentView(arrival.line), let key = incident.delivery else { continue }
                upstreamPlaces.insert("\(incident.home ?? "") \(incident.kind)")
                if let first = upstreamKeys[key] {
                    upstreamRepeats += 1
                    #expect(first == arrival.line, "\(key) came twice with different content")
                }
                upstreamKeys[key] = arrival.line
            }
            let lostUpstream = acknowledged.filter { !upstreamPlaces.contains("\($0[1]) \($0[2])") }
            #expect(lostUpstream.isEmpty, "\(lostUpstream.count) not upstream: \(lostUpstream.prefix(5))")
            #expect(station.faults.isEmpty, "\(station.faults.prefix(5))")
            let slowest = readyTimes.max() ?? 0
            figure("kill -9 on ports \(hub.httpPort) and \(hub.brokerPort), data in \(hub.isShipped ? "the default folder" : "a folder of its own"): \(kills) kills (\(Moment.allCases.map { "\($0) \(counts[$0] ?? 0)" }.joined(separator: ", "))), \(within50) within 50 ms of a safety publish, under \(perSecond) messages/s")
            figure("kill -9: \(acknowledged.count) safety publishes acknowledged (\(acknowledged.count { $0[3] == "qos0" }) of QoS 0), \(lost.count) lost, \(lostUpstream.count) lost upstream, \(twice.count) twice")
            figure("kill -9: same key again before its confirmation was known: \(station.repeats) over HTTP, \(upstreamRepeats) over MQTT")
            figure("kill -9: /readyz after \(percentiles(readyTimes))")
            #expect(within50 >= kills * 3 / 10)
            // The long form is for a release build; a debug build reads its journal some twenty times as slowly.
            #expect(slowest <= (isFull ? 2_000_000 : 8_000_000))
            try await generator.stop()
            try await station.stop()
            try await upstream.stop()
            try await hub.stop()
        }

        /// Waits until everything that was acknowledged has come, or nothing new comes any more.
        private func settle(_ hub: HubProcess, _ station: Consumer, _ generator: Generator, pressed: Int) async throws {
            _ = try await eventually(seconds: 60, every: .milliseconds(200)) {
                let places = Set(station.incidents.map { "\($0.home ?? "") \($0.kind)" })
                return generator.acknowledged.count + generator.refused >= pressed && generator.acknowledged.keys.allSatisfy { places.contains("\($0.home) \($0.kind)") }
                    && station.unconfirmed == 0
            }
            // Upstream follows.
            try await Task.sleep(for: .seconds(1))
        }
    }
}
