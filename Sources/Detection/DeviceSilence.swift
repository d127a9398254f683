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
///
/// What the device said last of its battery, its charger and its reception is the likely cause of its silence, and an absence that
/// somebody told is the likeliest of all.
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
        var said = Said()
    }

    /// What the device said last of itself.
    struct Said: OptionSet, Hashable, Sendable, BitwiseCopyable {
        var rawValue: UInt8
        static let batteryLow = Said(rawValue: 1)
        static let charging = Said(rawValue: 2)
        static let weakSignal = Said(rawValue: 4)
        /// Told while the resident was away.
        static let away = Said(rawValue: 8)
    }

    /// At most so much, the battery is the likely cause; in 0.1 %. Our choice, because coin cells fail from about there.
    static let batteryMax: Int64 = 100
    /// At most so much, the reception is; 0.1 dBm, zigbee's 0...255, 0.1 dB above what the demodulator needs. Our choice.
    static let rssiMax: Int64 = -1_000
    static let linkQualityMax: Int64 = 20
    static let linkMarginMax: Int64 = 0

    static let name = "device_silence"
    static let reach = Reach.device
    static let watches: Watches = [.hearing, .deadlines]
    static let placeholders = ["minutes", "hours", "count"]
    static let ownKinds: [Kind] = [.online, .battery, .batteryLow, .externalPower, .rssi, .linkQuality, .linkMargin]

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

    static func words(_ p: Parameters) -> [String] { [Ground.Word.bridge, .battery, .charging, .link, .away].map(\.name) }

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
            let word = m.word, count = Int(m.covers)
            m = Memory(said: m.said.subtracting(.away))
            return .clear(Ground(.silent, count: count, word: word), .returned)
        case .due:
            if m.state == .silent, let gone = e.bridgeGoneSince, let span = p.silenceSeconds, e.heard + .seconds(span) >= gone {
                // It fell silent with the bridge, or after it: the bridge's finding says so for both, and it is asked anew when that one is back.
                let count = Int(m.covers), word = m.word
                m = Memory(said: m.said)
                return .clear(Ground(.silent, count: count, word: word), .explainedByBridge)
            }
            guard m.state == .heard, let span = p.silenceSeconds else { return .quiet(.alreadyTold) }
            if e.isBlind { return .quiet(.blind) }
            if e.isBehindBridge { return .quiet(.behindBridge) }
            guard e.seen - e.heard >= .seconds(span) else { return .quiet(.notYetDue) }
            return tell(.silent, .silent, e, p, &m)
        case .reading:
            guard e.kind == .online, e.value == .flag(false) else {
                if e.kind != .online { m.said.note(e) }
                return .quiet(.notConcerned)
            }
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
        m = Memory(
            state: state, isBridge: e.children > 0, isUrgent: e.safetyChildren > 0, covers: UInt32(clamping: e.children),
            said: e.isAway ? m.said.union(.away) : m.said.subtracting(.away))
        return .raise(Ground(cause, seconds: (e.seen - e.heard).wholeSeconds, count: e.children, word: m.word), m.isUrgent ? p.bridgePriority : p.priority)
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard m.state == .heard, !e.isBlind, !e.isBehindBridge, let span = p.silenceSeconds else { return nil }
        return e.at + (Span.seconds(span) - (e.seen - e.heard))
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        let word = m.word, priority = m.isUrgent ? p.bridgePriority : p.priority
        switch m.state {
        case .heard: return nil
        case .silent: return (Ground(.silent, seconds: p.silenceSeconds ?? 0, count: Int(m.covers), word: word), priority)
        case .offline: return (Ground(.offline, count: Int(m.covers), word: word), priority)
        }
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { windowSeconds(p) }
    static func windowSeconds(_ p: Parameters) -> Int { p.silenceSeconds ?? 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { p.silenceSeconds == nil ? .deviceReported : .absence }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.state.rawValue); w.bool(m.isBridge); w.bool(m.isUrgent); w.unsigned(UInt64(m.covers))
        w.byte(m.said.rawValue)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory(state: try r.choice(Memory.State.self), isBridge: try r.bool(), isUrgent: try r.bool(), covers: UInt32(truncatingIfNeeded: try r.unsigned()))
        // Checkpoints of builds that knew no causes end here.
        if !r.isAtEnd { m.said = Said(rawValue: try r.byte()) }
        return m
    }
}

extension DeviceSilence.Said {
    /// Takes what a reading says of the device itself.
    fileprivate mutating func note(_ e: Evidence) {
        if e.isBeside { return }
        switch (e.kind, e.value) {
        case (.battery, .number(let value)): set(.batteryLow, to: value <= DeviceSilence.batteryMax)
        case (.batteryLow, .flag(let isLow)): set(.batteryLow, to: isLow)
        case (.externalPower, .flag(let isOn)): set(.charging, to: isOn)
        case (.rssi, .number(let value)): set(.weakSignal, to: value <= DeviceSilence.rssiMax)
        case (.linkQuality, .number(let value)): set(.weakSignal, to: value <= DeviceSilence.linkQualityMax)
        case (.linkMargin, .number(let value)): set(.weakSignal, to: value <= DeviceSilence.linkMarginMax)
        default: break
        }
    }
}

extension DeviceSilence.Said {
    private mutating func set(_ cause: DeviceSilence.Said, to isTrue: Bool) { if isTrue { insert(cause) } else { remove(cause) } }
}

extension DeviceSilence.Memory {
    /// The likeliest cause; nil = none is known.
    fileprivate var word: Ground.Word? {
        if isBridge { return .bridge }
        if said.contains(.away) { return .away }
        if said.contains(.charging) { return .charging }
        if said.contains(.batteryLow) { return .battery }
        return said.contains(.weakSignal) ? .link : nil
    }
}
