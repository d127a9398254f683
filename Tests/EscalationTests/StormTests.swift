import CareModel
@testable import Escalation
import Testing

/// A building of many homes behind one station.
private func building(_ count: Int) -> Street {
    var street = Street()
    street.household = Household(
        homes: (0..<count).map { Home(id: HomeID("h\($0)"), zone: .utc, station: "Tower", address: "\($0)") },
        residents: (0..<count).map { Resident(id: ResidentID("r\($0)"), home: $0, name: "R\($0)") },
        bindings: (0..<count).map { DeviceBinding(device: DeviceID("ieee:\($0)"), profile: "hub", home: $0, residents: [$0]) })
    return street
}

private func outage(_ n: Int, _ change: Finding.Change = .raised, at seconds: Int) -> Finding {
    Street.finding(
        "device.power_lost", change, .medium, who: Street.subject(["r\(n)"], home: "h\(n)", device: "ieee:\(n)"), category: .technical, isCondition: true,
        device: "ieee:\(n)", sequence: UInt64(n), at: seconds)
}

@Test("500 residents lose power within 10 s: each has an incident, people hear of the first at once and then of how many, a fall in between is told at once")
func storm() throws {
    let people: Set<String> = ["station", "town", "district", "sounder"]
    var street = building(500), told: [(Int, Int)] = [], falls = 0
    func count(_ decisions: [Decision], _ now: Int) { told.append((now, decisions.deliveries.filter { people.contains($0.key.queue.text) }.map(\.key.incident).count)) }
    for n in 0..<500 {
        let now = n / 50
        count(street.fire(now: now), now)
        let out = street.take(outage(n, at: now), at: now)
        #expect(out.revisions.contains { $0.subject.residents == [ResidentID("r\(n)")] && $0.revision == 1 })
        #expect(out.queues.contains("upstream"), "other systems get each at once")
        if n == 0 { #expect(Set(out.queues) == ["station", "sounder", "upstream"], "the first goes to people at once") }
        count(out, now)
        if n % 100 == 50 {
            let fall = street.take(Street.finding("safety.fall", who: Street.subject(["r\(n)"], home: "h\(n)"), at: now), at: now)
            #expect(Set(fall.queues) == ["station", "sounder", "upstream"], "safety is never grouped and never waits")
            falls += 1
        }
    }
    #expect(street.escalation.openCount == 500 + falls)
    let early = told.filter { $0.0 < 10 }.reduce(0) { $0 + $1.1 }
    #expect(early == EscalationLimits.stormSingles * 2, "five, to station and sounder, not five hundred")
    let summary = street.fire(now: 10).revisions.filter { $0.kind == "device.power_lost" }
    #expect(summary.map(\.id) == [Street.id(1)] && summary.first?.text.zhCN.hasPrefix("【共496户】") == true && summary.first?.text.en.hasPrefix("[496 HOMES]") == true)
    // Only the five and the falls go on to the next tiers by themselves; the first stands for the group.
    let next = street.fire(now: 59 + 11)
    #expect(Set(next.revisions.filter { $0.phase == .escalate && $0.category == .technical }.map(\.id)) == Set((1...5).map { Street.id($0) }))
    // Everything as it was after a restart.
    let before = street.escalation
    try street.restart()
    #expect(street.escalation.storms == before.storms && street.escalation.leaders == before.leaders && street.escalation.nextDeadline == before.nextDeadline)
}

@Test("when the one that leads is closed, the next one leads and says so; a member that becomes worse is told by itself")
func leaderLeaves() {
    var street = building(20)
    for n in 0..<20 { _ = street.take(outage(n, at: 0), at: 0) }
    _ = street.fire(now: 10)
    let worse = street.take(Street.finding(
        "device.power_lost", .updated, .high, who: Street.subject(["r9"], home: "h9", device: "ieee:9"), category: .technical, isCondition: true, device: "ieee:9", at: 11), at: 11)
    #expect(Set(worse.queues).isSuperset(of: ["station", "sounder"]) && worse.revisions.first?.phase == .escalate)
    _ = street.take(outage(0, .cleared(.returned), at: 20), at: 20)
    let next = street.fire(now: 30).revisions.filter { $0.annotations.last?.what == "storm" }
    #expect(next.map(\.id) == [Street.id(6)] && next.first?.annotations.last?.note == "14")
    for n in 1..<20 { _ = street.take(outage(n, .cleared(.returned), at: 40), at: 40) }
    #expect(street.escalation.openCount == 0 && street.escalation.storms.isEmpty && street.escalation.leaders.isEmpty && street.escalation.nextDeadline == nil)
}

@Test("five are told one by one, the sixth is grouped; so is none after a minute, of another station, or of another kind")
func stormEdges() {
    func grouped(_ street: inout Street, _ finding: Finding, _ now: Int) -> Bool { !street.take(finding, at: now).queues.contains("station") }
    var street = building(30)
    let first = (0..<5).map { grouped(&street, outage($0, at: 0), 0) }
    #expect(first == [false, false, false, false, false])
    var late = street
    #expect(grouped(&street, outage(5, at: 60), 60) && !grouped(&late, outage(5, at: 61), 61))
    let other = Street.finding("device.silent", .raised, .medium, who: Street.subject(["r7"], home: "h7", device: "ieee:7"), category: .technical, isCondition: true)
    #expect(!grouped(&street, other, 60))
    let medical = Street.finding("vital.spo2.low", .raised, .medium, who: Street.subject(["r8"], home: "h8"), isCondition: true)
    #expect(!grouped(&street, medical, 60))
}
