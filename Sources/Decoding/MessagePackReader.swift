import CareModel

/// A strict, bounded reader of MessagePack (the specification of 2017, with the timestamp extension).
///
/// - A `str` that isn't UTF-8 is bytes: encoders from before 2013 know no other sort.
/// - The timestamp (extension −1) is a number of seconds, exact to the nanosecond. Any other extension is an object
///   of `type`, a number, and `bytes`.
/// - Keys are as in CBOR: texts, whole numbers, or bytes that are UTF-8. Where a key stands twice, the first one counts.
public enum MessagePackReader {
    /// Reads one object that fills `bytes`.
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

    static let timeExtension: Int8 = -1

    private static func value(_ c: inout BinaryCursor, into tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        let start = c.index, head = try c.byte()
        switch head {
        case 0x00...0x7F: try c.appendNumber(UInt64(head), from: start, to: &tree)
        case 0x80...0x8F: try container(UInt64(head & 15), isMap: true, &c, from: start, into: &tree, depth: depth)
        case 0x90...0x9F: try container(UInt64(head & 15), isMap: false, &c, from: start, into: &tree, depth: depth)
        case 0xA0...0xBF: try string(try c.range(UInt64(head & 31)), c, into: &tree)
        case 0xC0: try c.append(.null, from: start, to: &tree)
        case 0xC2: try c.append(.no, from: start, to: &tree)
        case 0xC3: try c.append(.yes, from: start, to: &tree)
        case 0xC4...0xC6:
            let count = try c.bigEndian(1 << Int(head - 0xC4))
            try c.append(.bytes, try c.range(count), to: &tree)
        case 0xC7...0xC9:
            let count = try c.bigEndian(1 << Int(head - 0xC7))
            try custom(count, &c, from: start, into: &tree, depth: depth)
        case 0xCA: try c.append(Float(bitPattern: UInt32(truncatingIfNeeded: try c.bigEndian(4))), from: start, to: &tree)
        case 0xCB: try c.append(Double(bitPattern: try c.bigEndian(8)), from: start, to: &tree)
        case 0xCC...0xCF:
            let number = try c.bigEndian(1 << Int(head - 0xCC))
            try c.appendNumber(number, from: start, to: &tree)
        case 0xD0...0xD3:
            let number = try signed(head, &c)
            try c.appendSigned(number, from: start, to: &tree)
        case 0xD4...0xD8: try custom(1 << UInt64(head - 0xD4), &c, from: start, into: &tree, depth: depth)
        case 0xD9...0xDB:
            let count = try c.bigEndian(1 << Int(head - 0xD9))
            try string(try c.range(count), c, into: &tree)
        case 0xDC, 0xDD:
            let count = try c.bigEndian(head == 0xDC ? 2 : 4)
            try container(count, isMap: false, &c, from: start, into: &tree, depth: depth)
        case 0xDE, 0xDF:
            let count = try c.bigEndian(head == 0xDE ? 2 : 4)
            try container(count, isMap: true, &c, from: start, into: &tree, depth: depth)
        case 0xE0...0xFF: try c.appendSigned(Int64(Int8(bitPattern: head)), from: start, to: &tree)
        // 0xC1 is never used.
        default: throw .malformed(at: start)
        }
    }

    private static func signed(_ head: UInt8, _ c: inout BinaryCursor) throws(DocumentFailure) -> Int64 {
        let count = 1 << Int(head - 0xD0), raw = try c.bigEndian(count)
        return Int64(bitPattern: raw << UInt64(64 - 8 * count)) >> Int64(64 - 8 * count)
    }

    private static func string(_ range: Range<Int>, _ c: BinaryCursor, into tree: inout ValueTree) throws(DocumentFailure) {
        switch JSONText.failure(in: c.bytes, range) {
        case .notUTF8: try c.append(.bytes, range, to: &tree)
        default: try c.append(.string, range, to: &tree)
        }
    }

    private static func container(_ count: UInt64, isMap: Bool, _ c: inout BinaryCursor, from start: Int, into tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        // Each item takes a byte at least: a claim beyond that is not believed.
        guard count <= UInt64(c.left) / (isMap ? 2 : 1) else { throw .truncated }
        let container = try c.open(isMap ? .object : .array, from: start, depth: depth, in: &tree)
        for _ in 0..<count {
            let key = isMap ? try key(&c, into: &tree) : nil
            let child = tree.nodes.count
            try value(&c, into: &tree, depth: depth + 1)
            if let key { c.name(child, key, in: &tree) }
        }
        c.close(container, in: &tree)
    }

    private static func key(_ c: inout BinaryCursor, into tree: inout ValueTree) throws(DocumentFailure) -> BinaryCursor.Key {
        let start = c.index, head = try c.byte(), textStart = tree.unescaped.count
        let range: Range<Int>
        switch head {
        case 0xA0...0xBF: range = try c.range(UInt64(head & 31))
        case 0xD9...0xDB:
            let count = try c.bigEndian(1 << Int(head - 0xD9))
            range = try c.range(count)
        case 0xC4...0xC6:
            let count = try c.bigEndian(1 << Int(head - 0xC4))
            range = try c.range(count)
        default:
            switch head {
            case 0x00...0x7F: tree.appendDigits(UInt64(head), isNegative: false)
            case 0xCC...0xCF: tree.appendDigits(try c.bigEndian(1 << Int(head - 0xCC)), isNegative: false)
            case 0xD0...0xD3:
                let number = try signed(head, &c)
                tree.appendDigits(number.magnitude, isNegative: number < 0)
            case 0xE0...0xFF: tree.appendDigits(Int64(Int8(bitPattern: head)).magnitude, isNegative: true)
            case 0xC1: throw .malformed(at: start)
            default: throw .unusableKey(at: start)
            }
            return BinaryCursor.Key(start: textStart, count: tree.unescaped.count - textStart, isUnescaped: true)
        }
        switch JSONText.failure(in: c.bytes, range) {
        case nil: return BinaryCursor.Key(start: range.lowerBound, count: range.count, isUnescaped: false)
        case .notUTF8: throw .unusableKey(at: start)
        case .some(let failure): throw failure
        }
    }

    /// An extension of `count` bytes behind its type.
    private static func custom(_ count: UInt64, _ c: inout BinaryCursor, from start: Int, into tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        let typeAt = c.index, type = Int8(bitPattern: try c.byte())
        if type == timeExtension { return try timestamp(count, &c, from: start, into: &tree) }
        let range = try c.range(count)
        let object = try c.open(.object, from: start, depth: depth, in: &tree)
        let keyStart = tree.unescaped.count
        tree.unescaped.append(contentsOf: "typebytes".utf8)
        try c.appendSigned(Int64(type), from: typeAt, to: &tree)
        c.name(object + 1, BinaryCursor.Key(start: keyStart, count: 4, isUnescaped: true), in: &tree)
        try c.append(.bytes, range, to: &tree)
        c.name(object + 2, BinaryCursor.Key(start: keyStart + 4, count: 5, isUnescaped: true), in: &tree)
        c.close(object, in: &tree)
    }

    private static func timestamp(_ count: UInt64, _ c: inout BinaryCursor, from start: Int, into tree: inout ValueTree) throws(DocumentFailure) {
        var seconds: Int64, nanoseconds: UInt64
        switch count {
        case 4: (seconds, nanoseconds) = (Int64(try c.bigEndian(4)), 0)
        case 8:
            let both = try c.bigEndian(8)
            (seconds, nanoseconds) = (Int64(both & 0x3_FFFF_FFFF), both >> 34)
        case 12:
            nanoseconds = try c.bigEndian(4)
            seconds = Int64(bitPattern: try c.bigEndian(8))
        default: throw .malformed(at: start)
        }
        guard nanoseconds < 1_000_000_000 else { throw .malformed(at: start) }
        let isNegative = seconds < 0
        // Nanoseconds count upwards from the second below.
        if isNegative, nanoseconds > 0 { (seconds, nanoseconds) = (seconds + 1, 1_000_000_000 - nanoseconds) }
        let textStart = tree.unescaped.count
        tree.appendDigits(seconds.magnitude, isNegative: isNegative)
        if nanoseconds > 0 {
            // A one before the nine digits keeps their zeros; the point then takes its place.
            let point = tree.unescaped.count
            tree.appendDigits(1_000_000_000 + nanoseconds, isNegative: false)
            tree.unescaped[point] = 0x2E
            while tree.unescaped.last == 0x30 { tree.unescaped.removeLast() }
        }
        try c.appendNumber(unescapedFrom: textStart, from: start, to: &tree)
    }
}
