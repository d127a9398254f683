import CareModel

extension PayloadFormat {
    /// Reads `key` with the options `separator` and `trim` of delimited texts.
    init(_ key: String, _ reader: inout MappingReader, default sort: Sort, _ problems: inout Problems) {
        let text = reader.choice(key, Sort.allCases.map(\.rawValue), default: sort.rawValue, &problems)
        self.init(sort: text.flatMap { Sort(rawValue: $0) } ?? sort)
        readOptions(&reader, &problems)
    }

    mutating func readOptions(_ reader: inout MappingReader, _ problems: inout Problems) {
        let separator = Array(reader.string("separator", default: ",", &problems).utf8)
        if separator.count != 1 { problems.add("config.wrong_type", at: reader.node.place, "\"separator\" is one character") }
        self.separator = separator.first ?? 0x2C
        trim = Array(reader.string("trim", default: "", &problems).utf8)
    }
}

extension Unpacking {
    /// Reads `decode`, and the older `bytes`, which is one step of that name.
    static func read(_ reader: inout MappingReader, _ names: inout PathNames, _ problems: inout Problems) -> [Unpacking] {
        var steps: [Unpacking] = []
        if let node = reader.optional("bytes") {
            var inner = MappingReader(node, "a binary part", &problems)
            let path = inner.required("path", &problems).flatMap { names.path($0, &problems) }
            let encoding = inner.choice("from", ["base64", "hex"], default: "base64", &problems).flatMap { Encoding(rawValue: $0) } ?? .base64
            let table = TypeLengthTable(&inner, at: node.place, &problems)
            inner.finish(&problems)
            names.parts.append("bytes")
            if let path { steps.append(Unpacking(name: "bytes", path: path, encoding: encoding, form: .table(table), lengths: nil, when: [], isOptional: false)) }
        }
        let items = reader.list("decode", &problems)
        if items.count > Unpacking.stepsMax { problems.add("config.out_of_range", at: reader.node.place, "\"decode\" has at most \(Unpacking.stepsMax) steps") }
        for item in items.prefix(Unpacking.stepsMax) { if let step = Unpacking(item, &names, &problems) { steps.append(step) } }
        return steps
    }

    private init?(_ node: ConfigurationNode, _ names: inout PathNames, _ problems: inout Problems) {
        var reader = MappingReader(node, "a step of \"decode\"", &problems)
        let name = reader.string("name", &problems)
        let path = reader.required("path", &problems).flatMap { names.path($0, &problems) }
        encoding = reader.choice("from", Encoding.allCases.map(\.rawValue), default: "none", &problems).flatMap { Encoding(rawValue: $0) } ?? .none
        when = names.conditions(reader.optional("when"), &problems)
        isOptional = reader.bool("optional", default: false, &problems)
        lengths = nil
        if let node = reader.optional("length") {
            let length = node.int("length", in: 0...Limits.payloadBytesMax, &problems)
            if let length { lengths = length...length }
        }
        let sorts = ["tlv", "struct"] + PayloadFormat.Sort.allCases.map(\.rawValue)
        let sort = reader.choice("as", sorts, default: nil, &problems) ?? "text"
        switch sort {
        case "tlv": form = .table(TypeLengthTable(&reader, at: node.place, &problems))
        case "struct":
            var fields: [BinaryField] = []
            for item in reader.list("fields", &problems) { if let field = BinaryField(item, &problems) { fields.append(field) } }
            if fields.isEmpty || fields.count > TypeLengthTable.entriesMax {
                problems.add("config.out_of_range", at: node.place, "\"fields\" must list 1 to \(TypeLengthTable.entriesMax) fields")
            }
            form = .layout(fields)
        default:
            var format = PayloadFormat(sort: PayloadFormat.Sort(rawValue: sort) ?? .text)
            format.readOptions(&reader, &problems)
            form = .document(format)
        }
        reader.finish(&problems)
        guard let name, let path else { return nil }
        guard !["text", "item", "key", "length", "topic"].contains(name), !names.parts.contains(name) else {
            problems.add("config.duplicate_key", at: node.place, "the name \"\(name)\" is taken")
            return nil
        }
        names.parts.append(name)
        (self.name, self.path) = (name, path)
    }
}

extension TypeLengthTable {
    init(_ reader: inout MappingReader, at place: Place, _ problems: inout Problems) {
        header = reader.choice("header", Header.allCases.map(\.rawValue), default: Header.channelType.rawValue, &problems).flatMap { Header(rawValue: $0) } ?? .channelType
        isOpen = header.tellsLength
        entries = []
        let items = reader.list("tlv", &problems)
        if items.isEmpty || items.count > TypeLengthTable.entriesMax {
            problems.add("config.out_of_range", at: place, "\"tlv\" must list 1 to \(TypeLengthTable.entriesMax) entries")
        }
        for item in items.prefix(TypeLengthTable.entriesMax) {
            var reader = MappingReader(item, "an entry of channel and type", &problems)
            let channel = header == .channelType ? reader.int("channel", in: 0...255, &problems) : 0
            let type = reader.int("type", in: 0...255, &problems)
            let isRest = item["length"]?.content == .scalar("rest", isQuoted: false)
            let length = isRest ? -1 : reader.int("length", in: 0...255, default: -2, &problems)
            if isRest { _ = reader.optional("length") }
            let record = reader.optional("record").flatMap { $0.string("record", &problems) }
            var fields: [BinaryField] = []
            if item["name"] != nil { if let field = BinaryField(&reader, &problems) { fields.append(field) } }
            for part in reader.list("fields", &problems) { if let field = BinaryField(part, &problems) { fields.append(field) } }
            reader.finish(&problems)
            let end = fields.reduce(0) { max($0, $1.end) }
            if length >= 0, end > length { problems.add("config.out_of_range", at: item.place, "the fields take \(end) bytes, more than \"length\"") }
            if length == -2, fields.isEmpty, !header.tellsLength { problems.add("config.missing_key", at: item.place, "an entry needs fields or a \"length\" to pass over") }
            guard let channel, let type else { continue }
            if entries.contains(where: { Int($0.channel) == channel && Int($0.type) == type }) {
                problems.add("profile.overlapping", at: item.place, "channel \(channel) with type \(type) stands twice")
            }
            let count = length == -2 ? (fields.contains { $0.count < 0 } ? -1 : end) : length
            entries.append(Entry(channel: UInt8(channel), type: UInt8(type), count: count, fields: fields, record: record.map { Array($0.utf8) }))
        }
    }
}

extension BinaryField {
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a field", &problems)
        self.init(&reader, &problems)
        reader.finish(&problems)
    }

    init?(_ reader: inout MappingReader, _ problems: inout Problems) {
        let name = reader.string("name", &problems), place = reader.node.place
        offset = reader.int("at", in: 0...4_095, default: 0, &problems)
        let text = reader.string("read", &problems) ?? ""
        let size = reader.int("size", in: -1...4_096, default: 0, &problems)
        bits = BitRange("bits", &reader, &problems)
        guard let name, let found = Reading(text) else {
            if name != nil, !text.isEmpty {
                problems.add("config.unknown_choice", at: place, "\"\(text)\" is none of u8, i8, u16le … i64be, f32le … f64be, hex, hex_reversed, text, bytes")
            }
            return nil
        }
        (key, reading) = (Array(name.utf8), found)
        count = found.width ?? size
        if found.width == nil, size == 0 { problems.add("config.missing_key", at: place, "\"size\" is missing: how many bytes, or -1 for all that are left") }
    }
}

extension BitRange {
    /// `bits: 5` is one bit, `bits: [4, 3]` three from bit 4 on.
    init?(_ key: String, _ reader: inout MappingReader, _ problems: inout Problems) {
        guard let node = reader.optional(key) else { return nil }
        var numbers: [Int] = []
        if case .sequence(let items) = node.content { numbers = items.compactMap { $0.int(key, in: 0...63, &problems) } } else {
            numbers = [node.int(key, in: 0...63, &problems) ?? 0, 1]
        }
        guard numbers.count == 2, numbers[1] >= 1, numbers[0] + numbers[1] <= 64 else {
            problems.add("config.wrong_type", at: node.place, "\"\(key)\" is one bit, or [lowest bit, how many]")
            return nil
        }
        self.init(lowest: numbers[0], count: numbers[1])
    }
}
