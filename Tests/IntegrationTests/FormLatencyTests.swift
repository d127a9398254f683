import CareModel
import Foundation
import MQTTSession
import Testing

extension Integration {
    @Suite(.serialized, .timeLimit(.minutes(15))) struct FormLatencyTests {
        @Test("from the reading that completes a condition, or the end of its window, to an independent consumer, for each rule form")
        func forms() async throws {
            // The short form is for a debug build on a machine that does other things too, and leaves out windows of a minute and more.
            let street = FormStreet(homes: isFull ? 100 : 8, isLong: isFull), p99Max: Int64 = isFull ? 1_000_000 : 2_000_000
            let hub = try HubProcess { try street.configure($0, root: HubProcess.root) }
            try await hub.start(seconds: 120)
            let care = try hub.subscriber(), station = hub.consumer()
            let loop = try PublishingLoop(SessionConfiguration(
                host: "127.0.0.1", port: hub.brokerPort, clientID: FormStreet.account, user: FormStreet.account,
                password: try hub.password(FormStreet.account), isPersistent: false))
            try #require(try await eventually(seconds: 30) { loop.status.isConnected })

            let published = try await FormLatencyTests.publish(street.actions(stagger: isFull ? 50_000 : 100_000), over: loop)
            let last = Int64(isFull ? 300 : 60)
            _ = try await eventually(seconds: Double(last), every: .milliseconds(500)) {
                let found = care.incidents.filter { $0.incident.phase == "start" }
                return published.allSatisfy { one in found.contains { one.isMet(by: $0.incident, at: $0.at) } }
            }

            let arrivals = care.incidents
            var all: [Int64] = []
            for form in street.forms {
                let mine = published.filter { $0.form == form }
                // What is found of a whole profile names no home: the first told belongs to the first begun.
                let told = arrivals.filter { $0.incident.kind == "forms.\(form)" && $0.incident.phase == "start" }
                var found: [Int64] = []
                if form == "unreadable_burst" {
                    for (one, arrival) in zip(mine, told) { found.append(one.latency(arrival.incident, at: arrival.at)) }
                } else {
                    for one in mine {
                        if let arrival = told.first(where: { one.isMet(by: $0.incident, at: $0.at) }) { found.append(one.latency(arrival.incident, at: arrival.at)) }
                    }
                }
                figure("form \(form): \(found.count) of \(mine.count) incidents, \(percentiles(found))")
                #expect(found.count == street.homes, "\(form): \(found.count) of \(street.homes)")
                #expect(percentile(found, 0.99) <= p99Max, "\(form): \(percentiles(found))")
                all += found
            }
            figure("all forms: \(all.count) incidents, \(percentiles(all))")
            // Nothing is told before its time: a window that ends early would look fast.
            #expect(all.allSatisfy { $0 >= -20_000 }, "\(milliseconds(all.min() ?? 0)) before the end of a window")
            #expect(station.faults.isEmpty, "\(station.faults.prefix(5))")
            loop.stop()
            try await station.stop()
            try await care.stop()
            try await hub.stop()
        }

        /// A message that completes a condition or begins its window, and when it was handed to the broker.
        struct Published {
            var form: String
            var home: String
            var complete: FormStreet.Complete
            /// By `microseconds()`.
            var at: Int64

            /// Whether the incident is the one of this form and home, told after the message.
            func isMet(by incident: IncidentView, at arrived: Int64) -> Bool {
                incident.kind == "forms.\(form)" && (incident.home == home || form == "unreadable_burst") && incident.phase == "start" && arrived >= at
            }

            func latency(_ incident: IncidentView, at arrived: Int64) -> Int64 {
                switch complete {
                case .after(let window): return arrived - at - window
                case .asTold:
                    // The hub's wall clock is this machine's.
                    let now = microseconds(), wall = Int64(Date().timeIntervalSince1970 * 1_000_000)
                    return arrived - (WallTime(rfc3339: incident.detected_at)?.microseconds ?? 0) - (now - wall)
                }
            }
        }

        private static func publish(_ actions: [FormStreet.Action], over loop: PublishingLoop) async throws -> [Published] {
            var published: [Published] = []
            let begun = ContinuousClock.now
            for action in actions {
                try await Task.sleep(until: begun + .microseconds(action.microseconds), clock: .continuous)
                if let form = action.form {
                    published.append(Published(form: form, home: FormStreet.home(action.home), complete: action.complete, at: microseconds()))
                }
                let isTaken = loop.publish(topic: action.topic, payload: Array(action.payload.utf8), qos: 1) { _ in }
                try #require(isTaken, "the generator could not keep its rate")
            }
            return published
        }
    }
}
