import CareModel
import Decoding

/// A payload of which nobody has said how it is to be read, and the plainest way that fits.
struct CapturedDocument: Hashable, Sendable {
    /// One of `PayloadDocument.formats`.
    var format: String
    var separator: UInt8 = 0x2C
    var trim = ""
    var value: Value

    /// The way in which the message would be read; nil for an empty payload.
    init?(_ message: CapturedMessage) {
        let payload = message.payload
        guard payload.contains(where: { $0 > 0x20 }) else { return nil }
        if message.topic.hasPrefix("spBv1.0/"), let value = try? PayloadDocument.read(payload, format: "sparkplug"), value["metrics"] != nil {
            self.init(format: "sparkplug", value: value)
            return
        }
        let isText = String(validating: payload, as: UTF8.self) != nil && !payload.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }
        self = isText ? CapturedDocument.text(payload) : CapturedDocument.binary(payload)
    }

    init(format: String, separator: UInt8 = 0x2C, trim: String = "", value: Value) {
        (self.format, self.separator, self.trim, self.value) = (format, separator, trim, value)
    }

    private static func text(_ payload: [UInt8]) -> CapturedDocument {
        if let value = try? PayloadDocument.read(payload, format: "json"), value.items != nil || value.members != nil {
            if isSenML(value), let records = try? PayloadDocument.read(payload, format: "senml") { return CapturedDocument(format: "senml", value: records) }
            return CapturedDocument(format: "json", value: value)
        }
        let plain = (try? PayloadDocument.read(payload, format: "text")) ?? .string(String(decoding: payload, as: UTF8.self))
        let text = plain.text ?? "", bytes = Array(text.utf8)
        if text.hasPrefix("{") { return CapturedDocument(format: "json", value: plain) }
        if bytes.count >= 2, bytes.first == 0x22, bytes.last == 0x22 { return CapturedDocument(format: "value", value: .string(String(text.dropFirst().dropLast()))) }
        if DecimalNumber(text) == nil, bytes.count >= 8 {
            if bytes.contains(where: { $0 >= 48 && $0 <= 57 }), let raw = PayloadDocument.hex(bytes) { return CapturedDocument(format: "hex", value: .bytes(raw)) }
            if looksLikeBase64(bytes), let raw = Base64.decode(bytes) { return CapturedDocument(format: "base64", value: .bytes(raw)) }
        }
        return delimited(payload, text) ?? CapturedDocument(format: "text", value: plain)
    }

    /// A digit, a small and a great letter, or the padding: no word of a language.
    private static func looksLikeBase64(_ bytes: [UInt8]) -> Bool {
        guard bytes.count % 4 == 0, bytes.allSatisfy({ ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || $0 == 43 || $0 == 47 || $0 == 61 }) else { return false }
        if bytes.last == 61 { return true }
        return bytes.contains { $0 >= 48 && $0 <= 57 } && bytes.contains { $0 >= 65 && $0 <= 90 } && bytes.contains { $0 >= 97 && $0 <= 122 }
    }

    private static func delimited(_ payload: [UInt8], _ text: String) -> CapturedDocument? {
        let trim = text.hasPrefix("[") && text.hasSuffix("]") ? "[]" : text.hasPrefix("<") && text.hasSuffix(">") ? "<>" : text.hasPrefix("$") && text.hasSuffix("#") ? "$#" : ""
        var best: CapturedDocument?
        for separator in [0x3B, 0x7C, 0x09, 0x2C, 0x2A] as [UInt8] {
            guard let found = try? PayloadDocument.read(payload, format: "csv", separator: separator, trim: Array(trim.utf8)), let items = found.items, items.count >= 2 else { continue }
            // A sentence with a comma is no list of values.
            guard items.contains(where: { $0.quantity != nil || ($0.text?.contains("=") ?? false) || ($0.text?.contains(":") ?? false) }) else { continue }
            if items.count > best?.value.items?.count ?? 0 { best = CapturedDocument(format: "csv", separator: separator, trim: trim, value: found) }
        }
        return best
    }

    private static func binary(_ payload: [UInt8]) -> CapturedDocument {
        var best: (score: Int, document: CapturedDocument)?
        for format in ["senml_cbor", "cbor", "msgpack"] {
            guard let value = try? PayloadDocument.read(payload, format: format), !value.isScalar else { continue }
            let score = format == "senml_cbor" ? (isSenML(value) ? 100 : 0) : score(value)
            if score > best?.score ?? 0 { best = (score, CapturedDocument(format: format, value: value)) }
        }
        return best?.document ?? CapturedDocument(format: "bytes", value: .bytes(payload))
    }

    /// How much a document looks like one that somebody meant: named fields.
    private static func score(_ value: Value) -> Int {
        if let members = value.members { return members.allSatisfy { !$0.key.isEmpty } ? 1 + members.count : 0 }
        guard let items = value.items, !items.isEmpty else { return 0 }
        return items.reduce(0) { $0 + ($1.members?.count ?? 0) }
    }

    private static func isSenML(_ value: Value) -> Bool {
        guard let items = value.items, !items.isEmpty else { return false }
        return items.allSatisfy { $0.members != nil } && items.contains { $0["v"] != nil || $0["vb"] != nil || $0["vs"] != nil || $0["bv"] != nil }
            && items.contains { $0["n"] != nil || $0["bn"] != nil }
    }
}
