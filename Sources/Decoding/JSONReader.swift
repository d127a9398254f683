import CareModel

/// A strict, bounded reader of JSON (RFC 8259): exact decimals, no recursion into the input beyond the depth limit.
///
/// A UTF-8 byte order mark before the document is passed over, since some devices send one; comments, trailing
/// commas, `NaN`, single quotes, lone surrogates and NUL are refused.
public enum JSONReader {
    /// Reads one document that fills `bytes`.
    public static func read(_ bytes: [UInt8], limits: DocumentLimits = .message) throws(DocumentFailure) -> Value {
        var tree = ValueTree()
        try read(bytes, into: &tree, limits: limits)
        return tree.value(0)
    }

    /// The same into a tree whose storage is used again. After an error the tree's content is of no use.
    static func read(_ bytes: [UInt8], into tree: inout ValueTree, limits: DocumentLimits) throws(DocumentFailure) {
        tree.removeAll()
        guard bytes.count <= limits.bytesMax else { throw .tooLong(bytes: bytes.count, max: limits.bytesMax) }
        tree.source = bytes
        let failure: DocumentFailure? = bytes.withUnsafeBufferPointer { buffer in
            var cursor = JSONCursor(bytes: buffer, limits: limits)
            do throws(DocumentFailure) {
                if buffer.count >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF { cursor.index = 3 }
                try cursor.value(into: &tree, depth: 1)
                cursor.skipSpace()
                if cursor.index < buffer.count { throw cursor.stray(at: cursor.index) }
                return nil
            } catch { return error }
        }
        if let failure { throw failure }
    }
}

/// Walks over the bytes of one document.
private struct JSONCursor {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: DocumentLimits
    var index = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: DocumentLimits) { (self.bytes, self.limits) = (bytes, limits) }

    @inline(__always)
    mutating func skipSpace() {
        while index < bytes.count {
            let b = bytes[index]
            guard b == 0x20 || b == 0x0A || b == 0x0D || b == 0x09 else { return }
            index += 1
        }
    }

    /// What to say about a byte that can't stand where it stands.
    func stray(at i: Int) -> DocumentFailure {
        guard i < bytes.count else { return .truncated }
        if bytes[i] == 0 { return .nul(at: i) }
        if bytes[i] >= 0x80, JSONText.sequenceCount(bytes, at: i) == 0 { return .notUTF8(at: i) }
        return .malformed(at: i)
    }

    mutating func value(into tree: inout ValueTree, depth: Int) throws(DocumentFailure) {
        skipSpace()
        guard index < bytes.count else { throw .truncated }
        guard tree.nodes.count < limits.itemsMax else { throw .tooManyItems(max: limits.itemsMax) }
        switch bytes[index] {
        case 0x7B: try container(into: &tree, depth: depth, isObject: true)
        case 0x5B: try container(into: &tree, depth: depth, isObject: false)
        case 0x22:
            var node = ValueTree.Node(sort: .string)
            let span = try JSONText.string(bytes, &index, &tree.unescaped)
            (node.start, node.count, node.isTextUnescaped) = (span.start, span.count, span.isUnescaped)
            (node.sourceStart, node.sourceCount) = (span.sourceStart, span.sourceCount)
            append(node, to: &tree)
        case 0x74: try word([0x74, 0x72, 0x75, 0x65], .yes, into: &tree)
        case 0x66: try word([0x66, 0x61, 0x6C, 0x73, 0x65], .no, into: &tree)
        case 0x6E: try word([0x6E, 0x75, 0x6C, 0x6C], .null, into: &tree)
        default: try number(into: &tree)
        }
    }

    @inline(__always)
    func append(_ node: ValueTree.Node, to tree: inout ValueTree) {
        var node = node
        node.next = Int32(truncatingIfNeeded: tree.nodes.count + 1)
        tree.nodes.append(node)
    }

    mutating func container(into tree: inout ValueTree, depth: Int, isObject: Bool) throws(DocumentFailure) {
        guard depth <= limits.depthMax else { throw .tooDeep(max: limits.depthMax) }
        let this = tree.nodes.count, opening = index
        append(ValueTree.Node(sort: isObject ? .object : .array), to: &tree)
        let close: UInt8 = isObject ? 0x7D : 0x5D
        index += 1
        skipSpace()
        if index < bytes.count, bytes[index] == close {
            index += 1
        } else {
            while true {
                var key: JSONText.Range?
                if isObject {
                    skipSpace()
                    guard index < bytes.count else { throw .truncated }
                    guard bytes[index] == 0x22 else { throw stray(at: index) }
                    key = try JSONText.string(bytes, &index, &tree.unescaped)
                    skipSpace()
                    guard index < bytes.count else { throw .truncated }
                    guard bytes[index] == 0x3A else { throw stray(at: index) }
                    index += 1
                }
                let child = tree.nodes.count
                try value(into: &tree, depth: depth + 1)
                if let key {
                    tree.nodes[child].keyStart = key.start
                    tree.nodes[child].keyCount = key.count
                    tree.nodes[child].isKeyUnescaped = key.isUnescaped
                }
                skipSpace()
                guard index < bytes.count else { throw .truncated }
                if bytes[index] == 0x2C { index += 1; continue }
                guard bytes[index] == close else { throw stray(at: index) }
                index += 1
                break
            }
        }
        tree.nodes[this].next = Int32(truncatingIfNeeded: tree.nodes.count)
        (tree.nodes[this].sourceStart, tree.nodes[this].sourceCount) = (Int32(truncatingIfNeeded: opening), Int32(truncatingIfNeeded: index - opening))
    }

    mutating func word(_ letters: StaticLetters, _ sort: ValueTree.Sort, into tree: inout ValueTree) throws(DocumentFailure) {
        let start = index
        for letter in letters {
            guard index < bytes.count else { throw .truncated }
            guard bytes[index] == letter else { throw notFinite(start) ?? stray(at: index) }
            index += 1
        }
        var node = ValueTree.Node(sort: sort)
        place(&node, start)
        append(node, to: &tree)
    }

    mutating func number(into tree: inout ValueTree) throws(DocumentFailure) {
        let start = index
        guard let (found, end) = DecimalNumber.read(bytes, from: index, to: bytes.count) else {
            if let failure = notFinite(start) { throw failure }
            guard bytes[start] == 0x2D || bytes[start] &- 48 <= 9 else { throw stray(at: start) }
            var last = start
            while last < bytes.count, bytes[last] &- 48 <= 9 || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(bytes[last]) { last += 1 }
            throw last == bytes.count ? .truncated : .malformed(at: start)
        }
        var node = ValueTree.Node(sort: .number)
        index = end
        node.significand = found.significand
        node.exponent = Int32(clamping: found.exponent)
        place(&node, start)
        append(node, to: &tree)
    }

    @inline(__always)
    func place(_ node: inout ValueTree.Node, _ start: Int) {
        (node.start, node.count) = (Int32(truncatingIfNeeded: start), Int32(truncatingIfNeeded: index - start))
        (node.sourceStart, node.sourceCount) = (node.start, node.count)
    }

    /// `NaN`, `nan`, `Infinity`, `-inf` and their like.
    func notFinite(_ start: Int) -> DocumentFailure? {
        var i = start
        if bytes[i] == 0x2D || bytes[i] == 0x2B { i += 1 }
        func starts(_ word: [UInt8]) -> Bool { i + word.count <= bytes.count && (0..<word.count).allSatisfy { bytes[i + $0] | 0x20 == word[$0] } }
        return starts([0x6E, 0x61, 0x6E]) || starts([0x69, 0x6E, 0x66]) ? .notFinite(at: start) : nil
    }

    typealias StaticLetters = [UInt8]
}
