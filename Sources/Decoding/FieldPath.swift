import CareModel

/// The way to one value: `a.b[0]."odd key"[name=x].c` from the current item, `$.a` from the document,
/// `^.a` from the item outside the current one, `@text` the payload itself, `@key` the key of the current entry,
/// `@length` the payload's bytes, `@topic.NAME` a part of the topic, `@NAME.a` what was unpacked under that name.
struct FieldPath: Hashable, Sendable {
    enum Origin: Hashable, Sendable {
        case item, document, text, key, length
        /// The item of so many loops further out.
        case outer(Int)
        case topic(Int)
        /// What the step of that index unpacked.
        case part(Int)
    }

    enum Step: Hashable, Sendable {
        case key([UInt8])
        /// Counted from the end when negative.
        case index(Int)
        /// The item whose number under the key is the greatest.
        case greatest(key: [UInt8])
        /// Every item or entry: in `each` only.
        case all
        /// The first item whose value under these keys is the literal.
        case match(keys: [[UInt8]], Literal)
    }

    static let stepsMax = 16

    var text: String
    var origin: Origin
    var steps: [Step]
    /// Set when the path is one plain key of the current item, the usual case.
    var soleKey: [UInt8]?

    /// - Parameters:
    ///   - topicNames: the names in the topic pattern.
    ///   - partNames: the names of what `decode` unpacks.
    /// - Returns: nil when the text is no path or names something unknown.
    init?(_ text: String, topicNames: [String], partNames: [String]) {
        self.text = text
        (origin, steps, soleKey) = (.item, [], nil)
        guard !text.isEmpty, text.utf8.count <= Limits.identifierBytesMax else { return nil }
        var rest = Array(text.utf8)[...]
        if text.hasPrefix("@") {
            switch text {
            case "@text": origin = .text
            case "@key": origin = .key
            case "@length": origin = .length
            case "@item": origin = .item
            default:
                if text.hasPrefix("@topic."), let i = topicNames.firstIndex(of: String(text.dropFirst(7))) {
                    origin = .topic(i)
                    return
                }
                rest = rest.dropFirst()
                let end = rest.firstIndex { $0 == 0x2E || $0 == 0x5B } ?? rest.endIndex
                guard let part = partNames.firstIndex(of: String(decoding: rest[..<end], as: UTF8.self)) else { return nil }
                origin = .part(part)
                rest = rest[end...]
                if rest.isEmpty { return }
                if rest.first == 0x2E { rest = rest.dropFirst() }
                guard let found = FieldPath.steps(rest) else { return nil }
                steps = found
            }
            return
        }
        if rest.first == 0x24 {
            origin = .document
            rest = rest.dropFirst()
            if rest.isEmpty { return }
            guard rest.first == 0x2E || rest.first == 0x5B else { return nil }
            if rest.first == 0x2E { rest = rest.dropFirst() }
        }
        if rest.first == 0x5E {
            var count = 0
            while rest.first == 0x5E { count += 1; rest = rest.dropFirst(); if rest.first == 0x2E { rest = rest.dropFirst() } }
            origin = .outer(count)
            if rest.isEmpty { return }
        }
        guard let found = FieldPath.steps(rest) else { return nil }
        steps = found
        if origin == .item, steps.count == 1, case .key(let key) = steps[0] { soleKey = key }
    }

    private static func steps(_ text: ArraySlice<UInt8>) -> [Step]? {
        var rest = text, steps: [Step] = []
        while !rest.isEmpty {
            guard steps.count < stepsMax else { return nil }
            if rest.first == 0x5B {
                guard let close = rest.firstIndex(of: 0x5D) else { return nil }
                let inside = Array(rest[(rest.startIndex + 1)..<close])
                rest = rest[(close + 1)...]
                if inside == [0x2A] {
                    steps.append(.all)
                } else if inside.starts(with: "max ".utf8), inside.count > 4 {
                    steps.append(.greatest(key: Array(inside.dropFirst(4))))
                } else if let equals = inside.firstIndex(of: 0x3D), equals > 0 {
                    steps.append(.match(keys: inside[..<equals].split(separator: 0x2E).map { Array($0) }, Literal(String(decoding: inside[(equals + 1)...], as: UTF8.self))))
                } else {
                    guard let index = Int(String(decoding: inside, as: UTF8.self)), abs(index) < 65_536 else { return nil }
                    steps.append(.index(index))
                }
            } else if rest.first == 0x22 {
                guard let close = rest.dropFirst().firstIndex(of: 0x22) else { return nil }
                steps.append(.key(Array(rest[(rest.startIndex + 1)..<close])))
                rest = rest[(close + 1)...]
            } else {
                let end = rest.firstIndex { $0 == 0x2E || $0 == 0x5B } ?? rest.endIndex
                guard end > rest.startIndex else { return nil }
                steps.append(.key(Array(rest[..<end])))
                rest = rest[end...]
            }
            if rest.first == 0x2E {
                rest = rest.dropFirst()
                if rest.isEmpty { return nil }
            }
        }
        return steps.isEmpty ? nil : steps
    }

    /// Whether the path needs the payload, as opposed to the topic alone.
    var needsPayload: Bool { if case .topic = origin { false } else { true } }
}

/// A value written in a profile, to be compared with what a device sends: as text, as number and as boolean.
struct Literal: Hashable, Sendable {
    var bytes: [UInt8]
    var number: DecimalNumber?
    var flag: Bool?

    init(_ text: String) {
        bytes = Array(text.utf8)
        number = DecimalNumber(text)?.normalised
        flag = text == "true" ? true : text == "false" ? false : nil
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}
