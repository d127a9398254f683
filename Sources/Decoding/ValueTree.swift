import CareModel

/// A document as one flat list of nodes over its bytes: nothing is copied and nothing allocated once the list has grown.
///
/// The hot path reads this; `Value` is made from it where convenience counts more than time.
struct ValueTree: Sendable {
    enum Sort: UInt8, Sendable { case null, no, yes, number, string, bytes, array, object }

    struct Node: Sendable {
        var sort: Sort
        /// The text or the key doesn't stand in the source as it is: strings with escapes or in pieces, and numbers that
        /// came in binary, whose digits are written out. It stands in `unescaped`.
        var isTextUnescaped = false
        var isKeyUnescaped = false
        var exponent: Int32 = 0
        var keyStart: Int32 = 0
        var keyCount: Int32 = 0
        /// Where the value's text is: of a string without its quotation marks, of bytes the bytes themselves.
        var start: Int32 = 0
        var count: Int32 = 0
        /// Index behind this node and everything inside it.
        var next: Int32 = 0
        /// Where the value stands in the source: of a string its inside, of a container all of it.
        var sourceStart: Int32 = 0
        var sourceCount: Int32 = 0
        var significand: Int64 = 0
    }

    var source: [UInt8] = []
    var nodes: [Node] = []
    var unescaped: [UInt8] = []

    mutating func removeAll() {
        nodes.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
    }

    func sort(_ node: Int) -> Sort { nodes[node].sort }
    func number(_ node: Int) -> DecimalNumber { DecimalNumber(nodes[node].significand, exponent: Int(nodes[node].exponent)) }

    /// The member of an object by its key, the first of several; -1 when there is none.
    func member(_ key: [UInt8], of object: Int) -> Int {
        guard nodes[object].sort == .object else { return -1 }
        return nodes.withUnsafeBufferPointer { nodes in
            source.withUnsafeBufferPointer { source in
                let end = Int(nodes[object].next), count = key.count
                var child = object + 1
                while child < end {
                    if Int(nodes[child].keyCount) == count {
                        let start = Int(nodes[child].keyStart)
                        var i = 0
                        if nodes[child].isKeyUnescaped {
                            while i < count, unescaped[start + i] == key[i] { i += 1 }
                        } else {
                            while i < count, source[start + i] == key[i] { i += 1 }
                        }
                        if i == count { return child }
                    }
                    child = Int(nodes[child].next)
                }
                return -1
            }
        }
    }

    /// The item of an array, counted from its end when `index` is negative; -1 when there is none.
    func item(_ index: Int, of array: Int) -> Int {
        guard nodes[array].sort == .array else { return -1 }
        var child = array + 1, left = index
        if index < 0 {
            var count = 0
            while child < Int(nodes[array].next) { count += 1; child = Int(nodes[child].next) }
            left += count
            if left < 0 { return -1 }
            child = array + 1
        }
        while child < Int(nodes[array].next) {
            if left == 0 { return child }
            left -= 1
            child = Int(nodes[child].next)
        }
        return -1
    }

    /// The indices of what stands directly inside an array or object.
    func children(of container: Int) -> [Int] {
        guard nodes[container].sort == .array || nodes[container].sort == .object else { return [] }
        var found: [Int] = [], child = container + 1
        while child < Int(nodes[container].next) {
            found.append(child)
            child = Int(nodes[child].next)
        }
        return found
    }

    /// Calls `body` with the bytes of a string's text, of a number as it was written, or with bytes as they are.
    func withText<T>(_ node: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        let n = nodes[node]
        let range = Int(n.start)..<Int(n.start) + Int(n.count)
        return (n.isTextUnescaped ? unescaped : source).withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    func string(_ node: Int) -> String { withText(node) { String(decoding: $0, as: UTF8.self) } }

    func key(_ node: Int) -> String {
        let n = nodes[node]
        let range = Int(n.keyStart)..<Int(n.keyStart) + Int(n.keyCount)
        return (n.isKeyUnescaped ? unescaped : source).withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
    }

    func value(_ node: Int) -> Value {
        switch nodes[node].sort {
        case .null: .null
        case .no: .bool(false)
        case .yes: .bool(true)
        case .number: .number(number(node))
        case .string: .string(string(node))
        case .bytes: .bytes(withText(node) { Array($0) })
        case .array: .array(children(of: node).map { value($0) })
        case .object: .object(children(of: node).map { Value.Member(key: key($0), value: value($0)) })
        }
    }
}
