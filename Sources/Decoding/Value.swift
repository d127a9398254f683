import CareModel

/// A decoded document, whatever its format was: what JSON, CBOR, MessagePack, protobuf wire and delimited text give.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(DecimalNumber)
    case string(String)
    /// Bytes that aren't text; JSON and delimited text have none.
    case bytes([UInt8])
    case array([Value])
    /// Members in the order of the document; where a key stands twice, the first one counts.
    case object([Member])

    public struct Member: Hashable, Sendable {
        public var key: String
        public var value: Value

        public init(key: String, value: Value) { (self.key, self.value) = (key, value) }
    }

    /// The member of that key; nil when absent or not an object.
    public subscript(key: String) -> Value? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    public var text: String? { if case .string(let text) = self { text } else { nil } }
    public var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
    public var items: [Value]? { if case .array(let items) = self { items } else { nil } }
    public var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    public var flag: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var number: DecimalNumber? { if case .number(let number) = self { number } else { nil } }
    public var isNull: Bool { self == .null }
}

/// Why bytes are not the document that they should be.
public enum DocumentFailure: Error, Hashable, Sendable {
    case tooLong(bytes: Int, max: Int)
    case tooDeep(max: Int)
    case tooManyItems(max: Int)
    case truncated
    case notUTF8(at: Int)
    /// A NUL byte, plain or escaped.
    case nul(at: Int)
    /// `NaN` or `Infinity`, which JSON doesn't have.
    case notFinite(at: Int)
    case malformed(at: Int)
    /// A key that is neither text nor a whole number.
    case unusableKey(at: Int)
    /// A group of protobuf, which no device's definition uses.
    case group(at: Int)

    /// The counter under which the message is rejected.
    public var reason: RejectionReason {
        switch self {
        case .tooLong: .payloadTooLong
        case .tooDeep: .tooDeep
        case .tooManyItems: .tooManyReadings
        case .truncated: .truncated
        case .notUTF8: .notUTF8
        case .nul, .notFinite, .malformed, .unusableKey, .group: .malformed
        }
    }

    /// For a technician; holds none of the payload's values.
    public var text: String {
        switch self {
        case .tooLong(let bytes, let max): "the payload has \(bytes) bytes, over the limit of \(max)"
        case .tooDeep(let max): "the payload nests deeper than \(max) levels"
        case .tooManyItems(let max): "the payload has more than \(max) values"
        case .truncated: "the payload ends in the middle of a value"
        case .notUTF8(let at): "byte \(at) is not UTF-8"
        case .nul(let at): "a NUL stands at byte \(at)"
        case .notFinite(let at): "NaN or Infinity stands at byte \(at)"
        case .malformed(let at): "byte \(at) can't stand where it stands"
        case .unusableKey(let at): "the key at byte \(at) is neither text nor a whole number"
        case .group(let at): "byte \(at) begins a protobuf group, which isn't read"
        }
    }
}

/// The bounds of one document.
public struct DocumentLimits: Hashable, Sendable {
    public var bytesMax: Int
    /// Arrays and objects inside one another; the outermost is level 1.
    public var depthMax: Int
    /// Values of every sort, containers included.
    public var itemsMax: Int

    public init(bytesMax: Int, depthMax: Int, itemsMax: Int) { (self.bytesMax, self.depthMax, self.itemsMax) = (bytesMax, depthMax, itemsMax) }

    /// What a device may send. The deepest documented payload (a FHIR bundle) has 11 levels.
    public static let message = DocumentLimits(bytesMax: Limits.payloadBytesMax, depthMax: 16, itemsMax: 8_192)
    /// What zigbee2mqtt tells about its devices: some 8 KiB a device with all its `exposes`.
    public static let bridgeDevices = DocumentLimits(bytesMax: 2 * 1_024 * 1_024, depthMax: 16, itemsMax: 200_000)
    /// One line of a device log: a payload in base64 and its envelope.
    public static let logLine = DocumentLimits(bytesMax: 4 * Limits.payloadBytesMax, depthMax: 16, itemsMax: 8_192)
}
