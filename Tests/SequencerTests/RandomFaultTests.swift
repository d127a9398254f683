import CareModel
import GatewayCore
import Sequencer
import Simulation
import Testing

/// Seeded storms of failing commits, probes, readings and power cuts.
@Suite struct RandomFaultTests {
    /// A seed that fails is a test of its own: give it here.
    static let seeds = 1...200

    @Test("whatever fails, what is acknowledged is stored, and each acknowledged SOS has its incident", arguments: seeds)
    func storm(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed)), limits = SequencerLimits()
        limits.messagesPerTurnMax = random.int(1...6)
        limits.checkpointRecordsMax = random.int(3...40)
        limits.recordsPerPage = random.int(1...16)
        var bench = try Bench(limits: limits)
        let own = try Bench.configuration()
        var presses = 0, sequence = 0, commands = 0
        for _ in 0..<60 {
            switch random.int(0...9) {
            case 0...1:
                presses += 1
                bench.sequencer.intake.publish(Bench.press(presses))
            case 2: bench.sequencer.intake.publish(Bench.smoke(random.chance(50)))
            case 3...5:
                sequence += 1
                bench.sequencer.intake.publish(Bench.vitals(sequence, at: bench.clock.at, spo2: random.int(80...98)))
            case 6:
                if let revision = bench.sequencer.store.revisions.last {
                    commands += 1
                    let action: Command.Action = random.chance(50) ? .acknowledge(revision.incident) : .resolve(revision.incident, .falseAlarm, note: "")
                    bench.sequencer.intake.post(Bench.command("c\(commands)", action))
                }
            case 7:
                if let delivery = bench.sequencer.store.deliveries.last { bench.sequencer.intake.post(.record(.delivery(DeliveryReport(key: delivery.key, outcome: .confirmed)))) }
            case 8:
                bench.sequencer.store.commitFaults.append(random.chance(60) ? .refused : .unclear)
                bench.sequencer.store.failingProbes = random.int(0...2)
                bench.sequencer.store.failingReads = random.int(0...1)
            default:
                bench.sequencer.store.failingReads = 0
                if random.chance(40) { try bench.cutPower(previous: own, next: own, limits: limits) }
            }
            bench.pass(.milliseconds(random.int(1...9_000)))
            for _ in 0..<random.int(0...3) { _ = bench.sequencer.run() }
        }
        bench.sequencer.store.commitFaults = []
        bench.drain(failuresMax: 10)
        try check(bench, presses: presses)
    }

    private func check(_ bench: Bench, presses: Int) throws {
        let store = bench.sequencer.store
        #expect(bench.sequencer.intake.isEmpty)
        #expect(store.complaints == [])
        #expect(store.condemned == [])
        var stored: [Message: Int] = [:]
        for record in store.journal { if case .message(let message) = record.body { stored[message, default: 0] += 1 } }
        for message in bench.sequencer.intake.acknowledged { #expect(stored[message] != nil, "acknowledged, but not stored: \(message.topic)") }
        let evidence = store.revisions.map { String(bytes: $0.full, encoding: .utf8) ?? "" }
        for n in stride(from: 1, through: presses, by: 1) {
            #expect(bench.sequencer.intake.acknowledged.contains(Bench.press(n)), "press \(n) was lost")
        }
        // A press opens an incident, or joins the one that stands: after the last press one was open.
        if presses > 0 { #expect(evidence.contains { $0.contains("\"kind\":\"safety.sos\"") }) }
        #expect(try openAtOnce(store, "safety.sos") <= 1, "two SOS incidents of one resident stand open at once")
        try checkEachPress(store)
    }

    /// How many incidents of the kind were open at the same time.
    private func openAtOnce(_ store: FailingStore, _ kind: String) throws -> Int {
        let own = Set(store.openings(of: kind).map(\.incident))
        var open: Set<IncidentID> = [], most = 0
        for revision in store.revisions where own.contains(revision.incident) {
            if revision.state == .resolved { open.remove(revision.incident) } else { open.insert(revision.incident) }
            most = max(most, open.count)
        }
        return most
    }

    /// Replays what is stored from nothing: each press that the journal holds must raise or join, and the incidents must be those that were told.
    private func checkEachPress(_ store: FailingStore) throws {
        let configuration = try Bench.configuration()
        var core = GatewayCore(under: configuration), effects: [Effect] = []
        for record in store.journal {
            let before = core.counters.findings["sos", default: 0]
            core.step(record, under: configuration, into: &effects)
            guard case .message(let message) = record.body, message.topic.hasSuffix("/sos") else { continue }
            #expect(core.counters.findings["sos", default: 0] == before + 1)
        }
        var told: [IncidentRevision] = []
        for case .revise(let revision) in effects { told.append(revision) }
        #expect(told == store.revisions, "the journal replayed gives other revisions than were stored")
    }
}
