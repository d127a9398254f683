import CareModel

/// Whether somebody stands by at a post.
public enum Duty: UInt8, Hashable, Sendable {
    case nobody = 0
    /// Somebody is to be rung up: it takes longer.
    case onCall = 1
    case staffed = 2
}

/// Who is on duty when, in the local time of the home that is looked after: the key `rotas` of care-network.yaml.
public struct Rota: Sendable, Hashable {
    /// A stretch of the day, on some days of the week.
    public struct Shift: Sendable, Hashable {
        /// Monday is 0; the days on which it begins.
        public var days: [Int]
        /// Minutes of the day, 0...1,439.
        public var fromMinute: Int
        /// 1...2,879; over 1,440 it ends on the next day.
        public var toMinute: Int
        public var people: [String]
        public var isOnCall: Bool

        public init(days: [Int] = Array(0...6), fromMinute: Int, toMinute: Int, people: [String], isOnCall: Bool = false) {
            (self.days, self.fromMinute, self.toMinute) = (days, fromMinute, toMinute)
            (self.people, self.isOnCall) = (people, isOnCall)
        }
    }

    /// Whole days on which somebody is away, both ends included; days since 1970-01-01.
    public struct Absence: Sendable, Hashable {
        public var person: String
        public var days: ClosedRange<Int>

        public init(person: String, days: ClosedRange<Int>) { (self.person, self.days) = (person, days) }
    }

    public var name: String
    public var shifts: [Shift]
    public var absences: [Absence]

    public init(name: String, shifts: [Shift], absences: [Absence] = []) { (self.name, self.shifts, self.absences) = (name, shifts, absences) }

    /// Who stands by at `wall`, and how; a shift in which everybody is away has nobody.
    public func duty(at wall: WallTime, zone: TimeZoneTable) -> Duty {
        let civil = zone.civil(wall), day = civil.dayNumber, minute = civil.hour * 60 + civil.minute
        var best = Duty.nobody
        for shift in shifts where shift.covers(day: day, minute: minute) && shift.people.contains(where: { isPresent($0, day: day) }) {
            if !shift.isOnCall { return .staffed }
            best = .onCall
        }
        return best
    }

    private func isPresent(_ person: String, day: Int) -> Bool { !absences.contains { $0.person == person && $0.days.contains(day) } }

    /// Every moment after `wall` and up to `limit` at which the answer of `duty` may change, in rising order.
    public func changes(after wall: WallTime, to limit: WallTime, zone: TimeZoneTable) -> [WallTime] {
        var minutes: [Int] = [0]
        for shift in shifts {
            for minute in [shift.fromMinute, shift.toMinute % 1_440] where !minutes.contains(minute) { minutes.append(minute) }
        }
        minutes.sort()
        var found: [WallTime] = []
        var noon = zone.civil(wall)
        (noon.hour, noon.minute, noon.second, noon.microsecond) = (12, 0, 0, 0)
        var midday = noon.wall()
        while true {
            var civil = CivilTime(midday)
            (civil.hour, civil.minute) = (0, 0)
            guard zone.wall(civil) <= limit else { return found }
            for minute in minutes {
                (civil.hour, civil.minute) = (minute / 60, minute % 60)
                let moment = zone.wall(civil)
                if moment > wall, moment <= limit, found.last.map({ $0 < moment }) ?? true { found.append(moment) }
            }
            midday = midday + .seconds(86_400)
        }
    }
}

extension Rota.Shift {
    func covers(day: Int, minute: Int) -> Bool {
        if minute >= fromMinute, minute < toMinute, days.contains(Rota.weekday(day)) { return true }
        return toMinute > 1_440 && minute < toMinute - 1_440 && days.contains(Rota.weekday(day - 1))
    }
}

extension Rota {
    /// Monday is 0; 1970-01-01 was a Thursday.
    static func weekday(_ day: Int) -> Int { ((day + 3) % 7 + 7) % 7 }

    static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// Reads `{name, shifts: [{days, from, to, who, on_call}], absences: [{who, from, to}]}`; nil without a name.
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a rota", &problems)
        let name = reader.string("name", &problems)
        let shiftNodes = reader.list("shifts", &problems), absenceNodes = reader.list("absences", &problems)
        reader.finish(&problems)
        for (nodes, most, what) in [(shiftNodes, EscalationLimits.shiftsMax, "shifts"), (absenceNodes, EscalationLimits.absencesMax, "absences")] where nodes.count > most {
            problems.add("config.too_many", at: nodes[most].place, "at most \(most) \(what) in one rota")
        }
        if shiftNodes.isEmpty { problems.add("network.rota_empty", at: node.place, "a rota needs at least one shift, else nobody is ever on duty") }
        guard let name else { return nil }
        self.init(
            name: name, shifts: shiftNodes.prefix(EscalationLimits.shiftsMax).compactMap { Shift($0, &problems) },
            absences: absenceNodes.prefix(EscalationLimits.absencesMax).compactMap { Absence($0, &problems) })
        let known = shifts.flatMap(\.people)
        for (absence, node) in zip(absences, absenceNodes) where !known.contains(absence.person) {
            problems.add("network.unknown_reference", at: node.place, "nobody of this rota is called \"\(absence.person)\"; known: \(known.joined(separator: ", "))")
        }
    }
}

extension Rota.Shift {
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a shift", &problems)
        var days: [Int] = []
        for item in reader.list("days", &problems) {
            guard let text = item.string("days", &problems) else { continue }
            if let day = Rota.dayNames.firstIndex(of: text) { days.append(day) } else {
                problems.add("config.unknown_choice", at: item.place, "\"\(text)\" is no day; known: \(Rota.dayNames.joined(separator: ", "))")
            }
        }
        let from = reader.required("from", &problems).flatMap { DayWindow.minute($0, "from", &problems) }
        let to = reader.required("to", &problems).flatMap { DayWindow.minute($0, "to", &problems) }
        let people = reader.strings("who", &problems)
        let isOnCall = reader.bool("on_call", default: false, &problems)
        reader.finish(&problems)
        if people.isEmpty { problems.add("network.rota_empty", at: node.place, "a shift needs somebody under \"who\"") }
        if people.count > EscalationLimits.peoplePerShiftMax { problems.add("config.too_many", at: node.place, "at most \(EscalationLimits.peoplePerShiftMax) people in one shift") }
        guard let from, let to, from < 1_440 else { return nil }
        self.init(days: days.isEmpty ? Array(0...6) : days.sorted(), fromMinute: from, toMinute: to > from ? to : to + 1_440, people: people, isOnCall: isOnCall)
    }
}

extension Rota.Absence {
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "an absence", &problems)
        let person = reader.string("who", &problems)
        let from = reader.required("from", &problems).flatMap { Rota.Absence.day($0, "from", &problems) }
        let to = reader.required("to", &problems).flatMap { Rota.Absence.day($0, "to", &problems) }
        reader.finish(&problems)
        guard let person, let from, let to else { return nil }
        guard from <= to else {
            problems.add("network.time", at: node.place, "an absence ends on its first day or later")
            return nil
        }
        self.init(person: person, days: from...to)
    }

    private static func day(_ node: ConfigurationNode, _ key: String, _ problems: inout Problems) -> Int? {
        guard let text = node.string(key, &problems) else { return nil }
        var scanner = DigitScanner(Array(text.utf8))
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"), let day = scanner.number(2),
              scanner.isAtEnd, CivilTime(year: year, month: month, day: day).isValid else {
            problems.add("network.time", at: node.place, "\"\(key)\" must be a day, YYYY-MM-DD")
            return nil
        }
        return CivilTime(year: year, month: month, day: day).dayNumber
    }
}
