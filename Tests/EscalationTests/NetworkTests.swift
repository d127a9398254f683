import CareModel
@testable import Escalation
import Testing

private typealias Map = KeyValuePairs<String, Any>

private typealias Entry = ConfigurationNode.Entry

private func entries(_ pairs: [(String, Any)]) -> [Entry] { pairs.map { Entry(key: $0.0, keyPlace: node("").place, value: node($0.1)) } }

private func mapping(_ base: [(String, Any)], _ more: [Entry], without: [String] = []) -> ConfigurationNode {
    let kept = entries(base).filter { entry in !without.contains(entry.key) && !more.contains { $0.key == entry.key } }
    return ConfigurationNode(.mapping(kept + more), at: node("").place)
}

private func post(_ more: [Entry] = [], without: [String] = []) -> ConfigurationNode {
    mapping([
        ("id", "east"), ("chain", "care"), ("level", "station"), ("name", ["zh-CN": "东站", "en": "East"] as Map), ("serves", ["East"]),
        ("queues", ["station"]), ("ring", ["way": "phone", "confirmed": "2026-11-02"] as Map),
    ], more, without: without)
}

private func network(_ posts: [ConfigurationNode] = [post()], rotas: [Any] = [], levels: [Any] = ["household", "station", "town"], ahead: Any = 12) -> (CareNetwork, [String]) {
    let place = node("").place
    func entry(_ key: String, _ value: ConfigurationNode) -> ConfigurationNode.Entry { .init(key: key, keyPlace: place, value: value) }
    var problems = Problems()
    let root = ConfigurationNode(.mapping([
        entry("queues", node([["name": "station"] as Map])), entry("chains", node([["name": "care", "levels": levels] as Map])),
        entry("posts", ConfigurationNode(.sequence(posts), at: place)), entry("rotas", node(rotas)), entry("nobody_seen_ahead_h", node(ahead)),
    ]), at: place)
    return (CareNetwork(root, &problems), problems.list.map(\.code))
}

private func shift(_ more: [Entry] = []) -> ConfigurationNode { mapping([("from", "08:00"), ("to", "20:00"), ("who", ["li"])], more) }

@Test("chains, posts and rotas are read; a post knows who stands above it and how it rings")
func readsNetwork() throws {
    let (care, codes) = network(
        [post(entries([("above", "town"), ("rota", "r"), ("take_s", 30), ("on_call_take_s", 90)])), post(entries([("id", "town"), ("level", "town"), ("duty", "on_call")]), without: ["serves", "ring"])],
        rotas: [["name": "r", "shifts": [shift(), shift(entries([("from", "20:00"), ("to", "08:00"), ("on_call", "true"), ("days", ["fri", "mon"])]))], "absences": [["who": "li", "from": "2026-12-24", "to": "2026-12-26"] as Map]] as Map],
        ahead: 24)
    #expect(codes == [])
    let east = try #require(care.posts.first), town = try #require(care.posts.last)
    #expect(east.isReachable && east.above == "town" && east.takeSeconds == 30 && east.onCallTakeSeconds == 90 && east.queues == [QueueName("station")])
    #expect(!town.isReachable && town.isOnCall && town.duty(at: WallTime(microseconds: 0), zone: .utc, rotas: []) == .nobody)
    #expect(care.rotas.first?.shifts.map(\.days) == [[0, 1, 2, 3, 4, 5, 6], [0, 4]] && care.rotas.first?.shifts.last?.toMinute == 32 * 60)
    #expect(care.rotas.first?.absences.first?.days.count == 3 && care.seenAheadSeconds == 86_400)
    #expect(care.posts(for: "East").map(\.id) == ["east", "town"] && care.posts(for: "West").map(\.id) == [])
}

@Test("each fault of a post has its code", arguments: [
    (entries([("chain", "c")]), ["network.unknown_reference"]), (entries([("level", "l")]), ["network.unknown_reference"]), (entries([("rota", "r")]), ["network.unknown_reference"]),
    (entries([("above", "x")]), ["network.unknown_reference"]), (entries([("above", "east")]), ["network.chain_order"]), (entries([("queues", ["q"])]), ["response.unknown_queue"]),
    (entries([("take_s", 9)]), ["config.out_of_range"]), (entries([("take_s", 10)]), []), (entries([("take_s", 86_401)]), ["config.out_of_range"]),
    (entries([("ring", ["way": "shout"] as Map)]), ["config.unknown_choice"]), (entries([("duty", "asleep")]), ["config.unknown_choice"]), (entries([("colour", "red")]), ["config.unknown_key"]),
] as [([ConfigurationNode.Entry], [String])])
func postFaults(_ more: [ConfigurationNode.Entry], _ expected: [String]) { #expect(network([post(more)]).1 == expected) }

@Test("each fault of a rota has its code", arguments: [
    (entries([("from", "25:00")]), ["network.time"]), (entries([("to", "8")]), ["network.time"]), (entries([("to", "24:00")]), []), (entries([("who", [] as [Any])]), ["network.rota_empty"]),
    (entries([("days", ["someday"])]), ["config.unknown_choice"]), (entries([("who", Array(repeating: "x", count: EscalationLimits.peoplePerShiftMax + 1))]), ["config.too_many"]),
] as [([ConfigurationNode.Entry], [String])])
func rotaFaults(_ more: [ConfigurationNode.Entry], _ expected: [String]) {
    #expect(network(rotas: [["name": "r", "shifts": [shift(more)]] as Map]).1 == expected)
}

@Test("an absence ends after it begins and is of somebody of the rota", arguments: [
    ("li", "2026-12-24", "2026-12-24", []), ("li", "2026-12-24", "2026-12-23", ["network.time"]), ("li", "2026-02-30", "2026-12-23", ["network.time"]),
    ("wu", "2026-12-24", "2026-12-24", ["network.unknown_reference"]),
] as [(String, String, String, [String])])
func absences(_ who: String, _ from: String, _ to: String, _ expected: [String]) {
    let rota: Any = ["name": "r", "shifts": [shift()], "absences": [["who": who, "from": from, "to": to] as Map]] as Map
    #expect(network(rotas: [rota]).1 == expected)
}

@Test("a network's limits, at the limit and one past it")
func networkLimits() {
    func posts(_ n: Int) -> [ConfigurationNode] { (0..<n).map { post(entries([("id", "p\($0)")])) } }
    #expect(network(posts(EscalationLimits.postsMax)).1 == [] && network(posts(EscalationLimits.postsMax + 1)).1 == ["config.too_many"])
    func levels(_ n: Int) -> [Any] { ["station"] + (1..<n).map { "l\($0)" } }
    #expect(network(levels: levels(EscalationLimits.levelsMax)).1 == [] && network(levels: levels(EscalationLimits.levelsMax + 1)).1 == ["network.chain_order"])
    #expect(network(levels: ["station", "station"]).1 == ["network.chain_order"])
    func rotas(_ n: Int) -> [Any] { (0..<n).map { ["name": "r\($0)", "shifts": [shift()]] as Map } }
    #expect(network(rotas: rotas(EscalationLimits.rotasMax)).1 == [] && network(rotas: rotas(EscalationLimits.rotasMax + 1)).1 == ["config.too_many"])
    func shifts(_ n: Int) -> [Any] { [["name": "r", "shifts": Array(repeating: shift(), count: n)] as Map] }
    #expect(network(rotas: shifts(EscalationLimits.shiftsMax)).1 == [] && network(rotas: shifts(EscalationLimits.shiftsMax + 1)).1 == ["config.too_many"])
    #expect(network(rotas: [["name": "r"] as Map]).1 == ["network.rota_empty"])
    #expect(network(ahead: EscalationLimits.seenAheadHoursMax).1 == [] && network(ahead: EscalationLimits.seenAheadHoursMax + 1).1 == ["config.out_of_range"])
    #expect(network([post(), post()]).1 == ["config.duplicate_id"])
}

/// The codes of the check of a plan in the district; each response and tier stands at a line of its own.
private func check(_ responses: [ResponsePlan.Response], network: CareNetwork = District.network()) -> [String] {
    var line = 0
    let placed = responses.map { response in
        var response = response
        line += 1
        response.place = Place(file: "response.yaml", line: line, column: 1)
        response.tiers = response.tiers.map { tier in
            var tier = tier
            line += 1
            tier.place = Place(file: "response.yaml", line: line, column: 1)
            return tier
        }
        return response
    }
    var problems = Problems()
    ResponsePlan(responses: placed, drillQueues: [], network: network).check(District.household(), &problems)
    return problems.list.map { "\($0.place.line) \($0.code)" }
}

@Test("a plan that reaches no person, has steps that never come, or only pages, is an error with its line")
func planReach() {
    #expect(check(District.responses) == [])
    typealias Tier = ResponsePlan.Tier
    func plan(_ tiers: [Tier], _ priorities: [Priority] = []) -> [ResponsePlan.Response] { [.init(name: "a", priorities: priorities, tiers: tiers)] }
    let upstream = QueueName("upstream"), station = Tier(afterSeconds: 0, queues: [], posts: ["care.station"])
    #expect(check(plan([Tier(afterSeconds: 0, queues: [upstream])])) == ["1 response.no_person"])
    #expect(check(plan([Tier(afterSeconds: 0, queues: [], posts: ["medical.clinic"])])) == ["1 response.no_person"], "the clinic serves one station of two")
    #expect(check(plan([station]), network: District.network(stationConfirmed: nil)) == ["1 response.no_person"])
    #expect(check(plan([Tier(afterSeconds: 0, queues: [], posts: ["care.household"])])) == ["1 response.no_person", "1 response.no_person"], "family alone may not be there")
    #expect(check(plan([station, Tier(afterSeconds: 60, queues: [], posts: ["care.town"])], [.low]) + []) == ["3 response.unreachable_step"])
    #expect(check(plan([station, Tier(afterSeconds: 60, queues: [], posts: ["care.station"])])) == ["3 response.unreachable_step"])
    #expect(check([.init(name: "a", priorities: [.high, .low], tiers: [station]), .init(name: "b", priorities: [.low], tiers: [station]), .init(name: "c", tiers: [station])]) == ["3 response.unreachable"])
    var page = District.network()
    page.posts = page.posts.map { var post = $0; post.ring = .page; return post }
    #expect(check(plan([station]), network: page) == ["1 response.only_page", "1 response.only_page"])
    let queues = CareNetwork(queues: [QueueSpec(name: upstream, isMasked: true, reach: .page)])
    #expect(check(plan([Tier(afterSeconds: 0, queues: [upstream])]), network: queues) == ["1 response.only_page"])
    let system = CareNetwork(queues: [QueueSpec(name: upstream, isMasked: true, reach: .nobody)])
    #expect(check(plan([Tier(afterSeconds: 0, queues: [upstream])]), network: system) == ["1 response.no_person"])
    let unsaid = CareNetwork(queues: [QueueSpec(name: upstream, isMasked: true)])
    #expect(check(plan([Tier(afterSeconds: 0, queues: [upstream])]), network: unsaid) == [], "without posts, what a queue's receiver does is its own matter")
    let high = CareNetwork(queues: [QueueSpec(name: QueueName("q"), isMasked: true), QueueSpec(name: upstream, isMasked: true, minimum: .high)])
    #expect(check(plan([Tier(afterSeconds: 0, queues: [QueueName("q")]), Tier(afterSeconds: 5, queues: [upstream])], [.medium]), network: high) == ["3 response.unreachable_step"])
}

@Test("a tier may name only posts of the network; where there are none, its queues are told alone")
func unknownPosts() {
    func read(_ posts: [Any], _ queues: [Any], _ network: CareNetwork) -> [String] {
        var problems = Problems()
        _ = ResponsePlan(response: node(["responses": [["name": "a", "tiers": [["after_s": 0, "queues": queues, "posts": posts] as Map]] as Map]] as Map), network: network, &problems)
        return problems.list.map(\.code)
    }
    let district = District.network(), bare = CareNetwork(queues: Street.queues)
    #expect(read(["care.station", "east"], [], district) == [] && read(["care.moon"], ["station"], district) == ["response.unknown_post"])
    #expect(read(["care.station"], ["station"], bare) == [] && read(["care.station"], [], bare) == ["response.empty_tier"])
}

@Test("only what can wait may be held until the morning", arguments: [
    ([], [], ["response.hold"]), (["high"], ["technical"], ["response.hold"]), (["medium"], [], ["response.hold"]), (["medium", "low"], ["technical"], []), (["low"], [], []),
] as [([String], [String], [String])])
func hold(_ priorities: [String], _ categories: [String], _ expected: [String]) {
    let held = ["name": "a", "priorities": priorities, "categories": categories, "between": "22:00-06:00", "hold_until": "06:00", "tiers": [["after_s": 0, "queues": ["station"]] as Map]] as Map
    let rest = ["name": "b", "tiers": [["after_s": 0, "queues": ["station"], "order": "in_turn", "propose_120": "true"] as Map]] as Map
    var problems = Problems()
    let read = ResponsePlan(response: node(["responses": [held, rest]] as Map), queues: Street.queues, &problems)
    #expect(problems.list.map(\.code) == expected)
    #expect(read.responses.first?.between == DayWindow(fromMinute: 1_320, toMinute: 360) && read.responses.first?.holdMinute == 360)
    #expect(read.responses.last?.tiers.first?.isInTurn == true && read.responses.last?.tiers.first?.proposesAmbulance == true)
}
