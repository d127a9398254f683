import CareModel
import Foundation
import Formats
import Serving
import Simulation
import Testing

@testable import Assembly
@testable import Ledger

/// The date of birth beside an incident of the hub's own pages.
@Suite("Born beside") struct BornBesideTests {
    private static let household = Household(
        homes: [Home(id: HomeID("h"), zone: .utc)],
        residents: [("wang", "1941-03-08"), ("li", ""), ("odd\"\\,\"resident", "1950")].map { Resident(id: ResidentID($0.0), home: 0, name: "Name of \($0.0)", born: $0.1) })

    private static func incident(_ residents: [String], note: String = "") -> Incident {
        let wall = WallTime(microseconds: 1_790_000_000_000_000)
        return Incident(
            id: IncidentID(origin: "hub-e", number: 1), revision: 1, phase: .start, kind: "safety.sos", priority: .high, category: .safety,
            state: .open, subject: Subject(home: HomeID("h"), residents: residents.map { ResidentID($0) }), station: "s", address: "a", residentName: "n",
            observedAt: wall, receivedAt: wall, detectedAt: wall, openedAt: wall, rule: "sos", text: LocalizedText(zhCN: "请致电", en: "Call"),
            evidence: [], annotations: [Annotation(at: wall, what: "note", actor: "x", note: note)], origin: .live, isLate: false)
    }

    private func members(_ json: [UInt8]) throws -> [String: Any] { try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]) }

    @Test("one known person's incident gets it as its last member, whatever the identifier and the notes look like")
    func added() throws {
        for (resident, born) in [("wang", "1941-03-08"), ("odd\"\\,\"resident", "1950")] {
            let full = IncidentJSON.delivery(Self.incident([resident], note: ",\"resident\":\"li\",\"resident_born\":\"1900\""))
            let shown = BornBeside(household: Self.household).adding(to: full)
            var found = try members(shown)
            #expect(found.removeValue(forKey: "resident_born") as? String == born, "\(resident)")
            #expect(NSDictionary(dictionary: found) == NSDictionary(dictionary: try members(full)))
            #expect(shown.starts(with: full.dropLast()))
        }
    }

    @Test("the hub's list, incident and stream have it for who may see names; kept revisions and masked answers never")
    func desk() async throws {
        let bench = try PageLimitTests.Bench(homes: SimulatedDay.homesYAML(residents: 1, seed: 1))
        defer { bench.end() }
        let board = Board(), picture = bench.picture, resident = picture.household.residents[0], wall = HubTime.wallTime()
        board.update { $0 = picture }
        var incident = Self.incident([resident.id.text])
        incident.subject.home = picture.household.homes[0].id
        let revision = IncidentRevision(
            incident: incident.id, revision: 1, state: .open, priority: .high, category: .safety, origin: .live, home: incident.subject.home,
            full: IncidentJSON.delivery(incident), masked: IncidentJSON.masked(incident))
        let record = JournalRecord(position: 1, at: Instant(microseconds: wall.microseconds), body: .wake)
        _ = try bench.vault.ledger.commit(LedgerTurn(records: [record], effects: [.revise(revision)], position: 1, at: record.at, clock: HubClock())) { wall }
        let desk = ReadingDesk(vault: bench.vault, board: board, hub: "hub1")
        let list = try await desk.incidents(IncidentFilter(limit: 10), .full).incidents, shown = try #require(try await desk.incident(incident.id, .full))
        let streamed = try #require(try await desk.revisions(after: 0, limit: 10).first)
        for full in list + [shown.newest, streamed.full] { #expect(try members(full)["resident_born"] as? String == resident.born && !resident.born.isEmpty) }
        #expect(list.count == 1 && shown.revisions == [revision.full])
        let hidden = try #require(try await desk.incident(incident.id, .masked))
        #expect(try await desk.incidents(IncidentFilter(limit: 10), .masked).incidents == [revision.masked])
        #expect(hidden.newest == revision.masked && hidden.revisions == [revision.masked] && streamed.masked == revision.masked)
    }

    @Test("nobody's, several people's, an unknown person's and one whose birth nobody wrote down stay as they are, and so does what is no object")
    func left() {
        let beside = BornBeside(household: Self.household)
        for residents in [[], ["li"], ["stranger"], ["wang", "li"]] {
            let full = IncidentJSON.delivery(Self.incident(residents, note: "\"resident\":\"wang\""))
            #expect(beside.adding(to: full) == full, "\(residents)")
        }
        for text in ["", "{}", "[1]", "}", ",\"resident\":\"wang"] { #expect(beside.adding(to: Array(text.utf8)) == Array(text.utf8), "\(text)") }
    }
}
