import CareModel

/// Strings of JSON: validation of UTF-8 and escapes.
enum JSONText {
    struct Range {
        var start: Int32, count: Int32
        var isUnescaped: Bool
        var sourceStart: Int32, sourceCount: Int32
    }

    /// Reads the string whose quotation mark stands at `index`; text with escapes is appended to `unescaped`.
    static func string(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ unescaped: inout [UInt8]) throws(DocumentFailure) -> Range {
        let start = index + 1
        var i = start
        while i < bytes.count {
            i = plainEnd(bytes, from: i)
            guard i < bytes.count else { throw .truncated }
            let b = bytes[i]
            if b == 0x22 {
                index = i + 1
                let (s, n) = (Int32(truncatingIfNeeded: start), Int32(truncatingIfNeeded: i - start))
                return Range(start: s, count: n, isUnescaped: false, sourceStart: s, sourceCount: n)
            }
            if b == 0x5C { break }
            i += try step(bytes, at: i)
        }
        guard i < bytes.count else { throw .truncated }
        let textStart = unescaped.count
        unescaped.append(contentsOf: bytes[start..<i])
        while i < bytes.count {
            let b = bytes[i]
            if b == 0x22 {
                index = i + 1
                return Range(
                    start: Int32(truncatingIfNeeded: textStart), count: Int32(truncatingIfNeeded: unescaped.count - textStart), isUnescaped: true,
                    sourceStart: Int32(truncatingIfNeeded: start), sourceCount: Int32(truncatingIfNeeded: i - start))
            }
            if b == 0x5C {
                try escape(bytes, &i, &unescaped)
            } else {
                let n = try step(bytes, at: i)
                unescaped.append(contentsOf: bytes[i..<i + n])
                i += n
            }
        }
        throw .truncated
    }

    /// Passes over plain ASCII, eight bytes at a time: stops at the first byte that is a control character, a
    /// quotation mark, a backslash or not ASCII, or where fewer than eight are left.
    @inline(__always)
    private static func plainEnd(_ bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int {
        guard let base = bytes.baseAddress else { return from }
        let ones: UInt64 = 0x0101_0101_0101_0101, high: UInt64 = 0x8080_8080_8080_8080
        var i = from
        while i + 8 <= bytes.count {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + i).loadUnaligned(as: UInt64.self))
            // The highest bit of a byte is set where it is under 0x20, zero after an exclusive or, or over 0x7F. A borrow
            // begins at such a byte only, so the first mark is right, whatever stands behind it.
            let quote = word ^ (ones &* 0x22), backslash = word ^ (ones &* 0x5C)
            let marks = ((word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones) | word) & high
            if marks != 0 { return i + marks.trailingZeroBitCount / 8 }
            i += 8
        }
        return i
    }

    /// The bytes of the character at `i`, checked.
    @inline(__always)
    private static func step(_ bytes: UnsafeBufferPointer<UInt8>, at i: Int) throws(DocumentFailure) -> Int {
        let b = bytes[i]
        if b >= 0x20, b < 0x80 { return 1 }
        if b == 0 { throw .nul(at: i) }
        if b < 0x20 { throw .malformed(at: i) }
        let n = sequenceCount(bytes, at: i)
        guard n > 0 else { throw .notUTF8(at: i) }
        return n
    }

    /// The length of the UTF-8 sequence at `i`; 0 when it is none (RFC 3629, table of well-formed sequences).
    static func sequenceCount(_ bytes: UnsafeBufferPointer<UInt8>, at i: Int) -> Int {
        func follows(_ offset: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xBF) -> Bool {
            i + offset < bytes.count && bytes[i + offset] >= low && bytes[i + offset] <= high
        }
        switch bytes[i] {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: return follows(1) ? 2 : 0
        case 0xE0: return follows(1, 0xA0) && follows(2) ? 3 : 0
        case 0xED: return follows(1, 0x80, 0x9F) && follows(2) ? 3 : 0
        case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : 0
        case 0xF0: return follows(1, 0x90) && follows(2) && follows(3) ? 4 : 0
        case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : 0
        case 0xF4: return follows(1, 0x80, 0x8F) && follows(2) && follows(3) ? 4 : 0
        default: return 0
        }
    }

    /// Whether all of `bytes` is UTF-8 without NUL; the first offence else.
    static func failure(in bytes: [UInt8]) -> DocumentFailure? { bytes.withUnsafeBufferPointer { failure(in: $0, 0..<$0.count) } }

    /// The same for a part of a document; offsets count from the document's beginning.
    static func failure(in bytes: UnsafeBufferPointer<UInt8>, _ range: Swift.Range<Int>) -> DocumentFailure? {
        let part = UnsafeBufferPointer(rebasing: bytes[range])
        var i = 0
        while i < part.count {
            let b = part[i]
            if b &- 1 < 0x7F { i += 1; continue }
            if b == 0 { return .nul(at: range.lowerBound + i) }
            let n = sequenceCount(part, at: i)
            guard n > 0 else { return .notUTF8(at: range.lowerBound + i) }
            i += n
        }
        return nil
    }

    private static func escape(_ bytes: UnsafeBufferPointer<UInt8>, _ i: inout Int, _ out: inout [UInt8]) throws(DocumentFailure) {
        let start = i
        guard i + 1 < bytes.count else { throw .truncated }
        let letter = bytes[i + 1]
        i += 2
        switch letter {
        case 0x22, 0x5C, 0x2F: out.append(letter)
        case 0x62: out.append(0x08)
        case 0x66: out.append(0x0C)
        case 0x6E: out.append(0x0A)
        case 0x72: out.append(0x0D)
        case 0x74: out.append(0x09)
        case 0x75:
            var code = try hex(bytes, &i)
            if code == 0 { throw .nul(at: start) }
            if code >= 0xD800, code <= 0xDBFF {
                guard i + 1 < bytes.count else { throw .truncated }
                guard bytes[i] == 0x5C, bytes[i + 1] == 0x75 else { throw .malformed(at: start) }
                i += 2
                let low = try hex(bytes, &i)
                guard low >= 0xDC00, low <= 0xDFFF else { throw .malformed(at: start) }
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw .malformed(at: start) }
            for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { out.append(unit) }
        default: throw .malformed(at: start)
        }
    }

    private static func hex(_ bytes: UnsafeBufferPointer<UInt8>, _ i: inout Int) throws(DocumentFailure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard i < bytes.count else { throw .truncated }
            guard let digit = HexDigits.value(bytes[i]) else { throw .malformed(at: i) }
            code = code << 4 | UInt32(digit)
            i += 1
        }
        return code
    }
}

/// Binary as text: hexadecimal and base64 (RFC 4648, padding optional, no white space).
enum HexDigits {
    static func value(_ b: UInt8) -> UInt8? {
        switch b {
        case 48...57: b - 48
        case 65...70: b - 55
        case 97...102: b - 87
        default: nil
        }
    }

    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 2)
        for i in stride(from: 0, to: text.count, by: 2) {
            guard let high = value(text[i]), let low = value(text[i + 1]) else { return nil }
            out.append(high << 4 | low)
        }
        return out
    }
}

public enum Base64 {
    /// The bytes that `text` stands for; nil when it isn't base64.
    public static func decode(_ text: [UInt8]) -> [UInt8]? { text.withUnsafeBufferPointer { decode($0) } }

    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var count = text.count
        while count > 0, text.count - count < 2, text[count - 1] == 0x3D { count -= 1 }
        guard count % 4 != 1, count == text.count || text.count % 4 == 0 else { return nil }
        var out: [UInt8] = [], bits: UInt32 = 0, held = 0
        out.reserveCapacity(count * 3 / 4)
        for i in 0..<count {
            let digit: UInt8
            switch text[i] {
            case 65...90: digit = text[i] - 65
            case 97...122: digit = text[i] - 71
            case 48...57: digit = text[i] + 4
            case 0x2B, 0x2D: digit = 62
            case 0x2F, 0x5F: digit = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(digit)
            held += 6
            if held >= 8 {
                held -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
        return out
    }
}
