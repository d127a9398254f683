import CareModel
@testable import Decoding

/// What the hub remembers from one message to the next: a firmware that a device told, Homie's descriptions, Shelly's changes laid over its
/// status, Home Assistant's announcements, Sparkplug's names and counters, zigbee2mqtt's list, the course of a body, a clock that is off.
///
/// Input: a byte that says after which message the hub restarts, then messages with 0x1E between them: a byte with the time since the
/// one before (lowest three bits) and whether it is retained (bit 3), the topic, a line end, the payload.
enum StoryTarget: FuzzTarget {
    private static let messagesMax = 12
    private static let pauses = [0, 1, 20, 31, 61, 150, 700, 3_700]
    private static let start = Instant(microseconds: 1_795_334_400_000_000)
    private static let clock = HubClock(offset: .zero, quality: .synchronised)

    /// One of everything that is remembered, under short topics.
    private static let wearable = """
        profile: wearable
        language: 2
        title: {zh-CN: 试验, en: trial}
        device: "topic:t/{d}"
        parent: "topic:t/{via}"
        supervision: {interval_seconds: 60}
        transport_delay_seconds_max: 5
        flood: {per_second: 1, burst: 6}
        messages:
          - topic: t/{d}/h
            remember: {firmware: sw}
            outputs: [{kind: device.restarted, value: true, meaning: momentary}]
          - topic: t/{d}
            sequence: {path: n, modulus: 256}
            episode: e
            time: [{path: ts, format: epoch}]
            remember: {firmware: sw, mode: mode}
            quality: {test: {"@told.mode": test}}
            outputs:
              - {kind: behaviour.presence, path: p, map: {0: false, 1: true}, when: {"@told.firmware": {from_version: "1.0.2"}}}
              - {kind: behaviour.presence, path: p, map: {1: false, 0: true}, when: {"@told.firmware": {before_version: "1.0.2"}}}
              - {kind: behaviour.presence, path: p, map: {0: false, 1: true}, when: {"@told.firmware": {present: false}}, quality: {polarity_unknown: always}}
              - {kind: safety.sos, path: sos, meaning: latched, map: {1: pressed, 0: cleared}}
              - {kind: behaviour.worn, path: on, map: {0: false, 1: true}}
              - {kind: device.external_power, path: ext, map: {0: false, 1: true}}
              - {kind: device.battery, path: bat}
              - {kind: vital.heart_rate, path: hr, sentinels: [255]}
              - {kind: vital.weight, path: kg}
              - {kind: vital.spo2, path: o2}
        """
    private static let cuff = """
        profile: cuff
        language: 2
        title: {zh-CN: 试验, en: trial}
        device: "topic:c/{d}"
        subject: "{who}"
        identifying: [who]
        supervision: {interval_seconds: 0}
        transport_delay_seconds_max: 5
        messages:
          - topic: c/{d}
            outputs: [{kind: vital.heart_rate, path: hr}, {kind: safety.sos, path: sos, meaning: momentary, map: {1: pressed}}]
        """

    private static let registry: Registry = {
        do {
            let shipped = ["homie-4", "homie-5", "shelly-gen2", "sparkplug-bed", "z2m-generic", "zigbee2mqtt-bridge"]
            var files = try Shelf.shipped().filter { shipped.contains($0.name) }
            files += [("wearable", try Shelf.node(wearable)), ("cuff", try Shelf.node(cuff))]
            var problems = Problems()
            let book = ProfileBook(files, &problems)
            if !problems.isEmpty { fault(problems.list.map(\.description).joined(separator: "\n")) }
            let zone = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 8 * 3_600)
            let places: [(String, String, Int, [Int])] = [
                ("topic:t/w", "wearable", 0, [0]), ("topic:t/x", "wearable", 1, [1]), ("topic:t/y", "wearable", 1, []), ("topic:homie/a", "homie-4", 1, []),
                ("topic:homie/b", "homie-5", 1, []), ("topic:shelly/s", "shelly-gen2", 1, []), ("topic:sparkplug/g/n/d", "sparkplug-bed", 1, [2]),
                ("topic:sparkplug/g/n", "sparkplug-bed", 1, []), ("ieee:0x0000000000000011", "z2m-generic", 1, []), ("topic:zigbee2mqtt", "zigbee2mqtt-bridge", 1, []),
            ]
            var bindings = places.map { DeviceBinding(device: DeviceID($0.0), profile: $0.1, home: $0.2, residents: $0.3) }
            bindings.append(DeviceBinding(device: DeviceID("topic:c/c"), profile: "cuff", home: 1, residents: [], isShared: true))
            return Registry(book: book, household: Household(
                homes: [Home(id: HomeID("h1"), zone: zone), Home(id: HomeID("h2"), zone: zone, occupants: 2)],
                residents: [
                    Resident(id: ResidentID("r1"), home: 0), Resident(id: ResidentID("r2"), home: 1, identifiers: ["p2"]),
                    Resident(id: ResidentID("r3"), home: 1, identifiers: ["p3"]),
                ],
                bindings: bindings))
        } catch { fault("the profiles can't be read: \(error)") }
    }()

    static func run(_ input: [UInt8]) {
        guard let first = input.first else {
            _ = registry
            return
        }
        let lines = input.dropFirst().split(separator: 0x1E, maxSplits: messagesMax - 1).compactMap { line -> (head: UInt8, topic: String, payload: [UInt8])? in
            let parts = line.dropFirst().split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
            guard let head = line.first, parts.count == 2 else { return nil }
            return (head, String(decoding: parts[0], as: UTF8.self), Array(parts[1]))
        }
        var straight = Decoding(), restarted = Decoding(), at = start, told = ToldReference(), askedAt: [String: Instant] = [:]
        let restart = lines.isEmpty ? 0 : Int(first) % lines.count
        for (place, line) in lines.enumerated() {
            at = at + Span.seconds(pauses[Int(line.head & 7)]) + Span(microseconds: 1)
            let message = Message(link: .safety, topic: line.topic, isRetained: line.head & 8 != 0, payload: line.payload)
            let copy = place == restart ? straight : nil, before = copy.map(bytes)
            var decoded = Decoded()
            straight.decode(message, at: at, clock: clock, registry: registry, into: &decoded)
            // Who keeps a copy, as a checkpoint does, keeps what was.
            if let copy { hold(bytes(copy) == before, "a message changed a copy of the memory") }
            check(decoded, message)
            for downlink in decoded.downlinks where downlink.topic.contains("/NCMD/") {
                if let asked = askedAt[downlink.topic] { hold(at - asked >= SparkplugNames.rebirthSpan, "asked for a birth again after \(at - asked)") }
                askedAt[downlink.topic] = at
            }
            told.check(decoded, message, registry)
            guard place >= restart else { continue }
            if place == restart {
                restarted = restored(straight)
                continue
            }
            var again = Decoded()
            restarted.decode(message, at: at, clock: clock, registry: registry, into: &again)
            hold(decoded.readings == again.readings && decoded.rejections == again.rejections && decoded.sightings == again.sightings && decoded.downlinks == again.downlinks,
                "after a restart the same message gives \(again), not \(decoded)")
        }
        hold(lines.isEmpty || bytes(straight) == bytes(restarted), "after a restart the memory goes another way")
        checkLimits(straight)
    }

    private static func bytes(_ decoding: Decoding) -> [UInt8] {
        var writer = ByteWriter()
        decoding.write(to: &writer)
        return writer.bytes
    }

    private static func restored(_ decoding: Decoding) -> Decoding {
        let before = bytes(decoding)
        var reader = ByteReader(before)
        do {
            let restored = try Decoding(from: &reader)
            hold(bytes(restored) == before, "the memory is written otherwise after it was read")
            return restored
        } catch { fault("the memory can't be read again: \(error)") }
    }

    private static func check(_ decoded: Decoded, _ message: Message) {
        let bodily: Quality = [.unworn, .frozen, .jump, .otherWearer]
        for reading in decoded.readings {
            hold(!reading.kind.isSafety || reading.quality.isDisjoint(with: bodily), "\(reading.kind.name) is marked \(reading.quality.names)")
            hold(reading.binding == nil || reading.subject == nil || reading.person == nil, "a known person's name is kept")
            if reading.profile == "cuff", reading.binding != nil, reading.person == nil, reading.kind.isOfPerson {
                hold(reading.quality.contains(.unknownSubject), "a shared device's value counts for nobody in particular and isn't marked")
            }
        }
        hold(decoded.readings.count { !$0.kind.isSafety } <= Limits.readingsPerMessageMax, "\(decoded.readings.count) readings")
        if HomeAssistantDiscovery.isDiscovery(message.topic) { hold(decoded.readings.isEmpty && decoded.downlinks.isEmpty, "an announcement gave a reading") }
        for downlink in decoded.downlinks {
            hold(!downlink.topic.isEmpty && !downlink.topic.contains("#") && !downlink.topic.contains("+") && !downlink.topic.hasPrefix("$"), "a downlink to \"\(downlink.topic)\"")
        }
    }

    private static func checkLimits(_ decoding: Decoding) {
        hold(decoding.homie.devices.count <= HomieNames.devicesMax && decoding.sparkplug.nodes.count <= SparkplugNames.nodesMax, "more devices than are remembered")
        hold(decoding.zigbee.byName.count <= ZigbeeNames.devicesMax, "more names of zigbee2mqtt than are remembered")
        for device in decoding.homie.devices { hold(device.units.count <= HomieNames.unitsMax, "\(device.units.count) units of one device") }
        for node in decoding.sparkplug.nodes { hold(node.names.allSatisfy { $0.value.count <= Limits.identifierBytesMax }, "a long name of a metric") }
        for memory in decoding.memories {
            hold(memory.told.count <= Told.max && memory.told.allSatisfy { $0.text.utf8.count <= Limits.identifierBytesMax }, "a device told \(memory.told)")
            hold(Set(memory.told.map(\.name)).count == memory.told.count, "a name is remembered twice")
            hold(memory.marks.count <= DeviceMemory.marksMax, "\(memory.marks.count) marks")
            guard let course = memory.course?.state else { continue }
            hold(Set(course.tracks.map(\.kind)).count == course.tracks.count, "a vital sign is followed twice")
            hold(course.wearing.usual.count <= Wearing.usualMax && course.wearing.hours.allSatisfy { $0.chargeDays <= Wearing.daysMax }, "more of a wearer than is remembered")
        }
    }
}

/// What the firmware that a device told last makes of its `p`, worked out apart from the interpreter.
private struct ToldReference {
    private enum Firmware { case none, known(String), unclear }
    private var firmware: [String: Firmware] = [:]

    mutating func check(_ decoded: Decoded, _ message: Message, _ registry: Registry) {
        // Names of devices are the same in capitals; the rest of a topic is not.
        let levels = message.topic.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard levels.count == 2 || levels.count == 3 && levels[2].elementsEqual("h".utf8), levels[0].elementsEqual("t".utf8), levels[1].count == 1, let letter = levels[1].first else { return }
        let device = Character(UnicodeScalar(letter)).lowercased()
        guard ["w", "x", "y"].contains(device) else { return }
        guard message.payload.count <= Limits.payloadBytesMax, let document = try? JSONReader.read(message.payload, limits: .message), document.members != nil else { return }
        switch document["sw"] {
        case nil: break
        case .null?: firmware[device] = Firmware.none
        case .string(let text)?: if text.utf8.count <= Limits.identifierBytesMax { firmware[device] = text.isEmpty ? Firmware.none : .known(text) }
        default: firmware[device] = .unclear
        }
        guard levels.count == 2, decoded.rejections.isEmpty, let number = document["p"]?.number?.normalised, number.exponent == 0, number.significand == 0 || number.significand == 1 else { return }
        // More messages than it may send lose this one.
        let given = decoded.readings.filter { $0.kind == .presence }
        let isOne = number.significand == 1
        switch firmware[device] ?? Firmware.none {
        case .unclear: return
        case .none:
            hold(given.allSatisfy { $0.value == .flag(isOne) && $0.quality.contains(.polarityUnknown) }, "without a firmware: \(given)")
        case .known(let text):
            // Since 1.0.2 the other way round.
            guard let version = ToldReference.version(text) else { return hold(given.isEmpty, "\"\(text)\" is no version, and gives \(given)") }
            let isNew = version.lexicographicallyPrecedes([1, 0, 2]) == false
            hold(given.allSatisfy { $0.value == .flag(isOne == isNew) && !$0.quality.contains(.polarityUnknown) }, "under firmware \"\(text)\": \(given)")
        }
    }

    /// The numbers between points from the first digit on; what is missing counts as 0.
    private static func version(_ text: String) -> [Int]? {
        let scalars = text.unicodeScalars.drop { !("0"..."9").contains($0) }
        let words = String(String.UnicodeScalarView(scalars.prefix { ("0"..."9").contains($0) || $0 == "." })).split(separator: ".", omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for word in words {
            guard let number = Int(word) else { break }
            numbers.append(number)
        }
        return (1...8).contains(numbers.count) ? numbers + Array(repeating: 0, count: max(0, 3 - numbers.count)) : nil
    }
}
