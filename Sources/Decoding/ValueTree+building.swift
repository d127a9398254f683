import CareModel

/// How readers of other formats than JSON make a document: texts that don't stand in the source are kept in `unescaped`.
extension ValueTree {
    /// Where a document ends, so that what is unpacked out of it later can be taken away again.
    struct Mark: Hashable, Sendable {
        var nodes: Int
        var texts: Int
    }

    var mark: Mark { Mark(nodes: nodes.count, texts: unescaped.count) }

    mutating func cut(to mark: Mark) {
        if nodes.count > mark.nodes { nodes.removeLast(nodes.count - mark.nodes) }
        if unescaped.count > mark.texts { unescaped.removeLast(unescaped.count - mark.texts) }
    }

    /// Begins an array or object; `close` ends it.
    mutating func open(_ sort: Sort, key: [UInt8]? = nil) -> Int {
        append(Node(sort: sort), key: key)
        return nodes.count - 1
    }

    mutating func close(_ container: Int) { nodes[container].next = Int32(truncatingIfNeeded: nodes.count) }

    mutating func add(_ number: DecimalNumber, key: [UInt8]? = nil) {
        var node = Node(sort: .number)
        (node.significand, node.exponent) = (number.significand, Int32(clamping: number.exponent))
        append(node, key: key)
    }

    mutating func add(_ flag: Bool, key: [UInt8]? = nil) { append(Node(sort: flag ? .yes : .no), key: key) }

    mutating func addNull(key: [UInt8]? = nil) { append(Node(sort: .null), key: key) }

    /// A text, or bytes that are none when `sort` is `.bytes`.
    mutating func add(text: some Collection<UInt8>, as sort: Sort = .string, key: [UInt8]? = nil) {
        var node = Node(sort: sort)
        (node.start, node.count, node.isTextUnescaped) = (Int32(truncatingIfNeeded: unescaped.count), Int32(truncatingIfNeeded: text.count), true)
        unescaped.append(contentsOf: text)
        append(node, key: key)
    }

    private mutating func append(_ node: Node, key: [UInt8]?) {
        var node = node
        if let key {
            (node.keyStart, node.keyCount, node.isKeyUnescaped) = (Int32(truncatingIfNeeded: unescaped.count), Int32(truncatingIfNeeded: key.count), true)
            unescaped.append(contentsOf: key)
        }
        node.next = Int32(truncatingIfNeeded: nodes.count + 1)
        nodes.append(node)
    }

    /// Copies a document, or a part of one, behind this one; gives its first node.
    @discardableResult
    mutating func graft(_ other: ValueTree, from node: Int = 0, key: [UInt8]? = nil) -> Int {
        let root = nodes.count
        copy(other, node, key: key)
        return root
    }

    private mutating func copy(_ other: ValueTree, _ node: Int, key: [UInt8]?) {
        switch other.sort(node) {
        case .null: addNull(key: key)
        case .yes: add(true, key: key)
        case .no: add(false, key: key)
        case .number: add(other.number(node), key: key)
        case .string, .bytes: other.withText(node) { add(text: $0, as: other.sort(node), key: key) }
        case .array, .object:
            let container = open(other.sort(node), key: key)
            for child in other.children(of: node) {
                copy(other, child, key: other.sort(node) == .object ? other.withKey(child) { Array($0) } : nil)
            }
            close(container)
        }
    }

    func withKey<T>(_ node: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        let n = nodes[node]
        let range = Int(n.keyStart)..<Int(n.keyStart) + Int(n.keyCount)
        return (n.isKeyUnescaped ? unescaped : source).withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }
}
