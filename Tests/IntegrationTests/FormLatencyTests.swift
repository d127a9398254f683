import CareModel
import Foundation
import Glibc
import MQTTSession
import Testing

extension Integration {
    /// The long form takes about three minutes for the homes and four for the hub's own forms; nothing here waits without a bound.
    @Suite("From a condition to a consumer, by rule form", .serialized, .timeLimit(.minutes(9))) struct FormLatencyTests {
        /// What concerns the hub as a whole, and is measured beside the street.
        static let ofTheHub = ["common_silence", "session_loss"]

        @Test("every rule form of Sources/Detection is measured here")
        func complete() throws {
            let folder = HubProcess.root + "/Sources/Detection"
            var forms: Set<String> = []
            for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".swift") {
                let lines = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8).split(separator: "\n")
                guard lines.contains(where: { $0.hasPrefix("enum ") && $0.hasSuffix(": RuleForm {") }) else { continue }
                let name = try #require(lines.first { $0.contains("static let name = \"") }, "\(file) is a rule form without a name")
                forms.insert(String(name.split(separator: "\"")[1]))
            }
            let measured = FormStreet(homes: 1, isLong: true).forms + FormLatencyTests.ofTheHub
            #expect(forms == Set(measured), "not measured: \(forms.subtracting(measured).sorted()); unknown: \(Set(measured).subtracting(forms).sorted())")
            #expect(measured.count == Set(measured).count)
        }

        @Test("from the reading that completes a condition, or the end of its window, to an independent consumer, for each rule form")
        func forms() async throws {
            // The short form is for a debug build on a machine that does other things too, and leaves out windows of a minute and more.
            let street = FormStreet(homes: isFull ? 100 : 8, isLong: isFull), p99Max: Int64 = isFull ? 1_000_000 : 2_000_000
            let hub = try HubProcess { try street.configure($0, root: HubProcess.root) }
            try await hub.start(seconds: 60)
            let care = try hub.subscriber(), station = hub.consumer()
            let loop = try FormLatencyTests.loop(hub)
            try #require(try await eventually(seconds: 30) { loop.status.isConnected })
            let line = hub.line()
            for index in 0..<street.homes {
                let answer = try line.post("/api/v1/homes/\(FormStreet.away(index))/mode", #"{"mode":"away","seconds":7200}"#)
                try #require((200..<300).contains(answer.status), "\(answer.status) \(answer.text)")
            }

            try #require(!street.isLong || wallMicroseconds() < street.useBegins, "the hub took so long to start that it did not see the window of expected_use whole")

            // In the long form a home every 0.3 s, so that what is measured is a form and not a queue of two thousand incidents.
            let published = try await FormLatencyTests.publish(street.actions(stagger: isFull ? 300_000 : 100_000), over: loop)
            // Every window has ended a minute and a half after the last message.
            var told = Told()
            let isWhole = try await eventually(seconds: isFull ? 100 : 20, every: .milliseconds(100)) {
                told.take(care.arrivals)
                return published.allSatisfy { told[$0] != nil }
            }

            var all: [Int64] = []
            for form in street.forms {
                let mine = published.filter { $0.form == form }
                let found = mine.compactMap { one in told[one].map { one.latency($0.incident, at: $0.at) } }
                figure("form \(form): \(found.count) of \(mine.count) incidents, \(percentiles(found))")
                let missing = mine.filter { told[$0] == nil }.prefix(5).map(\.home)
                #expect(found.count == street.homes, "\(form): \(found.count) of \(street.homes), none of \(missing)")
                #expect(percentile(found, 0.99) <= p99Max, "\(form): \(percentiles(found))")
                all += found
            }
            figure("all forms of homes: \(all.count) incidents, \(percentiles(all))\(street.isLong ? "" : "; left to the long form: \(FormStreet.ofMinutes.joined(separator: ", "))")")
            // Nothing is told before its time: a window that ends early would look fast.
            #expect(all.allSatisfy { $0 >= -20_000 }, "\(milliseconds(all.min() ?? 0)) before the end of a window")
            #expect(isWhole && station.faults.isEmpty, "\(station.faults.prefix(5))")
            loop.stop()
            try await station.stop()
            try await care.stop()
            try await hub.stop()
        }

        @Test("silence of all homes, and a link that is down: from the end of the window to a consumer")
        func hubForms() async throws {
            async let silences = FormLatencyTests.silences(rounds: isFull ? 100 : 2)
            async let losses = FormLatencyTests.losses(rounds: isFull ? 50 : 1)
            let (silent, lost) = try await (silences, losses), count = isFull ? 100 : 2
            for (form, found) in [("common_silence", silent), ("session_loss", lost)] {
                figure("form \(form): \(found.count) of \(count) incidents, \(percentiles(found))")
                #expect(found.count == count)
                #expect(percentile(found, 0.99) <= (isFull ? 1_000_000 : 2_000_000), "\(form): \(percentiles(found))")
                #expect(found.allSatisfy { $0 >= -20_000 }, "\(form): \(milliseconds(found.min() ?? 0)) before the end of a window")
            }
        }

        // MARK: - The hub's own forms

        /// Rounds of a message and a second of silence; a hub says so where it hears eight homes and more.
        private static func silences(rounds: Int) async throws -> [Int64] {
            let street = FormStreet(homes: 8, isLong: false)
            let hub = try HubProcess { try street.configure($0, root: HubProcess.root, rules: FormStreet.hubRule("common_silence", "silent_s: 1")) }
            try await hub.start(seconds: 60)
            let care = try hub.subscriber(), loop = try loop(hub)
            try #require(try await eventually(seconds: 30) { loop.status.isConnected })
            var told = Told(), found: [Int64] = []
            for round in 0..<rounds {
                // The first round makes all homes known; then one of them ends the silence and begins the next.
                let begun = microseconds()
                for home in 0..<(round == 0 ? street.homes : 1) {
                    try #require(loop.publish(topic: "forms/\(FormStreet.home(home))/probe", payload: Array(#"{"rr":16}"#.utf8), qos: 1) { _ in })
                }
                let came = try await eventually(seconds: 10) {
                    told.take(care.arrivals)
                    return told.starts.count > round
                }
                guard came else { throw KitFailure("round \(round): \(told.starts.count) silences were told\n\(hub.log.suffix(2_000))") }
                found.append(told.starts[round].at - begun - 1_000_000)
            }
            loop.stop()
            try await care.stop()
            try await hub.stop()
            return found
        }

        /// Rounds in which the broker is killed and comes again; each of the hub's two links is told after a second.
        private static func losses(rounds: Int) async throws -> [Int64] {
            let street = FormStreet(homes: 1, isLong: false)
            let hub = try HubProcess(isExternal: true) { try street.configure($0, root: HubProcess.root, rules: FormStreet.hubRule("session_loss", "down_s: 1")) }
            var broker = try await HubFaultTests.bareBroker(hub)
            func cut() {
                guard broker > 0 else { return }
                kill(broker, SIGKILL)
                var status: Int32 = 0
                waitpid(broker, &status, 0)
                broker = 0
            }
            defer { cut() }
            try await hub.start(seconds: 60)
            let station = hub.consumer()
            var found: [Int64] = []
            for round in 0..<rounds {
                let begun = microseconds()
                cut()
                func told() -> [Consumer.Arrival] { station.arrivals.filter { $0.incident.kind == "forms.session_loss" && $0.incident.phase == "start" } }
                let came = try await eventually(seconds: 10) { told().count >= (round + 1) * 2 }
                guard came else { throw KitFailure("round \(round): \(told().count) losses were told\n\(hub.log.suffix(2_000))") }
                broker = try await HubFaultTests.bareBroker(hub)
                found += told()[(round * 2)...].map { $0.at - begun - 1_000_000 }
                guard round + 1 < rounds else { break }
                // Both are over, so the next loss is another incident. The hub is ready with one link; the other may take a few tries more.
                func ended() -> Int { station.incidents.count { $0.kind == "forms.session_loss" && $0.phase == "end" } }
                let isOver = try await eventually(seconds: 60) { ended() >= (round + 1) * 2 }
                guard isOver else { throw KitFailure("round \(round): \(ended()) losses are over\n\(hub.readiness())\n\(hub.log.suffix(2_000))") }
                // A session that delivered something tries again after a second, however often it was cut before.
                for topic in ["forms/f001/probe", "quiet/f001/probe"] {
                    let (status, _) = try await run("mosquitto_pub", ["-V", "5", "-h", "127.0.0.1", "-p", String(hub.brokerPort), "-q", "1", "-t", topic, "-m", #"{"rr":16,"battery":80}"#])
                    try #require(status == 0)
                }
            }
            try await station.stop()
            try await hub.stop()
            return found
        }

        // MARK: - What was published and told

        /// A message that completes a condition or begins its window, and when it was handed to the broker.
        struct Published {
            var form: String
            var home: String
            var complete: FormStreet.Complete
            /// By `microseconds()`.
            var at: Int64

            func latency(_ incident: IncidentView, at arrived: Int64) -> Int64 {
                // The hub's wall clock is this machine's.
                let ahead = wallMicroseconds() - microseconds()
                switch complete {
                case .after(let window): return arrived - at - window
                case .asTold: return arrived + ahead - (WallTime(rfc3339: incident.detected_at)?.microseconds ?? 0)
                case .at(let wall): return arrived + ahead - wall
                }
            }
        }

        /// The first revision of each incident of the test's rules, by form and home; each line is read once.
        struct Told {
            private var read = 0
            private var byCondition: [String: [Int]] = [:]
            private(set) var starts: [(incident: IncidentView, at: Int64)] = []

            /// The first that was told after the message: a device that was not heard since the start is told as silent before its first one.
            subscript(_ one: Published) -> (incident: IncidentView, at: Int64)? {
                byCondition["\(one.form) \(one.home)"]?.first { starts[$0].at >= one.at }.map { starts[$0] }
            }

            mutating func take(_ arrivals: [MosquittoSubscriber.Arrival]) {
                for arrival in arrivals.dropFirst(read) {
                    guard let incident = try? IncidentView(arrival.line), incident.phase == "start", incident.kind.hasPrefix("forms.") else { continue }
                    // What is found of a whole profile names no home, but the profile, which is one home's here.
                    let home = incident.home ?? String(incident.text.en.suffix(4)), condition = "\(incident.kind.dropFirst("forms.".count)) \(home)"
                    starts.append((incident, arrival.at))
                    byCondition[condition, default: []].append(starts.count - 1)
                }
                read = arrivals.count
            }
        }

        private static func loop(_ hub: HubProcess) throws -> PublishingLoop {
            try PublishingLoop(SessionConfiguration(
                host: "127.0.0.1", port: hub.brokerPort, clientID: FormStreet.account, user: FormStreet.account,
                password: try hub.password(FormStreet.account), isPersistent: false))
        }

        private static func publish(_ actions: [FormStreet.Action], over loop: PublishingLoop) async throws -> [Published] {
            var published: [Published] = []
            let begun = ContinuousClock.now
            for action in actions {
                try await Task.sleep(until: begun + .microseconds(action.microseconds), clock: .continuous)
                if let form = action.form {
                    let home = form == "return_home" ? FormStreet.away(action.home) : FormStreet.home(action.home)
                    published.append(Published(form: form, home: home, complete: action.complete, at: microseconds()))
                }
                let isTaken = loop.publish(topic: action.topic, payload: Array(action.payload.utf8), qos: 1) { _ in }
                try #require(isTaken, "the generator could not keep its rate")
            }
            return published
        }
    }
}
