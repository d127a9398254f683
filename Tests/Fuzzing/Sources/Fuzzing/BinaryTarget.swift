import Foundation
@testable import Decoding

/// Tables of type and length, and layouts of fields, beside a plain reference. The input's beginning makes the table:
/// a byte of header sort and openness, a byte with how many entries, for each channel, type, length and how many fields,
/// for each field how it is read, offset, length and bits; the rest are the device's bytes.
enum BinaryTarget: FuzzTarget {
    nonisolated(unsafe) private static var tree = ValueTree()
    private static let limits = DocumentLimits(bytesMax: 65_536, depthMax: 16, itemsMax: 1 << 20)
    private static let readings = [
        "u8", "i8", "u16le", "i16le", "u16be", "i16be", "u24le", "i24be", "u32le", "i32le", "u32be", "i32be", "u48le", "i48be", "u64le", "i64be", "f32le", "f32be", "f64le", "f64be",
        "hex", "hex_reversed", "text", "bytes",
    ]

    static func run(_ input: [UInt8]) {
        var rest = input[...]
        func next() -> Int { Int(rest.popFirst() ?? 0) }
        let first = next(), entryCount = next() % 8
        var entries: [TypeLengthTable.Entry] = []
        for _ in 0..<entryCount {
            let channel = UInt8(next()), type = UInt8(next()), length = next(), shape = next()
            var entry = TypeLengthTable.Entry(channel: channel, type: type, count: length == 255 ? -1 : length % 24, fields: [], record: shape & 128 != 0 ? Array("r\(shape >> 6 & 1)".utf8) : nil)
            for f in 0..<shape % 4 {
                guard let reading = BinaryField.Reading(readings[next() % readings.count]) else { fault("a reading that isn't one") }
                let offset = next() % 16, count = next() % 16, mark = next()
                var field = BinaryField(key: Array("k\(f)".utf8), offset: offset, count: reading.width ?? (count == 15 ? -1 : count), reading: reading)
                if case .integer = reading, mark & 1 != 0 { field.bits = BitRange(lowest: mark >> 1 & 7, count: 1 + mark >> 4) }
                if field.end <= entry.count { entry.fields.append(field) }
            }
            entries.append(entry)
        }
        let header = TypeLengthTable.Header.allCases[first % TypeLengthTable.Header.allCases.count]
        let table = TypeLengthTable(header: header, entries: entries, isOpen: first & 128 != 0)
        tree.removeAll()
        tree.source = []
        let found = table.read(rest, into: &tree)
        TreeCheck.check(tree, limits)
        let (members, isWhole) = reference(table, Array(rest))
        hold((found == nil) == isWhole, "\(String(describing: found)), where the reference says \(isWhole)")
        let own = tree.value(0)
        hold(own.plain.isSame(as: Value.object(members).plain), "\(own), not \(members)")
    }

    /// What stands before the first fault, and whether there is none.
    private static func reference(_ table: TypeLengthTable, _ bytes: [UInt8]) -> (members: [Value.Member], isWhole: Bool) {
        var plain: [Value.Member] = [], records: [(name: [UInt8], value: Value)] = [], at = 0, count = 0, isWhole = true
        while at < bytes.count {
            count += 1
            if count > 1_024 { isWhole = false; break }
            if table.header == .lengthType, bytes[at] == 0 { break }
            let isOne = table.header == .type
            guard at + (isOne ? 1 : 2) <= bytes.count else { isWhole = false; break }
            let a = bytes[at], b = isOne ? 0 : bytes[at + 1]
            at += isOne ? 1 : 2
            var told: Int?
            let entry: TypeLengthTable.Entry?
            switch table.header {
            case .channelType: entry = table.entries.first { $0.channel == a && $0.type == b }
            case .type: entry = table.entries.first { $0.channel == 0 && $0.type == a }
            case .typeLength: (entry, told) = (table.entries.first { $0.channel == 0 && $0.type == a }, Int(b))
            case .lengthType: (entry, told) = (table.entries.first { $0.channel == 0 && $0.type == b }, Int(a) - 1)
            }
            guard let entry else {
                guard table.isOpen, let told, at + told <= bytes.count else { isWhole = false; break }
                at += told
                continue
            }
            let length = told ?? (entry.count < 0 ? bytes.count - at : entry.count)
            guard at + length <= bytes.count, entry.fields.allSatisfy({ $0.offset + max($0.count, 0) <= length }) else { isWhole = false; break }
            let part = Array(bytes[at..<at + length])
            let members = entry.fields.map { Value.Member(key: String(decoding: $0.key, as: UTF8.self), value: value($0, part)) }
            if let name = entry.record { records.append((name, .object(members))) } else { plain += members }
            at += length
        }
        for name in records.map(\.name) where !plain.contains(where: { Array($0.key.utf8) == name && $0.value.items != nil }) {
            plain.append(.init(key: String(decoding: name, as: UTF8.self), value: .array(records.filter { $0.name == name }.map(\.value))))
        }
        return (plain, isWhole)
    }

    private static func value(_ field: BinaryField, _ part: [UInt8]) -> Value {
        let bytes = Array(part[field.offset..<(field.count < 0 ? part.count : field.offset + field.count)])
        func whole(_ isLittle: Bool) -> UInt64 { (isLittle ? bytes.reversed() : bytes).reduce(0) { $0 * 256 + UInt64($1) } }
        switch field.reading {
        case .integer(let count, let isSigned, let isLittle):
            let raw = whole(isLittle)
            if let bits = field.bits {
                var number: UInt64 = 0
                for i in 0..<bits.count where bits.lowest + i < 64 && raw >> UInt64(bits.lowest + i) & 1 == 1 { number += 1 << UInt64(i) }
                return .number(DecimalNumber(Int64(bitPattern: number)))
            }
            let signed = Int128(raw) - (isSigned && raw >> UInt64(8 * count - 1) & 1 == 1 ? Int128(1) << (8 * count) : 0)
            return .number(DecimalNumber(Int64(clamping: signed)))
        case .float(let count, let isLittle):
            let raw = whole(isLittle), float = Float(bitPattern: UInt32(truncatingIfNeeded: raw)), double = Double(bitPattern: raw)
            guard count == 4 ? float.isFinite : double.isFinite, let number = DecimalNumber(count == 4 ? float.description : double.description) else { return .null }
            return .number(number)
        case .hex(let isReversed):
            return .string((isReversed ? bytes.reversed() : bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        case .text: return String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self).map { .string($0) } ?? .null
        case .bytes: return .bytes(bytes)
        }
    }
}
