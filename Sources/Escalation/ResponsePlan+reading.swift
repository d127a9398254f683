import CareModel

extension ResponsePlan {
    /// Reads and checks response.yaml against the queues of the care network.
    ///
    /// - Parameters:
    ///   - response: the file's root; nil where there is none: every queue is told at once and nothing escalates.
    ///   - queues: those that a tier may name.
    ///   - problems: gets every fault at once.
    public init(response: ConfigurationNode?, queues: [QueueSpec], _ problems: inout Problems) {
        self.init(response: response, network: CareNetwork(queues: queues), &problems)
    }

    /// Reads and checks response.yaml against the queues and posts of the care network.
    public init(response: ConfigurationNode?, network: CareNetwork, _ problems: inout Problems) {
        let queues = network.queues, names = queues.map(\.name)
        guard let response else {
            let all = Response(name: "default", tiers: [Tier(afterSeconds: 0, queues: names)])
            self.init(responses: [all], drillQueues: Array(names.sorted().prefix(1)), network: network)
            return
        }
        var reader = MappingReader(response, "the response plan", &problems)
        var found: [Response] = []
        let entries = reader.list("responses", &problems)
        for entry in entries.prefix(EscalationLimits.responsesMax) {
            guard let one = Response(entry, network, &problems) else { continue }
            if found.contains(where: { $0.name == one.name }) {
                problems.add("config.duplicate_id", at: entry.place, "the response \"\(one.name)\" stands twice")
            }
            if let before = found.first(where: \.matchesEverything) {
                problems.add("response.unreachable", at: entry.place, "\"\(one.name)\" is never used: \"\(before.name)\" before it matches everything")
            }
            found.append(one)
        }
        let duties = reader.optional("duties").map { Duties($0, &problems) } ?? Duties()
        let drills = ResponsePlan.queueNames(reader.list("drill_queues", &problems), known: names, &problems)
        reader.finish(&problems)
        if let last = found.last, !last.matchesEverything {
            problems.add("response.not_total", at: response.place, "the last response must match everything: leave out its kinds, priorities and categories")
        }
        if entries.isEmpty {
            problems.add("response.empty", at: response.place, "at least one response is needed, else nobody is told")
        }
        if entries.count > EscalationLimits.responsesMax {
            problems.add("config.too_many", at: entries[EscalationLimits.responsesMax].place, "at most \(EscalationLimits.responsesMax) responses")
        }
        let first = found.first?.tiers.first?.queues ?? names.sorted()
        self.init(responses: found, drillQueues: drills.isEmpty ? Array(first.prefix(1)) : drills, network: network)
        self.duties = duties
    }

    static func queueNames(_ nodes: [ConfigurationNode], known: [QueueName], _ problems: inout Problems) -> [QueueName] {
        var names: [QueueName] = []
        for node in nodes {
            guard let text = node.string("queues", &problems) else { continue }
            let name = QueueName(text)
            if !known.contains(name) {
                problems.add("response.unknown_queue", at: node.place, "there is no queue \"\(text)\"; known: \(known.map(\.text).sorted().joined(separator: ", "))")
            } else if !names.contains(name) {
                names.append(name)
            }
        }
        return names
    }
}

extension ResponsePlan.Response {
    var matchesEverything: Bool { kinds.isEmpty && priorities.isEmpty && categories.isEmpty && between == nil }

    /// Nil when it has no name or no tier.
    init?(_ node: ConfigurationNode, _ network: CareNetwork, _ problems: inout Problems) {
        let queues = network.queues
        var reader = MappingReader(node, "a response", &problems)
        let name = reader.string("name", &problems)
        let kinds = reader.strings("kinds", &problems)
        let priorities = Self.words(reader.list("priorities", &problems), "priority", Priority.allCases.map { ($0.name, $0) }, &problems)
        let categories = Self.words(reader.list("categories", &problems), "category", Category.allCases.map { ($0.name, $0) }, &problems)
        let between = reader.optional("between").flatMap { DayWindow($0, "between", &problems) }
        let holdNode = reader.optional("hold_until"), hold = holdNode.flatMap { DayWindow.minute($0, "hold_until", &problems) }.map { $0 % 1_440 }
        let nodes = reader.list("tiers", &problems)
        let followUp = reader.optional("follow_up").flatMap { FollowUp($0, &problems) }
        reader.finish(&problems)
        var tiers: [ResponsePlan.Tier] = []
        for node in nodes.prefix(EscalationLimits.tiersMax) {
            guard let tier = ResponsePlan.Tier(node, network, after: tiers.last?.afterSeconds, &problems) else { continue }
            tiers.append(tier)
        }
        if nodes.isEmpty {
            problems.add("response.empty", at: node.place, "a response needs at least one tier")
        }
        if nodes.count > EscalationLimits.tiersMax {
            problems.add("config.too_many", at: nodes[EscalationLimits.tiersMax].place, "at most \(EscalationLimits.tiersMax) tiers")
        }
        guard let name, let first = tiers.first else { return nil }
        if let holdNode, priorities.isEmpty || priorities.contains(.high) || (categories.isEmpty ? Category.allCases : categories).contains(.safety) && priorities.contains(.medium) {
            problems.add("response.hold", at: holdNode.place, "\"hold_until\" is for what can wait until the morning: list the priorities without high, and without medium unless only categories other than safety are listed")
        }
        for priority in priorities.isEmpty ? Priority.allCases : priorities where !first.queues.isEmpty && first.posts.isEmpty {
            guard !queues.contains(where: { first.queues.contains($0.name) && $0.minimum <= priority }) else { continue }
            problems.add("response.nobody_told", at: node.place, "every queue of the first tier leaves out \(priority.name) priority: nobody would be told")
        }
        self.init(
            name: name, kinds: kinds, priorities: priorities, categories: categories, between: between, holdMinute: hold, tiers: tiers,
            followUp: followUp, place: node.place)
    }

    private static func words<T>(_ nodes: [ConfigurationNode], _ what: String, _ choices: [(String, T)], _ problems: inout Problems) -> [T] {
        var found: [T] = []
        for node in nodes {
            guard let text = node.string(what, &problems) else { continue }
            if let choice = choices.first(where: { $0.0 == text }) {
                found.append(choice.1)
            } else {
                problems.add("config.unknown_choice", at: node.place, "\"\(text)\" is no \(what); known: \(choices.map(\.0).joined(separator: ", "))")
            }
        }
        return found
    }
}

extension ResponsePlan.Tier {
    /// - Parameter before: seconds of the tier before; nil for the first.
    init?(_ node: ConfigurationNode, _ network: CareNetwork, after before: Int?, _ problems: inout Problems) {
        var reader = MappingReader(node, "a tier", &problems)
        let after = reader.int("after_s", in: 0...EscalationLimits.tierSecondsMax, &problems)
        let queues = ResponsePlan.queueNames(reader.list("queues", &problems), known: network.queues.map(\.name), &problems)
        var posts: [String] = []
        for item in reader.list("posts", &problems) {
            guard let text = item.string("posts", &problems) else { continue }
            // A network of queues alone has no posts to look them up in: its tiers tell their queues.
            if !network.posts.isEmpty, !network.knows(text) {
                problems.add("response.unknown_post", at: item.place, "there is no post \"\(text)\"; write chain.level, or a post's id: \(network.posts.prefix(20).map(\.id).joined(separator: ", "))")
            } else if !posts.contains(text) {
                posts.append(text)
            }
        }
        let isInTurn = reader.choice("order", ["parallel", "in_turn"], default: "parallel", &problems) == "in_turn"
        let proposes = reader.bool("propose_120", default: false, &problems)
        reader.finish(&problems)
        if queues.isEmpty, posts.isEmpty || network.posts.isEmpty {
            problems.add("response.empty_tier", at: node.place, "a tier needs at least one queue or post, else it tells nobody")
        }
        guard let after else { return nil }
        if let before, after <= before {
            problems.add("response.tier_order", at: node.place, "after_s is \(after); it must be over the \(before) of the tier before")
        } else if before == nil, after != 0 {
            problems.add("response.tier_order", at: node.place, "the first tier is told at once: its after_s must be 0")
        }
        self.init(afterSeconds: after, queues: queues, posts: posts, isInTurn: isInTurn, proposesAmbulance: proposes, place: node.place)
    }
}
