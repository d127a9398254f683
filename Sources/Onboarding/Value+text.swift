import Decoding
import Formats
import Simulation

extension Value {
    /// The value as JSON.
    public var json: [UInt8] {
        var w = JSONWriter()
        write(to: &w)
        return w.bytes
    }

    /// A single value: neither a list nor an object.
    var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    /// As a profile would write it in a map or a condition; nil for what has no such text.
    var word: String? {
        switch self {
        case .bool(let on): on ? "true" : "false"
        case .string(let text): text
        case .number(let number): number.text
        default: nil
        }
    }

    /// The number that it is, a text of digits included.
    var quantity: DecimalNumber? {
        switch self {
        case .number(let number): number
        case .string(let text): text.isEmpty || text.utf8.count > 24 ? nil : DecimalNumber(text)
        default: nil
        }
    }
}

extension DecimalNumber {
    /// For ordering only: two numbers whose difference is beyond twelve places count as equal.
    func isLess(than other: DecimalNumber) -> Bool {
        for places in [12, 6, 2, 0] {
            if let a = scaled(decimals: places), let b = other.scaled(decimals: places) { return a < b }
        }
        return exponent < other.exponent
    }
}

/// YAML scalars and JSON texts.
enum Written {
    /// A scalar that YAML reads back as the same text: plain where that is safe.
    static func yaml(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 65 && $0 <= 90) || ($0 >= 48 && $0 <= 57) || $0 == 95 || $0 == 46 || $0 == 47 || $0 == 45 }
        let first = text.utf8.first ?? 0
        let isWord = (first >= 97 && first <= 122) || (first >= 65 && first <= 90)
        let reserved = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"]
        if isPlain, isWord, !reserved.contains(text.lowercased()) { return text }
        return quoted(text)
    }

    /// In double quotes, as JSON and YAML both read it.
    static func quoted(_ text: String) -> String {
        var w = JSONWriter()
        w.string(text)
        return String(decoding: w.bytes, as: UTF8.self)
    }

    /// Shown to a person: short, on one line.
    static func shown(_ text: String) -> String {
        let short = text.unicodeScalars.count > 40 ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(40))) + "…" : text
        return quoted(short)
    }
}

extension String {
    /// Whether the other text, which isn't empty, stands somewhere in this one.
    func holds(_ other: String) -> Bool {
        let whole = Array(utf8), part = Array(other.utf8)
        guard let first = part.first, whole.count >= part.count else { return false }
        return (0...whole.count - part.count).contains { whole[$0] == first && whole[$0..<$0 + part.count].elementsEqual(part) }
    }
}
