import CareModel

/// A strict, bounded reader of CBOR (RFC 8949).
///
/// - Numbers become exact decimals: a float the shortest decimal that stands for it. Lengths need not be the shortest.
/// - Tags are passed over, but for decimal fractions (tag 4), which are numbers.
/// - Keys are texts, whole numbers (`-2` is the key "-2", as SenML has them) or bytes that are UTF-8. Where a key stands
///   twice, the first one counts, as in JSON.
/// - `undefined` and unassigned simple values say nothing: null.
public enum CBORReader {
    /// Reads one data item that fills `bytes`.
    public static func read(_ bytes: [UInt8], limits: DocumentLimits = .message) throws(DocumentFailure) -> Value {
        var tree = ValueTree()
        try read(bytes, into: &tree, limits: limits)
        return tree.value(0)
    }

    /// The same into a tree whose storage is used again. After an error the tree's content is of no use.
    static func read(_ bytes: [UInt8], into tree: inout ValueTree, limits: DocumentLimits) throws(DocumentFailure) {
        try BinaryCursor.read(bytes, into: &tree, limits: limits) { (cursor: inout BinaryCursor, tree: inout ValueTree) throws(DocumentFailure) in
            try value(&cursor, into: &tree, depth: 1)
        }
    }

    private static let decimalFraction: UInt64 = 4
    private static let indefinite: UInt8 = 31
    private static let breakByte: UInt8 = 0xFF

    private static func value(_ c: inout BinaryCursor, into tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        let (start, head, tag) = try untagged(&c)
        if tag == decimalFraction, head == 0x82 { return try fraction(&c, from: start, into: &tree) }
        switch head >> 5 {
        case 0:
            let number = try argument(head, &c, at: start)
            try c.appendNumber(number, from: start, to: &tree)
        case 1:
            let textStart = tree.unescaped.count
            negative(try argument(head, &c, at: start), into: &tree)
            try c.appendNumber(unescapedFrom: textStart, from: start, to: &tree)
        case 2, 3:
            let sort: ValueTree.Sort = head >> 5 == 2 ? .bytes : .string
            if head & 31 == indefinite {
                let textStart = tree.unescaped.count
                try pieces(head, &c, into: &tree)
                try c.append(sort, unescapedFrom: textStart, from: start, to: &tree)
            } else {
                let range = try c.range(try argument(head, &c, at: start))
                try c.append(sort, range, to: &tree)
            }
        case 4, 5: try container(head, &c, from: start, into: &tree, depth: depth)
        default: try simple(head, &c, from: start, into: &tree)
        }
    }

    /// The head of the next item behind its tags, with where it stands and the innermost tag.
    private static func untagged(_ c: inout BinaryCursor) throws(DocumentFailure) -> (start: Int, head: UInt8, tag: UInt64?) {
        var tag: UInt64?
        while true {
            let start = c.index, head = try c.byte()
            guard head >> 5 == 6 else { return (start, head, tag) }
            tag = try argument(head, &c, at: start)
        }
    }

    private static func argument(_ head: UInt8, _ c: inout BinaryCursor, at start: Int) throws(DocumentFailure) -> UInt64 {
        switch head & 31 {
        case let small where small < 24: return UInt64(small)
        case 24: return try c.bigEndian(1)
        case 25: return try c.bigEndian(2)
        case 26: return try c.bigEndian(4)
        case 27: return try c.bigEndian(8)
        default: throw .malformed(at: start)
        }
    }

    /// Writes −1 − `n`, which may need 65 bits.
    private static func negative(_ n: UInt64, into tree: inout ValueTree) {
        if n < UInt64.max { tree.appendDigits(n + 1, isNegative: true) } else { tree.unescaped.append(contentsOf: "-18446744073709551616".utf8) }
    }

    /// The pieces of a string of indefinite length, put together in `unescaped`. Each piece of a text is checked by itself.
    private static func pieces(_ head: UInt8, _ c: inout BinaryCursor, into tree: inout ValueTree) throws(DocumentFailure) {
        while true {
            let start = c.index, piece = try c.byte()
            if piece == breakByte { return }
            guard piece >> 5 == head >> 5, piece & 31 != indefinite else { throw .malformed(at: start) }
            let range = try c.range(try argument(piece, &c, at: start))
            if head >> 5 == 3, let failure = JSONText.failure(in: c.bytes, range) { throw failure }
            tree.unescaped.append(contentsOf: c.bytes[range])
        }
    }

    private static func container(_ head: UInt8, _ c: inout BinaryCursor, from start: Int, into tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        let isMap = head >> 5 == 5, isOpen = head & 31 == indefinite
        var left = isOpen ? UInt64.max : try argument(head, &c, at: start)
        // Each item takes a byte at least: a claim beyond that is not believed.
        if !isOpen, left > UInt64(c.left) / (isMap ? 2 : 1) { throw .truncated }
        let container = try c.open(isMap ? .object : .array, from: start, depth: depth, in: &tree)
        while left > 0 {
            if isOpen {
                guard c.left > 0 else { throw .truncated }
                if c.bytes[c.index] == breakByte {
                    c.index += 1
                    break
                }
            }
            let key = isMap ? try key(&c, into: &tree) : nil
            let child = tree.nodes.count
            try value(&c, into: &tree, depth: depth + 1)
            if let key { c.name(child, key, in: &tree) }
            left -= 1
        }
        c.close(container, in: &tree)
    }

    private static func key(_ c: inout BinaryCursor, into tree: inout ValueTree) throws(DocumentFailure) -> BinaryCursor.Key {
        let (start, head, _) = try untagged(&c)
        let textStart = tree.unescaped.count
        switch head >> 5 {
        case 0: tree.appendDigits(try argument(head, &c, at: start), isNegative: false)
        case 1: negative(try argument(head, &c, at: start), into: &tree)
        case 2, 3:
            if head & 31 != indefinite {
                let range = try c.range(try argument(head, &c, at: start))
                if let failure = JSONText.failure(in: c.bytes, range) { throw head >> 5 == 3 ? failure : .unusableKey(at: start) }
                return BinaryCursor.Key(start: range.lowerBound, count: range.count, isUnescaped: false)
            }
            try pieces(head, &c, into: &tree)
            let isText = head >> 5 == 3 || tree.unescaped.withUnsafeBufferPointer { JSONText.failure(in: $0, textStart..<$0.count) } == nil
            guard isText else { throw .unusableKey(at: start) }
        default: throw head == breakByte ? .malformed(at: start) : .unusableKey(at: start)
        }
        return BinaryCursor.Key(start: textStart, count: tree.unescaped.count - textStart, isUnescaped: true)
    }

    private static func simple(_ head: UInt8, _ c: inout BinaryCursor, from start: Int, into tree: inout ValueTree) throws(DocumentFailure) {
        switch head & 31 {
        case 20: try c.append(.no, from: start, to: &tree)
        case 21: try c.append(.yes, from: start, to: &tree)
        case 0...23: try c.append(.null, from: start, to: &tree)
        case 24:
            // Two bytes for what one could say are refused by the standard itself (section 3.3).
            guard try c.byte() >= 32 else { throw .malformed(at: start) }
            try c.append(.null, from: start, to: &tree)
        case 25: try c.append(half(UInt16(truncatingIfNeeded: try c.bigEndian(2))), from: start, to: &tree)
        case 26: try c.append(Float(bitPattern: UInt32(truncatingIfNeeded: try c.bigEndian(4))), from: start, to: &tree)
        case 27: try c.append(Double(bitPattern: try c.bigEndian(8)), from: start, to: &tree)
        default: throw .malformed(at: start)
        }
    }

    /// A half-precision number (IEEE 754 binary16), exactly.
    private static func half(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16, power = UInt32(bits >> 10 & 31), fraction = UInt32(bits & 0x3FF)
        switch power {
        case 0:
            // Subnormal: the fraction counts 2^-24.
            let magnitude = Float(fraction) * Float(sign: .plus, exponent: -24, significand: 1)
            return sign == 0 ? magnitude : -magnitude
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (power + 112) << 23 | fraction << 13)
        }
    }

    /// Exponent and significand of a decimal fraction, both whole numbers (RFC 8949, section 3.4.4).
    private static func fraction(_ c: inout BinaryCursor, from start: Int, into tree: inout ValueTree) throws(DocumentFailure) {
        let (exponentAt, exponentHead, _) = try untagged(&c)
        guard exponentHead >> 5 <= 1 else { throw .malformed(at: exponentAt) }
        let exponent = try argument(exponentHead, &c, at: exponentAt)
        let (at, head, _) = try untagged(&c)
        guard head >> 5 <= 1 else { throw .malformed(at: at) }
        let textStart = tree.unescaped.count, significand = try argument(head, &c, at: at)
        if head >> 5 == 0 { tree.appendDigits(significand, isNegative: false) } else { negative(significand, into: &tree) }
        tree.unescaped.append(0x65)
        if exponentHead >> 5 == 0 { tree.appendDigits(exponent, isNegative: false) } else { negative(exponent, into: &tree) }
        try c.appendNumber(unescapedFrom: textStart, from: start, to: &tree)
    }
}
