import CareModel

/// A device that should have been heard and was not.
///
/// It is silent after `supervisionSeconds × missedIntervalsMax` of its profile (or the rule's own `silence_s`) of
/// seen time: the hub's blind time doesn't count. A device that was never heard counts from the start of its
/// configuration. Retained messages are no sign of life. A bridge that says "offline" is believed at once
/// where the rule asks for it.
///
/// While a bridge or gateway through which a device is heard is told as gone, the device's own silence says nothing:
/// one finding about the bridge names how many devices it covers. Readings are judged as ever.
enum DeviceSilence: RuleForm {
    enum Devices: UInt8, Hashable, Sendable { case safety, other, all }

    struct Parameters: Hashable, Sendable {
        var devices: Devices
        /// The rule's own span; nil = the profile's.
        var ownSeconds: Int?
        /// Fitted; nil = only a bridge can say that it is gone.
        var silenceSeconds: Int?
        var isOfflineAtOnce: Bool
        var priority: Priority
        /// Where devices that can call for help are heard through it.
        var bridgePriority: Priority
    }

    struct Memory: Sendable, BitwiseCopyable {
        enum State: UInt8, Sendable { case heard = 0, silent = 1, offline = 2 }
        var state = State.heard
        /// Whether it was told as a bridge, how many devices it covers, and whether any of them can call for help.
        var isBridge = false
        var isUrgent = false
        var covers: UInt32 = 0
    }

    static let name = "device_silence"
    static let reach = Reach.device
    static let watches: Watches = [.hearing, .deadlines]
    static let placeholders = ["minutes", "hours", "count"]
    static let ownKinds: [Kind] = [.online]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a device silence", &problems)
        let devices = reader.choice("devices", ["safety", "other", "all"], default: "all", &problems)
        let own = reader.optional("silence_s").flatMap { $0.int("silence_s", in: 1...31 * 86_400, &problems) }
        let isOfflineAtOnce = reader.bool("offline_at_once", default: false, &problems)
        let bridge = reader.choice("bridge_priority", Priority.allCases.map(\.name), default: Priority.high.name, &problems).flatMap { Priority(name: $0) }
        reader.finish(&problems)
        return Parameters(
            devices: devices == "safety" ? .safety : devices == "other" ? .other : .all, ownSeconds: own, silenceSeconds: nil,
            isOfflineAtOnce: isOfflineAtOnce, priority: frame.priority, bridgePriority: max(bridge ?? .high, frame.priority))
    }

    static func words(_ p: Parameters) -> [String] { [Ground.Word.bridge.name] }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let traits = place.traits else { return .off(.unknownProfile) }
        switch p.devices {
        case .safety where !traits.isSafety, .other where traits.isSafety: return .off(.otherDevices)
        default: break
        }
        var fitted = p
        fitted.silenceSeconds = p.ownSeconds ?? traits.supervisionSeconds.map { $0 * max(1, traits.missedIntervalsMax) }
        // That a bridge is gone can't wait: it may be what many devices are heard through.
        fitted.isOfflineAtOnce = p.isOfflineAtOnce || traits.isGateway
        let saysOnline = fitted.isOfflineAtOnce && traits.outputs.contains { $0.kind == .online }
        return fitted.silenceSeconds == nil && !saysOnline ? .off(.notSupervisable) : .on(fitted)
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .heard:
            guard m.state != .heard else { return .quiet(.sameState) }
            let word: Ground.Word? = m.isBridge ? .bridge : nil, count = Int(m.covers)
            m = Memory()
            return .clear(Ground(.silent, count: count, word: word), .returned)
        case .due:
            guard m.state == .heard, let span = p.silenceSeconds else { return .quiet(.alreadyTold) }
            if e.isBlind { return .quiet(.blind) }
            if e.isBehindBridge { return .quiet(.behindBridge) }
            guard e.seen - e.heard >= .seconds(span) else { return .quiet(.notYetDue) }
            return tell(.silent, .silent, e, p, &m)
        case .reading:
            guard e.kind == .online, e.value == .flag(false) else { return .quiet(.notConcerned) }
            guard p.isOfflineAtOnce else { return .quiet(.notConcerned) }
            if !e.quality.isDisjoint(with: [.late, .outOfOrder, .test]) { return .quiet(.unjudgeable) }
            guard m.state == .heard else { return .quiet(.alreadyTold) }
            if e.isBehindBridge { return .quiet(.behindBridge) }
            return tell(.offline, .offline, e, p, &m)
        case .rejection, .link:
            return .quiet(.notConcerned)
        }
    }

    private static func tell(_ state: Memory.State, _ cause: Ground.Cause, _ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        m = Memory(state: state, isBridge: e.children > 0, isUrgent: e.safetyChildren > 0, covers: UInt32(clamping: e.children))
        let word: Ground.Word? = m.isBridge ? .bridge : nil
        return .raise(Ground(cause, seconds: (e.seen - e.heard).wholeSeconds, count: e.children, word: word), m.isUrgent ? p.bridgePriority : p.priority)
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard m.state == .heard, !e.isBlind, !e.isBehindBridge, let span = p.silenceSeconds else { return nil }
        return e.at + (Span.seconds(span) - (e.seen - e.heard))
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        let word: Ground.Word? = m.isBridge ? .bridge : nil, priority = m.isUrgent ? p.bridgePriority : p.priority
        switch m.state {
        case .heard: return nil
        case .silent: return (Ground(.silent, seconds: p.silenceSeconds ?? 0, count: Int(m.covers), word: word), priority)
        case .offline: return (Ground(.offline, count: Int(m.covers), word: word), priority)
        }
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { p.silenceSeconds ?? 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { p.silenceSeconds == nil ? .deviceReported : .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.state.rawValue); w.bool(m.isBridge); w.bool(m.isUrgent); w.unsigned(UInt64(m.covers))
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(state: try r.choice(Memory.State.self), isBridge: try r.bool(), isUrgent: try r.bool(), covers: UInt32(truncatingIfNeeded: try r.unsigned()))
    }
}
