import CareModel
@testable import Escalation
import Testing

/// What the test itself noted while it played: another path to the same figures.
private struct Note {
    var opened: Int, priority: Priority, isAboutPerson: Bool, rule: String
    var received: Int?, taken: Int?, assessed: Int?, closed: Int?, reason: CloseReason?
}

/// A day of a station in virtual seconds: 200 residents, staff who answer, forget, fall asleep and hand over, and six hours without a network.
private struct StationDay {
    var street = Street()
    var dice: Dice
    var notes: [IncidentID: Note] = [:]
    /// Last revision of each incident.
    var last: [IncidentID: Incident] = [:]
    /// What is still to be done, by second.
    var plans: [(at: Int, act: Act)] = []
    static let cut = 10 * 3_600..<16 * 3_600

    enum Act { case confirm(DeliveryKey), take(IncidentID), call(IncidentID, ContactResult, String), offer(IncidentID), accept(IncidentID), close(IncidentID, CloseReason), recover(String, Int) }

    init(seed: UInt64) {
        dice = Dice(state: seed)
        street.plan.responses[0].followUp = FollowUp(callSeconds: 180, shareSeconds: 300, contactSeconds: 1_800)
        street.household = Household(
            homes: (0..<200).map { Home(id: HomeID("h\($0)"), zone: .utc, station: "Tower", address: "\($0)") },
            residents: (0..<200).map { Resident(id: ResidentID("r\($0)"), home: $0) }, bindings: [])
    }

    mutating func play() {
        var openings = (0..<400).map { _ in dice.roll(86_400) }.sorted()
        var now = 0
        while now < 86_400 {
            let next = [openings.first, plans.first?.at, street.escalation.nextDeadline.map { Int($0.microseconds / 1_000_000) }].compactMap { $0 }.min() ?? 86_400
            now = max(now, next)
            guard now < 86_400 else { return }
            see(street.fire(now: now), now)
            if openings.first == now { openings.removeFirst(); open(now) }
            while let plan = plans.first, plan.at <= now {
                plans.removeFirst()
                act(plan.act, now)
            }
        }
    }

    private mutating func plan(_ at: Int, _ act: Act) {
        let index = plans.firstIndex { $0.at > at } ?? plans.count
        plans.insert((at, act), at: index)
    }

    private mutating func open(_ now: Int) {
        let n = dice.roll(200)
        let (kind, priority, category) = dice.pick([
            ("safety.sos", Priority.high, Category.safety), ("safety.fall", .high, .safety), ("vital.spo2.low", .medium, .medical),
            ("behaviour.inactive", .medium, .behaviour), ("device.battery_low", .low, .technical),
        ])
        let finding = Street.finding(
            kind, .raised, priority, who: Street.subject(["r\(n)"], home: "h\(n)"), category: category, isCondition: category != .safety, device: "ieee:\(n)",
            sequence: UInt64(now), at: now)
        let out = street.take(finding, at: now)
        if let fresh = out.revisions.first(where: { $0.revision == 1 }) {
            notes[fresh.id] = Note(opened: now, priority: priority, isAboutPerson: category != .technical, rule: kind)
            staff(fresh.id, now, kind, n)
        }
        see(out, now)
    }

    /// What the staff will do about it.
    private mutating func staff(_ id: IncidentID, _ now: Int, _ kind: String, _ n: Int) {
        switch dice.roll(10) {
        case 0: break
        case 1: if !kind.hasPrefix("safety.") { plan(now + 20, .recover(kind, n)) }
        case 2:
            // Taken, and forgotten.
            plan(now + 10 + dice.roll(40), .take(id))
        case 3:
            plan(now + 15, .take(id))
            plan(now + 30, .offer(id))
            plan(now + 90, .accept(id))
            plan(now + 200, .call(id, .patient, "walks, drinks tea"))
            plan(now + 900, .close(id, .falseAlarm))
        case 4:
            // Asleep: after the second tier.
            plan(now + 150 + dice.roll(3_000), .take(id))
            plan(now + 4_000, .call(id, .family, "went there"))
            plan(now + 5_000, .close(id, dice.pick([.hospitalised, .realEmergency])))
        default:
            let taken = now + 5 + dice.roll(50)
            plan(taken, .take(id))
            plan(taken + 30, .call(id, dice.pick([.noAnswer, .notUnderstood]), ""))
            plan(taken + 60 + dice.roll(600), .call(id, dice.pick([.patient, .family, .reached]), dice.roll(4) == 0 ? "" : "bruised knee"))
            plan(taken + 1_200, .close(id, dice.pick(CloseReason.allCases)))
        }
    }

    private mutating func act(_ act: Act, _ now: Int) {
        switch act {
        case .confirm(let key):
            let id = key.incident, wasOpen = notes[id]?.closed == nil
            see(street.report(key, .confirmed, at: now), now)
            let isAsked = notes[id].map { $0.priority >= .medium } ?? false
            if wasOpen, isAsked, notes[id]?.received == nil, key.queue.text == "station" || key.queue.text == "town" || key.queue.text == "district" || key.queue.text == "sounder" {
                notes[id]?.received = now
            }
        case .take(let id):
            if done(.acknowledge(id), "li", now), notes[id]?.taken == nil { notes[id]?.taken = now }
        case .offer(let id): _ = done(.handOver(id, to: "wu"), "li", now)
        case .accept(let id): _ = done(.acknowledge(id), "wu", now)
        case .call(let id, let result, let note):
            guard done(.contact(id, result, note: note), "li", now) else { return }
            if notes[id]?.taken == nil { notes[id]?.taken = now }
            if result.isContact, !note.isEmpty, notes[id]?.assessed == nil { notes[id]?.assessed = now }
        case .close(let id, let reason):
            if done(.resolve(id, reason, note: ""), "li", now) {
                notes[id]?.closed = now
                notes[id]?.reason = reason
            }
        case .recover(let kind, let n):
            let out = street.take(Street.finding(kind, .cleared(.recovered), .medium, who: Street.subject(["r\(n)"], home: "h\(n)"), isCondition: true, device: "ieee:\(n)"), at: now)
            see(out, now)
            for one in out.revisions where one.state == .resolved { notes[one.id]?.closed = now }
        }
    }

    private mutating func done(_ action: Command.Action, _ actor: String, _ now: Int) -> Bool {
        let out = street.obey(action, by: actor, at: now)
        see(out, now)
        if case .done = out.answer { return true }
        return false
    }

    /// Keeps the newest revisions; receivers confirm two seconds later, after the cut where there is one.
    private mutating func see(_ decisions: [Decision], _ now: Int) {
        for revision in decisions.revisions {
            last[revision.id] = revision
            if revision.state == .resolved, notes[revision.id]?.closed == nil { notes[revision.id]?.closed = now }
        }
        for delivery in decisions.deliveries {
            let due = now + 2
            plan(Self.cut.contains(due) ? Self.cut.upperBound + 2 : due, .confirm(delivery.key))
        }
    }
}

@Test("every figure of a station's day is the one that other code counts", arguments: [1, 2, 3] as [UInt64])
func stationDay(seed: UInt64) {
    var day = StationDay(seed: seed)
    day.play()
    // What was not told yet stands in the open incident, as its row has it.
    for open in day.street.escalation.openIncidents { day.last[open.id] = open }
    let period = WallTime(microseconds: 1_000_000_000)..<WallTime(microseconds: (1_000 + 86_400) * 1_000_000)
    let report = ResponseReport(day.last.values.map { ReportRow($0) }, period: period)
    let notes = Array(day.notes.values)
    #expect(report.incidents == notes.count && notes.count > 250)
    #expect(report.stillOpen == notes.filter { $0.closed == nil }.count)
    func check(_ step: ResponseReport.Step, _ among: [Note], _ from: (Note) -> Int?, _ to: (Note) -> Int?, _ what: String) {
        let seconds = among.compactMap { note in from(note).flatMap { a in to(note).map { $0 - a } } }
        #expect(step.count == among.count && step.missed == among.count - seconds.count, "\(what)")
        for percent in [50, 90, 99, 100] {
            // By counting: the least time that at least so many kept.
            let needed = (Double(among.count) * Double(percent) / 100).rounded(.up)
            let least = seconds.filter { candidate in Double(seconds.filter { $0 <= candidate }.count) >= max(1, needed) }.min()
            #expect(step.percentile(percent) == least.map { Int64($0) * 1_000 }, "\(what) p\(percent)")
        }
        #expect(step.within(60_000) == seconds.filter { $0 <= 60 }.count)
    }
    let asked = notes.filter { $0.priority >= .medium }, people = notes.filter { $0.priority == .high && $0.isAboutPerson }
    check(report.detection, notes, { $0.opened }, { $0.opened }, "detection")
    check(report.notification, asked, { $0.opened }, { $0.received }, "notification")
    check(report.taking, asked, { $0.opened }, { $0.taken }, "taking")
    check(report.assessment, people, { $0.received }, { $0.assessed }, "assessment")
    #expect(report.notification.percentile(50) == 2_000 && report.notification.milliseconds.last ?? 0 > 3_600_000, "the cut is seen")
    for quality in report.rules {
        let mine = notes.filter { $0.rule == quality.name && $0.closed != nil }
        #expect(quality.recovered == mine.filter { $0.reason == nil }.count && quality.closed == mine.filter { $0.reason != nil }.count)
        for reason in CloseReason.allCases { #expect(quality.reasons[Int(reason.rawValue)] == mine.filter { $0.reason == reason }.count) }
        let wrong: [CloseReason] = [.accidental, .accidentalChild, .falseAlarm, .deviceFault]
        #expect(quality.falseAlarms == mine.filter { $0.reason.map(wrong.contains) ?? false }.count)
    }
    let closed = report.devices.reduce(0) { $0 + $1.closed + $1.recovered }
    #expect(closed == notes.count - report.stillOpen && report.rooms.reduce(0) { $0 + $1.closed + $1.recovered } == closed)
    #expect(report.csv().count == 6 + report.rules.count + report.devices.count + report.rooms.count)
}

@Test("what never happened is missed, a percentile among the missed is not a number, and drills are not counted")
func honest() {
    let step = ResponseReport.Step(milliseconds: [10, 20, 30], missed: 1)
    #expect(step.percentile(50) == 20 && step.percentile(75) == 30 && step.percentile(76) == nil && step.percentile(100) == nil && step.within(20) == 2)
    #expect(ResponseReport.Step(milliseconds: [], missed: 0).percentile(50) == nil)
    var street = Street()
    _ = street.obey(.arm(DeviceID("ieee:01"), seconds: 30), at: 0)
    _ = street.take(Street.finding(), at: 1)
    let rows = street.all.revisions.map { ReportRow($0) }
    #expect(rows.count == 1)
    // What a wrong clock timed proves nothing, whatever it says.
    var live = Street()
    _ = live.take(Street.finding(), at: 0)
    _ = live.obey(.acknowledge(Street.id(1)), at: 5)
    let taken = live.all.revisions.last.map { ReportRow($0) }.map { [$0] } ?? [], always = WallTime(microseconds: 0)..<WallTime(microseconds: .max)
    #expect(ResponseReport(taken, period: always).taking.milliseconds == [5_000])
    let doubted = ResponseReport(taken.map { var row = $0; row.isClockDoubted = true; return row }, period: always)
    #expect(doubted.taking.milliseconds.isEmpty && doubted.taking.missed == 1 && doubted.detection.missed == 1)
    #expect(ResponseReport(rows, period: WallTime(microseconds: 0)..<WallTime(microseconds: .max)).incidents == 0)
}

@Test("a name that a spreadsheet would calculate with is set off, and one with a comma is quoted")
func csvNames() {
    var street = Street()
    _ = street.take(Street.finding(rule: "=1+1"), at: 0)
    _ = street.obey(.resolve(Street.id(1), .falseAlarm, note: ""), at: 1)
    _ = street.take(Street.finding("safety.fall", rule: "a,\"b\""), at: 2)
    _ = street.obey(.resolve(Street.id(2), .drill, note: ""), at: 3)
    var last: [IncidentID: Incident] = [:]
    for one in street.all.revisions { last[one.id] = one }
    let lines = ResponseReport(last.values.map { ReportRow($0) }, period: WallTime(microseconds: 0)..<WallTime(microseconds: .max)).csv()
    #expect(lines.contains { $0.hasPrefix("rule,'=1+1,1,1,0,") } && lines.contains { $0.hasPrefix("rule,\"a,\"\"b\"\"\",1,0,0,") })
}
