import CareModel

/// Who is told of which incident, and who next when nobody takes it: config/response.yaml.
public struct ResponsePlan: Sendable, Hashable {
    /// Those told together, `afterSeconds` since opening.
    public struct Tier: Sendable, Hashable {
        /// 0 for the first one; rises from tier to tier.
        public var afterSeconds: Int
        /// Sorted.
        public var queues: [QueueName]

        public init(afterSeconds: Int, queues: [QueueName]) { (self.afterSeconds, self.queues) = (afterSeconds, queues.sorted()) }
    }

    /// The tiers for those incidents that it matches; the first match in the file counts.
    public struct Response: Sendable, Hashable {
        public var name: String
        /// Dotted kinds, `*` at the end for all below; empty = every kind.
        public var kinds: [String]
        /// Empty = every one.
        public var priorities: [Priority]
        public var categories: [Category]
        public var tiers: [Tier]
        /// What must follow the taking; nil when nothing is asked.
        public var followUp: FollowUp?

        public init(
            name: String, kinds: [String] = [], priorities: [Priority] = [], categories: [Category] = [], tiers: [Tier], followUp: FollowUp? = nil
        ) {
            (self.name, self.kinds, self.priorities) = (name, kinds, priorities)
            (self.categories, self.tiers, self.followUp) = (categories, tiers, followUp)
        }

        public func matches(kind: String, priority: Priority, category: Category) -> Bool {
            (priorities.isEmpty || priorities.contains(priority)) && (categories.isEmpty || categories.contains(category))
                && (kinds.isEmpty || kinds.contains { ResponsePlan.covers($0, kind) })
        }
    }

    public var responses: [Response]
    /// The queues that alone receive a drill: the station's, sorted.
    public var drillQueues: [QueueName]
    private var queues: [QueueName: QueueSpec]

    public init(responses: [Response], drillQueues: [QueueName], queues: [QueueSpec]) {
        (self.responses, self.drillQueues) = (responses, drillQueues.sorted())
        self.queues = Dictionary(queues.map { ($0.name, $0) }) { first, _ in first }
    }

    public func queue(_ name: QueueName) -> QueueSpec? { queues[name] }

    /// The tiers of an incident; never empty: what no response matches goes to the drill queues, and the check refuses such a plan.
    public func tiers(kind: String, priority: Priority, category: Category) -> [Tier] {
        for response in responses where response.matches(kind: kind, priority: priority, category: category) { return response.tiers }
        return [Tier(afterSeconds: 0, queues: drillQueues)]
    }

    public func followUp(kind: String, priority: Priority, category: Category) -> FollowUp? {
        responses.first { $0.matches(kind: kind, priority: priority, category: category) }?.followUp
    }

    /// Whether the pattern `safety.*`, `safety.fall` or `*` covers `kind`.
    static func covers(_ pattern: String, _ kind: String) -> Bool {
        guard pattern.utf8.last == UInt8(ascii: "*") else { return pattern == kind }
        return kind.utf8.starts(with: pattern.utf8.dropLast())
    }
}
