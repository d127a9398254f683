import CareModel

/// One sort of message of a profile: which it is, and the sections that are read out of it.
struct MessageShape: Sendable {
    var name: String
    var place: Place
    var pattern: TopicPattern
    var exceptions: [TopicPattern]
    var format: PayloadFormat
    var when: [Condition]
    /// What is unpacked out of the whole message, in order.
    var steps: [Unpacking]
    /// The names that metrics have while the node hasn't told them (Sparkplug).
    var aliases: [(alias: UInt64, name: [UInt8])]
    var identifying: [FieldPath]
    var acknowledgement: Acknowledgement?
    /// The message is of a known sort and of no use.
    var disuse: Disuse?
    /// The message itself first, then its `parts`.
    var sections: [MessageSection]

    /// Whether the topic alone says which device some section is about.
    var isNamedByTopic: Bool { sections.contains { $0.isNamedByTopic } }
    var outputs: [OutputSpec] { sections.flatMap(\.outputs) }

    /// Why a message gives nothing.
    enum Disuse: Hashable, Sendable {
        /// It says nothing that a kind fits.
        case meaningless
        /// It can't be read, for instance without a key: a technician must see it.
        case unreadable(String)
    }
}

/// What is read alike in a message: once, or for each item of a list; under a device, at a time.
struct MessageSection: Sendable {
    /// The array or object whose items or entries are read one by one.
    var each: FieldPath?
    /// Conditions on the item.
    var when: [Condition]
    var steps: [Unpacking]
    /// The first that can be filled counts.
    var identities: [IdentityTemplate]
    var agreements: [Agreement]
    var times: [TimeCandidate]
    /// When the time that a reading covers began.
    var starts: [TimeCandidate]
    var dedupe: [FieldPath]
    var sequence: SequenceField?
    var episode: FieldPath?
    /// What later messages of the device leave out.
    var remember: [Remembered]
    /// Where among the parts stands what was told; nil where the profile remembers nothing.
    var toldPart: Int?
    var subject: TextTemplate?
    /// How the message names the bridge or gateway through which it came.
    var parent: IdentityTemplate?
    var qualities: [(quality: Quality, when: [Condition])]
    /// Stored measurements that are sent later, whatever their time says.
    var isHistory: Bool
    var outputs: [OutputSpec]

    /// Whether the topic alone says which device it is.
    var isNamedByTopic: Bool { identities.first?.isNamedByTopic ?? false }
}

/// A test on one field: all tests of a list must hold.
struct Condition: Hashable, Sendable {
    enum Test: Hashable, Sendable {
        case among([Literal])
        case notAmong([Literal])
        case present(Bool)
        case between(DecimalNumber?, DecimalNumber?)
        case like([StarPattern])
        case bit(Int, Bool)
        /// A version within bounds; what is no version, or wasn't told, is not.
        case version(from: FirmwareVersion?, before: FirmwareVersion?)
        case object(Bool)
    }

    var path: FieldPath
    var test: Test
}

/// A text with at most two stars, each of which stands for any text: matched in linear time.
struct StarPattern: Hashable, Sendable {
    var pieces: [String]

    /// - Returns: nil when the text has no star, or more than two.
    init?(_ text: String) {
        pieces = text.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        guard pieces.count == 2 || pieces.count == 3 else { return nil }
    }

    /// What the first star stands for; nil when the text doesn't match.
    func match(_ text: String) -> String? {
        guard text.hasPrefix(pieces[0]) else { return nil }
        var rest = text.dropFirst(pieces[0].count)
        guard let last = pieces.last, rest.hasSuffix(last) else { return nil }
        rest = rest.dropLast(last.count)
        guard pieces.count == 3, !pieces[1].isEmpty else { return String(rest) }
        var start = rest.startIndex
        while start < rest.endIndex {
            if rest[start...].hasPrefix(pieces[1]) { return String(rest[..<start]) }
            start = rest.index(after: start)
        }
        return nil
    }
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
    /// Of what is kept until somebody takes the call: over what any display shows.
    static let comingBytesMax = 1_024

    /// "Help is told": sent at once.
    var topic: TextTemplate
    var payload: TextTemplate
    /// "Help is coming": sent when somebody has taken the call; nil where the device can't show it.
    var coming: (topic: TextTemplate, payload: TextTemplate)?
}

/// One kind that a shape gives.
struct OutputSpec: Sendable {
    enum Source: Sendable {
        case constant(ReadingValue)
        /// The first of these that is present.
        case paths([FieldPath])
        case samples(WaveformSource)
    }

    enum Target: Hashable, Sendable {
        /// Read and deliberately not used, for instance the release of a button.
        case ignore
        case value(ReadingValue)
    }

    struct MapEntry: Sendable {
        var literal: Literal
        /// Set where the device's value is written with a star.
        var pattern: StarPattern?
        var target: Target
    }

    enum Unit: Sendable {
        case fixed(UnitConversion)
        /// The unit stands in the message; an unknown one makes the reading `unitDoubtful`.
        /// Without the field the last counts, where there is one.
        case field(FieldPath, [(literal: Literal, conversion: UnitConversion)], UnitConversion?)
    }

    var kind: Kind
    var place: Place
    var meaning: Meaning
    var source: Source
    var map: [MapEntry]
    var otherwise: Target?
    /// The base in which a text of digits is written.
    var radix: Int
    var bits: BitRange?
    /// How many characters or items the value has, instead of the value.
    var isCount: Bool
    var scale: DecimalNumber?
    var offset: DecimalNumber?
    /// The number is degrees × 100 + minutes, as satellite receivers write it.
    var isDegreesMinutes: Bool
    var negativeWhen: [Condition]
    var unit: Unit
    var sentinels: [Literal]
    var when: [Condition]
    var qualities: [(quality: Quality, when: [Condition])]
    /// The device's name of what a confirmation confirms, or a cancellation cancels, where it differs from `episode`.
    var confirms: FieldPath?
    var cancels: FieldPath?
    /// Only where nothing before it gave the kind: of two sources the better one stands first.
    var isFallback: Bool
    var detail: Detail?
    var intervalSeconds: Int?
    /// The engine takes a state as ended after so long, for devices that never say so.
    var autoClearSeconds: Int?
    var transportDelaySecondsMax: Int
    var decimals: Int
    var possible: ClosedRange<Int64>?
    var suspectUnit: UnitConversion?
    /// A value that is possible only in the suspected unit is converted and marked.
    var infersUnit: Bool

    /// The word that goes with a reading.
    enum Detail: Sendable {
        case template(TextTemplate)
        case map(FieldPath, [(literal: Literal, word: String)])
    }
}

/// Where the samples of a waveform stand, and at which rate they were taken.
struct WaveformSource: Sendable {
    enum Amount: Sendable {
        case fixed(DecimalNumber)
        case path(FieldPath)
    }

    var samples: FieldPath
    var signal: String
    var unit: String
    /// Milliseconds between two samples; nil where the device doesn't say.
    var periodMs: Amount?
    var rateHz: Amount?
    /// A sample × factor + origin is the value.
    var factor: Amount?
    var origin: Amount?
}

/// Text with places: `{name}` of the topic pattern, else a path into the message; `{path|hex8}` a number in
/// hexadecimal digits, `{path|0:2}` some characters, `{*}` what the star of a map stood for.
struct TextTemplate: Hashable, Sendable {
    enum Form: Hashable, Sendable {
        case plain
        case hex(digits: Int)
        case slice(from: Int, to: Int)
    }

    enum Part: Hashable, Sendable {
        case literal(String)
        case capture(Int)
        case field(FieldPath, Form)
        case star
    }

    var parts: [Part]

    init?(_ text: String, topicNames: [String], partNames: [String]) {
        parts = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
            guard let part = TextTemplate.place(String(rest[rest.index(after: open)..<close]), topicNames, partNames) else { return nil }
            parts.append(part)
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
    }

    static func place(_ text: String, _ topicNames: [String], _ partNames: [String]) -> Part? {
        if text == "*" { return .star }
        if let index = topicNames.firstIndex(of: text) { return .capture(index) }
        let halves = text.split(separator: "|", maxSplits: 1).map(String.init)
        guard let first = halves.first, let path = FieldPath(first, topicNames: topicNames, partNames: partNames) else { return nil }
        guard halves.count == 2 else { return .field(path, .plain) }
        if halves[1].hasPrefix("hex"), let digits = Int(halves[1].dropFirst(3)), (1...16).contains(digits) { return .field(path, .hex(digits: digits)) }
        let ends = halves[1].split(separator: ":").compactMap { Int($0) }
        guard ends.count == 2, ends[0] >= 0, ends[0] < ends[1], ends[1] <= Limits.identifierBytesMax else { return nil }
        return .field(path, .slice(from: ends[0], to: ends[1]))
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
    init?(_ text: String, topicNames: [String], partNames: [String], isZigbee: Bool) {
        guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: String(text[..<colon])),
              let template = TextTemplate(String(text[text.index(after: colon)...]), topicNames: topicNames, partNames: partNames),
              !template.parts.isEmpty else { return nil }
        (self.scheme, self.template, self.isZigbee) = (scheme, template, isZigbee)
    }

    var isNamedByTopic: Bool {
        template.parts.allSatisfy { part in
            if case .field(let path, _) = part { !path.needsPayload } else { true }
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
