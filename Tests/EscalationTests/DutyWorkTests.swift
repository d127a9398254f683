import CareModel
@testable import Escalation
import Testing

/// Weekly tests, visits and drills: opened as work, closed by the real thing.
@Suite("Duties as work")
struct DutyWorkTests {
    private static let day = 86_400

    private static func street(tests: Int? = nil, drills: Int? = nil, visits: Int? = nil) -> Street {
        var street = Street()
        street.plan.duties = Duties(testDays: tests, drillDays: drills)
        street.callers = Callers(named: [DeviceID("ieee:01")])
        if let visits {
            var residents = street.household.residents
            residents[0].visitDays = visits
            street.household = Household(homes: street.household.homes, residents: residents, bindings: street.household.bindings)
        }
        return street
    }

    private static func of(_ street: Street, _ kind: String) -> [Incident] { street.escalation.openIncidents.filter { $0.kind == kind } }

    @Test("a device that nobody presses for a week is work of low priority, once; its press ends it and the week begins anew, over restarts too")
    func tests() throws {
        var street = Self.street(tests: 7)
        _ = street.review(at: 0)
        try street.restart()
        _ = street.review(at: 1)
        #expect(street.fire(now: 3 * Self.day).revisions.isEmpty, "not in the first half of the first week")
        let due = street.fire(now: 7 * Self.day)
        #expect(due.revisions.map(\.kind) == ["duty.test_due"] && due.revisions.first?.priority == .low && due.revisions.first?.category == .duty)
        #expect(due.revisions.first?.subject.device == DeviceID("ieee:01") && due.revisions.first?.subject.residents == [ResidentID("anna")])
        try street.restart()
        #expect(street.review(at: 8 * Self.day).revisions.isEmpty && street.fire(now: 9 * Self.day).revisions.isEmpty, "told once")
        // A late press of the device's history proves nothing; a real one does.
        _ = street.take(Street.finding(isLate: true), at: 9 * Self.day)
        #expect(Self.of(street, "duty.test_due").count == 1)
        let press = street.take(Street.finding(), at: 9 * Self.day + 1)
        #expect(press.revisions.contains { $0.kind == "duty.test_due" && $0.state == .resolved && $0.closeReason == nil })
        try street.restart()
        _ = street.review(at: 9 * Self.day + 2)
        #expect(street.fire(now: 16 * Self.day).revisions.filter { $0.kind == "duty.test_due" }.isEmpty)
        #expect(street.fire(now: 16 * Self.day + 1).revisions.contains { $0.kind == "duty.test_due" && $0.revision == 1 })
    }

    @Test("an armed press is a test too, and a drill once somebody takes it")
    func drills() throws {
        var street = Self.street(tests: 7, drills: 14)
        _ = street.review(at: 0)
        _ = street.fire(now: 14 * Self.day)
        #expect(Self.of(street, "duty.drill_due").count == 1 && Self.of(street, "duty.test_due").count == 1)
        _ = street.obey(.arm(DeviceID("ieee:01"), seconds: 300), role: .technician, at: 14 * Self.day + 10)
        let press = street.take(Street.finding(), at: 14 * Self.day + 20)
        #expect(press.revisions.contains { $0.origin == .drill } && Self.of(street, "duty.test_due").isEmpty && Self.of(street, "duty.drill_due").count == 1)
        let drill = try #require(street.escalation.openIncidents.first { $0.origin == .drill })
        _ = street.obey(.acknowledge(drill.id), at: 14 * Self.day + 30)
        #expect(Self.of(street, "duty.drill_due").isEmpty)
    }

    @Test("a visit is proved by the button at the bedside or by somebody's arrival; closing by hand asks again after the next interval")
    func visits() throws {
        var street = Self.street(visits: 2)
        _ = street.review(at: 0)
        let due = street.fire(now: 2 * Self.day)
        #expect(due.revisions.map(\.kind) == ["duty.visit_due"] && due.revisions.first?.subject.residents == [ResidentID("anna")])
        let id = try #require(due.revisions.first?.id)
        let came = street.obey(.arrive(id), by: "li", at: 2 * Self.day + 10)
        #expect(came.answer == .done(revision: 2) && came.revisions.map(\.state) == [.resolved])
        #expect(came.revisions.first?.annotations.contains { $0.what == "arrived" && $0.actor == "li" } == true)

        _ = street.fire(now: 4 * Self.day + 10)
        #expect(Self.of(street, "duty.visit_due").count == 1)
        var arrived = Street.finding("safety.attendance", .raised, .information, device: "topic:contactid/7")
        (arrived.evidence[0].kind, arrived.evidence[0].value) = (.attendance, .code("arrived"))
        _ = street.take(arrived, at: 4 * Self.day + 20)
        #expect(Self.of(street, "duty.visit_due").isEmpty)

        let third = try #require(street.fire(now: 6 * Self.day + 20).revisions.first?.id)
        _ = street.obey(.resolve(third, .unreachable, note: "away"), at: 6 * Self.day + 30)
        try street.restart()
        _ = street.review(at: 6 * Self.day + 40)
        #expect(street.fire(now: 8 * Self.day + 29).revisions.isEmpty)
        #expect(street.fire(now: 8 * Self.day + 30).revisions.map(\.kind) == ["duty.visit_due"])
    }

    @Test("what is no longer asked is forgotten, and nothing is asked of others")
    func ended() throws {
        var street = Self.street(tests: 1, drills: 1, visits: 1)
        _ = street.review(at: 0)
        #expect(street.rows.values.count { $0.table == "duty" } == 3)
        street.plan.duties = Duties()
        street.household = Street.household
        _ = street.review(at: 10)
        #expect(street.rows.values.allSatisfy { $0.table != "duty" } && street.fire(now: 400 * Self.day).revisions.isEmpty)
    }
}
