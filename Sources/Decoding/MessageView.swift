import CareModel

/// One message as paths see it. Reused from message to message, so that reading one allocates nothing.
struct MessageView: Sendable {
    var tree = ValueTree()
    var captures: [String] = []
    /// The values of the binary part's fields.
    var fields: [Int64?] = []
    /// The node that is read now: the document, or an item of it.
    var item = 0
    var payloadCount = 0
    /// The payload as text, for messages that aren't JSON.
    var text: String?

    /// What a path leads to.
    enum Found {
        case none
        case node(Int)
        case text(String)
        case number(DecimalNumber)
    }

    /// The node of a path into the document; nil when there is none.
    func node(_ path: FieldPath) -> Int? {
        guard path.origin == .item || path.origin == .document, !tree.nodes.isEmpty else { return nil }
        if let key = path.soleKey {
            let found = tree.member(key, of: item)
            return found < 0 ? nil : found
        }
        var node = path.origin == .item ? item : 0
        for step in path.steps {
            switch step {
            case .key(let key): node = tree.member(key, of: node)
            case .index(let index): node = tree.item(index, of: node)
            case .match(let key, let literal):
                node = tree.children(of: node).first { child in
                    let member = tree.member(key, of: child)
                    return member >= 0 && matches(.node(member), literal)
                } ?? -1
            }
            if node < 0 { return nil }
        }
        return node
    }

    func find(_ path: FieldPath) -> Found {
        switch path.origin {
        case .item, .document:
            guard let node = node(path) else { return .none }
            return .node(node)
        case .topic(let index): return .text(captures[index])
        case .field(let index): return fields[index].map { .number(DecimalNumber($0)) } ?? .none
        case .text: return text.map { .text($0) } ?? .none
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
        case .node(let node): !(tree.sort(node) == .null || tree.sort(node) == .string && tree.nodes[node].count == 0)
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
            }
        }
        return true
    }

    /// The text of a string or number, for identities and times; nil for what has none.
    func plainText(_ found: Found) -> String? {
        switch found {
        case .none: nil
        case .text(let text): text
        case .number(let number): number.wholeNumber.map { String($0) }
        case .node(let node): tree.sort(node) == .string || tree.sort(node) == .number ? tree.string(node) : nil
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

    /// What `each` runs over; the document itself where a shape has none.
    func items(of compiled: CompiledShape) -> [Int] {
        guard let each = compiled.each else { return tree.nodes.isEmpty ? [] : [0] }
        return node(each).map { tree.children(of: $0) } ?? []
    }

    func fill(_ template: TextTemplate) -> String? {
        var out = ""
        for part in template.parts {
            switch part {
            case .literal(let text): out += text
            case .capture(let index): out += captures[index]
            case .field(let path):
                guard let text = plainText(find(path)), !text.isEmpty else { return nil }
                out += text
            }
        }
        return out
    }
}
