import CareModel
import Decoding
import Testing

@Suite("MessagePack reader")
struct MessagePackReaderTests {
    /// One line for each format of the specification, and its bounds.
    static let formats: [(String, String)] = [
        ("00", "0"), ("7f", "127"), ("e0", "-32"), ("ff", "-1"), ("c0", "null"), ("c2", "false"), ("c3", "true"),
        ("cc80", "128"), ("ccff", "255"), ("cd0100", "256"), ("cdffff", "65535"), ("ce00010000", "65536"), ("ceffffffff", "4294967295"),
        ("cf0000000100000000", "4294967296"), ("cfffffffffffffffff", "184467440737095516e2"),
        ("d0df", "-33"), ("d080", "-128"), ("d1ff7f", "-129"), ("d18000", "-32768"), ("d2ffff7fff", "-32769"), ("d280000000", "-2147483648"),
        ("d3ffffffff7fffffff", "-2147483649"), ("d38000000000000000", "-92233720368547758e2"),
        ("ca3fc00000", "15e-1"), ("ca42170000", "3775e-2"), ("cb3ff199999999999a", "11e-1"), ("ca7fc00000", "\"NaN\""), ("cbfff0000000000000", "\"-Infinity\""),
        ("a0", "\"\""), ("a161", "\"a\""), ("d903616263", "\"abc\""), ("da0003e6b0b4", "\"水\""), ("db000000026869", "\"hi\""),
        ("c400", "h''"), ("c4020102", "h'0102'"), ("c500020102", "h'0102'"), ("c6000000020102", "h'0102'"),
        ("90", "[]"), ("93010203", "[1,2,3]"), ("dc00020102", "[1,2]"), ("dd000000020102", "[1,2]"),
        ("80", "{}"), ("82a16101a162c0", "{a:1,b:null}"), ("de0001a16101", "{a:1}"), ("df00000001a16101", "{a:1}"), ("82a7636f6d70616374c3a6736368656d6100", "{compact:true,schema:0}"),
        ("d40510", "{type:5,bytes:h'10'}"), ("d5051011", "{type:5,bytes:h'1011'}"), ("d60510111213", "{type:5,bytes:h'10111213'}"),
        ("d7fe1011121314151617", "{type:-2,bytes:h'1011121314151617'}"), ("d8051011121314151617 1011121314151617", "{type:5,bytes:h'10111213141516171011121314151617'}"),
        ("c70305101112", "{type:5,bytes:h'101112'}"), ("c8000105 10", "{type:5,bytes:h'10'}"), ("c90000000105 10", "{type:5,bytes:h'10'}"), ("c70005", "{type:5,bytes:h''}"),
        // Timestamps of 32, 64 and 96 bits; of 19 digits the last is cut.
        ("d6ff5a4af6a5", "1514862245"), ("d7ff00000000 5a4af6a5", "1514862245"), ("d7ff a1dcd7c8 5a4af6a5", "151486224567890123e-8"), ("d7ff00000004 5a4af6a5", "1514862245"),
        ("c70cff 00000000 0000000000000000", "0"), ("c70cff 1dcd6500 ffffffffffffffff", "-5e-1"), ("c70cff 1dcd6500 fffffffffffffffe", "-15e-1"),
        ("c70cff 00000000 7fffffffffffffff", "92233720368547758e2"),
    ]

    @Test("each format of the specification is read", arguments: formats)
    func everyFormat(bytes: String, expected: String) {
        #expect(outcome { () throws(DocumentFailure) in try MessagePackReader.read(hex(bytes)) } == expected)
    }

    @Test("every document, cut at any byte, is truncated and nothing else")
    func truncation() {
        for (text, _) in MessagePackReaderTests.formats {
            let bytes = hex(text)
            for count in 0..<bytes.count {
                #expect(outcome { () throws(DocumentFailure) in try MessagePackReader.read(Array(bytes[..<count])) } == "truncated", "\(text) cut at \(count)")
            }
        }
    }

    @Test("what the specification doesn't have is refused at its byte", arguments: [
        ("c1", "malformed(at: 0)"), ("92 01 c1", "malformed(at: 2)"), ("0000", "malformed(at: 1)"), ("d5ff0000", "malformed(at: 0)"), ("c70dff 00000000 0000000000000000 00", "malformed(at: 0)"),
        ("d7ff ee6b2800 00000000", "malformed(at: 0)"), ("c70cff 3b9aca00 0000000000000000", "malformed(at: 0)"), ("a26100", "nul(at: 2)"),
    ])
    func malformed(bytes: String, expected: String) {
        #expect(outcome { () throws(DocumentFailure) in try MessagePackReader.read(hex(bytes)) } == expected)
    }

    @Test("a str of an old encoder that isn't UTF-8 is bytes")
    func raw() { #expect(outcome { () throws(DocumentFailure) in try MessagePackReader.read(hex("92 a2ff01 a16f")) } == "[h'ff01',\"o\"]") }

    @Test("keys are texts, whole numbers or UTF-8 bytes; others are refused where they stand", arguments: [
        ("810102", "{1:2}"), ("81ff02", "{-1:2}"), ("81cd010002", "{256:2}"), ("81d0df02", "{-33:2}"), ("81c4016102", "{a:2}"), ("81d9016102", "{a:2}"), ("81c401ff02", "unusableKey(at: 1)"),
        ("81a1ff02", "unusableKey(at: 1)"), ("81c002", "unusableKey(at: 1)"), ("81ca0000000002", "unusableKey(at: 1)"), ("818002", "unusableKey(at: 1)"), ("81c102", "malformed(at: 1)"),
        ("82a16101a16102", "{a:1,a:2}"),
    ])
    func keys(bytes: String, expected: String) { #expect(outcome { () throws(DocumentFailure) in try MessagePackReader.read(hex(bytes)) } == expected) }

    @Test("each limit holds at its value and refuses one beyond")
    func limits() {
        let limits = DocumentLimits(bytesMax: 8, depthMax: 3, itemsMax: 4)
        func read(_ text: String) -> String { outcome { () throws(DocumentFailure) in try MessagePackReader.read(hex(text), limits: limits) } }
        #expect(read("a761626364656667") == "\"abcdefg\"")
        #expect(read("a86162636465666768") == "tooLong(bytes: 9, max: 8)")
        #expect(read("919190") == "[[[]]]")
        #expect(read("91919190") == "tooDeep(max: 3)")
        #expect(read("91d40510") == "[{type:5,bytes:h'10'}]")
        #expect(read("9191d40510") == "tooManyItems(max: 4)")
        #expect(read("93010203") == "[1,2,3]")
        #expect(read("9401020304") == "tooManyItems(max: 4)")
    }

    @Test("a length that the document can't hold is not believed")
    func claims() {
        for text in ["ddffffffff00", "dfffffffff0000", "dbffffffff61", "c6ffffffff00", "c9ffffffff0500", "820000 00"] {
            #expect(outcome { () throws(DocumentFailure) in try MessagePackReader.read(hex(text)) } == "truncated", "\(text)")
        }
    }
}
