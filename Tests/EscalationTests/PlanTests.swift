import CareModel
@testable import Escalation
import Testing

/// A configuration node from Swift literals, all at one place.
func node(_ value: Any) -> ConfigurationNode {
    let place = Place(file: "response.yaml", line: 1, column: 1)
    switch value {
    case let node as ConfigurationNode: return node
    case let list as [Any]: return ConfigurationNode(.sequence(list.map(node)), at: place)
    case let map as KeyValuePairs<String, Any>:
        return ConfigurationNode(.mapping(map.map { .init(key: $0.key, keyPlace: place, value: node($0.value)) }), at: place)
    default: return ConfigurationNode(.scalar("\(value)", isQuoted: false), at: place)
    }
}

private func tier(_ after: Int, _ queues: [Any]) -> Any { ["after_s": after, "queues": queues] as KeyValuePairs<String, Any> }
private func plan(_ responses: [Any]) -> ConfigurationNode { node(["responses": responses] as KeyValuePairs<String, Any>) }
private func response(_ name: String, _ tiers: [Any], _ priorities: [Any] = []) -> Any {
    ["name": name, "priorities": priorities, "tiers": tiers] as KeyValuePairs<String, Any>
}

private func codes(_ root: ConfigurationNode) -> [String] {
    var problems = Problems()
    _ = ResponsePlan(response: root, queues: Street.queues, &problems)
    return problems.list.map(\.code)
}

@Test("a plan is read with its tiers, and the first response that matches counts")
func readsPlan() throws {
    let root = node([
        "drill_queues": ["station"],
        "responses": [
            ["name": "fire", "kinds": ["safety.smoke", "safety.g*"], "tiers": [tier(0, ["upstream", "station"]), tier(45, ["town"])]] as KeyValuePairs<String, Any>,
            response("rest", [tier(0, ["station"])]),
        ],
    ] as KeyValuePairs<String, Any>)
    var problems = Problems()
    let plan = ResponsePlan(response: root, queues: Street.queues, &problems)
    #expect(problems.list == [])
    let tiers = plan.tiers(kind: "safety.gas", priority: .high, category: .safety)
    #expect(tiers.map(\.afterSeconds) == [0, 45])
    #expect(tiers[0].queues.map(\.text) == ["station", "upstream"])
    #expect(plan.tiers(kind: "safety.fall", priority: .high, category: .safety).map(\.afterSeconds) == [0])
    #expect(plan.drillQueues == [QueueName("station")])
}

@Test("each fault of a plan has its code", arguments: [
    (plan([response("a", [tier(0, ["nowhere"])])]), ["response.unknown_queue", "response.empty_tier"]),
    (plan([response("a", [tier(0, [])])]), ["response.empty_tier"]),
    (plan([response("a", [])]), ["response.empty"]),
    (plan([]), ["response.empty"]),
    (plan([response("a", [tier(5, ["station"])])]), ["response.tier_order"]),
    (plan([response("a", [tier(0, ["station"]), tier(0, ["town"])])]), ["response.tier_order"]),
    (plan([response("a", [tier(0, ["station"]), tier(86_401, ["town"])])]), ["config.out_of_range"]),
    (plan([response("a", [tier(0, ["station"])], ["high"])]), ["response.not_total"]),
    (plan([response("a", [tier(0, ["station"])], ["urgent"])]), ["config.unknown_choice"]),
    (plan([response("a", [tier(0, ["sounder"])])]), ["response.nobody_told", "response.nobody_told"]),
    (plan([response("a", [tier(0, ["station"])]), response("b", [tier(0, ["station"])])]), ["response.unreachable"]),
    (plan([response("a", [tier(0, ["station"])], ["high"]), response("a", [tier(0, ["station"])])]), ["config.duplicate_id"]),
    (plan([response("a", (0...EscalationLimits.tiersMax).map { tier($0, ["station"]) })]), ["config.too_many"]),
    (plan([["name": "a", "tier": [] as [Any], "tiers": [tier(0, ["station"])]] as KeyValuePairs<String, Any>]), ["config.unknown_key"]),
])
func faults(_ root: ConfigurationNode, _ expected: [String]) {
    #expect(codes(root) == expected)
}

@Test("a follow-up is read, and each fault has its code", arguments: [
    ((180, 300, 1_800), []), ((10, 11, 10), []), ((9, 300, 1_800), ["config.out_of_range"]), ((180, 180, 1_800), ["response.follow_up_order"]),
    ((180, 86_401, 1_800), ["config.out_of_range"]), ((180, 300, 86_400), []), ((180, 300, nil), ["config.missing_key"]),
] as [((Int, Int, Int?), [String])])
func followUp(_ times: (Int, Int, Int?), _ expected: [String]) {
    var entries: [(String, Any)] = [("call_s", times.0), ("share_s", times.1)]
    if let contact = times.2 { entries.append(("contact_s", contact)) }
    let place = node("").place
    let follow = ConfigurationNode(.mapping(entries.map { .init(key: $0.0, keyPlace: place, value: node($0.1)) }), at: place)
    let one = ConfigurationNode(.mapping([
        .init(key: "name", keyPlace: place, value: node("a")), .init(key: "tiers", keyPlace: place, value: node([tier(0, ["station"])])),
        .init(key: "follow_up", keyPlace: place, value: follow),
    ]), at: place)
    let root = ConfigurationNode(.mapping([.init(key: "responses", keyPlace: place, value: ConfigurationNode(.sequence([one]), at: place))]), at: place)
    var problems = Problems()
    let plan = ResponsePlan(response: root, queues: Street.queues, &problems)
    #expect(problems.list.map(\.code) == expected)
    guard expected.isEmpty, let contact = times.2 else { return }
    #expect(plan.followUp(kind: "safety.sos", priority: .high, category: .safety) == FollowUp(callSeconds: times.0, shareSeconds: times.1, contactSeconds: contact))
}

@Test("exactly the limit of tiers is no fault")
func tierLimit() {
    #expect(codes(plan([response("a", (0..<EscalationLimits.tiersMax).map { tier($0, ["station"]) })])) == [])
}

@Test("a care network is read, and each fault has its code")
func network() {
    func queue(_ name: String, _ more: KeyValuePairs<String, Any> = [:]) -> ConfigurationNode {
        var entries = [ConfigurationNode.Entry(key: "name", keyPlace: node("").place, value: node(name))]
        for (key, value) in more { entries.append(.init(key: key, keyPlace: node("").place, value: node(value))) }
        return ConfigurationNode(.mapping(entries), at: node("").place)
    }
    func read(_ queues: [ConfigurationNode]) -> (CareNetwork, [String]) {
        var problems = Problems()
        let list = ConfigurationNode(.sequence(queues), at: node("").place)
        let root = ConfigurationNode(.mapping([.init(key: "queues", keyPlace: list.place, value: list)]), at: list.place)
        let network = CareNetwork(root, &problems)
        return (network, problems.list.map(\.code))
    }
    let (network, none) = read([queue("town"), queue("station", ["channel": "mqtt", "masked": "false", "min_priority": "high", "read_by": "people"])])
    #expect(none == [])
    #expect(network.queues.map { queue in var queue = queue; queue.place = nil; return queue } == [
        QueueSpec(name: QueueName("station"), isMasked: false, minimum: .high, isReadByPeople: true, channel: "mqtt"), QueueSpec(name: QueueName("town"), isMasked: true),
    ])
    #expect(read([]).1 == ["network.no_queue"])
    #expect(read([queue("a"), queue("a")]).1 == ["config.duplicate_id"])
    #expect(read([queue("Station 1")]).1 == ["network.queue_name"])
    #expect(read([queue(String(repeating: "a", count: EscalationLimits.queueNameBytesMax))]).1 == [])
    #expect(read([queue(String(repeating: "a", count: EscalationLimits.queueNameBytesMax + 1))]).1 == ["network.queue_name"])
    #expect(read((0..<EscalationLimits.queuesMax).map { queue("q\($0)") }).1 == [])
    #expect(read((0...EscalationLimits.queuesMax).map { queue("q\($0)") }).1 == ["config.too_many"])
    #expect(read([queue("a", ["masked": "perhaps"]), queue("b", ["minimum": "low"])]).1 == ["config.wrong_type", "config.unknown_key"])
}

@Test("a queue keeps its channel and settings for the stage that knows the ways")
func networkSettings() throws {
    var problems = Problems()
    let upstream = ["name": "upstream", "channel": "kafka", "settings": ["topic": "a/b"] as KeyValuePairs<String, Any>] as KeyValuePairs<String, Any>
    let network = CareNetwork(node(["queues": [upstream]] as KeyValuePairs<String, Any>), &problems)
    #expect(problems.list == [])
    let queue = try #require(network.queues.first)
    #expect(queue.channel == "kafka" && queue.isMasked && queue.minimum == .information)
    #expect(queue.settings?["topic"]?.content == .scalar("a/b", isQuoted: false))
}

@Test("a network without a file has an unmasked station, one without queues or names is a problem")
func networkLeast() {
    func read(_ root: ConfigurationNode?) -> ([QueueSpec], [String]) {
        var problems = Problems()
        let network = CareNetwork(root, &problems)
        return (network.queues, problems.list.map(\.code))
    }
    let (queues, none) = read(nil)
    #expect(none == [] && queues == [QueueSpec(name: QueueName("station"), isMasked: false)])
    #expect(read(node([:] as KeyValuePairs<String, Any>)).1 == ["network.no_queue"])
    let nameless = read(node(["queues": [["masked": "true"] as KeyValuePairs<String, Any>, ["name": "a"] as KeyValuePairs<String, Any>]] as KeyValuePairs<String, Any>))
    #expect(nameless.0.map(\.name.text) == ["a"] && nameless.1 == ["config.missing_key"])
}

@Test("a tier may name only the queues of the care network")
func networkAndPlan() {
    var problems = Problems()
    let network = CareNetwork(node(["queues": [["name": "station"] as KeyValuePairs<String, Any>]] as KeyValuePairs<String, Any>), &problems)
    let read = ResponsePlan(response: plan([response("a", [tier(0, ["station", "town"])])]), queues: network.queues, &problems)
    #expect(problems.list.map(\.code) == ["response.unknown_queue"])
    #expect(read.responses.first?.tiers.first?.queues == [QueueName("station")])
}

@Test("without a plan everybody is told at once")
func noPlan() {
    var problems = Problems()
    let plan = ResponsePlan(response: nil, queues: Street.queues, &problems)
    #expect(problems.isEmpty)
    #expect(plan.tiers(kind: "safety.sos", priority: .high, category: .safety).map { $0.queues.count } == [5])
}
