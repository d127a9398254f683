import CareModel

/// The last line of a TZif file: `CST-8`, or `GMT0BST,M3.5.0/1,M10.5.0`; dates as `Mm.w.d`, `Jn` or `n`.
struct PosixZone {
    struct Date {
        enum Day {
            case weekday(month: Int, week: Int, day: Int)
            /// 1...365, 29 February never counted.
            case julian(Int)
            /// 0...365.
            case ordinal(Int)
        }

        var day: Day
        /// Seconds after local midnight, -167...167 hours.
        var seconds: Int

        /// Seconds from 1970-01-01 to this moment as local clocks show it.
        func localSeconds(year: Int) -> Int64 {
            let number: Int
            switch day {
            case .weekday(let month, let week, let weekday):
                let first = CivilTime(year: year, month: month, day: 1).dayNumber
                // 1970-01-01 was a Thursday.
                let firstWeekday = ((first % 7) + 7 + 4) % 7
                var dayOfMonth = 1 + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                while dayOfMonth > CivilTime.days(inMonth: month, year: year) { dayOfMonth -= 7 }
                number = first + dayOfMonth - 1
            case .julian(let n):
                let isAfterLeapDay = n >= 60 && CivilTime.days(inMonth: 2, year: year) == 29
                number = CivilTime(year: year, month: 1, day: 1).dayNumber + n - 1 + (isAfterLeapDay ? 1 : 0)
            case .ordinal(let n):
                number = CivilTime(year: year, month: 1, day: 1).dayNumber + n
            }
            return Int64(number) * 86_400 + Int64(seconds)
        }
    }

    /// Seconds east of UTC.
    private(set) var standardOffset = 0
    private(set) var summer: (offset: Int, start: Date, end: Date)?

    /// - Returns: nil when the text is not such a rule.
    init?(_ text: String) {
        var scanner = Scanner(rest: text[...])
        guard scanner.name(), let standard = scanner.time(hoursMax: 24) else { return nil }
        standardOffset = -standard
        guard !scanner.rest.isEmpty else { return }
        guard scanner.name() else { return nil }
        var offset = standardOffset + 3_600
        if let first = scanner.rest.first, first != "," {
            guard let written = scanner.time(hoursMax: 24) else { return nil }
            offset = -written
        }
        guard scanner.skip(","), let start = scanner.date(), scanner.skip(","), let end = scanner.date(), scanner.rest.isEmpty else { return nil }
        summer = (offset, start, end)
    }

    /// Both changes of each year, in order of time.
    func changes(fromYear: Int, throughYear: Int) -> [TimeZoneTable.Transition] {
        guard let summer else { return [.init(fromSeconds: 0, offsetSeconds: standardOffset)] }
        return (fromYear...throughYear).flatMap { year in
            [
                TimeZoneTable.Transition(fromSeconds: summer.start.localSeconds(year: year) - Int64(standardOffset), offsetSeconds: summer.offset),
                TimeZoneTable.Transition(fromSeconds: summer.end.localSeconds(year: year) - Int64(summer.offset), offsetSeconds: standardOffset),
            ]
        }.sorted { $0.fromSeconds < $1.fromSeconds }
    }

    private struct Scanner {
        var rest: Substring

        mutating func skip(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        /// `CST` or `<+0330>`.
        mutating func name() -> Bool {
            let isQuoted = skip("<")
            let found = rest.prefix { isQuoted ? $0 != ">" : $0.isLetter }
            rest = rest.dropFirst(found.count)
            return found.count >= 3 && (!isQuoted || skip(">"))
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let value = Int(digits), range.contains(value) else { return nil }
            rest = rest.dropFirst(digits.count)
            return value
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time(hoursMax: Int) -> Int? {
            let sign = skip("-") ? -1 : 1
            if sign == 1 { _ = skip("+") }
            guard let hours = number(0...hoursMax) else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] where skip(":") {
                guard let part = number(0...59) else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        mutating func date() -> Date? {
            let day: Date.Day
            if skip("M") {
                guard let month = number(1...12), skip("."), let week = number(1...5), skip("."), let weekday = number(0...6) else { return nil }
                day = .weekday(month: month, week: week, day: weekday)
            } else if skip("J") {
                guard let n = number(1...365) else { return nil }
                day = .julian(n)
            } else {
                guard let n = number(0...365) else { return nil }
                day = .ordinal(n)
            }
            guard skip("/") else { return Date(day: day, seconds: 7_200) }
            return time(hoursMax: 167).map { Date(day: day, seconds: $0) }
        }
    }
}
