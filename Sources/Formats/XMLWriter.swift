/// Writes XML 1.0 as bytes: elements, attributes and escaped texts, nothing else.
public struct XMLWriter: Sendable {
    public private(set) var bytes: [UInt8] = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>".utf8)

    public init() {}

    /// - Parameters:
    ///   - name: an element's name, and that of its one attribute: both need no escapes.
    public mutating func open(_ name: StaticString, _ attribute: StaticString? = nil, _ value: String = "") {
        append("<")
        append(name)
        if let attribute {
            append(" ")
            append(attribute)
            append("=\"")
            text(value)
            append("\"")
        }
        append(">")
    }

    public mutating func close(_ name: StaticString) {
        append("</")
        append(name)
        append(">")
    }

    public mutating func element(_ name: StaticString, _ value: String) {
        open(name)
        text(value)
        close(name)
    }

    /// What XML 1.0 can't hold even escaped (control characters, U+FFFE, U+FFFF) becomes a space.
    private mutating func text(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"": append("&quot;")
            case "\t", "\n", "\r": append(" ")
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": append(" ")
            default: bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
            }
        }
    }

    private mutating func append(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
}
