import CareModel
@testable import Escalation
import Testing

/// Taken is not done: what must follow, and by when.
@Suite struct FollowUpTests {
    private static let followUp = FollowUp(callSeconds: 180, shareSeconds: 300, contactSeconds: 1_800)

    private func street() -> Street {
        var street = Street()
        street.plan.responses[0].followUp = Self.followUp
        return street
    }

    private func words(_ street: Street) -> [String] { street.escalation.openIncidents.first?.annotations.map(\.what) ?? [] }

    @Test("without a recorded call its owner is reminded at 180 s and the next tier joins at 300 s; the owner stays")
    func noCall() throws {
        var street = street()
        _ = street.take(Street.finding(), at: 0)
        let taken = street.obey(.acknowledge(Street.id(1)), by: "li", at: 20)
        #expect(taken.revisions.first?.deadlines.map(\.kind) == ["call", "share"])
        #expect(street.fire(now: 199).isEmpty)
        let reminded = street.fire(now: 200)
        #expect(reminded.revisions.map(\.phase) == [.update] && reminded.queues == ["sounder", "station", "upstream"])
        #expect(reminded.revisions.first?.annotations.last == Annotation(at: WallTime(microseconds: 1_200_000_000), what: "owner_reminded", note: "li"))
        #expect(street.fire(now: 319).isEmpty)
        let shared = street.fire(now: 320)
        #expect(shared.revisions.map(\.tier) == [1] && shared.queues == ["sounder", "station", "town", "upstream"])
        #expect(shared.revisions.map(\.owner) == ["li"] && shared.revisions.map(\.state) == [.acknowledged])
        #expect(street.escalation.nextDeadline == nil, "once each")
        // Somebody of the next tier may join; the owner keeps it.
        let joined = street.obey(.acknowledge(Street.id(1)), by: "wu", at: 330)
        #expect(joined.answer == .done(revision: 5) && joined.revisions.map(\.owner) == ["li"])
        #expect(words(street) == ["acknowledged", "owner_reminded", "not_called", "helper_joined"])
    }

    @Test("a call ends both, whatever came of it, and just before the moment is early enough", arguments: ContactResult.allCases)
    func anyCall(result: ContactResult) {
        var street = street()
        _ = street.take(Street.finding(), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), at: 20)
        let called = street.obey(.contact(Street.id(1), result, note: ""), at: 199)
        #expect(called.revisions.map(\.state) == [result.isContact ? .contacted : .acknowledged])
        #expect(called.revisions.first?.annotations.last?.what == result.annotation)
        #expect(street.fire(now: 4_000).isEmpty)
    }

    @Test("an attempt on an incident that nobody has takes it")
    func attemptTakes() {
        var street = street()
        _ = street.take(Street.finding(), at: 0)
        let called = street.obey(.contact(Street.id(1), .noAnswer, note: ""), by: "wu", at: 5)
        #expect(called.revisions.map(\.state) == [.acknowledged] && called.revisions.map(\.owner) == ["wu"])
    }

    @Test("the 30 minutes begin when a person received it, not with a system's confirmation, and end with contact and assessment only")
    func thirtyMinutes() throws {
        var street = street()
        let opened = street.take(Street.finding(), at: 0)
        func key(_ queue: String) throws -> DeliveryKey { try #require(opened.deliveries.map(\.key).first { $0.queue.text == queue }) }
        _ = street.report(try key("upstream"), .confirmed, at: 3)
        _ = street.obey(.acknowledge(Street.id(1)), at: 4)
        _ = street.report(try key("station"), .confirmed, at: 10)
        _ = street.report(try key("sounder"), .confirmed, at: 400)
        let due = WallTime(microseconds: (1_000 + 10 + 1_800) * 1_000_000)
        let attempt = street.obey(.contact(Street.id(1), .notUnderstood, note: "she only groaned"), at: 60)
        #expect(attempt.revisions.first?.deadlines == [Deadline(kind: "contact", due: due)])
        let contact = street.obey(.contact(Street.id(1), .family, note: " "), at: 100)
        #expect(contact.revisions.first?.deadlines == [Deadline(kind: "contact", due: due)], "reached, and not assessed")
        #expect(street.fire(now: 1_809).isEmpty)
        var other = street
        let missed = street.fire(now: 1_810)
        #expect(missed.revisions.map(\.tier) == [1] && missed.revisions.first?.annotations.last?.what == "contact_missed")
        #expect(street.fire(now: 9_000).isEmpty, "told once")
        #expect(other.obey(.contact(Street.id(1), .patient, note: "bruised knee, walks"), at: 1_809).revisions.first?.deadlines == [])
        #expect(other.fire(now: 9_000).isEmpty)
    }

    @Test("handing over needs the other's yes, changes the owner and restarts no clock")
    func handOver() {
        var street = street()
        _ = street.take(Street.finding(), at: 0)
        #expect(street.obey(.handOver(Street.id(1), to: "wu"), by: "li", at: 1).answer == .refused(.notOwner), "nobody has it yet")
        _ = street.obey(.acknowledge(Street.id(1)), by: "li", at: 20)
        #expect(street.obey(.handOver(Street.id(1), to: "wu"), by: "wu", at: 21).answer == .refused(.notOwner))
        #expect(street.obey(.handOver(Street.id(1), to: ""), by: "li", at: 21).answer == .refused(.limitReached))
        let longest = String(repeating: "n", count: EscalationLimits.actorBytesMax)
        #expect(street.obey(.handOver(Street.id(1), to: longest + "n"), by: "li", at: 21).answer == .refused(.limitReached))
        #expect(street.obey(.handOver(Street.id(1), to: longest), by: "li", at: 21).answer == .done(revision: 3))
        #expect(street.obey(.handOver(Street.id(1), to: "li"), by: "li", at: 22).revisions.first?.annotations.last?.what == "offer_withdrawn")
        let offered = street.obey(.handOver(Street.id(1), to: "wu"), by: "chief", role: .supervisor, at: 23)
        #expect(offered.revisions.map(\.owner) == ["li"], "until the other accepts")
        #expect(street.obey(.acknowledge(Street.id(1)), by: "sun", at: 24).answer == .refused(.alreadyTaken))
        let accepted = street.obey(.acknowledge(Street.id(1)), by: "wu", at: 25)
        #expect(accepted.revisions.map(\.owner) == ["wu"] && accepted.revisions.first?.annotations.last?.note == "li")
        #expect(street.escalation.nextDeadline == Street.second(200))
        #expect(street.obey(.handOver(Street.id(1), to: "li"), by: "wu", role: .family, at: 26).answer == .refused(.notAllowed))
    }

    @Test("a second press asks for everything anew; a contact that was still missing stays due")
    func again() throws {
        var street = street()
        let opened = street.take(Street.finding(), at: 0)
        _ = street.report(try #require(opened.deliveries.map(\.key).first { $0.queue.text == "station" }), .confirmed, at: 1)
        _ = street.obey(.contact(Street.id(1), .noAnswer, note: ""), by: "li", at: 10)
        _ = street.take(Street.finding(sequence: 2, at: 50), at: 50)
        #expect(street.escalation.openIncidents[0].state == .open)
        _ = street.obey(.acknowledge(Street.id(1)), by: "li", at: 60)
        #expect(street.escalation.nextDeadline == Street.second(240), "a call is asked for again")
        _ = street.obey(.contact(Street.id(1), .patient, note: "fell again, bleeding"), by: "li", at: 70)
        #expect(street.escalation.nextDeadline == nil)
        let third = street.take(Street.finding(sequence: 3, at: 90), at: 90)
        #expect(third.revisions.first?.deadlines.map(\.kind) == ["take"])
        _ = street.report(try #require(opened.deliveries.map(\.key).first { $0.queue.text == "sounder" }), .confirmed, at: 91)
        #expect(street.escalation.nextDeadline == Street.second(150), "an older revision's delivery is no push of this one")
        _ = street.report(try #require(third.deliveries.map(\.key).first { $0.queue.text == "station" }), .confirmed, at: 92)
        _ = street.obey(.contact(Street.id(1), .noAnswer, note: ""), by: "li", at: 100)
        #expect(street.escalation.nextDeadline == Street.second(92 + 1_800))
    }

    @Test("what was taken as a note and becomes urgent asks its owner for a call from then on")
    func raised() {
        var street = street()
        func pressure(_ priority: Priority, _ rule: String) -> Finding {
            Street.finding("vital.bp.systolic.high", .raised, priority, rule: rule, isCondition: true)
        }
        _ = street.take(pressure(.low, "note"), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), at: 10)
        _ = street.obey(.contact(Street.id(1), .patient, note: "feels well"), at: 20)
        #expect(street.escalation.nextDeadline == nil)
        let urgent = street.take(pressure(.high, "urgent"), at: 7_200)
        #expect(urgent.revisions.map(\.phase) == [.escalate] && urgent.revisions.map(\.state) == [.contacted])
        #expect(street.escalation.nextDeadline == Street.second(7_200 + 180))
    }

    @Test("every follow-up survives a restart; what fell due while the hub was down happens at once, marked late")
    func restart() throws {
        var street = street()
        let opened = street.take(Street.finding(), at: 0)
        _ = street.report(try #require(opened.deliveries.map(\.key).first { $0.queue.text == "station" }), .confirmed, at: 1)
        _ = street.obey(.acknowledge(Street.id(1)), by: "li", at: 20)
        try street.restart()
        #expect(street.escalation.nextDeadline == Street.second(200))
        let out = street.fire(now: 5_000, wasDown: true)
        #expect(out.revisions.compactMap { $0.annotations.last?.what } == ["owner_reminded_late", "not_called_late", "contact_missed_late"])
        #expect(Set(out.revisions.compactMap { $0.annotations.last?.at }) == [WallTime(microseconds: 6_000_000_000)])
        try street.restart()
        #expect(street.escalation.nextDeadline == nil)
    }

    @Test("a row of the first build, which knew no follow-up, is read")
    func oldRow() throws {
        var street = street()
        _ = street.take(Street.finding(), at: 0)
        let key = "incident\u{0}" + Street.id(1).description
        let row = try #require(street.rows[key])
        // What version 2 added stands at the end: five moments, flags, offer, revision and three deadlines.
        let added = 5 + 1 + 1 + 1 + 3
        let bytes = Array(try #require(row.bytes).dropLast(added))
        street.rows[key] = DecidedRow(table: row.table, key: row.key, version: 1, bytes: bytes)
        let before = street.escalation.openIncidents
        try street.restart()
        #expect(street.escalation.openIncidents == before)
        street.rows[key] = DecidedRow(table: row.table, key: row.key, version: 3, bytes: bytes)
        #expect(throws: BinaryFailure.self) { try street.restart() }
    }

    @Test("drills, and responses without a follow-up, ask for none")
    func none() {
        var street = street()
        _ = street.obey(.arm(DeviceID("ieee:01"), seconds: 60), at: 0)
        _ = street.take(Street.finding(), at: 1)
        _ = street.obey(.acknowledge(Street.id(1)), at: 2)
        #expect(street.escalation.nextDeadline == nil)
        var plain = Street()
        _ = plain.take(Street.finding(), at: 0)
        _ = plain.obey(.acknowledge(Street.id(1)), at: 2)
        #expect(plain.escalation.nextDeadline == nil)
    }
}
