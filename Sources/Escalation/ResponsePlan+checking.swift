import CareModel

extension ResponsePlan {
    /// Finds what would leave an incident with nobody: a plan that reaches no person, steps that never come, and pages that wake nobody.
    ///
    /// - Parameters:
    ///   - household: the homes, because posts answer for their stations only.
    ///   - problems: gets each fault at the response or tier that has it.
    public func check(_ household: Household, _ problems: inout Problems) {
        var seen: [Response] = []
        for response in responses {
            guard let place = response.place else { continue }
            if seen.contains(where: { $0.covers(response) }), !seen.contains(where: \.matchesEverything) {
                problems.add("response.unreachable", at: place, "\"\(response.name)\" is never used: responses before it match all that it matches")
            }
            seen.append(response)
            checkSteps(response, &problems)
            checkReach(response, household, place, &problems)
        }
    }

    /// Tiers that come never, or add nobody.
    private func checkSteps(_ response: Response, _ problems: inout Problems) {
        let canEscalate = response.priorities.isEmpty || response.priorities.contains { $0 >= .medium }
        var queues: Set<QueueName> = [], posts: Set<String> = []
        for (index, tier) in response.tiers.enumerated() {
            guard let place = tier.place else { continue }
            if index > 0, !canEscalate {
                problems.add("response.unreachable_step", at: place, "this tier is never told: low and information incidents stay with the first tier")
            } else if index > 0, !tier.proposesAmbulance, tier.queues.allSatisfy(queues.contains), tier.posts.allSatisfy(posts.contains) {
                problems.add("response.unreachable_step", at: place, "this tier adds nobody: all whom it names were told before")
            }
            let wanted = response.priorities.isEmpty ? Priority.allCases : response.priorities
            let most = wanted.max() ?? .high
            for name in tier.queues where index > 0 && canEscalate {
                guard let queue = queue(name), queue.minimum > most else { continue }
                problems.add("response.unreachable_step", at: place, "the queue \"\(name)\" takes \(queue.minimum.name) incidents and above, but \"\(response.name)\" is for \(most.name) at most")
            }
            queues.formUnion(tier.queues)
            posts.formUnion(tier.posts)
        }
    }

    /// Whether a person is rung, for the homes of each station.
    private func checkReach(_ response: Response, _ household: Household, _ place: Place, _ problems: inout Problems) {
        let named = Set(response.tiers.flatMap(\.queues)), specs = network.queues.filter { named.contains($0.name) }
        let references = response.tiers.flatMap(\.posts)
        if network.posts.isEmpty || references.isEmpty {
            if references.isEmpty, !specs.isEmpty, specs.allSatisfy({ $0.reach == .page }) {
                problems.add("response.only_page", at: place, "the only receivers of \"\(response.name)\" are pages in a browser: nobody is woken by them")
            } else if references.isEmpty, !specs.isEmpty, specs.allSatisfy({ $0.reach == .page || $0.reach == .nobody }) {
                problems.add("response.no_person", at: place, "\"\(response.name)\" reaches no person: no queue of it rings anybody")
            } else if !network.posts.isEmpty, !specs.contains(where: { $0.reach == .person }), response.priorities.isEmpty || response.priorities.contains(.high) {
                problems.add("response.no_person", at: place, "\"\(response.name)\" names no post: with posts in care-network.yaml, an urgent incident must reach one that rings")
            }
            return
        }
        var stations: [String] = []
        for home in household.homes where !stations.contains(home.station) { stations.append(home.station) }
        for station in stations {
            let posts = references.flatMap { network.posts(named: $0, for: station) }.filter { !$0.isFamily }
            if posts.contains(where: \.isReachable) || specs.contains(where: { $0.reach == .person }) { continue }
            let rings = posts.map(\.ring) + specs.filter { $0.reach == .page }.map { _ in Post.Ring.page }
            if !rings.isEmpty, rings.allSatisfy({ $0 == .page }) {
                problems.add("response.only_page", at: place, "for the homes of \"\(station)\" the only receivers of \"\(response.name)\" are pages in a browser: nobody is woken by them")
            } else {
                problems.add("response.no_person", at: place, "for the homes of \"\(station)\", \"\(response.name)\" reaches no person: it needs a post whose ring is confirmed")
            }
        }
    }
}

extension ResponsePlan.Response {
    /// Whether everything that `other` matches matches here already.
    func covers(_ other: ResponsePlan.Response) -> Bool {
        func all<T: Equatable>(_ mine: [T], _ its: [T]) -> Bool { mine.isEmpty || !its.isEmpty && its.allSatisfy(mine.contains) }
        let kinds = kinds.isEmpty || !other.kinds.isEmpty && other.kinds.allSatisfy { kind in self.kinds.contains { ResponsePlan.covers($0, kind) } }
        return kinds && all(priorities, other.priorities) && all(categories, other.categories) && (between == nil || between == other.between)
    }
}
