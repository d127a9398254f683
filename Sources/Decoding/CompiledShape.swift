import CareModel

/// A shape with what belongs to its profile, shared instead of copied: a message touches few of its many fields.
final class CompiledShape: Sendable {
    let profile: Int
    let profileName: String
    let models: [String]
    let isGeneric: Bool
    let isZigbee: Bool
    let isHomie: Bool
    let floodPerSecond: Int
    let floodBurst: Int
    let pattern: TopicPattern
    let exceptions: [TopicPattern]
    let format: PayloadFormat
    let when: [Condition]
    let steps: [Unpacking]
    let aliases: [(alias: UInt64, name: [UInt8])]
    let identifying: [FieldPath]
    let acknowledgement: Acknowledgement?
    let disuse: MessageShape.Disuse?
    let sections: [CompiledSection]
    let recognise: [Condition]
    let isSafety: Bool
    let isNamedByTopic: Bool
    /// Whether a message may speak of the same device more than once.
    let isMany: Bool

    init(_ shape: MessageShape, of profile: Profile, at index: Int, recognise: [Condition]) {
        (self.profile, profileName, models, isGeneric) = (index, profile.name, profile.models, profile.isGeneric)
        (isZigbee, isHomie) = (profile.isZigbee, profile.isHomie)
        (floodPerSecond, floodBurst) = (profile.floodPerSecond, profile.floodBurst)
        (pattern, exceptions, format, when, steps, aliases) = (shape.pattern, shape.exceptions, shape.format, shape.when, shape.steps, shape.aliases)
        (identifying, acknowledgement, isSafety, isNamedByTopic) = (shape.identifying, shape.acknowledgement, shape.isSafety, shape.isNamedByTopic)
        self.recognise = recognise
        disuse = shape.disuse
        sections = shape.sections.enumerated().map { CompiledSection($1, at: $0) }
        isMany = sections.count > 1 || sections.contains { $0.each != nil }
    }
}

/// One section, shared for the same reason.
final class CompiledSection: Sendable {
    /// Its place in the shape.
    let index: Int
    let each: FieldPath?
    let when: [Condition]
    let steps: [Unpacking]
    let identities: [IdentityTemplate]
    let agreements: [Agreement]
    let times: [TimeCandidate]
    let starts: [TimeCandidate]
    let dedupe: [FieldPath]
    let sequence: SequenceField?
    let episode: FieldPath?
    let remember: [Remembered]
    let toldPart: Int?
    let subject: TextTemplate?
    let parent: IdentityTemplate?
    /// The parent's name where all messages have the same.
    let parentName: String?
    let qualities: [(quality: Quality, when: [Condition])]
    let isHistory: Bool
    let outputs: [CompiledOutput]
    let isNamedByTopic: Bool
    let hasUniqueMarks: Bool
    /// Whether what it gives tells of a body, or of whether the device is on one, so that its course is followed.
    let isFollowed: Bool
    let isSafety: Bool

    init(_ section: MessageSection, at index: Int) {
        self.index = index
        (each, when, steps, identities, agreements) = (section.each, section.when, section.steps, section.identities, section.agreements)
        (times, starts, dedupe, sequence, episode) = (section.times, section.starts, section.dedupe, section.sequence, section.episode)
        (remember, toldPart) = (section.remember, section.toldPart)
        (subject, qualities, isHistory, isNamedByTopic) = (section.subject, section.qualities, section.isHistory, section.isNamedByTopic)
        parent = section.parent
        parentName = section.parent.flatMap { parent in parent.template.constant.flatMap { IdentityTemplate.normalise($0, parent.scheme) } }
        outputs = section.outputs.map { CompiledOutput($0) }
        hasUniqueMarks = !section.dedupe.isEmpty || section.sequence != nil
        isSafety = section.outputs.contains { $0.kind.isSafety }
        isFollowed = section.subject == nil && !section.isHistory && section.outputs.contains { $0.kind.isVital || $0.kind == .worn || $0.kind == .externalPower && $0.detail == nil || $0.kind == .battery }
    }
}

/// One output, shared for the same reason.
final class CompiledOutput: Sendable {
    let kind: Kind
    let meaning: Meaning
    let constant: ReadingValue?
    let paths: [FieldPath]
    /// The key of its only path, where that is one plain key of the item: the usual case.
    let soleKey: [UInt8]?
    let waveform: WaveformSource?
    let map: [OutputSpec.MapEntry]
    let otherwise: OutputSpec.Target?
    let radix: Int
    let bits: BitRange?
    let isCount: Bool
    let scale: DecimalNumber?
    let offset: DecimalNumber?
    let isDegreesMinutes: Bool
    let negativeWhen: [Condition]
    let unit: OutputSpec.Unit
    /// Nothing stands between the number and the value.
    let isPlain: Bool
    let sentinels: [Literal]
    let when: [Condition]
    let qualities: [(quality: Quality, when: [Condition])]
    let isFallback: Bool
    let confirms: FieldPath?
    let cancels: FieldPath?
    let detail: OutputSpec.Detail?
    let shape: KindEntry.Shape
    let decimals: Int
    let possible: ClosedRange<Int64>?
    let suspectUnit: UnitConversion?
    let infersUnit: Bool
    let isSafety: Bool
    let isOfPerson: Bool

    init(_ spec: OutputSpec) {
        (kind, meaning, map, otherwise) = (spec.kind, spec.meaning, spec.map, spec.otherwise)
        switch spec.source {
        case .constant(let value): (constant, paths, waveform) = (value, [], nil)
        case .paths(let found): (constant, paths, waveform) = (nil, found, nil)
        case .samples(let found): (constant, paths, waveform) = (nil, [], found)
        }
        soleKey = paths.count == 1 ? paths[0].soleKey : nil
        (scale, offset, unit, sentinels, when, qualities) = (spec.scale, spec.offset, spec.unit, spec.sentinels, spec.when, spec.qualities)
        (radix, bits, isCount, isDegreesMinutes, negativeWhen) = (spec.radix, spec.bits, spec.isCount, spec.isDegreesMinutes, spec.negativeWhen)
        (confirms, cancels) = (spec.confirms, spec.cancels)
        (isFallback, detail, infersUnit) = (spec.isFallback, spec.detail, spec.infersUnit)
        (shape, decimals, possible, suspectUnit) = (spec.kind.entry.shape, spec.decimals, spec.possible, spec.suspectUnit)
        (isSafety, isOfPerson) = (spec.kind.isSafety, spec.kind.isOfPerson)
        var isPlain = spec.scale == nil && spec.offset == nil && spec.bits == nil && spec.radix == 10
        isPlain = isPlain && !spec.isCount && !spec.isDegreesMinutes && spec.negativeWhen.isEmpty
        if case .fixed(let conversion) = spec.unit { isPlain = isPlain && conversion.isNone } else { isPlain = false }
        self.isPlain = isPlain
    }
}
