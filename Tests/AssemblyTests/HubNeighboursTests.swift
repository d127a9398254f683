import CareModel
import Settings
import Testing

@testable import Assembly

@Suite("Other hubs")
struct HubNeighboursTests {
    private let start = ContinuousClock.now
    private let settings = HubSettings.Neighbours(topic: "care/+/heartbeat", hubs: [.init(hub: "hub3", station: "west"), .init(hub: "hub2", station: "east")])

    private func sign(_ hub: String, state: String = "ready", reasons: String = "", isRetained: Bool = false) -> Message {
        let json = "{\"at\":\"2026-11-22T00:00:00.000000Z\",\"every_s\":60,\"hub\":\"\(hub)\",\"reasons\":[\(reasons)],\"state\":\"\(state)\"}"
        return Message(link: .telemetry, topic: "care/\(hub)/heartbeat", isRetained: isRetained, payload: Array(json.utf8))
    }

    private func states(_ neighbours: HubNeighbours, _ second: Int) -> [String] {
        let now = start + .seconds(second)
        return neighbours.picture(at: now).hubs.map { "\($0.name) \($0.station) \($0.state.rawValue) \($0.heardSeconds.map(String.init) ?? "-") \($0.reasons.joined(separator: ","))" }
    }

    @Test("they stand by station: awaited, well, not well with the reason, and silent after five quarters of a minute; one that nobody listed is left out")
    func life() {
        let neighbours = HubNeighbours(settings, at: start)
        #expect(neighbours.filters == ["care/+/heartbeat"])
        neighbours.look(isConnected: true, at: start)
        #expect(states(neighbours, 0) == ["hub2 east awaited - ", "hub3 west awaited - "])
        neighbours.take(sign("hub2"), at: start + .seconds(10))
        neighbours.take(sign("stranger"), at: start + .seconds(10))
        neighbours.take(Message(link: .telemetry, topic: "care/x/heartbeat", payload: Array("no sign of life".utf8)), at: start + .seconds(10))
        neighbours.look(isConnected: true, at: start + .seconds(74))
        #expect(states(neighbours, 74) == ["hub2 east ready 64 ", "hub3 west awaited - "])
        neighbours.take(sign("hub2", state: "not_ready", reasons: "\"disk_low\""), at: start + .seconds(75))
        neighbours.look(isConnected: true, at: start + .seconds(75))
        #expect(states(neighbours, 75) == ["hub2 east not_ready 0 disk_low", "hub3 west silent - "])
        neighbours.look(isConnected: true, at: start + .seconds(149))
        #expect(states(neighbours, 149).first == "hub2 east not_ready 74 disk_low")
        neighbours.look(isConnected: true, at: start + .seconds(150))
        #expect(states(neighbours, 150).first == "hub2 east silent 75 ")
        // What the broker kept is no sign of life.
        neighbours.take(sign("hub2", isRetained: true), at: start + .seconds(151))
        #expect(states(neighbours, 151).first == "hub2 east silent 76 ")
        neighbours.take(sign("hub3"), at: start + .seconds(152))
        #expect(states(neighbours, 152) == ["hub2 east silent 77 ", "hub3 west ready 0 "])
    }

    @Test("while this hub has no broker nobody falls silent, and afterwards each has its time again; who was silent before stays so")
    func blind() {
        let neighbours = HubNeighbours(settings, at: start)
        neighbours.take(sign("hub2"), at: start)
        neighbours.look(isConnected: true, at: start + .seconds(74))
        for second in 75...300 { neighbours.look(isConnected: false, at: start + .seconds(second)) }
        #expect(!neighbours.picture(at: start + .seconds(300)).isSeen && states(neighbours, 300) == ["hub2 east ready 300 ", "hub3 west awaited - "])
        neighbours.look(isConnected: true, at: start + .seconds(374))
        #expect(neighbours.picture(at: start + .seconds(374)).isSeen && states(neighbours, 374) == ["hub2 east ready 374 ", "hub3 west awaited - "])
        neighbours.look(isConnected: true, at: start + .seconds(375))
        #expect(states(neighbours, 375) == ["hub2 east silent 375 ", "hub3 west silent - "])
        neighbours.look(isConnected: false, at: start + .seconds(400))
        neighbours.look(isConnected: true, at: start + .seconds(401))
        #expect(states(neighbours, 401) == ["hub2 east silent 401 ", "hub3 west silent - "])
    }

    @Test("without neighbours nothing is subscribed, and the wall says nothing of others")
    func none() {
        let neighbours = HubNeighbours(nil, at: start)
        #expect(neighbours.filters.isEmpty && neighbours.picture(at: start) == HubNeighbours.Picture(isSeen: true, hubs: []))
    }
}
