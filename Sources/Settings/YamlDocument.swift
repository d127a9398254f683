import CareModel
import Foundation
import Yams

/// Turns one YAML file into a `ConfigurationNode` whose every key and value knows its line and column.
public enum YamlDocument {
    /// Reads a file's bytes.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8, at most `Limits.configurationFileBytesMax`.
    ///   - file: the name in places and messages.
    /// - Returns: nil when it is not YAML or breaks a limit; `problems` then has the place. An empty file is null.
    public static func read(_ bytes: [UInt8], file: String, _ problems: inout Problems) -> ConfigurationNode? {
        let start = Place(file: file, line: 1, column: 1)
        guard bytes.count <= Limits.configurationFileBytesMax else {
            problems.add("config.too_large", at: start, "the file has \(bytes.count) bytes; at most \(Limits.configurationFileBytesMax) are read")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add("config.not_utf8", at: YamlDocument.placeOfBadUTF8(bytes, file), "the file is not UTF-8; save it as UTF-8")
            return nil
        }
        if let deep = YamlDocument.tooDeepFlow(bytes, file) {
            problems.add("config.too_deep", at: deep, "more than \(SettingsLimits.depthMax) lists or mappings inside each other")
            return nil
        }
        do {
            guard let root = try Yams.compose(yaml: text, .basic) else { return ConfigurationNode(.null, at: start) }
            var conversion = YamlConversion(file: file)
            let node = conversion.node(root, depth: 0, &problems)
            return conversion.isCutShort ? nil : node
        } catch let error as YamlError {
            problems.add(YamlDocument.problem(error, file))
        } catch {
            problems.add("config.syntax", at: start, "not readable as YAML: \(error)")
        }
        return nil
    }

    private static func problem(_ error: YamlError, _ file: String) -> Problem {
        func place(_ mark: Mark) -> Place { Place(file: file, line: max(mark.line, 1), column: max(mark.column, 1)) }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _), .composer(let context, let problem, let mark, _):
            let where_ = context.map { "; \($0.text) from line \($0.mark.line)" } ?? ""
            return Problem("config.syntax", at: place(mark), "not readable as YAML: \(problem)\(where_)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
            return Problem("config.duplicate_key", at: place(context.mark), "the key \(names) stands twice in one mapping")
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.utf8.prefix(offset ?? 0)
            let line = before.reduce(1) { $1 == 10 ? $0 + 1 : $0 }
            return Problem("config.syntax", at: Place(file: file, line: line, column: 1), "not readable as YAML: \(problem)")
        default:
            return Problem("config.syntax", at: Place(file: file, line: 1, column: 1), "not readable as YAML: \(error)")
        }
    }

    private static func placeOfBadUTF8(_ bytes: [UInt8], _ file: String) -> Place {
        var line = 1, start = 0
        for (index, byte) in bytes.enumerated() where byte == 10 {
            if String(validating: bytes[start...index], as: UTF8.self) == nil { break }
            (line, start) = (line + 1, index + 1)
        }
        return Place(file: file, line: line, column: 1)
    }

    /// The first bracket that could be too deep, before a recursive parser sees it. Quotes and comments are not
    /// looked at: nobody writes that many unclosed brackets in them.
    private static func tooDeepFlow(_ bytes: [UInt8], _ file: String) -> Place? {
        var depth = 0, line = 1, column = 0
        for byte in bytes {
            column += byte & 0xC0 == 0x80 ? 0 : 1
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > SettingsLimits.depthMax { return Place(file: file, line: line, column: column) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            case 10: (line, column) = (line + 1, 0)
            default: break
            }
        }
        return nil
    }
}

/// One pass over what Yams read; aliases are followed, so everything is counted.
private struct YamlConversion {
    let file: String
    private var count = 0
    private(set) var isCutShort = false

    init(file: String) { self.file = file }

    mutating func node(_ node: Node, depth: Int, _ problems: inout Problems) -> ConfigurationNode {
        let place = place(node.mark)
        count += 1
        guard !isCutShort else { return ConfigurationNode(.null, at: place) }
        guard count <= SettingsLimits.nodesPerFileMax else {
            return cut("config.too_many", "more than \(SettingsLimits.nodesPerFileMax) values, aliases counted each time", place, &problems)
        }
        guard depth <= SettingsLimits.depthMax else {
            return cut("config.too_deep", "more than \(SettingsLimits.depthMax) lists or mappings inside each other", place, &problems)
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            refuse(scalar.tag, isText: !isPlain, place, &problems)
            if isPlain, ["", "~", "null"].contains(scalar.string) { return ConfigurationNode(.null, at: place) }
            return ConfigurationNode(.scalar(scalar.string, isQuoted: !isPlain), at: place)
        case .sequence(let sequence):
            refuse(sequence.tag, isText: false, place, &problems)
            var items: [ConfigurationNode] = []
            for item in sequence { items.append(self.node(item, depth: depth + 1, &problems)) }
            return ConfigurationNode(.sequence(items), at: place)
        case .mapping(let mapping):
            refuse(mapping.tag, isText: false, place, &problems)
            var entries: [ConfigurationNode.Entry] = []
            for (key, value) in mapping {
                guard let entry = entry(key, value, depth, &problems) else { continue }
                entries.append(entry)
            }
            return ConfigurationNode(.mapping(entries), at: place)
        case .alias:
            return ConfigurationNode(.null, at: place)
        }
    }

    private mutating func entry(_ key: Node, _ value: Node, _ depth: Int, _ problems: inout Problems) -> ConfigurationNode.Entry? {
        let place = place(key.mark)
        guard case .scalar(let scalar) = key else {
            problems.add("config.wrong_type", at: place, "a key must be a word, not a list or mapping")
            return nil
        }
        // Yams gives every plain key the tag of texts when it looks for duplicates.
        refuse(scalar.tag, isText: true, place, &problems)
        guard scalar.string != "<<" else {
            problems.add("config.merge_key", at: place, "merge keys (<<) are not read; write the keys out, or use an alias for the whole value")
            return nil
        }
        return ConfigurationNode.Entry(key: scalar.string, keyPlace: place, value: node(value, depth: depth + 1, &problems))
    }

    /// A tag would make a value another thing than it looks.
    private func refuse(_ tag: Tag, isText: Bool, _ place: Place, _ problems: inout Problems) {
        let name = tag.description
        guard !name.isEmpty, !(isText && name == Tag.Name.str.rawValue) else { return }
        problems.add("config.tag", at: place, "tags (\(name)) are not read; write the plain value")
    }

    private mutating func cut(_ code: String, _ text: String, _ place: Place, _ problems: inout Problems) -> ConfigurationNode {
        isCutShort = true
        problems.add(code, at: place, text)
        return ConfigurationNode(.null, at: place)
    }

    private func place(_ mark: Mark?) -> Place { Place(file: file, line: max(mark?.line ?? 1, 1), column: max(mark?.column ?? 1, 1)) }
}
