import CareModel

/// Who is told of one incident together, so many seconds after it opened: tiers with their posts filled in.
public struct Step: Sendable, Hashable {
    public var afterSeconds: Int
    /// Sorted.
    public var queues: [QueueName]
    /// Those of the care network, with who stands by at that time.
    public var posts: [Post]
    public var duties: [Duty]
    /// The contacts of the resident that are asked now.
    public var contacts: [Contact]
    public var proposesAmbulance: Bool

    mutating func append(_ other: Step) {
        queues += other.queues.filter { !queues.contains($0) }
        queues.sort()
        posts += other.posts
        duties += other.duties
        contacts += other.contacts
        proposesAmbulance = proposesAmbulance || other.proposesAmbulance
    }

    /// Whether it waits for somebody who is not there: all its posts have nobody, and nobody else is asked.
    var isDeserted: Bool { !posts.isEmpty && duties.allSatisfy { $0 == .nobody } && contacts.isEmpty }
}

extension ResponsePlan {
    /// The steps of an incident; never empty: what no response matches goes to the drill queues, and the check refuses such a plan.
    ///
    /// A step whose posts have nobody on duty is not waited for: the next one is told together with it.
    /// - Returns: in rising order of `afterSeconds`, the first at 0.
    public func steps(for concern: Concern) -> [Step] {
        guard let response = response(to: concern) else {
            return [Step(afterSeconds: 0, queues: drillQueues, posts: [], duties: [], contacts: [], proposesAmbulance: false)]
        }
        if network.posts.isEmpty {
            return response.tiers.map {
                Step(afterSeconds: $0.afterSeconds, queues: $0.queues, posts: [], duties: [], contacts: [], proposesAmbulance: $0.proposesAmbulance)
            }
        }
        var parts: [Step] = []
        for tier in response.tiers { parts += steps(of: tier, concern) }
        parts = parts.enumerated().sorted { ($0.element.afterSeconds, $0.offset) < ($1.element.afterSeconds, $1.offset) }.map(\.element)
        return joined(parts)
    }

    private func steps(of tier: Tier, _ concern: Concern) -> [Step] {
        var steps = [Step(afterSeconds: tier.afterSeconds, queues: tier.queues, posts: [], duties: [], contacts: [], proposesAmbulance: tier.proposesAmbulance)]
        var after = tier.afterSeconds
        for reference in tier.posts {
            for post in posts(named: reference, for: concern.home?.station) {
                let duty = post.duty(at: concern.openedAt + .seconds(after), zone: concern.zone, rotas: network.rotas)
                let take = duty == .onCall ? post.onCallTakeSeconds : post.takeSeconds
                if post.isFamily {
                    for (index, contact) in concern.family.enumerated() {
                        steps.append(Step(
                            afterSeconds: after + index * take, queues: post.queues, posts: [post], duties: [duty], contacts: [contact], proposesAmbulance: false))
                    }
                    if tier.isInTurn { after += concern.family.count * take }
                } else if concern.admits(post) {
                    steps.append(Step(afterSeconds: after, queues: post.queues, posts: [post], duties: [duty], contacts: [], proposesAmbulance: false))
                    if tier.isInTurn, duty != .nobody { after += take }
                }
            }
        }
        return steps
    }

    /// Parts of the same moment become one step, and a deserted step takes the next one with it.
    private func joined(_ parts: [Step]) -> [Step] {
        var steps: [Step] = []
        for part in parts where !part.queues.isEmpty || steps.isEmpty || part.proposesAmbulance {
            if let last = steps.indices.last, steps[last].afterSeconds == part.afterSeconds { steps[last].append(part) } else { steps.append(part) }
        }
        var kept: [Step] = []
        for step in steps {
            if let last = kept.indices.last, isWaitedForInVain(kept[last]) { kept[last].append(step) } else { kept.append(step) }
        }
        return kept
    }

    private func isWaitedForInVain(_ step: Step) -> Bool {
        guard step.isDeserted else { return false }
        let ofPosts = step.posts.flatMap(\.queues)
        return !step.queues.contains { name in !ofPosts.contains(name) && (queue(name)?.isReadByPeople ?? false) }
    }
}

extension Concern {
    /// Whether the resident belongs to the post's chain: `chains` of homes.yaml, or all where it says nothing.
    func admits(_ post: Post) -> Bool { residents.allSatisfy { $0.chains.isEmpty || $0.chains.contains(post.chain) } }
}
