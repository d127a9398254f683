import Foundation
@testable import Decoding

/// The CBOR reader beside a plain reference.
enum CBORTarget: FuzzTarget {
    nonisolated(unsafe) private static var tree = ValueTree()

    static func run(_ input: [UInt8]) {
        let limits = DocumentLimits.message
        let expected = try? reference(input)
        do throws(DocumentFailure) {
            try CBORReader.read(input, into: &tree, limits: limits)
        } catch {
            switch error {
            case .tooDeep, .tooLong, .tooManyItems: return
            default: hold(expected == nil, "refused what is CBOR: \(error)")
            }
            return
        }
        TreeCheck.check(tree, limits)
        guard let expected else { fault("read what is no CBOR: \(tree.value(0))") }
        hold(tree.value(0).plain.isSame(as: expected.plain), "\(tree.value(0)), not \(expected)")
    }

    private static func reference(_ input: [UInt8]) throws -> Value {
        var cursor = ReferenceCursor(bytes: input[...])
        guard let value = try item(&cursor, 0) else { throw ReferenceCursor.Refused() }
        guard cursor.bytes.isEmpty else { throw ReferenceCursor.Refused() }
        return value
    }

    private static func below(_ n: UInt64) -> String { n == .max ? "-18446744073709551616" : "-\(n + 1)" }

    /// - Returns: nil for the break.
    private static func item(_ c: inout ReferenceCursor, _ depth: Int) throws -> Value? {
        guard depth < 64 else { throw ReferenceCursor.Refused() }
        var tag: UInt64?
        while (c.bytes.first ?? 0) / 32 == 6 { tag = try skipTag(&c) }
        if tag == 4, c.bytes.first == 0x82 {
            c.bytes = c.bytes.dropFirst()
            let exponent = try wholeText(&c), significand = try wholeText(&c)
            return try ReferenceCursor.number(significand + "e" + exponent)
        }
        let head = try c.next(), major = head / 32, info = head % 32
        // A tag needs something to stand before.
        if head == 0xFF, tag != nil { throw ReferenceCursor.Refused() }
        var n: UInt64 = UInt64(info)
        switch info {
        case 0...23: break
        case 24: n = try c.number(1)
        case 25: n = try c.number(2)
        case 26: n = try c.number(4)
        case 27: n = try c.number(8)
        case 31 where [2, 3, 4, 5, 7].contains(major): break
        default: throw ReferenceCursor.Refused()
        }
        func one(_ c: inout ReferenceCursor) throws -> Value {
            guard let value = try item(&c, depth + 1) else { throw ReferenceCursor.Refused() }
            return value
        }
        switch major {
        case 0: return try ReferenceCursor.number(String(n))
        case 1: return try ReferenceCursor.number(below(n))
        case 2, 3:
            if info != 31 {
                let bytes = try c.take(n)
                return major == 2 ? .bytes(bytes) : .string(try ReferenceCursor.text(bytes))
            }
            var bytes: [UInt8] = []
            while true {
                guard let next = c.bytes.first else { throw ReferenceCursor.Refused() }
                if next == 0xFF { c.bytes = c.bytes.dropFirst(); break }
                guard next / 32 == major, next % 32 != 31, let piece = try item(&c, depth + 1) else { throw ReferenceCursor.Refused() }
                bytes += piece.bytes ?? Array((piece.text ?? "").utf8)
            }
            return major == 2 ? .bytes(bytes) : .string(try ReferenceCursor.text(bytes))
        case 4:
            var items: [Value] = []
            if info == 31 {
                while let value = try item(&c, depth + 1) { items.append(value) }
            } else {
                guard n <= UInt64(c.bytes.count) else { throw ReferenceCursor.Refused() }
                for _ in 0..<n { items.append(try one(&c)) }
            }
            return .array(items)
        case 5:
            var members: [Value.Member] = []
            if info != 31, n > UInt64(c.bytes.count) { throw ReferenceCursor.Refused() }
            while info == 31 || members.count < Int(n) {
                var head = c.bytes.first ?? 0, ahead = c, isTagged = false
                // A key's sort is that behind its tags.
                while head / 32 == 6 {
                    _ = try skipTag(&ahead)
                    head = ahead.bytes.first ?? 0
                    (c, isTagged) = (ahead, true)
                }
                let isWhole = head / 32 < 2
                guard let key = try item(&c, depth + 1) else {
                    if info == 31, !isTagged { break }
                    throw ReferenceCursor.Refused()
                }
                let name: String
                switch key {
                case .string(let text) where head / 32 == 3: name = text
                case .bytes(let bytes) where head / 32 == 2: name = try ReferenceCursor.text(bytes)
                case .number where isWhole:
                    var again = ahead
                    let first = try again.next()
                    let n = first % 32 < 24 ? UInt64(first % 32) : try again.number(1 << Int(first % 32 - 24))
                    name = first / 32 == 0 ? String(n) : below(n)
                default: throw ReferenceCursor.Refused()
                }
                members.append(.init(key: name, value: try one(&c)))
            }
            return .object(members)
        default:
            switch info {
            case 20: return .bool(false)
            case 21: return .bool(true)
            case 24: if n < 32 { throw ReferenceCursor.Refused() } else { return .null }
            case 25:
                let bits = UInt16(n), sign = bits >> 15 == 1 ? -1.0 : 1.0, power = Int(bits >> 10 & 31), fraction = Double(bits & 1_023)
                let value = power == 0 ? fraction * pow(2, -24) : power == 31 ? (fraction == 0 ? .infinity : .nan) : (1_024 + fraction) * pow(2, Double(power - 25))
                return try ReferenceCursor.float(sign * value, Float(sign * value).description)
            case 26:
                let value = Float(bitPattern: UInt32(n))
                return try ReferenceCursor.float(Double(value), value.description)
            case 27: return try ReferenceCursor.float(Double(bitPattern: n), Double(bitPattern: n).description)
            case 31: return nil
            default: return .null
            }
        }
    }

    private static func skipTag(_ c: inout ReferenceCursor) throws -> UInt64 {
        let head = try c.next()
        guard head / 32 == 6, head % 32 < 28 else { throw ReferenceCursor.Refused() }
        return head % 32 < 24 ? UInt64(head % 32) : try c.number(1 << Int(head % 32 - 24))
    }

    private static func wholeText(_ c: inout ReferenceCursor) throws -> String {
        while (c.bytes.first ?? 0) / 32 == 6 { _ = try skipTag(&c) }
        let head = try c.next()
        guard head / 32 < 2, head % 32 < 28 else { throw ReferenceCursor.Refused() }
        let n = head % 32 < 24 ? UInt64(head % 32) : try c.number(1 << Int(head % 32 - 24))
        return head / 32 == 0 ? String(n) : below(n)
    }
}
