import CareModel
import GatewayCore
import Sequencer
import Simulation
import Testing

/// Commits that fail: refused, rebuilt, delivered again.
@Suite struct FailureTests {
    @Test("a failed commit in mid-batch acknowledges nothing, and after redelivery there is exactly one incident", arguments: [StoreFault.refused, .unclear])
    func midBatch(fault: StoreFault) throws {
        var limits = SequencerLimits()
        limits.messagesPerTurnMax = 3
        var bench = try Bench(limits: limits)
        bench.drain()
        for n in 1...2 { bench.sequencer.intake.publish(Bench.message("zigbee2mqtt/0x00158d0009a1b207", #"{"occupancy":\#(n == 1)}"#)) }
        bench.sequencer.intake.publish(Bench.press(1))
        for n in 1...4 { bench.sequencer.intake.publish(Bench.vitals(n, at: bench.clock.at + .seconds(n))) }
        bench.trace.clear()
        bench.sequencer.store.commitFaults = [fault]
        guard case .failed = bench.sequencer.run() else { Issue.record("the commit did not fail"); return }
        #expect(bench.sequencer.state != .running)
        #expect(bench.trace.steps == [.failedCommit, .refuse, .refusedCommands(0)])
        #expect(bench.sequencer.intake.acknowledged.isEmpty)
        #expect(bench.sequencer.outlet.revisions.isEmpty, "nothing is told of a turn that failed")

        bench.drain()
        let store = bench.sequencer.store
        #expect(store.openings(of: "safety.sos").count == 1)
        #expect(bench.sequencer.intake.acknowledged.count == 7)
        #expect(store.complaints == [])
        #expect(store.condemned == [])
        // A press that was stored all the same and comes again joins; it can't be told from a second press.
        #expect(store.revisions.count <= (fault == .unclear ? 2 : 1))
    }

    @Test("while the probe fails nothing is taken, stepped or acknowledged; then the core is read back first")
    func probeKeepsRefusing() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.press(1))
        bench.sequencer.store.commitFaults = [.refused]
        bench.sequencer.store.failingProbes = 3
        _ = bench.sequencer.run()
        bench.trace.clear()
        for _ in 0..<3 {
            guard case .failed(let failure) = bench.sequencer.run() else { Issue.record("it went on"); return }
            #expect(failure.code == "disk_full")
        }
        #expect(bench.trace.steps == [.probe(false), .probe(false), .probe(false)])
        bench.trace.clear()
        bench.drain()
        #expect(bench.trace.steps.prefix(2) == [.probe(true), .recover])
        #expect(bench.sequencer.store.openings.count == 1)
    }

    @Test("a store that can't be read back after the probe goes on refusing")
    func readFails() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.press(1))
        bench.sequencer.store.commitFaults = [.refused]
        bench.sequencer.store.failingReads = 1
        _ = bench.sequencer.run()
        guard case .failed = bench.sequencer.run() else { Issue.record("it went on without its past"); return }
        #expect(bench.sequencer.store.condemned == [], "a reading that failed is no damage")
        bench.drain()
        #expect(bench.sequencer.store.openings.count == 1)
    }

    @Test("a second failing commit after the rebuild is answered like the first")
    func failsTwice() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.press(1))
        bench.sequencer.store.commitFaults = [.refused, .unclear, .refused]
        bench.drain(failuresMax: 5)
        #expect(bench.sequencer.store.openings(of: "safety.sos").count == 1)
        #expect(bench.sequencer.intake.acknowledged == [Bench.press(1)])
        #expect(bench.sequencer.store.complaints == [])
    }

    @Test("commands of a failed turn are refused to their senders and do nothing", arguments: [StoreFault.refused, .unclear])
    func commandsAreRefused(fault: StoreFault) throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.press(1))
        bench.drain()
        let incident = try #require(bench.sequencer.store.openings.first).incident
        let take = Bench.command("c1", .acknowledge(incident))
        bench.sequencer.intake.post(take)
        bench.sequencer.store.commitFaults = [fault]
        _ = bench.sequencer.run()
        #expect(bench.sequencer.outlet.refused == [CommandID("c1")])
        #expect(bench.sequencer.outlet.answers.isEmpty)
        bench.drain()
        // Where the failed turn is on the disk all the same, the second sending gets the first one's answer.
        bench.sequencer.intake.post(take)
        bench.drain()
        #expect(bench.sequencer.outlet.answers.map(\.id) == [CommandID("c1")])
        #expect(bench.sequencer.outlet.answers.first?.outcome == .done(revision: 2))
        #expect(bench.sequencer.store.revisions.map(\.revision) == [1, 2])
    }

    @Test("audit entries and delivery reports of a failed turn are kept for the next one")
    func keptForLater() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.press(1))
        bench.drain()
        let key = try #require(bench.sequencer.store.deliveries.first).key
        bench.sequencer.intake.post(.record(.delivery(DeliveryReport(key: key, outcome: .confirmed))))
        bench.sequencer.intake.post(Bench.audit("x"))
        bench.sequencer.store.commitFaults = [.refused, .refused]
        bench.drain(failuresMax: 5)
        #expect(!bench.sequencer.store.outbox.contains(key))
        #expect(bench.sequencer.store.audit.filter { $0.actor != "hub" }.map(\.object) == ["x"])
    }

    @Test("a reload whose turn failed comes into force with the next start, and its past is read under the old configuration", arguments: [StoreFault.refused, .unclear])
    func reloadFails(fault: StoreFault) throws {
        var bench = try Bench()
        bench.drain()
        for n in 0..<4 {
            bench.sequencer.intake.publish(Bench.vitals(n + 1, at: bench.clock.at, spo2: 88))
            bench.drain()
            bench.pass(.seconds(10))
        }
        let before = bench.sequencer.store.revisions.count, other = try Bench.otherConfiguration()
        bench.sequencer.intake.post(.configuration(other))
        bench.sequencer.store.commitFaults = [fault]
        bench.drain(failuresMax: 3)
        let store = bench.sequencer.store
        #expect(store.journal.last { if case .configured = $0.body { true } else { false } }?.body == .configured(other.digest))
        #expect(store.openings(of: "vital.spo2.low").count == 1, "nothing is found again")
        let told = store.revisions.dropFirst(before).filter { String(bytes: $0.full, encoding: .utf8)?.contains("rule_removed") == true }
        #expect(told.count == 1, "the end of the removed rule's finding is told once")
        #expect(store.complaints == [])
    }

    @Test("power is cut right behind a reload's commit: the journal is read under what each record was decided under")
    func powerCutAfterReload() throws {
        var bench = try Bench()
        let own = try Bench.configuration(), other = try Bench.otherConfiguration()
        bench.drain()
        bench.sequencer.intake.post(.configuration(other))
        bench.drain()
        // Under the other configuration these are no findings.
        for n in 0..<4 {
            bench.sequencer.intake.publish(Bench.vitals(n + 1, at: bench.clock.at, spo2: 82))
            bench.drain()
            bench.pass(.seconds(10))
        }
        #expect(bench.sequencer.store.openings.isEmpty)
        try bench.cutPower(previous: other, next: own)
        bench.drain()
        #expect(bench.sequencer.store.openings.isEmpty, "going back to the rules raises nothing about the past")
    }

    @Test("an SOS that was being decided when power was cut is one incident after redelivery")
    func powerCut() throws {
        var bench = try Bench()
        bench.drain()
        bench.sequencer.intake.publish(Bench.press(1))
        bench.sequencer.store.commitFaults = [.refused]
        _ = bench.sequencer.run()
        let own = try Bench.configuration()
        try bench.cutPower(previous: own, next: own)
        bench.drain()
        #expect(bench.sequencer.store.openings.count == 1)
        #expect(bench.sequencer.intake.acknowledged == [Bench.press(1)])
    }
}
