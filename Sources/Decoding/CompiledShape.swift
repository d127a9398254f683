import CareModel

/// A shape with what belongs to its profile, shared instead of copied: a message touches few of its many fields.
final class CompiledShape: Sendable {
    let profile: Int
    let profileName: String
    let models: [String]
    let isZigbee: Bool
    let floodPerSecond: Int
    let floodBurst: Int
    let pattern: TopicPattern
    let exceptions: [TopicPattern]
    let format: MessageShape.Format
    let when: [Condition]
    let each: FieldPath?
    let binary: BinaryPart?
    let identity: IdentityTemplate
    let agreements: [Agreement]
    let times: [TimeCandidate]
    let dedupe: [FieldPath]
    let sequence: SequenceField?
    let episode: FieldPath?
    let identifying: [FieldPath]
    let acknowledgement: Acknowledgement?
    let outputs: [CompiledOutput]
    let recognise: [Condition]
    let isSafety: Bool
    let isNamedByTopic: Bool
    let hasUniqueMarks: Bool

    init(_ shape: MessageShape, of profile: Profile, at index: Int, recognise: [Condition]) {
        (self.profile, profileName, models, isZigbee) = (index, profile.name, profile.models, profile.isZigbee)
        (floodPerSecond, floodBurst) = (profile.floodPerSecond, profile.floodBurst)
        (pattern, exceptions, format, when, each) = (shape.pattern, shape.exceptions, shape.format, shape.when, shape.each)
        (binary, identity, agreements, times) = (shape.binary, shape.identity, shape.agreements, shape.times)
        (dedupe, sequence, episode, identifying) = (shape.dedupe, shape.sequence, shape.episode, shape.identifying)
        (acknowledgement, isSafety, isNamedByTopic) = (shape.acknowledgement, shape.isSafety, shape.isNamedByTopic)
        self.recognise = recognise
        outputs = shape.outputs.map { CompiledOutput($0) }
        hasUniqueMarks = !shape.dedupe.isEmpty || shape.sequence != nil
    }
}

/// One output, shared for the same reason.
final class CompiledOutput: Sendable {
    let kind: Kind
    let meaning: Meaning
    let constant: ReadingValue?
    let paths: [FieldPath]
    let map: [OutputSpec.MapEntry]
    let otherwise: OutputSpec.Target?
    let scale: DecimalNumber?
    let offset: DecimalNumber?
    let unit: OutputSpec.Unit
    /// Neither scale, offset nor unit: the number is the value.
    let isPlain: Bool
    let sentinels: [Literal]
    let when: [Condition]
    let qualities: [(quality: Quality, when: [Condition])]
    let shape: KindEntry.Shape
    let decimals: Int
    let possible: ClosedRange<Int64>?
    let suspectUnit: UnitConversion?
    let isSafety: Bool

    init(_ spec: OutputSpec) {
        (kind, meaning, map, otherwise) = (spec.kind, spec.meaning, spec.map, spec.otherwise)
        switch spec.source {
        case .constant(let value): (constant, paths) = (value, [])
        case .paths(let found): (constant, paths) = (nil, found)
        }
        (scale, offset, unit, sentinels, when, qualities) = (spec.scale, spec.offset, spec.unit, spec.sentinels, spec.when, spec.qualities)
        (shape, decimals, possible, suspectUnit) = (spec.kind.entry.shape, spec.decimals, spec.possible, spec.suspectUnit)
        isSafety = spec.kind.isSafety
        if case .fixed(let conversion) = spec.unit { isPlain = conversion.isNone && spec.scale == nil && spec.offset == nil } else { isPlain = false }
    }
}
