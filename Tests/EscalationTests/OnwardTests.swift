import CareModel
@testable import Escalation
import Testing

/// A person asks for the next tier by hand.
@Suite("Told on by hand")
struct OnwardTests {
    @Test("the next tier is told at once and everybody before it again, its time is spent, the one after keeps its own; over restarts")
    func next() throws {
        var street = Street()
        _ = street.take(Street.finding(), at: 0)
        let told = street.obey(.escalate(Street.id(1)), by: "wu", at: 10)
        #expect(told.answer == .done(revision: 2) && told.revisions.map(\.revision) == [2])
        let revision = try #require(told.revisions.first)
        #expect(revision.tier == 1 && revision.phase == .escalate && revision.state == .open && revision.owner == nil)
        #expect(revision.annotations.last == Annotation(at: WallTime(microseconds: 1_010_000_000), what: "escalated_by_hand", actor: "wu"))
        #expect(told.queues == ["sounder", "station", "town", "upstream"])
        #expect(told.audits.map(\.action) == ["escalate"] && told.audits.map(\.actor) == ["wu"] && told.audits.map(\.outcome) == ["done"] && told.audits.map(\.object) == [Street.id(1).description])
        try street.restart()
        #expect(street.fire(now: 119).revisions.isEmpty, "the second tier is told once")
        let last = street.fire(now: 120)
        #expect(last.revisions.map(\.tier) == [2] && last.queues.contains("district"))
        let before = street.escalation.openIncidents
        let refused = street.obey(.escalate(Street.id(1)), at: 130)
        #expect(refused.answer == .refused(.allTold) && refused.revisions.isEmpty && street.escalation.openIncidents == before)
        #expect(refused.audits.map(\.outcome) == ["all_told"])
    }

    @Test("twice in a row tells two tiers, and the plan's times tell nobody again")
    func twice() {
        var street = Street()
        _ = street.take(Street.finding(), at: 0)
        #expect(street.obey(.escalate(Street.id(1)), id: "a", at: 1).revisions.map(\.tier) == [1])
        #expect(street.obey(.escalate(Street.id(1)), id: "a", at: 2).revisions.isEmpty, "the same press again is answered and done once")
        #expect(street.obey(.escalate(Street.id(1)), id: "b", at: 3).revisions.map(\.tier) == [2])
        #expect(street.escalation.nextDeadline == nil && street.fire(now: 10_000).revisions.isEmpty)
    }

    @Test("in every state its owner keeps it and its state stays; whoever is told may join", arguments: [
        Command.Action.acknowledge(Street.id(1)), .contact(Street.id(1), .patient, note: "pale"), .arrive(Street.id(1)),
    ])
    func states(taking: Command.Action) throws {
        var street = Street()
        _ = street.take(Street.finding(), at: 0)
        let taken = try #require(street.obey(taking, by: "li", at: 5).revisions.first)
        #expect(street.obey(.acknowledge(Street.id(1)), by: "wu", at: 6).answer == .refused(.alreadyTaken))
        let told = street.obey(.escalate(Street.id(1)), by: "li", expecting: 2, at: 10)
        #expect(told.revisions.map(\.state) == [taken.state] && told.revisions.first?.owner == "li" && told.queues.contains("town"))
        try street.restart()
        let joined = street.obey(.acknowledge(Street.id(1)), by: "wu", at: 12)
        #expect(joined.revisions.first?.annotations.last?.what == "helper_joined" && joined.revisions.first?.owner == "li")
    }

    @Test("it is no call: the owner is reminded and the next tier is told at their times as before")
    func followUp() {
        var street = Street()
        street.plan.responses[0].followUp = FollowUp(callSeconds: 180, shareSeconds: 300, contactSeconds: 1_800)
        _ = street.take(Street.finding(), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), by: "li", at: 10)
        _ = street.obey(.escalate(Street.id(1)), by: "li", at: 20)
        #expect(street.fire(now: 190).revisions.map { $0.annotations.last?.what } == ["owner_reminded"])
        let shared = street.fire(now: 310)
        #expect(shared.revisions.map(\.tier) == [2] && shared.revisions.first?.annotations.last?.what == "not_called")
    }

    @Test("refused: what is resolved, what nobody knows, an older revision, an inspector; families and buttons may what they may when taking")
    func refused() {
        var street = Street()
        _ = street.take(Street.finding(), at: 0)
        #expect(street.obey(.escalate(Street.id(9)), at: 1).answer == .refused(.unknownIncident))
        #expect(street.obey(.escalate(Street.id(1)), expecting: 7, at: 1).answer == .refused(.outdated))
        #expect(street.obey(.escalate(Street.id(1)), role: .inspector, at: 1).answer == .refused(.notAllowed))
        #expect(street.obey(.escalate(Street.id(1)), role: .family, at: 1).answer == .done(revision: 2))
        _ = street.obey(.resolve(Street.id(1), .falseAlarm, note: ""), at: 2)
        #expect(street.obey(.escalate(Street.id(1)), at: 3).answer == .refused(.alreadyResolved))
    }

    @Test("a low one, which no time tells on, is told on by hand; a drill leaves the station for nobody")
    func lowAndDrill() {
        var street = Street()
        _ = street.take(Street.finding("vital.weight.change", .raised, .low, category: .medical), at: 0)
        #expect(street.obey(.escalate(Street.id(1)), at: 1).queues == ["station", "town"])
        _ = street.obey(.arm(DeviceID("ieee:01"), seconds: 300), role: .technician, at: 2)
        _ = street.take(Street.finding(), at: 3)
        #expect(street.obey(.escalate(Street.id(2)), at: 4).answer == .refused(.allTold))
    }

    @Test("what waits for the morning is told to its first tier now, and not again in the morning")
    func morning() throws {
        var street = District.street(hour: 23)
        let held = street.take(District.silent("ieee:02"), at: 0)
        #expect(held.deliveries.isEmpty)
        let told = street.obey(.escalate(Street.id(1)), at: 100)
        #expect(told.answer == .done(revision: 2) && told.queues == ["station", "upstream"] && told.revisions.map(\.tier) == [0])
        try street.restart()
        #expect(street.fire(now: 8 * 3_600).revisions.allSatisfy { $0.annotations.allSatisfy { $0.what != "morning_list" } })
        #expect(street.obey(.escalate(Street.id(1)), at: 8 * 3_600 + 1).answer == .refused(.allTold))
    }

    @Test("from a shelf it must be answered anew, out of a storm it is told by itself")
    func aside() throws {
        var street = Street()
        _ = street.take(District.silent("ieee:02", .raised, .low), at: 0)
        _ = street.obey(.shelve(Street.id(1), seconds: 600, reason: "known"), by: "li", at: 1)
        let back = street.obey(.escalate(Street.id(1)), by: "wu", at: 2)
        #expect(back.revisions.map(\.state) == [.open] && back.queues == ["station", "town"])
        #expect(back.revisions.first?.annotations.suffix(2).map(\.what) == ["unshelved", "escalated_by_hand"])
        try street.restart()
        #expect(street.fire(now: 700).revisions.allSatisfy { $0.annotations.last?.what != "shelf_ended" })

        var storm = Street()
        for n in 0..<6 { _ = storm.take(District.silent("ieee:1\(n)", .raised, .low), at: 0) }
        let sixth = storm.obey(.escalate(Street.id(6)), at: 1)
        #expect(sixth.queues == ["station", "town"] && sixth.revisions.map(\.id) == [Street.id(6)])
    }
}
