import CareModel
import Testing
@testable import Decoding

@Suite("Protobuf wire reader")
struct ProtobufReaderTests {
    /// One field of each sort, packed and plain, an inner message and a choice.
    static let schema = ProtobufSchema([
        ProtobufSchema.Message("All", ProtobufSchema.Scalar.allCases.enumerated().map { ProtobufSchema.Field(number: $0 + 1, name: $1.rawValue, sort: .scalar($1)) } + [
            ProtobufSchema.Field(number: 20, name: "many", sort: .scalar(.sint32), isRepeated: true),
            ProtobufSchema.Field(number: 21, name: "texts", sort: .scalar(.string), isRepeated: true),
            ProtobufSchema.Field(number: 22, name: "halves", sort: .scalar(.fixed32), isRepeated: true),
            ProtobufSchema.Field(number: 23, name: "inner", sort: .message(1)),
            ProtobufSchema.Field(number: 24, name: "inners", sort: .message(1), isRepeated: true),
            ProtobufSchema.Field(number: 25, name: "left", sort: .scalar(.uint32), choice: 0),
            ProtobufSchema.Field(number: 26, name: "right", sort: .message(1), choice: 0),
        ]),
        ProtobufSchema.Message("Inner", [
            ProtobufSchema.Field(number: 1, name: "a", sort: .scalar(.uint32)), ProtobufSchema.Field(number: 2, name: "b", sort: .scalar(.uint32)),
            ProtobufSchema.Field(number: 3, name: "next", sort: .message(1)),
        ]),
    ])

    func read(_ text: String, _ limits: DocumentLimits = .message) -> String {
        outcome { () throws(DocumentFailure) in try ProtobufReader.read(hex(text), schema: ProtobufReaderTests.schema, limits: limits) }
    }

    @Test("the examples of protobuf's encoding guide are read without a schema", arguments: [
        ("089601", "{1:15e1}"), ("120774657374696e67", "{2:h'74657374696e67'}"), ("1a03089601", "{3:h'089601'}"), ("3206038e029ea705", "{6:h'038e029ea705'}"),
        ("220568656c6c6f 2801 2802 2803", "{4:h'68656c6c6f',5:1,5:2,5:3}"), ("0d01000000 11ffffffffffffffff", "{1:1,2:184467440737095516e2}"), ("", "{}"),
    ])
    func guide(bytes: String, expected: String) { #expect(outcome { () throws(DocumentFailure) in try ProtobufReader.read(hex(bytes)) } == expected) }

    @Test("every sort of number is read by its definition", arguments: [
        ("08 ffffffffffffffffff01", "{int32:-1}"), ("08 ffffffff07", "{int32:2147483647}"), ("08 8080808010", "{int32:0}"), ("10 80808080808080808001", "{int64:-92233720368547758e2}"),
        ("18 ffffffffffffffffff01", "{uint32:4294967295}"), ("20 ffffffffffffffffff01", "{uint64:184467440737095516e2}"), ("28 03", "{sint32:-2}"), ("28 ffffffff0f", "{sint32:-2147483648}"),
        ("30 01", "{sint64:-1}"), ("30 ffffffffffffffffff01", "{sint64:-92233720368547758e2}"), ("38 00", "{bool:false}"), ("38 8001", "{bool:true}"),
        ("45 ffffffff", "{fixed32:4294967295}"), ("4d feffffff", "{sfixed32:-2}"), ("55 00001542", "{float:3725e-2}"), ("55 0000c07f", "{float:\"NaN\"}"),
        ("59 0100000000000000", "{fixed64:1}"), ("61 feffffffffffffff", "{sfixed64:-2}"), ("69 9a9999999999f13f", "{double:11e-1}"),
        ("72 03e6b0b4", "{string:\"水\"}"), ("7a 02ff00", "{bytes:h'ff00'}"), ("7a00", "{bytes:h''}"),
    ])
    func scalars(bytes: String, expected: String) { #expect(read(bytes) == expected) }

    @Test("protobuf's rules for what stands twice, is packed, unknown or of another wire type", arguments: [
        // The last of a single field counts.
        ("0801 0802", "{int32:2}"),
        // Packed and plain repeated fields mix, in the order of the wire.
        ("a20103020103 a00107", "{many:[1,-1,-2,-4]}"), ("b201080100000002000000 b50103000000", "{halves:[1,2,3]}"), ("aa010161 0805 aa010162", "{texts:[\"a\",\"b\"],int32:5}"),
        ("a20100", "{many:[]}"),
        // Single messages are merged; the newer value counts.
        ("ba0104 0801 1002 ba0102 0805", "{inner:{a:5,b:2}}"), ("ba0104 1a020801 ba0104 1a021009", "{inner:{next:{a:1,b:9}}}"), ("ba0100", "{inner:{}}"),
        ("c201020801 c201021002", "{inners:[{a:1},{b:2}]}"),
        // Of a choice the last counts, and begins anew after another.
        ("c80107 d201020801", "{right:{a:1}}"), ("d201020801 c80107", "{left:7}"), ("d201020801 c80107 d201021002", "{right:{b:2}}"), ("d201020801 d201021002", "{right:{a:1,b:2}}"),
        // Unknown numbers and wire types are passed over.
        ("f80601 fa0603616263 f50601020304 f1060102030405060708 0801", "{int32:1}"), ("0a0161 1001", "{int64:1}"), ("8880808000 01", "{int32:1}"), ("0d00000000", "{}"), ("b80101", "{}"), ("a50100000000", "{}"),
    ])
    func rules(bytes: String, expected: String) { #expect(read(bytes) == expected) }

    @Test("what isn't protobuf is refused at its byte", arguments: [
        ("00", "malformed(at: 0)"), ("0801 0001", "malformed(at: 2)"), ("0801 0e", "malformed(at: 2)"), ("0f", "malformed(at: 0)"), ("0b 0c", "group(at: 0)"), ("0801 0c", "group(at: 2)"),
        ("08 ffffffffffffffffffff01", "malformed(at: 1)"), ("8080808080 8001 01", "malformed(at: 0)"), ("fdffffffff01 00000000", "malformed(at: 0)"), ("0801 888080808000 01", "malformed(at: 2)"),
        ("08", "truncated"), ("0880", "truncated"), ("0d000000", "truncated"), ("1100000000000000", "truncated"), ("7205 61", "truncated"), ("7a ffffffffffffffffff01 61", "truncated"),
        // A value may not reach beyond its message, nor a number beyond its packed field.
        ("ba0102 0880 0801", "truncated"), ("a2010180", "truncated"), ("b2010501000000 02", "truncated"), ("ba0103 7a0561", "truncated"),
        ("7202ff61", "notUTF8(at: 2)"), ("720161 7202 6100", "nul(at: 6)"), ("ba0102 0b0c", "group(at: 3)"),
    ])
    func malformed(bytes: String, expected: String) { #expect(read(bytes) == expected) }

    @Test("each limit holds at its value and refuses one beyond")
    func limits() {
        let limits = DocumentLimits(bytesMax: 12, depthMax: 3, itemsMax: 5)
        #expect(read("7a0a00000000000000000000", limits) == "{bytes:h'00000000000000000000'}")
        #expect(read("7a0b0000000000000000000000", limits) == "tooLong(bytes: 13, max: 12)")
        #expect(read("ba0102 1a00", limits) == "{inner:{next:{}}}")
        #expect(read("ba0104 1a021a00", limits) == "tooDeep(max: 3)")
        #expect(read("c20100", limits) == "{inners:[{}]}")
        #expect(read("a20103000000", limits) == "{many:[0,0,0]}")
        #expect(read("a2010400000000", limits) == "tooManyItems(max: 5)")
        #expect(read("0800 0800 0800 0800 0800", limits) == "{int32:0}")
        #expect(read("0800 0800 0800 0800 0800 0800", limits) == "tooManyItems(max: 5)")
        #expect(outcome { () throws(DocumentFailure) in try ProtobufReader.read(hex("080008000800080008"), limits: limits) } == "truncated")
        #expect(outcome { () throws(DocumentFailure) in try ProtobufReader.read(hex("08000800080008000800"), limits: limits) } == "tooManyItems(max: 5)")
    }

    @Test("a birth, a message by alias and a late one of Sparkplug B are read under the definition's names")
    func sparkplug() {
        func read(_ text: String) -> String { outcome { () throws(DocumentFailure) in try ProtobufReader.readSparkplug(hex(text)) } }
        // The time, one metric with name, alias, time, sort 9 (float) and its value; sequence number 0.
        #expect(read("08 80d095ffbc31 12 15 0a03737064 1001 18 80d095ffbc31 2009 65 00001542 1800")
            == "{timestamp:17e11,metrics:[{name:\"spd\",alias:1,timestamp:17e11,datatype:9,float_value:3725e-2}],seq:0}")
        #expect(read("12 06 1002 7001 2801 12 04 1003 3801 1805") == "{metrics:[{alias:2,boolean_value:true,is_historical:true},{alias:3,is_null:true}],seq:5}")
        // A data set: two columns, one row.
        #expect(read("12 19 8a01 16 0802 12016e 12017a 1803 1802 22 08 0a02 0805 0a02 1007")
            == "{metrics:[{dataset_value:{num_of_columns:2,columns:[\"n\",\"z\"],types:[3,2],rows:[{elements:[{int_value:5},{long_value:7}]}]}}]}")
        #expect(read("22 0461626364 2a 0200ff") == "{uuid:\"abcd\",body:h'00ff'}")
        #expect(read("12 0d 4a 0b 0a 04756e6974 12 03 4201 43") == "{metrics:[{properties:{keys:[\"unit\"],values:[{string_value:\"C\"}]}}]}")
    }

    @Test("a definition with a fault is none")
    func faults() {
        let field = ProtobufSchema.Field(number: 1, name: "a", sort: .scalar(.bool))
        func schema(_ fields: [ProtobufSchema.Field]) -> ProtobufSchema? { ProtobufSchema([ProtobufSchema.Message("M", fields)]) }
        func numbered(_ number: Int, _ name: String) -> ProtobufSchema.Field { ProtobufSchema.Field(number: number, name: name, sort: .scalar(.bool)) }
        #expect(schema([field]) != nil)
        #expect(schema([field, numbered(1, "b")]) == nil)
        #expect(schema([field, numbered(2, "a")]) == nil)
        #expect(schema([numbered(0, "a")]) == nil)
        #expect(schema([numbered(ProtobufSchema.fieldNumberMax, "a")]) != nil)
        #expect(schema([numbered(ProtobufSchema.fieldNumberMax + 1, "a")]) == nil)
        #expect(schema([ProtobufSchema.Field(number: 1, name: "a", sort: .message(1))]) == nil)
        #expect(schema((1...ProtobufSchema.fieldsMax).map { numbered($0, "f\($0)") }) != nil)
        #expect(schema((1...ProtobufSchema.fieldsMax + 1).map { numbered($0, "f\($0)") }) == nil)
        #expect(ProtobufSchema([]) == nil)
        #expect(ProtobufSchema([ProtobufSchema.Message](repeating: ProtobufSchema.Message("M", []), count: ProtobufSchema.messagesMax)) != nil)
        #expect(ProtobufSchema([ProtobufSchema.Message](repeating: ProtobufSchema.Message("M", []), count: ProtobufSchema.messagesMax + 1)) == nil)
    }
}
