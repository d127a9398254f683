import CareModel
import GatewayCore
import Sequencer
import Simulation
import Testing

/// What one turn does to its ports, and in which order.
@Suite struct TurnTests {
    @Test("a turn is committed, then acknowledged, then told")
    func order() throws {
        var bench = try Bench()
        bench.drain()
        bench.trace.clear()
        bench.sequencer.intake.publish(Bench.press(1))
        bench.drain()
        #expect(bench.trace.steps == [.commit(records: 1), .acknowledge(messages: 1), .tell(records: 1)])
        #expect(bench.sequencer.store.openings.count == 1)
        #expect(bench.sequencer.outlet.revisions.count == 1)
        #expect(bench.sequencer.store.complaints == [])
    }

    @Test("the first turn after a start holds the start and the configuration")
    func firstTurn() throws {
        var bench = try Bench()
        #expect(!bench.sequencer.isStarted)
        bench.drain()
        #expect(bench.sequencer.isStarted)
        let bodies = bench.sequencer.store.journal.map(\.body)
        #expect(bodies.count == 2)
        if case .started(let start)? = bodies.first { #expect(start.origin == "bench-a1") } else { Issue.record("no start record") }
        #expect(bodies.last == .configured(try Bench.configuration().digest))
    }

    @Test("with nothing to do nothing is stored, acknowledged or told")
    func idle() throws {
        var bench = try Bench()
        bench.drain()
        bench.trace.clear()
        guard case .idle = bench.sequencer.run() else { Issue.record("not idle"); return }
        #expect(bench.trace.steps == [])
    }

    @Test("safety goes before what people did, and that before telemetry")
    func safetyFirst() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.vitals(1, at: bench.clock.at))
        bench.sequencer.intake.post(.record(.link(LinkChange(link: .telemetry, change: .drained))))
        bench.sequencer.intake.publish(Bench.press(1))
        bench.drain()
        let bodies = bench.sequencer.store.journal.dropFirst(2).map(\.body)
        #expect(bodies == [.message(Bench.press(1)), .link(LinkChange(link: .telemetry, change: .drained)), .message(Bench.vitals(1, at: Bench.start))])
    }

    @Test("one turn takes a bounded number of messages and the next one the rest")
    func bounded() throws {
        var limits = SequencerLimits()
        limits.messagesPerTurnMax = 4
        var bench = try Bench(limits: limits)
        bench.drain()
        for n in 1...10 { bench.sequencer.intake.publish(Bench.vitals(n, at: bench.clock.at + .seconds(n))) }
        bench.trace.clear()
        bench.drain()
        #expect(bench.trace.steps.filter { if case .commit = $0 { true } else { false } } == [.commit(records: 4), .commit(records: 4), .commit(records: 2)])
    }

    @Test("hub time grows by at least a microsecond a record, even when the clock stands or jumps back")
    func timeGrows() throws {
        var bench = try Bench()
        bench.drain()
        for n in 1...3 {
            bench.clock.at = Bench.start - .seconds(n)
            bench.sequencer.intake.publish(Bench.press(n))
            bench.drain()
        }
        #expect(bench.sequencer.store.complaints == [])
        #expect(bench.sequencer.store.journal.count == 5)
    }

    @Test("a wake that changes nothing is not kept and its position is used again")
    func emptyWake() throws {
        var bench = try Bench()
        bench.drain()
        // The watch over a silent wearable is set when it is first heard and moves only when it comes due.
        bench.sequencer.intake.publish(Bench.vitals(1, at: bench.clock.at))
        bench.drain()
        bench.pass(.seconds(100))
        bench.sequencer.intake.publish(Bench.vitals(2, at: bench.clock.at))
        bench.drain()
        let count = bench.sequencer.store.journal.count
        var dueInVain = 0
        while case .idle(let due?) = bench.sequencer.run(), due <= Bench.start + .seconds(190) {
            dueInVain += 1
            bench.clock.at = due
        }
        #expect(dueInVain > 0)
        #expect(bench.sequencer.store.journal.count == count, "a wake that changed nothing was kept")
        bench.sequencer.intake.publish(Bench.press(1))
        bench.drain()
        #expect(bench.sequencer.store.complaints == [])
    }

    @Test("an unanswered SOS is escalated by a wake when it is due")
    func wakeEscalates() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.press(1))
        guard case .idle(let due?) = bench.drain() else { Issue.record("no deadline"); return }
        #expect(due == bench.sequencer.store.journal[2].at + .seconds(60))
        bench.clock.at = due
        bench.drain()
        #expect(bench.sequencer.store.revisions.count == 2)
        #expect(bench.sequencer.store.journal.last?.body == .wake)
    }

    @Test("a checkpoint is written after so many records or so much time, and at the end")
    func checkpointCadence() throws {
        var limits = SequencerLimits()
        limits.checkpointRecordsMax = 10
        limits.checkpointAgeMax = .seconds(15)
        var bench = try Bench(limits: limits)
        bench.drain()
        #expect(bench.sequencer.store.checkpoints.isEmpty)
        for n in 1...7 { bench.sequencer.intake.publish(Bench.vitals(n, at: bench.clock.at + .seconds(n))) }
        bench.drain()
        #expect(bench.sequencer.store.checkpoints.isEmpty, "9 records, 10 allowed")
        bench.sequencer.intake.publish(Bench.press(1))
        bench.drain()
        #expect(bench.sequencer.store.checkpoints.map(\.position) == [10])
        bench.pass(.seconds(14))
        bench.sequencer.intake.publish(Bench.press(2))
        bench.drain()
        #expect(bench.sequencer.store.checkpoints.count == 1, "14 s, 15 allowed")
        bench.pass(.seconds(1))
        bench.sequencer.intake.publish(Bench.press(3))
        bench.drain()
        #expect(bench.sequencer.store.checkpoints.map(\.position) == [10, 12])
        bench.sequencer.intake.publish(Bench.press(4))
        bench.drain()
        #expect(bench.sequencer.finish() == nil)
        #expect(bench.sequencer.store.checkpoints.last?.position == 13)
    }

    @Test("an audit entry alone is stored without a record")
    func auditAlone() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.post(Bench.audit("bench-a1:000001"))
        bench.drain()
        #expect(bench.sequencer.store.audit.count { $0.actor != "hub" } == 1)
        #expect(bench.sequencer.store.journal.count == 2)
    }

    @Test("a reload takes effect with its record, and has a checkpoint of its own")
    func reload() throws {
        var bench = try Bench()
        bench.drain()
        for n in 0..<4 {
            bench.sequencer.intake.publish(Bench.vitals(n + 1, at: bench.clock.at, spo2: 88))
            bench.drain()
            bench.pass(.seconds(10))
        }
        #expect(bench.sequencer.store.openings(of: "vital.spo2.low").count == 1)
        let other = try Bench.otherConfiguration()
        bench.sequencer.intake.post(.configuration(other))
        bench.drain()
        #expect(bench.sequencer.configuration.digest == other.digest)
        #expect(bench.sequencer.store.journal.last?.body == .configured(other.digest))
        #expect(bench.sequencer.store.checkpoints.last?.configuration == other.digest)
        let last = try #require(bench.sequencer.store.revisions.last)
        #expect(String(bytes: last.full, encoding: .utf8)?.contains("rule_removed") == true, "the end of a removed rule's finding is told")
        #expect(last.state != .resolved, "what the configuration ended has not recovered")
        let count = bench.sequencer.store.checkpoints.filter { $0.configuration == other.digest }.count
        bench.sequencer.intake.publish(Bench.press(1))
        bench.drain()
        #expect(bench.sequencer.store.checkpoints.filter { $0.configuration == other.digest }.count == count, "one change, one checkpoint")
    }
}
