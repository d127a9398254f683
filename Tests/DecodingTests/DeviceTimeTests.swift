import CareModel
import Testing
@testable import Decoding

@Suite("The device's time")
struct DeviceTimeTests {
    let book: ProfileBook

    init() throws { book = try Shelf.book() }

    func observe(_ ts: Int64, clock: ClockQuality = .synchronised) -> (WallTime?, Quality) {
        var bench = Bench(book, [("topic:yard/w-1", "generic-json-wearable")])
        let decoded = bench.take("yard/w-1/vitals", #"{"device":"w-1","ts":\#(ts),"hr":70,"seq":1}"#, clock: HubClock(offset: .zero, quality: clock))
        return (decoded.readings.first?.observedAt, decoded.readings.first?.quality ?? .test)
    }

    /// Milliseconds of the moment at which `observe` receives.
    let now = Bench.start.microseconds / 1_000 + 1_000

    @Test("a clock in 1970, in 2038, or an uptime is a fault, and no time is claimed", arguments: [3_000, 0, 188_000, 2_147_483_648_000, 4_102_444_800_000, -5])
    func faults(ts: Int64) {
        let (at, quality) = observe(ts)
        #expect(at == nil)
        #expect(quality == .clockFault)
    }

    @Test("late begins one millisecond past fifteen minutes")
    func late() {
        #expect(observe(now - 15 * 60_000).1 == [])
        #expect(observe(now - 15 * 60_000 - 1).1 == .late)
        #expect(observe(now - 15 * 60_000 - 1).0 == WallTime(microseconds: (now - 15 * 60_000 - 1) * 1_000))
    }

    @Test("ahead of a synchronised hub by four minutes passes, more is a fault; an unsynchronised hub can't tell")
    func ahead() {
        #expect(observe(now + 240_000).1 == [])
        #expect(observe(now + 240_001).1 == .clockFault)
        #expect(observe(now + 240_001, clock: .unsynchronised).1 == [])
        #expect(observe(now - 401 * 86_400_000).1 == .clockFault)
        #expect(observe(now - 401 * 86_400_000, clock: .unsynchronised).1 == .late)
    }

    @Test("formats are read with their zone", arguments: [
        ("iso", "none", "2026-11-22T16:00:00+08:00", "2026-11-22T08:00:00.000000Z"), ("iso", "none", "2026-11-22T08:00:00.123456789Z", "2026-11-22T08:00:00.123456Z"),
        ("iso", "site", "2026-11-22T16:00:00", "2026-11-22T08:00:00.000000Z"), ("iso", "none", "2026-11-22T16:00:00", "none"), ("iso", "+05:30", "2026-11-22T13:30:00", "2026-11-22T08:00:00.000000Z"),
        ("dd/MM/yyyy HH:mm:ss", "site", "22/11/2026 16:00:00", "2026-11-22T08:00:00.000000Z"), ("ddMMyyHHmmss", "utc", "221126080000", "2026-11-22T08:00:00.000000Z"),
        ("dd/MM/yyyy HH:mm:ss", "site", "2026-11-22 16:00:00", "none"), ("dd/MM/yyyy HH:mm:ss", "utc", "31/02/2026 10:00:00", "none"),
        ("epoch_s", "none", "1795334400", "2026-11-22T08:00:00.000000Z"), ("epoch_s", "none", "1795334400.25", "2026-11-22T08:00:00.250000Z"),
        ("epoch_us", "none", "1795334400000001", "2026-11-22T08:00:00.000001Z"), ("epoch_s", "none", "soon", "none"),
    ])
    func formats(format: String, zone: String, text: String, expected: String) throws {
        let path = try #require(FieldPath("t", topicNames: [], partNames: []))
        let tokens: TimeCandidate.Format = switch format {
        case "iso": .iso
        case "epoch_s": .epoch(decimals: 0)
        case "epoch_us": .epoch(decimals: 6)
        default: .pattern(try #require(TimeCandidate.tokens(format)))
        }
        let candidate = TimeCandidate(source: .path(path), format: tokens, zone: try #require(TimeCandidate.Zone(zone)))
        let site = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800)
        #expect(candidate.wall(text, site: site)?.description ?? "none" == expected)
    }
}
