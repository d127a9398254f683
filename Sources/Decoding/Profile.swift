import CareModel

/// One device model, read from `devices/<vendor>-<model>/profile.yaml`, checked and compiled.
struct Profile: Sendable {
    static let languageVersion = 2
    static let messagesMax = 64
    static let outputsMax = 64
    static let partsMax = 16

    var name: String
    var place: Place
    var isZigbee: Bool
    /// What Homie devices tell of themselves is known to it.
    var isHomie: Bool
    /// The names of the models that it reads, as vendors and zigbee2mqtt write them.
    var models: [String]
    /// Reads what a whole dialect has in common, for models that have no profile of their own: chosen by a person, never by itself.
    var isGeneric: Bool
    /// Other devices' messages come through it.
    var isGateway: Bool
    /// What tells the model's messages from another's on the same topic; for devices that nobody has bound.
    var recognise: [NodeCondition]
    var supervisionSeconds: Int?
    var missedIntervalsMax: Int
    /// Messages a second that the device may send over a long time, and how many at once.
    var floodPerSecond: Int
    var floodBurst: Int
    var shapes: [MessageShape]

    /// A condition of the whole profile, read again for each shape, whose paths it uses.
    struct NodeCondition: Sendable {
        var key: String
        var node: ConfigurationNode
    }

    var isSafety: Bool { shapes.contains { $0.isSafety } }

    /// Whether any of its messages says whom it is about.
    var namesPerson: Bool { shapes.contains { $0.sections.contains { $0.subject != nil } } }

    /// The bridge of all its devices, where every message has the same.
    private var constantParent: DeviceID? {
        let parents = Set(shapes.flatMap(\.sections).map(\.parent))
        guard parents.count == 1, let parent = parents.first ?? nil, let text = parent.template.constant else { return nil }
        return IdentityTemplate.normalise(text, parent.scheme).map { DeviceID($0) }
    }

    var traits: ProfileTraits {
        var outputs: [ProfileTraits.Output] = []
        for output in shapes.flatMap(\.outputs) {
            let found = ProfileTraits.Output(
                kind: output.kind, meaning: output.meaning, intervalSeconds: output.intervalSeconds, transportDelaySecondsMax: output.transportDelaySecondsMax,
                autoClearSeconds: output.autoClearSeconds)
            if let i = outputs.firstIndex(where: { $0.kind == found.kind && $0.meaning == found.meaning }) {
                // Of several sources of a kind the slowest is what can be promised.
                outputs[i].transportDelaySecondsMax = max(outputs[i].transportDelaySecondsMax, found.transportDelaySecondsMax)
                if let interval = found.intervalSeconds { outputs[i].intervalSeconds = max(outputs[i].intervalSeconds ?? 0, interval) }
                if let clear = found.autoClearSeconds { outputs[i].autoClearSeconds = max(outputs[i].autoClearSeconds ?? 0, clear) }
            } else {
                outputs.append(found)
            }
        }
        return ProfileTraits(
            profile: name, outputs: outputs, supervisionSeconds: supervisionSeconds, missedIntervalsMax: missedIntervalsMax, isGateway: isGateway,
            namesPerson: namesPerson, parent: constantParent, isGeneric: isGeneric)
    }
}

extension MessageShape {
    /// Whether it can give a safety kind: then its topics belong to the safety session.
    var isSafety: Bool { outputs.contains { $0.kind.isSafety } }
}
