import CareModel
@testable import Escalation
import Testing

@Test("when nobody takes it the next tier is told at 60 s and the last at 120 s, and nobody is left out")
func tiers() {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    #expect(street.fire(now: 59).isEmpty)
    let first = street.fire(now: 60)
    #expect(first.revisions.map(\.tier) == [1] && first.revisions.map(\.phase) == [.escalate])
    #expect(first.queues == ["sounder", "station", "town", "upstream"])
    #expect(first.revisions.first?.annotations.last == Annotation(at: WallTime(microseconds: 1_060_000_000), what: "escalated"))
    let second = street.fire(now: 120)
    #expect(second.queues == ["district", "sounder", "station", "town", "upstream"])
    #expect(second.revisions.first?.deadlines.isEmpty ?? false)
    #expect(street.escalation.nextDeadline == nil)
}

@Test("a taken incident does not escalate, and neither do low ones and information")
func noEscalation() {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    _ = street.obey(.acknowledge(Street.id(1)), at: 59)
    _ = street.take(Street.finding("behaviour.quiet", .raised, .low, category: .behaviour), at: 59)
    _ = street.take(Street.finding("device.note", .raised, .information, category: .technical), at: 59)
    #expect(street.escalation.nextDeadline == nil)
    #expect(street.all.last.map { [$0].queues } != ["sounder"], "the sounder's minimum is medium")
}

@Test("a deadline survives a restart; what fell due while the hub was down happens at once, marked late")
func overdue() throws {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    try street.restart()
    #expect(street.escalation.nextDeadline == Street.second(60))
    let out = street.fire(now: 400, wasDown: true)
    #expect(out.revisions.map(\.tier) == [1, 2])
    let last = try #require(out.revisions.last)
    #expect(last.annotations.map(\.what) == ["escalated_late", "escalated_late"])
    #expect(last.annotations.map(\.at) == [WallTime(microseconds: 1_400_000_000), WallTime(microseconds: 1_400_000_000)])
}

@Test("a replay without wakes escalates at the due time, as the live hub did")
func withoutWakes() {
    var live = Street(), replay = Street()
    _ = live.take(Street.finding(), at: 0)
    _ = live.fire(now: 60)
    _ = live.fire(now: 120)
    _ = replay.take(Street.finding(), at: 0)
    _ = replay.fire(now: 4_000)
    #expect(live.all.revisions == replay.all.revisions)
}

@Test("what is due at the same moment happens in the order of identifiers")
func order() {
    var street = Street()
    for name in ["chen", "anna", "bo"] { _ = street.take(Street.finding(who: Street.subject([name])), at: 0) }
    #expect(street.fire(now: 60).revisions.map(\.id.number) == [1, 2, 3])
}

@Test("a medium incident that becomes high later starts its clock then, not in the past")
func raisedLater() {
    var street = Street()
    func quiet(_ change: Finding.Change, _ priority: Priority) -> Finding {
        Street.finding("behaviour.quiet", change, priority, category: .behaviour, isCondition: true)
    }
    _ = street.take(quiet(.raised, .low), at: 0)
    _ = street.take(quiet(.updated, .high), at: 500)
    #expect(street.escalation.nextDeadline == Street.second(560))
}

@Test("confirmed deliveries leave, dead ones of an untaken high incident tell the next tier once")
func reports() throws {
    var street = Street()
    let out = street.take(Street.finding(), at: 0)
    let keys = out.deliveries.map(\.key)
    let confirmed = street.report(keys[0], .confirmed, at: 1)
    #expect(confirmed.first == .retire(keys[0]) && confirmed.revisions.isEmpty)
    #expect(street.escalation.openIncidents.first?.annotations == [Annotation(at: WallTime(microseconds: 1_001_000_000), what: "received", note: "sounder")])
    #expect(street.report(keys[1], .delayed("no route"), at: 1).isEmpty)
    let dead = street.report(keys[1], .deadLettered("refused"), at: 2)
    #expect(dead.first == .deadLetter(keys[1], "refused"))
    #expect(dead.revisions.map(\.tier) == [1])
    #expect(dead.revisions.first?.annotations.last == Annotation(at: WallTime(microseconds: 1_002_000_000), what: "delivery_failed", note: "station: refused"))
    let next = try #require(dead.deliveries.first { $0.key.queue == keys[1].queue })
    #expect(street.report(next.key, .deadLettered("refused"), at: 3) == [.deadLetter(next.key, "refused")])
    #expect(street.escalation.nextDeadline == Street.second(120))
}

@Test("known findings stay known over a restart until they are forgotten")
func knows() throws {
    var street = Street()
    let raised = Street.finding("vital.spo2.low", .raised, .medium, isCondition: true), updated = Street.finding("vital.spo2.low", .updated, .medium, isCondition: true)
    _ = street.take(raised, at: 0)
    _ = street.take(updated, at: 1)
    for _ in 0..<2 {
        #expect(street.escalation.knows(raised, position: 1) && street.escalation.knows(updated, position: 2))
        #expect(!street.escalation.knows(raised, position: 2) && !street.escalation.knows(updated, position: 3))
        try street.restart()
    }
    var out: [Decision] = []
    street.escalation.forget(before: 1, into: &out)
    #expect(out.isEmpty)
    street.escalation.forget(before: 2, into: &out)
    #expect(out.rows("finding").map(\.bytes) == [nil])
    _ = street.record(out)
    #expect(!street.rows.keys.contains { $0.hasPrefix("finding") })
    #expect(!street.escalation.knows(raised, position: 1))
}

@Test("a plan that was changed while a deadline ran goes on from the tier reached")
func changedPlan() {
    var street = Street(), out: [Decision] = []
    _ = street.take(Street.finding(), at: 0)
    var context = Street.context
    context.plan = ResponsePlan(
        responses: [.init(name: "new", tiers: [0, 30, 60, 90].map { .init(afterSeconds: $0, queues: [QueueName($0 == 0 ? "station" : $0 == 90 ? "district" : "town")]) })],
        drillQueues: [QueueName("station")], queues: Street.queues)
    street.escalation.fire(due: Street.second(60), now: Street.second(60), context: context, into: &out)
    #expect(out.revisions.map(\.tier) == [1, 2])
    #expect(street.escalation.nextDeadline == Street.second(90))
    context.plan = ResponsePlan(responses: [.init(name: "short", tiers: [.init(afterSeconds: 0, queues: [QueueName("station")])])], drillQueues: [], queues: Street.queues)
    out = []
    street.escalation.fire(due: Street.second(90), now: Street.second(90), context: context, into: &out)
    #expect(out.revisions.map(\.tier) == [2] && street.escalation.nextDeadline == nil)
    #expect(out.queues == ["sounder", "station", "town", "upstream"], "who was told is told again")
}
