import CareModel
import GatewayCore
import Testing

/// The hub's own test message, through the pure core.
@Suite struct CanaryTests {
    private struct Run {
        let configuration: Configuration
        var core: GatewayCore
        var position: UInt64 = 0
        var effects: [Effect] = []

        init() throws {
            configuration = try Bench.configuration()
            core = GatewayCore(under: configuration)
            step(0, .started(HubStart(hub: "bench", epoch: "a1", build: "test", wall: Run.wall(0), quality: .synchronised)))
            step(0, .configured(configuration.digest))
            step(0, .link(LinkChange(link: .safety, change: .resumed(isSessionPresent: true))))
        }

        static func wall(_ second: Int) -> WallTime { WallTime(microseconds: Bench.start.microseconds + Int64(second) * 1_000_000) }

        mutating func step(_ second: Int, _ body: JournalRecord.Body) {
            position += 1
            let at = max(Instant(microseconds: Bench.start.microseconds + Int64(second) * 1_000_000), core.at + Span(microseconds: 1))
            core.step(JournalRecord(position: position, at: at, body: body), under: configuration, into: &effects)
        }

        mutating func beat(_ second: Int, _ payload: String = "60", isRetained: Bool = false) {
            step(second, .message(Message(link: .safety, topic: GatewayCore.canaryTopic, isRetained: isRetained, payload: Array(payload.utf8))))
        }

        /// Revisions of its incident, by state.
        var told: [IncidentState] {
            effects.compactMap { effect in
                guard case .revise(let r) = effect, String(decoding: r.full, as: UTF8.self).contains("\"hub.canary_lost\"") else { return nil }
                return r.state
            }
        }
    }

    @Test("one that stays away for two and a half intervals is an incident, which the next one ends; it is nobody's reading")
    func lost() throws {
        var run = try Run()
        run.step(600, .wake)
        #expect(run.told.isEmpty, "none ever came: a log without them is no fault")
        run.beat(600)
        run.beat(660)
        #expect(run.core.canaryAt != nil && run.core.counters.readings == 0 && run.core.counters.quarantined == 0)
        run.step(809, .wake)
        #expect(run.told.isEmpty)
        run.step(810, .wake)
        #expect(run.told == [.open])
        run.beat(840)
        #expect(run.told.last == .resolved)
        run.step(989, .wake)
        let count = run.told.count
        run.step(990, .wake)
        #expect(run.told.count == count + 1 && run.told.last == .open, "told anew")
    }

    @Test("a lost session tells itself, a stopped hub misses nothing, and both begin anew with the next one; after a restart the incident is ended all the same")
    func begun() throws {
        var run = try Run()
        run.beat(0)
        run.step(30, .link(LinkChange(link: .safety, change: .lost)))
        run.step(1_000, .link(LinkChange(link: .safety, change: .resumed(isSessionPresent: true))))
        #expect(run.told.isEmpty)
        run.beat(1_000)
        run.step(5_000, .started(HubStart(hub: "bench", epoch: "a1", build: "test", wall: Run.wall(5_000), quality: .synchronised)))
        #expect(run.told.isEmpty)
        run.beat(5_000)
        run.step(5_200, .wake)
        #expect(run.told == [.open])
        run.step(5_300, .started(HubStart(hub: "bench", epoch: "a1", build: "test", wall: Run.wall(5_300), quality: .synchronised)))
        run.beat(5_310)
        #expect(run.told.last == .resolved)
    }

    @Test("what is retained or holds no interval is passed over", arguments: ["", "0", "x", "-1", "6 ", "1000", "١"])
    func strange(payload: String) throws {
        var run = try Run()
        run.beat(0, payload)
        run.beat(1, "60", isRetained: true)
        #expect(run.core.canaryAt == nil)
        run.step(3_000, .wake)
        #expect(run.told.isEmpty)
    }

    @Test("when the hub did not run, had no session or no right clock is noted for reports")
    func outages() throws {
        var run = try Run()
        run.step(100, .link(LinkChange(link: .telemetry, change: .lost)))
        run.step(200, .link(LinkChange(link: .safety, change: .lost)))
        run.step(300, .started(HubStart(hub: "bench", epoch: "a1", build: "test", wall: Run.wall(300), quality: .unsynchronised)))
        run.step(310, .link(LinkChange(link: .safety, change: .resumed(isSessionPresent: true))))
        let offset = run.core.clock.offset
        run.step(320, .clock(ClockStep(offsetBefore: offset, offsetAfter: offset, quality: .unsynchronised)))
        run.step(330, .clock(ClockStep(offsetBefore: offset, offsetAfter: offset, quality: .synchronised)))
        let noted = run.effects.compactMap { effect -> String? in
            guard case .audit(let entry) = effect, entry.actor == "hub" else { return nil }
            return "\(entry.action) \(entry.object) \((entry.at - Run.wall(0)).wholeSeconds)"
        }
        #expect(noted == [
            "outage_ended hub 0", "outage_began link 0", "outage_ended clock 0", "outage_ended link 0", "outage_began link 200",
            "outage_began hub 200", "outage_ended hub 300", "outage_began link 300", "outage_began clock 300", "outage_ended link 310", "outage_ended clock 330",
        ])
    }
}
