import CareModel

/// One value at a fixed place among bytes.
struct BinaryField: Hashable, Sendable {
    /// How bytes are read. Integers: sign, bits, byte order.
    enum Reading: Hashable, Sendable {
        case integer(bytes: Int, isSigned: Bool, isLittleEndian: Bool)
        case float(bytes: Int, isLittleEndian: Bool)
        /// Lower-case hexadecimal digits; reversed where the device sends an address from its end.
        case hex(isReversed: Bool)
        case text
        case bytes

        /// `u8`, `i16le`, `f32be`, `hex`, `hex_reversed`, `text` or `bytes`.
        init?(_ text: String) {
            switch text {
            case "hex": self = .hex(isReversed: false)
            case "hex_reversed": self = .hex(isReversed: true)
            case "text": self = .text
            case "bytes": self = .bytes
            case "u8": self = .integer(bytes: 1, isSigned: false, isLittleEndian: true)
            case "i8": self = .integer(bytes: 1, isSigned: true, isLittleEndian: true)
            default:
                let isLittle = text.hasSuffix("le")
                guard isLittle || text.hasSuffix("be"), let sort = text.first, let bits = Int(text.dropFirst().dropLast(2)) else { return nil }
                switch sort {
                case "u", "i":
                    guard [16, 24, 32, 48, 64].contains(bits) else { return nil }
                    self = .integer(bytes: bits / 8, isSigned: sort == "i", isLittleEndian: isLittle)
                case "f":
                    guard bits == 32 || bits == 64 else { return nil }
                    self = .float(bytes: bits / 8, isLittleEndian: isLittle)
                default: return nil
                }
            }
        }

        /// Bytes that it takes; nil where the field says it.
        var width: Int? {
            switch self {
            case .integer(let bytes, _, _), .float(let bytes, _): bytes
            default: nil
            }
        }
    }

    var key: [UInt8]
    var offset: Int
    /// Bytes; -1 = to the end.
    var count: Int
    var reading: Reading
    /// The lowest bit and how many, where the field is a part of an integer.
    var bits: BitRange?

    /// The last byte and one, at least.
    var end: Int { offset + max(count, 0) }

    /// Adds the field to the object that is being made.
    func add(_ bytes: ArraySlice<UInt8>, to tree: inout ValueTree) {
        let from = bytes.startIndex + offset
        let part = bytes[from..<(count < 0 ? bytes.endIndex : from + count)]
        switch reading {
        case .integer(_, let isSigned, let isLittleEndian):
            var raw: UInt64 = 0
            if isLittleEndian { for b in part.reversed() { raw = raw << 8 | UInt64(b) } } else { for b in part { raw = raw << 8 | UInt64(b) } }
            if let bits { return tree.add(DecimalNumber(bits.of(Int64(bitPattern: raw))), key: key) }
            if isSigned, count < 8 {
                let shift = UInt64(64 - 8 * count)
                return tree.add(DecimalNumber(Int64(bitPattern: raw << shift) >> Int64(shift)), key: key)
            }
            if !isSigned, raw > UInt64(Int64.max) { return tree.add(DecimalNumber(Int64.max), key: key) }
            tree.add(DecimalNumber(Int64(bitPattern: raw)), key: key)
        case .float(let width, let isLittleEndian):
            var raw: UInt64 = 0
            if isLittleEndian { for b in part.reversed() { raw = raw << 8 | UInt64(b) } } else { for b in part { raw = raw << 8 | UInt64(b) } }
            let number = width == 4 ? DecimalNumber(shortest: Float(bitPattern: UInt32(truncatingIfNeeded: raw))) : DecimalNumber(shortest: Double(bitPattern: raw))
            if let number { tree.add(number, key: key) } else { tree.addNull(key: key) }
        case .hex(let isReversed):
            tree.add(text: HexDigits.encode(isReversed ? part.reversed() : Array(part)), key: key)
        case .text:
            // A text may be filled up with zeros.
            let text = part.prefix { $0 != 0 }
            let isText = text.withUnsafeBufferPointer { JSONText.failure(in: Array($0)) == nil }
            if isText { tree.add(text: text, key: key) } else { tree.addNull(key: key) }
        case .bytes:
            tree.add(text: part, as: .bytes, key: key)
        }
    }
}

/// Some bits of an integer.
struct BitRange: Hashable, Sendable {
    var lowest: Int
    var count: Int

    func of(_ value: Int64) -> Int64 {
        let shifted = UInt64(bitPattern: value) >> UInt64(lowest)
        return Int64(bitPattern: count >= 64 ? shifted : shifted & (1 << UInt64(count) - 1))
    }
}

extension DecimalNumber {
    /// The shortest decimal that reads back as the same float, which is what the device measured; nil when it is not finite.
    init?(shortest value: some BinaryFloatingPoint & CustomStringConvertible) {
        guard value.isFinite else { return nil }
        self.init(value.description)
    }
}

extension HexDigits {
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count * 2)
        for b in bytes { for digit in [b >> 4, b & 15] { out.append(digit < 10 ? 48 + digit : 87 + digit) } }
        return out
    }
}
