import Foundation
import Simulation
import Testing

extension Integration {
    @Suite(.serialized, .timeLimit(.minutes(10))) struct LatencyTests {
        @Test("from before the publish to an independent subscriber and an HTTP reader, under background readings")
        func latency() async throws {
            // The short form is for a debug build on a machine that does other things too.
            let occurrences = isFull ? 1_000 : 100, perSecond = isFull ? 1_000 : 200
            let p99Max: Int64 = isFull ? 250_000 : 2_000_000
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: occurrences, seed: 1))
            let started = try await hub.start(seconds: 120)
            let station = hub.consumer(), upstream = try hub.subscriber()
            let generator = try Generator(hub: hub, residents: occurrences, background: perSecond, record: hub.folder + "/acknowledged")
            // The load stands before anything is measured, every home heard once.
            try #require(try await eventually(seconds: 60) { generator.backgroundSent >= max(2 * perSecond, occurrences) })
            var before: [String: Int64] = [:]
            let begun = ContinuousClock.now
            for index in 0..<occurrences {
                // 40 a second, out of step with the background.
                try await Task.sleep(until: begun + .microseconds(25_000 * index + Int.random(in: 0..<5_000)), clock: .continuous)
                before["\(homeName(index))-r"] = microseconds()
                generator.press(index, "safety.sos")
            }
            let all = try await eventually(seconds: 60) {
                station.arrivals.filter { $0.incident.kind == "safety.sos" }.count >= occurrences
                    && upstream.arrivals.filter { $0.line.count > 100 }.count >= occurrences
            }
            let overHTTP = LatencyTests.first(station.arrivals.map { ($0.incident, $0.at) }, before)
            let overMQTT = LatencyTests.first(upstream.incidents, before)
            let sent = generator.backgroundSent
            let seconds = Double((ContinuousClock.now - begun).components.seconds)
            figure("latency: \(occurrences) occurrences of \(occurrences) residents under \(perSecond) messages/s of 4 readings (start \(milliseconds(started)))")
            figure("latency over HTTP: \(percentiles(overHTTP))")
            figure("latency over MQTT: \(percentiles(overMQTT))")
            #expect(all)
            #expect(overHTTP.count == occurrences)
            #expect(overMQTT.count == occurrences)
            #expect(percentile(overHTTP, 0.99) <= p99Max)
            #expect(percentile(overMQTT, 0.99) <= p99Max)
            #expect(generator.refused == 0, "the generator could not keep its rate: \(generator.refused) of \(sent) in \(seconds) s")
            #expect(generator.acknowledged.count == occurrences)
            #expect(station.faults.isEmpty, "\(station.faults.prefix(5))")
            try await generator.stop()
            try await station.stop()
            try await upstream.stop()
            try await hub.stop()
        }

        /// Microseconds from the publish to the first arrival, a resident each.
        static func first(_ arrivals: [(IncidentView, Int64)], _ before: [String: Int64]) -> [Int64] {
            var found: [String: Int64] = [:]
            for (incident, at) in arrivals where incident.kind == "safety.sos" {
                guard let resident = incident.resident, let begun = before[resident], found[resident] == nil else { continue }
                found[resident] = at - begun
            }
            return Array(found.values)
        }
    }
}

/// Name of the home with this index, counted from 0, as `SimulatedHome` gives it.
func homeName(_ index: Int) -> String { SimulatedHome(number: index + 1, seed: 1).name }
