import CareModel
@testable import Escalation
import Testing

private func technical(_ change: Finding.Change = .raised, _ priority: Priority = .medium, at seconds: Int = 0) -> Finding {
    District.silent("ieee:02", change, priority, at: seconds)
}

// MARK: - Shelving

@Test("shelving stops the tiers and reminders, and its end asks for an answer anew")
func shelved() {
    var street = Street()
    _ = street.take(technical(), at: 0)
    let put = street.obey(.shelve(Street.id(1), seconds: 3_600, reason: "spare part comes at noon"), by: "li", at: 10)
    #expect(put.answer == .done(revision: 2))
    #expect(put.revisions.first?.annotations.last == Annotation(at: WallTime(microseconds: 1_010_000_000), what: "shelved", actor: "li", note: "spare part comes at noon"))
    #expect(put.revisions.first?.deadlines == [Deadline(kind: "shelf", due: WallTime(microseconds: 4_610_000_000))])
    #expect(street.take(technical(.updated), at: 20).revisions.isEmpty && street.fire(now: 3_609).isEmpty)
    let back = street.fire(now: 3_610)
    #expect(back.revisions.map(\.state) == [.open] && back.revisions.first?.annotations.last?.what == "shelf_ended")
    #expect(back.revisions.first?.deadlines.map(\.kind) == ["take"])
    #expect(street.fire(now: 3_670).revisions.map(\.phase) == [.escalate], "and the tiers count from there")
}

@Test("what recovered on the shelf is closed at its end, what became worse comes off it at once")
func shelfEnds() {
    var street = Street()
    _ = street.take(technical(), at: 0)
    _ = street.obey(.shelve(Street.id(1), seconds: 60, reason: "known"), at: 1)
    #expect(street.take(technical(.cleared(.returned)), at: 30).revisions.isEmpty)
    let ended = street.fire(now: 61)
    #expect(ended.revisions.map(\.state) == [.resolved] && ended.revisions.first?.closeReason == nil)
    _ = street.take(technical(at: 100), at: 100)
    _ = street.obey(.shelve(Street.id(2), seconds: 60, reason: "known"), at: 101)
    let worse = street.take(technical(.updated, .high, at: 110), at: 110)
    #expect(worse.revisions.map(\.phase) == [.escalate] && worse.revisions.first?.annotations.contains { $0.what == "unshelved" } == true)
    #expect(street.obey(.unshelve(Street.id(2)), at: 111).answer == .refused(.alreadyResolved), "it stands on no shelf")
}

@Test("nothing of life safety is shelved, by nobody", arguments: ["safety.sos", "safety.fall", "safety.smoke", "safety.gas", "safety.co", "safety.water"])
func neverShelved(kind: String) {
    for role in Role.allCases {
        var street = Street()
        _ = street.take(Street.finding(kind), at: 0)
        let answer = street.obey(.shelve(Street.id(1), seconds: 60, reason: "x"), role: role, at: 1).answer
        #expect(answer == .refused([.family, .inspector, .device].contains(role) ? .notAllowed : .notShelvable))
    }
}

@Test("a shelf has a reason and 60 s to a day", arguments: [
    (59, "x", false), (60, "x", true), (86_400, "x", true), (86_401, "x", false), (60, " ", false), (60, "", false),
])
func shelfLimits(seconds: Int, reason: String, isAllowed: Bool) {
    var street = Street()
    _ = street.take(technical(), at: 0)
    #expect(street.obey(.shelve(Street.id(1), seconds: seconds, reason: reason), at: 1).answer == (isAllowed ? .done(revision: 2) : .refused(.limitReached)))
}

// MARK: - Reopening

@Test("a closing is taken back within the hour: open again, its clocks from now")
func reopened() throws {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    _ = street.obey(.resolve(Street.id(1), .accidental, note: "wrong one"), by: "li", at: 10)
    #expect(street.escalation.openCount == 0)
    try street.restart()
    let open = street.obey(.reopen(Street.id(1), note: "closed the wrong one"), by: "li", at: 3_610)
    #expect(open.answer == .done(revision: 3) && open.revisions.map(\.state) == [.open] && open.revisions.first?.closeReason == nil)
    #expect(open.revisions.first?.annotations.last?.what == "reopened" && open.revisions.first?.deadlines.map(\.kind) == ["take"])
    #expect(street.take(Street.finding(sequence: 9), at: 3_615).revisions.map(\.id) == [Street.id(1)], "more of the same joins it")
    #expect(street.obey(.reopen(Street.id(1), note: ""), at: 3_620).answer == .refused(.outdated))
    #expect(street.obey(.reopen(Street.id(9), note: ""), at: 3_620).answer == .refused(.unknownIncident))
}

@Test("not after the hour, not when a newer one is open, and not by whoever may not close")
func notReopened() {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    _ = street.obey(.resolve(Street.id(1), .accidental, note: ""), at: 10)
    #expect(street.obey(.reopen(Street.id(1), note: ""), role: .family, at: 11).answer == .refused(.notAllowed))
    #expect(street.obey(.reopen(Street.id(1), note: ""), at: 3_611).answer == .refused(.alreadyResolved))
    _ = street.take(Street.finding(), at: 20)
    #expect(street.obey(.reopen(Street.id(1), note: ""), at: 30).answer == .refused(.superseded))
}

@Test("of the newest closings only, at the limit and one past it")
func reopenLimit() {
    var street = Street()
    for n in 0...EscalationLimits.reopenableMax {
        _ = street.take(Street.finding(), at: n)
        _ = street.obey(.resolve(Street.id(UInt64(n + 1)), .accidental, note: ""), at: n)
    }
    #expect(street.rows.values.filter { $0.table == "closed" }.count == EscalationLimits.reopenableMax)
    #expect(street.obey(.reopen(Street.id(1), note: ""), at: 200).answer == .refused(.alreadyResolved))
    #expect(street.obey(.reopen(Street.id(2), note: ""), at: 200).answer == .done(revision: 3))
}

// MARK: - Flapping

@Test("a condition that comes and goes opens two incidents, and the third stays through it until it has been quiet for ten minutes")
func flapping() {
    var street = Street(), now = 0
    func low(_ change: Finding.Change) -> Finding { Street.finding("vital.spo2.low", change, .medium, isCondition: true, at: now) }
    for _ in 0..<5 {
        now += 60
        _ = street.take(low(.raised), at: now)
        now += 30
        _ = street.take(low(.cleared(.recovered)), at: now)
    }
    let opened = street.all.revisions.filter { $0.revision == 1 }
    #expect(opened.map(\.id) == [Street.id(1), Street.id(2), Street.id(3)] && opened.allSatisfy { $0.phase == .start })
    #expect(opened.last?.annotations.map(\.what) == ["flapping"])
    #expect(street.fire(now: now + 599).revisions.allSatisfy { $0.state != .resolved } && street.escalation.openCount == 1)
    let calm = street.fire(now: now + 600)
    #expect(calm.revisions.map(\.state) == [.resolved] && calm.revisions.first?.closeReason == nil)
    _ = street.take(low(.raised), at: now + 700)
    #expect(street.escalation.openIncidents[0].annotations.isEmpty, "after the quiet it begins anew")
}

@Test("a rule may ask that each coming opens an incident of its own; its recoveries count for nothing")
func flappingIsAsked() {
    var street = Street()
    for n in 0..<5 {
        for (change, at) in [(Finding.Change.raised, n * 60), (.cleared(.recovered), n * 60 + 30)] {
            var low = Street.finding("vital.spo2.low", change, .medium, isCondition: true, at: at)
            low.mayFlap = false
            _ = street.take(low, at: at)
        }
    }
    #expect(street.all.revisions.map(\.phase) == (0..<5).flatMap { _ in [Phase.start, .end] })
    #expect(street.rows.values.allSatisfy { $0.table != "flap" })
}

@Test("life safety never flaps, and a person's closing ends it")
func neverFlaps() {
    var street = Street()
    for n in 0..<4 {
        _ = street.take(Street.finding(sequence: UInt64(n)), at: n * 10)
        _ = street.obey(.resolve(Street.id(UInt64(n + 1)), .accidental, note: ""), at: n * 10 + 5)
    }
    #expect(street.all.revisions.allSatisfy { !$0.annotations.contains { $0.what == "flapping" } } && street.rows.values.allSatisfy { $0.table != "flap" })
}

// MARK: - What is left

@Test("when the most urgent of two conditions ends or is less urgent, people read about the one that is left, also after a restart")
func lowered() throws {
    for end in [Finding.Change.cleared(.recovered), .updated] {
        var street = Street()
        func limit(_ rule: String, _ change: Finding.Change, _ priority: Priority, _ text: String, at seconds: Int) -> Finding {
            Street.finding("vital.spo2.low", change, priority, rule: rule, category: .medical, isCondition: true, text: text, at: seconds)
        }
        _ = street.take(limit("spo2-slow", .raised, .medium, "it is low", at: 0), at: 0)
        let worse = street.take(limit("spo2-fast", .raised, .high, "it falls", at: 5), at: 5)
        #expect(worse.revisions.last?.priority == .high && worse.revisions.last?.text.en == "it falls")
        try street.restart()
        let less = street.take(limit("spo2-fast", end, end == .updated ? .low : .high, "it fell", at: 9), at: 9)
        #expect(less.revisions.last?.priority == .medium && less.revisions.last?.phase == .deescalate)
        #expect(less.revisions.last?.text == LocalizedText(zhCN: "请帮忙 it is low", en: "it is low"))
    }
}
