import Foundation
import Simulation
import Testing

extension Integration {
    /// A whole quarter loses its power; the real process.
    @Suite("A power cut", .serialized, .timeLimit(.minutes(10))) struct PowerCutTests {
        /// The simulated homes with a gas alarm that runs on the mains in each.
        static func homes(_ residents: Int) -> String {
            SimulatedDay.homesYAML(residents: residents, seed: 1).split(separator: "\n", omittingEmptySubsequences: false).map { line in
                guard line.contains("/kitchen_smoke\"") else { return String(line) }
                return line + "\n" + line.replacing("xiaomi-jtyj-gd-01lm", with: "heiman-hs1cg").replacing("kitchen_smoke", with: "kitchen_gas")
            }.joined(separator: "\n")
        }

        @Test("homes lose power within ten seconds: the first is told within a second, no press waits longer, each home has its incident, and people hear of a group")
        func storm() async throws {
            let residents = isFull ? 500 : 120, presses = isFull ? 40 : 12, seconds = isFull ? 10.0 : 3.0
            // Shipped rules and the shipped response plan, at whatever time of day it is.
            let hub = try HubProcess(homes: PowerCutTests.homes(residents))
            try await hub.start(seconds: 120)
            let station = hub.consumer(), upstream = try hub.subscriber()
            let generator = try Generator(hub: hub, residents: residents, background: 0, record: hub.folder + "/acknowledged")
            for index in 0..<residents { generator.publish("zigbee2mqtt/\(homeName(index))/kitchen_gas", "{\"gas\":false,\"ac_connected\":true,\"battery\":97}") }
            #expect(try await eventually(seconds: 30) { generator.published == residents })

            let begun = microseconds()
            var pressedAt: [String: Int64] = [:]
            for index in 0..<residents {
                generator.publish("zigbee2mqtt/\(homeName(index))/kitchen_gas", "{\"gas\":false,\"ac_connected\":false,\"battery\":97}")
                if index % (residents / presses) == residents / presses / 2 {
                    pressedAt[homeName(index)] = microseconds()
                    generator.press(index, "safety.sos")
                }
                let due = begun + Int64(Double(index + 1) / Double(residents) * seconds * 1e6)
                while microseconds() < due { try await Task.sleep(for: .milliseconds(2)) }
            }
            let homes = Set((0..<residents).map { homeName($0) })
            func upstreamHomes() -> Set<String> {
                Set(upstream.arrivals.compactMap { try? IncidentView($0.line) }.filter { $0.kind == "device.power_lost" }.compactMap(\.home))
            }
            let isComplete = try await eventually(seconds: 60, every: .milliseconds(100)) {
                upstreamHomes() == homes && station.incidents.filter { $0.kind == "safety.sos" && $0.revision == 1 }.count >= pressedAt.count
            }
            #expect(isComplete, "\(upstreamHomes().count) of \(residents) homes have an incident; \(hub.log.suffix(500))")
            // The group's number is told ten seconds after the last telling.
            let summary = try await eventually(seconds: 20, every: .milliseconds(100)) { station.incidents.contains { $0.text.en.hasPrefix("[\(residents - 4) HOMES]") } }
            #expect(summary, "\(Set(station.incidents.filter { $0.kind == "device.power_lost" }.map(\.text.en)))")

            let technical = station.arrivals.filter { $0.incident.kind == "device.power_lost" }
            let first = (technical.map(\.at).min() ?? .max) - begun
            #expect(first <= 1_000_000, "the first notification came after \(milliseconds(first))")
            var waits: [Int64] = []
            for (home, at) in pressedAt {
                let arrival = station.arrivals.first { $0.incident.kind == "safety.sos" && $0.incident.home == home }
                waits.append((arrival?.at ?? .max / 2) - at)
            }
            #expect(waits.count >= presses && (waits.max() ?? .max) <= 1_000_000, "SOS \(percentiles(waits))")
            let told = Set(technical.filter { $0.incident.revision == 1 }.map(\.incident.id))
            #expect(told.count == 5, "people were told of \(told.count) one by one")
            figure("power cut of \(residents) homes within \(Int(seconds)) s: first notification \(milliseconds(first)), \(waits.count) presses meanwhile \(percentiles(waits)), \(upstreamHomes().count) homes with an incident, \(technical.count) deliveries to people")
            try await generator.stop()
            try await station.stop()
            try await upstream.stop()
            try await hub.stop()
        }
    }
}
