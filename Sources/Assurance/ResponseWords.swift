import CareModel
import Escalation

/// Who is told what of each resident, when, and by which way, in words: Chinese first, then English.
public struct ResponseWords: Sendable {
    private let household: Household
    private let plan: ResponsePlan

    public init(_ household: Household, _ plan: ResponsePlan) { (self.household, self.plan) = (household, plan) }

    /// One block a resident: a heading, then for each response that can concern a person its sentence in both languages.
    ///
    /// Noon and midnight of a working day stand for the day and the night; those on duty are the ones of that day.
    /// - Parameter day: local noon of the day of which the rotas are read.
    public func lines(at day: WallTime) -> [String] {
        var lines: [String] = []
        for resident in household.residents {
            let home = household.homes[resident.home]
            let name = resident.name.isEmpty ? resident.id.text : resident.name + " (" + resident.id.text + ")"
            lines.append(name + (home.station.isEmpty ? "" : "，" + home.station) + ":")
            for (response, moments) in told(day, home) { lines += sentences(response, resident, home, moments) }
        }
        return lines
    }

    /// Responses by the time of day at which they hold.
    private func told(_ day: WallTime, _ home: Home) -> [(ResponsePlan.Response, WallTime)] {
        plan.responses.map { response in
            guard let window = response.between else { return (response, at(12 * 60, day, home)) }
            return (response, at(window.fromMinute, day, home))
        }
    }

    private func at(_ minute: Int, _ day: WallTime, _ home: Home) -> WallTime {
        var civil = home.zone.civil(day)
        (civil.hour, civil.minute, civil.second, civil.microsecond) = (minute / 60, minute % 60, 0, 0)
        return home.zone.wall(civil)
    }

    private func sentences(_ response: ResponsePlan.Response, _ resident: Resident, _ home: Home, _ moment: WallTime) -> [String] {
        let priority = response.priorities.max() ?? rest(response)
        var alone = plan
        alone.responses = [response]
        let concern = Concern(
            kind: response.kinds.first ?? "", priority: priority, category: response.categories.first ?? .medical, home: home, residents: [resident],
            openedAt: moment, zone: home.zone)
        let steps = alone.steps(for: concern)
        var zh = "  " + what(response).zhCN, en = "  " + what(response).en
        if let minute = response.holdMinute {
            zh += "：夜里先记入晨间清单，\(DayWindow.text(minute))再通知（若老人因此没有其他求助途径，则立即通知）"
            en += ": kept on the morning list, told at \(DayWindow.text(minute)) (at once when the resident has no other way to call)"
        }
        zh += "："
        en += ": "
        let shown = priority >= .medium ? steps : Array(steps.prefix(1))
        zh += shown.map { self.when($0).zhCN + "通知" + self.whom($0).zhCN }.joined(separator: "；") + "。"
        en += shown.map { self.when($0).en + " " + self.whom($0).en }.joined(separator: "; ") + "."
        if let follow = response.followUp {
            zh += "接单后\(follow.callSeconds)秒无通话记录提醒接单人，\(follow.shareSeconds)秒再通知下一级；收到后\(follow.contactSeconds / 60)分钟内须联系并评估。"
            en += " After taking: reminded at \(follow.callSeconds) s without a recorded call, next tier at \(follow.shareSeconds) s; contact and assessment within \(follow.contactSeconds / 60) min of receiving."
        }
        return [zh, en]
    }

    /// The most urgent that earlier responses leave for one without priorities.
    private func rest(_ response: ResponsePlan.Response) -> Priority {
        let before = plan.responses.prefix { $0.name != response.name }
        let taken = before.filter { $0.kinds.isEmpty && $0.categories.isEmpty && $0.between == nil }.flatMap(\.priorities)
        return Priority.allCases.last { !taken.contains($0) } ?? .information
    }

    private func what(_ response: ResponsePlan.Response) -> LocalizedText {
        let priorities = response.priorities.isEmpty ? LocalizedText(zhCN: "其余", en: "all others") : LocalizedText(
            zhCN: response.priorities.sorted(by: >).map { Self.word($0).zhCN }.joined(separator: "、"),
            en: response.priorities.sorted(by: >).map { Self.word($0).en }.joined(separator: ", "))
        let kinds = response.kinds.isEmpty ? "" : response.kinds.joined(separator: " ")
        let categories = LocalizedText(
            zhCN: response.categories.map { Self.word($0).zhCN }.joined(separator: "、"), en: response.categories.map(\.name).joined(separator: ", "))
        let window = response.between.map { "，\($0.text)" } ?? ""
        return LocalizedText(
            zhCN: "[\(response.name)] " + [priorities.zhCN, categories.zhCN, kinds].filter { !$0.isEmpty }.joined(separator: "，") + window,
            en: "[\(response.name)] " + [priorities.en, categories.en, kinds].filter { !$0.isEmpty }.joined(separator: ", ") + (response.between.map { ", \($0.text)" } ?? ""))
    }

    private func when(_ step: Step) -> LocalizedText {
        step.afterSeconds == 0 ? LocalizedText(zhCN: "立即", en: "at once") : LocalizedText(
            zhCN: "无人接单满\(step.afterSeconds)秒", en: "untaken after \(step.afterSeconds) s")
    }

    private func whom(_ step: Step) -> LocalizedText {
        var zh: [String] = [], en: [String] = []
        var named: Set<QueueName> = []
        for (post, duty) in zip(step.posts, step.duties) {
            named.formUnion(post.queues)
            let ways = post.queues.map { plan.queue($0).map(Self.way) ?? "" }.filter { !$0.isEmpty }.joined(separator: "、")
            let state = duty == .nobody ? LocalizedText(zhCN: "，无人值守", en: ", nobody on duty") : duty == .onCall ? LocalizedText(zhCN: "，待命", en: ", on call") : LocalizedText(zhCN: "", en: "")
            if post.isFamily { continue }
            zh.append("\(post.name.zhCN)（\(post.ring.text.zhCN)，\(ways)\(state.zhCN)）")
            en.append("\(post.name.en) (\(post.ring.text.en), \(ways)\(state.en))")
        }
        for contact in step.contacts {
            let key = contact.holdsKey ? LocalizedText(zhCN: "，有钥匙", en: ", holds a key") : LocalizedText(zhCN: "", en: "")
            let ring = step.posts.first(where: \.isFamily)?.ring.text ?? LocalizedText(zhCN: "电话", en: "telephone")
            zh.append("家属\(contact.name)（\(contact.relation)，\(ring.zhCN)\(contact.phone)\(key.zhCN)）")
            en.append("\(contact.name) of the family (\(contact.relation), \(ring.en) \(contact.phone)\(key.en))")
        }
        for name in step.queues where !named.contains(name) {
            let way = plan.queue(name).map(Self.way) ?? ""
            zh.append("队列\(name)（\(way)）")
            en.append("the queue \(name) (\(way))")
        }
        if step.proposesAmbulance {
            zh.append("并建议拨打120")
            en.append("with the proposal to call 120")
        }
        return LocalizedText(zhCN: zh.isEmpty ? "无人" : zh.joined(separator: "、"), en: en.isEmpty ? "nobody" : en.joined(separator: ", "))
    }

    private static func way(_ queue: QueueSpec) -> String { queue.channel + (queue.isMasked ? ", masked" : "") }

    private static func word(_ priority: Priority) -> LocalizedText {
        switch priority {
        case .high: LocalizedText(zhCN: "紧急（红）", en: "high (red)")
        case .medium: LocalizedText(zhCN: "重要（橙）", en: "medium (orange)")
        case .low: LocalizedText(zhCN: "一般（黄）", en: "low (yellow)")
        case .information: LocalizedText(zhCN: "提示", en: "information")
        }
    }

    private static func word(_ category: Category) -> LocalizedText {
        switch category {
        case .safety: LocalizedText(zhCN: "人身安全", en: "safety")
        case .medical: LocalizedText(zhCN: "健康", en: "medical")
        case .behaviour: LocalizedText(zhCN: "行为", en: "behaviour")
        case .technical: LocalizedText(zhCN: "设备", en: "technical")
        case .duty: LocalizedText(zhCN: "值班", en: "duty")
        }
    }
}
