import CareModel

/// Writes JSON as bytes: no spaces, minimal escapes, integers and exact decimals, no floating point.
///
/// The caller writes members in the order of their keys, so canonical text needs no sorting afterwards; the tests hold it.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// Whether the next value or key is the first of its object or list.
    private var isFirst = true
    private var isAfterKey = false

    public init(reserving count: Int = 1_024) { bytes.reserveCapacity(count) }

    // MARK: - Structure

    public mutating func beginObject() { separate(); bytes.append(UInt8(ascii: "{")); isFirst = true }
    public mutating func endObject() { bytes.append(UInt8(ascii: "}")); isFirst = false }
    public mutating func beginArray() { separate(); bytes.append(UInt8(ascii: "[")); isFirst = true }
    public mutating func endArray() { bytes.append(UInt8(ascii: "]")); isFirst = false }

    /// A key that needs no escapes.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        isAfterKey = true
    }

    /// A key that is only known at run time.
    public mutating func key(text name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        isAfterKey = true
    }

    private mutating func separate() {
        if isAfterKey {
            isAfterKey = false
        } else if !isFirst {
            bytes.append(UInt8(ascii: ","))
        }
        isFirst = false
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    // MARK: - Values

    public mutating func null() { separate(); append("null") }
    public mutating func bool(_ value: Bool) { separate(); append(value ? "true" : "false") }
    public mutating func string(_ value: String) { separate(); quote(value) }

    public mutating func string(_ value: String?) {
        if let value { string(value) } else { null() }
    }

    public mutating func integer(_ value: some BinaryInteger) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(UInt64(value.magnitude))
    }

    /// `scaled` × 10^-`decimals`, without trailing zeros: exact, as people read it.
    ///
    /// - Parameter decimals: 0...18.
    public mutating func decimal(scaled: Int64, decimals: Int) {
        separate()
        if scaled < 0 { bytes.append(UInt8(ascii: "-")) }
        var divisor: UInt64 = 1
        for _ in 0..<decimals { divisor *= 10 }
        let (whole, fraction) = scaled.magnitude.quotientAndRemainder(dividingBy: divisor)
        digits(whole)
        guard fraction > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var rest = fraction
        while rest > 0 {
            divisor /= 10
            bytes.append(48 + UInt8(rest / divisor))
            rest %= divisor
        }
    }

    /// RFC 3339 in UTC with six fractional digits.
    public mutating func time(_ value: WallTime) {
        separate()
        let c = CivilTime(value)
        bytes.append(UInt8(ascii: "\""))
        padded(c.year, 4); bytes.append(UInt8(ascii: "-"))
        padded(c.month, 2); bytes.append(UInt8(ascii: "-"))
        padded(c.day, 2); bytes.append(UInt8(ascii: "T"))
        padded(c.hour, 2); bytes.append(UInt8(ascii: ":"))
        padded(c.minute, 2); bytes.append(UInt8(ascii: ":"))
        padded(c.second, 2); bytes.append(UInt8(ascii: "."))
        padded(c.microsecond, 6)
        bytes.append(UInt8(ascii: "Z"))
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func time(_ value: WallTime?) {
        if let value { time(value) } else { null() }
    }

    /// JSON that is finished already.
    public mutating func raw(_ json: [UInt8]) { separate(); bytes.append(contentsOf: json) }

    // MARK: - Parts

    private mutating func digits(_ value: UInt64) {
        guard value >= 10 else { bytes.append(48 + UInt8(value)); return }
        let start = bytes.count
        var rest = value
        while rest > 0 {
            bytes.append(48 + UInt8(rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// Leading zeros up to `width`; a number that needs more digits gets them.
    private mutating func padded(_ value: Int, _ width: Int) {
        var limit = 10
        for _ in 1..<width { limit *= 10 }
        guard value >= 0, value < limit else {
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            digits(UInt64(value.magnitude))
            return
        }
        var divisor = limit / 10, rest = value
        for _ in 0..<width {
            bytes.append(48 + UInt8(rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var copy = value
        copy.withUTF8 { text in
            if text.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
                bytes.append(contentsOf: text)
            } else {
                for byte in text { escape(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: append("\\\"")
        case 0x5C: append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        case 0x08: append("\\b")
        case 0x0C: append("\\f")
        case 0..<0x20:
            append("\\u00")
            for nibble in [byte >> 4, byte & 15] { bytes.append(nibble < 10 ? 48 + nibble : 87 + nibble) }
        default: bytes.append(byte)
        }
    }
}
