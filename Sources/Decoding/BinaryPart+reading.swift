import CareModel

extension BinaryPart {
    init?(_ node: ConfigurationNode, _ names: PathNames, _ problems: inout Problems) {
        var reader = MappingReader(node, "a binary part", &problems)
        let path = reader.required("path", &problems).flatMap { names.path($0, &problems) }
        let encoding: Encoding = reader.choice("from", ["base64", "hex"], default: "base64", &problems) == "hex" ? .hex : .base64
        var fieldNames: [String] = [], entries: [Entry] = []
        let items = reader.list("tlv", &problems)
        if items.isEmpty || items.count > BinaryPart.entriesMax {
            problems.add("config.out_of_range", at: node.place, "\"tlv\" must list 1 to \(BinaryPart.entriesMax) entries")
        }
        for item in items.prefix(BinaryPart.entriesMax) {
            var reader = MappingReader(item, "an entry of channel and type", &problems)
            let channel = reader.int("channel", in: 0...255, &problems), type = reader.int("type", in: 0...255, &problems)
            let length = reader.int("length", in: 0...255, default: -1, &problems)
            var fields: [Field] = [], end = 0
            if reader.optional("name") != nil {
                if let field = BinaryPart.field(&reader, &fieldNames, &problems) { fields.append(field) }
            }
            for part in reader.list("fields", &problems) {
                var inner = MappingReader(part, "a field", &problems)
                if let field = BinaryPart.field(&inner, &fieldNames, &problems) { fields.append(field) }
                inner.finish(&problems)
            }
            reader.finish(&problems)
            for field in fields { end = max(end, field.offset + field.width.count) }
            if length >= 0, end > length { problems.add("config.out_of_range", at: item.place, "the fields take \(end) bytes, more than \"length\"") }
            if length < 0, fields.isEmpty { problems.add("config.missing_key", at: item.place, "an entry needs fields or a \"length\" to pass over") }
            guard let channel, let type else { continue }
            if entries.contains(where: { Int($0.channel) == channel && Int($0.type) == type }) {
                problems.add("profile.overlapping", at: item.place, "channel \(channel) with type \(type) stands twice")
            }
            entries.append(Entry(channel: UInt8(channel), type: UInt8(type), count: max(length, end), fields: fields))
        }
        reader.finish(&problems)
        guard let path else { return nil }
        (self.path, self.encoding, self.names, self.entries) = (path, encoding, fieldNames, entries)
    }

    private static func field(_ reader: inout MappingReader, _ names: inout [String], _ problems: inout Problems) -> Field? {
        let name = reader.string("name", &problems)
        let offset = reader.int("at", in: 0...254, default: 0, &problems)
        let read = reader.choice("read", Width.allCases.map(\.rawValue), default: nil, &problems)
        guard let name, let read, let width = Width(rawValue: read) else { return nil }
        if !names.contains(name) { names.append(name) }
        return names.firstIndex(of: name).map { Field(index: $0, offset: offset, width: width) }
    }
}
