import CareModel
import Foundation
import Testing

@testable import Settings

@Suite struct ZoneTests {
    private func offset(_ zone: TimeZoneTable, _ text: String) throws -> Int {
        zone.offsetSeconds(at: try #require(WallTime(rfc3339: text)))
    }

    @Test("Shanghai is eight hours ahead, and had summer time from 1986 to 1991")
    func shanghai() throws {
        let zone = try #require(ZoneFile.table("Asia/Shanghai"))
        #expect(try offset(zone, "1975-01-01T00:00:00Z") == 8 * 3_600)
        #expect(try offset(zone, "1988-07-01T00:00:00Z") == 9 * 3_600)
        #expect(try offset(zone, "2026-11-22T00:00:00Z") == 8 * 3_600)
        #expect(try offset(zone, "2099-07-01T00:00:00Z") == 8 * 3_600)
        #expect(zone.transitions.count == 12)
    }

    @Test("London changes to the second, in the file's years and in those of its last line", arguments: [
        ("2026-03-29T00:59:59Z", 0), ("2026-03-29T01:00:00Z", 3_600), ("2026-10-25T00:59:59Z", 3_600), ("2026-10-25T01:00:00Z", 0),
        ("2090-03-26T00:59:59Z", 0), ("2090-03-26T01:00:00Z", 3_600), ("2090-10-29T00:59:59Z", 3_600), ("2090-10-29T01:00:00Z", 0),
        ("1970-06-01T00:00:00Z", 3_600),
    ])
    func london(text: String, expected: Int) throws {
        let zone = try #require(ZoneFile.table("Europe/London"))
        #expect(try offset(zone, text) == expected)
        #expect(zone.transitions.allSatisfy { $0.fromSeconds >= 0 })
        #expect(zone.transitions == zone.transitions.sorted { $0.fromSeconds < $1.fromSeconds })
    }

    @Test("zones agree with the C library's own reading all year round", arguments: [
        "Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Dublin", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Urumqi",
    ])
    func againstFoundation(name: String) throws {
        let zone = try #require(ZoneFile.table(name)), oracle = try #require(TimeZone(identifier: name))
        for seconds in stride(from: 0, to: 2_114_380_800, by: 86_400 * 5 + 3_601) {
            let date = Date(timeIntervalSince1970: Double(seconds))
            guard zone.offsetSeconds(at: WallTime(microseconds: Int64(seconds) * 1_000_000)) == oracle.secondsFromGMT(for: date) else {
                Issue.record("\(name) differs at \(date)")
                return
            }
        }
    }

    @Test("what is no zone gives none", arguments: ["Asia/Qingdao", "", "../../etc/passwd", "Asia/../Asia/Shanghai", "/etc/passwd", "tzdata.zi", "Asia"])
    func unknown(name: String) {
        #expect(ZoneFile.table(name) == nil)
    }

    @Test("a cut file gives no zone and no crash")
    func cut() throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: ZoneFile.systemFolder + "/Europe/London")))
        for count in stride(from: 0, to: bytes.count - 40, by: 13) { #expect(ZoneFile.table("x", bytes: Array(bytes.prefix(count))) == nil) }
    }
}
