import CareModel

/// A part of each day in local time, for instance `22:00-06:00`.
public struct DayWindow: Sendable, Hashable {
    /// Minutes of the day; a window whose end is not over its beginning ends on the next day.
    public var fromMinute: Int
    public var toMinute: Int

    public init(fromMinute: Int, toMinute: Int) { (self.fromMinute, self.toMinute) = (fromMinute, toMinute) }

    public func contains(minute: Int) -> Bool {
        fromMinute < toMinute ? (fromMinute..<toMinute).contains(minute) : minute >= fromMinute || minute < toMinute
    }

    /// `HH:MM-HH:MM`.
    public var text: String { DayWindow.text(fromMinute) + "-" + DayWindow.text(toMinute) }

    public static func text(_ minute: Int) -> String {
        var out = ""
        out.appendPadded(minute / 60, width: 2)
        out += ":"
        out.appendPadded(minute % 60, width: 2)
        return out
    }

    init?(_ node: ConfigurationNode, _ key: String, _ problems: inout Problems) {
        guard let text = node.string(key, &problems) else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let from = DayWindow.minute(parts[0]), let to = DayWindow.minute(parts[1]), from != to, from < 1_440, to <= 1_440 else {
            problems.add("network.time", at: node.place, "\"\(key)\" must be two times of day such as 22:00-06:00")
            return nil
        }
        self.init(fromMinute: from, toMinute: to)
    }

    /// Minutes of `HH:MM`, 0...1,440.
    static func minute(_ node: ConfigurationNode, _ key: String, _ problems: inout Problems) -> Int? {
        guard let text = node.string(key, &problems) else { return nil }
        if let minute = minute(text[...]) { return minute }
        problems.add("network.time", at: node.place, "\"\(key)\" must be a time of day such as \"08:00\", between quotation marks")
        return nil
    }

    private static func minute(_ text: Substring) -> Int? {
        var scanner = DigitScanner(Array(text.utf8))
        guard let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), scanner.isAtEnd, minute < 60 else { return nil }
        let all = hour * 60 + minute
        return all <= 1_440 ? all : nil
    }

    /// The next moment after `wall` at which the clocks of `zone` show `minute`.
    static func next(_ minute: Int, after wall: WallTime, zone: TimeZoneTable) -> WallTime {
        var civil = zone.civil(wall)
        (civil.hour, civil.minute, civil.second, civil.microsecond) = (minute / 60, minute % 60, 0, 0)
        let today = zone.wall(civil)
        guard today <= wall else { return today }
        (civil.hour, civil.minute) = (12, 0)
        var tomorrow = CivilTime(civil.wall() + .seconds(86_400))
        (tomorrow.hour, tomorrow.minute) = (minute / 60, minute % 60)
        return zone.wall(tomorrow)
    }
}
