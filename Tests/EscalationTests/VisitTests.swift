import CareModel
@testable import Escalation
import Testing

/// The code at a resident's door.
@Suite("A visit by the code at the door")
struct VisitTests {
    private static let day = 86_400
    private static let anna = ResidentID("anna")

    private static func street(visits: Int? = nil) -> Street {
        var street = Street()
        guard let visits else { return street }
        var residents = street.household.residents
        residents[0].visitDays = visits
        street.household = Household(homes: street.household.homes, residents: residents, bindings: street.household.bindings)
        return street
    }

    private static func deed(_ decisions: [Decision]) -> Deed? {
        guard case .carriedOut(let deed)? = decisions.answer else { return nil }
        return deed
    }

    @Test("it keeps the duty of visits, ends its incident, and the interval begins anew; with nothing due it is written down all the same")
    func duty() throws {
        var street = Self.street(visits: 2)
        _ = street.review(at: 0)
        #expect(street.fire(now: 2 * Self.day).revisions.map(\.kind) == ["duty.visit_due"])
        let came = street.obey(.visit(Self.anna), by: "li", at: 2 * Self.day + 10)
        #expect(Self.deed(came) == Deed(at: WallTime(microseconds: Int64(2 * Self.day + 1_010) * 1_000_000), duty: "visit", incidents: []))
        #expect(came.revisions.map(\.state) == [.resolved] && came.revisions.first?.closeReason == nil)
        #expect(came.audits.map(\.action) == ["duty_done", "visit"] && came.audits.last?.actor == "li" && came.audits.last?.object == "anna" && came.audits.last?.outcome == "done")
        try street.restart()
        _ = street.review(at: 2 * Self.day + 11)
        #expect(street.fire(now: 4 * Self.day + 9).revisions.isEmpty)
        #expect(street.fire(now: 4 * Self.day + 10).revisions.map(\.kind) == ["duty.visit_due"])

        var other = Self.street()
        let noted = other.obey(.visit(Self.anna), at: 5)
        #expect(Self.deed(noted)?.duty == nil && noted.revisions.isEmpty && noted.audits.map(\.action) == ["visit"])
    }

    @Test("what the same person has in hand about the resident or the home is on site; another's, a drill and a fault stay as they are")
    func onSite() throws {
        var street = Self.street(visits: 2)
        _ = street.review(at: 0)
        _ = street.take(Street.finding(), at: 1)
        _ = street.take(Street.finding("safety.smoke", who: Street.subject([]), device: "ieee:02"), at: 2)
        _ = street.take(Street.finding("safety.fall"), at: 3)
        _ = street.take(Street.finding("device.silent", .raised, .medium, category: .technical), at: 4)
        _ = street.take(Street.finding(who: Street.subject(["bo"])), at: 5)
        for id in [1, 2, 4, 5] as [UInt64] { _ = street.obey(.acknowledge(Street.id(id)), by: "li", at: 6) }
        _ = street.obey(.acknowledge(Street.id(3)), by: "wu", at: 6)
        let came = street.obey(.visit(Self.anna), by: "li", id: "scan", at: 60)
        #expect(Self.deed(came)?.incidents == [Street.id(1), Street.id(2)])
        #expect(came.revisions.map(\.state) == [.onSite, .onSite] && came.revisions.allSatisfy { $0.owner == "li" && $0.annotations.last?.what == "arrived" && $0.annotations.last?.actor == "li" })
        #expect(came.audits.filter { $0.action == "duty_done" }.count == 1, "one visit")
        // The same scan again is answered the same, after a restart too; another one finds nothing left to set.
        try street.restart()
        let again = street.obey(.visit(Self.anna), by: "li", id: "scan", at: 70)
        #expect(again.answer == came.answer && again.revisions.isEmpty)
        #expect(Self.deed(street.obey(.visit(Self.anna), by: "li", at: 80))?.incidents == [])
    }

    @Test("who cares for people proves a visit, nobody else; a resident whom homes.yaml doesn't have is refused", arguments: Role.allCases)
    func roles(role: Role) {
        var street = Self.street()
        let answer = street.obey(.visit(Self.anna), role: role, at: 1).answer
        #expect((answer == .refused(.notAllowed)) == ![.caregiver, .supervisor, .administrator].contains(role))
        #expect(street.obey(.visit(ResidentID("nobody")), at: 2).answer == .refused(.unknownResident))
    }
}
