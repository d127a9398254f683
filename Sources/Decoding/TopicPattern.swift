import CareModel

/// A topic with named places: `a/{name}/b` takes one level, `a/{name...}` one or more, `+` and `#` without a name.
///
/// At most one place of a pattern takes several levels, so that a topic matches in one way only.
struct TopicPattern: Hashable, Sendable {
    enum Level: Hashable, Sendable {
        case literal(String)
        /// Index into `names`, or -1 for a place without a name.
        case one(Int)
        case several(Int)
    }

    var text: String
    var levels: [Level]
    var names: [String]

    /// - Returns: nil when the text is no pattern.
    init?(_ text: String) {
        (self.text, levels, names) = (text, [], [])
        guard !text.isEmpty, text.utf8.count <= Limits.topicBytesMax else { return nil }
        var severalCount = 0
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        for (position, part) in parts.enumerated() {
            if part == "+" {
                levels.append(.one(-1))
            } else if part == "#" {
                guard position == parts.count - 1 else { return nil }
                levels.append(.several(-1))
                severalCount += 1
            } else if part.hasPrefix("{"), part.hasSuffix("}") {
                var name = String(part.dropFirst().dropLast())
                let isSeveral = name.hasSuffix("...")
                if isSeveral { name.removeLast(3); severalCount += 1 }
                guard name.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || $0 == 95 || ($0 >= 48 && $0 <= 57) }), !name.isEmpty, !names.contains(name) else { return nil }
                levels.append(isSeveral ? .several(names.count) : .one(names.count))
                names.append(name)
            } else {
                guard !part.contains(where: { $0 == "{" || $0 == "}" || $0 == "+" || $0 == "#" }) else { return nil }
                levels.append(.literal(String(part)))
            }
        }
        guard severalCount <= 1 else { return nil }
    }

    /// What the named places hold in `topic`; nil when it doesn't match.
    func match(_ topic: [Substring]) -> [String]? {
        let several = levels.firstIndex { if case .several = $0 { true } else { false } }
        guard several == nil ? topic.count == levels.count : topic.count >= levels.count else { return nil }
        var captures = [String](repeating: "", count: names.count)
        var position = 0
        for level in levels {
            switch level {
            case .literal(let wanted):
                guard topic[position] == wanted else { return nil }
                position += 1
            case .one(let name):
                if name >= 0 { captures[name] = String(topic[position]) }
                position += 1
            case .several(let name):
                let count = topic.count - levels.count + 1
                if name >= 0 { captures[name] = topic[position..<position + count].joined(separator: "/") }
                position += count
            }
        }
        return captures
    }

    /// The MQTT filter that takes every topic of the pattern, and more where several levels stand before a suffix.
    var filter: String {
        var parts: [String] = []
        for level in levels {
            switch level {
            case .literal(let text): parts.append(text)
            case .one: parts.append("+")
            case .several: return (parts + ["#"]).joined(separator: "/")
            }
        }
        return parts.joined(separator: "/")
    }

    /// Whether some topic matches both patterns.
    func overlaps(_ other: TopicPattern) -> Bool { TopicPattern.overlap(levels[...], other.levels[...]) }

    private static func overlap(_ a: ArraySlice<Level>, _ b: ArraySlice<Level>) -> Bool {
        guard let first = a.first, let second = b.first else { return a.isEmpty && b.isEmpty }
        switch (first, second) {
        case (.literal(let x), .literal(let y)):
            return x == y && overlap(a.dropFirst(), b.dropFirst())
        case (.several, _):
            // The several levels end here, or go on over one more level of the other.
            return overlap(a.dropFirst(), b.dropFirst()) || overlap(a, b.dropFirst()) || isSeveral(second) && overlap(a.dropFirst(), b)
        case (_, .several):
            return overlap(a.dropFirst(), b.dropFirst()) || overlap(a.dropFirst(), b)
        default:
            return overlap(a.dropFirst(), b.dropFirst())
        }
    }

    private static func isSeveral(_ level: Level) -> Bool { if case .several = level { true } else { false } }
}

/// MQTT filters among each other.
enum TopicFilter {
    /// Whether every topic of `narrow` matches `wide` too.
    static func covers(_ wide: String, _ narrow: String) -> Bool {
        let a = wide.split(separator: "/", omittingEmptySubsequences: false), b = narrow.split(separator: "/", omittingEmptySubsequences: false)
        for (i, level) in a.enumerated() {
            if level == "#" { return true }
            guard i < b.count, b[i] != "#", level == "+" || level == b[i] else { return false }
        }
        return a.count == b.count
    }
}
