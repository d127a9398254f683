import CareModel
import Decoding

/// Bytes written as hexadecimal, spaces for the eye.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.utf8.map { UInt8($0 > 57 ? ($0 | 32) - 87 : $0 - 48) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// A value as one line, so that tables can be read: texts in quotation marks, bytes as h'…', numbers in full.
func line(_ value: Value) -> String {
    switch value {
    case .null: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .number(let number):
        let plain = number.normalised
        return plain.exponent == 0 ? "\(plain.significand)" : "\(plain.significand)e\(plain.exponent)"
    case .string(let text): return "\"\(text)\""
    case .bytes(let bytes): return "h'" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "'"
    case .array(let items): return "[" + items.map { line($0) }.joined(separator: ",") + "]"
    case .object(let members): return "{" + members.map { "\($0.key):" + line($0.value) }.joined(separator: ",") + "}"
    }
}

/// What a reader makes of bytes: the value's line, or the failure.
func outcome(_ read: () throws(DocumentFailure) -> Value) -> String {
    do throws(DocumentFailure) { return line(try read()) } catch { return "\(error)" }
}
