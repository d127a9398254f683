import CareModel
import Testing
@testable import Decoding

@Suite("What can't be the wearer's body, and clocks that are off")
struct FollowingTests {
    static let yaml = """
    profile: test-device
    language: 2
    title: {zh-CN: 试, en: test}
    transport_delay_seconds_max: 5
    device: "topic:{id}"
    messages:
      - topic: "band/{id}"
        time: [{path: t, format: epoch_ms}]
        outputs:
          - {kind: vital.heart_rate, path: hr, sentinels: [0]}
          - {kind: vital.body_temperature, path: temp}
          - {kind: vital.weight, path: kg}
          - {kind: behaviour.worn, path: worn}
          - {kind: device.external_power, path: cable}
          - {kind: device.battery, path: bat}
          - {kind: safety.sos, path: sos, meaning: momentary, map: {1: pressed, 0: cleared}}
    """

    /// A home of one or two residents; the device `topic:b1` is the first one's, `topic:b2` both use.
    static func bench(residents: Int = 2) throws -> Bench {
        let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 8 * 3_600)
        let people = (0..<residents).map { Resident(id: ResidentID("r\($0)"), home: 0, name: "R\($0)") }
        return Bench(try Shelf.book(yaml), Household(homes: [Home(id: HomeID("h1"), zone: zone)], residents: people, bindings: [
            DeviceBinding(device: DeviceID("topic:b1"), profile: "test-device", home: 0, residents: [0]),
            DeviceBinding(device: DeviceID("topic:b2"), profile: "test-device", home: 0, residents: Array(0..<residents)),
        ]))
    }

    @Test("a heart rate that no heart reaches in that time is marked, and believed when the next one confirms it")
    func jump() throws {
        var bench = try Self.bench()
        #expect(bench.take("band/b1", #"{"hr":70}"#).readings.map(\.quality) == [[]])
        #expect(bench.take("band/b1", #"{"hr":215}"#, after: 5).readings.map(\.quality) == [.jump])
        #expect(bench.take("band/b1", #"{"hr":72}"#, after: 5).readings.map(\.quality) == [[]])
        #expect(bench.take("band/b1", #"{"hr":215}"#, after: 5).readings.map(\.quality) == [.jump])
        #expect(bench.take("band/b1", #"{"hr":211}"#, after: 5).readings.map(\.quality) == [[]])
    }

    @Test("a change at the limit, one that took longer, and one of a device that several use are not marked", arguments: [
        ("b1", 70, 200, 10.0, false), ("b1", 70, 201, 10.0, true), ("b1", 70, 201, 10.1, false), ("b2", 70, 215, 5.0, false),
    ])
    func jumpLimits(device: String, from: Int, to: Int, after: Double, isMarked: Bool) throws {
        var bench = try Self.bench()
        bench.take("band/\(device)", #"{"hr":\#(from)}"#)
        #expect(bench.take("band/\(device)", #"{"hr":\#(to)}"#, after: after).readings.map(\.quality) == [isMarked ? .jump : []])
    }

    @Test("the same heart rate for an hour is frozen, until it changes")
    func frozen() throws {
        var bench = try Self.bench(), marked: [Int] = []
        for k in 0...61 where bench.take("band/b1", #"{"hr":70}"#, after: 60).readings[0].quality.contains(.frozen) { marked.append(k) }
        #expect(marked == [60, 61])
        #expect(bench.take("band/b1", #"{"hr":71}"#, after: 60).readings.map(\.quality) == [[]])
        // So long, but too few of them to say anything.
        var sparse = try Self.bench()
        for _ in 0..<29 { #expect(sparse.take("band/b1", #"{"hr":70}"#, after: 600).readings.map(\.quality) == [[]]) }
        #expect(sparse.take("band/b1", #"{"hr":70}"#, after: 600).readings.map(\.quality) == [.frozen])
    }

    @Test("off the body every vital sign is unworn, whichever message it comes in; an SOS is never marked")
    func unworn() throws {
        var bench = try Self.bench()
        #expect(bench.take("band/b1", #"{"hr":70,"worn":false}"#).readings[0].quality == .unworn)
        #expect(bench.take("band/b1", #"{"hr":70,"sos":1}"#).readings.map(\.quality) == [.unworn, []])
        #expect(bench.take("band/b1", #"{"worn":true}"#).readings.map(\.quality) == [[]])
        #expect(bench.take("band/b1", #"{"hr":70}"#).readings.map(\.quality) == [[]])
    }

    @Test("taken off on its charger, or at the hour at which it usually charges, says so")
    func charging() throws {
        var bench = try Self.bench()
        func worn() -> String? { bench.take("band/b1", #"{"worn":false}"#, after: 60).readings[0].detail }
        #expect(worn() == nil)
        for day in 0..<4 {
            bench.take("band/b1", #"{"cable":true}"#, after: 60)
            #expect(worn() == "charging", "day \(day): it hangs on its charger")
            bench.take("band/b1", #"{"cable":false}"#, after: 60)
            bench.take("band/b1", #"{"worn":true}"#, after: 86_400 - 180)
        }
        #expect(worn() == "charging")
        bench.take("band/b1", #"{"worn":true}"#, after: 3_600)
        #expect(worn() == nil, "an hour later is not its usual time")
    }

    @Test("a battery that rises is charging; one that wavers by a per cent is not")
    func risingBattery() {
        var wearing = Wearing()
        func tell(_ charge: Int64, _ day: Int) {
            _ = wearing.learn(.battery, .number(scaled: charge), .level, [], at: Bench.start + .seconds(day * 86_400))
        }
        for day in 0..<6 { tell(800, day); tell(810, day) }
        #expect(!wearing.isUsualCharging(at: Bench.start))
        for day in 6..<12 { tell(300, day); tell(900, day) }
        #expect(wearing.isUsualCharging(at: Bench.start))
        #expect(!wearing.isUsualCharging(at: Bench.start + .seconds(3_600)))
    }

    @Test("another's weight is another's where two live, and a jump where one lives; three of it are believed")
    func weight() throws {
        for (residents, mark) in [(2, Quality.otherWearer), (1, .jump)] {
            var bench = try Self.bench(residents: residents)
            bench.take("band/b1", #"{"kg":61.2}"#)
            #expect(bench.take("band/b1", #"{"kg":69.2}"#, after: 86_400).readings.map(\.quality) == [[]])
            var marks: [Quality] = []
            for _ in 0..<4 { marks.append(bench.take("band/b1", #"{"kg":82.5}"#, after: 86_400).readings[0].quality) }
            #expect(marks == [mark, mark, mark, []])
        }
    }

    /// A day of wearing: thirty heart rates, then off for the night.
    static func day(_ bench: inout Bench, _ rate: Int) -> [Quality] {
        var last: [Quality] = []
        for k in 0..<30 { last = bench.take("band/b1", #"{"hr":\#(rate + k % 3)}"#, after: k == 0 ? 86_400 - 29 * 60 : 60).readings.map(\.quality) }
        return last
    }

    @Test("a heart far from the usual wearer's is probably another's of the home; where nobody else lives it is the wearer's")
    func otherWearer() throws {
        var two = try Self.bench(), one = try Self.bench(residents: 1)
        for _ in 0..<5 { #expect(Self.day(&two, 62) == [[]]); #expect(Self.day(&one, 62) == [[]]) }
        #expect(Self.day(&two, 85) == [.otherWearer])
        #expect(Self.day(&one, 85) == [[]])
        // What any limit would alarm on is judged whoever wears it.
        #expect(two.take("band/b1", #"{"hr":140}"#, after: 60).readings.map(\.quality) == [[]])
        #expect(Self.day(&two, 63) == [[]])
        #expect(Self.day(&two, 85) == [.otherWearer])
        #expect(Self.day(&two, 85) == [.otherWearer])
        #expect(Self.day(&two, 85) == [[]], "for the third time it is the usual wearer who has changed")
    }

    @Test("a session is judged neither before its time nor on too little knowledge")
    func otherWearerLimits() throws {
        var bench = try Self.bench()
        for _ in 0..<4 { _ = Self.day(&bench, 62) }
        #expect(Self.day(&bench, 85) == [[]], "four sessions are known, five are needed")
        var short = try Self.bench()
        for _ in 0..<5 { _ = Self.day(&short, 62) }
        for k in 0..<15 { #expect(short.take("band/b1", #"{"hr":85}"#, after: k == 0 ? 86_400 : 60).readings.map(\.quality) == [[]]) }
    }

    @Test("a clock that is hours behind is learnt within three minutes; then what comes is now, not late")
    func clockBehind() throws {
        var bench = try Self.bench()
        func tell(_ rate: Int, _ behind: Int, after: Double = 60) -> Reading? {
            let claim = (bench.at + Span(microseconds: Int64(after * 1_000_000))).microseconds / 1_000 - Int64(behind) * 1_000
            return bench.take("band/b1", #"{"hr":\#(rate),"t":\#(claim)}"#, after: after).readings.first
        }
        for k in 0..<4 { #expect(tell(70 + k, 8 * 3_600)?.quality == .late, "message \(k)") }
        let learnt = tell(75, 8 * 3_600 + 3)
        #expect(learnt?.quality == .clockFault)
        #expect(learnt?.observedAt == WallTime(microseconds: bench.at.microseconds - 3_000_000))
        #expect(Quality.clockFault.isDisjoint(with: .unjudgeable))
        // What was stored before is late under the corrected clock too.
        #expect(tell(76, 10 * 3_600)?.quality == [.clockFault, .late])
        #expect(tell(77, 8 * 3_600)?.quality == .clockFault)
        // Set right, the clock counts as it is, and what is stored is late at once.
        #expect(tell(78, 2)?.quality == [])
        #expect(tell(79, 8 * 3_600)?.quality == .late)
    }

    @Test("stored measurements that come faster than they were measured never count as a clock")
    func storeIsNoClock() throws {
        var bench = try Self.bench()
        for k in 0..<60 {
            // Minute by minute out of the store, sent one in forty seconds.
            let claim = Bench.start.microseconds / 1_000 - 7_200_000 + Int64(k) * 60_000
            let found = bench.take("band/b1", #"{"hr":\#(70 + k % 5),"t":\#(claim)}"#, after: 40).readings[0]
            #expect(!found.quality.contains(.clockFault), "message \(k)")
        }
    }

    @Test("the memory of wearers and clocks survives a restart, byte for byte")
    func state() throws {
        var bench = try Self.bench()
        for day in 0..<6 { _ = Self.day(&bench, day == 5 ? 90 : 62) }
        for k in 0..<4 { bench.take("band/b1", #"{"hr":\#(80 + k),"t":\#(bench.at.microseconds / 1_000 - 28_740_000),"worn":true,"bat":\#(40 + k * 9),"cable":true}"#, after: 60) }
        bench.take("band/b1", #"{"hr":230}"#, after: 1)
        let bytes = bench.stateBytes
        var reader = ByteReader(bytes)
        let restored = try Decoding(from: &reader)
        #expect(reader.isAtEnd)
        var writer = ByteWriter()
        restored.write(to: &writer)
        #expect(writer.bytes == bytes)
        var other = bench
        other.decoding = restored
        #expect(other.take("band/b1", #"{"hr":84}"#, after: 60).readings == bench.take("band/b1", #"{"hr":84}"#, after: 60).readings)
        for count in 0..<bytes.count {
            var cut = ByteReader(Array(bytes[..<count]))
            #expect(throws: BinaryFailure.self) { _ = try Decoding(from: &cut) }
        }
    }
}
