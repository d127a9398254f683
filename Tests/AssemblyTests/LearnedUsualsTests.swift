import CareModel
import Formats
import Foundation
import GatewayCore
import Simulation
import Testing

@testable import Assembly
@testable import Ledger

/// What is usual for a person, from readings over the core's own learning and a checkpoint to the document of the page.
@Suite("What is usual for one person", .timeLimit(.minutes(5)))
struct LearnedUsualsTests {
    /// A Sunday midnight in Shanghai.
    private static let begin = WallTime(microseconds: 1_795_276_800_000_000)
    private static let everyMinutes = 30

    /// The wearable of one home for so many days: 60 at night (0 to 6), 76 by day, each straying by 4 at most.
    private func lived(_ bench: PageLimitTests.Bench, days: Int) throws -> Board.Picture {
        let configuration = bench.loaded.core
        var core = GatewayCore(under: configuration), records: [JournalRecord] = [], effects: [Effect] = [], home = SimulatedHome(number: 1, seed: 1)
        func at(_ minute: Int) -> Instant { Instant(microseconds: LearnedUsualsTests.begin.microseconds + Int64(minute) * 60_000_000) }
        func step(_ body: JournalRecord.Body, _ moment: Instant) {
            let record = JournalRecord(position: UInt64(records.count + 1), at: moment, body: body)
            core.step(record, under: configuration, into: &effects)
            records.append(record)
        }
        step(.started(HubStart(hub: "hub1", epoch: bench.vault.ledger.epoch, build: "test", wall: LearnedUsualsTests.begin, quality: .synchronised)), at(0))
        step(.configured(bench.loaded.digest), Instant(microseconds: at(0).microseconds + 1))
        for (number, minute) in stride(from: 5, to: days * 1_440, by: LearnedUsualsTests.everyMinutes).enumerated() {
            let hour = minute / 60 % 24
            let message = home.wearable(LearnedUsualsTests.begin + .seconds(minute * 60), heartRate: (hour < 6 ? 60 : 76) + number % 9 - 4, spo2: 95 + number % 4)
            step(.message(message), at(minute))
        }
        let kept = core.checkpoint()
        let row = CheckpointRow(
            position: kept.position, at: kept.at, stateVersion: UInt32(Checkpoint.formVersion), build: kept.build, configuration: kept.configuration,
            sections: kept.sectionBytes())
        _ = try bench.vault.ledger.commit(LedgerTurn(
            records: records, effects: [], position: core.position, at: core.at, clock: core.clock, checkpoint: row,
            configuration: ConfigurationRow(digest: bench.loaded.digest, bytes: bench.loaded.bytes))) { core.clock.wall(core.at) }
        var picture = bench.picture
        (picture.clock, picture.at, picture.position) = (core.clock, core.at, core.position)
        return picture
    }

    private func series(_ bench: PageLimitTests.Bench, _ picture: Board.Picture) throws -> [String: [String: Any]] {
        let end = picture.clock.wall(picture.at) + .seconds(1)
        let json = try ResidentReadings(vault: bench.vault, picture: picture).document(of: 0, in: end - .seconds(86_400)..<end)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        return Dictionary(((document["series"] as? [[String: Any]]) ?? []).map { ($0["kind"] as? String ?? "", $0) }) { first, _ in first }
    }

    @Test("after its time of learning the page has each hour's place and spread as Detection keeps them; other kinds say that none is learned")
    func learned() throws {
        let bench = try PageLimitTests.Bench(homes: SimulatedDay.homesYAML(residents: 1, seed: 1))
        defer { bench.end() }
        let found = try series(bench, try lived(bench, days: 16))
        let usual = try #require(found["vital.heart_rate"]?["usual"] as? [String: Any], "\(found.keys.sorted())")
        #expect(usual["is"] as? String == "learned" && usual["learn_days"] as? Double == 14 && (usual["count"] as? Int ?? 0) > 700)
        #expect(usual["since"] as? String == "2026-11-21T16:05:00.000000Z", "\(usual["since"] ?? "")")
        let spans = try #require(usual["spans"] as? [[Double]])
        // A day through whole hours of the clock, the first and the last in part.
        #expect(spans.count == 25 && zip(spans, spans.dropFirst()).allSatisfy { $0[1] == $1[0] })
        #expect(spans.dropFirst().dropLast().allSatisfy { $0[1] - $0[0] == 3_600_000 && Int64($0[0]) % 3_600_000 == 0 })
        for span in spans {
            let hour = Int(span[0] / 3_600_000 + 8) % 24
            let (low, centre, high) = (span[2], span[3], span[4])
            #expect(low < centre && centre < high && high - low <= 24, "\(hour): \(span)")
            // Hours at the edges borrow from their neighbours.
            if (1...4).contains(hour) { #expect(centre < 70, "night \(hour): \(centre)") }
            if (8...22).contains(hour) { #expect(centre > 70 && centre < 80, "day \(hour): \(centre)") }
        }
        #expect(found["vital.spo2"] != nil && found["vital.spo2"]?["usual"] is NSNull)
        #expect(found["vital.heart_rate"]?["band"] == nil)
    }

    @Test("while it learns the page has no range, and says how far it is; without a checkpoint nothing is learned yet")
    func learning() throws {
        let bench = try PageLimitTests.Bench(homes: SimulatedDay.homesYAML(residents: 1, seed: 1))
        defer { bench.end() }
        let picture = try lived(bench, days: 3)
        let usual = try #require(try series(bench, picture)["vital.heart_rate"]?["usual"] as? [String: Any])
        #expect(usual["is"] as? String == "learning" && usual["spans"] == nil && (usual["count"] as? Int ?? 0) > 100 && usual["since"] is String)
        let fresh = try PageLimitTests.Bench(homes: SimulatedDay.homesYAML(residents: 1, seed: 1))
        defer { fresh.end() }
        let household = fresh.picture.household, device = DeviceID("topic:sim/\(SimulatedHome(number: 1, seed: 1).name)"), now = HubTime.wallTime()
        let kind = try #require(Kind.allCases.first { $0.name == "vital.heart_rate" })
        var w = JSONWriter()
        try LearnedUsuals(of: [device], vault: fresh.vault, picture: fresh.picture)
            .write(device, kind, household.residents[0].id, in: household.homes[0].zone, now - .seconds(60)..<now, to: &w)
        #expect(String(decoding: w.bytes, as: UTF8.self) == #"{"as_of":null,"count":0,"is":"learning","learn_days":14,"since":null}"#)
    }

    @Test("what several people use has nobody's range")
    func shared() throws {
        let name = SimulatedHome(number: 1, seed: 1).name, alone = SimulatedDay.homesYAML(residents: 1, seed: 1)
        let homes = alone.replacingOccurrences(of: "sim/\(name)\", room: \"\", resident: \(name)-r", with: "sim/\(name)\", room: \"\", resident: home")
            .replacingOccurrences(of: "    timezone: Asia/Shanghai\n", with: "    timezone: Asia/Shanghai\n    occupants: 2\n")
        #expect(homes.contains("resident: home}\n      - {profile: kati") && homes.contains("occupants: 2"))
        let bench = try PageLimitTests.Bench(homes: homes)
        defer { bench.end() }
        let found = try series(bench, try lived(bench, days: 16))
        let usual = found["vital.heart_rate"]?["usual"] as? [String: Any]
        #expect(usual?["is"] as? String == "shared" && usual?["spans"] == nil, "\(usual ?? [:])")
    }
}
