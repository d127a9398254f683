import CareModel
import Testing
@testable import Decoding

@Suite("Delimited text reader")
struct DelimitedReaderTests {
    func read(_ text: String, _ delimiter: Character = ",", _ columns: [String] = [], _ limits: DocumentLimits = .message) -> String {
        outcome { () throws(DocumentFailure) in
            var tree = ValueTree()
            try DelimitedReader.read(Array(text.utf8), delimiter: delimiter.asciiValue ?? 0, columns: columns.map { Array($0.utf8) }, into: &tree, limits: limits)
            return tree.value(0)
        }
    }

    @Test("fields, empty ones, quotation marks and line ends", arguments: [
        ("aaa,bbb,ccc\r\n", #"["aaa","bbb","ccc"]"#), ("zzz,yyy,xxx", #"["zzz","yyy","xxx"]"#), ("\"aaa\",\"b\r\nbb\",ccc", "[\"aaa\",\"b\r\nbb\",\"ccc\"]"),
        ("\"aaa\",\"b\"\"bb\",\"ccc\"", #"["aaa","b"bb","ccc"]"#), ("bphrt,120,79,73,,,,", #"["bphrt","120","79","73","","","",""]"#), (",", #"["",""]"#), ("", #"[""]"#), ("\n", #"[""]"#),
        ("a, b ,c\n", #"["a"," b ","c"]"#), ("5\" disk,x", #"["5" disk","x"]"#), ("\"\",1", #"["","1"]"#), ("\"\"\"\"", #"["""]"#), ("\u{FEFF}a,b", #"["a","b"]"#),
    ])
    func lines(text: String, expected: String) { #expect(read(text) == expected) }

    @Test("what isn't one line is refused at its byte", arguments: [
        ("\"a", "truncated"), ("\"a\"b,c", "malformed(at: 3)"), ("a\nb", "malformed(at: 1)"), ("a,b\n\n", "malformed(at: 3)"), ("a\u{0},b", "nul(at: 1)"), ("\"a\u{0}\"", "nul(at: 2)"),
        ("\"a\"\"\u{0}\"", "nul(at: 4)"),
    ])
    func faults(text: String, expected: String) { #expect(read(text) == expected) }

    @Test("any delimiter, and columns by name")
    func columns() {
        #expect(read("1;2,5;3", ";") == #"["1","2,5","3"]"#)
        #expect(read("36.6|71|x|y", "|", ["t", "hr"]) == #"{t:"36.6",hr:"71",2:"x",3:"y"}"#)
        #expect(read("36.6", "|", ["t", "hr"]) == #"{t:"36.6"}"#)
        #expect(outcome { () throws(DocumentFailure) in try DelimitedReader.read([0x61, 0xC3, 0x2C]) } == "notUTF8(at: 1)")
    }

    @Test("each limit holds at its value and refuses one beyond")
    func limits() {
        let limits = DocumentLimits(bytesMax: 6, depthMax: 1, itemsMax: 4)
        #expect(read("abcdef", ",", [], limits) == #"["abcdef"]"#)
        #expect(read("abcdefg", ",", [], limits) == "tooLong(bytes: 7, max: 6)")
        #expect(read("a,b,c", ",", [], limits) == #"["a","b","c"]"#)
        #expect(read("a,b,c,", ",", [], limits) == "tooManyItems(max: 4)")
        #expect(read("a", ",", [], DocumentLimits(bytesMax: 6, depthMax: 0, itemsMax: 4)) == "tooDeep(max: 0)")
    }
}
