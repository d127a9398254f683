import CareModel
import Decoding

extension KindGuess {
    /// What a field may mean, the likelier first.
    ///
    /// - Parameters:
    ///   - field: its key, and what was seen.
    ///   - context: words of the topic, the last level first: they name a value whose key says nothing.
    ///   - beside: the normal keys of the fields beside it.
    static func all(_ field: SurveyedField, context: [String], beside: Set<String>) -> [KindGuess] {
        if field.samplesMax > 0 { return waveform(field) }
        let names = Names(field, context)
        var found: [(rank: Int, guess: KindGuess)] = []
        for row in rows {
            guard let rank = names.rank(row) else { continue }
            switch row.kind.entry.shape {
            case .number: if field.isNumeric { found += numbers(row.kind, field, names, rank, beside).map { (rank, $0) } }
            case .flag: if let guess = flag(row.kind, field, rank) { found.append((rank, guess)) }
            case .code: if let guess = code(row.kind, field, rank) { found.append((rank, guess)) }
            case .waveform: break
            }
        }
        // A word may say more than its key: "event": "fall_detected".
        if !field.isNumeric, !field.isFlag { found += words(field).filter { word in !found.contains { $0.guess.kind == word.kind } }.map { (3, $0) } }
        let ordered = found.enumerated().sorted { ($0.element.guess.isSure ? 0 : 1, $0.element.rank, $0.offset) < ($1.element.guess.isSure ? 0 : 1, $1.element.rank, $1.offset) }
        var guesses: [KindGuess] = []
        for (_, entry) in ordered where !guesses.contains(where: { $0.kind == entry.guess.kind && $0.options == entry.guess.options }) { guesses.append(entry.guess) }
        // A scale is a way out where nothing fits as it is.
        if guesses.contains(where: { !$0.isScaled }) { guesses.removeAll(where: \.isScaled) }
        // Of two sure ones none is sure.
        if guesses.count(where: \.isSure) > 1 { for i in guesses.indices { guesses[i].isSure = false } }
        return Array(guesses.prefix(4))
    }

    /// The names under which a field may be known.
    struct Names {
        var exact: [String] = []
        var parts: [String] = []
        var unit: String?

        init(_ field: SurveyedField, _ context: [String]) {
            let generic: Set<String> = ["value", "val", "v", "vb", "vs", "state", "status", "level", "current", "data", "result", "reading", "text", "payload", "raw", "avg", "mean", "number", "type", "event", "alarm", "1", "0", "2", "3"]
            var keys = field.keys.filter { $0 != "key" }
            if let last = keys.last, generic.contains(KeyWords.normal(last)) || last.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
                // Of several columns the topic names none.
                let isColumn = last.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
                if keys.count > 1 {
                    exact.append(KeyWords.normal(keys.suffix(2).joined()))
                    keys.removeLast()
                } else if !isColumn { keys += context.prefix(1) }
            }
            if keys.isEmpty { keys = Array(context.prefix(1)) }
            guard let last = keys.last else { return }
            exact.append(KeyWords.normal(last))
            if keys.count > 1 { exact.append(KeyWords.normal(keys.suffix(2).joined())) }
            var words = KeyWords.parts(last)
            if words.count > 1, let tail = words.last, let suffix = unitSuffixes.first(where: { $0.suffix == tail }) {
                unit = suffix.unit
                words.removeLast()
                exact.append(words.joined())
            } else if let name = exact.first, let suffix = unitSuffixes.first(where: { $0.suffix.utf8.count > 1 && name.hasSuffix($0.suffix) && name != $0.suffix }) {
                unit = suffix.unit
                exact.append(String(name.dropLast(suffix.suffix.count)))
            }
            parts = words
        }

        /// 0: says kind and unit; 1: a usual name; 2: one of its words; nil: nothing of it.
        func rank(_ row: Row) -> Int? {
            if exact.contains(where: row.sure.contains) { return 0 }
            if exact.contains(where: row.maybe.contains) { return 1 }
            if parts.contains(where: { $0.unicodeScalars.count > 2 && (row.maybe.contains($0) || row.sure.contains($0)) }) { return 2 }
            return nil
        }
    }

    /// The device's own "no value", as makers write it.
    static let usualSentinels = ["0", "-1", "255", "254", "127", "-127", "127.5", "-128", "999", "-999", "65535", "65.535", "32767", "-32768", "6553.5"].compactMap { DecimalNumber($0)?.normalised }

    /// Whether all values but the usual sentinels are possible, and which sentinels were seen.
    private static func fit(_ field: SurveyedField, _ kind: Kind, unit: String?, scale: DecimalNumber?) -> [DecimalNumber]? {
        var sentinels: [DecimalNumber] = [], good = 0
        for number in field.numbers {
            guard let isPossible = KindFit.isPossible(number, unit: unit, scale: scale, as: kind) else { return nil }
            if isPossible { good += 1 } else if usualSentinels.contains(number.normalised) {
                if !sentinels.contains(number.normalised) { sentinels.append(number.normalised) }
            } else { return nil }
        }
        return good > 0 ? sentinels : nil
    }

    private static func numbers(_ kind: Kind, _ field: SurveyedField, _ names: Names, _ rank: Int, _ beside: Set<String>) -> [KindGuess] {
        // Other units of the same quantity in which devices report, and scales of whole numbers.
        let units: [String?] = switch kind {
        case .bodyTemperature, .skinTemperature, .roomTemperature, .chipTemperature: [nil, "[degF]"]
        case .glucose: [nil, "mg/dL"]
        case .bpSystolic, .bpDiastolic, .bpMean: [nil, "kPa"]
        case .batteryVoltage: [nil, "mV"]
        case .pressure: [nil, "Pa", "kPa"]
        case .spo2, .battery, .humidity: [nil, "1"]
        case .weight: [nil, "{jin}", "[lb_av]", "g"]
        case .targetDistance, .positionX, .positionY: [nil, "cm"]
        default: [nil]
        }
        // A range that a temperature doesn't have to have: only where the values let it be one of a body.
        if kind == .roomTemperature, rank > 0, field.numbers.allSatisfy({ KindFit.isPossible($0, as: .bodyTemperature) == true && (DecimalNumber(34).isLess(than: $0)) }) {
            return [KindGuess(kind: .bodyTemperature, why: "the values are a body's"), KindGuess(kind: .skinTemperature, why: "the values may be the skin's"), KindGuess(kind: .roomTemperature, why: "a hot room is as possible")]
        }
        func make(_ unit: String?, _ scale: String?, _ sentinels: [DecimalNumber], isSure: Bool, _ why: String) -> KindGuess {
            var options: [String] = []
            if let unit { options.append("unit: \(Written.yaml(unit))") }
            if let scale { options.append("scale: \(scale)") }
            if !sentinels.isEmpty { options.append("sentinels: [" + sentinels.map { plain($0) }.joined(separator: ", ") + "]") }
            if kind == .stepsToday { options.append("meaning: counter") }
            return KindGuess(kind: kind, options: options, isSure: isSure, why: why)
        }
        if let sibling = field.unit {
            let known = sibling.words.compactMap { word in unitWords.first { $0.word == word.lowercased() }.map { (word, $0.unit) } }
            let usable = known.filter { KindFit.isPossible(DecimalNumber(1), unit: $0.1, as: kind) != nil }
            guard !usable.isEmpty || known.isEmpty else { return [] }
            if !usable.isEmpty {
                let map = usable.map { "\(Written.yaml($0.0)): \(Written.yaml($0.1))" }.joined(separator: ", ")
                return [KindGuess(kind: kind, options: ["unit: {path: \(Written.yaml(sibling.path)), map: {\(map)}}"], isSure: rank == 0 && usable.count == sibling.words.count, why: "its unit stands in the message")]
            }
        }
        if let stated = names.unit, KindFit.isPossible(DecimalNumber(1), unit: stated, as: kind) != nil {
            guard let sentinels = fit(field, kind, unit: stated, scale: nil) else { return [] }
            return [make(stated == kind.entry.unit ? nil : stated, nil, sentinels, isSure: rank == 0, "the key names the unit \(stated), and the values fit")]
        }
        var found: [KindGuess] = []
        for unit in units {
            // Another unit where the kind's own doesn't fit; a weight is ambiguous in all of them.
            if unit != nil, !found.isEmpty, kind != .weight { continue }
            guard let sentinels = fit(field, kind, unit: unit, scale: nil) else { continue }
            let isBesideHumidity = kind == .roomTemperature && unit == nil && beside.contains { ["humidity", "hum", "relativehumidity", "湿度"].contains($0) }
            let isSure = unit == nil && (rank == 0 || isBesideHumidity && rank == 1)
            found.append(make(unit, nil, sentinels, isSure: isSure, unit.map { "possible if it is in \($0)" } ?? (isSure ? "its name and all its values fit" : "its name may mean this, and all its values are possible")))
        }
        if found.isEmpty, field.numbers.allSatisfy({ $0.wholeNumber != nil }) {
            let scales = kind == .latitude || kind == .longitude ? ["0.0000001", "0.000001"] : ["0.1", "0.01", "0.001"]
            for scale in scales {
                guard let sentinels = fit(field, kind, unit: nil, scale: DecimalNumber(scale)) else { continue }
                found.append(make(nil, scale, sentinels, isSure: false, "possible if the number is × \(scale)"))
                break
            }
        }
        return found
    }

    var isScaled: Bool { options.contains { $0.hasPrefix("scale:") } }

    static func plain(_ number: DecimalNumber) -> String { number.normalised.exponent > 0 ? String(number.wholeNumber ?? 0) : number.text }

    private static func waveform(_ field: SurveyedField) -> [KindGuess] {
        let words = field.keys.flatMap(KeyWords.parts)
        let signal = ["ecg", "pleth", "accel", "resp"].first { name in words.contains { $0.hasPrefix(name) } } ?? (words.contains("ppg") ? "pleth" : words.contains("acc") ? "accel" : nil)
        guard let signal else { return [] }
        let unit = signal == "ecg" ? "mV" : signal == "accel" ? "m/s2" : "1"
        return [KindGuess(kind: .waveform, options: ["waveform: {signal: \(signal), unit: \(Written.yaml(unit)), samples: \(Written.yaml(field.path)), rate_hz: 100}"], why: "a list of up to \(field.samplesMax) numbers; write the device's own rate and unit")]
    }
}
