import CareModel

/// A part of the day by the clock on the wall of a home: from one time of day to another, maybe over midnight.
struct DayWindow: Hashable, Sendable {
    /// Seconds after local midnight; a window that ends before it begins spans midnight.
    var from: Int
    var to: Int

    func contains(_ second: Int) -> Bool { from < to ? from <= second && second < to : second >= from || second < to }

    /// How long it lasts by a clock that does not step.
    var lengthSeconds: Int { (to - from + 86_400) % 86_400 }

    /// Reads `{from: "22:00", to: "06:00"}` out of an open reader.
    init?(_ reader: inout MappingReader, at place: Place, _ problems: inout Problems) {
        let from = DayWindow.clock(&reader, "from", &problems), to = DayWindow.clock(&reader, "to", &problems)
        guard let from, let to else { return nil }
        if from == to { problems.add("rules.window_order", at: place, "a window must end at another time than it begins") }
        (self.from, self.to) = (from, to)
    }

    /// Reads the optional key `schedule` of a rule.
    static func schedule(_ reader: inout MappingReader, _ problems: inout Problems) -> DayWindow? {
        guard let node = reader.optional("schedule") else { return nil }
        var inner = MappingReader(node, "a schedule with \"from\" and \"to\"", &problems)
        let window = DayWindow(&inner, at: node.place, &problems)
        inner.finish(&problems)
        return window
    }

    /// `HH:MM` as seconds after midnight.
    static func clock(_ reader: inout MappingReader, _ key: String, _ problems: inout Problems) -> Int? {
        guard let node = reader.required(key, &problems), let text = node.string(key, &problems) else { return nil }
        var scanner = DigitScanner(Array(text.utf8))
        if let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), scanner.isAtEnd,
           hour < 24, minute < 60 { return hour * 3_600 + minute * 60 }
        problems.add("config.wrong_type", at: node.place, "\"\(key)\" must be a time of day such as \"07:30\"; write it in quotes")
        return nil
    }
}

/// The time of day in a home.
struct LocalTime: Hashable, Sendable {
    var secondOfDay: Int
    var microsecond: Int
    /// Days since 1970-01-01 by the local calendar.
    var day: Int
    /// 0 = Monday.
    var weekday: Int { (day + 3) % 7 }

    init(_ wall: WallTime, in zone: TimeZoneTable) {
        let moved = wall.microseconds &+ Int64(zone.offsetSeconds(at: wall)) &* 1_000_000
        let (seconds, micro) = moved.flooredDivision(by: 1_000_000)
        let (days, second) = seconds.flooredDivision(by: 86_400)
        (secondOfDay, microsecond, day) = (Int(second), Int(micro), Int(days))
    }

    /// How long until the clock shows `second`, at most a day; a change of offset in between moves it by that change once.
    func until(_ second: Int) -> Span {
        var ahead = (second - secondOfDay + 86_400) % 86_400
        if ahead == 0 { ahead = 86_400 }
        return .seconds(ahead) - Span(microseconds: Int64(microsecond))
    }
}
