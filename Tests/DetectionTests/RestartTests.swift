import CareModel
import Detection
import Testing

@Suite("Restart")
struct RestartTests {
    /// A generator with a fixed seed; not `SystemRandomNumberGenerator`, so that a failure can be looked at again.
    private struct Seeded {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    private static func world() throws -> World {
        try World(
            rule("sos", "{form: occurrence, kind: safety.sos}".block + "missed_while_offline: true", category: "safety"),
            rule("fall", "{form: occurrence, kind: safety.fall}".block + "codes: {cleared: withdraws}\n    withdrawn_priority: low", category: "safety"),
            rule("smoke", "{form: occurrence, kind: safety.smoke}".block, category: "safety"),
            rule("spo2", "form: limit\n    kind: vital.spo2\n    low: 91\n    clear: 94\n    persistence_s: 30\n    steps: [{at: 85, priority: high}]", priority: "medium"),
            rule("silence", "{form: device_silence, offline_at_once: true}".block, category: "technical"),
            rule("inactivity", "form: resident_inactivity\n    kinds: [behaviour.motion]\n    windows: [{from: \"07:00\", to: \"22:00\", minutes: 60}, {from: \"22:00\", to: \"07:00\", minutes: 120}]", category: "behaviour"),
            rule("unreadable", "form: unreadable_message", category: "safety"),
            rule("burst", "{form: unreadable_burst, count: 3, within_s: 600}".block, category: "technical"),
            rule("session", "form: session_loss", category: "technical"), rule("down", "{form: session_loss, down_s: 60}".block, category: "technical"),
            rule("twice", "form: two_readings\n    kind: vital.spo2\n    low: 88\n    clear: 94", priority: "medium"),
            rule("falling", "{form: change, kind: vital.spo2, fall: 8, within_s: 3600}".block), rule("usual", "{form: baseline, kind: vital.spo2, least: 5, learn_days: 1, side: low}".block),
            rule("news", "form: news2\n    kinds: [vital.spo2]\n    urgent_score: 2\n    emergency_score: 3", priority: "medium"),
            rule("still", "form: sequence\n    kinds: [safety.fall, behaviour.motion]\n    first: {kinds: [safety.fall], words: [suspected]}\n    then: {kinds: [behaviour.motion]}\n    expect: absent\n    within_s: 300", category: "safety"),
            rule("often", "form: count\n    kinds: [behaviour.motion]\n    count: 3\n    within_s: 3600", category: "behaviour"),
            rule("long", "form: dwell\n    kind: behaviour.motion\n    longer_than_s: 600", category: "behaviour"),
            rule("both", "form: corroboration\n    kinds: [safety.fall, safety.sos]\n    first: {kinds: [safety.fall]}\n    second: {kinds: [safety.sos]}\n    within_s: 600", category: "safety"),
            rule("expected", "form: expected_use\n    kinds: [behaviour.motion]\n    windows: [{from: \"17:00\", to: \"19:00\"}, {from: \"19:30\", to: \"03:00\"}]", category: "behaviour"),
            rule("routine", "form: routine_inactivity\n    kinds: [behaviour.motion]", category: "behaviour"), rule("all", "form: common_silence", category: "technical"))
    }

    private static func stream(_ seed: UInt64, _ count: Int, _ world: World) -> [(World.Input?, Instant)] {
        var random = Seeded(state: seed), second = 0.0
        return (0..<count).map { _ in
            second += [1, 7, 15, 15, 15, 300, 900, 2_400][random.next(8)]
            let quality: Quality = [[], [], [], [], .late, .ageUnknown, .test, .outOfOrder][random.next(8)]
            let stranger: String? = random.next(12) == 0 ? "ieee:9\(random.next(3))" : nil
            let device = DeviceID("imei:1")
            switch random.next(14) {
            case 0: return (.reading(world.reading(.sos, .code("pressed"), second, meaning: .momentary, quality: quality, device: stranger)), World.at(second))
            case 1: return (.reading(world.reading(.fall, .code(["suspected", "confirmed", "cleared"][random.next(3)]), second, meaning: .episode, quality: quality)), World.at(second))
            case 2, 3: return (.reading(world.reading(.smoke, .flag(random.next(2) == 0), second, quality: quality, device: stranger)), World.at(second))
            case 4, 5, 6, 7: return (.reading(world.reading(.spo2, .number(scaled: Int64(800 + random.next(20) * 10)), second, quality: quality)), World.at(second))
            case 8, 9: return (.reading(world.reading(.motion, .flag(random.next(2) == 0), second, quality: quality)), World.at(second))
            case 10: return (.reading(world.reading(.online, .flag(random.next(2) == 0), second)), World.at(second))
            case 11: return (.rejection(Rejection(reason: .malformed, topic: "t", device: device, binding: 0, profile: "watch", isSafety: true, text: "x")), World.at(second))
            case 12:
                let change: LinkChange.Change = [.lost, .resumed(isSessionPresent: true), .resumed(isSessionPresent: false), .drained, .drained][random.next(5)]
                return (.link(LinkChange(link: random.next(2) == 0 ? .safety : .telemetry, change: change)), World.at(second))
            default: return (.start(HubStart(hub: "h", epoch: "e", build: "b", wall: world.clock.wall(World.at(second)), quality: .synchronised)), World.at(second))
            }
        }
    }

    @Test("a checkpoint at every prefix + the rest gives what the straight run gives", arguments: [1, 2, 3, 4] as [UInt64])
    func everyPrefix(seed: UInt64) throws {
        let fresh = try Self.world()
        let stream = Self.stream(seed, 150, fresh)
        var straight = fresh
        let findings = stream.map { straight.apply($0.0, $0.1) }
        #expect(findings.joined().count > 20)
        var expected = ByteWriter()
        straight.detection.write(to: &expected)
        var walking = fresh
        for cut in stream.indices {
            var restored = walking
            try restored.restore()
            for i in cut..<stream.count {
                let found = restored.apply(stream[i].0, stream[i].1)
                if found != findings[i] { #expect(found == findings[i], "seed \(seed), cut \(cut), record \(i)") }
            }
            #expect(restored.findings == straight.findings, "seed \(seed), cut \(cut)")
            var bytes = ByteWriter()
            restored.detection.write(to: &bytes)
            #expect(bytes.bytes == expected.bytes, "seed \(seed), cut \(cut)")
            _ = walking.apply(stream[cut].0, stream[cut].1)
        }
    }

    @Test("a damaged checkpoint is refused, not guessed")
    func damaged() throws {
        var world = try Self.world()
        world.see(.smoke, .flag(true), 1)
        var writer = ByteWriter()
        world.detection.write(to: &writer)
        for length in 0..<writer.bytes.count {
            var reader = ByteReader(Array(writer.bytes[..<length]))
            #expect(throws: BinaryFailure.self) { _ = try Detection(from: &reader) }
        }
    }
}
