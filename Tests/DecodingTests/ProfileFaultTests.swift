import CareModel
import Testing
@testable import Decoding

@Suite("Faults in profile files")
struct ProfileFaultTests {
    /// A valid profile whose last line is the output under test, at line 8.
    func faults(output: String) throws -> [String] {
        try Shelf.problems("""
        profile: test-device
        language: 1
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        device: "topic:{d}"
        messages:
          - {topic: "a/{d}", outputs: [
              \(output)]}
        """).map { "\($0.place.line): \($0.code)" }
    }

    @Test("a fault of an output is told with its line", arguments: [
        ("{kind: vital.heart_rate, path: hr}", []),
        ("{kind: vital.heart_rate, path: hr, unt: Hz}", ["8: config.unknown_key"]),
        ("{kind: vital.pulse, path: hr}", ["8: profile.unknown_kind"]),
        ("{kind: signal.waveform, path: ecg}", ["8: config.missing_key"]),
        ("{kind: vital.heart_rate, path: hr, unit: Cel}", ["8: profile.unknown_unit"]),
        ("{kind: vital.weight, path: w, unit: {path: u, map: {st: stone}}}", ["8: profile.unknown_unit"]),
        ("{kind: behaviour.posture, path: p}", ["8: profile.unmapped_enum"]),
        ("{kind: safety.sos, path: p, meaning: momentary}", ["8: profile.unmapped_enum"]),
        ("{kind: safety.smoke, path: p}", ["8: profile.meaning_missing"]),
        ("{kind: safety.fall, path: p, meaning: momentary, map: {1: fallen}}", ["8: profile.unknown_code"]),
        ("{kind: behaviour.motion, path: p, map: {1: yes}}", ["8: config.wrong_type"]),
        ("{kind: behaviour.motion, path: p, meaning: sometimes}", ["8: config.unknown_choice"]),
        ("{kind: vital.heart_rate}", ["8: config.missing_key"]),
        ("{kind: vital.heart_rate, path: hr, value: 70}", ["8: config.missing_key"]),
        ("{kind: vital.heart_rate, path: a..b}", ["8: profile.bad_path"]),
        ("{kind: vital.heart_rate, path: \"@topic.nobody\"}", ["8: profile.bad_path"]),
        ("{kind: vital.heart_rate, path: hr, quality: {tired: {x: 1}}}", ["8: config.unknown_choice"]),
        ("{kind: vital.heart_rate, path: hr, scale: ten}", ["8: config.wrong_type"]),
        ("{kind: vital.heart_rate, path: hr, interval_seconds: -1}", ["8: config.out_of_range"]),
        ("{kind: vital.heart_rate, path: hr, when: [x]}", ["8: config.wrong_type"]),
    ])
    func outputs(output: String, expected: [String]) throws { #expect(try faults(output: output) == expected) }

    @Test("all faults of a file are told at once, in order of their sort")
    func manyFaults() throws {
        let found = try Shelf.problems("""
        profile: other-name
        language: 9
        title: {en: test}
        transport_delay_seconds_max: 5
        colour: red
        messages:
          - topic: a/{x}/{x}
            device: "serial:{x}"
            format: yaml
            time: [{path: t, format: someday}, {path: t, format: dd/MM/yyyy HH:mm}]
            bytes: {path: data, tlv: [{channel: 1, type: 300, name: b, read: u8}, {channel: 1, type: 2}]}
            agree: {id: nobody}
            sequence: {path: n, modulus: 1}
            outputs: []
        """)
        #expect(found.map { "\($0.place.line): \($0.code)" }.sorted() == [
            "10: profile.bad_time", "10: profile.bad_time", "11: config.missing_key", "11: config.out_of_range", "12: profile.bad_path", "13: config.out_of_range",
            "1: profile.wrong_name", "2: config.out_of_range", "3: config.missing_key", "5: config.unknown_key", "7: config.missing_key", "7: profile.bad_topic",
            "8: profile.bad_identity", "9: config.unknown_choice",
        ].sorted())
    }

    @Test("two profiles that nothing tells apart are told, at the second one's message")
    func overlapping() throws {
        func profile(_ name: String, _ more: String = "") throws -> (name: String, node: ConfigurationNode) {
            (name, try Shelf.node("""
            profile: \(name)
            language: 1
            title: {zh-CN: 试, en: test}
            transport_delay_seconds_max: 5
            device: "topic:{d}"
            \(more)
            messages:
              - {topic: "a/{d}/x", outputs: [{kind: vital.heart_rate, path: hr}]}
            """, file: name))
        }
        func codes(_ files: [(name: String, node: ConfigurationNode)]) -> [String] {
            var problems = Problems()
            _ = ProfileBook(files, &problems)
            return problems.list.map { "\($0.place): \($0.code)" }
        }
        #expect(codes([try profile("one"), try profile("two")]) == ["two:8:5: profile.overlapping"])
        #expect(codes([try profile("one"), try profile("two", "recognise: {model: two}")]) == [])
        #expect(codes([try profile("one", "recognise: {model: one}"), try profile("two", "recognise: {model: two}")]) == [])
        #expect(codes([try profile("one"), try profile("one")]) == ["one:1:1: config.duplicate_key"])
    }

    @Test("outputs of one kind and meaning are one promise, at their slowest")
    func traits() throws {
        let book = try Shelf.book("""
        profile: test-device
        language: 1
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        supervision: {interval_seconds: 60, missed_max: 2}
        device: "topic:{d}"
        messages:
          - topic: a/{d}
            outputs:
              - {kind: vital.heart_rate, path: x, interval_seconds: 10}
              - {kind: vital.heart_rate, path: y, interval_seconds: 30, transport_delay_seconds_max: 20}
              - {kind: safety.sos, value: pressed, meaning: momentary, when: {s: true}}
        """)
        #expect(book.traits == [ProfileTraits(profile: "test-device", outputs: [
            .init(kind: .heartRate, meaning: .level, intervalSeconds: 30, transportDelaySecondsMax: 20),
            .init(kind: .sos, meaning: .momentary, intervalSeconds: nil, transportDelaySecondsMax: 5),
        ], supervisionSeconds: 60, missedIntervalsMax: 2)])
    }

    @Test("entries of an object are read one by one, with the key as identity and the outer fields in reach")
    func entries() throws {
        var bench = Bench(try Shelf.book("""
        profile: test-device
        language: 1
        title: {zh-CN: 试, en: test}
        transport_delay_seconds_max: 5
        messages:
          - topic: gw/{gw}
            each: $.tags
            device: "mac:{@key}"
            episode: $.round
            outputs:
              - {kind: device.rssi, path: rssi}
              - {kind: env.temperature, path: t, scale: 0.1, unit: {path: $.unit, map: {F: "[degF]", C: Cel}}}
        """), [("mac:aabbccddee01", "test-device"), ("mac:aabbccddee02", "test-device")])
        let decoded = bench.take("gw/1", #"{"round":"r7","unit":"F","tags":{"AA:BB:CC:DD:EE:01":{"rssi":-50,"t":680},"AABBCCDDEE02":{"t":"212"},"AABBCCDDEE03":{"t":1}}}"#)
        #expect(decoded.readings.map(\.device.text) == ["mac:aabbccddee01", "mac:aabbccddee01", "mac:aabbccddee02"])
        #expect(decoded.readings.map(\.value) == [.number(scaled: -500), .number(scaled: 2000), .number(scaled: -600)])
        #expect(decoded.sightings.map(\.device?.text) == ["mac:aabbccddee03"])
        #expect(decoded.readings.map(\.episode) == ["r7", "r7", "r7"])
    }
}
