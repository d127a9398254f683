import CareModel
import Foundation
import GatewayCore
import Settings
import Simulation
import Testing

@testable import Assembly
@testable import Ledger

/// What the further pages tell at most: below, at and above each named limit.
@Suite("Limits of the further pages", .timeLimit(.minutes(5)))
struct PageLimitTests {
    /// A ledger and a configuration of a test's own.
    struct Bench {
        let folder = NSTemporaryDirectory() + "vigil-pages-\(UUID().uuidString)"
        let vault: Vault
        let loaded: LoadedConfiguration

        init(homes: String) throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: root + "/config", toPath: folder + "/config")
            try FileManager.default.createSymbolicLink(atPath: folder + "/devices", withDestinationPath: root + "/devices")
            try homes.write(toFile: folder + "/config/homes.yaml", atomically: true, encoding: .utf8)
            loaded = try LoadedConfiguration.load(folder + "/config", environment: [:])
            vault = try Vault(folder + "/data", options: LedgerOptions(ballastBytes: 0))
        }

        var picture: Board.Picture {
            var picture = Board.Picture()
            picture.follow(loaded)
            picture.household = loaded.core.household
            // Hub time is wall time here.
            picture.at = Instant(microseconds: HubTime.wallTime().microseconds)
            return picture
        }

        func end() {
            vault.close()
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    private func object(_ json: [UInt8]) throws -> [String: Any] { try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]) }

    /// One home with so many motion sensors that nobody ever heard.
    private static func silent(_ count: Int) -> String {
        """
        homes:
          - id: h1
            timezone: Asia/Shanghai
            place: {station: east, address: Road 1}
            occupants: 1
            pets: false
            residents: [{id: r1, name: Somebody}]
            devices:

        """ + (0..<count).map { "      - {profile: aqara-rtcgq11lm, device: \"ieee:0x\(String(format: "%016x", 0xA000 + $0))\", room: room\($0), resident: home}\n" }.joined()
    }

    @Test("the wall names so many silent devices, and counts all of them", arguments: [-1, 0, 1])
    func silentDevices(beyond: Int) throws {
        let count = ReportPages.wallSilentMax + beyond
        let bench = try Bench(homes: PageLimitTests.silent(count))
        defer { bench.end() }
        let wall = try object(ReportPages.wall(
            bench.vault, bench.picture, HomePages(vault: bench.vault, picture: bench.picture), within: nil, hubs: HubNeighbours.Picture(), stations: []))
        #expect(wall["silent_devices"] as? Int == count && wall["devices"] as? Int == count)
        #expect((wall["silent"] as? [Any])?.count == min(count, ReportPages.wallSilentMax))
    }

    @Test("the wall names so many other hubs that are not well, by station, and counts all of them; a station's wall those of its stations", arguments: [-1, 0, 1])
    func otherHubs(beyond: Int) throws {
        let count = ReportPages.wallHubsMax + beyond, start = ContinuousClock.now
        let bench = try Bench(homes: PageLimitTests.silent(1))
        defer { bench.end() }
        let settings = HubSettings.Neighbours(topic: "care/+/heartbeat", hubs: (0..<count).map { .init(hub: "n\($0)", station: "west") } + [.init(hub: "e0", station: "east")])
        let neighbours = HubNeighbours(settings, at: start)
        neighbours.look(isConnected: true, at: start + .seconds(80))
        let picture = neighbours.picture(at: start + .seconds(80)), pages = try HomePages(vault: bench.vault, picture: bench.picture)
        func hubs(_ homes: [HomeID]?, _ stations: [String]) throws -> (watched: Int?, named: [String]) {
            let wall = try object(ReportPages.wall(bench.vault, bench.picture, pages, within: homes, hubs: picture, stations: stations))
            let hubs = wall["hubs"] as? [String: Any]
            return (hubs?["watched"] as? Int, (hubs?["unwell"] as? [[String: Any]] ?? []).map { $0["hub"] as? String ?? "" })
        }
        let all = try hubs(nil, [])
        #expect(all.watched == count + 1 && all.named.count == min(count + 1, ReportPages.wallHubsMax) && all.named.first == "e0")
        let east = try hubs([HomeID("h1")], []), west = try hubs([], ["west"]), none = try hubs([], [])
        #expect(east.watched == 1 && east.named == ["e0"])
        #expect(west.watched == count && !west.named.contains("e0"), "a station all of whose homes stand at other hubs")
        #expect(none.watched == 0 && none.named.isEmpty)
    }

    @Test("a family sees so many incidents of one person, the unresolved ones first", arguments: [-1, 0, 1])
    func incidents(beyond: Int) throws {
        let count = FamilyPages.incidentsMax + beyond
        let bench = try Bench(homes: SimulatedDay.homesYAML(residents: 1, seed: 1))
        defer { bench.end() }
        let household = bench.loaded.core.household, home = household.homes[0].id, resident = household.residents[0].id
        let now = HubTime.wallTime()
        var effects: [Effect] = []
        for number in 1...count {
            let id = IncidentID(origin: "hub1-test", number: UInt64(number)), isOpen = number == 1
            let json = """
                {"annotations":[],"category":"safety","home":"\(home)","id":"\(id)","opened_at":"\(now)","resident":"\(resident)","text":{"en":"Call","zh-CN":"请致电"}}
                """
            effects.append(.revise(IncidentRevision(
                incident: id, revision: 1, state: isOpen ? .open : .resolved, priority: .high, category: .safety, origin: .live, home: home,
                full: Array(json.utf8), masked: Array(json.utf8))))
        }
        let record = JournalRecord(position: 1, at: Instant(microseconds: now.microseconds), body: .wake)
        _ = try bench.vault.ledger.commit(LedgerTurn(records: [record], effects: effects, position: 1, at: Instant(microseconds: now.microseconds), clock: HubClock())) { now }
        let document = try object(FamilyPages(vault: bench.vault, picture: bench.picture).document(of: [resident], withheld: [ResidentID("x")], days: FamilyDays()))
        let people = try #require(document["residents"] as? [[String: Any]])
        let shown = try #require(people.first?["incidents"] as? [[String: Any]])
        #expect(shown.count == min(count, FamilyPages.incidentsMax) && shown.first?["state"] as? String == "open")
        #expect(people.count == 2 && people[1].count == 2 && people[1]["consent"] as? Bool == false && people[1]["resident"] as? String == "x")
    }

    @Test("the days of so many people are kept for their families, and all are gathered again when one more is asked for")
    func days() throws {
        let bench = try Bench(homes: SimulatedDay.homesYAML(residents: FamilyDays.peopleMax + 1, seed: 1))
        defer { bench.end() }
        let days = FamilyDays(), picture = bench.picture
        func gathered(_ resident: Int) throws -> WallTime { try days.day(of: resident, bench.vault, picture).asOf }
        let first = try gathered(0)
        for resident in 1..<FamilyDays.peopleMax - 1 { _ = try gathered(resident) }
        #expect(try gathered(0) == first, "one less than the limit")
        _ = try gathered(FamilyDays.peopleMax - 1)
        #expect(try gathered(0) == first, "as many as the limit")
        _ = try gathered(FamilyDays.peopleMax)
        #expect(try gathered(0) > first, "one more")
    }
}
