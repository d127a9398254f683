import CareModel
import Foundation
import GatewayCore
import Simulation
import Testing

/// Restart equivalence: at every prefix of every case, what is restored goes on as what never stopped.
@Suite struct RestartTests {
    /// A straight run, and what a store would hold after each of its records.
    private struct Straight {
        var configuration: Configuration
        var records: [JournalRecord] = []
        var effects: [[Effect]] = []
        var checkpoints: [Checkpoint] = []
        /// Decided rows after each record, by table and key.
        var rows: [[String: DecidedRow]] = []
    }

    /// Beyond this many records only a window behind each prefix is stepped through; the checkpoint, which is compared at
    /// each prefix, and the windows, which overlap, carry the rest.
    static let wholeMax = 80
    static let window = 30

    private func run(_ golden: GoldenCase) throws -> Straight {
        let configuration = try golden.configuration()
        var core = GatewayCore(under: configuration), straight = Straight(configuration: configuration), kept: [String: DecidedRow] = [:]
        straight.records = try golden.records()
        for record in straight.records {
            var effects: [Effect] = []
            core.step(record, under: configuration, into: &effects)
            keep(effects, in: &kept)
            straight.effects.append(effects)
            straight.checkpoints.append(core.checkpoint())
            straight.rows.append(kept)
        }
        return straight
    }

    private func keep(_ effects: [Effect], in rows: inout [String: DecidedRow]) {
        for case .keep(let row) in effects { rows[row.table + "|" + row.key] = row.bytes == nil ? nil : row }
    }

    /// The core as a start finds it: rows after record `prefix`, the checkpoint after record `checkpoint` (none if below 0).
    private func restore(_ straight: Straight, prefix: Int, checkpoint: Int) throws -> GatewayCore {
        let configuration = straight.configuration
        // A dictionary's order differs from run to run, which is a test of its own.
        let rows = Array(straight.rows[prefix].values)
        let kept = checkpoint < 0 ? nil : try stored(straight.checkpoints[checkpoint])
        var core = try GatewayCore(restoring: rows, checkpoint: kept, under: configuration)
        for record in straight.records[(checkpoint + 1)...].prefix(prefix - checkpoint) { core.catchUp(record, under: configuration) }
        try core.restoreAdoptions(rows, under: configuration)
        return core
    }

    /// Through its bytes, as the ledger keeps it.
    private func stored(_ c: Checkpoint) throws -> Checkpoint {
        try Checkpoint(position: c.position, at: c.at, build: c.build, configuration: c.configuration, sectionBytes: c.sectionBytes())
    }

    private func checkpoints(for prefix: Int, of count: Int) -> [Int] {
        var places: Set<Int> = [prefix, max(prefix - 1, -1), max(prefix - 7, -1)]
        if count <= RestartTests.wholeMax || prefix % 40 == 0 { places.formUnion([-1, prefix / 2]) }
        return places.sorted()
    }

    @Test("a restart at any prefix, from any checkpoint, goes on byte for byte and finds nothing to make up for", arguments: GoldenCase.all)
    func everyPrefix(golden: GoldenCase) throws {
        let configuration = try golden.configuration(), straight = try run(golden), count = straight.records.count
        for prefix in 0..<count {
            for place in checkpoints(for: prefix, of: count) {
                let what: Comment = "\(golden.name): prefix \(prefix + 1), checkpoint \(place + 1)"
                var core = try restore(straight, prefix: prefix, checkpoint: place)
                var late: [Effect] = []
                core.reconcile(into: &late)
                try #require(late.isEmpty, what)
                let learned = core.checkpoint()
                for (a, b) in zip(learned.sections, straight.checkpoints[prefix].sections) { try #require(a.bytes == b.bytes, "\(what.rawValue), section \(a.name)") }
                try #require(learned == straight.checkpoints[prefix], what)
                let rest = count <= RestartTests.wholeMax ? count : min(count, prefix + 1 + RestartTests.window)
                for next in (prefix + 1)..<max(rest, prefix + 1) {
                    var effects: [Effect] = []
                    core.step(straight.records[next], under: configuration, into: &effects)
                    try #require(effects == straight.effects[next], "\(what.rawValue), record \(next + 1)")
                }
            }
        }
    }

    /// A safety incident's opening, or its end.
    private struct Milestone: Hashable {
        var id: IncidentID
        var isEnd: Bool
    }

    private func milestones(_ effects: [Effect]) -> [Milestone] {
        effects.compactMap { effect in
            guard case .revise(let r) = effect, r.category == .safety else { return nil }
            return r.revision == 1 ? Milestone(id: r.incident, isEnd: false) : r.state == .resolved ? Milestone(id: r.incident, isEnd: true) : nil
        }
    }

    private func kinds(_ effects: [Effect]) throws -> [String] {
        try effects.compactMap { effect in
            guard case .revise(let r) = effect, r.revision == 1, r.category == .safety else { return nil }
            let json = try #require(try JSONSerialization.jsonObject(with: Data(r.full)) as? [String: Any])
            return "\(json["kind"] ?? "") \(json["home"] ?? "") \(json["resident"] ?? "") \(json["received_at"] ?? "")"
        }
    }

    @Test("a restart with its start record loses no safety incident, opens none twice and tells nobody twice", arguments: GoldenCase.all)
    func withStart(golden: GoldenCase) throws {
        let configuration = try golden.configuration(), straight = try run(golden), count = straight.records.count
        let want = try kinds(straight.effects.flatMap { $0 })
        for prefix in stride(from: 1, to: count, by: count <= RestartTests.wholeMax ? 1 : 29) {
            var core = try restore(straight, prefix: prefix, checkpoint: prefix / 2)
            var effects = straight.effects[...prefix].flatMap { $0 }
            var start = LogTimeline.hub
            for record in straight.records[...prefix] { if case .started(let first) = record.body { start = first } }
            var position = straight.records[prefix].position, at = core.at
            func next(_ body: JournalRecord.Body, _ moment: Instant) {
                position += 1
                at = max(Instant(microseconds: at.microseconds + 1), moment)
                core.step(JournalRecord(position: position, at: at, body: body), under: configuration, into: &effects)
            }
            start.wall = core.clock.wall(Instant(microseconds: at.microseconds + 1))
            next(.started(start), at)
            next(.configured(configuration.digest), at)
            core.reconcile(into: &effects)
            for record in straight.records[(prefix + 1)...] { next(record.body, record.at) }

            let what: Comment = "\(golden.name): restart behind record \(prefix + 1)"
            #expect(try kinds(effects) == want, what)
            let passed = milestones(effects)
            #expect(Set(passed).count == passed.count, what)
            let told = effects.compactMap { effect -> DeliveryKey? in if case .enqueue(let d) = effect { d.key } else { nil } }
            #expect(Set(told).count == told.count, what)
        }
    }
}
