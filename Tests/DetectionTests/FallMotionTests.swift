import CareModel
import Detection
import Testing

@Suite("Falls by motion")
struct FallMotionTests {
    private static let fall = rule("motion", "form: fall_motion\n    kind: signal.waveform\n    decide_s: 40", category: "safety")

    /// Movement in 0.001 g: standing or walking, maybe an impact, then lying or upright, maybe still.
    private struct Course {
        var samples: [(Double, Double, Double)] = []
        let rate: Int
        private var state: UInt64 = 7

        init(rate: Int) { self.rate = rate }

        private mutating func noise(_ size: Double) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 40) / Double(1 << 23) - 1) * size
        }

        mutating func stand(_ seconds: Double, moving: Double = 80) { hold(seconds, (0, -1_000, 0), moving) }
        mutating func lie(_ seconds: Double, moving: Double = 20) { hold(seconds, (900, -100, 400), moving) }

        mutating func hold(_ seconds: Double, _ down: (Double, Double, Double), _ moving: Double) {
            for _ in 0..<Int(seconds * Double(rate)) { samples.append((down.0 + noise(moving), down.1 + noise(moving), down.2 + noise(moving))) }
        }

        /// A quarter second of falling, then an impact of 0.15 s.
        mutating func hit(_ size: Double) {
            hold(0.25, (0, -250, 0), 30)
            hold(0.15, (size * 0.6, -size * 0.7, size * 0.4), 200)
        }
    }

    /// Feeds windows of `seconds`, each a message; gives what was found, with the second at which the window began.
    private func feed(
        _ world: inout World, _ course: Course, from start: Double = 0, window: Double = 1, signal: String = "acceleration_mg", quality: Quality = [],
        turned: ((Double, Double, Double)) -> (Double, Double, Double) = { $0 }, wait: Double = 60
    ) -> [String] {
        var found: [String] = [], i = 0
        let count = Int(window * Double(course.rate)), scale = signal == "acceleration_m_s2" ? 9.80665 : signal == "acceleration" ? 1 : 1_000
        while i < course.samples.count {
            let end = min(course.samples.count, i + count)
            var samples: [Int32] = []
            for sample in course.samples[i..<end] {
                let t = turned(sample)
                for axis in [t.0, t.1, t.2] { samples.append(Int32((axis / 1_000 * scale * 1_000).rounded())) }
            }
            found += world.see(
                .waveform, .waveform(samples: samples, factorMillionths: 1_000, rateMillihertz: Int64(course.rate * 1_000), signal: signal),
                start + Double(end) / Double(course.rate), quality: quality, device: "imei:1")
            i = end
        }
        return found + world.wait(start + Double(course.samples.count) / Double(course.rate) + wait)
    }

    private static func fallen(_ rate: Int, after: Double = 50) -> Course {
        var course = Course(rate: rate)
        course.stand(6)
        course.hit(4_000)
        course.lie(after)
        return course
    }

    @Test("a fall is suspected within three seconds and confirmed, at any rate, in any unit, window and orientation", arguments: [10, 20, 25, 50, 100, 200], ["acceleration", "acceleration_mg", "acceleration_m_s2"])
    func rates(rate: Int, signal: String) throws {
        for (window, turned) in [(1.0, { (v: (Double, Double, Double)) in v }), (5.0, { (v: (Double, Double, Double)) in (-v.2, v.0, -v.1) }), (0.2, { (v: (Double, Double, Double)) in (v.1, v.2, v.0) })] {
            var world = try World(ward: Self.fall)
            #expect(feed(&world, Self.fallen(rate), window: window, signal: signal, turned: turned) == ["raised test.motion high", "updated test.motion high"], "\(rate) Hz, \(window) s")
            let delay = (world.findings[0].detectedAt - World.at(6.4)).microseconds
            #expect(delay <= Int64((3.5 + window) * 1_000_000))
            #expect((world.findings[1].detectedAt - world.findings[0].detectedAt) <= .seconds(45))
        }
    }

    @Test("who gets up and walks lowers it; without data it stays what it was", arguments: [true, false])
    func afterwards(hasData: Bool) throws {
        var course = Self.fallen(50, after: 8)
        if hasData { course.stand(45, moving: 200) }
        var world = try World(ward: Self.fall)
        #expect(feed(&world, course) == ["raised test.motion high", hasData ? "updated test.motion medium" : "updated test.motion high"])
    }

    @Test("a jump, a hit without another posture and a quick turn in bed are no falls")
    func daily() throws {
        var jump = Course(rate: 50), turn = Course(rate: 50)
        jump.stand(6)
        jump.hit(4_000)
        jump.stand(20)
        turn.lie(8)
        turn.hold(0.5, (300, 400, 600), 150)
        turn.hold(20, (-900, -100, 400), 20)
        for course in [jump, turn] {
            var world = try World(ward: Self.fall)
            #expect(feed(&world, course) == [])
        }
    }

    @Test("a restart at any window changes nothing, nor does a step of the clock")
    func restart() throws {
        var straight = try World(ward: Self.fall)
        let course = Self.fallen(50), expected = feed(&straight, course)
        for cut in stride(from: 1.0, to: 45, by: 4) {
            var world = try World(ward: Self.fall), head = course, tail = course
            head.samples = Array(course.samples[..<Int(cut * 50)])
            tail.samples = Array(course.samples[Int(cut * 50)...])
            var found = feed(&world, head, wait: 0)
            try world.restore()
            world.clock.offset = .seconds(7_200)
            found += feed(&world, tail, from: cut)
            #expect(found == expected, "cut at \(cut) s")
        }
    }

    @Test("a gap in the data begins anew, a fall before its end is still found", arguments: [(6.0, []), (11.0, ["raised test.motion high", "updated test.motion high"])] as [(Double, [String])])
    func gap(second: Double, expected: [String]) throws {
        var world = try World(ward: Self.fall), head = Self.fallen(50), tail = head
        tail.samples = Array(head.samples[Int(second + 1) * 50..<Int(second + 3) * 50])
        head.samples = Array(head.samples[..<Int(second * 50)])
        var found = feed(&world, head, wait: 0)
        found += feed(&world, tail, from: second + 30)
        #expect(found == expected)
    }

    @Test("an unworn sensor's impact is none; a fall that arrives late is missed while offline; other signals are passed over")
    func quality() throws {
        for bad in [Quality.unworn, .frozen, .test, .outOfOrder, .implausible] {
            var world = try World(ward: Self.fall)
            #expect(feed(&world, Self.fallen(50), quality: bad) == [])
        }
        var late = try World(ward: Self.fall)
        #expect(feed(&late, Self.fallen(50), quality: .late).first == "raised test.motion high late")
        var other = try World(ward: Self.fall)
        #expect(feed(&other, Self.fallen(50), signal: "ecg") == [])
        #expect(other.see(.waveform, .waveform(samples: [1, 2], factorMillionths: 1, rateMillihertz: 50_000, signal: "acceleration"), 100, device: "imei:1") == [])
        #expect(other.see(.waveform, .waveform(samples: [1, 2, .max], factorMillionths: .max, rateMillihertz: .max, signal: "acceleration"), 101, device: "imei:1") == [])
    }
}
