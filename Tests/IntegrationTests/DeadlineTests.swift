import Foundation
import Simulation
import Testing

extension Integration {
    /// Deadlines of the real process, which is killed between and on them.
    @Suite("Deadlines through kills", .serialized, .timeLimit(.minutes(20))) struct DeadlineTests {
        /// The shipped steps in seconds instead of minutes; a follow-up has no shorter times than ten seconds.
        static let plan = """
            drill_queues: [station]
            responses:
              - name: scaled
                tiers:
                  - {after_s: 0, queues: [station, upstream]}
                  - {after_s: 5, queues: [town]}
                  - {after_s: 9, queues: [district]}
                follow_up: {call_s: 10, share_s: 13, contact_s: 16}

            """
        static let tolerance: Int64 = 1_000_000

        /// One step that must happen, and when it falls due.
        struct Due {
            var word: String
            /// Counts from 0 among those of one word.
            var place: Int
            var at: Int64
        }

        /// Between being ready and being killed, in wall time.
        struct Life {
            var ready: Int64
            var killed: Int64
        }

        @Test("every tier, reminder, sharing and missed contact comes within a second of its time, or at the start when it was due before it, and once")
        func deadlines() async throws {
            let kills = isFull ? 50 : 6
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: 3 * kills, seed: 1)) { folder in
                try DeadlineTests.plan.write(toFile: folder + "/response.yaml", atomically: true, encoding: .utf8)
            }
            try await hub.start(seconds: 60)
            var lives = [Life(ready: wallMicroseconds(), killed: .max)]
            let station = hub.consumer()
            let generator = try Generator(hub: hub, residents: 3 * kills, background: 0, record: hub.folder + "/acknowledged")
            var taken: Set<String> = []
            for kill in 0..<kills {
                generator.press(3 * kill, "safety.sos")
                generator.press(3 * kill + 1, "safety.sos")
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...2_000)))
                // Somebody takes one of those that nobody has, whatever step it has reached.
                if let one = station.incidents.filter({ $0.kind == "safety.sos" && !taken.contains($0.id) }).randomElement() {
                    taken.insert(one.id)
                    _ = try? hub.line().post("/api/v1/incidents/\(one.id)/acknowledge", "{\"actor\":\"li\"}")
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...2_000)))
                lives[lives.count - 1].killed = wallMicroseconds()
                hub.kill9()
                // Pressed while nobody listens: the broker keeps it.
                generator.press(3 * kill + 2, "safety.sos")
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...3_000)))
                try await hub.start(seconds: 60)
                lives.append(Life(ready: wallMicroseconds(), killed: .max))
            }
            func newest() -> [IncidentView] {
                var found: [String: IncidentView] = [:]
                for one in station.incidents where one.kind == "safety.sos" && one.revision >= found[one.id]?.revision ?? 0 { found[one.id] = one }
                return found.values.sorted { $0.id < $1.id }
            }
            // Nobody ever reaches anybody, so each ends with the missed contact.
            let isOver = try await eventually(seconds: 60, every: .milliseconds(200)) {
                let all = newest()
                return all.count == 3 * kills && all.allSatisfy { one in (try? DeadlineTests.dues(of: one))?.allSatisfy { DeadlineTests.fired($0, in: one) } ?? false }
            }
            let all = newest()
            #expect(isOver && all.count == 3 * kills, "\(all.count) of \(3 * kills); \(all.filter { one in (try? DeadlineTests.dues(of: one))?.contains { !DeadlineTests.fired($0, in: one) } ?? true }.prefix(3))")

            var late: [Int64] = [], overdue = 0, counts: [String: Int] = [:]
            for one in all {
                let dues = try DeadlineTests.dues(of: one), revisions = station.incidents.filter { $0.id == one.id }.sorted { $0.revision < $1.revision }
                for word in Set(["escalated", "owner_reminded", "not_called", "contact_missed"]) {
                    let wanted = dues.filter { $0.word == word }.count, seen = one.annotations.filter { $0.what == word || $0.what == word + "_late" }.count
                    #expect(seen == wanted, "\(one.id): \(seen) × \(word), due \(wanted) times: \(one.annotations.map(\.what))")
                    counts[word, default: 0] += seen
                }
                for due in dues {
                    guard let told = revisions.first(where: { DeadlineTests.fired(due, in: $0) }), let stored = told.committed_at else { continue }
                    let firedAt = try IncidentView.microseconds(stored)
                    // Alive from a moment before it was due until it could be told: then it has its second. Else the next start has one.
                    let isAlive = lives.contains { $0.ready <= due.at && due.at + DeadlineTests.tolerance < $0.killed }
                    let start = lives.first { $0.ready >= due.at }?.ready ?? .max
                    let limit = isAlive ? due.at : start
                    overdue += isAlive ? 0 : 1
                    late.append(firedAt - limit)
                    #expect(firedAt >= due.at - 20_000, "\(one.id) \(due.word): \(milliseconds(due.at - firedAt)) too early")
                    #expect(firedAt <= limit + DeadlineTests.tolerance, "\(one.id) \(due.word): \(milliseconds(firedAt - limit)) after \(isAlive ? "it was due" : "the start")")
                }
            }
            figure("deadlines through \(kills) kills -9: \(all.count) incidents, \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")), each once; \(overdue) were overdue at a start; after the due time or the start \(percentiles(late.map { max(0, $0) }))")
            #expect(station.faults.isEmpty, "\(station.faults.prefix(3))")
            #expect(overdue >= kills / 2, "the kills met \(overdue) deadlines")
            try await generator.stop()
            try await station.stop()
            try await hub.stop()
        }

        /// What the plan asks of one incident, counted from what its history says of opening, taking and receipt.
        static func dues(of one: IncidentView) throws -> [Due] {
            let opened = try IncidentView.microseconds(one.opened_at)
            func first(_ word: String) throws -> Int64? { try one.annotations.first { $0.what == word }.map { try IncidentView.microseconds($0.at) } }
            let taken = try first("acknowledged")
            var dues: [Due] = []
            for (place, seconds) in [Int64(5), 9].enumerated() where taken.map({ $0 > opened + seconds * 1_000_000 }) ?? true {
                dues.append(Due(word: "escalated", place: place, at: opened + seconds * 1_000_000))
            }
            if let taken {
                dues.append(Due(word: "owner_reminded", place: 0, at: taken + 10_000_000))
                dues.append(Due(word: "not_called", place: 0, at: taken + 13_000_000))
            }
            guard let received = try first("received") else { throw KitFailure("\(one.id): nobody received it yet") }
            dues.append(Due(word: "contact_missed", place: 0, at: received + 16_000_000))
            return dues
        }

        static func fired(_ due: Due, in one: IncidentView) -> Bool {
            one.annotations.filter { $0.what == due.word || $0.what == due.word + "_late" }.count > due.place
        }
    }
}
