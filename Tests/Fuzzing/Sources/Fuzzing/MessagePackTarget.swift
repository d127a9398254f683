import Foundation
@testable import Decoding

/// The MessagePack reader beside a plain reference.
enum MessagePackTarget: FuzzTarget {
    nonisolated(unsafe) private static var tree = ValueTree()

    static func run(_ input: [UInt8]) {
        let limits = DocumentLimits.message
        var cursor = ReferenceCursor(bytes: input[...])
        var expected = try? item(&cursor, 0)
        if !cursor.bytes.isEmpty { expected = nil }
        do throws(DocumentFailure) {
            try MessagePackReader.read(input, into: &tree, limits: limits)
        } catch {
            switch error {
            case .tooDeep, .tooLong, .tooManyItems: return
            default: hold(expected == nil, "refused what is MessagePack: \(error)")
            }
            return
        }
        TreeCheck.check(tree, limits)
        guard let expected else { fault("read what is no MessagePack: \(tree.value(0))") }
        hold(tree.value(0).plain.isSame(as: expected.plain), "\(tree.value(0)), not \(expected)")
    }

    private static func item(_ c: inout ReferenceCursor, _ depth: Int) throws -> Value {
        guard depth < 64 else { throw ReferenceCursor.Refused() }
        let head = try c.next()
        func string(_ bytes: [UInt8]) throws -> Value {
            guard String(validating: bytes, as: UTF8.self) != nil else {
                // A NUL before the first fault is told as NUL.
                if let nul = bytes.firstIndex(of: 0), String(validating: bytes[..<nul], as: UTF8.self) != nil { throw ReferenceCursor.Refused() }
                return .bytes(bytes)
            }
            return .string(try ReferenceCursor.text(bytes))
        }
        func array(_ count: UInt64) throws -> Value {
            guard count <= UInt64(c.bytes.count) else { throw ReferenceCursor.Refused() }
            var items: [Value] = []
            for _ in 0..<count { items.append(try item(&c, depth + 1)) }
            return .array(items)
        }
        func map(_ count: UInt64) throws -> Value {
            guard count <= UInt64(c.bytes.count) else { throw ReferenceCursor.Refused() }
            var members: [Value.Member] = []
            for _ in 0..<count {
                let before = c, head = try c.next()
                c = before
                let name: String
                switch (try item(&c, depth + 1), head) {
                case (.string(let text), 0xA0...0xBF), (.string(let text), 0xD9...0xDB): name = text
                case (.bytes(let bytes), 0xC4...0xC6): name = try ReferenceCursor.text(bytes)
                case (.number, 0x00...0x7F): name = "\(head)"
                case (.number, 0xE0...0xFF): name = "\(Int8(bitPattern: head))"
                case (.number, 0xCC...0xD3):
                    var again = before
                    _ = try again.next()
                    let raw = try again.number(1 << Int(head % 4))
                    switch head {
                    case 0xD0: name = "\(Int8(truncatingIfNeeded: raw))"
                    case 0xD1: name = "\(Int16(truncatingIfNeeded: raw))"
                    case 0xD2: name = "\(Int32(truncatingIfNeeded: raw))"
                    case 0xD3: name = "\(Int64(truncatingIfNeeded: raw))"
                    default: name = "\(raw)"
                    }
                default: throw ReferenceCursor.Refused()
                }
                members.append(.init(key: name, value: try item(&c, depth + 1)))
            }
            return .object(members)
        }
        func custom(_ count: UInt64) throws -> Value {
            let type = Int8(bitPattern: try c.next()), body = try c.take(count)
            guard type == -1 else { return .object([.init(key: "type", value: .number(DecimalNumber(Int64(type)))), .init(key: "bytes", value: .bytes(body))]) }
            var inner = ReferenceCursor(bytes: body[...])
            var seconds: Int64 = 0, nanoseconds: UInt64 = 0
            switch count {
            case 4: seconds = Int64(try inner.number(4))
            case 8:
                let both = try inner.number(8)
                (nanoseconds, seconds) = (both / 0x4_0000_0000, Int64(both % 0x4_0000_0000))
            case 12:
                nanoseconds = try inner.number(4)
                seconds = Int64(bitPattern: try inner.number(8))
            default: throw ReferenceCursor.Refused()
            }
            guard nanoseconds < 1_000_000_000 else { throw ReferenceCursor.Refused() }
            // As one count of nanoseconds in 128 bits, then written with its point.
            let all = Int128(seconds) * 1_000_000_000 + Int128(nanoseconds), whole = all.magnitude / 1_000_000_000, part = all.magnitude % 1_000_000_000
            let digits = String(part)
            return try ReferenceCursor.number((all < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: 9 - digits.utf8.count) + digits)
        }
        switch head {
        case 0...127: return try ReferenceCursor.number("\(head)")
        case 128...143: return try map(UInt64(head) - 128)
        case 144...159: return try array(UInt64(head) - 144)
        case 160...191: return try string(try c.take(UInt64(head) - 160))
        case 192: return .null
        case 194: return .bool(false)
        case 195: return .bool(true)
        case 196: return .bytes(try c.take(try c.number(1)))
        case 197: return .bytes(try c.take(try c.number(2)))
        case 198: return .bytes(try c.take(try c.number(4)))
        case 199: return try custom(try c.number(1))
        case 200: return try custom(try c.number(2))
        case 201: return try custom(try c.number(4))
        case 202:
            let value = Float(bitPattern: UInt32(try c.number(4)))
            return try ReferenceCursor.float(Double(value), value.description)
        case 203:
            let value = Double(bitPattern: try c.number(8))
            return try ReferenceCursor.float(value, value.description)
        case 204: return try ReferenceCursor.number("\(try c.number(1))")
        case 205: return try ReferenceCursor.number("\(try c.number(2))")
        case 206: return try ReferenceCursor.number("\(try c.number(4))")
        case 207: return try ReferenceCursor.number("\(try c.number(8))")
        case 208: return try ReferenceCursor.number("\(Int8(truncatingIfNeeded: try c.number(1)))")
        case 209: return try ReferenceCursor.number("\(Int16(truncatingIfNeeded: try c.number(2)))")
        case 210: return try ReferenceCursor.number("\(Int32(truncatingIfNeeded: try c.number(4)))")
        case 211: return try ReferenceCursor.number("\(Int64(truncatingIfNeeded: try c.number(8)))")
        case 212: return try custom(1)
        case 213: return try custom(2)
        case 214: return try custom(4)
        case 215: return try custom(8)
        case 216: return try custom(16)
        case 217: return try string(try c.take(try c.number(1)))
        case 218: return try string(try c.take(try c.number(2)))
        case 219: return try string(try c.take(try c.number(4)))
        case 220: return try array(try c.number(2))
        case 221: return try array(try c.number(4))
        case 222: return try map(try c.number(2))
        case 223: return try map(try c.number(4))
        case 224...255: return try ReferenceCursor.number("\(Int8(bitPattern: head))")
        default: throw ReferenceCursor.Refused()
        }
    }
}
