import CareModel

/// A number exactly as a device wrote it: `significand` × 10^`exponent`. No floating point is involved anywhere.
///
/// At most 18 significant digits are kept; the rest is cut, which never changes a result that is rounded to
/// a kind's resolution, because half is rounded away from zero.
public struct DecimalNumber: Hashable, Sendable {
    public var significand: Int64
    public var exponent: Int

    public init(_ significand: Int64, exponent: Int = 0) { (self.significand, self.exponent) = (significand, exponent) }

    static let powersOfTen: [Int64] = {
        var powers: [Int64] = [1]
        for _ in 0..<18 { powers.append((powers.last ?? 1) * 10) }
        return powers
    }()

    /// The number in units of 10^-`decimals`, half rounded away from zero; nil when that exceeds 64 bits.
    public func scaled(decimals: Int) -> Int64? {
        if significand == 0 { return 0 }
        let shift = exponent + decimals
        if shift == 0 { return significand }
        if shift > 0 {
            guard shift <= 18 else { return nil }
            let (product, overflow) = significand.multipliedReportingOverflow(by: DecimalNumber.powersOfTen[shift])
            return overflow ? nil : product
        }
        guard shift >= -18 else { return 0 }
        return DecimalNumber.divideRounding(significand, by: DecimalNumber.powersOfTen[-shift])
    }

    /// `value / divisor`, half away from zero; `divisor` is positive.
    static func divideRounding(_ value: Int64, by divisor: Int64) -> Int64 {
        let (q, r) = value.quotientAndRemainder(dividingBy: divisor)
        guard r.magnitude >= divisor.magnitude - r.magnitude else { return q }
        return value < 0 ? q - 1 : q + 1
    }

    /// The same number without trailing zeros in the significand, so that equal numbers are equal values.
    public var normalised: DecimalNumber {
        if significand == 0 { return DecimalNumber(0) }
        var copy = self
        while copy.significand % 10 == 0 { copy.significand /= 10; copy.exponent += 1 }
        return copy
    }

    /// The number as a whole one; nil when it has a fraction or exceeds 64 bits.
    public var wholeNumber: Int64? {
        let plain = normalised
        guard plain.exponent >= 0 else { return nil }
        return plain.scaled(decimals: 0)
    }

    /// Reads a JSON number out of `bytes[from..<to]`; a leading plus sign and leading zeros are taken when `isLenient`.
    ///
    /// - Returns: the number and the index behind it, or nil when there is none.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, from: Int, to: Int, isLenient: Bool = false) -> (number: DecimalNumber, end: Int)? {
        var i = from, significand: Int64 = 0, exponent = 0, digits = 0, kept = 0, isNegative = false
        if i < to, bytes[i] == 0x2D { isNegative = true; i += 1 } else if isLenient, i < to, bytes[i] == 0x2B { i += 1 }
        let first = i
        while i < to, bytes[i] &- 48 <= 9 {
            if kept < 18 {
                significand = significand &* 10 &+ Int64(bytes[i] &- 48)
                if significand != 0 { kept += 1 }
            } else { exponent += 1 }
            digits += 1
            i += 1
        }
        guard digits > 0, isLenient || digits == 1 || bytes[first] != 48 else { return nil }
        if i < to, bytes[i] == 0x2E {
            i += 1
            let start = i
            while i < to, bytes[i] &- 48 <= 9 {
                if kept < 18 {
                    significand = significand &* 10 &+ Int64(bytes[i] &- 48)
                    exponent -= 1
                    if significand != 0 { kept += 1 }
                }
                i += 1
            }
            guard i > start else { return nil }
        }
        if i < to, bytes[i] | 0x20 == 0x65 {
            i += 1
            var power = 0, isDown = false
            if i < to, bytes[i] == 0x2B || bytes[i] == 0x2D { isDown = bytes[i] == 0x2D; i += 1 }
            let start = i
            while i < to, bytes[i] &- 48 <= 9 {
                power = min(power * 10 + Int(bytes[i] &- 48), 100_000)
                i += 1
            }
            guard i > start else { return nil }
            exponent += isDown ? -power : power
        }
        return (DecimalNumber(isNegative ? -significand : significand, exponent: exponent), i)
    }

    /// The number that the whole of `text` is, spaces around it not counted.
    public init?(text: [UInt8]) {
        let found: DecimalNumber? = text.withUnsafeBufferPointer { DecimalNumber.whole($0, from: 0, to: $0.count) }
        guard let found else { return nil }
        self = found
    }

    public init?(_ text: String) { self.init(text: Array(text.utf8)) }

    /// The number that fills `bytes[from..<to]` but for spaces.
    static func whole(_ bytes: UnsafeBufferPointer<UInt8>, from: Int, to: Int) -> DecimalNumber? {
        var start = from, end = to
        while start < end, bytes[start] <= 0x20 { start += 1 }
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        guard let (number, stop) = read(bytes, from: start, to: end, isLenient: true), stop == end else { return nil }
        return number
    }
}
