import CareModel

/// Whether a wearable is on somebody, and on whom: what it says itself, when it hangs on its charger, and whether the body
/// that it measures is the one that it knows.
struct Wearing: Hashable, Sendable {
    /// What the device itself said last; nil = it never says it.
    var isWorn: Bool?
    /// It said that it is on its charger.
    var isCharging = false
    /// Per cent of the battery in steps of 0.1.
    var battery: Int64?
    /// What is known of each hour of the day (UTC: a home keeps its zone).
    var hours = [Hour](repeating: Hour(), count: 24)
    /// The hour that was counted last and how: most messages say nothing new about it.
    var counted = Counted()
    /// Heart rates since it was put on (after a pause): how many, and their sum in steps of the kind.
    var session = Session()
    /// Means of the last sessions of the usual wearer.
    var usual: [Int64] = []
    /// Sessions in a row that were somebody else's.
    var strangeSessions = 0

    /// One hour of the day.
    struct Hour: Hashable, Sendable {
        /// On how many days more it charged than not, at most `daysMax`.
        var chargeDays: UInt8 = 0
        /// The last day that was counted, and the last on which it charged: days since 1970.
        var countedDay: Int32 = -1
        var chargedDay: Int32 = -1
    }

    struct Counted: Hashable, Sendable {
        /// Hours since 1970.
        var hour: Int64 = -1
        var isCharging = false
    }

    struct Session: Hashable, Sendable {
        var began = WallTime(microseconds: 0)
        var lastAt = WallTime(microseconds: 0)
        var count = 0
        var sum: Int64 = 0
        /// Judged: nil = too early to say.
        var isOther: Bool?
    }

    /// Our choice: two weeks hold the rhythm of a week twice.
    static let daysMax: UInt8 = 14
    /// Charged in this hour on so many more days than not: it is the usual time.
    static let usualDays: UInt8 = 4
    /// Without a heart rate for so long the device may have changed hands: washing is shorter, charging longer.
    static let pause = Span.seconds(30 * 60)
    /// Heart rates, and how long they last, before a session is judged: a walk to the shop is over by then.
    static let judgedCount = 20
    static let judgedSpan = Span.seconds(15 * 60)
    /// Sessions of the usual wearer that must be known.
    static let usualMin = 5, usualMax = 14
    /// So far beyond all known sessions (steps of 0.1/min): our choice, over what a fever of 2 Cel adds.
    static let otherBy: Int64 = 200
    /// So many strange sessions in a row: then the usual wearer has changed, not the person.
    static let strangeMax = 3
    /// Values that any default limit would alarm on are never somebody else's: they are judged (steps of 0.1/min).
    static let harmless: ClosedRange<Int64> = 500...1_100

    /// A battery that rises by so much is being charged: under it sensors and cold do the same (steps of 0.1 %).
    static let risingBy: Int64 = 20

    /// Takes what the device says of itself.
    ///
    /// - Returns: whether "not worn" is explained by its charger, or by the time at which it usually hangs there.
    mutating func learn(_ kind: Kind, _ value: ReadingValue, _ meaning: Meaning, _ quality: Quality, at wall: WallTime) -> Bool {
        switch (kind, value) {
        case (.worn, .flag(let isOn)):
            // "Taken off" of a device that never says "put on" is no state.
            if meaning != .momentary {
                if isOn, isWorn == false { begin(at: wall) }
                isWorn = isOn
            }
            return !isOn && (isCharging || isUsualCharging(at: wall))
        case (.externalPower, .flag(let isOn)):
            isCharging = isOn
            count(charging: isOn, at: wall)
        case (.battery, .number(let charge)):
            let isRising = battery.map { charge >= $0 + Wearing.risingBy } ?? false
            count(charging: isRising || quality.contains(.externalPower), at: wall)
            // A smaller rise keeps what it is measured from.
            if battery.map({ charge < $0 || isRising }) ?? true { battery = charge }
        default: break
        }
        return false
    }

    /// Counts an hour of the day once a day.
    mutating func count(charging: Bool, at wall: WallTime) {
        let seconds = wall.microseconds / 1_000_000
        guard seconds >= 0, counted.hour != seconds / 3_600 || counted.isCharging != charging else { return }
        counted = Counted(hour: seconds / 3_600, isCharging: charging)
        let hour = Int(seconds / 3_600 % 24), day = Int32(truncatingIfNeeded: seconds / 86_400), known = hours[hour]
        if charging, known.chargedDay != day {
            // What the same hour lost before the charger was plugged in comes back.
            let back: UInt8 = known.countedDay == day ? 2 : 1
            hours[hour] = Hour(chargeDays: min(known.chargeDays + back, Wearing.daysMax), countedDay: day, chargedDay: day)
        } else if !charging, known.countedDay != day {
            hours[hour].countedDay = day
            if known.chargeDays > 0 { hours[hour].chargeDays -= 1 }
        }
    }

    /// Whether it usually charges at this hour.
    func isUsualCharging(at wall: WallTime) -> Bool {
        let seconds = wall.microseconds / 1_000_000
        return seconds >= 0 && hours[Int(seconds / 3_600 % 24)].chargeDays >= Wearing.usualDays
    }

    /// Takes a heart rate that was measured on a body.
    ///
    /// - Parameter isAlone: nobody else lives in the home, so nobody else wears it.
    /// - Returns: whether it is probably somebody else's.
    mutating func isOther(_ rate: Int64, at wall: WallTime, isAlone: Bool) -> Bool {
        if wall - session.lastAt > Wearing.pause || wall < session.lastAt { begin(at: wall) }
        session.lastAt = wall
        if session.isOther == nil {
            (session.count, session.sum) = (session.count + 1, session.sum + rate)
            if session.count >= Wearing.judgedCount, wall - session.began >= Wearing.judgedSpan { judge() }
        }
        return session.isOther == true && !isAlone && Wearing.harmless.contains(rate)
    }

    /// The device was taken off, or put on: what comes next may be of another body.
    mutating func begin(at wall: WallTime) { session = Session(began: wall, lastAt: wall) }

    private mutating func judge() {
        let mean = session.sum / Int64(session.count)
        let isStrange = usual.count >= Wearing.usualMin
            && (usual.allSatisfy { mean > $0 + Wearing.otherBy } || usual.allSatisfy { mean < $0 - Wearing.otherBy })
        session.isOther = isStrange
        if isStrange {
            strangeSessions += 1
            guard strangeSessions >= Wearing.strangeMax else { return }
            (usual, strangeSessions, session.isOther) = ([mean], 0, false)
        } else {
            strangeSessions = 0
            usual.append(mean)
            if usual.count > Wearing.usualMax { usual.removeFirst() }
        }
    }

    func write(to w: inout ByteWriter) {
        w.optional(isWorn) { $0.bool($1) }
        w.bool(isCharging)
        w.optional(battery) { $0.signed($1) }
        for hour in hours {
            w.byte(hour.chargeDays)
            w.signed(Int64(hour.countedDay))
            w.signed(Int64(hour.chargedDay))
        }
        w.signed(counted.hour)
        w.bool(counted.isCharging)
        w.wall(session.began)
        w.wall(session.lastAt)
        w.int(session.count)
        w.signed(session.sum)
        w.optional(session.isOther) { $0.bool($1) }
        w.list(usual) { $0.signed($1) }
        w.int(strangeSessions)
    }

    init() {}

    init(from r: inout ByteReader) throws(BinaryFailure) {
        isWorn = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.bool() }
        isCharging = try r.bool()
        battery = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.signed() }
        for hour in 0..<24 {
            let days = try r.byte()
            guard let counted = Int32(exactly: try r.signed()), let charged = Int32(exactly: try r.signed()) else { throw .malformed("a day", at: r.index) }
            hours[hour] = Hour(chargeDays: days, countedDay: counted, chargedDay: charged)
        }
        counted = Counted(hour: try r.signed(), isCharging: try r.bool())
        session.began = try r.wall()
        session.lastAt = try r.wall()
        session.count = try r.int()
        session.sum = try r.signed()
        session.isOther = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.bool() }
        usual = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try r.signed() }
        guard usual.count <= Wearing.usualMax else { throw .malformed("sessions of a wearer", at: r.index) }
        strangeSessions = try r.int()
    }
}
