import CareModel

/// Duties as work: what was not done in time opens an incident of low priority, and the real thing closes it.
///
/// A device that can call for help is tested by a press, in installer's mode or a real one; a visit is proved by the button at the bedside or
/// by somebody's arrival; a drill counts when somebody has taken it. Whoever closes the incident by hand is asked again after the next interval.
extension Escalation {
    /// One thing that must be done again and again.
    private struct Work {
        /// What `done` names: `test|DEVICE`, `visit|RESIDENT`, `drill|STATION`.
        var key: String
        var days: Int
        var kind: String
        var subject: Subject
        var text: (zhCN: String, en: String)

        var rule: String { "work:" + kind + ":" + key }
        var conditionKey: String { rule + "|" + subject.key }
        var span: Span { .seconds(days * 86_400) }
    }

    static let workRulePrefix = "work:"
    static let visitKind = "duty.visit_due"

    private func works(_ context: Context) -> [Work] {
        var works: [Work] = []
        let household = context.household
        if let days = context.plan.duties.testDays {
            for binding in household.bindings where !binding.isShared && isCaller(binding.device, context) {
                let subject = Subject(
                    home: household.homes[binding.home].id, residents: binding.residents.map { household.residents[$0].id }, room: binding.room, device: binding.device)
                works.append(Work(
                    key: Escalation.testKey(binding.device), days: days, kind: "duty.test_due", subject: subject,
                    text: ("请与老人约好，测试一次呼叫设备：进入安装模式后按一次；已\(days)天没有按过", "Agree with the resident and test the call device: arm it and press once; nobody pressed it for \(days) days")))
            }
        }
        for resident in household.residents {
            guard let days = resident.visitDays else { continue }
            works.append(Work(
                key: "visit|" + resident.id.text, days: days, kind: Escalation.visitKind, subject: Subject(home: household.homes[resident.home].id, residents: [resident.id]),
                text: ("请上门探访，到达后按床旁“已到场”或登记到场；已\(days)天没有到访证明", "Visit, and press \"arrived\" at the bedside or report your arrival; no proof of a visit for \(days) days")))
        }
        if let days = context.plan.duties.drillDays {
            var stations: [String] = []
            for home in household.homes where !home.station.isEmpty && !stations.contains(home.station) { stations.append(home.station) }
            for station in stations {
                works.append(Work(
                    key: "drill|" + station, days: days, kind: "duty.drill_due", subject: Subject(home: nil),
                    text: ("请组织一次演练（\(station)）：按下已进入安装模式的设备并接单；已\(days)天没有演练", "Hold a drill at \(station): press an armed device and take the call; no drill for \(days) days")))
            }
        }
        return works
    }

    /// How many duties of each sort the configuration asks for, by the word before the first bar of their keys.
    public func duties(_ context: Context) -> [String: Int] {
        var counts: [String: Int] = [:]
        for work in works(context) { counts[String(work.key.prefix { $0 != "|" }), default: 0] += 1 }
        return counts
    }

    /// Opens what is overdue, and sets the moment at which the next one is.
    mutating func reviewWork(at: Instant, _ context: Context, into decisions: inout [Decision]) {
        let works = works(context)
        // That a device of a generic profile has called is remembered, whatever work is asked for.
        let asked = Set(works.map(\.key)).union(context.callers.generic.map(Escalation.testKey))
        for key in done.keys.sorted() where !asked.contains(key) {
            done[key] = nil
            decisions.append(.keep(Escalation.removal(Table.work, key)))
        }
        for work in works {
            guard let since = done[work.key] else {
                // Nothing is known of it: counted from now, and spread over the interval's second half, so that a new hub isn't full of work on one day.
                let early = Int64(Escalation.spread(work.key) % UInt64(work.span.microseconds / 2))
                keepDone(work.key, Instant(microseconds: at.microseconds - early), into: &decisions)
                continue
            }
            guard since + work.span <= at, byCondition[work.conditionKey] == nil else { continue }
            raise(finding(work, .raised, at: at, context), position: 0, at: at, context, into: &decisions)
        }
        scheduleWork(at: at, context)
    }

    /// Sets the moment at which the next duty is due; nothing is decided.
    mutating func scheduleWork(at: Instant, _ context: Context) {
        if let due = workDue { deadlines.remove(due, .work) }
        workDue = nil
        for work in works(context) {
            guard let since = done[work.key], since + work.span > at else { continue }
            workDue = min(workDue ?? since + work.span, since + work.span)
        }
        if let workDue { deadlines.insert(workDue, .work) }
    }

    /// A device called: its weekly test is done, and one of a generic profile counts as a caller from now on.
    mutating func noteCall(_ device: DeviceID, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        let key = Escalation.testKey(device)
        if done[key] == nil, context.callers.generic.contains(device) { keepDone(key, at, into: &decisions) }
        noteDone(key, at: at, context, into: &decisions)
    }

    /// It was done: its incident ends by that, and the interval begins anew.
    mutating func noteDone(_ key: String, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        guard done[key] != nil, let work = works(context).first(where: { $0.key == key }) else { return }
        keepDone(key, at, into: &decisions)
        decisions.append(.audit(DutyReport.Done.entry(key, at: context.clock.wall(at))))
        if byCondition[work.conditionKey] != nil {
            clear(finding(work, .cleared(.recovered), at: at, context), .recovered, position: 0, at: at, context, into: &decisions)
        }
        scheduleWork(at: at, context)
    }

    /// Somebody closed a duty by hand: asked again after the next interval.
    mutating func putOff(_ open: OpenIncident, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        guard open.incident.category == .duty, open.incident.rule.hasPrefix(Escalation.workRulePrefix) else { return }
        for work in works(context) where open.conditions.contains(where: { $0.key == work.conditionKey }) { keepDone(work.key, at, into: &decisions) }
        scheduleWork(at: at, context)
    }

    private mutating func keepDone(_ key: String, _ at: Instant, into decisions: inout [Decision]) {
        guard done[key] != at else { return }
        done[key] = at
        // One row of a key a call: a later time in the same call takes the earlier one's place.
        decisions.removeAll { if case .keep(let row) = $0 { row.table == Table.work && row.key == key } else { false } }
        decisions.append(.keep(Escalation.row(Table.work, key) { $0.instant(at) }))
    }

    /// The same number for the same name on every machine: FNV-1a.
    private static func spread(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    private func finding(_ work: Work, _ change: Finding.Change, at: Instant, _ context: Context) -> Finding {
        let wall = context.clock.wall(at)
        return Finding(
            rule: work.rule, change: change, kind: work.kind, category: .duty, priority: .low, subject: work.subject, isLatching: false, isCondition: true,
            receivedAt: wall, detectedAt: at, detectedWall: wall, mayFlap: false, text: LocalizedText(zhCN: work.text.zhCN, en: work.text.en))
    }
}
