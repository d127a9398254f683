import CareModel

/// Something that a device itself decides: a press, a fall, smoke, a low battery.
///
/// Momentary readings each pass. Levels, latches and episodes count at their change only, because bridges
/// repeat cached states. A retained safety state is compared with what is known: the same, nothing; else
/// somebody must look. No persistence, no inhibition: a safety device is believed at once.
enum Occurrence: RuleForm {
    struct Code: Hashable, Sendable {
        enum Effect: UInt8, Sendable { case raise, withdraw, ignore }
        var word: String
        var effect: Effect
        var priority: Priority
    }

    struct Parameters: Hashable, Sendable {
        var priority: Priority
        var isSafety: Bool
        /// Words with a meaning of their own; any other raises at the rule's priority.
        var codes: [Code]
        /// Whether late data still raises a finding, marked "missed while offline".
        var raisesLate: Bool
        /// The priority after the device took it back; nil = it just clears.
        var withdrawnPriority: Priority?
        /// Which state of a flag is the occurrence: false for what should be on, the mains for instance.
        var flagState = true
        /// Only readings with this word beside them are meant, by its fingerprint; 0 = all. A watch taken off its charger is no power failure.
        var detail: UInt64 = 0
    }

    struct Memory: Sendable, BitwiseCopyable {
        enum State: UInt8, Sendable { case unknown = 0, off = 1, on = 2, checked = 3 }
        var state = State.unknown
        var priority: UInt8 = 0
        /// The word and the episode that were told last.
        var word: UInt64 = 0
        var episode: UInt64 = 0
    }

    /// Words that one rule may name; no device that we know of uses over eight.
    static let codesMax = 16

    static let name = "occurrence"
    static let reach = Reach.kind
    static let watches: Watches = [.unregistered]
    static let placeholders = ["value"]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of an occurrence", &problems)
        var codes: [Code] = []
        if let list = reader.optional("codes") {
            codes = self.codes(list, frame.priority, &problems)
        }
        let withdrawn = reader.choice("withdrawn_priority", Priority.allCases.map(\.name), default: "", &problems)
        let raisesLate = reader.bool("missed_while_offline", default: false, &problems)
        let flagState = reader.bool("state", default: true, &problems)
        let detail = reader.optional("detail").flatMap { $0.string("detail", &problems) }
        reader.finish(&problems)
        return Parameters(
            priority: frame.priority, isSafety: frame.kinds.allSatisfy(\.isSafety), codes: codes,
            raisesLate: raisesLate, withdrawnPriority: withdrawn.flatMap { Priority(name: $0) }, flagState: flagState, detail: detail.map { UInt64.fingerprint($0) } ?? 0)
    }

    private static func codes(_ node: ConfigurationNode, _ base: Priority, _ problems: inout Problems) -> [Code] {
        guard case .mapping(let entries) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"codes\" must be a mapping of words to what they mean")
            return []
        }
        if entries.count > codesMax {
            problems.add("rules.too_many_codes", at: node.place, "a rule may name at most \(codesMax) words; this one names \(entries.count)")
        }
        var codes: [Code] = []
        for entry in entries {
            let choices = Priority.allCases.map(\.name) + ["withdraws", "ignored"]
            guard let text = entry.value.string(entry.key, &problems) else { continue }
            guard choices.contains(text) else {
                problems.add("config.unknown_choice", at: entry.value.place, "\"\(text)\" is not one of \(choices.joined(separator: ", ")) for the word \"\(entry.key)\"")
                continue
            }
            if codes.contains(where: { $0.word == entry.key }) {
                problems.add("config.duplicate_key", at: entry.keyPlace, "the word \"\(entry.key)\" stands twice")
            }
            let effect: Code.Effect = text == "withdraws" ? .withdraw : text == "ignored" ? .ignore : .raise
            codes.append(Code(word: entry.key, effect: effect, priority: Priority(name: text) ?? base))
        }
        return codes
    }

    static func words(_ p: Parameters) -> [String] { p.codes.map(\.word) }

    static func priorityMax(_ p: Parameters, _ base: Priority) -> Priority {
        p.codes.reduce(base) { $1.effect == .raise ? max($0, $1.priority) : $0 }
    }

    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading, p.detail == 0 || p.detail == e.detail || e.isTimedOut else { return .quiet(.notConcerned) }
        if e.isTimedOut { return timedOut(p, &m) }
        let signal: Signal
        switch p.signal(of: e.value) {
        case .ignored: return .quiet(.ignoredCode)
        case .unreadable: return .quiet(.wrongShape)
        case .known(let found): signal = found
        }
        let episode = e.episode.map { UInt64.fingerprint($0) } ?? 0
        if e.quality.contains(.test) {
            return signal.isOn ? .raise(Ground(.test, isCondition: false), .information) : .quiet(.test)
        }
        if e.quality.contains(.late) { return late(e, signal, episode, p, &m) }
        let spoiling: Quality = p.isSafety ? .sentinel : Quality.unjudgeable.subtracting([.ageUnknown, .outOfOrder])
        if !e.quality.isDisjoint(with: spoiling) { return .quiet(.unjudgeable) }
        if e.quality.contains(.outOfOrder), e.meaning != .momentary || !p.isSafety { return .quiet(.outOfOrder) }
        if e.isAgeUnknown {
            // That a helper was there once says nothing of now.
            if e.kind == .attendance { return .quiet(.retained) }
            if p.isSafety { return retained(signal, p, &m) }
            if e.meaning == .momentary { return .quiet(.retained) }
        }
        if e.meaning == .heartbeat { return .quiet(.notConcerned) }
        guard signal.isOn else {
            // What is taken back under a key of its own is that episode, no other.
            if signal.isWithdrawal, episode != 0, m.state == .on, m.episode != 0, m.episode != episode { return .quiet(.nothingToWithdraw) }
            return over(signal, p, &m)
        }
        let isNew = e.meaning == .momentary || m.state != .on || m.episode != episode
        if !isNew, m.word == signal.word { return .quiet(.sameState) }
        (m.state, m.word, m.episode, m.priority) = (.on, signal.word, episode, signal.priority.rawValue)
        let ground = Ground(.occurred, isCondition: e.meaning != .momentary)
        return isNew ? .raise(ground, signal.priority) : .update(ground, signal.priority)
    }

    /// "Missed while offline": once for a state, each time for a press.
    private static func late(_ e: Evidence, _ signal: Signal, _ episode: UInt64, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard p.raisesLate, signal.isOn else { return .quiet(.late) }
        if e.meaning != .momentary {
            if m.state == .on, m.word == signal.word, m.episode == episode { return .quiet(.sameState) }
            (m.state, m.word, m.episode, m.priority) = (.on, signal.word, episode, signal.priority.rawValue)
        }
        return .raise(Ground(.missedOffline, isCondition: e.meaning != .momentary), signal.priority)
    }

    /// A safety state of unknown age: neither an alarm nor ignored, unless it is what is known anyway.
    private static func retained(_ signal: Signal, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard signal.isOn else { return over(signal, p, &m) }
        if m.state != .unknown, m.state != .off, m.word == signal.word { return .quiet(.sameState) }
        (m.state, m.word, m.episode, m.priority) = (.checked, signal.word, 0, Priority.medium.rawValue)
        return .raise(Ground(.check), .medium)
    }

    private static func over(_ signal: Signal, _ p: Parameters, _ m: inout Memory) -> Verdict {
        let before = m.state
        m.state = .off
        switch before {
        case .unknown: return .quiet(.stateLearned)
        case .off: return .quiet(signal.isWithdrawal ? .nothingToWithdraw : .sameState)
        case .checked: return .clear(Ground(.check), .cancelledByDevice)
        case .on:
            if let lowered = p.withdrawnPriority { return .withdraw(Ground(.withdrawn), lowered) }
            return .clear(Ground(.occurred), p.isSafety ? .cancelledByDevice : .recovered)
        }
    }

    /// The device never says the end. That the time of a call for help has passed is no word from anybody: the next call counts
    /// as new, and a person ends this one.
    private static func timedOut(_ p: Parameters, _ m: inout Memory) -> Verdict {
        guard m.state == .on else { return .quiet(.sameState) }
        m.state = .off
        return p.isSafety ? .quiet(.timedOut) : .clear(Ground(.occurred), .recovered)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        guard let priority = Priority(rawValue: m.priority) else { return nil }
        switch m.state {
        case .on: return (Ground(.occurred), priority)
        case .checked: return (Ground(.check), priority)
        case .off, .unknown: return nil
        }
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { 0 }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { .deviceReported }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.state.rawValue); w.byte(m.priority); w.unsigned(m.word); w.unsigned(m.episode)
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        Memory(state: try r.choice(Memory.State.self), priority: try r.byte(), word: try r.unsigned(), episode: try r.unsigned())
    }
}

extension Occurrence {
    /// What a value says to the rule.
    struct Signal {
        var isOn: Bool
        var isWithdrawal: Bool
        var word: UInt64
        var priority: Priority
    }

    enum Heard { case known(Signal), ignored, unreadable }
}

extension Occurrence.Parameters {
    func signal(of value: ReadingValue) -> Occurrence.Heard {
        switch value {
        case .flag(let value):
            let isOn = value == flagState
            return .known(.init(isOn: isOn, isWithdrawal: !isOn, word: isOn ? 1 : 0, priority: priority))
        case .number(let scaled): return .known(.init(isOn: scaled > 0, isWithdrawal: scaled <= 0, word: scaled > 0 ? 1 : 0, priority: priority))
        case .code(let text):
            let word = UInt64.fingerprint(text)
            guard let code = codes.first(where: { $0.word == text }) else {
                return .known(.init(isOn: true, isWithdrawal: false, word: word, priority: priority))
            }
            switch code.effect {
            case .raise: return .known(.init(isOn: true, isWithdrawal: false, word: word, priority: code.priority))
            case .withdraw: return .known(.init(isOn: false, isWithdrawal: true, word: word, priority: priority))
            case .ignore: return .ignored
            }
        case .waveform: return .unreadable
        }
    }
}
