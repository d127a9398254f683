import CareModel

/// What the numbers of a protobuf document mean: messages with named fields. Data, so that a new definition needs no code.
struct ProtobufSchema: Sendable {
    enum Scalar: String, CaseIterable, Sendable {
        case int32, int64, uint32, uint64, sint32, sint64, bool, fixed32, sfixed32, float, fixed64, sfixed64, double, string, bytes

        /// How a single value stands on the wire; enumerations are `int32`.
        var wireType: ProtobufReader.WireType {
            switch self {
            case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool: .varint
            case .fixed32, .sfixed32, .float: .fixed32
            case .fixed64, .sfixed64, .double: .fixed64
            case .string, .bytes: .counted
            }
        }
    }

    enum Sort: Sendable, Equatable {
        case scalar(Scalar)
        /// Index among the messages.
        case message(Int)

        var wireType: ProtobufReader.WireType { if case .scalar(let scalar) = self { scalar.wireType } else { .counted } }
    }

    struct Field: Sendable {
        var number: Int
        var name: String
        var sort: Sort
        var isRepeated = false
        /// Fields of one message with the same mark exclude one another: the last on the wire counts.
        var choice: Int?
        fileprivate(set) var nameStart = 0
    }

    struct Message: Sendable {
        var name: String
        fileprivate(set) var fields: [Field]

        init(_ name: String, _ fields: [Field]) { (self.name, self.fields) = (name, fields) }
    }

    static let messagesMax = 64
    /// Of one message.
    static let fieldsMax = 64
    /// The largest field number of protobuf: 2^29 − 1.
    static let fieldNumberMax = 0x1FFF_FFFF

    /// The first one is the document.
    let messages: [Message]
    /// All names one behind the other; written to a tree's `unescaped` once.
    let names: [UInt8]

    /// - Returns: nil when there is no message, too many of anything, a number or a name twice in a message, or a message that isn't there.
    init?(_ messages: [Message]) {
        guard (1...ProtobufSchema.messagesMax).contains(messages.count) else { return nil }
        var messages = messages, names: [UInt8] = []
        for m in messages.indices {
            guard messages[m].fields.count <= ProtobufSchema.fieldsMax else { return nil }
            for f in messages[m].fields.indices {
                let field = messages[m].fields[f], before = messages[m].fields[..<f]
                guard (1...ProtobufSchema.fieldNumberMax).contains(field.number), !field.name.isEmpty else { return nil }
                guard !before.contains(where: { $0.number == field.number || $0.name == field.name }) else { return nil }
                guard field.choice == nil || !field.isRepeated else { return nil }
                if case .message(let inner) = field.sort, !messages.indices.contains(inner) { return nil }
                messages[m].fields[f].nameStart = names.count
                names.append(contentsOf: field.name.utf8)
            }
        }
        (self.messages, self.names) = (messages, names)
    }
}
