import CareModel

/// One step of `decode`: a value of the message that holds another document.
struct Unpacking: Sendable {
    enum Encoding: String, CaseIterable, Sendable { case none, base64, hex }

    enum Form: Sendable {
        case document(PayloadFormat)
        case table(TypeLengthTable)
        case layout([BinaryField])
    }

    static let stepsMax = 8

    var name: String
    var path: FieldPath
    var encoding: Encoding
    var form: Form
    /// The step counts only for so many bytes: frames that are told apart by their length.
    var lengths: ClosedRange<Int>?
    var when: [Condition]
    /// A value that can't be read is no fault: it only gives nothing.
    var isOptional: Bool
}

extension MessageView {
    /// Takes one step; the part is absent where its value is, or where its conditions don't hold.
    mutating func take(_ step: Unpacking, as index: Int) {
        while parts.count <= index { parts.append(-1) }
        parts[index] = -1
        guard step.when.isEmpty || holds(step.when) else { return }
        guard let node = node(step.path), tree.sort(node) == .string || tree.sort(node) == .bytes, tree.nodes[node].count > 0 else {
            if !step.isOptional { fault = fault ?? (.missingField, "\"\(step.path.text)\" with the device's bytes is missing") }
            return
        }
        let bytes: [UInt8]? = tree.withText(node) {
            switch step.encoding {
            case .none: Array($0)
            case .base64: Base64.decode($0)
            case .hex: HexDigits.decode($0)
            }
        }
        guard let bytes else {
            if !step.isOptional { fault = fault ?? (.malformed, "\"\(step.path.text)\" is not \(step.encoding == .base64 ? "base64" : "hexadecimal")") }
            return
        }
        if let lengths = step.lengths, !lengths.contains(bytes.count) { return }
        let mark = tree.mark, root = tree.nodes.count
        var found: (RejectionReason, String)?
        switch step.form {
        case .table(let table): found = table.read(bytes[...], into: &tree)
        case .layout(let fields):
            if let last = fields.map(\.end).max(), last > bytes.count {
                found = (.truncated, "\"\(step.path.text)\" has \(bytes.count) bytes, the profile reads \(last)")
            } else {
                let object = tree.open(.object)
                for field in fields { field.add(bytes[...], to: &tree) }
                tree.close(object)
            }
        case .document(let format):
            var inner = ValueTree()
            do throws(DocumentFailure) {
                try format.read(bytes, into: &inner)
                if !inner.nodes.isEmpty { tree.graft(inner) }
            } catch { found = (error.reason, "\"\(step.path.text)\": " + error.text) }
        }
        if tree.nodes.count > root { parts[index] = root } else { tree.cut(to: mark) }
        if let found, !step.isOptional { fault = fault ?? found }
    }
}
