/// Writes the ledger's compact binary form: little-endian base-128 integers, length-prefixed bytes.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}
    public init(reserving count: Int) { bytes.reserveCapacity(count) }

    public mutating func byte(_ value: UInt8) { bytes.append(value) }
    public mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// Unsigned LEB128, 1...10 bytes.
    public mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Zigzag, then LEB128.
    public mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    public mutating func int(_ value: Int) { signed(Int64(value)) }

    public mutating func blob(_ value: [UInt8]) {
        unsigned(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    public mutating func string(_ value: String) {
        var copy = value
        copy.withUTF8 {
            unsigned(UInt64($0.count))
            bytes.append(contentsOf: $0)
        }
    }

    public mutating func instant(_ value: Instant) { signed(value.microseconds) }
    public mutating func wall(_ value: WallTime) { signed(value.microseconds) }

    public mutating func optional<T>(_ value: T?, _ write: (inout ByteWriter, T) -> Void) {
        bool(value != nil)
        if let value { write(&self, value) }
    }

    public mutating func list<T>(_ values: some Collection<T>, _ write: (inout ByteWriter, T) -> Void) {
        unsigned(UInt64(values.count))
        for value in values { write(&self, value) }
    }

    public mutating func append(_ other: ByteWriter) { bytes.append(contentsOf: other.bytes) }
}

/// What is wrong with bytes that the ledger holds.
public enum BinaryFailure: Error, Hashable, Sendable {
    case truncated(at: Int)
    case malformed(String, at: Int)
}

/// Reads what `ByteWriter` wrote; every length is checked against what is left.
public struct ByteReader {
    private let bytes: [UInt8]
    public private(set) var index: Int
    private let end: Int

    public init(_ bytes: [UInt8]) { (self.bytes, index, end) = (bytes, 0, bytes.count) }

    public var isAtEnd: Bool { index == end }

    public mutating func byte() throws(BinaryFailure) -> UInt8 {
        guard index < end else { throw .truncated(at: index) }
        defer { index += 1 }
        return bytes[index]
    }

    public mutating func bool() throws(BinaryFailure) -> Bool { try byte() != 0 }

    public mutating func unsigned() throws(BinaryFailure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let b = try byte()
            guard shift < 63 || b <= 1 else { throw .malformed("integer over 64 bits", at: index - 1) }
            value |= UInt64(b & 0x7F) << shift
            if b < 0x80 { return value }
        }
        throw .malformed("integer over 64 bits", at: index)
    }

    public mutating func signed() throws(BinaryFailure) -> Int64 {
        let raw = try unsigned()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    public mutating func int() throws(BinaryFailure) -> Int { Int(try signed()) }

    /// A count of things that each take at least one byte, so it can't exceed what is left.
    public mutating func count() throws(BinaryFailure) -> Int {
        let value = try unsigned()
        guard value <= UInt64(end - index) else { throw .truncated(at: index) }
        return Int(value)
    }

    public mutating func blob() throws(BinaryFailure) -> [UInt8] {
        let length = try count()
        defer { index += length }
        return Array(bytes[index..<index + length])
    }

    public mutating func string() throws(BinaryFailure) -> String {
        let length = try count()
        let at = index
        index += length
        guard let text = String(validating: bytes[at..<at + length], as: UTF8.self) else {
            throw .malformed("text is not UTF-8", at: at)
        }
        return text
    }

    public mutating func instant() throws(BinaryFailure) -> Instant { Instant(microseconds: try signed()) }
    public mutating func wall() throws(BinaryFailure) -> WallTime { WallTime(microseconds: try signed()) }

    public mutating func optional<T>(_ read: (inout ByteReader) throws(BinaryFailure) -> T) throws(BinaryFailure) -> T? {
        try bool() ? try read(&self) : nil
    }

    public mutating func list<T>(_ read: (inout ByteReader) throws(BinaryFailure) -> T) throws(BinaryFailure) -> [T] {
        let n = try count()
        var values: [T] = []
        values.reserveCapacity(n)
        for _ in 0..<n { values.append(try read(&self)) }
        return values
    }

    /// An enumeration case stored by its raw byte.
    public mutating func choice<T: RawRepresentable>(_ type: T.Type) throws(BinaryFailure) -> T where T.RawValue == UInt8 {
        let raw = try byte()
        guard let value = T(rawValue: raw) else { throw .malformed("unknown \(T.self) \(raw)", at: index - 1) }
        return value
    }
}
