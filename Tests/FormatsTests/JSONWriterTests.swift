import CareModel
import Formats
import Testing

private func text(_ body: (inout JSONWriter) -> Void) -> String {
    var w = JSONWriter()
    body(&w)
    return String(decoding: w.bytes, as: UTF8.self)
}

@Test("objects and lists nest with commas where they belong")
func structure() {
    let json = text { w in
        w.beginObject()
        w.key("a"); w.beginArray(); w.endArray()
        w.key("b"); w.beginArray(); w.integer(1); w.beginObject(); w.endObject(); w.null(); w.endArray()
        w.key(text: "c\n"); w.raw([UInt8]("{\"x\":1}".utf8))
        w.key("d"); w.bool(true)
        w.endObject()
    }
    #expect(json == #"{"a":[],"b":[1,{},null],"c\n":{"x":1},"d":true}"#)
}

@Test("only what must be is escaped")
func escapes() {
    #expect(text { $0.string("a\"b\\c/d\n\r\t\u{8}\u{c}\u{0}\u{1f}é跌😀\u{2028}") } == "\"a\\\"b\\\\c/d\\n\\r\\t\\b\\f\\u0000\\u001fé跌😀\u{2028}\"")
}

@Test("decimals are exact and without trailing zeros", arguments: [
    (0, 0, "0"), (0, 3, "0"), (5, 1, "0.5"), (-5, 1, "-0.5"), (720, 1, "72"), (3_665, 2, "36.65"), (3_660, 2, "36.6"), (-100, 2, "-1"),
    (1, 7, "0.0000001"), (Int64.max, 0, "9223372036854775807"), (Int64.min, 3, "-9223372036854775.808"), (1_205_000_001, 7, "120.5000001"),
])
func decimals(_ scaled: Int64, _ places: Int, _ expected: String) {
    #expect(text { $0.decimal(scaled: scaled, decimals: places) } == expected)
    #expect(decimalText(scaled: scaled, decimals: places) == expected)
}

@Test("integers of every size", arguments: [(Int64.min, "-9223372036854775808"), (-1, "-1"), (10, "10"), (99, "99"), (100, "100")])
func integers(_ value: Int64, _ expected: String) {
    #expect(text { $0.integer(value) } == expected)
    #expect(text { $0.integer(UInt64.max) } == "18446744073709551615")
}

@Test("times agree with the model's own text", arguments: [0, 1, 1_795_310_218_653_628, -1, 4_102_444_799_999_999])
func times(_ microseconds: Int64) {
    let wall = WallTime(microseconds: microseconds)
    #expect(text { $0.time(wall) } == "\"\(wall.description)\"")
}
