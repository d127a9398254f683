import Assurance
import CareModel
import Detection
import Formats
import GatewayCore

/// Rules as people read them, with the proof of the minute for each.
struct RuleWords {
    /// Bindings over the minute that one rule names.
    static let namedMax = 20

    private let configuration: Configuration

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// Keys that are said elsewhere.
    private static let told: Set<String> = ["name", "form", "kind", "kinds", "priority", "category", "incident", "latching", "what", "text", "texts", "source", "rule", "set_by"]

    /// The rules of all files, in their order.
    var nodes: [ConfigurationNode] {
        configuration.ruleFiles.flatMap { file -> [ConfigurationNode] in
            if case .sequence(let list)? = file["rules"]?.content { list } else { [] }
        }
    }

    func node(_ name: String) -> ConfigurationNode? { nodes.first { RuleWords.text($0["name"]) == name } }

    static func text(_ node: ConfigurationNode?) -> String? { if case .scalar(let text, _)? = node?.content { text } else { nil } }

    func document() -> [UInt8] {
        let cases = Dictionary(grouping: configuration.rules.worstCases(), by: \.rule)
        var w = JSONWriter(reserving: 65_536)
        w.beginObject()
        w.key("rules")
        w.beginArray()
        for rule in nodes {
            w.beginObject()
            RuleWords.write(rule, to: &w)
            let name = RuleWords.text(rule["name"]) ?? ""
            w.key("proof"); RuleWords.write(cases[name] ?? [], to: &w)
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    /// The members of one rule.
    static func write(_ rule: ConfigurationNode, to w: inout JSONWriter) {
        w.key("category"); w.string(text(rule["category"]))
        w.key("form"); w.string(text(rule["form"]))
        w.key("kinds")
        w.beginArray()
        if let one = text(rule["kind"]) { w.string(one) }
        if case .sequence(let list)? = rule["kinds"]?.content { for one in list { w.string(text(one) ?? "") } }
        w.endArray()
        w.key("name"); w.string(text(rule["name"]))
        w.key("numbers"); writeNumbers(rule, to: &w)
        w.key("priority"); w.string(text(rule["priority"]))
        w.key("source"); w.string(text(rule["source"]))
        w.key("text"); writeText(rule["text"], to: &w)
        w.key("what"); writeText(rule["what"], to: &w)
    }

    private static func writeText(_ node: ConfigurationNode?, to w: inout JSONWriter) {
        guard let node else { return w.null() }
        w.beginObject()
        w.key("en"); w.string(text(node["en"]) ?? text(node))
        w.key("zh-CN"); w.string(text(node["zh-CN"]) ?? text(node))
        w.endObject()
    }

    /// `[["low","40"],…]`: a rule's own keys as the file has them.
    static func writeNumbers(_ rule: ConfigurationNode, to w: inout JSONWriter) {
        w.beginArray()
        if case .mapping(let entries) = rule.content {
            for entry in entries where !told.contains(entry.key) {
                w.beginArray()
                w.string(entry.key)
                w.string(flat(entry.value))
                w.endArray()
            }
        }
        w.endArray()
    }

    private static func flat(_ node: ConfigurationNode) -> String {
        switch node.content {
        case .null: ""
        case .scalar(let text, _): text
        case .sequence(let items): items.map(flat).joined(separator: "; ")
        case .mapping(let entries): entries.map { "\($0.key) \(flat($0.value))" }.joined(separator: ", ")
        }
    }

    /// How many places it watches, how long it takes at worst, where it is off and where it is over the minute.
    private static func write(_ cases: [WorstCase], to w: inout JSONWriter) {
        let on = cases.filter { $0.off == nil }
        let over = on.filter { $0.isOverMinute(pipelineSeconds: pipelineSeconds) }
        w.beginObject()
        w.key("accepted"); w.integer(on.count { $0.accepted != nil })
        w.key("off")
        w.beginArray()
        for reason in OffReason.allCases {
            let count = cases.count { $0.off == reason }
            guard count > 0 else { continue }
            w.beginObject()
            w.key("count"); w.integer(count)
            w.key("en"); w.string(reason.text.en)
            w.key("zh-CN"); w.string(reason.text.zhCN)
            w.endObject()
        }
        w.endArray()
        w.key("on"); w.integer(on.count)
        w.key("over")
        w.beginArray()
        for one in over.prefix(namedMax) { write(one, to: &w) }
        w.endArray()
        w.key("over_count"); w.integer(over.count)
        w.key("worst")
        if let worst = on.filter({ $0.promise != .absence }).max(by: { ($0.seconds ?? 0) < ($1.seconds ?? 0) }) ?? on.first { write(worst, to: &w) } else { w.null() }
        w.endObject()
    }

    /// The hub's own part of the minute, as docs/rules.md gives it.
    static let pipelineSeconds = OneMinuteTable.pipelineSecondsBudget

    static func write(_ one: WorstCase, to w: inout JSONWriter) {
        w.beginObject()
        w.key("accepted"); w.string(one.accepted)
        w.key("device"); w.string(one.device?.text)
        w.key("home"); w.string(one.home?.text)
        w.key("interval_s"); integer(one.intervalSeconds, to: &w)
        w.key("kind"); w.string(one.kind?.name)
        w.key("off")
        if let off = one.off {
            w.beginObject()
            w.key("en"); w.string(off.text.en)
            w.key("zh-CN"); w.string(off.text.zhCN)
            w.endObject()
        } else { w.null() }
        w.key("over_minute"); w.bool(one.isOverMinute(pipelineSeconds: pipelineSeconds))
        w.key("persistence_s"); w.integer(one.persistenceSeconds)
        w.key("pipeline_s"); w.integer(pipelineSeconds)
        w.key("priority"); w.string(one.priority.name)
        w.key("promise"); w.string(one.promise.name)
        w.key("room"); w.string(one.room)
        w.key("rule"); w.string(one.rule)
        w.key("seconds"); integer(one.seconds.map { one.promise == .absence ? $0 : $0 + pipelineSeconds }, to: &w)
        w.key("supervision_s"); integer(one.supervisionSeconds, to: &w)
        w.key("transport_s"); w.integer(one.transportSeconds)
        w.key("window_s"); w.integer(one.windowSeconds)
        w.endObject()
    }

    private static func integer(_ value: Int?, to w: inout JSONWriter) { if let value { w.integer(value) } else { w.null() } }
}
