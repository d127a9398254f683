import CareModel

/// Bytes in which every value says what it is: a header, then a value whose length the header or the table tells.
struct TypeLengthTable: Hashable, Sendable {
    enum Header: String, CaseIterable, Hashable, Sendable {
        /// Two bytes, channel and type; the table tells the length (Milesight).
        case channelType = "channel_type"
        /// One byte; the table tells the length (Elsys).
        case type
        /// Type, then the value's length in one byte.
        case typeLength = "type_length"
        /// The length of type and value in one byte, then the type (Bluetooth advertisements).
        case lengthType = "length_type"

        var count: Int { self == .type ? 1 : 2 }
        var tellsLength: Bool { self == .typeLength || self == .lengthType }
    }

    struct Entry: Hashable, Sendable {
        var channel: UInt8
        var type: UInt8
        /// Bytes of the value; -1 = to the end.
        var count: Int
        var fields: [BinaryField]
        /// The list to which each such value is added as an object of its own.
        var record: [UInt8]?
    }

    static let entriesMax = 64
    /// Values in one message: over what 65,536 bytes of the shortest entries of any known device hold.
    static let valuesMax = 1_024

    var header: Header
    var entries: [Entry]
    /// Whether a value of an unknown type can be passed over: only where the header tells its length.
    var isOpen: Bool

    /// Adds an object: plain entries as members, entries with a `record` as lists of objects.
    ///
    /// - Returns: what is wrong, or nil. What stood before the fault is kept: an SOS is not lost behind an unknown byte.
    func read(_ bytes: ArraySlice<UInt8>, into tree: inout ValueTree) -> (RejectionReason, String)? {
        let root = tree.open(.object)
        var records: [(entry: Int, value: ArraySlice<UInt8>)] = [], fault: (RejectionReason, String)?
        var i = bytes.startIndex, count = 0
        while i < bytes.endIndex, fault == nil {
            let at = i - bytes.startIndex
            count += 1
            guard count <= TypeLengthTable.valuesMax else { fault = (.tooManyReadings, "the binary part has over \(TypeLengthTable.valuesMax) values"); break }
            guard i + header.count <= bytes.endIndex else {
                // Padding behind the last advertisement structure.
                if header == .lengthType, bytes[i] == 0 { break }
                fault = (.truncated, "the binary part ends inside a header at byte \(at)")
                break
            }
            let first = bytes[i], second = header.count == 2 ? bytes[i + 1] : 0
            let (channel, type): (UInt8, UInt8) = header == .channelType ? (first, second) : (0, header == .lengthType ? second : first)
            if header == .lengthType, first == 0 { break }
            let found = entries.firstIndex { $0.channel == channel && $0.type == type }
            var length = found.map { entries[$0].count } ?? 0
            if header == .typeLength { length = Int(second) } else if header == .lengthType { length = Int(first) - 1 }
            i += header.count
            guard let found else {
                guard isOpen, header.tellsLength, i + length <= bytes.endIndex else {
                    fault = (.unknownValue, "the binary part has a type at byte \(at) that the profile doesn't know")
                    break
                }
                i += length
                continue
            }
            if length < 0 { length = bytes.endIndex - i }
            let need = entries[found].fields.reduce(0) { max($0, $1.end) }
            guard i + length <= bytes.endIndex, need <= length else {
                fault = (.truncated, "the binary part ends inside a value at byte \(i - bytes.startIndex)")
                break
            }
            let value = bytes[i..<i + length]
            if entries[found].record != nil { records.append((found, value)) } else { for field in entries[found].fields { field.add(value, to: &tree) } }
            i += length
        }
        var written: [[UInt8]] = []
        for record in records {
            guard let name = entries[record.entry].record, !written.contains(name) else { continue }
            written.append(name)
            let list = tree.open(.array, key: name)
            for other in records where entries[other.entry].record == name {
                let item = tree.open(.object)
                for field in entries[other.entry].fields { field.add(other.value, to: &tree) }
                tree.close(item)
            }
            tree.close(list)
        }
        tree.close(root)
        return fault
    }
}
