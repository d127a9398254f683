import CareModel
@testable import Escalation
import Testing

/// A fall that no device reported, held as a drill.
@Suite("A drill from the hub")
struct ExerciseTests {
    private static let anna = ResidentID("anna")
    private static let who = Street.subject(["anna"], device: "ieee:01")

    private static func fall(_ change: Finding.Change = .raised, _ priority: Priority = .high, at seconds: Int = 0) -> Finding {
        Street.finding("safety.fall", change, priority, who: who, isCondition: true, isLatching: true, text: "a fall", at: seconds)
    }

    private static func drill(_ street: inout Street, role: Role = .supervisor, at seconds: Int) -> [Decision] {
        street.obey(.drill(anna, .fall), by: "wang", role: role, exercise: fall(at: seconds), at: seconds)
    }

    @Test("it is an incident of its own for the station alone, says so, escalates to nobody and asks for no call")
    func alone() throws {
        var street = Street()
        street.plan.responses[0].followUp = FollowUp(callSeconds: 180, shareSeconds: 300, contactSeconds: 1_800)
        let begun = Self.drill(&street, at: 10)
        #expect(begun.answer == .carriedOut(Deed(at: WallTime(microseconds: 1_010_000_000), incidents: [Street.id(1)])))
        #expect(begun.revisions.map(\.origin) == [.drill] && begun.queues == ["station"] && begun.revisions.first?.text.en == "[DRILL] a fall")
        #expect(begun.audits.map(\.action) == ["drill"] && begun.audits.first?.object == "anna" && begun.audits.first?.actor == "wang")
        try street.restart()
        _ = street.obey(.acknowledge(Street.id(1)), by: "li", at: 30)
        #expect(street.escalation.nextDeadline == nil && street.fire(now: 10_000).revisions.isEmpty)
        #expect(street.obey(.escalate(Street.id(1)), at: 10_001).answer == .refused(.allTold))
        #expect(street.obey(.resolve(Street.id(1), .drill, note: ""), at: 10_002).revisions.map(\.state) == [.resolved])
    }

    @Test("a real fall, a worse one after it was closed, one whose beginning nobody heard, and an SOS are live beside it, over restarts too", arguments: [false, true])
    func reality(isRestarted: Bool) throws {
        var street = Street()
        _ = street.take(Self.fall(.raised, .medium, at: 0), at: 0)
        _ = street.obey(.resolve(Street.id(1), .falseAlarm, note: ""), at: 5)
        _ = Self.drill(&street, at: 10)
        let drill = try #require(street.escalation.openIncidents.first)
        if isRestarted { try street.restart() }
        #expect(street.take(Self.fall(.updated, .medium, at: 11), at: 11).revisions.isEmpty, "what was closed says nothing new")
        let worse = street.take(Self.fall(.updated, .high, at: 12), at: 12)
        #expect(worse.revisions.map(\.origin) == [.live] && worse.revisions.map(\.id) == [Street.id(3)] && worse.queues.contains("upstream"))
        #expect(street.take(Self.fall(.raised, at: 13), at: 13).revisions.allSatisfy { $0.id == Street.id(3) })
        let sos = street.take(Street.finding(at: 14), at: 14)
        #expect(sos.revisions.map(\.origin) == [.live] && sos.revisions.map(\.id) == [Street.id(4)])
        // The real fall's end says nothing of the drill.
        _ = street.take(Self.fall(.cleared(.cancelledByDevice), at: 15), at: 15)
        if isRestarted { try street.restart() }
        #expect(street.escalation.openIncidents.first { $0.id == drill.id } == drill, "nothing joined the drill")

        var unheard = Street()
        _ = Self.drill(&unheard, at: 0)
        #expect(unheard.take(Self.fall(.updated, at: 1), at: 1).revisions.map(\.origin) == [.live])
    }

    @Test("an armed device's press during it is a drill of its own, the next press is live")
    func armed() {
        var street = Street()
        _ = Self.drill(&street, at: 0)
        _ = street.obey(.arm(DeviceID("ieee:01"), seconds: 300), role: .technician, at: 1)
        #expect(street.take(Street.finding(sequence: 1), at: 2).revisions.map(\.id) == [Street.id(2)])
        #expect(street.take(Street.finding(sequence: 2), at: 3).revisions.map(\.origin) == [.live])
        #expect(street.escalation.openIncidents.filter { $0.origin == .drill }.count == 2)
    }

    @Test("one at a time for a resident; closed, the next may begin")
    func once() {
        var street = Street()
        _ = Self.drill(&street, at: 0)
        let second = Self.drill(&street, at: 1)
        #expect(second.answer == .refused(.drillOpen) && second.revisions.isEmpty)
        _ = street.obey(.resolve(Street.id(1), .drill, note: ""), at: 2)
        let next = Self.drill(&street, at: 3)
        #expect(next.revisions.map(\.id) == [Street.id(2)])
    }

    @Test("who answers for the station or its devices holds drills; a resident must be known and have a device from which it can come", arguments: Role.allCases)
    func roles(role: Role) {
        var street = Street()
        let isAllowed = [.technician, .supervisor, .administrator].contains(role)
        let begun = Self.drill(&street, role: role, at: 0)
        #expect((begun.answer == .refused(.notAllowed)) == !isAllowed)
        #expect(street.obey(.drill(ResidentID("bo"), .fall), role: .supervisor, at: 1).answer == .refused(.unknownDevice))
        #expect(street.obey(.drill(ResidentID("nobody"), .fall), role: .supervisor, at: 2).answer == .refused(.unknownResident))
    }

    @Test("each of its steps is timed among the drills of a report, and none among what was real")
    func steps() throws {
        var street = Street()
        let begun = Self.drill(&street, at: 10)
        _ = street.report(try #require(begun.deliveries.first).key, .confirmed, at: 12)
        _ = street.obey(.acknowledge(Street.id(1)), by: "li", at: 30)
        _ = street.obey(.contact(Street.id(1), .patient, note: "as agreed, she is well"), by: "li", at: 90)
        let closed = try #require(street.obey(.resolve(Street.id(1), .drill, note: ""), by: "li", at: 100).revisions.last)
        let rows = [ReportRow(closed)], period = WallTime(microseconds: 0)..<WallTime(microseconds: 10_000_000_000)
        let drills = ResponseReport(rows, period: period, origin: .drill), live = ResponseReport(rows, period: period)
        #expect(drills.incidents == 1 && live.incidents == 0)
        #expect([drills.detection, drills.notification, drills.taking, drills.assessment].map { $0.percentile(50) } == [0, 2_000, 20_000, 78_000])
    }

    @Test("taken, it counts as the station's drill; a test of the device it is not")
    func duty() throws {
        var street = Street()
        street.plan.duties = Duties(testDays: 7, drillDays: 14)
        street.callers = [DeviceID("ieee:01")]
        _ = street.review(at: 0)
        _ = street.fire(now: 14 * 86_400)
        let at = 14 * 86_400 + 10
        let begun = Self.drill(&street, at: at)
        let id = try #require(begun.revisions.first?.id)
        #expect(street.escalation.openIncidents.contains { $0.kind == "duty.drill_due" })
        _ = street.obey(.acknowledge(id), at: at + 5)
        #expect(!street.escalation.openIncidents.contains { $0.kind == "duty.drill_due" } && street.escalation.openIncidents.contains { $0.kind == "duty.test_due" })
    }
}
