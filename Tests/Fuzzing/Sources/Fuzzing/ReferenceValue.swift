@testable import Decoding

/// Written for plainness, not for speed, and apart from the readers: what the references of CBOR and MessagePack give.
struct ReferenceCursor {
    var bytes: ArraySlice<UInt8>
    struct Refused: Error {}

    mutating func next() throws -> UInt8 {
        guard let b = bytes.popFirst() else { throw Refused() }
        return b
    }

    mutating func take(_ count: UInt64) throws -> [UInt8] {
        guard count <= UInt64(bytes.count) else { throw Refused() }
        defer { bytes = bytes.dropFirst(Int(count)) }
        return Array(bytes.prefix(Int(count)))
    }

    mutating func number(_ count: Int) throws -> UInt64 { try take(UInt64(count)).reduce(0) { $0 * 256 + UInt64($1) } }

    static func text(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw Refused() }
        return text
    }

    static func number(_ text: String) throws -> Value {
        guard let number = DecimalNumber(text) else { throw Refused() }
        return .number(number)
    }

    static func float(_ value: Double, _ text: String) throws -> Value {
        value.isNaN ? .string("NaN") : value.isInfinite ? .string(value < 0 ? "-Infinity" : "Infinity") : try number(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }
}

extension Value {
    /// The same number in one spelling.
    var plain: Value {
        switch self {
        case .number(let number): .number(number.normalised)
        case .array(let items): .array(items.map(\.plain))
        case .object(let members): .object(members.map { Member(key: $0.key, value: $0.value.plain) })
        default: self
        }
    }

    /// Equal byte by byte: Swift holds texts for equal that only look equal.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
        case (.object(let a), .object(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value.isSame(as: $1.value) }
        default: self == other
        }
    }
}
