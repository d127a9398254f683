import CareModel

/// One sort of message of a profile: which it is, whom it is about, and what it says.
struct MessageShape: Sendable {
    enum Format: UInt8, Sendable { case json, text }

    var name: String
    var place: Place
    var pattern: TopicPattern
    var exceptions: [TopicPattern]
    var format: Format
    var when: [Condition]
    /// The array or object whose items or entries are read one by one.
    var each: FieldPath?
    var binary: BinaryPart?
    var identity: IdentityTemplate
    var agreements: [Agreement]
    var times: [TimeCandidate]
    var dedupe: [FieldPath]
    var sequence: SequenceField?
    var episode: FieldPath?
    var identifying: [FieldPath]
    var acknowledgement: Acknowledgement?
    var outputs: [OutputSpec]

    /// Whether the topic alone says which device it is.
    var isNamedByTopic: Bool { each == nil && identity.isNamedByTopic }
}

/// A test on one field: all tests of a list must hold.
struct Condition: Hashable, Sendable {
    enum Test: Hashable, Sendable {
        case among([Literal])
        case present(Bool)
    }

    var path: FieldPath
    var test: Test
}

/// A field that must name the same device as a part of the topic does.
struct Agreement: Hashable, Sendable {
    var path: FieldPath
    var capture: Int
}

/// The device's own counter. It tells order; the same number with the same payload is a duplicate.
struct SequenceField: Hashable, Sendable {
    var path: FieldPath
    /// Where it wraps: 256 counts 0...255; nil = never.
    var modulus: UInt64?
}

/// What to publish so that the device shows that help is told.
struct Acknowledgement: Sendable {
    var topic: TextTemplate
    var payload: TextTemplate
}

/// One kind that a shape gives.
struct OutputSpec: Sendable {
    enum Source: Sendable {
        case constant(ReadingValue)
        /// The first of these that is present.
        case paths([FieldPath])
    }

    enum Target: Hashable, Sendable {
        /// Read and deliberately not used, for instance the release of a button.
        case ignore
        case value(ReadingValue)
    }

    struct MapEntry: Sendable {
        var literal: Literal
        var target: Target
    }

    enum Unit: Sendable {
        case fixed(UnitConversion)
        /// The unit stands in the message; an unknown one makes the reading `unitDoubtful`.
        case field(FieldPath, [(literal: Literal, conversion: UnitConversion)])
    }

    var kind: Kind
    var place: Place
    var meaning: Meaning
    var source: Source
    var map: [MapEntry]
    var otherwise: Target?
    var scale: DecimalNumber?
    var offset: DecimalNumber?
    var unit: Unit
    var sentinels: [Literal]
    var when: [Condition]
    var qualities: [(quality: Quality, when: [Condition])]
    var intervalSeconds: Int?
    var transportDelaySecondsMax: Int
    var decimals: Int
    var possible: ClosedRange<Int64>?
    var suspectUnit: UnitConversion?
}

/// Text with places: `{name}` of the topic pattern, else a path into the message.
struct TextTemplate: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case literal(String)
        case capture(Int)
        case field(FieldPath)
    }

    var parts: [Part]

    init?(_ text: String, topicNames: [String], fieldNames: [String]) {
        parts = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
            let name = String(rest[rest.index(after: open)..<close])
            if let index = topicNames.firstIndex(of: name) {
                parts.append(.capture(index))
            } else {
                guard let path = FieldPath(name, topicNames: topicNames, fieldNames: fieldNames) else { return nil }
                parts.append(.field(path))
            }
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
    }
}

/// How a message names its device: a scheme and a template, normalised as the scheme wants it.
struct IdentityTemplate: Hashable, Sendable {
    enum Scheme: String, CaseIterable, Sendable { case ieee, deveui, imei, mac, topic }

    var scheme: Scheme
    var template: TextTemplate
    /// The name is looked up in what zigbee2mqtt told about its devices.
    var isZigbee: Bool

    /// - Parameter text: for instance `imei:{IMEI}` or `topic:{site}/{device}`.
    init?(_ text: String, topicNames: [String], fieldNames: [String], isZigbee: Bool) {
        guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: String(text[..<colon])),
              let template = TextTemplate(String(text[text.index(after: colon)...]), topicNames: topicNames, fieldNames: fieldNames),
              !template.parts.isEmpty else { return nil }
        (self.scheme, self.template, self.isZigbee) = (scheme, template, isZigbee)
    }

    var isNamedByTopic: Bool {
        template.parts.allSatisfy { part in
            if case .field(let path) = part { !path.needsPayload } else { true }
        }
    }

    /// The identifier in the one spelling of its scheme; nil when it is empty, too long or not of the scheme.
    static func normalise(_ raw: String, _ scheme: Scheme) -> String? {
        guard !raw.isEmpty, raw.utf8.count <= Limits.identifierBytesMax else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.utf8.count)
        for b in raw.utf8 {
            guard b > 0x1F, b != 0x7F else { return nil }
            if scheme != .topic, b == 0x3A || b == 0x2D || b == 0x20 { continue }
            bytes.append(b >= 65 && b <= 90 ? b + 32 : b)
        }
        switch scheme {
        case .topic: break
        case .imei: guard bytes.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        case .ieee:
            if !bytes.starts(with: [0x30, 0x78]) { bytes.insert(contentsOf: [0x30, 0x78], at: 0) }
            guard bytes.count == 18, bytes.dropFirst(2).allSatisfy({ HexDigits.value($0) != nil }) else { return nil }
        case .mac: guard bytes.count == 12, bytes.allSatisfy({ HexDigits.value($0) != nil }) else { return nil }
        case .deveui: guard bytes.count == 16, bytes.allSatisfy({ HexDigits.value($0) != nil }) else { return nil }
        }
        return bytes.isEmpty ? nil : scheme.rawValue + ":" + String(decoding: bytes, as: UTF8.self)
    }

    /// A device's name as people write it in homes.yaml, in the one spelling.
    static func normalise(_ device: DeviceID) -> String {
        guard let colon = device.text.firstIndex(of: ":"), let scheme = Scheme(rawValue: String(device.text[..<colon])),
              let found = normalise(String(device.text[device.text.index(after: colon)...]), scheme) else { return device.text }
        return found
    }
}
