import CareModel
import GatewayCore
import Testing

/// A drill from the hub through the whole core, under the shipped configuration.
@Suite struct DrillTests {
    private static let elder = ResidentID("wang-xiulan")

    private static func revisions(_ effects: [Effect]) -> [IncidentRevision] { effects.compactMap { if case .revise(let revision) = $0 { revision } else { nil } } }
    private static func queues(_ effects: [Effect]) -> [String] { effects.compactMap { if case .enqueue(let delivery) = $0 { delivery.key.queue.text } else { nil } } }
    private static func answer(_ effects: [Effect]) -> CommandOutcome? { effects.compactMap { if case .answer(_, let outcome) = $0 { outcome } else { nil } }.first }

    @Test("the rules in force make a fall of it, marked as a drill and as a test, for the station alone; nothing is learned of it")
    func whole() throws {
        var hub = SteppedCore(try GoldenCase.configuration()), quiet = SteppedCore(try GoldenCase.configuration())
        let begun = hub.command(.drill(Self.elder, .fall), role: .supervisor)
        _ = quiet.command(.drill(ResidentID("nobody"), .fall), role: .supervisor)
        let drill = try #require(Self.revisions(begun).first), text = String(decoding: drill.full, as: UTF8.self)
        #expect(Self.revisions(begun).count == 1 && drill.origin == .drill && drill.priority == .high && drill.category == .safety)
        for part in [#""kind":"safety.fall""#, "【演练】", "[DRILL]", #""quality":["test"]"#, #""rule":"fall""#, #""resident":"wang-xiulan""#] { #expect(text.contains(part), "\(part)") }
        #expect(Self.queues(begun) == ["station"])
        #expect(Self.answer(begun) == .carriedOut(Deed(at: WallTime(microseconds: 1_795_334_402_000_000), incidents: [drill.incident])))
        // What the rules and the profiles remember is what it was without the drill.
        let learned = hub.core.checkpoint().sections, untouched = quiet.core.checkpoint().sections
        #expect(learned.map(\.name) == untouched.map(\.name) && learned.map(\.bytes) == untouched.map(\.bytes))
    }

    @Test("the resident's real fall and call meanwhile are live incidents of their own, and help is announced to the device that called, never for the drill")
    func meanwhile() throws {
        var hub = SteppedCore(try GoldenCase.configuration())
        let drill = try #require(Self.revisions(hub.command(.drill(Self.elder, .fall), role: .supervisor)).first)
        let fall = hub.watch("fallDown", "FALL DOWN"), call = hub.watch("sos", "SOS")
        for told in [fall, call] {
            #expect(Self.revisions(told).map(\.origin) == [.live] && Self.revisions(told).allSatisfy { $0.incident != drill.incident } && Self.queues(told).count > 1)
        }
        #expect(Set((Self.revisions(fall) + Self.revisions(call)).map(\.incident)).count == 2)
        let taken = hub.command(.acknowledge(drill.incident), role: .caregiver)
        #expect(Self.revisions(taken).map(\.state) == [.acknowledged] && Self.queues(taken) == ["station"])
        #expect(!taken.contains { if case .downlink = $0 { true } else { false } })
    }

    @Test("a resident who calls with a button alone is drilled with it; one without any device is refused", arguments: [("li-deming", true), ("chen-fengying", true), ("nobody", false)])
    func devices(resident: String, isHeld: Bool) throws {
        var hub = SteppedCore(try GoldenCase.configuration())
        let begun = hub.command(.drill(ResidentID(resident), .fall), role: .supervisor)
        #expect(Self.revisions(begun).map(\.origin) == (isHeld ? [.drill] : []))
        if !isHeld { #expect(Self.answer(begun) == .refused(.unknownResident)) }
        let other = hub.command(.drill(Self.elder, .smoke), role: .supervisor)
        #expect(Self.answer(other) == .refused(.unknownDevice), "what is drilled is a fall")
    }
}

extension SteppedCore {
    fileprivate mutating func watch(_ topic: String, _ status: String) -> [Effect] {
        take(.message(Message(link: .safety, topic: "iMEDE_watch/" + topic, payload: Array(#"{"IMEI":"860000000000017","status":"\#(status)","location":{}}"#.utf8))))
    }
}
