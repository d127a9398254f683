import CareModel
@testable import Escalation
import Testing

private let east8 = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 8 * 3_600)

/// Local time of day `day` after 1970-01-01, a Thursday.
private func wall(_ day: Int, _ hour: Int, _ minute: Int = 0, _ zone: TimeZoneTable = .utc) -> WallTime {
    WallTime(microseconds: (Int64(day) * 86_400 + Int64(hour * 3_600 + minute * 60 - zone.initialOffsetSeconds)) * 1_000_000)
}

@Test("a rota says who stands by: days of the week, the night that began the day before, absence", arguments: [
    (0, 7, 59, Duty.onCall), (0, 8, 0, .staffed), (0, 19, 59, .staffed), (0, 20, 0, .onCall), (1, 7, 59, .onCall),
    (2, 8, 0, .nobody), (2, 19, 59, .nobody), (2, 20, 0, .onCall), (3, 12, 0, .nobody), (4, 8, 0, .staffed),
    (9, 23, 59, .onCall), (10, 0, 0, .nobody), (10, 7, 59, .nobody), (10, 12, 0, .nobody), (10, 20, 0, .nobody), (11, 0, 0, .onCall), (11, 7, 59, .onCall),
])
func rotaDuty(_ day: Int, _ hour: Int, _ minute: Int, _ expected: Duty) {
    #expect(District.stationRota.duty(at: wall(day, hour, minute), zone: .utc) == expected)
    #expect(District.stationRota.duty(at: wall(day, hour, minute, east8), zone: east8) == expected, "the home's own time counts")
}

@Test("between two changes the answer stays, over a month, in two zones and over a change of the clock")
func rotaChanges() {
    let summer = TimeZoneTable(name: "S", initialOffsetSeconds: 3_600, transitions: [.init(fromSeconds: 5 * 86_400 + 3_600, offsetSeconds: 7_200), .init(fromSeconds: 20 * 86_400 + 3_600, offsetSeconds: 3_600)])
    for zone in [TimeZoneTable.utc, east8, summer] {
        let from = wall(0, 0), to = wall(30, 0)
        let changes = District.stationRota.changes(after: from, to: to, zone: zone)
        #expect(changes == changes.sorted() && changes.allSatisfy { $0 > from && $0 <= to })
        var last = District.stationRota.duty(at: from, zone: zone), differences = 0
        var moment = from
        while moment < to {
            moment = moment + .seconds(600)
            let duty = District.stationRota.duty(at: moment, zone: zone)
            if duty != last {
                let isMarked = changes.contains { $0 > moment + .seconds(-600) && $0 <= moment }
                // A clock that steps by itself moves a shift's end; it is seen at the next look.
                if !isMarked, zone.transitions.isEmpty { Issue.record("\(zone.name): \(moment) differs without a mark") }
                differences += 1
            }
            last = duty
        }
        #expect(differences > 40)
    }
}

@Test("a window of the day may pass midnight; the next moment of a minute is later than now", arguments: [
    (22 * 60, 6 * 60, 21 * 60 + 59, false), (22 * 60, 6 * 60, 22 * 60, true), (22 * 60, 6 * 60, 0, true), (22 * 60, 6 * 60, 359, true), (22 * 60, 6 * 60, 360, false),
    (8 * 60, 12 * 60, 8 * 60, true), (8 * 60, 12 * 60, 12 * 60, false),
])
func dayWindow(_ from: Int, _ to: Int, _ minute: Int, _ isInside: Bool) {
    #expect(DayWindow(fromMinute: from, toMinute: to).contains(minute: minute) == isInside)
    #expect(DayWindow.next(360, after: wall(3, 6), zone: .utc) == wall(4, 6))
    #expect(DayWindow.next(360, after: wall(3, 5, 59), zone: .utc) == wall(3, 6))
}

@Test("nobody on duty is seen hours ahead, becomes urgent when it begins, ends when somebody is there, and is told once")
func nobodyOnDuty() {
    // Hub time 0 is Thursday 9:00. On Saturday 8:00 nobody comes: it is seen at 20:00 on Friday.
    var street = District.street(rota: "station")
    #expect(street.review(at: 0).revisions.isEmpty)
    let friday20 = (24 + 11) * 3_600
    #expect(street.fire(now: friday20 - 1).revisions.isEmpty)
    let seen = street.fire(now: friday20).revisions
    #expect(seen.map(\.kind) == ["duty.nobody_on_duty", "duty.nobody_on_duty"] && seen.map(\.priority) == [.medium, .medium])
    #expect(seen.allSatisfy { $0.category == .duty && $0.text.en.contains("1970-01-03T08:00") })
    let begun = street.fire(now: friday20 + 12 * 3_600)
    #expect(begun.revisions.contains { $0.priority == .high && $0.phase == .escalate })
    let over = street.fire(now: friday20 + 24 * 3_600)
    // Somebody is on call now, and Sunday has nobody by day either: seen already, because it is within twelve hours.
    #expect(over.revisions.contains { $0.phase == .deescalate } && street.escalation.openIncidents.map(\.priority) == [.medium, .medium])
    let monday = street.fire(now: friday20 + 48 * 3_600)
    #expect(monday.revisions.filter { $0.state == .resolved && $0.closeReason == nil }.count == 2)
    #expect(street.escalation.openCount == 0)
}

@Test("a post without a confirmed way to ring counts as nobody, and is not waited for")
func unconfirmed() {
    var street = District.street(stationConfirmed: nil)
    let told = street.review(at: 0).revisions
    #expect(told.map(\.rule) == ["duty:east"] && told.map(\.priority) == [.high])
    #expect(told.first?.text.en.contains("Confirm a way to ring") == true)
    #expect(street.review(at: 5).revisions.isEmpty, "told once")
    let fall = street.take(Street.finding(who: Street.subject(["anna"])), at: 10)
    #expect(Set(fall.queues) == ["station", "upstream", "town", "family"], "the town is told together with the station that has nobody")
    street.plan = District.plan()
    let over = street.review(at: 20).revisions
    #expect(over.map(\.state) == [.resolved])
}
