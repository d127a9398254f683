import CareModel
import Testing

@testable import Escalation

/// What people read of the plan's hours must be what the plan does.
@Suite("The plan's hours") struct HoursTests {
    private static func response(_ name: String, kinds: [String] = [], _ priorities: [Priority] = [], _ categories: [Category] = [], between: DayWindow? = nil) -> ResponsePlan.Response {
        ResponsePlan.Response(
            name: name, kinds: kinds, priorities: priorities, categories: categories, between: between, holdMinute: between?.toMinute,
            tiers: [ResponsePlan.Tier(afterSeconds: 0, queues: [QueueName("station")])])
    }

    private static let night = DayWindow(fromMinute: 1_320, toMinute: 360)

    private static func told(_ responses: [ResponsePlan.Response]) -> [String] {
        ResponsePlan(responses: responses, drillQueues: [QueueName("station")], queues: []).variations.map { variation in
            variation.response.name + ": " + variation.takes.map { share in
                share.categories.map(\.name).joined(separator: "+") + " " + share.priorities.map(\.name).joined(separator: "+")
            }.joined(separator: "; ")
        }
    }

    @Test("each category and priority stands at the response that takes it first; what is always taken before is not told")
    func first() {
        let night = Self.night
        let shipped = [
            Self.response("urgent", [.high]), Self.response("power", kinds: ["device.power_lost"]),
            Self.response("night-technical", [.medium, .low, .information], [.technical], between: night),
            Self.response("night", [.low, .information], between: night), Self.response("rest"),
        ]
        #expect(Self.told(shipped) == ["night-technical: technical medium+low+information", "night: safety+medical+behaviour+duty low+information"])
        #expect(Self.told([Self.response("rest")] + shipped) == [])
        // A part of a night whose other part is taken before.
        let early = DayWindow(fromMinute: 1_320, toMinute: 1_410)
        #expect(Self.told([Self.response("early", [.low], between: early), Self.response("night", [.low], between: night), Self.response("rest")])
            == ["early: safety+medical+behaviour+technical+duty low", "night: safety+medical+behaviour+technical+duty low"])
        #expect(Self.told([Self.response("night", [.low], between: night), Self.response("early", [.low], between: early), Self.response("rest")])
            == ["night: safety+medical+behaviour+technical+duty low"])
        // By kind: a pattern stands for all below it.
        #expect(Self.told([Self.response("doors", kinds: ["behaviour.*"], [.low], [.behaviour], between: night), Self.response("rest")]) == ["doors: behaviour low"])
        #expect(Self.told([Self.response("all", kinds: ["behaviour.*"]), Self.response("doors", kinds: ["behaviour.door"], [.low], [.behaviour], between: night), Self.response("rest")]) == [])
    }

    @Test("at every minute, for every priority and category, what is told is what answers an incident of then")
    func agrees() {
        let responses = [
            Self.response("a", [.low], [.technical], between: DayWindow(fromMinute: 1_400, toMinute: 20)), Self.response("b", [.low, .medium], between: DayWindow(fromMinute: 1_380, toMinute: 60)),
            Self.response("c", [.medium], [.duty], between: DayWindow(fromMinute: 30, toMinute: 90)), Self.response("rest"),
        ]
        let plan = ResponsePlan(responses: responses, drillQueues: [QueueName("station")], queues: [])
        var answered: Set<String> = []
        for minute in 0..<1_440 {
            for priority in Priority.allCases {
                for category in Category.allCases {
                    let concern = Concern(
                        kind: "x", priority: priority, category: category, home: nil, residents: [], openedAt: WallTime(microseconds: Int64(minute) * 60_000_000), zone: .utc)
                    guard let response = plan.response(to: concern), response.between != nil else { continue }
                    answered.insert("\(response.name) \(category.name) \(priority.name)")
                }
            }
        }
        let told = plan.variations.flatMap { variation in
            variation.takes.flatMap { share in share.categories.flatMap { category in share.priorities.map { "\(variation.response.name) \(category.name) \($0.name)" } } }
        }
        #expect(Set(told) == answered && told.count == answered.count && answered.contains("c duty medium"))
    }
}
