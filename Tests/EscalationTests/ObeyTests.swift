import CareModel
@testable import Escalation
import Testing

@Test("one owner: a second taker is refused, the same one again is done")
func oneOwner() {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    #expect(street.obey(.acknowledge(Street.id(1)), by: "li", at: 1).answer == .done(revision: 2))
    #expect(street.obey(.acknowledge(Street.id(1)), by: "wu", at: 2).answer == .refused(.alreadyTaken))
    let again = street.obey(.acknowledge(Street.id(1)), by: "li", at: 3)
    #expect(again.answer == .done(revision: 2) && again.revisions.isEmpty)
    #expect(street.escalation.openIncidents[0].owner == "li")
    #expect(street.all.audits.map(\.outcome) == ["done", "already_taken", "done"])
}

@Test("contact and arrival go on from taking, and closing needs what the person saw")
func lifeByPeople() {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    #expect(street.obey(.acknowledge(Street.id(1)), expecting: 1, at: 1).answer == .done(revision: 2))
    #expect(street.obey(.contact(Street.id(1), .reached, note: "talked"), expecting: 1, at: 2).answer == .refused(.outdated))
    #expect(street.obey(.contact(Street.id(1), .reached, note: "talked"), expecting: 2, at: 3).revisions.map(\.state) == [.contacted])
    #expect(street.obey(.arrive(Street.id(1)), at: 4).revisions.map(\.state) == [.onSite])
    #expect(street.obey(.annotate(Street.id(1), note: "tea"), at: 5).revisions.map(\.state) == [.onSite])
    let end = street.obey(.resolve(Street.id(1), .accidental, note: "sat on it"), at: 6)
    #expect(end.revisions.map(\.closeReason) == [.accidental])
    #expect(end.revisions.first?.annotations.compactMap(\.actor) == ["li", "li", "li", "li", "li"])
    #expect(street.obey(.resolve(Street.id(1), .accidental, note: ""), at: 7).answer == .refused(.alreadyResolved))
    #expect(street.obey(.arrive(Street.id(9)), at: 7).answer == .refused(.unknownIncident))
}

@Test("a command that arrives twice is answered the same and done once, also after a restart")
func duplicates() throws {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    let first = street.obey(.acknowledge(Street.id(1)), by: "li", id: "x", at: 1)
    try street.restart()
    #expect(street.obey(.acknowledge(Street.id(1)), by: "wu", id: "x", at: 2) == [.answer(CommandID("x"), try #require(first.answer))])
}

@Test("answers are remembered up to the limit; one more forgets the oldest")
func commandLimit() throws {
    var street = Street()
    for n in 0...EscalationLimits.recentCommandsMax { _ = street.obey(.arrive(Street.id(5)), id: "n\(n)", at: 0) }
    #expect(street.rows.keys.filter { $0.hasPrefix("command") }.count == EscalationLimits.recentCommandsMax)
    #expect(street.obey(.arrive(Street.id(5)), id: "n1", at: 0).audits.isEmpty)
    #expect(street.obey(.arrive(Street.id(5)), id: "n0", at: 0).audits.count == 1)
    try street.restart()
    #expect(street.obey(.arrive(Street.id(5)), id: "n2", at: 0).audits.isEmpty)
    #expect(street.obey(.arrive(Street.id(5)), id: "n1", at: 0).audits.count == 1)
}

@Test("notes: the limit of their length and number holds and nothing is lost")
func noteLimits() {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    let long = String(repeating: "a", count: Limits.noteBytesMax)
    #expect(street.obey(.annotate(Street.id(1), note: long), at: 1).answer == .done(revision: 2))
    #expect(street.obey(.annotate(Street.id(1), note: long + "a"), at: 1).answer == .refused(.limitReached))
    for _ in 1..<EscalationLimits.notesPerIncidentMax { _ = street.obey(.annotate(Street.id(1), note: "n"), at: 2) }
    #expect(street.obey(.annotate(Street.id(1), note: "n"), at: 3).answer == .refused(.limitReached))
    for n in 0..<200 { _ = street.take(Street.finding(sequence: UInt64(n)), at: 4) }
    let annotations = street.escalation.openIncidents[0].annotations
    #expect(annotations.count == EscalationLimits.annotationsPerIncidentMax)
    #expect(annotations.filter { $0.actor != nil }.count == EscalationLimits.notesPerIncidentMax)
    #expect(street.obey(.resolve(Street.id(1), .falseAlarm, note: ""), at: 5).answer != .refused(.limitReached))
}

@Test("who may not: inspectors act on nothing, families don't close")
func roles() {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    #expect(street.obey(.acknowledge(Street.id(1)), role: .inspector, at: 1).answer == .refused(.notAllowed))
    #expect(street.obey(.resolve(Street.id(1), .accidental, note: ""), role: .family, at: 1).answer == .refused(.notAllowed))
    #expect(street.obey(.contact(Street.id(1), .reached, note: ""), role: .family, at: 1).answer == .done(revision: 2))
}

@Test("installer's mode: the first press is a drill for the station alone, the second is live")
func drill() throws {
    var street = Street()
    #expect(street.obey(.arm(DeviceID("ieee:01"), seconds: 300), role: .technician, at: 0).answer == .done(revision: 0))
    try street.restart()
    let first = street.take(Street.finding(sequence: 1), at: 300)
    #expect(first.revisions.map(\.origin) == [.drill])
    #expect(first.queues == ["station"])
    #expect(first.revisions.first?.text == LocalizedText(zhCN: "【演练】请帮忙 help", en: "[DRILL] help"))
    #expect(first.revisions.first?.deadlines.isEmpty ?? false)
    #expect(street.escalation.nextDeadline == nil)
    let second = street.take(Street.finding(sequence: 2), at: 301)
    #expect(second.revisions.map(\.origin) == [.live])
    #expect(second.revisions.first?.id == Street.id(2))
    #expect(second.queues == ["sounder", "station", "upstream"])
}

@Test("installer's mode covers one device, presses only, live ones only, and ends by itself")
func drillBounds() {
    var street = Street()
    #expect(street.obey(.arm(DeviceID("ieee:01"), seconds: 301), at: 0).answer == .refused(.limitReached))
    #expect(street.obey(.arm(DeviceID("ieee:99"), seconds: 60), at: 0).answer == .refused(.unknownDevice))
    _ = street.obey(.arm(DeviceID("ieee:01"), seconds: 60), at: 0)
    #expect(street.take(Street.finding("safety.fall"), at: 1).revisions.map(\.origin) == [.live])
    #expect(street.take(Street.finding(who: Street.subject(["chen"], home: "h2"), device: "ieee:03"), at: 2).revisions.map(\.origin) == [.live])
    #expect(street.take(Street.finding(who: Street.subject(["bo"]), isLate: true), at: 3).revisions.map(\.origin) == [.live])
    #expect(street.fire(now: 61).rows("armed").map(\.bytes) == [nil])
    #expect(street.take(Street.finding(), at: 62).revisions.map(\.origin) == [.live])
}

@Test("a supervisor may have a refused delivery sent again, in any state of its incident; others may not", arguments: Role.allCases)
func resend(role: Role) {
    var street = Street()
    let key = DeliveryKey(incident: IncidentID(origin: "another", number: 9), revision: 4, queue: QueueName("station"))
    let done = street.obey(.resend(key), role: role, at: 0)
    let isAllowed = role == .supervisor || role == .administrator
    #expect(done.answer == (isAllowed ? .done(revision: 4) : .refused(.notAllowed)))
    #expect(done.contains(.revive(key)) == isAllowed)
}
