import CareModel

/// Walks over the bytes of a binary document and puts what it finds into a tree: what CBOR, MessagePack and protobuf share.
struct BinaryCursor {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: DocumentLimits
    var index = 0
    /// Where the part that is read now ends.
    var end: Int

    /// Where a key's text stands in the tree.
    struct Key {
        var start: Int
        var count: Int
        var isUnescaped: Bool
    }

    /// Prepares `tree` and reads one document with `body`, which leaves `index` behind it.
    static func read(
        _ bytes: [UInt8], into tree: inout ValueTree, limits: DocumentLimits,
        _ body: (inout BinaryCursor, inout ValueTree) throws(DocumentFailure) -> Void
    ) throws(DocumentFailure) {
        tree.removeAll()
        guard bytes.count <= limits.bytesMax else { throw .tooLong(bytes: bytes.count, max: limits.bytesMax) }
        tree.source = bytes
        let failure: DocumentFailure? = bytes.withUnsafeBufferPointer { buffer in
            var cursor = BinaryCursor(bytes: buffer, limits: limits, end: buffer.count)
            do throws(DocumentFailure) {
                try body(&cursor, &tree)
                if cursor.index < buffer.count { throw .malformed(at: cursor.index) }
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
    }

    var left: Int { end - index }

    mutating func byte() throws(DocumentFailure) -> UInt8 {
        guard index < end else { throw .truncated }
        index += 1
        return bytes[index - 1]
    }

    /// The next `count` bytes, at most eight, as one number with the highest byte first.
    mutating func bigEndian(_ count: Int) throws(DocumentFailure) -> UInt64 {
        guard count <= left else { throw .truncated }
        var value: UInt64 = 0
        for i in index..<index + count { value = value << 8 | UInt64(bytes[i]) }
        index += count
        return value
    }

    /// The same with the lowest byte first.
    mutating func littleEndian(_ count: Int) throws(DocumentFailure) -> UInt64 {
        let value = try bigEndian(count)
        return value.byteSwapped >> UInt64(64 - 8 * count)
    }

    /// Passes over `count` bytes.
    mutating func range(_ count: UInt64) throws(DocumentFailure) -> Range<Int> {
        guard count <= UInt64(left) else { throw .truncated }
        index += Int(count)
        return index - Int(count)..<index
    }

    /// Adds a node that begins at `start` in the source and ends at `index`.
    @discardableResult
    func append(_ sort: ValueTree.Sort, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) -> Int {
        guard tree.nodes.count < limits.itemsMax else { throw .tooManyItems(max: limits.itemsMax) }
        var node = ValueTree.Node(sort: sort)
        node.next = Int32(truncatingIfNeeded: tree.nodes.count + 1)
        (node.sourceStart, node.sourceCount) = (Int32(truncatingIfNeeded: start), Int32(truncatingIfNeeded: index - start))
        tree.nodes.append(node)
        return tree.nodes.count - 1
    }

    /// Opens an array or object; `close` ends it.
    func open(_ sort: ValueTree.Sort, from start: Int, depth: Int, in tree: inout ValueTree) throws(DocumentFailure) -> Int {
        guard depth <= limits.depthMax else { throw .tooDeep(max: limits.depthMax) }
        return try append(sort, from: start, to: &tree)
    }

    func close(_ container: Int, in tree: inout ValueTree) {
        tree.nodes[container].next = Int32(truncatingIfNeeded: tree.nodes.count)
        tree.nodes[container].sourceCount = Int32(truncatingIfNeeded: index) - tree.nodes[container].sourceStart
    }

    func name(_ child: Int, _ key: Key, in tree: inout ValueTree) {
        tree.nodes[child].keyStart = Int32(truncatingIfNeeded: key.start)
        tree.nodes[child].keyCount = Int32(truncatingIfNeeded: key.count)
        tree.nodes[child].isKeyUnescaped = key.isUnescaped
    }

    /// Text, checked, or bytes that stand in the source.
    func append(_ sort: ValueTree.Sort, _ range: Range<Int>, to tree: inout ValueTree) throws(DocumentFailure) {
        if sort == .string, let failure = JSONText.failure(in: bytes, range) { throw failure }
        let node = try append(sort, from: range.lowerBound, to: &tree)
        let (start, count) = (Int32(truncatingIfNeeded: range.lowerBound), Int32(truncatingIfNeeded: range.count))
        (tree.nodes[node].start, tree.nodes[node].count, tree.nodes[node].sourceStart, tree.nodes[node].sourceCount) = (start, count, start, count)
    }

    /// Text or bytes that were put together in `unescaped` from `textStart` on.
    func append(_ sort: ValueTree.Sort, unescapedFrom textStart: Int, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) {
        let node = try append(sort, from: start, to: &tree)
        tree.nodes[node].isTextUnescaped = true
        tree.nodes[node].start = Int32(truncatingIfNeeded: textStart)
        tree.nodes[node].count = Int32(truncatingIfNeeded: tree.unescaped.count - textStart)
    }

    /// A whole number; its digits are written out, for identities and times.
    func appendNumber(_ magnitude: UInt64, isNegative: Bool = false, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) {
        let textStart = tree.unescaped.count
        tree.appendDigits(magnitude, isNegative: isNegative)
        try appendNumber(unescapedFrom: textStart, from: start, to: &tree)
    }

    func appendSigned(_ value: Int64, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) {
        try appendNumber(value.magnitude, isNegative: value < 0, from: start, to: &tree)
    }

    /// The number whose text stands in `unescaped` from `textStart` on.
    func appendNumber(unescapedFrom textStart: Int, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) {
        let number = tree.unescaped.withUnsafeBufferPointer { DecimalNumber.whole($0, from: textStart, to: $0.count) }
        guard let number else { throw .malformed(at: start) }
        try append(.number, unescapedFrom: textStart, from: start, to: &tree)
        tree.nodes[tree.nodes.count - 1].significand = number.significand
        tree.nodes[tree.nodes.count - 1].exponent = Int32(clamping: number.exponent)
    }

    /// The shortest decimal that stands for the number; `NaN`, `Infinity` and `-Infinity` become those texts, which
    /// a profile may name as sentinels: one dead sensor must not cost the rest of the message.
    func append(_ value: Double, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) { try append(float: value.description, value.isFinite, value.isNaN, from: start, to: &tree) }

    func append(_ value: Float, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) { try append(float: value.description, value.isFinite, value.isNaN, from: start, to: &tree) }

    private func append(float text: String, _ isFinite: Bool, _ isNaN: Bool, from start: Int, to tree: inout ValueTree) throws(DocumentFailure) {
        let textStart = tree.unescaped.count
        guard isFinite else {
            tree.unescaped.append(contentsOf: (isNaN ? "NaN" : text.utf8.first == 0x2D ? "-Infinity" : "Infinity").utf8)
            return try append(.string, unescapedFrom: textStart, from: start, to: &tree)
        }
        tree.unescaped.append(contentsOf: text.utf8)
        if tree.unescaped.suffix(2) == [0x2E, 0x30] { tree.unescaped.removeLast(2) }
        try appendNumber(unescapedFrom: textStart, from: start, to: &tree)
    }
}

extension ValueTree {
    /// Writes a whole number's digits to the end of `unescaped`.
    mutating func appendDigits(_ magnitude: UInt64, isNegative: Bool) {
        if isNegative { unescaped.append(0x2D) }
        let first = unescaped.count
        var rest = magnitude
        repeat {
            unescaped.append(48 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        unescaped[first...].reverse()
    }
}
