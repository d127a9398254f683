/// Where in which file something was written; lines and columns count from 1.
public struct Place: Hashable, Sendable, CustomStringConvertible {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) { (self.file, self.line, self.column) = (file, line, column) }

    public var description: String { "\(file):\(line):\(column)" }
}

/// A value of a configuration file with its place. `Settings` makes them from YAML; each stage reads and checks its own.
public struct ConfigurationNode: Hashable, Sendable {
    public indirect enum Content: Hashable, Sendable {
        case null
        /// A plain or quoted scalar as it was written; `isQuoted` tells `"123"` from `123`.
        case scalar(String, isQuoted: Bool)
        case sequence([ConfigurationNode])
        case mapping([Entry])
    }

    public struct Entry: Hashable, Sendable {
        public var key: String
        public var keyPlace: Place
        public var value: ConfigurationNode

        public init(key: String, keyPlace: Place, value: ConfigurationNode) {
            (self.key, self.keyPlace, self.value) = (key, keyPlace, value)
        }
    }

    public var content: Content
    public var place: Place

    public init(_ content: Content, at place: Place) { (self.content, self.place) = (content, place) }

    public var isNull: Bool { content == .null }

    /// The value of `key` in a mapping; nil when absent or not a mapping.
    public subscript(key: String) -> ConfigurationNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }
}

/// One thing that is wrong with a configuration.
public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable, listed in docs/errors.md, for instance `config.unknown_key`.
    public var code: String
    public var place: Place
    /// What is wrong and what to do, in plain words.
    public var text: String

    public init(_ code: String, at place: Place, _ text: String) { (self.code, self.place, self.text) = (code, place, text) }

    public var description: String { "\(place): \(text) [\(code)]" }
}

/// All problems of one check: a configuration fails with every one of them at once.
public struct Problems: Hashable, Sendable {
    public private(set) var list: [Problem] = []

    public init() {}

    public var isEmpty: Bool { list.isEmpty }

    public mutating func add(_ code: String, at place: Place, _ text: String) { list.append(Problem(code, at: place, text)) }
    public mutating func add(_ problem: Problem) { list.append(problem) }
}

/// Reads one mapping key by key, notes what was read, and reports what nobody asked for.
///
/// Every getter reports its own problem and returns nil (or the default) instead of throwing, so that one
/// pass finds all faults. Call `finish` last.
public struct MappingReader {
    public let node: ConfigurationNode
    private let entries: [ConfigurationNode.Entry]
    private var asked: [String] = []

    /// - Parameter what: what the mapping should be, for the message, for instance "a rule".
    public init(_ node: ConfigurationNode, _ what: String, _ problems: inout Problems) {
        self.node = node
        switch node.content {
        case .mapping(let found):
            entries = found
        case .null:
            entries = []
        default:
            entries = []
            problems.add("config.wrong_type", at: node.place, "expected \(what) as a mapping of keys to values")
        }
    }

    /// The raw node of `key`, or nil when it is absent or null.
    public mutating func optional(_ key: String) -> ConfigurationNode? {
        asked.append(key)
        guard let value = entries.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
        return value
    }

    public mutating func required(_ key: String, _ problems: inout Problems) -> ConfigurationNode? {
        if let value = optional(key) { return value }
        problems.add("config.missing_key", at: node.place, "the key \"\(key)\" is missing")
        return nil
    }

    public mutating func string(_ key: String, _ problems: inout Problems) -> String? {
        required(key, &problems).flatMap { $0.string(key, &problems) }
    }

    public mutating func string(_ key: String, default fallback: String, _ problems: inout Problems) -> String {
        optional(key).map { $0.string(key, &problems) ?? fallback } ?? fallback
    }

    /// A whole number inside `range`.
    public mutating func int(_ key: String, in range: ClosedRange<Int>, _ problems: inout Problems) -> Int? {
        required(key, &problems).flatMap { $0.int(key, in: range, &problems) }
    }

    public mutating func int(_ key: String, in range: ClosedRange<Int>, default fallback: Int, _ problems: inout Problems) -> Int {
        optional(key).map { $0.int(key, in: range, &problems) ?? fallback } ?? fallback
    }

    public mutating func bool(_ key: String, default fallback: Bool, _ problems: inout Problems) -> Bool {
        optional(key).map { $0.bool(key, &problems) ?? fallback } ?? fallback
    }

    /// A decimal as an integer of 10^-`decimals`; more digits than that are a problem.
    public mutating func decimal(_ key: String, decimals: Int, _ problems: inout Problems) -> Int64? {
        optional(key).flatMap { $0.decimal(key, decimals: decimals, &problems) }
    }

    /// One of `choices`.
    public mutating func choice(_ key: String, _ choices: [String], default fallback: String?, _ problems: inout Problems) -> String? {
        let found = fallback == nil ? required(key, &problems) : optional(key)
        guard let value = found else { return fallback }
        guard let text = value.string(key, &problems) else { return fallback }
        guard choices.contains(text) else {
            problems.add("config.unknown_choice", at: value.place, "\"\(text)\" is not one of \(choices.joined(separator: ", ")) for \"\(key)\"")
            return fallback
        }
        return text
    }

    /// The items of a sequence; a missing key gives none.
    public mutating func list(_ key: String, _ problems: inout Problems) -> [ConfigurationNode] {
        guard let value = optional(key) else { return [] }
        guard case .sequence(let items) = value.content else {
            problems.add("config.wrong_type", at: value.place, "\"\(key)\" must be a list")
            return []
        }
        return items
    }

    public mutating func strings(_ key: String, _ problems: inout Problems) -> [String] {
        var texts: [String] = []
        for item in list(key, &problems) {
            if let text = item.string(key, &problems) { texts.append(text) }
        }
        return texts
    }

    /// Both languages of a text: `{zh-CN: …, en: …}`.
    public mutating func text(_ key: String, _ problems: inout Problems) -> LocalizedText? {
        guard let value = required(key, &problems) else { return nil }
        var reader = MappingReader(value, "a text in zh-CN and en", &problems)
        let zhCN = reader.string("zh-CN", &problems), en = reader.string("en", &problems)
        reader.finish(&problems)
        guard let zhCN, let en else { return nil }
        return LocalizedText(zhCN: zhCN, en: en)
    }

    /// Reports every key that nobody asked for and every key written twice.
    public func finish(_ problems: inout Problems) {
        var seen: [String] = []
        for entry in entries {
            if seen.contains(entry.key) {
                problems.add("config.duplicate_key", at: entry.keyPlace, "the key \"\(entry.key)\" stands twice")
            } else if !asked.contains(entry.key) {
                let known = Set(asked).sorted().joined(separator: ", ")
                problems.add("config.unknown_key", at: entry.keyPlace, "unknown key \"\(entry.key)\"; known here: \(known)")
            }
            seen.append(entry.key)
        }
    }
}

extension ConfigurationNode {
    public func string(_ key: String, _ problems: inout Problems) -> String? {
        if case .scalar(let text, _) = content { return text }
        problems.add("config.wrong_type", at: place, "\"\(key)\" must be a text")
        return nil
    }

    public func int(_ key: String, in range: ClosedRange<Int>, _ problems: inout Problems) -> Int? {
        guard case .scalar(let text, false) = content, let value = Int(text) else {
            problems.add("config.wrong_type", at: place, "\"\(key)\" must be a whole number")
            return nil
        }
        guard range.contains(value) else {
            problems.add("config.out_of_range", at: place, "\"\(key)\" is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    public func bool(_ key: String, _ problems: inout Problems) -> Bool? {
        if case .scalar("true", false) = content { return true }
        if case .scalar("false", false) = content { return false }
        problems.add("config.wrong_type", at: place, "\"\(key)\" must be true or false")
        return nil
    }

    /// A plain decimal such as `-12.5`, as an integer of 10^-`decimals`.
    public func decimal(_ key: String, decimals: Int, _ problems: inout Problems) -> Int64? {
        guard case .scalar(let text, false) = content, let value = ConfigurationNode.scaled(text, decimals: decimals) else {
            problems.add("config.wrong_type", at: place, "\"\(key)\" must be a number with at most \(decimals) decimals")
            return nil
        }
        return value
    }

    static func scaled(_ text: String, decimals: Int) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let head = parts.first, !head.isEmpty else { return nil }
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard fraction.utf8.count <= decimals, parts.count == 1 || !fraction.isEmpty else { return nil }
        let digits = String(head) + fraction + String(repeating: "0", count: decimals - fraction.utf8.count)
        guard digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = Int64(digits) else { return nil }
        return isNegative ? -value : value
    }
}
