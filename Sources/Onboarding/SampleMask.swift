import CareModel
import Decoding

/// Takes the names of people and devices out of captured messages before they become samples.
///
/// Each is replaced by another of the same form and length, the same everywhere, so that binary payloads keep their lengths.
public struct SampleMask: Sendable {
    private var entries: [(original: [UInt8], replacement: [UInt8])] = []
    /// What was replaced, for the report: never the values themselves.
    public private(set) var deviceCount = 0
    public private(set) var personCount = 0
    private var places: [[UInt8]] = []

    init() {}

    /// A device's name.
    mutating func device(_ text: String) {
        guard text.utf8.count >= 4, !has(text), text.utf8.contains(where: { $0 >= 48 && $0 <= 57 }) else { return }
        deviceCount += 1
        let hex = DeviceName(text: text).map { [.mac, .eui, .ieee].contains($0.form) } ?? false
        let skip = text.hasPrefix("0x") ? 2 : 0
        var bytes = Array(text.utf8)
        for i in bytes.indices.dropFirst(skip) where (bytes[i] >= 48 && bytes[i] <= 57) || hex && HexDigit.isOne(bytes[i]) { bytes[i] = 48 }
        number(&bytes, deviceCount)
        entries.append((Array(text.utf8), bytes))
    }

    /// Something about a person.
    mutating func person(_ text: String) {
        guard text.utf8.count >= 2, !has(text) else { return }
        personCount += 1
        var bytes: [UInt8] = []
        for c in text.unicodeScalars {
            switch c.value {
            case 48...57: bytes.append(57)
            case 65...90: bytes.append(88)
            case 97...122: bytes.append(120)
            case 0..<128: bytes.append(UInt8(c.value))
            // 某, "a certain": three bytes, as any Chinese character of the plane in use.
            default: bytes += String(c).utf8.count == 3 ? Array("某".utf8) : [UInt8](repeating: 120, count: String(c).utf8.count)
            }
        }
        number(&bytes, personCount)
        entries.append((Array(text.utf8), bytes))
    }

    /// A place on earth: its digits behind the point.
    mutating func place(_ number: DecimalNumber) {
        let text = Array(number.text.utf8)
        if text.contains(0x2E), !places.contains(text) { places.append(text) }
    }

    private func has(_ text: String) -> Bool { entries.contains { $0.original.elementsEqual(text.utf8) } }

    /// Writes the number into the last digits that there are.
    private func number(_ bytes: inout [UInt8], _ number: Int) {
        var rest = number
        for i in bytes.indices.reversed() where rest > 0 && bytes[i] >= 48 && bytes[i] <= 57 {
            bytes[i] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }

    /// The bytes with everything replaced.
    public func masked(_ bytes: [UInt8]) -> [UInt8] {
        let isText = String(validating: bytes, as: UTF8.self) != nil
        var out = bytes
        for entry in entries.sorted(by: { $0.original.count == $1.original.count ? $0.original.lexicographicallyPrecedes($1.original) : $0.original.count > $1.original.count }) {
            out = replace(out, entry.original, entry.replacement, isText)
        }
        if isText {
            for place in places {
                var digit: UInt8 = 0, isBehind = false
                let replacement = place.map { byte -> UInt8 in
                    if byte == 0x2E { isBehind = true } else if isBehind {
                        digit = digit % 9 + 1
                        return 48 + digit
                    }
                    return byte
                }
                out = replace(out, place, replacement, true)
            }
        }
        return out
    }

    public func masked(_ text: String) -> String { String(decoding: masked(Array(text.utf8)), as: UTF8.self) }

    private func replace(_ bytes: [UInt8], _ original: [UInt8], _ replacement: [UInt8], _ isText: Bool) -> [UInt8] {
        guard !original.isEmpty, bytes.count >= original.count else { return bytes }
        var out = bytes, i = 0
        func isWord(_ index: Int) -> Bool {
            guard isText, bytes.indices.contains(index) else { return false }
            let b = bytes[index]
            return (b >= 48 && b <= 57) || (b >= 65 && b <= 90) || (b >= 97 && b <= 122)
        }
        while i <= bytes.count - original.count {
            if bytes[i] == original[0], bytes[i..<i + original.count].elementsEqual(original), !isWord(i - 1), !isWord(i + original.count) {
                out.replaceSubrange(i..<i + original.count, with: replacement)
                i += original.count
            } else { i += 1 }
        }
        return out
    }
}
