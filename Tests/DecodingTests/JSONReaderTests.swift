import CareModel
import Decoding
import Testing

@Suite("JSON reader")
struct JSONReaderTests {
    func failure(_ text: String, _ limits: DocumentLimits = .message) -> DocumentFailure? { failure(Array(text.utf8), limits) }

    func failure(_ bytes: [UInt8], _ limits: DocumentLimits = .message) -> DocumentFailure? {
        do throws(DocumentFailure) {
            _ = try JSONReader.read(bytes, limits: limits)
            return nil
        } catch { return error }
    }

    @Test("all sorts of values are read, in the document's order")
    func values() throws {
        let value = try JSONReader.read(Array(#" {"b":[1,-2.50,3e2,true,false,null,""],"a":{"x":"你好"},"b":9} "#.utf8))
        #expect(value.members?.map(\.key) == ["b", "a", "b"])
        #expect(value["b"]?.items == [
            .number(DecimalNumber(1)), .number(DecimalNumber(-250, exponent: -2)), .number(DecimalNumber(3, exponent: 2)), .bool(true), .bool(false), .null, .string(""),
        ])
        #expect(value["a"]?["x"]?.text == "你好")
    }

    @Test("escapes give their characters, surrogate pairs one")
    func escapes() throws {
        let value = try JSONReader.read(Array(#"{"k\u0065y":"a\"\\\/\b\f\n\r\t\u4f60\ud83d\ude00z"}"#.utf8))
        #expect(value["key"]?.text == "a\"\\/\u{8}\u{c}\n\r\t你😀z")
    }

    @Test("what ends or breaks a text is found at every offset among plain letters")
    func plainLetters() throws {
        for count in 0..<40 {
            let plain = String(repeating: "~", count: count)
            #expect(try JSONReader.read(Array("\"\(plain)\"".utf8)).text == plain)
            #expect(try JSONReader.read(Array("\"\(plain)\\n\(plain)é\(plain)\"".utf8)).text == "\(plain)\n\(plain)é\(plain)")
            #expect(failure("\"\(plain)\u{1F}\(plain)\"") == .malformed(at: count + 1))
            #expect(failure("\"\(plain)\u{0}\(plain)\"") == .nul(at: count + 1))
            #expect(failure(Array("\"\(plain)".utf8) + [0xFF] + Array("\(plain)\"".utf8)) == .notUTF8(at: count + 1))
            #expect(failure("\"\(plain)") == .truncated)
        }
    }

    @Test("a byte order mark before the document is passed over")
    func byteOrderMark() throws {
        #expect(try JSONReader.read([0xEF, 0xBB, 0xBF] + Array("7".utf8)) == .number(DecimalNumber(7)))
    }

    @Test("cut at any byte, a document is truncated and nothing else")
    func truncation() {
        let bytes = Array(#"{"action":"emerg\u0065ncy","a":[1.5,-20,true,null,false,{"k":"é"}],"n":-1e5}"#.utf8)
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            let found = failure(cut)
            // Inside a character of two bytes the cut shows as broken UTF-8.
            if cut.last == 0xC3 { #expect(found?.reason == .notUTF8) } else { #expect(found == .truncated, "cut at \(count)") }
        }
        #expect(failure(bytes) == nil)
    }

    @Test("what JSON doesn't have is refused", arguments: [
        "{\"a\":01}", "{\"a\":.5}", "{\"a\":1.}x", "{\"a\":+1}", "{a:1}", "{'a':1}", "[1,]", "{\"a\":1,}", "[1 2]", "{\"a\" 1}", "tru3", "\"\u{1}\"",
        "\"\\x\"", "\"\\ud800\"x", "\"\\udc00\"", "\"\\ud800\\u0041\"", "1 2", "{} {}", "// a", "[1]]", "\"\\u00g0\"",
    ])
    func malformed(text: String) {
        guard case .malformed? = failure(text) else {
            Issue.record("\(text) gave \(String(describing: failure(text)))")
            return
        }
    }

    @Test("NaN and Infinity are told apart from other faults", arguments: ["NaN", "nan", "-Infinity", "inf", "[1,NaN]", "{\"a\":-nan}"])
    func notFinite(text: String) {
        guard case .notFinite? = failure(text) else {
            Issue.record("\(text) gave \(String(describing: failure(text)))")
            return
        }
        #expect(failure(text)?.reason == .malformed)
    }

    @Test("NUL is refused wherever it stands", arguments: ["\0", "{\"a\":\0}", "\"a\0b\"", "\"\\u0000\"", "{}\0"])
    func nul(text: String) {
        guard case .nul? = failure(text) else {
            Issue.record("gave \(String(describing: failure(text)))")
            return
        }
    }

    @Test("bytes that aren't UTF-8 are refused", arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xC3, 0x22], [0xFF],
    ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) { #expect(failure(bytes)?.reason == .notUTF8) }

    @Test("depth is limited: 16 levels pass, 17 don't")
    func depth() {
        func nested(_ n: Int) -> String { String(repeating: "[", count: n) + String(repeating: "]", count: n) }
        #expect(failure(nested(DocumentLimits.message.depthMax)) == nil)
        #expect(failure(nested(DocumentLimits.message.depthMax + 1)) == .tooDeep(max: 16))
        #expect(failure(String(repeating: "[", count: 60_000)) == .tooDeep(max: 16))
    }

    @Test("bytes and items are limited: at the limit they pass, one past it they don't")
    func sizes() {
        let text = "[1,2,3]"
        #expect(failure(text, DocumentLimits(bytesMax: 7, depthMax: 1, itemsMax: 4)) == nil)
        #expect(failure(text, DocumentLimits(bytesMax: 6, depthMax: 1, itemsMax: 4)) == .tooLong(bytes: 7, max: 6))
        #expect(failure(text, DocumentLimits(bytesMax: 7, depthMax: 1, itemsMax: 3)) == .tooManyItems(max: 3))
        let full = "[" + String(repeating: "0,", count: DocumentLimits.message.itemsMax - 2) + "0]"
        #expect(failure(full) == nil)
        #expect(failure("[0," + full.dropFirst()) == .tooManyItems(max: DocumentLimits.message.itemsMax))
    }

    @Test("no document makes the reader crash", arguments: [1, 2, 3] as [UInt64])
    func mutations(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let whole = Array(#"{"IMEI":"861","v":[-1.5e3,{"a":"\u00e9\n"}],"b":true,"n":null}"#.utf8)
        for _ in 0..<4_000 {
            var bytes = whole
            for _ in 0...next(4) { bytes[next(bytes.count)] = UInt8(next(256)) }
            if next(3) == 0 { bytes.removeLast(next(bytes.count)) }
            _ = failure(bytes)
        }
    }
}
