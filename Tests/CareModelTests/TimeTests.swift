import CareModel
import Testing

@Suite struct TimeTests {
    @Test("RFC 3339 is written with six digits and read back", arguments: [
        ("1970-01-01T00:00:00.000000Z", 0), ("2026-11-22T01:16:58.653628Z", 1_795_310_218_653_628), ("1969-12-31T23:59:59.999999Z", -1),
        ("2000-02-29T12:00:00.000000Z", 951_825_600_000_000), ("2038-01-19T03:14:08.000000Z", 2_147_483_648_000_000),
    ])
    func roundTrip(text: String, microseconds: Int64) throws {
        #expect(WallTime(microseconds: microseconds).description == text)
        #expect(WallTime(rfc3339: text)?.microseconds == microseconds)
    }

    @Test("every zone form is read, the one of mosquitto_sub too", arguments: [
        "2026-11-22T09:16:58.653628+08:00", "2026-11-22T01:16:58.653628999Z", "2026-11-22T09:16:58.653628Z+0800", "2026-11-21T20:16:58.653628-05:00",
    ])
    func zones(text: String) {
        #expect(WallTime(rfc3339: text)?.description == "2026-11-22T01:16:58.653628Z")
    }

    @Test("what is no time is refused", arguments: [
        "", "2026-11-22", "2026-11-22T01:16:58", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T01:16:60Z",
        "2026-11-22T01:16:58.Z", "2026-11-22T01:16:58.1234567890Z", "2026-11-22T01:16:58Zx", "2026-11-22T01:16:58+2400",
    ])
    func refused(text: String) { #expect(WallTime(rfc3339: text) == nil) }

    @Test("civil time turns into days and back for four hundred years")
    func civil() {
        var day = CivilTime(year: 1900, month: 1, day: 1).dayNumber
        let last = CivilTime(year: 2300, month: 12, day: 31).dayNumber
        var previous = CivilTime(WallTime(microseconds: Int64(day - 1) * 86_400_000_000))
        while day <= last {
            let civil = CivilTime(WallTime(microseconds: Int64(day) * 86_400_000_000))
            #expect(civil.dayNumber == day && civil.isValid)
            let isNext = (civil.day == previous.day + 1 && civil.month == previous.month) || (civil.day == 1 && (civil.month == previous.month + 1 || civil.month == 1))
            #expect(isNext)
            previous = civil
            day += 1
        }
    }

    @Test("a zone's offset changes at its transition, not before")
    func zone() {
        let london = TimeZoneTable(name: "Europe/London", initialOffsetSeconds: 0, transitions: [
            .init(fromSeconds: 1_774_746_000, offsetSeconds: 3_600), .init(fromSeconds: 1_792_890_000, offsetSeconds: 0),
        ])
        #expect(london.offsetSeconds(at: WallTime(microseconds: 1_774_745_999_999_999)) == 0)
        #expect(london.offsetSeconds(at: WallTime(microseconds: 1_774_746_000_000_000)) == 3_600)
        let noon = CivilTime(year: 2026, month: 7, day: 1, hour: 12)
        #expect(london.wall(noon).description == "2026-07-01T11:00:00.000000Z")
        #expect(london.civil(london.wall(noon)) == noon)
    }
}
