import CareModel
@testable import Detection
import Testing

@Suite("Bed exit")
struct BedExitTests {
    private static func bed(_ own: String = "") -> String { rule("bed", "form: bed_exit\n    kind: signal.waveform\n    \(own)", priority: "low", category: "behaviour") }

    /// One answer of the tag: trunk in 0.001 g, 0.1 dB, antenna; in the profile's 10^-4.
    private static func tag(_ front: Int, _ vertical: Int, _ strength: Int, _ antenna: Int, lateral: Int = 0) -> ReadingValue {
        .waveform(samples: [front * 10, vertical * 10, lateral * 10, strength * 1_000, antenna * 10_000].map(Int32.init), factorMillionths: 100, rateMillihertz: 0, signal: "bed_tag")
    }

    private struct Answer {
        var second: Double
        var value: ReadingValue
    }

    /// Lies for a minute, sits on the edge for 20 s, then stands and walks off to another antenna until 100 s; lies again from 140 s.
    private static func night(returns: Bool = false, leaves: Bool = true) -> [Answer] {
        var answers: [Answer] = []
        for i in 0..<120 { answers.append(Answer(second: Double(i) * 0.5, value: tag(990 + i % 3 * 10, -40, i % 2 == 0 ? -510 : -620, i % 2 == 0 ? 3 : 4))) }
        for i in 0..<40 { answers.append(Answer(second: 60 + Double(i) * 0.5, value: tag(400 + i % 4 * 10, 930, i % 2 == 0 ? -580 : -590, i % 2 == 0 ? 1 : 4))) }
        if leaves { for i in 0..<8 { answers.append(Answer(second: 83 + Double(i) * 0.75, value: tag(i % 2 == 0 ? -150 : 100, 1_050, -480 - i, 1 + i / 4, lateral: 150))) } }
        if returns { for i in 0..<40 { answers.append(Answer(second: 140 + Double(i) * 0.5, value: tag(990, -40, -510, 3))) } }
        return answers
    }

    private func feed(_ world: inout World, _ answers: [Answer], quality: Quality = .rateUnknown, wait: Double = 60) -> [String] {
        var found: [String] = []
        for one in answers { found += world.see(.waveform, one.value, one.second, quality: quality, device: "imei:1") }
        return found + world.wait((answers.last?.second ?? 0) + wait)
    }

    @Test("who leaves the bed is told once, within 20 s of standing up and with how long ago; lying again ends it")
    func exit() throws {
        var world = try World(ward: Self.bed().replacing("Call[ to {room}]", with: "Left {seconds} seconds ago"))
        #expect(feed(&world, Self.night(returns: true)) == ["raised test.bed low", "cleared test.bed recovered"])
        let told = try #require(world.findings.first)
        let second = Double((told.detectedAt - World.start).microseconds) / 1_000_000
        #expect(second > 83 && second <= 83 + 22)
        let ago = told.text.en.split(separator: " ").compactMap { Double($0) }.first ?? 0
        #expect(abs(second - ago - 83) <= 5, "told as \(second - ago)")
    }

    @Test("who lies, or is never seen to lie down again, gives no exit and no second one")
    func quiet() throws {
        var lying = try World(ward: Self.bed())
        #expect(feed(&lying, Self.night().filter { $0.second < 60 }) == [])
        var twice = try World(ward: Self.bed())
        let away = Self.night()
        let again = away.filter { $0.second >= 60 }.map { Answer(second: $0.second + 100, value: $0.value) }
        #expect(feed(&twice, away + again) == ["raised test.bed low"])
    }

    @Test("the threshold: what is just told at it is told below it and not above it")
    func threshold() throws {
        func isTold(_ threshold: Int64) throws -> Bool {
            let text = "\(threshold < 0 ? "-" : "")\(threshold.magnitude / 1_000).\(String(1_000 + threshold.magnitude % 1_000).dropFirst())"
            var world = try World(ward: Self.bed("threshold: \(text)"))
            return !feed(&world, Self.night()).isEmpty
        }
        var low: Int64 = -9_000, high: Int64 = 20_000
        #expect(try isTold(low) && !isTold(high))
        while high - low > 1 {
            let middle = (low + high) / 2
            if try isTold(middle) { low = middle } else { high = middle }
        }
        #expect(try isTold(low) && !isTold(high))
        #expect(low > BedExitScore.threshold, "a plain exit is well above the shipped threshold")
    }

    @Test("a restart at any answer changes nothing, nor does a step of the clock or doubled answers")
    func restart() throws {
        var straight = try World(ward: Self.bed())
        let all = Self.night(returns: true), expected = feed(&straight, all)
        for cut in stride(from: 5, to: all.count, by: 17) {
            var world = try World(ward: Self.bed())
            var found = feed(&world, Array(all[..<cut]), wait: 0)
            try world.restore()
            world.clock.offset = .seconds(7_200)
            found += feed(&world, all[cut...].flatMap { [$0, $0] })
            #expect(found == expected, "cut at \(cut)")
        }
    }

    @Test("bad quality and what is no sample of a tag is passed over, a gap in the middle breaks nothing")
    func quality() throws {
        for bad in [Quality.unworn, .late, .outOfOrder, .test, .implausible, .frozen, .sentinel] {
            var world = try World(ward: Self.bed())
            #expect(feed(&world, Self.night(), quality: bad) == [])
        }
        var world = try World(ward: Self.bed())
        let odd: [ReadingValue] = [
            .waveform(samples: [1, 2, 3], factorMillionths: 100, rateMillihertz: 0, signal: "bed_tag"), .waveform(samples: [0, 0, 0, 0, .max], factorMillionths: 100, rateMillihertz: 0, signal: "bed_tag"),
            .waveform(samples: [.max, .min, 0, 0, 0], factorMillionths: .max, rateMillihertz: 0, signal: "bed_tag"), .waveform(samples: [0, 0, 0, -500, 1], factorMillionths: 100, rateMillihertz: 0, signal: "ecg"), .flag(true),
        ]
        for (i, value) in odd.enumerated() { #expect(world.see(.waveform, value, Double(i), device: "imei:1") == []) }
        var gap = try World(ward: Self.bed())
        #expect(feed(&gap, Self.night().filter { !(20...50).contains($0.second) }) == ["raised test.bed low"])
    }

    @Test("outside its hours an exit is not told; hours begin and end to the second", arguments: [(-1, false), (0, true)] as [(Int, Bool)])
    func schedule(shift: Int, isTold: Bool) throws {
        // The world begins at 16:00; the exit is told as of about 16:01:23.
        var found: [String] = []
        for from in [shift == 0 ? "15:00" : "17:00"] {
            var world = try World(ward: Self.bed("schedule: {from: \"\(from)\", to: \"\(shift == 0 ? "17:00" : "23:00")\"}"))
            found = feed(&world, Self.night())
        }
        #expect(found.isEmpty != isTold)
    }

    @Test("four answers a second for an hour fit its memory, and what it keeps stays below 4 KB")
    func memory() throws {
        #expect(MemoryLayout<BedExit.Memory>.size <= 4_096)
        var world = try World(ward: Self.bed())
        var found: [String] = []
        for i in 0..<14_400 { found += world.see(.waveform, Self.tag(990, -40, -510, i % 4), Double(i) * 0.25, device: "imei:1") }
        #expect(found == [])
    }
}
