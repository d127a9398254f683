import Foundation
import SwiftProtobuf
@testable import Decoding

/// The protobuf reader beside swift-protobuf, over a definition that has every sort of field. What swift-protobuf takes
/// and Vigil refuses are groups, NUL in texts and what exceeds a limit.
enum ProtobufTarget: FuzzTarget {
    nonisolated(unsafe) private static var tree = ValueTree()

    static func run(_ input: [UInt8]) {
        let limits = DocumentLimits.message
        for schema in [ProtobufSchema.sparkplug, nil] {
            do throws(DocumentFailure) {
                try ProtobufReader.read(input, schema: schema, into: &tree, limits: limits)
                TreeCheck.check(tree, limits)
            } catch {}
        }
        let expected = try? Whole(serializedBytes: input, partial: true)
        do throws(DocumentFailure) {
            try ProtobufReader.read(input, schema: Whole.schema, into: &tree, limits: limits)
        } catch {
            switch error {
            case .tooDeep, .tooLong, .tooManyItems, .group, .nul: return
            default: hold(expected == nil, "refused what swift-protobuf reads: \(error)")
            }
            return
        }
        TreeCheck.check(tree, limits)
        guard let expected else { fault("read what swift-protobuf refuses: \(tree.value(0))") }
        let own = sorted(tree.value(0).plain), other = sorted(expected.value.plain)
        hold(own.isSame(as: other), "\(own), not \(other)")
    }

    /// Members by name: the tree has them in the order of the wire.
    private static func sorted(_ value: Value) -> Value {
        switch value {
        case .array(let items): .array(items.map { sorted($0) })
        // An empty packed field is an empty array, or nothing.
        case .object(let members): .object(members.filter { $0.value != .array([]) }.map { .init(key: $0.key, value: sorted($0.value)) }.sorted { $0.key < $1.key })
        default: value
        }
    }
}

/// The members that were there, as values.
private struct Members {
    var list: [Value.Member] = []

    mutating func add(_ name: String, _ value: Value?) { if let value { list.append(.init(key: name, value: value)) } }
    mutating func add(_ name: String, whole: (some BinaryInteger)?) { add(name, whole.map { Members.number($0) }) }
    mutating func add(_ name: String, many: [Value]) { if !many.isEmpty { list.append(.init(key: name, value: .array(many))) } }

    static func number(_ whole: some BinaryInteger) -> Value { DecimalNumber(whole.description).map { .number($0) } ?? .null }
    static func number(_ value: Double, _ text: String) -> Value { (try? ReferenceCursor.float(value, text)) ?? .null }
}

/// A message of two numbers and itself, written as protoc would.
struct Inner: SwiftProtobuf.Message {
    static let protoMessageName = "Inner"
    private final class Box: Sendable {
        let value: Inner
        init(_ value: Inner) { self.value = value }
    }

    var a: UInt32?
    var b: UInt32?
    private var box: Box?
    var next: Inner? {
        get { box?.value }
        set { box = newValue.map { Box($0) } }
    }
    var unknownFields = UnknownStorage()

    init() {}

    mutating func decodeMessage<D: SwiftProtobuf.Decoder>(decoder: inout D) throws {
        while let number = try decoder.nextFieldNumber() {
            switch number {
            case 1: try decoder.decodeSingularUInt32Field(value: &a)
            case 2: try decoder.decodeSingularUInt32Field(value: &b)
            case 3: try decoder.decodeSingularMessageField(value: &next)
            default: break
            }
        }
    }

    func traverse<V: Visitor>(visitor: inout V) throws {}
    func isEqualTo(message: any SwiftProtobuf.Message) -> Bool { false }
    func hash(into hasher: inout Hasher) {}
    static func == (a: Inner, b: Inner) -> Bool { false }

    var value: Value {
        var members = Members()
        members.add("a", whole: a)
        members.add("b", whole: b)
        members.add("next", next?.value)
        return .object(members.list)
    }
}

/// A message with a field of every sort.
struct Whole: SwiftProtobuf.Message {
    static let protoMessageName = "Whole"

    enum Choice: Sendable { case left(UInt32), right(Inner) }

    var int32: Int32?, int64: Int64?, uint32: UInt32?, uint64: UInt64?, sint32: Int32?, sint64: Int64?, bool: Bool?
    var fixed32: UInt32?, sfixed32: Int32?, float: Float?, fixed64: UInt64?, sfixed64: Int64?, double: Double?, string: String?, bytes: Data?
    var many: [Int32] = [], texts: [String] = [], halves: [UInt32] = [], doubles: [Double] = [], flags: [Bool] = []
    var inner: Inner?, inners: [Inner] = [], choice: Choice?
    var unknownFields = UnknownStorage()

    init() {}

    static let schema: ProtobufSchema? = {
        typealias Field = ProtobufSchema.Field
        return ProtobufSchema([
            .init("Whole", ProtobufSchema.Scalar.allCases.enumerated().map { Field(number: $0 + 1, name: $1.rawValue, sort: .scalar($1)) } + [
                Field(number: 16, name: "many", sort: .scalar(.sint32), isRepeated: true), Field(number: 17, name: "texts", sort: .scalar(.string), isRepeated: true),
                Field(number: 18, name: "halves", sort: .scalar(.fixed32), isRepeated: true), Field(number: 19, name: "doubles", sort: .scalar(.double), isRepeated: true),
                Field(number: 20, name: "flags", sort: .scalar(.bool), isRepeated: true), Field(number: 21, name: "inner", sort: .message(1)),
                Field(number: 22, name: "inners", sort: .message(1), isRepeated: true), Field(number: 23, name: "left", sort: .scalar(.uint32), choice: 0),
                Field(number: 24, name: "right", sort: .message(1), choice: 0),
            ]),
            .init("Inner", [
                Field(number: 1, name: "a", sort: .scalar(.uint32)), Field(number: 2, name: "b", sort: .scalar(.uint32)), Field(number: 3, name: "next", sort: .message(1)),
            ]),
        ])
    }()

    mutating func decodeMessage<D: SwiftProtobuf.Decoder>(decoder: inout D) throws {
        while let number = try decoder.nextFieldNumber() {
            switch number {
            case 1: try decoder.decodeSingularInt32Field(value: &int32)
            case 2: try decoder.decodeSingularInt64Field(value: &int64)
            case 3: try decoder.decodeSingularUInt32Field(value: &uint32)
            case 4: try decoder.decodeSingularUInt64Field(value: &uint64)
            case 5: try decoder.decodeSingularSInt32Field(value: &sint32)
            case 6: try decoder.decodeSingularSInt64Field(value: &sint64)
            case 7: try decoder.decodeSingularBoolField(value: &bool)
            case 8: try decoder.decodeSingularFixed32Field(value: &fixed32)
            case 9: try decoder.decodeSingularSFixed32Field(value: &sfixed32)
            case 10: try decoder.decodeSingularFloatField(value: &float)
            case 11: try decoder.decodeSingularFixed64Field(value: &fixed64)
            case 12: try decoder.decodeSingularSFixed64Field(value: &sfixed64)
            case 13: try decoder.decodeSingularDoubleField(value: &double)
            case 14: try decoder.decodeSingularStringField(value: &string)
            case 15: try decoder.decodeSingularBytesField(value: &bytes)
            case 16: try decoder.decodeRepeatedSInt32Field(value: &many)
            case 17: try decoder.decodeRepeatedStringField(value: &texts)
            case 18: try decoder.decodeRepeatedFixed32Field(value: &halves)
            case 19: try decoder.decodeRepeatedDoubleField(value: &doubles)
            case 20: try decoder.decodeRepeatedBoolField(value: &flags)
            case 21: try decoder.decodeSingularMessageField(value: &inner)
            case 22: try decoder.decodeRepeatedMessageField(value: &inners)
            case 23:
                var value: UInt32?
                try decoder.decodeSingularUInt32Field(value: &value)
                if let value { choice = .left(value) }
            case 24:
                var value: Inner?
                if case .right(let current)? = choice { value = current }
                try decoder.decodeSingularMessageField(value: &value)
                if let value { choice = .right(value) }
            default: break
            }
        }
    }

    func traverse<V: Visitor>(visitor: inout V) throws {}
    func isEqualTo(message: any SwiftProtobuf.Message) -> Bool { false }
    func hash(into hasher: inout Hasher) {}
    static func == (a: Whole, b: Whole) -> Bool { false }

    var value: Value {
        var members = Members()
        members.add("int32", whole: int32)
        members.add("int64", whole: int64)
        members.add("uint32", whole: uint32)
        members.add("uint64", whole: uint64)
        members.add("sint32", whole: sint32)
        members.add("sint64", whole: sint64)
        members.add("bool", bool.map { .bool($0) })
        members.add("fixed32", whole: fixed32)
        members.add("sfixed32", whole: sfixed32)
        members.add("float", float.map { Members.number(Double($0), $0.description) })
        members.add("fixed64", whole: fixed64)
        members.add("sfixed64", whole: sfixed64)
        members.add("double", double.map { Members.number($0, $0.description) })
        members.add("string", string.map { .string($0) })
        members.add("bytes", bytes.map { .bytes(Array($0)) })
        members.add("many", many: many.map { Members.number($0) })
        members.add("texts", many: texts.map { .string($0) })
        members.add("halves", many: halves.map { Members.number($0) })
        members.add("doubles", many: doubles.map { Members.number($0, $0.description) })
        members.add("flags", many: flags.map { .bool($0) })
        members.add("inner", inner?.value)
        members.add("inners", many: inners.map(\.value))
        switch choice {
        case .left(let number)?: members.add("left", whole: number)
        case .right(let inner)?: members.add("right", inner.value)
        case nil: break
        }
        return .object(members.list)
    }
}
