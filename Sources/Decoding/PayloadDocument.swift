import CareModel

/// A payload read in one of the formats that a profile may name, for programs that look at messages which no profile reads yet.
public enum PayloadDocument {
    /// The formats of profiles, as they are written.
    public static let formats = PayloadFormat.Sort.allCases.map(\.rawValue)

    /// What a profile with this `format`, `separator` and `trim` would see.
    ///
    /// - Parameters:
    ///   - payload: at most `Limits.payloadBytesMax` bytes.
    ///   - format: one of `formats`; another one is `malformed`.
    ///   - separator: of csv.
    ///   - trim: bytes removed from both ends of a text first.
    /// - Throws: why the payload is no document of the format.
    public static func read(_ payload: [UInt8], format: String, separator: UInt8 = 0x2C, trim: [UInt8] = []) throws(DocumentFailure) -> Value {
        guard payload.count <= Limits.payloadBytesMax else { throw .tooLong(bytes: payload.count, max: Limits.payloadBytesMax) }
        guard let sort = PayloadFormat.Sort(rawValue: format) else { throw .malformed(at: 0) }
        var tree = ValueTree()
        try PayloadFormat(sort: sort, separator: separator, trim: trim).read(payload, into: &tree)
        guard !tree.nodes.isEmpty else { throw .truncated }
        return tree.value(0)
    }

    /// Whether a profile could name the field by this path.
    public static func isPath(_ text: String, topicNames: [String] = [], partNames: [String] = []) -> Bool {
        FieldPath(text, topicNames: topicNames, partNames: partNames) != nil
    }

    /// Whether a profile could have this topic pattern.
    public static func isTopicPattern(_ text: String) -> Bool { TopicPattern(text) != nil }

    /// The bytes that pairs of hexadecimal digits stand for; nil when the text is something else.
    public static func hex(_ text: [UInt8]) -> [UInt8]? { text.withUnsafeBufferPointer { HexDigits.decode($0) } }
}

/// Whether a number could be a value of a kind: for proposals, never for decoding.
public enum KindFit {
    /// - Parameters:
    ///   - unit: the device's UCUM unit; nil = the kind's own.
    ///   - scale: what the number is multiplied by first.
    /// - Returns: nil when the kind has no number, or the unit is none of the kind's.
    public static func isPossible(_ number: DecimalNumber, unit: String? = nil, scale: DecimalNumber? = nil, as kind: Kind) -> Bool? {
        guard let own = kind.entry.unit, let possible = kind.entry.possible, let conversion = UnitConversion.from(unit ?? own, to: kind) else { return nil }
        return conversion.apply(number, scale: scale, offset: nil, decimals: kind.entry.decimals).map { possible.contains($0) } ?? false
    }
}

/// How a device's name is spelt.
public enum DeviceSpelling {
    /// The one spelling of a name as people write it, for instance `mac:aabbccddeeff`.
    public static func normal(_ device: DeviceID) -> DeviceID { DeviceID(IdentityTemplate.normalise(device)) }

    /// Whether the text is a scheme and an identifier of it.
    public static func isName(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), let scheme = IdentityTemplate.Scheme(rawValue: String(text[..<colon])) else { return false }
        return IdentityTemplate.normalise(String(text[text.index(after: colon)...]), scheme) != nil
    }

    /// The schemes, as they are written before the colon.
    public static let schemes = IdentityTemplate.Scheme.allCases.map(\.rawValue)
}
