import CareModel

/// A sentence with placeholders in braces, such as `{value}`; a part in square brackets is left out when a
/// placeholder in it has nothing to show: `[{room}：]疑似跌倒`.
struct SentenceTemplate: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case text(String)
        case placeholder(String)
        case optional([Piece])
    }

    /// One sentence is read aloud or shown on a small screen.
    static let bytesMax = 1_000

    let pieces: [Piece]

    /// - Parameter known: the placeholders that may stand in it; any other is a problem at `place`.
    init(_ text: String, known: [String], at place: Place, _ problems: inout Problems) {
        if text.utf8.count > SentenceTemplate.bytesMax {
            problems.add("rules.text_too_long", at: place, "a sentence may have at most \(SentenceTemplate.bytesMax) bytes")
        }
        var rest = Substring(text)
        var fault: String?
        pieces = SentenceTemplate.read(&rest, isInside: false, known: known, &fault)
        if let fault { problems.add("rules.bad_placeholder", at: place, fault) }
    }

    private static func read(_ rest: inout Substring, isInside: Bool, known: [String], _ fault: inout String?) -> [Piece] {
        var pieces: [Piece] = [], text = ""
        func flush() { if !text.isEmpty { pieces.append(.text(text)); text = "" } }
        while let character = rest.popFirst() {
            switch character {
            case "{":
                flush()
                guard let end = rest.firstIndex(of: "}") else {
                    fault = "a \"{\" has no \"}\""
                    return pieces
                }
                let name = String(rest[..<end])
                rest = rest[rest.index(after: end)...]
                if known.contains(name) { pieces.append(.placeholder(name)) }
                else { fault = "unknown placeholder {\(name)}; known here: \(known.sorted().map { "{\($0)}" }.joined(separator: " "))" }
            case "[":
                flush()
                if isInside { fault = "square brackets can't stand inside each other" }
                pieces.append(.optional(read(&rest, isInside: true, known: known, &fault)))
            case "]":
                flush()
                if !isInside { fault = "a \"]\" has no \"[\"" }
                return pieces
            default:
                text.append(character)
            }
        }
        flush()
        if isInside { fault = "a \"[\" has no \"]\"" }
        return pieces
    }

    /// - Parameter value: the text of a placeholder; empty = nothing to show.
    func filled(_ value: (String) -> String) -> String {
        var out = ""
        for piece in pieces {
            switch piece {
            case .text(let text): out += text
            case .placeholder(let name): out += value(name)
            case .optional(let inner):
                let hasGap = inner.contains { if case .placeholder(let name) = $0 { value(name).isEmpty } else { false } }
                if !hasGap { out += SentenceTemplate(inner).filled(value) }
            }
        }
        return out
    }

    private init(_ pieces: [Piece]) { self.pieces = pieces }
}

/// A sentence in both languages.
struct BilingualTemplate: Hashable, Sendable {
    var zhCN: SentenceTemplate
    var en: SentenceTemplate

    /// Reads `{zh-CN: …, en: …}`.
    init?(_ node: ConfigurationNode, known: [String], _ problems: inout Problems) {
        var reader = MappingReader(node, "a text in zh-CN and en", &problems)
        let zh = reader.required("zh-CN", &problems), en = reader.required("en", &problems)
        reader.finish(&problems)
        guard let zh, let en, let zhText = zh.string("zh-CN", &problems), let enText = en.string("en", &problems) else { return nil }
        self.zhCN = SentenceTemplate(zhText, known: known, at: zh.place, &problems)
        self.en = SentenceTemplate(enText, known: known, at: en.place, &problems)
    }

    /// A sentence of the program itself.
    init(zhCN: String, en: String, known: [String]) {
        var none = Problems()
        let place = Place(file: "", line: 0, column: 0)
        self.zhCN = SentenceTemplate(zhCN, known: known, at: place, &none)
        self.en = SentenceTemplate(en, known: known, at: place, &none)
    }

    func filled(_ value: (String, Language) -> String) -> LocalizedText {
        LocalizedText(zhCN: zhCN.filled { value($0, .zhCN) }, en: en.filled { value($0, .en) })
    }
}
