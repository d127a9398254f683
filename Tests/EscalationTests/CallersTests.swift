import CareModel
@testable import Escalation
import Testing

/// A profile that reads every dialect of a bridge reads presses too; that makes no call button of a motion sensor.
@Suite("Who can call")
struct CallersTests {
    private static let day = 86_400
    private static let button = DeviceID("ieee:01")

    private static func street(tests: Int? = 7) -> Street {
        var street = Street()
        street.plan.duties = Duties(testDays: tests)
        street.callers = Callers(generic: [button])
        return street
    }

    @Test("a device of a generic profile is asked for its weekly test only after it has called, over restarts too")
    func tests() throws {
        var street = Self.street()
        _ = street.review(at: 0)
        #expect(street.fire(now: 30 * Self.day).revisions.isEmpty, "nobody ever pressed it: it may be a motion sensor")
        #expect(street.escalation.callers(street.context) == [])
        _ = street.take(Street.finding(isLate: true), at: 30 * Self.day)
        #expect(street.escalation.callers(street.context) == [], "history proves nothing of now")
        _ = street.take(Street.finding(), at: 30 * Self.day + 1)
        #expect(street.escalation.callers(street.context) == [Self.button])
        try street.restart()
        _ = street.review(at: 30 * Self.day + 2)
        #expect(street.fire(now: 37 * Self.day).revisions.filter { $0.kind == "duty.test_due" }.isEmpty)
        #expect(street.fire(now: 37 * Self.day + 1).revisions.contains { $0.kind == "duty.test_due" && $0.subject.device == Self.button })
    }

    @Test("what it has shown stands without weekly tests as well, and goes with the device")
    func kept() throws {
        var street = Self.street(tests: nil)
        _ = street.take(Street.finding(), at: 1)
        _ = street.review(at: 2)
        try street.restart()
        _ = street.review(at: 3)
        #expect(street.escalation.callers(street.context) == [Self.button] && street.escalation.duties(street.context)["test"] == nil)
        street.callers = Callers()
        _ = street.review(at: 4)
        street.callers = Callers(generic: [Self.button])
        #expect(street.escalation.callers(street.context) == [])
    }

    @Test("a sensor of a generic profile is no way to call: the button beside it that fails is told at night")
    func lastPath() {
        var street = District.street(hour: 23)
        street.callers = Callers(named: [DeviceID("ieee:03")], generic: [DeviceID("ieee:04")])
        #expect(Set(street.take(District.silent("ieee:03", home: "h2"), at: 0).queues) == ["station", "upstream"], "the other has never called")
    }

    @Test("one that has called is a way")
    func otherPath() {
        var street = District.street(hour: 23)
        street.callers = Callers(named: [DeviceID("ieee:03")], generic: [DeviceID("ieee:04")])
        _ = street.take(Street.finding(who: Street.subject([], home: "h2", device: "ieee:04"), device: "ieee:04"), at: 0)
        #expect(street.take(District.silent("ieee:03", home: "h2"), at: 1).deliveries.isEmpty)
    }
}
