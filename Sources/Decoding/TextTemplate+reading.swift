import CareModel

extension TextTemplate {
    /// Whether no field is taken in part or in another form.
    var isPlain: Bool { parts.allSatisfy { if case .field(_, let form) = $0 { form == .plain } else { true } } }

    /// The text itself where it has no places; nil where it has.
    var constant: String? {
        var text = ""
        for part in parts {
            guard case .literal(let piece) = part else { return nil }
            text += piece
        }
        return text
    }

    /// A payload, in which single braces are the payload's own and `{{name}}` is a place.
    init?(json text: String, _ names: PathNames) {
        parts = []
        var rest = text[...]
        while let open = rest.firstRange(ofDoubled: "{") {
            guard let close = rest[open.upperBound...].firstRange(ofDoubled: "}") else { return nil }
            if open.lowerBound > rest.startIndex { parts.append(.literal(String(rest[..<open.lowerBound]))) }
            let name = String(rest[open.upperBound..<close.lowerBound])
            guard let part = TextTemplate.place(name, names.topic, names.parts) else { return nil }
            parts.append(part)
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
    }
}

extension Substring {
    /// Where `character` stands twice in a row.
    func firstRange(ofDoubled character: Character) -> Range<Index>? {
        var i = startIndex
        while i < endIndex {
            let next = index(after: i)
            if self[i] == character, next < endIndex, self[next] == character { return i..<index(after: next) }
            i = next
        }
        return nil
    }
}

extension TimeCandidate.Zone {
    /// - Parameter text: `none`, `site`, `utc` or `+08:00`.
    init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "site": self = .site
        case "utc": self = .offset(seconds: 0)
        default:
            var scanner = DigitScanner(Array(text.utf8))
            guard let sign = scanner.sign(), let hours = scanner.number(2), scanner.skip(":"), let minutes = scanner.number(2),
                  scanner.isAtEnd, hours <= 14, minutes <= 59 else { return nil }
            self = .offset(seconds: sign * (hours * 3_600 + minutes * 60))
        }
    }
}
