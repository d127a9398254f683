import CareModel

/// One message as paths see it. Reused from message to message, so that reading one allocates nothing.
struct MessageView: Sendable {
    var tree = ValueTree()
    var captures: [String] = []
    /// The node that is read now: the document, or an item of it.
    var item = 0
    /// The items of the loops around the current one, the outermost first.
    var outer: [Int] = []
    /// Where the document that each step of `decode` unpacked begins; -1 = absent.
    var parts: [Int] = []
    /// The first thing that could not be unpacked.
    var fault: (reason: RejectionReason, text: String)?
    /// Where the document itself ends; behind it stands what was unpacked.
    var base = ValueTree.Mark(nodes: 0, texts: 0)
    var payloadCount = 0

    /// What a path leads to.
    enum Found {
        case none
        case node(Int)
        case text(String)
        case number(DecimalNumber)
    }

    /// The node of a path into the document; nil when there is none.
    func node(_ path: FieldPath) -> Int? {
        guard !tree.nodes.isEmpty else { return nil }
        if let key = path.soleKey {
            let found = tree.member(key, of: item)
            return found < 0 ? nil : found
        }
        let start: Int
        switch path.origin {
        case .item: start = item
        case .document: start = 0
        case .text:
            guard tree.sort(0) == .string else { return nil }
            start = 0
        case .outer(let count):
            guard count <= outer.count else { return nil }
            start = outer[outer.count - count]
        case .part(let index):
            guard index < parts.count, parts[index] >= 0 else { return nil }
            start = parts[index]
        case .key, .length, .topic: return nil
        }
        var node = start
        for step in path.steps {
            switch step {
            case .key(let key): node = tree.member(key, of: node)
            case .index(let index): node = tree.item(index, of: node)
            case .match(let keys, let literal): node = tree.children(of: node).first { contains($0, keys[...], literal) } ?? -1
            case .greatest(let key): node = greatest(key, of: node)
            case .all: return nil
            }
            if node < 0 { return nil }
        }
        return node
    }

    /// The item whose number under the key is the greatest, the first of several; -1 when there is none.
    private func greatest(_ key: [UInt8], of list: Int) -> Int {
        var best = -1, most: DecimalNumber?
        for child in tree.children(of: list) {
            let member = tree.member(key, of: child)
            guard member >= 0, let number = number(.node(member)) else { continue }
            if most.map({ $0.isLess(than: number) }) ?? true { (best, most) = (child, number) }
        }
        return best
    }

    /// Whether the value under `keys` is the literal; of a list on the way any item will do.
    private func contains(_ node: Int, _ keys: ArraySlice<[UInt8]>, _ literal: Literal) -> Bool {
        if tree.sort(node) == .array, !keys.isEmpty { return tree.children(of: node).contains { contains($0, keys, literal) } }
        guard let key = keys.first else { return matches(.node(node), literal) }
        let member = tree.member(key, of: node)
        return member >= 0 && contains(member, keys.dropFirst(), literal)
    }

    func find(_ path: FieldPath) -> Found {
        switch path.origin {
        case .item, .document, .outer, .part, .text:
            guard let node = node(path) else { return .none }
            return .node(node)
        case .topic(let index): return .text(captures[index])
        case .key: return tree.nodes.isEmpty || tree.nodes[item].keyCount == 0 ? .none : .text(tree.key(item))
        case .length: return .number(DecimalNumber(Int64(payloadCount)))
        }
    }

    /// Absent, null and the empty text are all "nothing said".
    func isPresent(_ found: Found) -> Bool {
        switch found {
        case .none: false
        case .number: true
        case .text(let text): !text.isEmpty
        case .node(let node): !(tree.sort(node) == .null || (tree.sort(node) == .string || tree.sort(node) == .bytes) && tree.nodes[node].count == 0)
        }
    }

    func matches(_ found: Found, _ literal: Literal) -> Bool {
        switch found {
        case .none: return false
        case .number(let number): return literal.number == number.normalised
        case .text(let text):
            let bytes = literal.bytes
            return text.utf8.count == bytes.count && text.utf8.elementsEqual(bytes)
        case .node(let node):
            switch tree.sort(node) {
            case .yes: return literal.flag == true
            case .no: return literal.flag == false
            case .number: return literal.number == tree.number(node).normalised
            case .string: return tree.withText(node) { $0.count == literal.bytes.count && $0.elementsEqual(literal.bytes) }
            case .null: return literal.bytes == [0x6E, 0x75, 0x6C, 0x6C]
            case .bytes, .array, .object: return false
            }
        }
    }

    func holds(_ conditions: [Condition]) -> Bool {
        for condition in conditions {
            let found = find(condition.path)
            switch condition.test {
            case .present(let wanted):
                if isPresent(found) != wanted { return false }
            case .among(let literals):
                if !literals.contains(where: { matches(found, $0) }) { return false }
            case .notAmong(let literals):
                if literals.contains(where: { matches(found, $0) }) { return false }
            case .between(let least, let most):
                guard let number = number(found) else { return false }
                if let least, number.isLess(than: least) { return false }
                if let most, most.isLess(than: number) { return false }
            case .like(let patterns):
                guard let text = plainText(found), patterns.contains(where: { $0.match(text) != nil }) else { return false }
            case .bit(let index, let wanted):
                guard let whole = whole(found, radix: 10) else { return false }
                if (BitRange(lowest: index, count: 1).of(whole) == 1) != wanted { return false }
            case .version(let from, let before):
                guard let version = plainText(found).flatMap({ FirmwareVersion($0) }) else { return false }
                if let from, version.isBefore(from) { return false }
                if let before, !version.isBefore(before) { return false }
            case .object(let wanted):
                guard case .node(let node) = found else { return false }
                if (tree.sort(node) == .object) != wanted { return false }
            }
        }
        return true
    }

    /// A whole number, of a text in `radix` with or without `0x`.
    func whole(_ found: Found, radix: Int) -> Int64? {
        guard radix != 10 else { return number(found)?.wholeNumber }
        guard var text = plainText(found)?[...] else { return nil }
        if radix == 16, text.hasPrefix("0x") || text.hasPrefix("0X") { text = text.dropFirst(2) }
        return UInt64(text, radix: radix).map { Int64(bitPattern: $0) }
    }

    /// The text of a string or number, for identities and times; nil for what has none.
    func plainText(_ found: Found) -> String? {
        switch found {
        case .none: nil
        case .text(let text): text
        case .number(let number): number.wholeNumber.map { String($0) }
        case .node(let node):
            switch tree.sort(node) {
            case .string: tree.string(node)
            // A number out of bytes has no text of its own.
            case .number: tree.nodes[node].count > 0 ? tree.string(node) : tree.number(node).wholeNumber.map { String($0) }
            default: nil
            }
        }
    }

    /// The number that a value is, texts of digits included.
    func number(_ found: Found) -> DecimalNumber? {
        switch found {
        case .none: nil
        case .number(let number): number
        case .text(let text): DecimalNumber(text)
        case .node(let node):
            switch tree.sort(node) {
            case .number: tree.number(node)
            case .string: tree.withText(node) { DecimalNumber.whole($0, from: 0, to: $0.count) }
            default: nil
            }
        }
    }

    static let document = [[0]]

    /// For each item of `each` the items of the loops around it and itself, in order of the document.
    ///
    /// Without an `each` the document itself is the only item.
    func scopes(of each: FieldPath?) -> [[Int]] {
        guard !tree.nodes.isEmpty else { return [] }
        guard let each else { return MessageView.document }
        var start = 0
        if case .part(let index) = each.origin {
            guard index < parts.count, parts[index] >= 0 else { return [] }
            start = parts[index]
        }
        var found: [[Int]] = [[start]], current: [[Int]] = []
        func step(_ advance: (Int) -> [Int], isLoop: Bool) {
            current.removeAll(keepingCapacity: true)
            for scopes in found {
                for next in advance(scopes.last ?? 0) { current.append(isLoop ? scopes + [next] : scopes.dropLast() + [next]) }
            }
            swap(&found, &current)
        }
        for one in each.steps {
            switch one {
            case .key(let key): step({ let n = tree.member(key, of: $0); return n < 0 ? [] : [n] }, isLoop: false)
            case .index(let index): step({ let n = tree.item(index, of: $0); return n < 0 ? [] : [n] }, isLoop: false)
            case .match(let keys, let literal): step({ tree.children(of: $0).first { contains($0, keys[...], literal) }.map { [$0] } ?? [] }, isLoop: false)
            case .greatest(let key): step({ let n = greatest(key, of: $0); return n < 0 ? [] : [n] }, isLoop: false)
            case .all:
                // The loop's own item stays in reach as `^`; the list that held it does not.
                step({ tree.children(of: $0) }, isLoop: false)
                found = found.map { $0 + [$0.last ?? 0] }
            }
        }
        step({ tree.children(of: $0) }, isLoop: false)
        return found
    }

    func fill(_ template: TextTemplate, star: String? = nil) -> String? {
        var out = ""
        for part in template.parts {
            switch part {
            case .literal(let text): out += text
            case .capture(let index): out += captures[index]
            case .star:
                guard let star else { return nil }
                out += star
            case .field(let path, let form):
                guard let text = text(find(path), form), !text.isEmpty else { return nil }
                out += text
            }
        }
        return out
    }

    private func text(_ found: Found, _ form: TextTemplate.Form) -> String? {
        switch form {
        case .plain: return plainText(found)
        case .hex(let digits):
            // Some firmware writes an unsigned number as a signed one.
            guard let number = number(found)?.wholeNumber else { return nil }
            let bits = min(digits * 4, 64)
            let text = String(BitRange(lowest: 0, count: bits).of(number), radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        case .slice(let from, let to):
            guard let text = plainText(found), to <= text.utf8.count, let slice = String(text.utf8.dropFirst(from).prefix(to - from)) else { return nil }
            return slice
        }
    }
}

extension DecimalNumber {
    /// Exact for all numbers that differ by less than eighteen digits.
    func isLess(than other: DecimalNumber) -> Bool {
        let (x, y) = (normalised, other.normalised)
        let low = min(x.exponent, y.exponent)
        let left = DecimalNumber(x.significand, exponent: x.exponent - low).scaled(decimals: 0)
        let right = DecimalNumber(y.significand, exponent: y.exponent - low).scaled(decimals: 0)
        if let left, let right { return left < right }
        // One of them is beyond 64 bits: its sign decides.
        return left == nil ? x.significand < 0 : y.significand > 0
    }
}
