import CareModel

extension OutputSpec {
    init?(_ node: ConfigurationNode, _ names: PathNames, transportDelaySecondsMax: Int, _ problems: inout Problems) {
        var reader = MappingReader(node, "an output", &problems)
        place = node.place
        let kind = OutputSpec.kind(&reader, &problems)
        let meaningText = reader.choice("meaning", Meaning.allCases.map(\.name), default: "level", &problems) ?? "level"
        meaning = Meaning(name: meaningText) ?? .level
        if let kind, kind.isSafety, node["meaning"] == nil {
            problems.add("profile.meaning_missing", at: node.place, "\(kind.name) is a safety kind: say its \"meaning\", so that a repeated state is not taken for a new occurrence")
        }
        let pathNode = reader.optional("path"), valueNode = reader.optional("value")
        let waveform = reader.optional("waveform").flatMap { WaveformSource($0, names, &problems) }
        var paths: [FieldPath] = []
        if let pathNode {
            if case .sequence(let items) = pathNode.content { paths = names.paths(items, &problems) }
            else if let path = names.path(pathNode, &problems) { paths = [path] }
        }
        if kind == .waveform {
            if node["waveform"] == nil || pathNode != nil || valueNode != nil { problems.add("config.missing_key", at: node.place, "signal.waveform needs \"waveform\", and neither \"path\" nor \"value\"") }
        } else if (pathNode == nil) == (valueNode == nil) || node["waveform"] != nil {
            problems.add("config.missing_key", at: node.place, "an output has either a \"path\" or a fixed \"value\"")
        }
        let entry = (kind ?? .heartRate).entry
        decimals = entry.decimals
        possible = entry.possible
        suspectUnit = kind.flatMap { UnitConversion.suspect(for: $0) }
        source = .paths(paths)
        if let valueNode, let kind, let value = OutputSpec.value(valueNode, kind, &problems) { source = .constant(value) }
        if let waveform { source = .samples(waveform) }
        map = []
        if let mapNode = reader.optional("map") {
            if case .mapping(let entries) = mapNode.content {
                for entry in entries {
                    guard let kind, let target = OutputSpec.target(entry.value, kind, &problems) else { continue }
                    let literal = Literal(entry.key)
                    if map.contains(where: { $0.literal == literal }) {
                        problems.add("config.duplicate_key", at: entry.keyPlace, "the key \"\(entry.key)\" stands twice")
                    }
                    map.append(MapEntry(literal: literal, pattern: StarPattern(entry.key), target: target))
                }
            } else {
                problems.add("config.wrong_type", at: mapNode.place, "\"map\" is a mapping of the device's values to ours")
            }
        }
        otherwise = nil
        if let node = reader.optional("otherwise"), let kind { otherwise = OutputSpec.target(node, kind, &problems) }
        bits = BitRange("bits", &reader, &problems)
        radix = reader.int("radix", in: 2...36, default: 10, &problems)
        isCount = reader.bool("count", default: false, &problems)
        if entry.shape == .code, valueNode == nil, node["map"] == nil {
            problems.add("profile.unmapped_enum", at: node.place, "\(entry.name) holds words: a \"map\" must say which of the device's values means which")
        }
        scale = OutputSpec.decimal("scale", &reader, &problems)
        offset = OutputSpec.decimal("offset", &reader, &problems)
        unit = OutputSpec.unit(&reader, kind, names, &problems)
        isDegreesMinutes = reader.bool("degrees_minutes", default: false, &problems)
        negativeWhen = names.conditions(reader.optional("negative_when"), &problems)
        infersUnit = reader.bool("infer_unit", default: false, &problems)
        if infersUnit, suspectUnit == nil { problems.add("profile.unknown_unit", at: node.place, "no other unit of \(entry.name) is usual: \"infer_unit\" can't stand here") }
        confirms = reader.optional("confirms").flatMap { names.path($0, &problems) }
        cancels = reader.optional("cancels").flatMap { names.path($0, &problems) }
        if confirms != nil || cancels != nil, kind?.isSafety == false { problems.add("profile.no_end", at: node.place, "\"confirms\" and \"cancels\" belong to safety kinds") }
        isFallback = reader.bool("fallback", default: false, &problems)
        detail = OutputSpec.detail(&reader, names, &problems)
        sentinels = reader.strings("sentinels", &problems).map { Literal($0) }
        when = names.conditions(reader.optional("when"), &problems)
        qualities = OutputSpec.qualities(reader.optional("quality"), names, &problems)
        let interval = reader.int("interval_seconds", in: 0...31 * 86_400, default: 0, &problems)
        intervalSeconds = interval == 0 ? nil : interval
        let clear = reader.int("auto_clear_seconds", in: 0...86_400, default: 0, &problems)
        autoClearSeconds = clear == 0 ? nil : clear
        if clear > 0, let kind, entry.shape != .flag, !(kind.isSafety && entry.shape == .code) {
            problems.add("profile.no_end", at: node.place, "\(kind.name) has no end that \"auto_clear_seconds\" could bring: it is for states that are on or off, and for calls")
        }
        self.transportDelaySecondsMax = reader.int("transport_delay_seconds_max", in: 0...7 * 86_400, default: transportDelaySecondsMax, &problems)
        reader.finish(&problems)
        guard let kind else { return nil }
        self.kind = kind
    }

    static func qualities(_ node: ConfigurationNode?, _ names: PathNames, _ problems: inout Problems) -> [(quality: Quality, when: [Condition])] {
        guard let node else { return [] }
        guard case .mapping(let entries) = node.content else {
            problems.add("config.wrong_type", at: node.place, "\"quality\" is a mapping of a quality to its conditions")
            return []
        }
        var found: [(quality: Quality, when: [Condition])] = []
        for entry in entries {
            guard let quality = Quality.named.first(where: { $0.1 == entry.key })?.0 else {
                problems.add("config.unknown_choice", at: entry.keyPlace, "\"\(entry.key)\" is no quality; known are \(Quality.named.map(\.1).joined(separator: ", "))")
                continue
            }
            let isAlways = entry.value.content == .scalar("always", isQuoted: false)
            found.append((quality, isAlways ? [] : names.conditions(entry.value, &problems)))
        }
        return found
    }

    private static func kind(_ reader: inout MappingReader, _ problems: inout Problems) -> Kind? {
        guard let node = reader.required("kind", &problems), let name = node.string("kind", &problems) else { return nil }
        if let kind = Kind(name: name) { return kind }
        problems.add("profile.unknown_kind", at: node.place, "\"\(name)\" is no kind that a profile can give; docs/kinds.md lists them")
        return nil
    }

    private static func target(_ node: ConfigurationNode, _ kind: Kind, _ problems: inout Problems) -> Target? {
        if case .scalar("ignore", _) = node.content { return .ignore }
        return value(node, kind, &problems).map { .value($0) }
    }

    /// A value of the kind as a profile writes it.
    private static func value(_ node: ConfigurationNode, _ kind: Kind, _ problems: inout Problems) -> ReadingValue? {
        switch kind.entry.shape {
        case .flag: return node.bool(kind.name, &problems).map { .flag($0) }
        case .number(let decimals): return node.decimal(kind.name, decimals: decimals, &problems).map { .number(scaled: $0) }
        case .waveform: return nil
        case .code:
            guard let text = node.string(kind.name, &problems) else { return nil }
            guard !text.isEmpty, text.utf8.count <= 32, text.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || $0 == 95 || ($0 >= 48 && $0 <= 57) }) else {
                problems.add("config.wrong_type", at: node.place, "\"\(text)\" must be a short lower-case word")
                return nil
            }
            if let words = CodeWords.known[kind], !words.contains(text) {
                problems.add("profile.unknown_code", at: node.place, "\"\(text)\" is no word of \(kind.name); known are \(words.joined(separator: ", "))")
                return nil
            }
            return .code(text)
        }
    }

    static func decimal(_ key: String, _ reader: inout MappingReader, _ problems: inout Problems) -> DecimalNumber? {
        guard let node = reader.optional(key) else { return nil }
        if case .scalar(let text, false) = node.content, let number = DecimalNumber(text), abs(number.exponent) <= 12 { return number }
        problems.add("config.wrong_type", at: node.place, "\"\(key)\" must be a number")
        return nil
    }

    private static func detail(_ reader: inout MappingReader, _ names: PathNames, _ problems: inout Problems) -> Detail? {
        guard let node = reader.optional("detail") else { return nil }
        guard case .mapping = node.content else {
            return node.string("detail", &problems).flatMap { names.template($0, at: node.place, &problems) }.map { .template($0) }
        }
        var inner = MappingReader(node, "what goes with the value", &problems)
        let path = inner.required("path", &problems).flatMap { names.path($0, &problems) }
        var table: [(literal: Literal, word: String)] = []
        if let map = inner.required("map", &problems), case .mapping(let entries) = map.content {
            for entry in entries { if let word = entry.value.string(entry.key, &problems) { table.append((Literal(entry.key), word)) } }
        }
        inner.finish(&problems)
        return path.map { .map($0, table) }
    }

    private static func unit(_ reader: inout MappingReader, _ kind: Kind?, _ names: PathNames, _ problems: inout Problems) -> Unit {
        guard let node = reader.optional("unit"), let kind else { return .fixed(.none) }
        func conversion(_ node: ConfigurationNode) -> UnitConversion? {
            guard let text = node.string("unit", &problems) else { return nil }
            if let found = UnitConversion.from(text, to: kind) { return found }
            problems.add("profile.unknown_unit", at: node.place, "\"\(text)\" is no unit of \(kind.name), which is kept in \(kind.entry.unit ?? "no unit")")
            return nil
        }
        guard case .mapping = node.content else { return .fixed(conversion(node) ?? .none) }
        var inner = MappingReader(node, "where the unit stands", &problems)
        let path = inner.required("path", &problems).flatMap { names.path($0, &problems) }
        var table: [(Literal, UnitConversion)] = []
        if let map = inner.required("map", &problems), case .mapping(let entries) = map.content {
            for entry in entries { if let found = conversion(entry.value) { table.append((Literal(entry.key), found)) } }
        }
        let fallback = inner.optional("default").flatMap { conversion($0) }
        inner.finish(&problems)
        return path.map { .field($0, table, fallback) } ?? .fixed(.none)
    }
}

/// The words that a code kind may hold where rules depend on them; other code kinds take any word.
public enum CodeWords {
    public static let known: [Kind: [String]] = [
        .sos: ["pressed", "long", "cleared"],
        .callButton: ["short", "single", "long", "double", "triple", "hold", "pressed", "cleared"],
        .fall: ["warning", "suspected", "confirmed", "cleared"],
        .geofence: ["enter", "leave"],
        .wandering: ["suspected", "confirmed", "cleared"],
        .attendance: ["arrived", "needed", "done"],
    ]
}

extension WaveformSource {
    init?(_ node: ConfigurationNode, _ names: PathNames, _ problems: inout Problems) {
        var reader = MappingReader(node, "where the samples stand", &problems)
        let samples = reader.required("samples", &problems).flatMap { names.path($0, &problems) }
        let signal = reader.string("signal", &problems)
        unit = reader.string("unit", &problems) ?? ""
        func amount(_ key: String) -> Amount? {
            guard let node = reader.optional(key) else { return nil }
            if case .scalar(let text, false) = node.content, let number = DecimalNumber(text) { return .fixed(number) }
            return names.path(node, &problems).map { .path($0) }
        }
        (periodMs, rateHz, factor, origin) = (amount("period_ms"), amount("rate_hz"), amount("factor"), amount("origin"))
        reader.finish(&problems)
        guard let samples, let signal else { return nil }
        (self.samples, self.signal) = (samples, signal)
    }
}
