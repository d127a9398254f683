import CareModel
@testable import Escalation
import Testing

/// Faults that must be mended within hours, and what the report says of duties.
@Suite("Faults mended in time")
struct RepairTests {
    private static func street(hours: Int? = 2) -> Street {
        var street = Street()
        street.plan.duties = Duties(repairHours: hours)
        return street
    }

    private static func silent(_ change: Finding.Change = .raised, _ priority: Priority = .medium, kind: String = "device.silent", at seconds: Int = 0) -> Finding {
        Street.finding(kind, change, priority, who: Street.subject(["anna"], device: "ieee:01"), category: .technical, isCondition: true, at: seconds)
    }

    private static func missed(_ decisions: [Decision]) -> [String] { decisions.revisions.flatMap(\.annotations).map(\.what).filter { $0.hasPrefix("repair_missed") } }

    @Test("a fault that still stands after two hours is told to the next tier although somebody has it, once; before, nothing is said, and its time is shown")
    func overdue() throws {
        var street = Self.street()
        let opened = street.take(Self.silent(), at: 0)
        let due = try #require(opened.revisions.first?.deadlines.first { $0.kind == "repair" }?.due)
        #expect(due == street.clock.wall(Street.second(7_200)))
        _ = street.obey(.acknowledge(Street.id(1)), at: 10)
        #expect(Self.missed(street.fire(now: 7_199)).isEmpty)
        let told = street.fire(now: 7_200)
        #expect(Self.missed(told) == ["repair_missed"] && told.queues.contains("town") && told.revisions.last?.phase == .escalate)
        #expect(told.revisions.last?.owner == "li" && told.revisions.last?.state == .acknowledged && told.revisions.last?.annotations.last?.note == "li")
        #expect(told.revisions.last?.deadlines.contains { $0.kind == "repair" } == false)
        try street.restart()
        #expect(street.fire(now: 80_000).revisions.isEmpty)
    }

    @Test("the time outlives restarts; what fell due while the hub was down is told at once and marked late")
    func restarts() throws {
        var street = Self.street()
        _ = street.take(Self.silent(), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), at: 10)
        try street.restart()
        #expect(Self.missed(street.fire(now: 7_199)).isEmpty)
        try street.restart()
        let told = street.fire(now: 9_000, wasDown: true)
        #expect(Self.missed(told) == ["repair_missed_late"] && told.revisions.last?.annotations.last?.at == street.clock.wall(Street.second(9_000)))
        try street.restart()
        #expect(street.fire(now: 80_000).revisions.isEmpty)
    }

    @Test("a row of a build that knew no such time is read, and has none")
    func oldRow() throws {
        var street = Self.street()
        _ = street.take(Self.silent(), at: 0)
        let key = "incident\u{0}" + Street.id(1).description, row = try #require(street.rows[key])
        var added = ByteWriter()
        added.optional(Street.second(0)) { $0.instant($1) }
        added.optional(Street.second(7_200)) { $0.instant($1) }
        added.bool(false)
        street.rows[key] = DecidedRow(table: row.table, key: row.key, version: 4, bytes: Array(try #require(row.bytes).dropLast(added.bytes.count)))
        try street.restart()
        #expect(street.escalation.openCount == 1)
        _ = street.obey(.acknowledge(Street.id(1)), at: 10)
        #expect(Self.missed(street.fire(now: 80_000)).isEmpty)
    }

    @Test("what was mended in time is not told; low faults, other sorts, drills and plans that ask for nothing have no such time", arguments: [
        ("device.silent", Priority.medium, 2 as Int?, true), ("hub.link_down", .high, 2, true), ("device.fault", .high, 2, true), ("device.silent", .low, 2, false),
        ("device.power_lost", .medium, 2, false), ("device.unknown_person", .medium, 2, false), ("device.silent", .medium, nil, false),
    ] as [(String, Priority, Int?, Bool)])
    func which(kind: String, priority: Priority, hours: Int?, isAsked: Bool) {
        var street = Self.street(hours: hours)
        _ = street.take(Self.silent(.raised, priority, kind: kind), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), at: 10)
        var mended = street
        let end = mended.take(Self.silent(.cleared(.returned), priority, kind: kind), at: 7_199)
        #expect(end.revisions.last?.state == .resolved && mended.fire(now: 8_000).revisions.isEmpty)
        #expect(!Self.missed(street.fire(now: 8_000)).isEmpty == isAsked)
    }

    @Test("a fault that is shelved waits for the shelf's end, and is told then")
    func shelved() {
        var street = Self.street()
        _ = street.take(Self.silent(), at: 0)
        _ = street.obey(.shelve(Street.id(1), seconds: 10_000, reason: "spare part comes at noon"), at: 100)
        #expect(Self.missed(street.fire(now: 10_099)).isEmpty)
        let told = street.fire(now: 10_100)
        #expect(Self.missed(told).last == "repair_missed")
        #expect(told.revisions.flatMap(\.annotations).allSatisfy { $0.at <= street.clock.wall(Street.second(10_100)) })
    }

    @Test("repair_hours and eligible_residents are read within their ranges, and refused one past them", arguments: [
        ("repair_hours", 1, true), ("repair_hours", 168, true), ("repair_hours", 0, false), ("repair_hours", 169, false),
        ("eligible_residents", 1, true), ("eligible_residents", 100_000, true), ("eligible_residents", 0, false), ("eligible_residents", 100_001, false),
    ])
    func limits(key: String, value: Int, isTaken: Bool) {
        let place = Place(file: "response.yaml", line: 1, column: 1)
        let number = ConfigurationNode(.scalar(String(value), isQuoted: false), at: place)
        let node = ConfigurationNode(.mapping([.init(key: key, keyPlace: place, value: number)]), at: place)
        var problems = Problems()
        let duties = Duties(node, &problems)
        #expect(problems.list.isEmpty == isTaken && (key == "repair_hours" ? duties.repairHours : duties.eligibleResidents) == (isTaken ? value : nil))
    }

    // MARK: - The report of duties

    private static func row(_ kind: String, _ rule: String, opened: Int, closed: Int? = nil, reason: CloseReason? = nil, category: CareModel.Category = .duty, priority: Priority = .low) -> ReportRow {
        func wall(_ n: Int) -> WallTime { WallTime(microseconds: Int64(n) * 1_000_000) }
        return ReportRow(
            incident: rule + String(opened), kind: kind, rule: rule, priority: priority, category: category, origin: .live, device: "", room: "", receivedAt: wall(opened),
            openedAt: wall(opened), isResolved: closed != nil, closeReason: reason, isLate: false, history: closed.map { [Annotation(at: wall($0), what: "recovered")] } ?? [])
    }

    @Test("a duty counts once, by the worst that happened to it; put off by hand is not done")
    func report() {
        let period = WallTime(microseconds: 0)..<WallTime(microseconds: 100_000_000_000)
        let rows = [
            Self.row("duty.test_due", "work:duty.test_due:test|ieee:01", opened: 10, closed: 20),
            Self.row("duty.test_due", "work:duty.test_due:test|ieee:02", opened: 10, closed: 20, reason: .unreachable),
            Self.row("duty.test_due", "work:duty.test_due:test|ieee:03", opened: 10),
            Self.row("duty.visit_due", "work:duty.visit_due:visit|a", opened: 10, closed: 200_000),
            Self.row("duty.nobody_on_duty", "duty:lone", opened: 10),
            Self.row("device.silent", "silence", opened: 10, closed: 7_210, category: .technical, priority: .medium),
            Self.row("device.silent", "silence", opened: 11, closed: 7_212, category: .technical, priority: .medium),
            Self.row("device.silent", "silence", opened: 12, category: .technical, priority: .medium),
            Self.row("device.silent", "silence", opened: 99_000, category: .technical, priority: .medium),
            Self.row("device.silent", "silence", opened: 13, category: .technical),
        ]
        let done = ["test|ieee:01", "test|ieee:04", "test|ieee:04", "drill|Xinan"].map { DutyReport.Done(key: $0) }
        let report = DutyReport(rows, done: done, asked: ["test": 5, "visit": 1], repairHours: 2, period: period)
        #expect(report.csv() == ["duty,asked,in_time,late,open", "test,5,1,1,2", "visit,1,0,0,1", "drill,0,1,0,0", "repair,4,1,1,1"])
        #expect(DutyReport(rows, done: [], asked: [:], repairHours: nil, period: period).rows.map(\.name) == ["test", "visit", "drill"])
    }

    @Test("a press in time is noted for the report, and so is a late one; the plan says how many are asked")
    func noted() {
        var street = Street()
        street.plan.duties = Duties(testDays: 7, drillDays: 183)
        street.callers = Callers(named: [DeviceID("ieee:01")])
        _ = street.review(at: 0)
        #expect(street.take(Street.finding(), at: 60).audits.filter { $0.action == DutyReport.Done.action }.map(\.object) == ["test|ieee:01"])
        #expect(street.take(Street.finding(isLate: true), at: 90).audits.isEmpty)
        #expect(street.escalation.duties(street.context) == ["test": 1, "drill": 1])
    }
}
