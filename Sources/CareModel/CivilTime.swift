/// A date and time of day of the proleptic Gregorian calendar, without a zone.
///
/// The algorithms are Howard Hinnant's `days_from_civil` and `civil_from_days`; they hold for every
/// `Int64` of microseconds.
public struct CivilTime: Hashable, Sendable {
    public var year: Int, month: Int, day: Int
    public var hour: Int, minute: Int, second: Int, microsecond: Int

    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.microsecond) = (hour, minute, second, microsecond)
    }

    /// The civil time of `wall`, moved by `offsetSeconds` east of UTC.
    public init(_ wall: WallTime, offsetSeconds: Int = 0) {
        let moved = wall.microseconds &+ Int64(offsetSeconds) &* 1_000_000
        let (seconds, micro) = moved.flooredDivision(by: 1_000_000)
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        let z = days + 719_468
        let era = z.flooredDivision(by: 146_097).quotient
        let doe = z - era * 146_097
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
        let mp = (5 * doy + 2) / 153
        day = Int(doy - (153 * mp + 2) / 5 + 1)
        month = Int(mp < 10 ? mp + 3 : mp - 9)
        year = Int(yoe + era * 400) + (month <= 2 ? 1 : 0)
        hour = Int(secondOfDay / 3_600)
        minute = Int(secondOfDay / 60 % 60)
        second = Int(secondOfDay % 60)
        microsecond = Int(micro)
    }

    /// Days since 1970-01-01.
    public var dayNumber: Int {
        let y = month <= 2 ? year - 1 : year
        let era = Int64(y).flooredDivision(by: 400).quotient
        let yoe = Int64(y) - era * 400
        let doy = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy
        return Int(era * 146_097 + doe - 719_468)
    }

    /// The moment of this civil time in a zone `offsetSeconds` east of UTC.
    public func wall(offsetSeconds: Int = 0) -> WallTime {
        let seconds = Int64(dayNumber) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offsetSeconds)
        return WallTime(microseconds: seconds &* 1_000_000 &+ Int64(microsecond))
    }

    /// Whether every part is inside its range (second 60 is not: leap seconds are smeared or dropped by devices).
    public var isValid: Bool {
        (1...12).contains(month) && day >= 1 && day <= CivilTime.days(inMonth: month, year: year)
            && (0...23).contains(hour) && (0...59).contains(minute) && (0...59).contains(second)
            && (0...999_999).contains(microsecond) && (0...9_999).contains(year)
    }

    public static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity, so that the remainder is never negative.
    @inlinable
    public func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (q, r) = quotientAndRemainder(dividingBy: divisor)
        return r < 0 ? (q - 1, r + divisor) : (q, r)
    }
}

extension WallTime: CustomStringConvertible {
    /// RFC 3339 in UTC with six fractional digits: `2026-11-22T01:16:58.653628Z`.
    public var description: String {
        let c = CivilTime(self)
        var out = ""
        out.reserveCapacity(27)
        out.appendPadded(c.year, width: 4); out += "-"
        out.appendPadded(c.month, width: 2); out += "-"
        out.appendPadded(c.day, width: 2); out += "T"
        out.appendPadded(c.hour, width: 2); out += ":"
        out.appendPadded(c.minute, width: 2); out += ":"
        out.appendPadded(c.second, width: 2); out += "."
        out.appendPadded(c.microsecond, width: 6); out += "Z"
        return out
    }

    /// Reads RFC 3339, and the form that `mosquitto_sub -F '%j'` writes (`2026-11-22T10:42:11.000001Z+0800`,
    /// in which the offset counts and the `Z` does not). 0...9 fractional digits; more precise ones are cut.
    ///
    /// - Returns: nil when the text has no zone or is not such a time.
    public init?(rfc3339 text: some StringProtocol) {
        var scanner = DigitScanner(Array(text.utf8))
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
              let day = scanner.number(2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
              let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), scanner.skip(":"),
              let second = scanner.number(2) else { return nil }
        var micro = 0
        if scanner.skip(".") {
            guard let fraction = scanner.fractionMicroseconds() else { return nil }
            micro = fraction
        }
        let hasZ = scanner.skip("Z") || scanner.skip("z")
        var offset = 0
        if let sign = scanner.sign() {
            guard let oh = scanner.number(2), oh <= 23 else { return nil }
            _ = scanner.skip(":")
            guard let om = scanner.number(2), om <= 59 else { return nil }
            offset = sign * (oh * 3_600 + om * 60)
        } else if !hasZ { return nil }
        let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second, microsecond: micro)
        guard scanner.isAtEnd, civil.isValid else { return nil }
        self = civil.wall(offsetSeconds: offset)
    }
}

/// Reads fixed-width digits out of ASCII text; for clocks only.
public struct DigitScanner {
    private let bytes: [UInt8]
    public private(set) var index = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var isAtEnd: Bool { index == bytes.count }

    /// Exactly `width` digits, else nil and nothing is consumed.
    public mutating func number(_ width: Int) -> Int? {
        guard index + width <= bytes.count else { return nil }
        var value = 0
        for b in bytes[index..<index + width] {
            guard b >= 48, b <= 57 else { return nil }
            value = value * 10 + Int(b - 48)
        }
        index += width
        return value
    }

    public mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, UInt32(bytes[index]) == character.value else { return false }
        index += 1
        return true
    }

    public mutating func sign() -> Int? { skip("+") ? 1 : skip("-") ? -1 : nil }

    /// 1...9 digits as a fraction of a second, cut to microseconds.
    public mutating func fractionMicroseconds() -> Int? {
        var value = 0, digits = 0
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
            if digits < 6 { value = value * 10 + Int(bytes[index] - 48) }
            digits += 1
            index += 1
        }
        guard digits >= 1, digits <= 9 else { return nil }
        for _ in min(digits, 6)..<6 { value *= 10 }
        return value
    }
}

extension String {
    /// Appends `number` with leading zeros up to `width` digits.
    public mutating func appendPadded(_ number: Int, width: Int) {
        let digits = String(number)
        for _ in 0..<max(0, width - digits.utf8.count) { self += "0" }
        self += digits
    }
}
