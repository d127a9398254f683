import CareModel

/// How fast the service answered, and how good its alarms were: a pure function of incidents.
///
/// Denominators are honest: what never happened, or was timed by a clock that was not to be believed, counts as missed, never as absent. Drills and replays
/// are not in it.
public struct ResponseReport: Sendable, Hashable {
    /// The distribution of one step over everybody who should have had it.
    public struct Step: Sendable, Hashable {
        /// Sorted times in milliseconds of those in which it happened.
        public var milliseconds: [Int64]
        /// Those in which it never happened.
        public var missed: Int

        public var count: Int { milliseconds.count + missed }

        /// The nearest rank of `percent`; nil when it falls among those that were missed, or there are none.
        public func percentile(_ percent: Int) -> Int64? {
            guard count > 0 else { return nil }
            let rank = max(1, (count * percent + 99) / 100)
            return rank <= milliseconds.count ? milliseconds[rank - 1] : nil
        }

        /// How many kept `limit`, out of `count`.
        public func within(_ limit: Int64) -> Int { milliseconds.filter { $0 <= limit }.count }
    }

    /// What people closed with which reason, of one rule, device or room.
    public struct Quality: Sendable, Hashable {
        public var name: String
        /// By raw value of `CloseReason`.
        public var reasons: [Int]
        /// Ended by themselves.
        public var recovered: Int

        public var closed: Int { reasons.reduce(0, +) }

        /// Pressed by accident, false, or a fault of the device.
        public var falseAlarms: Int {
            [CloseReason.accidental, .accidentalChild, .falseAlarm, .deviceFault].reduce(0) { $0 + reasons[Int($1.rawValue)] }
        }
    }

    public let incidents: Int
    public let stillOpen: Int
    public let escalated: Int
    public let late: Int
    /// Reading → incident, of all.
    public let detection: Step
    /// Incident → a person received it; high and medium ones.
    public let notification: Step
    /// Incident → taken; high and medium ones.
    public let taking: Step
    /// Received → contact and assessment; high ones about people.
    public let assessment: Step
    /// Sorted by name.
    public let rules: [Quality]
    public let devices: [Quality]
    public let rooms: [Quality]

    /// - Parameters:
    ///   - rows: of any order; each incident once.
    ///   - period: those opened in it count.
    ///   - origin: `drill` gives the same of drills alone.
    public init(_ rows: [ReportRow], period: Range<WallTime>, origin: Origin = .live) {
        let counted = rows.filter { $0.origin == origin && period.contains($0.openedAt) }.sorted { $0.incident < $1.incident }
        incidents = counted.count
        stillOpen = counted.filter { $0.closedAt == nil }.count
        escalated = counted.filter { $0.escalations > 0 }.count
        late = counted.filter(\.isLate).count
        let asked = counted.filter { $0.priority >= .medium }
        let people = counted.filter { $0.priority == .high && $0.category != .technical && $0.category != .duty }
        detection = ResponseReport.step(counted) { ($0.receivedAt, $0.openedAt) }
        notification = ResponseReport.step(asked) { ($0.openedAt, $0.notifiedAt) }
        taking = ResponseReport.step(asked) { ($0.openedAt, $0.takenAt) }
        assessment = ResponseReport.step(people) { ($0.notifiedAt, $0.assessedAt) }
        rules = ResponseReport.quality(counted, by: \.rule)
        devices = ResponseReport.quality(counted, by: \.device)
        rooms = ResponseReport.quality(counted, by: \.room)
    }

    private static func step(_ rows: [ReportRow], _ times: (ReportRow) -> (WallTime?, WallTime?)) -> Step {
        var found: [Int64] = []
        for row in rows {
            let (from, to) = times(row)
            if let from, let to, !row.isClockDoubted { found.append(max(0, (to - from).microseconds / 1_000)) }
        }
        return Step(milliseconds: found.sorted(), missed: rows.count - found.count)
    }

    private static func quality(_ rows: [ReportRow], by name: KeyPath<ReportRow, String>) -> [Quality] {
        var found: [String: Quality] = [:]
        for row in rows where row.closedAt != nil && !row[keyPath: name].isEmpty {
            let key = row[keyPath: name]
            var one = found[key] ?? Quality(name: key, reasons: Array(repeating: 0, count: CloseReason.allCases.count), recovered: 0)
            if let reason = row.closeReason { one.reasons[Int(reason.rawValue)] += 1 } else { one.recovered += 1 }
            found[key] = one
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// The report as comma-separated lines: steps, then quality by rule, device and room.
    public func csv() -> [String] {
        var lines = ["step,count,missed,p50_ms,p90_ms,p99_ms,max_ms,within_60_s,within_30_min"]
        for (name, step) in [("detection", detection), ("notification", notification), ("taking", taking), ("assessment", assessment)] {
            let times = [50, 90, 99, 100].map { step.percentile($0).map { String($0) } ?? "" }
            lines.append(([name, String(step.count), String(step.missed)] + times + [String(step.within(60_000)), String(step.within(1_800_000))]).joined(separator: ","))
        }
        lines.append((["of", "name", "closed", "false_alarms", "recovered"] + CloseReason.allCases.map(\.name)).joined(separator: ","))
        for (what, list) in [("rule", rules), ("device", devices), ("room", rooms)] {
            for one in list {
                lines.append(([what, ResponseReport.quoted(one.name), String(one.closed), String(one.falseAlarms), String(one.recovered)] + one.reasons.map { String($0) }).joined(separator: ","))
            }
        }
        return lines
    }

    /// RFC 4180; a leading sign that a spreadsheet would calculate with is set off.
    private static func quoted(_ text: String) -> String {
        let isFormula = text.utf8.first.map { "=+-@".utf8.contains($0) } ?? false
        let safe = isFormula ? "'" + text : text
        guard safe.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
