import CareModel
@testable import Escalation
import Testing

private func concern(
    _ priority: Priority = .high, _ category: Category = .safety, who: [Int] = [0], hour: Int = 9, household: Household = District.household()
) -> Concern {
    Concern(
        kind: "safety.fall", priority: priority, category: category, home: household.homes[who.first.map { household.residents[$0].home } ?? 0],
        residents: who.map { household.residents[$0] }, openedAt: WallTime(microseconds: Int64(hour) * 3_600_000_000), zone: .utc)
}

private func text(_ steps: [Step]) -> [String] {
    steps.map { "\($0.afterSeconds) " + $0.queues.map(\.text).joined(separator: "+") + $0.contacts.map { " " + $0.name }.joined() + ($0.proposesAmbulance ? " 120" : "") }
}

@Test("posts of the home's station and chain, family in turn with the nearest key-holder first, everything in seconds since opening")
func steps() {
    let plan = District.plan()
    #expect(text(plan.steps(for: concern())) == [
        "0 station+upstream", "60 family+town Key", "120 district+family Near 120", "180 family Far",
    ])
    // Chen belongs to every chain and has no family; the clinic serves the other station.
    #expect(text(plan.steps(for: concern(who: [1]))) == ["0 station+upstream", "60 town", "120 district 120"])
    var anna = District.household()
    anna = Household(homes: anna.homes, residents: anna.residents.map { var r = $0; r.chains = []; return r }, bindings: anna.bindings)
    #expect(text(plan.steps(for: concern(household: anna)))[0] == "0 clinic+station+upstream")
}

@Test("family is asked of red ones only, and with the elder's consent")
func family() {
    let plan = District.plan()
    let silent = District.household(consent: ["station"])
    #expect(!text(plan.steps(for: concern(household: silent))).contains { $0.contains("family") })
    var responses = District.responses
    responses[0].priorities = [.high, .medium]
    #expect(!text(District.plan(responses: responses).steps(for: concern(.medium))).contains { $0.contains("family") })
    #expect(!text(plan.steps(for: concern(who: [0, 1]))).contains { $0.contains("family") }, "two candidates, and one of them did not consent")
}

@Test("in turn each post has its time, longer on call; a step whose posts have nobody is told with the next")
func turns() {
    var responses = District.responses
    responses[0].tiers = [
        .init(afterSeconds: 0, queues: [QueueName("upstream")], posts: ["care.station", "medical.clinic", "care.town"], isInTurn: true),
        .init(afterSeconds: 600, queues: [], posts: ["care.district"]),
    ]
    var household = District.household()
    household = Household(homes: household.homes, residents: household.residents.map { var r = $0; r.chains = []; return r }, bindings: household.bindings)
    let opened = concern(household: household)
    #expect(text(District.plan(responses: responses).steps(for: opened)) == ["0 station+upstream", "60 clinic", "240 town", "600 district"])
    #expect(text(District.plan(stationConfirmed: nil, responses: responses).steps(for: opened)) == ["0 clinic+station+upstream", "180 town", "600 district"])
    // 1970-01-03 is a Saturday: nobody by day.
    let saturday = Concern(
        kind: "safety.fall", priority: .high, category: .safety, home: household.homes[0], residents: [household.residents[0]],
        openedAt: WallTime(microseconds: (2 * 86_400 + 12 * 3_600) * 1_000_000), zone: .utc)
    #expect(text(District.plan(rota: "station", responses: responses).steps(for: saturday))[0] == "0 clinic+station+upstream")
}

@Test("the time of day at opening chooses the response")
func timeOfDay() {
    let plan = District.plan()
    #expect(plan.response(to: concern(.low, .technical, hour: 22))?.name == "night")
    #expect(plan.response(to: concern(.low, .technical, hour: 5))?.name == "night")
    #expect(plan.response(to: concern(.low, .technical, hour: 6))?.name == "rest")
    #expect(plan.response(to: concern(.high, .technical, hour: 23))?.name == "urgent")
}

@Test("who is asked stands in the history, and the proposal of 120 says what to say and how to find the house")
func reached() {
    var street = District.street()
    _ = street.take(Street.finding(who: Street.subject(["anna"])), at: 0)
    _ = street.fire(now: 180)
    let history = street.escalation.openIncidents[0].annotations
    #expect(history.filter { $0.what == "family_asked" }.map(\.note) == ["Key neighbour 3", "Near niece 2", "Far son 1"])
    let note = history.first { $0.what == "ambulance_proposed" }?.note ?? ""
    #expect(note.contains("Anna") && note.contains("Lane 1") && note.contains("code 7") && note.contains("建议拨打120") && note.contains("Consider calling 120"))
}

@Test("low and technical ones of the night are told in the morning, together with their tiers")
func morning() {
    var street = District.street(hour: 23)
    let held = street.take(District.silent("ieee:02"), at: 0)
    #expect(held.revisions.count == 1 && held.deliveries.isEmpty)
    #expect(held.revisions.first?.deadlines.map(\.kind) == ["morning"])
    #expect(street.fire(now: 7 * 3_600 - 1).isEmpty)
    let told = street.fire(now: 7 * 3_600)
    #expect(Set(told.queues) == ["station", "upstream"] && told.revisions.first?.annotations.last?.what == "morning_list")
    #expect(street.escalation.openIncidents[0].deadlines == [])
}

@Test("a resident who would be left without a way to call is not held until the morning")
func lastPath() {
    var street = District.street(hour: 23)
    #expect(Set(street.take(District.silent("ieee:01"), at: 0).queues) == ["station", "upstream"], "Anna has this button alone")
    #expect(street.take(District.silent("ieee:03", home: "h2"), at: 1).deliveries.isEmpty, "Chen has a watch too")
    #expect(Set(street.take(District.silent("ieee:04", home: "h2"), at: 2).queues) == ["station", "upstream"], "and now nothing")
    #expect(street.take(District.silent("ieee:01", kind: "device.battery_low"), at: 3).deliveries.isEmpty, "a weak battery still calls")
}

@Test("what became worse is told at once, on the shelf and on the morning list; what is over by morning is told to nobody")
func worseAtNight() {
    var street = District.street(hour: 23)
    _ = street.take(District.silent("ieee:02"), at: 0)
    let worse = street.take(District.silent("ieee:02", .updated, .high), at: 60)
    #expect(Set(worse.queues) == ["station", "upstream", "clinic"] && worse.revisions.last?.phase == .escalate)
    var other = District.street(hour: 23)
    _ = other.take(District.silent("ieee:02"), at: 0)
    let over = other.take(District.silent("ieee:02", .cleared(.returned)), at: 60)
    #expect(over.revisions.map(\.state) == [.resolved] && over.deliveries.isEmpty)
    #expect(other.escalation.nextDeadline == nil)
}
