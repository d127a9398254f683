import CareModel

/// Who is told of which incident, and who next when nobody takes it: config/response.yaml.
public struct ResponsePlan: Sendable, Hashable {
    /// Those told together, `afterSeconds` since opening.
    public struct Tier: Sendable, Hashable {
        /// 0 for the first one; rises from tier to tier.
        public var afterSeconds: Int
        /// Sorted; told as the tier begins.
        public var queues: [QueueName]
        /// `chain.level` or the id of a post, in the order in which they are asked.
        public var posts: [String]
        /// Each post only when the one before has not answered within its time, instead of all together.
        public var isInTurn: Bool
        /// Whoever is told is also told what to say to 120, and how the house is found. The hub never calls it.
        public var proposesAmbulance: Bool
        public var place: Place?

        public init(
            afterSeconds: Int, queues: [QueueName], posts: [String] = [], isInTurn: Bool = false, proposesAmbulance: Bool = false, place: Place? = nil
        ) {
            (self.afterSeconds, self.queues, self.posts) = (afterSeconds, queues.sorted(), posts)
            (self.isInTurn, self.proposesAmbulance, self.place) = (isInTurn, proposesAmbulance, place)
        }
    }

    /// The tiers for those incidents that it matches; the first match in the file counts.
    public struct Response: Sendable, Hashable {
        public var name: String
        /// Dotted kinds, `*` at the end for all below; empty = every kind.
        public var kinds: [String]
        /// Empty = every one.
        public var priorities: [Priority]
        public var categories: [Category]
        /// The time of day, at the home, at which the incident opened; nil = any.
        public var between: DayWindow?
        /// The minute of the day until which nobody is told: the morning list. Nil = told at once.
        public var holdMinute: Int?
        public var tiers: [Tier]
        /// What must follow the taking; nil when nothing is asked.
        public var followUp: FollowUp?
        public var place: Place?

        public init(
            name: String, kinds: [String] = [], priorities: [Priority] = [], categories: [Category] = [], between: DayWindow? = nil,
            holdMinute: Int? = nil, tiers: [Tier], followUp: FollowUp? = nil, place: Place? = nil
        ) {
            (self.name, self.kinds, self.priorities, self.between, self.holdMinute) = (name, kinds, priorities, between, holdMinute)
            (self.categories, self.tiers, self.followUp, self.place) = (categories, tiers, followUp, place)
        }

        public func matches(_ concern: Concern) -> Bool {
            matches(kind: concern.kind, priority: concern.priority, category: concern.category)
                && (between?.contains(minute: concern.minuteOfDay) ?? true)
        }

        public func matches(kind: String, priority: Priority, category: Category) -> Bool {
            (priorities.isEmpty || priorities.contains(priority)) && (categories.isEmpty || categories.contains(category))
                && (kinds.isEmpty || kinds.contains { ResponsePlan.covers($0, kind) })
        }
    }

    public var responses: [Response]
    /// The queues that alone receive a drill: the station's, sorted.
    public var drillQueues: [QueueName]
    /// Work that comes round by itself.
    public var duties = Duties()
    /// Chains, posts and rotas, whose names stand in the tiers.
    public let network: CareNetwork
    private var queues: [QueueName: QueueSpec]
    /// Looked up for each telling, so worked out once; stations that no post names are under the empty name.
    private let postsByReference: [String: [String: [Post]]]
    private let servedStations: Set<String>
    /// The posts that the tiers name, family aside, in the network's order.
    let namedPosts: [Post]

    public init(responses: [Response], drillQueues: [QueueName], queues: [QueueSpec]) {
        self.init(responses: responses, drillQueues: drillQueues, network: CareNetwork(queues: queues))
    }

    public init(responses: [Response], drillQueues: [QueueName], network: CareNetwork) {
        (self.responses, self.drillQueues, self.network) = (responses, drillQueues.sorted(), network)
        queues = Dictionary(network.queues.map { ($0.name, $0) }) { first, _ in first }
        var known: [String: [String: [Post]]] = [:]
        let references = Set(responses.flatMap(\.tiers).flatMap(\.posts)), stations = Set(network.posts.flatMap(\.serves))
        for reference in references {
            known[reference] = Dictionary(uniqueKeysWithValues: (stations.union([""])).map { ($0, network.posts(named: reference, for: $0)) })
        }
        (postsByReference, servedStations) = (known, stations)
        namedPosts = network.posts.filter { !$0.isFamily && (references.contains($0.id) || references.contains($0.chain + "." + $0.level)) }
    }

    /// The posts of a tier's entry for the homes of `station`; nil = everywhere.
    func posts(named reference: String, for station: String?) -> [Post] {
        guard let station, let known = postsByReference[reference] else { return network.posts(named: reference, for: station) }
        return known[servedStations.contains(station) ? station : ""] ?? []
    }

    public func queue(_ name: QueueName) -> QueueSpec? { queues[name] }

    /// The tiers as the file has them, by day; never empty: what no response matches goes to the drill queues, and the check refuses such a plan.
    public func tiers(kind: String, priority: Priority, category: Category) -> [Tier] {
        byDay(kind, priority, category)?.tiers ?? [Tier(afterSeconds: 0, queues: drillQueues)]
    }

    public func followUp(kind: String, priority: Priority, category: Category) -> FollowUp? { byDay(kind, priority, category)?.followUp }

    private func byDay(_ kind: String, _ priority: Priority, _ category: Category) -> Response? {
        responses.first { $0.between == nil && $0.matches(kind: kind, priority: priority, category: category) }
    }

    /// The first response that matches; nil only for a plan that the check refuses.
    public func response(to concern: Concern) -> Response? { responses.first { $0.matches(concern) } }

    /// Whether the pattern `safety.*`, `safety.fall` or `*` covers `kind`.
    static func covers(_ pattern: String, _ kind: String) -> Bool {
        guard pattern.utf8.last == UInt8(ascii: "*") else { return pattern == kind }
        return kind.utf8.starts(with: pattern.utf8.dropLast())
    }
}
