import CareModel

/// Which shapes can take a topic at all, by a fixed level at its beginning or at its end: a topic that is met for the
/// first time is held against few patterns, however many profiles there are.
struct ShapeIndex: Sendable {
    struct Place: Hashable, Sendable {
        var profile: Int
        var shape: Int
    }

    private var byFirst: [String: [Place]] = [:]
    /// Of patterns that begin with a place.
    private var byLast: [String: [Place]] = [:]
    /// Of patterns that begin and end with a place.
    private var others: [Place] = []

    init(_ book: ProfileBook, where isWanted: (MessageShape) -> Bool = { _ in true }) {
        for (p, profile) in book.profiles.enumerated() {
            for (s, shape) in profile.shapes.enumerated() where isWanted(shape) {
                let place = Place(profile: p, shape: s)
                if case .literal(let text)? = shape.pattern.levels.first {
                    byFirst[text, default: []].append(place)
                } else if case .literal(let text)? = shape.pattern.levels.last {
                    byLast[text, default: []].append(place)
                } else {
                    others.append(place)
                }
            }
        }
    }

    /// Whether any pattern might take it, by its first and last level alone: cheap enough to ask for every message.
    func mayTake(_ topic: String) -> Bool {
        if !others.isEmpty { return true }
        let slash = UInt8(ascii: "/"), bytes = topic.utf8
        if !byFirst.isEmpty, byFirst[String(topic[..<(bytes.firstIndex(of: slash) ?? bytes.endIndex)])] != nil { return true }
        guard !byLast.isEmpty else { return false }
        return byLast[String(topic[(bytes.lastIndex(of: slash).map { bytes.index(after: $0) } ?? bytes.startIndex)...])] != nil
    }

    /// In the order of profiles and of their messages.
    func places(_ topic: [Substring]) -> [Place] {
        guard let first = topic.first, let last = topic.last else { return [] }
        let found = (byFirst[String(first)] ?? []) + (byLast[String(last)] ?? []) + others
        return found.sorted { ($0.profile, $0.shape) < ($1.profile, $1.shape) }
    }
}
