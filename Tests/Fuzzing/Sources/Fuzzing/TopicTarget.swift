import CareModel
import Foundation
@testable import Decoding

/// Topic patterns and filters beside a reference that tries every way. Input: two patterns, two filters and a topic, a line each.
enum TopicTarget: FuzzTarget {
    static func run(_ input: [UInt8]) {
        let lines = input.split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 5 else { return }
        let topic = lines[4], levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        // The reference tries every way: what is long costs it too much.
        guard levels.count <= 24 else { return }
        var matching: [TopicPattern] = []
        for text in lines[0...1] {
            let pattern = TopicPattern(text)
            hold((pattern != nil) == isPattern(text), "\"\(text)\" is\(pattern == nil ? " refused" : " taken")")
            guard let pattern else { continue }
            let own = pattern.match(levels), other = reference(Array(parts(text))[...], levels[...])
            hold(own.map { $0.map { Array($0.utf8) } } == other.map { $0.map { Array($0.utf8) } }, "\"\(text)\" gives \(String(describing: own)), not \(String(describing: other))")
            guard own != nil else { continue }
            matching.append(pattern)
            hold(takes(pattern.filter, topic), "the filter \"\(pattern.filter)\" of \"\(text)\" doesn't take its topic")
        }
        for a in matching { for b in matching { hold(a.overlaps(b), "\"\(a.text)\" and \"\(b.text)\" both match, and don't overlap") } }
        if TopicFilter.covers(lines[2], lines[3]), isFilter(lines[2]), isFilter(lines[3]), takes(lines[3], topic) {
            hold(takes(lines[2], topic), "\"\(lines[2])\" covers \"\(lines[3])\" and doesn't take its topic")
        }
    }

    private static func parts(_ text: String) -> [Substring] { text.split(separator: "/", omittingEmptySubsequences: false) }

    private static func name(_ level: Substring) -> Substring? {
        guard level.first == "{", level.last == "}", level.count >= 2 else { return nil }
        let inside = level.dropFirst().dropLast()
        return inside.hasSuffix("...") ? inside.dropLast(3) : inside
    }

    private static func isSeveral(_ level: Substring) -> Bool { level == "#" || name(level) != nil && level.hasSuffix("...}") }

    private static func isPattern(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= Limits.topicBytesMax else { return false }
        let levels = parts(text), names = levels.compactMap { name($0) }
        guard Set(names).count == names.count, levels.count(where: isSeveral) <= 1, levels.firstIndex(of: "#").map({ $0 == levels.count - 1 }) ?? true else { return false }
        for level in levels where level != "+" && level != "#" {
            if let name = name(level) {
                if name.isEmpty || name.unicodeScalars.contains(where: { !("a"..."z").contains($0) && !("0"..."9").contains($0) && $0 != "_" }) { return false }
            } else if level.contains(where: { "{}+#".contains($0) }) { return false }
        }
        return true
    }

    private static func reference(_ pattern: ArraySlice<Substring>, _ topic: ArraySlice<Substring>) -> [String]? {
        guard let level = pattern.first else { return topic.isEmpty ? [] : nil }
        guard !topic.isEmpty else { return nil }
        let isNamed = name(level) != nil
        for count in isSeveral(level) ? 1...topic.count : 1...1 {
            if level != "+", !isNamed, level != "#", level != topic.first { return nil }
            guard let rest = reference(pattern.dropFirst(), topic.dropFirst(count)) else { continue }
            return (isNamed ? [topic.prefix(count).joined(separator: "/")] : []) + rest
        }
        return nil
    }

    private static func isFilter(_ text: String) -> Bool {
        let levels = parts(text)
        return levels.enumerated().allSatisfy { $1 == "#" ? $0 == levels.count - 1 : $1 == "+" || !$1.contains("#") && !$1.contains("+") }
    }

    /// MQTT 5, section 4.7; topics that begin with a dollar sign are nobody's here.
    private static func takes(_ filter: String, _ topic: String) -> Bool {
        func rest(_ filter: ArraySlice<Substring>, _ topic: ArraySlice<Substring>) -> Bool {
            if filter.first == "#" { return true }
            guard let level = filter.first else { return topic.isEmpty }
            guard let first = topic.first else { return false }
            return (level == "+" || level == first) && rest(filter.dropFirst(), topic.dropFirst())
        }
        return rest(parts(filter)[...], parts(topic)[...])
    }
}
