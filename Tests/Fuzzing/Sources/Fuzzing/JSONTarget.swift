import Foundation
@testable import Decoding

/// The JSON reader beside Foundation's: what one takes the other takes, but for the limits and for NUL; and both read the same.
enum JSONTarget: FuzzTarget {
    nonisolated(unsafe) private static var tree = ValueTree()
    private static let decoder = JSONDecoder()

    static func run(_ input: [UInt8]) {
        let limits = DocumentLimits.message
        do throws(DocumentFailure) {
            try JSONReader.read(input, into: &tree, limits: limits)
        } catch { return refused(input, error) }
        TreeCheck.check(tree, limits)
        let value = tree.value(0)
        // Foundation takes UTF-16 and UTF-32 too, and tells them by the bytes that aren't there.
        do {
            Guided.expected = value
            _ = try decoder.decode(Guided.self, from: Data(input))
        } catch { fault("JSONDecoder refuses what was read: \(error)") }
    }

    private static func refused(_ input: [UInt8], _ failure: DocumentFailure) {
        switch failure {
        case .tooLong: hold(input.count > DocumentLimits.message.bytesMax, "\(failure)")
        case .tooDeep: hold(input.count { $0 == 0x5B || $0 == 0x7B } > DocumentLimits.message.depthMax, "\(failure)")
        case .tooManyItems: hold(input.count { $0 == 0x2C } >= DocumentLimits.message.itemsMax / 2, "\(failure)")
        case .nul(let at): hold(at < input.count && (input[at] == 0 || input[at] == 0x5C), "\(failure)")
        default:
            // Other encodings are Foundation's only.
            if input.contains(0) || input.starts(with: [0xFE, 0xFF]) || input.starts(with: [0xFF, 0xFE]) { return }
            // Foundation takes a comma before the end of an array or object, which RFC 8259 doesn't.
            if case .malformed(let at) = failure, at < input.count, input[at] == 0x5D || input[at] == 0x7D,
               input[..<at].last(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == 0x2C { return }
            // JSONDecoder reads numbers only when they are asked for; JSONSerialization reads them all.
            guard (try? decoder.decode(Anything.self, from: Data(input))) != nil else { return }
            guard (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil else { return }
            fault("Foundation reads what was refused: \(failure)")
        }
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Asks the decoder for what was read, place by place.
    private struct Guided: Decodable {
        nonisolated(unsafe) static var expected = Value.null

        init(from decoder: any Decoder) throws {
            switch Guided.expected {
            case .null: hold(try decoder.singleValueContainer().decodeNil(), "no null")
            case .bool(let flag): hold(try decoder.singleValueContainer().decode(Bool.self) == flag, "another boolean")
            case .string(let text):
                let other = try decoder.singleValueContainer().decode(String.self)
                hold(text.utf8.elementsEqual(other.utf8), "another text")
            case .bytes: fault("JSON has no bytes")
            case .number(let number): try Guided.compare(number, decoder)
            case .array(let items):
                var container = try decoder.unkeyedContainer()
                hold(container.count == items.count, "\(items.count) items, not \(container.count ?? -1)")
                for item in items {
                    Guided.expected = item
                    _ = try container.decode(Guided.self)
                }
            case .object(let members):
                let container = try decoder.container(keyedBy: Name.self)
                // Keys that Swift holds for the same: Foundation keeps one of them.
                var seen: [String: Int] = [:]
                for member in members { seen[member.key, default: 0] += 1 }
                hold(container.allKeys.count == seen.count, "\(seen.count) keys, not \(container.allKeys.count)")
                for member in members where seen[member.key] == 1 {
                    Guided.expected = member.value
                    _ = try container.decode(Guided.self, forKey: Name(stringValue: member.key))
                }
            }
        }

        private static func compare(_ number: DecimalNumber, _ decoder: any Decoder) throws {
            // Where a Double has neither room nor precision, Foundation gives up or nought.
            if number.significand == 0 {
                // Nor does it take `0e5`, which RFC 8259 has.
                hold((try? decoder.singleValueContainer().decode(Double.self)).map { $0 == 0 } ?? true, "not nought")
                return
            }
            let digits = String(number.significand.magnitude).utf8.count
            guard (-290...290).contains(number.exponent + digits) else { return }
            let other = try decoder.singleValueContainer().decode(Double.self)
            let own = Double("\(number.significand)e\(number.exponent)") ?? .nan
            hold(own == other || abs(own - other) <= abs(other) * 4e-16, "\(own), not \(other)")
        }
    }
}
