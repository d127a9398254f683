import CareModel

/// Bytes inside a message, taken apart by a table: channel and type give a length and named integers.
struct BinaryPart: Sendable {
    enum Encoding: UInt8, Sendable { case base64, hex }

    enum Width: String, CaseIterable, Sendable {
        case u8, i8, u16le, i16le, u16be, i16be, u32le, i32le, u32be, i32be

        var count: Int {
            switch self {
            case .u8, .i8: 1
            case .u16le, .i16le, .u16be, .i16be: 2
            case .u32le, .i32le, .u32be, .i32be: 4
            }
        }

        func read(_ bytes: ArraySlice<UInt8>) -> Int64 {
            switch self {
            case .u8, .i8, .u16be, .i16be, .u32be, .i32be: sign(bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            case .u16le, .i16le, .u32le, .i32le: sign(bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            }
        }

        private func sign(_ raw: UInt32) -> Int64 {
            switch self {
            case .i8: Int64(Int8(truncatingIfNeeded: raw))
            case .i16le, .i16be: Int64(Int16(truncatingIfNeeded: raw))
            case .i32le, .i32be: Int64(Int32(truncatingIfNeeded: raw))
            default: Int64(raw)
            }
        }
    }

    struct Field: Sendable {
        /// Index among the part's names.
        var index: Int
        var offset: Int
        var width: Width
    }

    /// One channel and type of a TLV payload.
    struct Entry: Sendable {
        var channel: UInt8
        var type: UInt8
        var count: Int
        var fields: [Field]
    }

    static let bytesMax = 4_096
    static let entriesMax = 64

    var path: FieldPath
    var encoding: Encoding
    var names: [String]
    var entries: [Entry]

    /// Fills `fields` by index; a later value of the same name counts.
    ///
    /// - Returns: what is wrong, or nil. What stood before the fault is kept: an SOS is not lost behind an unknown byte.
    func read(_ bytes: [UInt8], into fields: inout [Int64?]) -> (RejectionReason, String)? {
        guard bytes.count <= BinaryPart.bytesMax else { return (.payloadTooLong, "the binary part has over \(BinaryPart.bytesMax) bytes") }
        var i = 0
        while i < bytes.count {
            guard i + 2 <= bytes.count else { return (.truncated, "the binary part ends inside a header at byte \(i)") }
            guard let entry = entries.first(where: { $0.channel == bytes[i] && $0.type == bytes[i + 1] }) else {
                return (.unknownValue, "the binary part has a channel and type at byte \(i) that the profile doesn't know")
            }
            i += 2
            guard i + entry.count <= bytes.count else { return (.truncated, "the binary part ends inside a value at byte \(i)") }
            for field in entry.fields {
                fields[field.index] = field.width.read(bytes[(i + field.offset)..<(i + field.offset + field.width.count)])
            }
            i += entry.count
        }
        return nil
    }
}
