import CareModel

/// What was to be done and was: weekly tests, visits, drills, and faults mended within the hours of response.yaml.
///
/// A device, a resident or a station counts once in a period, by the worst that happened to its duty in it.
public struct DutyReport: Sendable, Hashable {
    /// One sort of duty.
    public struct Row: Sendable, Hashable {
        /// `test`, `visit`, `drill` or `repair`.
        public var name: String
        /// Of how many; of repairs, the faults of the period.
        public var asked: Int
        public var inTime: Int
        /// Done after it was due.
        public var late: Int
        /// Due, and not done at the end of the period, or put off by hand.
        public var open: Int
    }

    public let rows: [Row]

    /// One thing that was done in the period.
    public struct Done: Sendable, Hashable {
        /// `test|DEVICE`, `visit|RESIDENT`, `drill|STATION`.
        public var key: String

        public init(key: String) { self.key = key }

        /// The word of the audit.
        public static let action = "duty_done"

        static func entry(_ key: String, at: WallTime) -> AuditEntry {
            AuditEntry(at: at, actor: Outage.actor, role: .device, via: .mqtt, action: action, object: key, outcome: Outage.outcome)
        }
    }

    /// - Parameters:
    ///   - incidents: of any order; those opened in the period count.
    ///   - done: what the audit noted within the period.
    ///   - asked: the duties of the configuration, by the word of `Row.name`.
    ///   - repairHours: within which a fault is mended; nil = not asked.
    ///   - period: up to the newest record at most.
    public init(_ incidents: [ReportRow], done: [Done], asked: [String: Int], repairHours: Int?, period: Range<WallTime>) {
        let counted = incidents.filter { $0.origin == .live && period.contains($0.openedAt) }
        var worst: [String: Outcome] = [:]
        for one in done { worst[one.key] = .inTime }
        for row in counted {
            guard let key = row.dutyKey else { continue }
            let isDone = row.closeReason == nil && row.closedAt.map { $0 < period.upperBound } ?? false
            worst[key] = max(worst[key] ?? .inTime, isDone ? .late : .open)
        }
        var rows = ["test", "visit", "drill"].map { name in
            let mine = worst.filter { $0.key.hasPrefix(name + "|") }.values
            return Row(
                name: name, asked: asked[name] ?? 0, inTime: mine.count { $0 == .inTime }, late: mine.count { $0 == .late }, open: mine.count { $0 == .open })
        }
        if let repairHours {
            let limit = Span.seconds(repairHours * 3_600), faults = counted.filter(\.isFault)
            let mended = faults.compactMap { row in row.closedAt.map { $0 - row.openedAt } }
            let inTime = mended.count { $0 <= limit }
            let overdue = faults.count { $0.closedAt == nil && period.upperBound - $0.openedAt > limit }
            rows.append(Row(name: "repair", asked: faults.count, inTime: inTime, late: mended.count - inTime, open: overdue))
        }
        self.rows = rows
    }

    private enum Outcome: Int, Comparable {
        case inTime = 0, late, open
        static func < (a: Outcome, b: Outcome) -> Bool { a.rawValue < b.rawValue }
    }

    /// Its figures as comma-separated lines.
    public func csv() -> [String] {
        ["duty,asked,in_time,late,open"] + rows.map { "\($0.name),\($0.asked),\($0.inTime),\($0.late),\($0.open)" }
    }
}

extension ReportRow {
    /// Which duty it was opened for; nil for every other incident.
    var dutyKey: String? {
        guard category == .duty, rule.hasPrefix(Escalation.workRulePrefix) else { return nil }
        let parts = rule.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[2]) : nil
    }

    /// Whether it is a fault that must be mended in time.
    var isFault: Bool { Escalation.isFault(kind: kind, priority: priority, category: category) }
}
