import CareModel
@testable import Escalation
import Testing

/// Every timed step, and what happens at it: the word of the history, or the end of a mode.
private struct TimedCase: Sendable {
    var name: String
    var due: Int
    var begin: @Sendable (inout Street) -> Void
    /// Whether the decisions show that it happened.
    var happened: @Sendable ([Decision]) -> Int
}

private func word(_ what: String) -> @Sendable ([Decision]) -> Int {
    { $0.revisions.filter { $0.annotations.last?.what.hasPrefix(what) ?? false }.count }
}

private func followed() -> Street {
    var street = Street()
    street.plan.responses[0].followUp = FollowUp(callSeconds: 180, shareSeconds: 300, contactSeconds: 1_800)
    return street
}

private let cases: [TimedCase] = [
    TimedCase(name: "take", due: 60, begin: { street in _ = street.take(Street.finding(), at: 0) },
              happened: { $0.revisions.filter { $0.tier == 1 && $0.annotations.last?.what.hasPrefix("escalated") ?? false }.count }),
    TimedCase(name: "call", due: 190, begin: { street in
        _ = street.take(Street.finding(), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), at: 10)
    }, happened: word("owner_reminded")),
    TimedCase(name: "share", due: 310, begin: { street in
        _ = street.take(Street.finding(), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), at: 10)
        _ = street.fire(now: 190)
    }, happened: word("not_called")),
    TimedCase(name: "contact", due: 1_820, begin: { street in
        let opened = street.take(Street.finding(), at: 0)
        _ = street.obey(.contact(Street.id(1), .noAnswer, note: ""), at: 10)
        for delivery in opened.deliveries where delivery.key.queue.text == "station" { _ = street.report(delivery.key, .confirmed, at: 20) }
    }, happened: word("contact_missed")),
    TimedCase(name: "morning", due: 7 * 3_600, begin: { street in
        street = District.street(hour: 23)
        _ = street.take(District.silent("ieee:02"), at: 0)
    }, happened: word("morning_list")),
    TimedCase(name: "shelf", due: 620, begin: { street in
        _ = street.take(District.silent("ieee:02", .raised, .low), at: 0)
        _ = street.obey(.shelve(Street.id(1), seconds: 600, reason: "known"), at: 20)
    }, happened: word("shelf_ended")),
    TimedCase(name: "calm", due: 870, begin: { street in
        for n in 0..<3 {
            _ = street.take(District.silent("ieee:02", .raised, .low), at: n * 100 + 20)
            _ = street.take(District.silent("ieee:02", .cleared(.returned)), at: n * 100 + 70)
        }
    }, happened: { $0.revisions.filter { $0.state == .resolved }.count }),
    TimedCase(name: "storm", due: 10, begin: { street in
        for n in 0..<6 { _ = street.take(District.silent("ieee:1\(n)", .raised, .low), at: 0) }
    }, happened: word("storm")),
    TimedCase(name: "armed", due: 30, begin: { street in _ = street.obey(.arm(DeviceID("ieee:01"), seconds: 30), at: 0) },
              happened: { $0.rows("armed").filter { $0.bytes == nil }.count }),
]

@Test("250 restarts at random moments of every timed step: each fires at its due time, or at once at the start when overdue, once")
func restarts() throws {
    var dice = Dice(state: 2_026), done = 0
    while done < 250 {
        for one in cases where done < 250 {
            done += 1
            var street = followed()
            one.begin(&street)
            let begun = street.escalation.nextDeadline
            #expect(begun == Street.second(one.due), "\(one.name)")
            // Some restarts before, one across or after the moment.
            let outageFrom = dice.roll(one.due), length = dice.pick([0, 1, 5, 60, one.due, 2 * one.due])
            try street.restart()
            let early = street.fire(now: outageFrom)
            if outageFrom < one.due { #expect(one.happened(early) == 0, "\(one.name) not before its time") }
            try street.restart()
            let start = outageFrom + length, wasDown = start >= one.due
            let atStart = street.fire(now: start, wasDown: true)
            #expect(one.happened(atStart) == (wasDown ? 1 : 0), "\(one.name), down from \(outageFrom) to \(start)")
            guard !wasDown else { continue }
            try street.restart()
            #expect(one.happened(street.fire(now: one.due - 1)) == 0 && street.escalation.nextDeadline == Street.second(one.due), "\(one.name)")
            let due = street.fire(now: one.due)
            #expect(one.happened(due) == 1, "\(one.name) on time")
            try street.restart()
            #expect(one.happened(street.fire(now: one.due + 1)) == 0, "\(one.name) once")
        }
    }
}

@Test("1,000 races of two people for one incident: one owner, one refusal, both in the audit")
func races() throws {
    var dice = Dice(state: 7)
    for n in 0..<1_000 {
        var street = Street(), people = ["li", "wu"]
        _ = street.take(Street.finding(), at: 0)
        if dice.roll(2) == 0 { people.swapAt(0, 1) }
        let wishes: [Command.Action] = [.acknowledge(Street.id(1)), .contact(Street.id(1), .patient, note: "fine"), .arrive(Street.id(1))]
        let first = dice.roll(3) == 0 ? dice.pick(wishes) : wishes[0], gap = dice.pick([0, 0, 1, 5])
        let won = street.obey(first, by: people[0], id: "a\(n)", at: 3)
        if dice.roll(3) == 0 { try street.restart() }
        let lost = street.obey(.acknowledge(Street.id(1)), by: people[1], id: "b\(n)", at: 3 + gap)
        // Either press may arrive a second time; it gets the first answer.
        let again = street.obey(first, by: people[0], id: "a\(n)", at: 9)
        #expect(won.answer == .done(revision: 2) && again.answer == won.answer && again.revisions.isEmpty)
        #expect(lost.answer == .refused(.alreadyTaken) && lost.revisions.isEmpty)
        #expect(street.escalation.openIncidents.map(\.owner) == [people[0]])
        let audits = street.all.audits
        #expect(audits.map(\.actor) == people && audits.map(\.outcome) == ["done", "already_taken"] && audits.allSatisfy { $0.object == Street.id(1).description })
    }
}
