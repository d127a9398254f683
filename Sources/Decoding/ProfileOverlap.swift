import CareModel

/// Finds pairs of profiles that nothing tells apart: an unbound device's message would fit both alike.
enum ProfileOverlap {
    static func check(_ profiles: [Profile], _ recognitions: [[[Condition]]], _ problems: inout Problems) {
        for a in profiles.indices {
            for b in profiles.indices where b > a {
                guard !profiles[a].isGeneric, !profiles[b].isGeneric else { continue }
                guard profiles[a].models.isEmpty || profiles[b].models.isEmpty || !Set(profiles[a].models).isDisjoint(with: profiles[b].models) else { continue }
                if let shape = clash(a, b, profiles, recognitions) {
                    problems.add("profile.overlapping", at: shape.place, "messages on \"\(shape.pattern.text)\" fit the profile \"\(profiles[a].name)\" as well as this one: tell them apart with \"recognise\" or \"when\"")
                }
            }
        }
    }

    private static func clash(_ a: Int, _ b: Int, _ profiles: [Profile], _ recognitions: [[[Condition]]]) -> MessageShape? {
        for (i, first) in profiles[a].shapes.enumerated() where saysMore(first) {
            for (j, second) in profiles[b].shapes.enumerated() where second.format == first.format && saysMore(second) {
                let mine = Set(first.when + recognitions[a][i]), theirs = Set(second.when + recognitions[b][j])
                guard mine == theirs, first.pattern.overlaps(second.pattern) else { continue }
                guard !isExcluded(first, by: second), !isExcluded(second, by: first) else { continue }
                return second
            }
        }
        return nil
    }

    /// Whether the shape says more than how the device itself is: "online" of many models looks the same and may.
    private static func saysMore(_ shape: MessageShape) -> Bool { shape.outputs.contains { !$0.kind.name.hasPrefix("device.") } }

    /// Whether an exception of `other` takes all topics of `shape` away from it.
    private static func isExcluded(_ shape: MessageShape, by other: MessageShape) -> Bool {
        other.exceptions.contains { $0.levels == shape.pattern.levels || TopicFilter.covers($0.filter, shape.pattern.filter) && $0.filter.hasSuffix("#") }
    }
}
