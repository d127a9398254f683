import CareModel

/// zigbee2mqtt's other way of publishing (`output: attribute`): one topic a key, a bare value each.
enum ZigbeeAttributes {
    /// The same outputs, read from topics of their own. Those that need a second field can't be.
    static func shapes(of shape: MessageShape) -> [MessageShape] {
        guard shape.pattern.levels.count == 2, case .several = shape.pattern.levels[1], shape.format.sort == .json, let section = shape.sections.first else { return [] }
        var found: [MessageShape] = [], keys: [String] = []
        for output in section.outputs {
            guard case .paths(let paths) = output.source, let key = paths.first?.soleKey.map({ String(decoding: $0, as: UTF8.self) }), !keys.contains(key) else { continue }
            keys.append(key)
            guard let pattern = TopicPattern(shape.pattern.text + "/" + key), let item = FieldPath("@item", topicNames: [], partNames: []) else { continue }
            var own = section, copy = shape
            own.outputs = section.outputs.compactMap { other in
                guard case .paths(let paths) = other.source, paths.first?.soleKey == Array(key.utf8), other.when.isEmpty else { return nil }
                var bare = other
                bare.source = .paths([item])
                if case .field = other.unit { return nil }
                bare.qualities = []
                bare.detail = nil
                return bare
            }
            guard !own.outputs.isEmpty else { continue }
            (own.agreements, own.times, own.dedupe, own.sequence, own.episode) = ([], [], [], nil, nil)
            (copy.name, copy.pattern, copy.format, copy.when, copy.sections) = ("attribute " + key, pattern, PayloadFormat(sort: .value), [], [own])
            found.append(copy)
        }
        return found
    }
}
