import CareModel

/// Nobody on duty is an incident of its own, seen hours ahead.
extension Escalation {
    /// Looks at the rotas of every post that the plan names: raises, moves and ends its incident.
    ///
    /// To be called when the configuration or the wall clock changed; by itself it is called again when an answer may have changed.
    public mutating func review(at: Instant, _ context: Context, into decisions: inout [Decision]) {
        let wall = context.clock.wall(at)
        for post in context.plan.namedPosts {
            let finding = gap(of: post, wall, context).map { nobody(post, from: $0, at: at, wall) }
            let key = Escalation.dutyRule(post) + "|" + Subject(home: nil).key
            noteDuty(post, isDeserted: finding?.priority == .high, key, wall, into: &decisions)
            if var finding {
                let present = byCondition[key].flatMap { incidents[$0] }
                if let present, present.plainText == finding.text, present.incident.priority == finding.priority { continue }
                finding.change = present != nil || dismissed[key] != nil ? .updated : .raised
                settle(finding, at: at, context, into: &decisions)
            } else if byCondition[key] != nil || dismissed[key] != nil {
                var over = nobody(post, from: wall, at: at, wall)
                over.change = .cleared(.recovered)
                settle(over, at: at, context, into: &decisions)
            }
        }
        schedule(at: at, context)
        reviewWork(at: at, context, into: &decisions)
        settle(into: &decisions)
    }

    /// Notes for reports when nobody is there, and when somebody is again. What was noted before follows from the incident, or from what a person closed.
    private func noteDuty(_ post: Post, isDeserted: Bool, _ key: String, _ wall: WallTime, into decisions: inout [Decision]) {
        let present = byCondition[key].flatMap { incidents[$0] }
        let wasDeserted = present?.incident.priority == .high || dismissed[key] == .high
        guard isDeserted ? !wasDeserted || present == nil : wasDeserted else { return }
        decisions.append(.audit(Outage(at: wall, cause: .post(post.id), hasBegun: isDeserted).entry))
    }

    /// Sets the moment at which the rotas are looked at again; nothing is decided.
    public mutating func schedule(at: Instant, _ context: Context) {
        scheduleWork(at: at, context)
        if let due = dutyDue { deadlines.remove(due, .duty) }
        dutyDue = nil
        let wall = context.clock.wall(at), ahead = Span.seconds(context.plan.network.seenAheadSeconds)
        var next: WallTime?
        for post in context.plan.namedPosts where post.isReachable {
            guard let rota = context.plan.network.rotas.first(where: { $0.name == post.rota }) else { continue }
            for zone in Escalation.zones(context) {
                for change in rota.changes(after: wall, to: wall + ahead + .seconds(86_400), zone: zone) {
                    for moment in [change, change + Span(microseconds: -ahead.microseconds)] where moment > wall {
                        next = min(next ?? moment, moment)
                    }
                }
            }
        }
        guard let next else { return }
        let due = at + (next - wall)
        dutyDue = due
        deadlines.insert(due, .duty)
    }

    /// The first moment from `wall` on, as far as one looks ahead, at which the post has nobody.
    private func gap(of post: Post, _ wall: WallTime, _ context: Context) -> WallTime? {
        let network = context.plan.network, end = wall + .seconds(network.seenAheadSeconds)
        var first: WallTime?
        for zone in Escalation.zones(context) {
            let rota = network.rotas.first { $0.name == post.rota }
            let moments = [wall] + (rota?.changes(after: wall, to: end, zone: zone) ?? [])
            guard let found = moments.first(where: { post.duty(at: $0, zone: zone, rotas: network.rotas) == .nobody }) else { continue }
            first = min(first ?? found, found)
        }
        return first
    }

    /// The zones of the hub's homes, in the order of homes.
    private static func zones(_ context: Context) -> [TimeZoneTable] {
        var zones: [TimeZoneTable] = []
        for home in context.household.homes where !zones.contains(where: { $0.name == home.zone.name }) { zones.append(home.zone) }
        return zones.isEmpty ? [.utc] : zones
    }

    static func dutyRule(_ post: Post) -> String { "duty:" + post.id }

    private func nobody(_ post: Post, from: WallTime, at: Instant, _ wall: WallTime) -> Finding {
        let isNow = from <= wall
        let text: LocalizedText
        if !post.isReachable {
            text = LocalizedText(
                zhCN: "请确认能呼叫到\(post.name.zhCN)：没有经过确认的响铃方式，按无人值守处理",
                en: "Confirm a way to ring \(post.name.en): without one it counts as nobody on duty")
        } else if isNow {
            text = LocalizedText(zhCN: "请立即安排值班：\(post.name.zhCN)现在无人值守", en: "Find somebody for duty now: nobody is on duty at \(post.name.en)")
        } else {
            let time = from.description.prefix(16)
            text = LocalizedText(
                zhCN: "请安排值班：\(post.name.zhCN)自\(time)（UTC）起无人值守", en: "Find somebody for duty: nobody is on duty at \(post.name.en) from \(time) UTC on")
        }
        return Finding(
            rule: Escalation.dutyRule(post), change: .raised, kind: "duty.nobody_on_duty", category: .duty, priority: isNow ? .high : .medium,
            subject: Subject(home: nil), isLatching: false, isCondition: true, receivedAt: wall, detectedAt: at, detectedWall: wall, text: text)
    }

    private mutating func settle(_ finding: Finding, at: Instant, _ context: Context, into decisions: inout [Decision]) {
        switch finding.change {
        case .raised: raise(finding, position: 0, at: at, context, into: &decisions)
        case .updated: update(finding, position: 0, at: at, context, into: &decisions)
        case .cleared(let reason): clear(finding, reason, position: 0, at: at, context, into: &decisions)
        }
    }
}
