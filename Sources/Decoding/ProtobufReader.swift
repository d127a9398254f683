import CareModel

/// A strict, bounded reader of protobuf's wire format.
///
/// With a schema it follows protobuf's rules: unknown fields, and known ones of another wire type, are passed over; of
/// a single field the last occurrence counts, and single messages that stand twice are merged; repeated numbers may be
/// packed. A field that isn't on the wire isn't in the tree: there are no default values. Without a schema a message is
/// an object of its fields under their numbers, in the order of the wire.
public enum ProtobufReader {
    enum WireType: UInt8, Sendable { case varint = 0, fixed64 = 1, counted = 2, groupStart = 3, groupEnd = 4, fixed32 = 5 }

    /// Longest varint: ten bytes hold 64 bits.
    static let varintBytesMax = 10
    /// A tag has 32 bits; more bytes than these are refused by every implementation.
    static let tagBytesMax = 5

    /// Reads a message whose definition isn't known.
    public static func read(_ bytes: [UInt8], limits: DocumentLimits = .message) throws(DocumentFailure) -> Value {
        try read(bytes, schema: nil, limits: limits)
    }

    /// Reads a payload of Sparkplug B.
    public static func readSparkplug(_ bytes: [UInt8], limits: DocumentLimits = .message) throws(DocumentFailure) -> Value {
        try read(bytes, schema: ProtobufSchema.sparkplug, limits: limits)
    }

    static func read(_ bytes: [UInt8], schema: ProtobufSchema?, limits: DocumentLimits) throws(DocumentFailure) -> Value {
        var tree = ValueTree()
        try read(bytes, schema: schema, into: &tree, limits: limits)
        return tree.value(0)
    }

    /// The same into a tree whose storage is used again. After an error the tree's content is of no use.
    static func read(_ bytes: [UInt8], schema: ProtobufSchema?, into tree: inout ValueTree, limits: DocumentLimits) throws(DocumentFailure) {
        try BinaryCursor.read(bytes, into: &tree, limits: limits) { (cursor: inout BinaryCursor, tree: inout ValueTree) throws(DocumentFailure) in
            if let schema {
                tree.unescaped.append(contentsOf: schema.names)
                var message = ProtobufMessage(schema: schema, cursor: cursor)
                try message.read(0, [0..<cursor.end], into: &tree, depth: 1)
                cursor.index = cursor.end
            } else {
                try readNumbered(&cursor, into: &tree)
            }
        }
    }

    static func varint(_ c: inout BinaryCursor) throws(DocumentFailure) -> UInt64 {
        let start = c.index
        var value: UInt64 = 0
        for i in 0..<varintBytesMax {
            let b = try c.byte()
            // What the tenth byte has beyond 64 bits is cut, as every implementation does.
            value |= UInt64(b & 0x7F) << UInt64(7 * i)
            if b < 0x80 { return value }
        }
        throw .malformed(at: start)
    }

    /// The number and wire type of the next field.
    static func tag(_ c: inout BinaryCursor) throws(DocumentFailure) -> (number: Int, type: WireType) {
        let start = c.index, tag = try varint(&c)
        guard c.index - start <= tagBytesMax, tag >> 3 > 0, tag >> 3 <= UInt64(ProtobufSchema.fieldNumberMax), let type = WireType(rawValue: UInt8(tag & 7)) else { throw .malformed(at: start) }
        if type == .groupStart || type == .groupEnd { throw .group(at: start) }
        return (Int(tag >> 3), type)
    }

    private static func readNumbered(_ c: inout BinaryCursor, into tree: inout ValueTree) throws(DocumentFailure) {
        let object = try c.open(.object, from: 0, depth: 1, in: &tree)
        while c.left > 0 {
            let (number, type) = try tag(&c)
            let keyStart = tree.unescaped.count, child = tree.nodes.count, start = c.index
            tree.appendDigits(UInt64(number), isNegative: false)
            let key = BinaryCursor.Key(start: keyStart, count: tree.unescaped.count - keyStart, isUnescaped: true)
            switch type {
            case .counted:
                let count = try varint(&c)
                try c.append(.bytes, try c.range(count), to: &tree)
            case .varint:
                let value = try varint(&c)
                try c.appendNumber(value, from: start, to: &tree)
            default:
                let value = try c.littleEndian(type == .fixed32 ? 4 : 8)
                try c.appendNumber(value, from: start, to: &tree)
            }
            c.name(child, key, in: &tree)
        }
        c.close(object, in: &tree)
    }
}

/// Reads messages by a schema: first where each known field stands, then the values in the order of first occurrences.
private struct ProtobufMessage {
    struct Occurrence {
        /// Index among the message's fields.
        var field: Int
        var isPacked: Bool
        var range: Range<Int>
    }

    let schema: ProtobufSchema
    var cursor: BinaryCursor
    /// Of this message and those around it.
    var occurrences: [Occurrence] = []

    init(schema: ProtobufSchema, cursor: BinaryCursor) { (self.schema, self.cursor) = (schema, cursor) }

    /// - Parameter ranges: where the message stands; several for one that stands several times.
    mutating func read(_ type: Int, _ ranges: [Range<Int>], into tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        let first = occurrences.count, fields = schema.messages[type].fields
        for range in ranges { try collect(fields, range) }
        let last = occurrences.count
        cursor.index = ranges.last?.upperBound ?? cursor.index
        let object = try cursor.open(.object, from: ranges.first?.lowerBound ?? cursor.index, depth: depth, in: &tree)
        var done: UInt64 = 0
        for i in first..<last {
            let f = occurrences[i].field, field = fields[f]
            guard done & 1 << UInt64(f) == 0 else { continue }
            done |= 1 << UInt64(f)
            let child = tree.nodes.count
            if field.isRepeated {
                cursor.index = occurrences[i].range.upperBound
                let array = try cursor.open(.array, from: occurrences[i].range.lowerBound, depth: depth + 1, in: &tree)
                for j in i..<last where occurrences[j].field == f {
                    let occurrence = occurrences[j]
                    if case .message(let inner) = field.sort {
                        try read(inner, [occurrence.range], into: &tree, depth: depth + 2)
                    } else {
                        try scalars(occurrence, field, into: &tree)
                    }
                }
                cursor.close(array, in: &tree)
            } else {
                let kept = kept(f, field, fields, i..<last)
                for j in i..<kept.lowerBound where occurrences[j].field == f { try check(occurrences[j], field, in: &tree, depth: depth + 1) }
                let ranges = occurrences[kept].filter { $0.field == f }.map(\.range)
                guard !ranges.isEmpty else { continue }
                if case .message(let inner) = field.sort {
                    try read(inner, ranges, into: &tree, depth: depth + 1)
                } else if let occurrence = occurrences[kept].last(where: { $0.field == f }) {
                    try scalars(occurrence, field, into: &tree)
                }
            }
            cursor.name(child, BinaryCursor.Key(start: field.nameStart, count: field.name.utf8.count, isUnescaped: true), in: &tree)
        }
        cursor.index = ranges.last?.upperBound ?? cursor.index
        cursor.close(object, in: &tree)
        occurrences.removeSubrange(first...)
    }

    /// Which occurrences of a single field count: of a number or text the last, of a message all, but only those behind
    /// the last other field of its choice.
    private func kept(_ f: Int, _ field: ProtobufSchema.Field, _ fields: [ProtobufSchema.Field], _ span: Range<Int>) -> Range<Int> {
        var start = span.lowerBound
        for j in span.reversed() {
            let other = occurrences[j].field
            if other == f, case .scalar = field.sort {
                start = j
                break
            }
            if other != f, let choice = field.choice, fields[other].choice == choice {
                start = j + 1
                break
            }
        }
        return start..<span.upperBound
    }

    /// What is overridden by something later must still be what it claims to be.
    private mutating func check(_ occurrence: Occurrence, _ field: ProtobufSchema.Field, in tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        switch field.sort {
        case .scalar(.string): if let failure = JSONText.failure(in: cursor.bytes, occurrence.range) { throw failure }
        case .scalar: return
        case .message(let inner):
            let nodes = tree.nodes.count, texts = tree.unescaped.count
            try read(inner, [occurrence.range], into: &tree, depth: depth)
            tree.nodes.removeSubrange(nodes...)
            tree.unescaped.removeSubrange(texts...)
        }
    }

    /// Finds the known fields in a range, and checks the rest for form.
    private mutating func collect(_ fields: [ProtobufSchema.Field], _ range: Range<Int>) throws(DocumentFailure) {
        (cursor.index, cursor.end) = (range.lowerBound, range.upperBound)
        while cursor.left > 0 {
            let (number, type) = try ProtobufReader.tag(&cursor)
            let start = cursor.index, found: Range<Int>
            switch type {
            case .varint:
                _ = try ProtobufReader.varint(&cursor)
                found = start..<cursor.index
            case .counted:
                let count = try ProtobufReader.varint(&cursor)
                found = try cursor.range(count)
            default: found = try cursor.range(type == .fixed32 ? 4 : 8)
            }
            guard let f = fields.firstIndex(where: { $0.number == number }) else { continue }
            let wanted = fields[f].sort.wireType, isPacked = fields[f].isRepeated && type == .counted && wanted != .counted
            guard type == wanted || isPacked else { continue }
            guard occurrences.count < cursor.limits.itemsMax else { throw .tooManyItems(max: cursor.limits.itemsMax) }
            occurrences.append(Occurrence(field: f, isPacked: isPacked, range: found))
        }
    }

    /// The value of one occurrence, or all of a packed one.
    private mutating func scalars(_ occurrence: Occurrence, _ field: ProtobufSchema.Field, into tree: inout ValueTree) throws(DocumentFailure) {
        guard case .scalar(let scalar) = field.sort else { return }
        (cursor.index, cursor.end) = (occurrence.range.lowerBound, occurrence.range.upperBound)
        guard occurrence.isPacked else { return try self.scalar(scalar, occurrence.range, into: &tree) }
        while cursor.left > 0 { try self.scalar(scalar, occurrence.range, into: &tree) }
    }

    private mutating func scalar(_ scalar: ProtobufSchema.Scalar, _ range: Range<Int>, into tree: inout ValueTree) throws(DocumentFailure) {
        let start = cursor.index
        let raw: UInt64 = switch scalar.wireType {
        case .varint: try ProtobufReader.varint(&cursor)
        case .fixed32: try cursor.littleEndian(4)
        case .fixed64: try cursor.littleEndian(8)
        default: 0
        }
        let low = UInt32(truncatingIfNeeded: raw)
        switch scalar {
        case .uint64, .fixed64: try cursor.appendNumber(raw, from: start, to: &tree)
        case .uint32, .fixed32: try cursor.appendNumber(UInt64(low), from: start, to: &tree)
        case .int64, .sfixed64: try cursor.appendSigned(Int64(bitPattern: raw), from: start, to: &tree)
        case .int32, .sfixed32: try cursor.appendSigned(Int64(Int32(bitPattern: low)), from: start, to: &tree)
        // Zigzag: 0, −1, 1, −2 are 0, 1, 2, 3.
        case .sint64: try cursor.appendSigned(Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1), from: start, to: &tree)
        case .sint32: try cursor.appendSigned(Int64(Int32(bitPattern: low >> 1) ^ -Int32(bitPattern: low & 1)), from: start, to: &tree)
        case .float: try cursor.append(Float(bitPattern: low), from: start, to: &tree)
        case .double: try cursor.append(Double(bitPattern: raw), from: start, to: &tree)
        case .bool: try cursor.append(raw != 0 ? .yes : .no, from: start, to: &tree)
        case .string: try cursor.append(.string, range, to: &tree)
        case .bytes: try cursor.append(.bytes, range, to: &tree)
        }
    }
}
