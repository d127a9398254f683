import CareModel
@testable import Escalation
import Testing

@Test("a press opens one incident with its place, and tells the first tier at once")
func opens() throws {
    var street = Street()
    let out = street.take(Street.finding(), at: 5)
    let incident = try #require(out.revisions.first)
    #expect(out.revisions.count == 1)
    #expect(incident.id.description == "hub-e1:000001")
    #expect(incident.revision == 1 && incident.phase == .start && incident.state == .open && incident.tier == 0)
    #expect(incident.station == "Xinan" && incident.address == "Lane 1" && incident.residentName == "Anna")
    #expect(incident.openedAt == WallTime(microseconds: 1_005_000_000))
    #expect(incident.deadlines == [Deadline(kind: "take", due: WallTime(microseconds: 1_065_000_000))])
    #expect(out.queues == ["sounder", "station", "upstream"])
    #expect(out.deliveries.map(\.isMasked) == [true, false, true])
    #expect(street.escalation.nextDeadline == Street.second(65))
}

@Test("two people of one home never share an incident, and candidates join only the same candidates")
func neverMergesTwoPeople() {
    var street = Street()
    let who = [["anna"], ["bo"], ["anna", "bo"], ["bo", "anna"], [], ["anna"]]
    var numbers: [UInt64] = []
    for (index, residents) in who.enumerated() {
        _ = street.take(Street.finding(who: Street.subject(residents), sequence: UInt64(index)), at: index)
        numbers.append(street.escalation.byJoinKey[Street.finding(who: Street.subject(residents)).joinKey]?.number ?? 0)
    }
    #expect(numbers == [1, 2, 3, 3, 4, 1])
    #expect(street.escalation.openCount == 4)
}

@Test("names that contain separators don't make two groups of candidates one")
func oddNames() {
    let a = Street.finding(who: Street.subject(["x|1:y", "z"])), b = Street.finding(who: Street.subject(["x", "y|1:z"]))
    #expect(a.joinKey != b.joinKey)
}

@Test("two smoke detectors of one home are one incident, two silent devices are two")
func homeAndDevice() {
    var street = Street()
    _ = street.take(Street.finding("safety.smoke", who: Street.subject([], device: "ieee:02")), at: 0)
    _ = street.take(Street.finding("safety.smoke", who: Street.subject([], device: "ieee:09")), at: 1)
    #expect(street.escalation.openCount == 1)
    for device in ["ieee:02", "ieee:09"] {
        _ = street.take(Street.finding("device.silent", .raised, .low, who: Street.subject([], device: device), category: .technical), at: 2)
    }
    #expect(street.escalation.openCount == 3)
}

@Test("an unregistered device's press is an incident of its own, place unknown")
func unknownPlace() throws {
    var street = Street()
    let out = street.take(Street.finding(who: Street.subject([], home: nil, device: "mac:77")), at: 0)
    let incident = try #require(out.revisions.first)
    #expect(incident.station.isEmpty && incident.subject.home == nil)
    #expect(street.take(Street.finding(who: Street.subject([], home: nil, device: "mac:78")), at: 1).revisions.first?.id == Street.id(2))
}

@Test("a second press that nobody has answered yet is kept at once and told at most every ten seconds")
func quietRepetition() {
    var street = Street()
    _ = street.take(Street.finding(sequence: 1), at: 0)
    let second = street.take(Street.finding(sequence: 2), at: 9)
    #expect(second.revisions.isEmpty && second.rows("incident").count == 1)
    let third = street.take(Street.finding(sequence: 3), at: 10)
    #expect(third.revisions.map(\.revision) == [2])
    #expect(third.revisions.first?.evidence.count == 3)
    #expect(third.revisions.first?.state == .open)
    #expect(street.escalation.nextDeadline == Street.second(60), "a repetition does not move the deadline")
}

@Test("a new press on a taken incident tells its owner again, and the next tier when nobody answers")
func occursAgain() throws {
    var street = Street()
    _ = street.take(Street.finding(sequence: 1), at: 0)
    _ = street.obey(.acknowledge(Street.id(1)), at: 10)
    #expect(street.escalation.nextDeadline == nil)
    let again = street.take(Street.finding(sequence: 2), at: 100)
    let incident = try #require(again.revisions.first)
    #expect(incident.state == .open && incident.owner == "li" && incident.phase == .update && incident.revision == 3)
    #expect(again.queues == ["sounder", "station", "upstream"])
    #expect(street.escalation.nextDeadline == Street.second(160))
    let escalated = street.fire(now: 160)
    #expect(escalated.revisions.map(\.tier) == [1])
    #expect(escalated.revisions.first?.owner == "li")
    #expect(escalated.queues.contains("town"))
}

@Test("the owner's answer to the second press stops the clock again")
func answersAgain() {
    var street = Street()
    _ = street.take(Street.finding(sequence: 1), at: 0)
    _ = street.obey(.contact(Street.id(1), .reached, note: ""), at: 10)
    _ = street.take(Street.finding(sequence: 2), at: 20)
    let answer = street.obey(.acknowledge(Street.id(1)), at: 30)
    #expect(answer.answer == .done(revision: 4))
    #expect(answer.revisions.first?.state == .acknowledged)
    #expect(street.escalation.nextDeadline == nil)
}

@Test("a vital sign that stays bad is evidence, a worse one raises, a better one lowers, and recovery ends it")
func conditionLife() {
    var street = Street()
    func spo2(_ change: Finding.Change, _ priority: Priority, _ n: Int) -> Finding {
        Street.finding("vital.spo2.low", change, priority, isCondition: true, sequence: UInt64(n), at: n)
    }
    #expect(street.take(spo2(.raised, .medium, 0), at: 0).revisions.map(\.phase) == [.start])
    #expect(street.take(spo2(.updated, .medium, 1), at: 1).revisions.isEmpty)
    let worse = street.take(spo2(.updated, .high, 2), at: 2)
    #expect(worse.revisions.map(\.phase) == [.escalate] && worse.revisions.first?.priority == .high)
    #expect(worse.revisions.first?.evidence.count == 3)
    let better = street.take(spo2(.updated, .medium, 3), at: 3)
    #expect(better.revisions.map(\.phase) == [.deescalate])
    let end = street.take(spo2(.cleared(.recovered), .medium, 4), at: 4)
    #expect(end.revisions.map(\.phase) == [.end])
    #expect(end.revisions.first?.closeReason == nil)
    #expect(end.revisions.first?.annotations.last?.what == "recovered")
    #expect(street.escalation.openCount == 0 && street.escalation.nextDeadline == nil)
    #expect(street.rows.keys.filter { $0.hasPrefix("incident") }.isEmpty)
}

@Test("an incident with two conditions recovers only when both are over")
func twoConditions() {
    var street = Street()
    _ = street.take(Street.finding("vital.spo2.low", .raised, .high, rule: "a", isCondition: true), at: 0)
    _ = street.take(Street.finding("vital.spo2.low", .raised, .medium, rule: "b", isCondition: true), at: 1)
    let first = street.take(Street.finding("vital.spo2.low", .cleared(.recovered), .high, rule: "a", isCondition: true), at: 2)
    #expect(first.revisions.map(\.phase) == [.deescalate])
    let second = street.take(Street.finding("vital.spo2.low", .cleared(.recovered), .medium, rule: "b", isCondition: true), at: 3)
    #expect(second.revisions.map(\.phase) == [.end])
}

@Test("smoke that clears stays open and says so; a person closes it")
func latching() {
    var street = Street()
    _ = street.take(Street.finding("safety.smoke", isCondition: true), at: 0)
    let clear = street.take(Street.finding("safety.smoke", .cleared(.cancelledByDevice), isCondition: true), at: 3)
    #expect(clear.revisions.map(\.state) == [.open])
    #expect(clear.revisions.first?.annotations.last?.what == "cancelled_by_device")
    #expect(clear.revisions.first?.priority == .high)
    #expect(street.escalation.openCount == 1)
    #expect(street.obey(.resolve(Street.id(1), .falseAlarm, note: "toast"), at: 5).revisions.map(\.phase) == [.end])
}

@Test("a suspected fall that is withdrawn is lowered and stays open", arguments: [Finding.Change.updated, .cleared(.cancelledByDevice)])
func withdrawal(_ change: Finding.Change) throws {
    var street = Street()
    _ = street.take(Street.finding("safety.fall", isCondition: true, text: "suspected fall"), at: 0)
    let out = street.take(Street.finding("safety.fall", change, .low, isCondition: true, text: "withdrawn"), at: 3)
    let incident = try #require(out.revisions.first)
    #expect(incident.phase == .deescalate && incident.priority == .low && incident.state == .open)
    #expect(incident.text.en == "withdrawn")
    #expect(street.escalation.nextDeadline == nil, "low ones don't escalate")
    #expect(out.queues == ["sounder", "station", "upstream"], "who was told hears of the end too")
}

@Test("a weaker second press never lowers the first")
func weakerPress() {
    var street = Street()
    _ = street.take(Street.finding(sequence: 1), at: 0)
    _ = street.take(Street.finding("safety.sos", .raised, .medium, sequence: 2), at: 20)
    #expect(street.escalation.openIncidents.map(\.priority) == [.high])
}

@Test("a rule that was removed ends no incident")
func ruleRemoved() {
    var street = Street()
    _ = street.take(Street.finding("vital.spo2.low", .raised, .high, isCondition: true), at: 0)
    let out = street.take(Street.finding("vital.spo2.low", .cleared(.ruleRemoved), .high, isCondition: true), at: 1)
    #expect(out.revisions.map(\.state) == [.open])
    #expect(out.revisions.first?.annotations.last?.what == "rule_removed")
    #expect(street.escalation.openCount == 1)
}

@Test("what a person closed while it held is not opened by the same, but by worse and by a new beginning")
func dismissed() {
    var street = Street()
    func spo2(_ change: Finding.Change, _ priority: Priority) -> Finding { Street.finding("vital.spo2.low", change, priority, isCondition: true) }
    _ = street.take(spo2(.raised, .medium), at: 0)
    _ = street.obey(.resolve(Street.id(1), .deviceFault, note: ""), at: 1)
    #expect(street.take(spo2(.updated, .medium), at: 2).isEmpty)
    #expect(street.escalation.suppressedCount == 1)
    #expect(street.take(spo2(.updated, .high), at: 3).revisions.map(\.id) == [Street.id(2)])
    _ = street.obey(.resolve(Street.id(2), .deviceFault, note: ""), at: 4)
    #expect(street.take(spo2(.cleared(.recovered), .high), at: 5).revisions.isEmpty)
    #expect(street.take(spo2(.raised, .medium), at: 6).revisions.map(\.id) == [Street.id(3)])
}

@Test("a late press is marked, and a live one takes the mark away")
func late() {
    var street = Street()
    #expect(street.take(Street.finding(isLate: true, sequence: 1), at: 0).revisions.first?.text == LocalizedText(zhCN: "【迟到】请帮忙 help", en: "[LATE] help"))
    let live = street.take(Street.finding(sequence: 2), at: 1)
    #expect(live.revisions.map(\.isLate) == [false])
    #expect(live.revisions.first?.text.en == "help")
}

@Test("evidence keeps the first and the newest pieces at the limit and one past it")
func evidenceLimit() {
    var street = Street()
    for n in 0..<Limits.evidencePerIncidentMax { _ = street.take(Street.finding(sequence: UInt64(n)), at: 0) }
    #expect(street.escalation.openIncidents[0].evidenceDropped == 0)
    _ = street.take(Street.finding(sequence: 99), at: 0)
    let incident = street.escalation.openIncidents[0]
    #expect(incident.evidence.count == Limits.evidencePerIncidentMax && incident.evidenceDropped == 1)
    #expect(incident.evidence.first?.sequence == 0 && incident.evidence.last?.sequence == 99)
    #expect(!incident.evidence.contains { $0.sequence == 16 })
}

@Test("conditions beyond the limit still count and need a person")
func conditionLimit() {
    var street = Street()
    for n in 0...EscalationLimits.conditionsPerIncidentMax {
        _ = street.take(Street.finding("vital.spo2.low", .raised, .medium, rule: "r\(n)", isCondition: true), at: n)
    }
    for n in 0...EscalationLimits.conditionsPerIncidentMax {
        _ = street.take(Street.finding("vital.spo2.low", .cleared(.recovered), .medium, rule: "r\(n)", isCondition: true), at: 100 + n)
    }
    #expect(street.escalation.openCount == 1)
}

@Test("a condition that was over when a person closed the incident opens a new one when it is heard of again")
func closedAfterItsEnd() {
    var street = Street()
    for rule in ["a", "b"] { _ = street.take(Street.finding("vital.spo2.low", .raised, .medium, rule: rule, isCondition: true), at: 0) }
    _ = street.take(Street.finding("vital.spo2.low", .cleared(.recovered), .medium, rule: "a", isCondition: true), at: 1)
    _ = street.obey(.resolve(Street.id(1), .deviceFault, note: ""), at: 2)
    #expect(street.take(Street.finding("vital.spo2.low", .updated, .medium, rule: "b", isCondition: true), at: 3).revisions.isEmpty)
    #expect(street.take(Street.finding("vital.spo2.low", .updated, .medium, rule: "a", isCondition: true), at: 4).revisions.map(\.phase) == [.start])
}

@Test("installer's mode holds for as many devices as its limit says, not one more")
func armedLimit() {
    var street = Street()
    let devices = (0...EscalationLimits.armedDevicesMax).map { DeviceID("ieee:a\($0)") }
    var context = Street.context, out: [Decision] = []
    context.household = Household(
        homes: Street.household.homes, residents: Street.household.residents,
        bindings: devices.map { DeviceBinding(device: $0, profile: "button", home: 0, residents: []) })
    for device in devices {
        let command = Command(id: CommandID(device.text), actor: "li", role: .technician, via: .http, action: .arm(device, seconds: 1))
        street.escalation.obey(command, at: Street.second(0), context: context, into: &out)
    }
    #expect(out.audits.map(\.outcome) == Array(repeating: "done", count: EscalationLimits.armedDevicesMax) + ["limit_reached"])
}
