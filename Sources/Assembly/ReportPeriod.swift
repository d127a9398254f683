import CareModel

/// A day or a month of the hub's place, as people write it: `2026-11-22` or `2026-11`; or any period between two times of RFC 3339,
/// `FROM--TO`.
public struct ReportPeriod: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public let range: Range<WallTime>
    public let isMonth: Bool

    /// Of a period that two times bound.
    public static let daysMax = 366

    /// Nil when it is none of them, no such day exists, or its end is not behind its beginning.
    ///
    /// - Parameter zone: whose midnights bound it.
    public init?(_ text: String, zone: TimeZoneTable) {
        if let dashes = text.firstRange(of: "--") {
            guard text.utf8.count <= 80, let from = WallTime(rfc3339: String(text[..<dashes.lowerBound])), let to = WallTime(rfc3339: String(text[dashes.upperBound...])),
                  from < to, to - from <= .seconds(ReportPeriod.daysMax * 86_400) else { return nil }
            (description, isMonth, range) = (text, false, from..<to)
            return
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts[0].count == 4, parts.dropFirst().allSatisfy({ $0.count == 2 }) else { return nil }
        var numbers: [Int] = []
        for part in parts {
            guard part.allSatisfy({ (48...57).contains($0) }), let number = Int(String(decoding: Array(part), as: UTF8.self)) else { return nil }
            numbers.append(number)
        }
        let (year, month) = (numbers[0], numbers[1])
        guard (1970...9998).contains(year), (1...12).contains(month) else { return nil }
        let days = CivilTime.days(inMonth: month, year: year)
        let next = month == 12 ? CivilTime(year: year + 1, month: 1, day: 1) : CivilTime(year: year, month: month + 1, day: 1)
        let first: CivilTime, last: CivilTime
        if numbers.count == 3 {
            guard (1...days).contains(numbers[2]) else { return nil }
            first = CivilTime(year: year, month: month, day: numbers[2])
            last = numbers[2] == days ? next : CivilTime(year: year, month: month, day: numbers[2] + 1)
        } else {
            (first, last) = (CivilTime(year: year, month: month, day: 1), next)
        }
        (description, isMonth) = (text, numbers.count == 2)
        range = zone.wall(first)..<zone.wall(last)
    }
}
