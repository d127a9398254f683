import CareModel
import Crypto
import Decoding
import Foundation

/// The hub's secret for tokens; without it a token tells nothing about the person.
enum TokenKey {
    static let fileName = "token-key"

    /// Reads it, or makes it at the first start: 32 random bytes in a file that only the hub's user can read.
    static func open(_ dataFolder: String) throws -> SymmetricKey {
        let file = dataFolder + "/" + fileName
        if let data = FileManager.default.contents(atPath: file), data.count == 32 { return SymmetricKey(data: data) }
        let key = SymmetricKey(size: .bits256)
        let data = key.withUnsafeBytes { Data($0) }
        guard FileManager.default.createFile(atPath: file, contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw Gateway.StartFailure(description: "the key of tokens can't be written to \(file)")
        }
        return key
    }
}

/// Replaces identifying fields (national ids, e-mail) that a profile marks by a keyed token, before the journal.
///
/// The same text gives the same token, so a person is recognised again; nobody can go back without the hub's key.
struct Tokeniser: Sendable {
    let key: SymmetricKey
    var registry: Registry

    func replacing(_ message: Message) -> Message {
        let ranges = registry.identifyingRanges(in: message)
        guard !ranges.isEmpty else { return message }
        var copy = message
        for range in ranges.reversed() {
            let old = Array(message.payload[range])
            let isNumber = isNumber(old, before: range, in: message.payload)
            copy.payload.replaceSubrange(range, with: Tokeniser.token(for: isNumber ? old : Tokeniser.meant(old), isNumber: isNumber, key: key))
        }
        return copy
    }

    /// A string stands between quotation marks; what doesn't is a number, and its token must be one too.
    private func isNumber(_ text: [UInt8], before range: Range<Int>, in payload: [UInt8]) -> Bool {
        range.lowerBound > 0 && range.count < payload.count && payload[range.lowerBound - 1] != UInt8(ascii: "\"") && text.allSatisfy { $0 < 0x80 }
    }

    /// What may stand for `text` in stored messages: where it was a text, and where it was a number.
    static func tokens(of text: String, key: SymmetricKey) -> [String] {
        let written = Array(text.utf8)
        var found = [String(decoding: token(for: written, isNumber: false, key: key), as: UTF8.self)]
        if !written.isEmpty, written.allSatisfy({ (0x30...0x39).contains($0) }) {
            found.append(String(decoding: token(for: written, isNumber: true, key: key), as: UTF8.self))
        }
        return found
    }

    /// The inside of a JSON string as it is meant: however it is escaped and whatever spaces stand around it, the same text
    /// gives the same token.
    private static func meant(_ inside: [UInt8]) -> [UInt8] {
        var text = inside
        if inside.contains(UInt8(ascii: "\\")),
           let value = try? JSONReader.read([UInt8(ascii: "[")] + [UInt8(ascii: "\"")] + inside + [UInt8(ascii: "\""), UInt8(ascii: "]")], limits: .message),
           case .array(let items) = value, let plain = items.first?.text { text = Array(plain.utf8) }
        let isBlank = { (b: UInt8) in b == 0x20 || b == 0x09 }
        return Array(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func token(for text: [UInt8], isNumber: Bool, key: SymmetricKey) -> [UInt8] {
        let code = Array(HMAC<SHA256>.authenticationCode(for: text, using: key))
        if isNumber {
            let number = code.prefix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 1_000_000_000_000_000
            return Array(String(number).utf8)
        }
        return Array(("tok-" + code.prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()).utf8)
    }
}
