import CareModel

/// NEWS2 of one resident out of whatever was measured, each value as long as it is fresh.
///
/// A partial score is told as such and names what is missing: unknown is never normal. Known points only add up, so a
/// partial score that reaches a level reaches it. The condition is over when no level holds and nothing that made it
/// has merely grown old.
enum News2: RuleForm {
    struct Parameters: Hashable, Sendable {
        var scale: News2Table.Scale
        /// What a clinician says of oxygen where nothing reports it; nil = unknown.
        var isOnOxygen: Bool?
        /// By `News2Table.Parameter`: how long a value counts.
        var freshSeconds: [Int]
        /// Of a single parameter of 3; nil = not told.
        var singlePriority: Priority?
        var urgentScore: Int
        var urgentPriority: Priority
        var emergencyScore: Int
        var emergencyPriority: Priority
        /// The aggregate at which it is over, when no single parameter scores 3.
        var clearScore: Int
    }

    struct Memory: Sendable, BitwiseCopyable {
        /// By parameter, in the instrument's resolution; flags as 0 and 1.
        var values: InlineArray<7, Int32> = .init(repeating: 0)
        /// `Int64.min` = never measured.
        var at: InlineArray<7, Int64> = .init(repeating: .min)
        /// 0 = nothing told, 1 = a single 3, 2 = urgent, 3 = emergency.
        var told: UInt8 = 0
        /// Bits of the parameters that scored when it was told.
        var scoring: UInt8 = 0
        var total: UInt8 = 0
        var missing: UInt8 = 0
    }

    static let name = "news2"
    static let reach = Reach.resident
    static let watches: Watches = []
    static let placeholders = ["score", "parts", "missing"]
    static let kinds: [Kind] = [.respiratoryRate, .spo2, .oxygenTherapy, .bpSystolic, .heartRate, .consciousness, .bodyTemperature]
    static let freshMinutesMax = 7 * 1_440

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a NEWS2 score", &problems)
        let scale = reader.int("scale", in: 1...2, default: 1, &problems)
        let oxygen = reader.choice("oxygen", ["air", "oxygen", "unknown"], default: "unknown", &problems)
        let fresh = reader.int("fresh_minutes", in: 1...freshMinutesMax, default: 60, &problems)
        var seconds = Array(repeating: fresh * 60, count: kinds.count)
        if let own = reader.optional("fresh_minutes_by_kind") {
            var inner = MappingReader(own, "minutes by kind", &problems)
            for (i, kind) in kinds.enumerated() { seconds[i] = inner.int(kind.name, in: 1...freshMinutesMax, default: fresh, &problems) * 60 }
            inner.finish(&problems)
        }
        let single = reader.choice("single_priority", Priority.allCases.map(\.name) + ["none"], default: frame.priority.name, &problems)
        let urgent = reader.int("urgent_score", in: 1...20, default: 5, &problems)
        let urgentName = reader.choice("urgent_priority", Priority.allCases.map(\.name), default: frame.priority.name, &problems)
        let emergency = reader.int("emergency_score", in: 2...20, default: 7, &problems)
        let emergencyName = reader.choice("emergency_priority", Priority.allCases.map(\.name), default: "high", &problems)
        let clear = reader.int("clear", in: 0...19, default: max(0, urgent - 2), &problems)
        reader.finish(&problems)
        if urgent >= emergency { problems.add("rules.step_order", at: node.place, "\"emergency_score\" must be more than \"urgent_score\"") }
        if clear >= urgent { problems.add("rules.clear_level", at: node.place, "\"clear\" must be less than \"urgent_score\"") }
        for kind in frame.kinds where !kinds.contains(kind) {
            problems.add("rules.wrong_kind", at: node.place, "\(kind.name) is no part of NEWS2; its parts are \(kinds.map(\.name).joined(separator: ", "))")
        }
        guard let urgentPriority = urgentName.flatMap({ Priority(name: $0) }), let emergencyPriority = emergencyName.flatMap({ Priority(name: $0) }) else { return nil }
        let singlePriority = single.flatMap { Priority(name: $0) }
        if emergencyPriority < urgentPriority || urgentPriority < (singlePriority ?? .information) {
            problems.add("rules.step_priority", at: node.place, "a worse score can't have a lower priority")
        }
        return Parameters(
            scale: scale == 2 ? .two : .one, isOnOxygen: oxygen == "air" ? false : oxygen == "oxygen" ? true : nil, freshSeconds: seconds,
            singlePriority: singlePriority, urgentScore: urgent, urgentPriority: urgentPriority, emergencyScore: emergency,
            emergencyPriority: emergencyPriority, clearScore: clear)
    }

    static func priorityMax(_ p: Parameters, _ base: Priority) -> Priority { max(p.emergencyPriority, base) }
    static func words(_ p: Parameters) -> [String] { [.partial, .complete, .emergency].map(\Ground.Word.name) }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        guard e.occasion == .reading, let slot = kinds.firstIndex(of: e.kind) else { return .quiet(.notConcerned) }
        if !e.quality.isDisjoint(with: .unjudgeable) || e.isRetained { return .quiet(e.beside) }
        guard let value = value(e) else { return .quiet(.wrongShape) }
        (m.values[slot], m.at[slot]) = (value, e.at.microseconds)
        let score = News2Table.score(p.observations(m, at: e.at), scale: p.scale)
        var scoring: UInt8 = 0, missing: UInt8 = 0
        for i in score.points.indices {
            if (score.points[i] ?? 0) > 0 { scoring |= 1 << UInt8(i) }
            if score.points[i] == nil { missing |= 1 << UInt8(i) }
        }
        let total = score.total
        let level: UInt8 = total >= p.emergencyScore ? 3 : total >= p.urgentScore ? 2 : p.singlePriority != nil && !score.threes.isEmpty ? 1 : 0
        if level == 0 {
            guard m.told > 0 else { return .quiet(score.isComplete ? .withinLimits : .notEnoughKnown) }
            // What made the condition must be known to be better, not only too old to count.
            guard total <= p.clearScore, score.threes.isEmpty, m.scoring & missing == 0 else { return .quiet(.notYetCleared) }
            (m.told, m.scoring, m.total, m.missing) = (0, 0, UInt8(total), missing)
            return .clear(Ground(.scored, amount: Int64(total)), .recovered)
        }
        m.scoring |= scoring
        (m.total, m.missing) = (UInt8(total), missing)
        guard level > m.told else { return .quiet(.alreadyTold) }
        let before = m.told
        m.told = level
        let word: Ground.Word = missing != 0 ? .partial : level == 3 ? .emergency : .complete
        let ground = Ground(.scored, count: total, word: word, amount: Int64(total))
        guard let priority = p.priority(level) else { return .quiet(.alreadyTold) }
        return before == 0 ? .raise(ground, priority) : .update(ground, priority)
    }

    /// In the instrument's resolution: whole numbers, tenths for the temperature; half away from zero.
    private static func value(_ e: Evidence) -> Int32? {
        switch e.value {
        case .number(let raw):
            let unit: Int64 = switch e.kind {
            case .respiratoryRate: 100
            case .bodyTemperature: 10
            case .spo2, .bpSystolic, .heartRate: 10
            default: 0
            }
            guard unit > 0 else { return nil }
            return Int32(truncatingIfNeeded: Limit.rounded(raw, to: unit) / unit)
        case .flag(let isOn): return e.kind == .oxygenTherapy ? (isOn ? 1 : 0) : nil
        case .code(let word): return e.kind == .consciousness ? (word == "alert" ? 1 : 0) : nil
        case .waveform: return nil
        }
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        p.priority(m.told).map { (Ground(.scored, count: Int(m.total), amount: Int64(m.total)), $0) }
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { interval }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { interval == nil ? .spot : .periodic }

    static func fill(_ placeholder: String, _ language: Language, _ p: Parameters, _ m: Memory) -> String? {
        switch placeholder {
        case "score": return String(m.total)
        case "missing":
            let names = News2Table.Parameter.allCases.filter { m.missing & (1 << $0.rawValue) != 0 }.map { $0.text[language] }
            return names.joined(separator: language == .zhCN ? "、" : ", ")
        case "parts":
            var parts: [String] = []
            for parameter in News2Table.Parameter.allCases where m.missing & (1 << parameter.rawValue) == 0 {
                parts.append(parameter.text[language] + " " + p.shown(parameter, m, language))
            }
            return parts.joined(separator: language == .zhCN ? "、" : ", ")
        default: return nil
        }
    }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        w.byte(m.told); w.byte(m.scoring); w.byte(m.total); w.byte(m.missing)
        for i in m.values.indices { w.signed(Int64(m.values[i])); w.signed(m.at[i]) }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory()
        (m.told, m.scoring, m.total, m.missing) = (try r.byte(), try r.byte(), try r.byte(), try r.byte())
        guard m.told <= 3 else { throw .malformed("level \(m.told)", at: r.index) }
        for i in m.values.indices { (m.values[i], m.at[i]) = (Int32(truncatingIfNeeded: try r.signed()), try r.signed()) }
        return m
    }
}

extension News2.Parameters {
    func priority(_ level: UInt8) -> Priority? {
        switch level {
        case 1: singlePriority
        case 2: urgentPriority
        case 3: emergencyPriority
        default: nil
        }
    }

    private func fresh(_ parameter: News2Table.Parameter, _ m: News2.Memory, _ at: Instant) -> Int? {
        let i = Int(parameter.rawValue)
        guard m.at[i] != .min, at.microseconds - m.at[i] <= Int64(freshSeconds[i]) * 1_000_000 else { return nil }
        return Int(m.values[i])
    }

    func observations(_ m: News2.Memory, at: Instant) -> News2Table.Observations {
        News2Table.Observations(
            respiration: fresh(.respiration, m, at), saturation: fresh(.saturation, m, at),
            isOnOxygen: fresh(.oxygen, m, at).map { $0 != 0 } ?? isOnOxygen, systolic: fresh(.systolic, m, at), pulse: fresh(.pulse, m, at),
            isAlert: fresh(.consciousness, m, at).map { $0 != 0 }, temperature: fresh(.temperature, m, at))
    }

    func shown(_ parameter: News2Table.Parameter, _ m: News2.Memory, _ language: Language) -> String {
        let i = Int(parameter.rawValue), isTrue = m.values[i] != 0
        switch parameter {
        case .oxygen:
            let isOn = m.at[i] == .min ? isOnOxygen ?? false : isTrue
            return language == .zhCN ? (isOn ? "吸氧" : "空气") : (isOn ? "oxygen" : "air")
        case .consciousness: return language == .zhCN ? (isTrue ? "清醒" : "异常") : (isTrue ? "alert" : "altered")
        case .temperature: return decimalText(scaled: Int64(m.values[i]), decimals: 1)
        default: return String(m.values[i])
        }
    }
}

extension News2Table.Parameter {
    var text: LocalizedText {
        switch self {
        case .respiration: LocalizedText(zhCN: "呼吸", en: "respiration")
        case .saturation: LocalizedText(zhCN: "血氧", en: "SpO2")
        case .oxygen: LocalizedText(zhCN: "供氧", en: "air or oxygen")
        case .systolic: LocalizedText(zhCN: "收缩压", en: "systolic pressure")
        case .pulse: LocalizedText(zhCN: "脉搏", en: "pulse")
        case .consciousness: LocalizedText(zhCN: "意识", en: "consciousness")
        case .temperature: LocalizedText(zhCN: "体温", en: "temperature")
        }
    }
}
