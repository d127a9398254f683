import CareModel
import Decoding
import Testing

@Suite("CBOR reader")
struct CBORReaderTests {
    /// RFC 8949, appendix A. Numbers beyond 18 digits are cut; bignums are their bytes; NaN and infinities are texts.
    static let appendixA: [(String, String)] = [
        ("00", "0"), ("01", "1"), ("0a", "1e1"), ("17", "23"), ("1818", "24"), ("1819", "25"), ("1864", "1e2"), ("1903e8", "1e3"), ("1a000f4240", "1e6"),
        ("1b000000e8d4a51000", "1e12"), ("1bffffffffffffffff", "184467440737095516e2"), ("c249010000000000000000", "h'010000000000000000'"),
        ("3bffffffffffffffff", "-184467440737095516e2"), ("c349010000000000000000", "h'010000000000000000'"), ("20", "-1"), ("29", "-1e1"), ("3863", "-1e2"), ("3903e7", "-1e3"),
        ("f90000", "0"), ("f98000", "0"), ("f93c00", "1"), ("fb3ff199999999999a", "11e-1"), ("f93e00", "15e-1"), ("f97bff", "65504"), ("fa47c35000", "1e5"),
        ("fa7f7fffff", "34028235e31"), ("fb7e37e43c8800759c", "1e300"), ("f90001", "59604645e-15"), ("f90400", "61035156e-12"), ("f9c400", "-4"),
        ("fbc010666666666666", "-41e-1"), ("f97c00", "\"Infinity\""), ("f97e00", "\"NaN\""), ("f9fc00", "\"-Infinity\""), ("fa7f800000", "\"Infinity\""),
        ("fa7fc00000", "\"NaN\""), ("faff800000", "\"-Infinity\""), ("fb7ff0000000000000", "\"Infinity\""), ("fb7ff8000000000000", "\"NaN\""),
        ("fbfff0000000000000", "\"-Infinity\""), ("f4", "false"), ("f5", "true"), ("f6", "null"), ("f7", "null"), ("f0", "null"), ("f8ff", "null"),
        ("c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\""), ("c11a514b67b0", "136389624e1"), ("c1fb41d452d9ec200000", "13638962405e-1"),
        ("d74401020304", "h'01020304'"), ("d818456449455446", "h'6449455446'"), ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", "\"http://www.example.com\""),
        ("40", "h''"), ("4401020304", "h'01020304'"), ("60", "\"\""), ("6161", "\"a\""), ("6449455446", "\"IETF\""), ("62225c", "\"\"\\\""), ("62c3bc", "\"ü\""),
        ("63e6b0b4", "\"水\""), ("64f0908591", "\"𐅑\""), ("80", "[]"), ("83010203", "[1,2,3]"), ("8301820203820405", "[1,[2,3],[4,5]]"),
        ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", "[1,2,3,4,5,6,7,8,9,1e1,11,12,13,14,15,16,17,18,19,2e1,21,22,23,24,25]"), ("a0", "{}"),
        ("a201020304", "{1:2,3:4}"), ("a26161016162820203", "{a:1,b:[2,3]}"), ("826161a161626163", "[\"a\",{b:\"c\"}]"),
        ("a56161614161626142616361436164614461656145", "{a:\"A\",b:\"B\",c:\"C\",d:\"D\",e:\"E\"}"), ("5f42010243030405ff", "h'0102030405'"),
        ("7f657374726561646d696e67ff", "\"streaming\""), ("9fff", "[]"), ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"), ("9f01820203820405ff", "[1,[2,3],[4,5]]"),
        ("83018202039f0405ff", "[1,[2,3],[4,5]]"), ("83019f0203ff820405", "[1,[2,3],[4,5]]"),
        ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", "[1,2,3,4,5,6,7,8,9,1e1,11,12,13,14,15,16,17,18,19,2e1,21,22,23,24,25]"),
        ("bf61610161629f0203ffff", "{a:1,b:[2,3]}"), ("826161bf61626163ff", "[\"a\",{b:\"c\"}]"), ("bf6346756ef563416d7421ff", "{Fun:true,Amt:-2}"),
    ]

    @Test("the examples of RFC 8949's appendix A are read", arguments: appendixA)
    func examples(bytes: String, expected: String) {
        #expect(outcome { () throws(DocumentFailure) in try CBORReader.read(hex(bytes)) } == expected)
    }

    @Test("every example, cut at any byte, is truncated and nothing else")
    func truncation() {
        for (text, _) in CBORReaderTests.appendixA {
            let bytes = hex(text)
            for count in 0..<bytes.count {
                #expect(outcome { () throws(DocumentFailure) in try CBORReader.read(Array(bytes[..<count])) } == "truncated", "\(text) cut at \(count)")
            }
        }
    }

    @Test("what the standard calls not well-formed is refused at its byte (RFC 8949, appendix F)", arguments: [
        // Reserved additional values.
        ("1c", "malformed(at: 0)"), ("1d", "malformed(at: 0)"), ("1e", "malformed(at: 0)"), ("3c", "malformed(at: 0)"), ("5c", "malformed(at: 0)"), ("7d", "malformed(at: 0)"),
        ("9e", "malformed(at: 0)"), ("bc", "malformed(at: 0)"), ("dc", "malformed(at: 0)"), ("fc", "malformed(at: 0)"), ("fd", "malformed(at: 0)"), ("fe", "malformed(at: 0)"),
        // Simple values in two bytes that one could say.
        ("f800", "malformed(at: 0)"), ("f818", "malformed(at: 0)"), ("f81f", "malformed(at: 0)"),
        // Pieces of another sort, and pieces in pieces.
        ("5f00ff", "malformed(at: 1)"), ("5f6100ff", "malformed(at: 1)"), ("7f4100ff", "malformed(at: 1)"), ("5f5f4100ffff", "malformed(at: 1)"), ("7f7f6100ffff", "malformed(at: 1)"),
        // A break where none can be.
        ("ff", "malformed(at: 0)"), ("81ff", "malformed(at: 1)"), ("8200ff", "malformed(at: 2)"), ("a1ff00", "malformed(at: 1)"), ("a100ff", "malformed(at: 2)"),
        ("9f81ff", "malformed(at: 2)"), ("bf00ff", "malformed(at: 2)"), ("bf000000ff", "malformed(at: 4)"), ("c0ff", "malformed(at: 1)"), ("1f", "malformed(at: 0)"), ("3f", "malformed(at: 0)"),
        ("df", "malformed(at: 0)"),
        // Something behind the document.
        ("0000", "malformed(at: 1)"),
    ])
    func malformed(bytes: String, expected: String) {
        #expect(outcome { () throws(DocumentFailure) in try CBORReader.read(hex(bytes)) } == expected)
    }

    @Test("keys are texts, whole numbers or UTF-8 bytes; others are refused where they stand", arguments: [
        ("a12101", "{-2:1}"), ("a13bffffffffffffffff01", "{-18446744073709551616:1}"), ("a1416101", "{a:1}"), ("a17f61616162ff01", "{ab:1}"), ("a15f41614162ff01", "{ab:1}"),
        ("a1c1616101", "{a:1}"), ("a141ff01", "unusableKey(at: 1)"), ("a15f41ffff01", "unusableKey(at: 1)"), ("a1f501", "unusableKey(at: 1)"), ("a1f93c0001", "unusableKey(at: 1)"),
        ("a18001", "unusableKey(at: 1)"), ("a1a001", "unusableKey(at: 1)"), ("a1f601", "unusableKey(at: 1)"),
    ])
    func keys(bytes: String, expected: String) { #expect(outcome { () throws(DocumentFailure) in try CBORReader.read(hex(bytes)) } == expected) }

    @Test("of a key that stands twice the first counts, as text and as number")
    func duplicates() throws {
        let value = try CBORReader.read(hex("a3 6131 01 01 02 6131 03"))
        #expect(value["1"]?.number?.wholeNumber == 1)
        #expect(value.members?.count == 3)
    }

    @Test("a decimal fraction is the number that it stands for", arguments: [
        ("c48221196ab3", "27315e-2"), ("c4820103", "3e1"), ("c48221396ab2", "-27315e-2"), ("c48220c100", "0"), ("c4822061 61", "malformed(at: 3)"), ("c482f501", "malformed(at: 2)"),
        ("c48120", "[-1]"),
    ])
    func decimalFraction(bytes: String, expected: String) { #expect(outcome { () throws(DocumentFailure) in try CBORReader.read(hex(bytes)) } == expected) }

    @Test("text must be UTF-8 without NUL, each piece by itself", arguments: [
        ("62c328", "notUTF8(at: 1)"), ("63ff6161", "notUTF8(at: 1)"), ("6361c3a9", "\"aé\""), ("7f61c361a9ff", "notUTF8(at: 2)"), ("636100 62", "nul(at: 2)"), ("a1620061 01", "nul(at: 2)"),
        ("63eda080", "notUTF8(at: 1)"),
    ])
    func text(bytes: String, expected: String) { #expect(outcome { () throws(DocumentFailure) in try CBORReader.read(hex(bytes)) } == expected) }

    @Test("each limit holds at its value and refuses one beyond")
    func limits() {
        let limits = DocumentLimits(bytesMax: 8, depthMax: 3, itemsMax: 4)
        func read(_ text: String) -> String { outcome { () throws(DocumentFailure) in try CBORReader.read(hex(text), limits: limits) } }
        #expect(read("6761626364656667") == "\"abcdefg\"")
        #expect(read("686162636465666768") == "tooLong(bytes: 9, max: 8)")
        #expect(read("818180") == "[[[]]]")
        #expect(read("81818180") == "tooDeep(max: 3)")
        #expect(read("83010203") == "[1,2,3]")
        #expect(read("8401020304") == "tooManyItems(max: 4)")
    }

    @Test("a length that the document can't hold is not believed")
    func claims() {
        for text in ["5b7fffffffffffffff", "7bffffffffffffffff", "9b7fffffffffffffff00", "bb7fffffffffffffff0000", "9a00010000 00", "a20000 00"] {
            #expect(outcome { () throws(DocumentFailure) in try CBORReader.read(hex(text)) } == "truncated", "\(text)")
        }
    }

    @Test("a long row of tags costs no depth")
    func tags() {
        #expect(outcome { () throws(DocumentFailure) in try CBORReader.read([UInt8](repeating: 0xC1, count: 60_000) + [0x07]) } == "7")
    }
}
