import CareModel
@testable import Escalation
import Testing

/// A button at the bedside: helper arrived, help still needed, done.
@Suite("The button at the bedside")
struct AttendanceTests {
    private static func press(
        _ word: String, who: Subject = Street.subject(["anna"]), isLate: Bool = false, at seconds: Int
    ) -> Finding {
        var finding = Street.finding(
            "safety.attendance", .raised, word == "needed" ? .high : .information, who: who, isLate: isLate, device: "topic:contactid/7", text: "more help", at: seconds)
        finding.evidence[0].kind = .attendance
        finding.evidence[0].value = .code(word)
        return finding
    }

    @Test("arrived: who is there has what nobody had taken, and no call is asked for any more; a person still closes it")
    func arrived() throws {
        var street = Street()
        _ = street.take(Street.finding(), at: 0)
        let came = street.take(Self.press("arrived", at: 30), at: 30)
        #expect(came.revisions.map(\.state) == [.onSite] && came.revisions.first?.owner == "topic:contactid/7")
        #expect(came.revisions.first?.annotations.last?.what == "arrived" && came.revisions.first?.annotations.last?.actor == "topic:contactid/7")
        try street.restart()
        #expect(street.fire(now: 10_000).revisions.filter { $0.phase == .escalate }.isEmpty)
        let done = street.take(Self.press("done", at: 40), at: 10_040)
        #expect(done.revisions.map(\.state) == [.onSite] && done.revisions.first?.annotations.last?.what == "help_done")
        #expect(street.escalation.openCount == 1)
        #expect(street.obey(.resolve(Street.id(1), .realEmergency, note: ""), at: 10_050).revisions.map(\.state) == [.resolved])
    }

    @Test("an owner keeps it when somebody arrives; help still needed sets it back, tells the next tier at once and makes it red")
    func needed() throws {
        var street = Street()
        _ = street.take(Street.finding("vital.spo2.low", .raised, .medium, category: .medical, isCondition: true), at: 0)
        _ = street.obey(.acknowledge(Street.id(1)), by: "li", at: 5)
        #expect(street.take(Self.press("arrived", at: 20), at: 20).revisions.first?.owner == "li")
        let call = street.take(Self.press("needed", at: 60), at: 60)
        let told = try #require(call.revisions.first)
        #expect(call.revisions.count == 1 && told.state == .open && told.priority == .high && told.owner == "li" && told.tier == 1 && told.phase == .escalate)
        #expect(call.queues.contains("town") && told.text.en == "more help")
        #expect(told.annotations.contains { $0.what == "help_needed" })
        #expect(street.escalation.openCount == 1, "no second incident")
        try street.restart()
        // The condition ends by itself: with a call for help in it a person closes it all the same.
        let over = street.take(Street.finding("vital.spo2.low", .cleared(.recovered), .medium, category: .medical, isCondition: true), at: 90)
        #expect(over.revisions.allSatisfy { $0.state == .open } && street.escalation.openCount == 1)
        #expect(street.obey(.acknowledge(Street.id(1)), by: "wu", at: 95).revisions.first?.owner == "wu")
    }

    @Test("it concerns the same people of the same home only, never a drill or a fault; the most urgent incident is the one")
    func concerns() {
        var street = Street()
        _ = street.take(Street.finding("vital.spo2.low", .raised, .medium, category: .medical), at: 0)
        _ = street.take(Street.finding(), at: 1)
        _ = street.take(Street.finding(who: Street.subject(["bo"])), at: 2)
        _ = street.take(Street.finding("device.silent", .raised, .medium, category: .technical), at: 3)
        _ = street.take(Street.finding(who: Street.subject(["chen"], home: "h2")), at: 4)
        #expect(street.take(Self.press("arrived", at: 5), at: 5).revisions.map(\.id) == [Street.id(2), Street.id(1)])
        #expect(street.take(Self.press("needed", at: 6), at: 6).revisions.map(\.id) == [Street.id(2)])
        #expect(street.take(Self.press("done", who: Street.subject([]), at: 7), at: 7).revisions.map(\.id) == [Street.id(2), Street.id(3), Street.id(1)], "a button of the home is everybody's")
    }

    @Test("with nothing open, or told late, arrived and done open nothing; help that is needed is a call of its own")
    func alone() {
        var street = Street()
        for word in ["arrived", "done"] { #expect(street.take(Self.press(word, at: 1), at: 1).revisions.isEmpty) }
        #expect(street.escalation.suppressedCount == 2)
        let call = street.take(Self.press("needed", at: 2), at: 2)
        #expect(call.revisions.map(\.kind) == ["safety.attendance"] && call.revisions.map(\.priority) == [.high])
        #expect(street.take(Self.press("arrived", isLate: true, at: 3), at: 3).revisions.isEmpty, "an arrival from the device's history is none of now")
        #expect(street.take(Self.press("a word of tomorrow", who: Street.subject(["bo"]), at: 4), at: 4).revisions.count == 1)
    }
}

@Test("a command that comes back over a queue reaches what that queue was told of, and nothing else")
func queueCommands() throws {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    func command(_ queue: String, _ id: String, _ action: Command.Action) -> Command {
        Command(id: CommandID(id), actor: "theirs", role: .caregiver, via: .rabbitMQ, action: action, queue: QueueName(queue))
    }
    func obey(_ command: Command, at seconds: Int) -> CommandOutcome? {
        var out: [Decision] = []
        street.escalation.obey(command, at: Street.second(seconds), context: street.context, into: &out)
        return street.record(out).answer
    }
    #expect(obey(command("district", "a", .acknowledge(Street.id(1))), at: 1) == .refused(.unknownIncident), "it was not told yet")
    #expect(obey(command("upstream", "b", .acknowledge(Street.id(1))), at: 2) == .done(revision: 2))
    #expect(street.all.audits.last?.via == .rabbitMQ && street.all.audits.last?.actor == "theirs")
    #expect(obey(command("upstream", "c", .resolve(Street.id(1), .realEmergency, note: "")), at: 3) == .done(revision: 3))
    #expect(obey(command("district", "d", .reopen(Street.id(1), note: "")), at: 4) == .refused(.unknownIncident))
    #expect(obey(command("upstream", "e", .reopen(Street.id(1), note: "")), at: 5) == .done(revision: 4))
}
