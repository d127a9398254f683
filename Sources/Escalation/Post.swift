import CareModel

/// Somebody who can be told: a station, a clinic, a neighbour, a resident's family. The key `posts` of care-network.yaml.
public struct Post: Sendable, Hashable {
    /// How a person notices that something came.
    public enum Ring: String, Hashable, Sendable, CaseIterable {
        case phone, sms, pager, sounder
        /// A page in a browser: nobody is woken by it.
        case page

        public var text: LocalizedText {
            switch self {
            case .phone: LocalizedText(zhCN: "电话", en: "telephone")
            case .sms: LocalizedText(zhCN: "短信", en: "text message")
            case .pager: LocalizedText(zhCN: "寻呼", en: "pager")
            case .sounder: LocalizedText(zhCN: "声光报警器", en: "sounder")
            case .page: LocalizedText(zhCN: "网页", en: "web page")
            }
        }
    }

    public var id: String
    public var chain: String
    /// One of its chain's levels.
    public var level: String
    public var name: LocalizedText
    /// The `place.station` of the homes it answers for; empty = those of the posts below it, or of the whole hub when there are none.
    public var serves: [String]
    /// The post to which it passes on; nil at the end of the chain.
    public var above: String?
    /// The ways to it, sorted.
    public var queues: [QueueName]
    public var ring: Ring
    /// When somebody last saw that it rings; nil = never, and then the post counts as nobody.
    public var ringConfirmed: String?
    /// Nil = always on duty.
    public var rota: String?
    /// Without a rota: whether it is on call instead of staffed.
    public var isOnCall: Bool
    /// Seconds that it is given before the next one is asked in turn, when it is staffed and on call.
    public var takeSeconds: Int
    public var onCallTakeSeconds: Int
    /// It reaches the resident's own contacts, one after the other.
    public var isFamily: Bool
    public var place: Place?

    public init(
        id: String, chain: String, level: String, name: LocalizedText, serves: [String] = [], above: String? = nil, queues: [QueueName],
        ring: Ring = .phone, ringConfirmed: String? = nil, rota: String? = nil, isOnCall: Bool = false,
        takeSeconds: Int = EscalationLimits.staffedTakeSeconds, onCallTakeSeconds: Int = EscalationLimits.onCallTakeSeconds, isFamily: Bool = false,
        place: Place? = nil
    ) {
        (self.id, self.chain, self.level, self.name, self.serves, self.above) = (id, chain, level, name, serves, above)
        (self.queues, self.ring, self.ringConfirmed, self.rota, self.isOnCall) = (queues.sorted(), ring, ringConfirmed, rota, isOnCall)
        (self.takeSeconds, self.onCallTakeSeconds, self.isFamily, self.place) = (takeSeconds, onCallTakeSeconds, isFamily, place)
    }

    /// Whether it is known that a person there is rung.
    public var isReachable: Bool { ring != .page && ringConfirmed != nil && !queues.isEmpty }

    /// What its rota, or the lack of one, says; a post that can't be rung has nobody.
    public func duty(at wall: WallTime, zone: TimeZoneTable, rotas: [Rota]) -> Duty {
        guard isReachable else { return .nobody }
        guard let rota else { return isOnCall ? .onCall : .staffed }
        return rotas.first { $0.name == rota }?.duty(at: wall, zone: zone) ?? .nobody
    }
}

extension Post {
    /// Reads one entry of `posts`; nil when its identity is not usable.
    init?(_ node: ConfigurationNode, _ chains: [CareChain], _ known: [QueueName], _ problems: inout Problems) {
        var reader = MappingReader(node, "a post", &problems)
        let id = reader.string("id", &problems)
        let chainNode = reader.required("chain", &problems), chain = chainNode?.string("chain", &problems)
        let levelNode = reader.required("level", &problems), level = levelNode?.string("level", &problems)
        let name = reader.text("name", &problems)
        let serves = reader.strings("serves", &problems), above = reader.optional("above")?.string("above", &problems)
        let queues = ResponsePlan.queueNames(reader.list("queues", &problems), known: known, &problems)
        var ring = Ring.page, confirmed: String? = nil
        if let ringNode = reader.optional("ring") {
            var inner = MappingReader(ringNode, "a way to ring", &problems)
            ring = inner.choice("way", Ring.allCases.map(\.rawValue), default: nil, &problems).flatMap { Ring(rawValue: $0) } ?? .page
            confirmed = inner.optional("confirmed")?.string("confirmed", &problems)
            inner.finish(&problems)
        }
        let range = EscalationLimits.followUpSecondsMin...EscalationLimits.tierSecondsMax
        let rota = reader.optional("rota")?.string("rota", &problems)
        let isOnCall = reader.choice("duty", ["staffed", "on_call"], default: "staffed", &problems) == "on_call"
        let take = reader.int("take_s", in: range, default: EscalationLimits.staffedTakeSeconds, &problems)
        let onCall = reader.int("on_call_take_s", in: range, default: EscalationLimits.onCallTakeSeconds, &problems)
        let isFamily = reader.bool("family", default: false, &problems)
        reader.finish(&problems)
        guard let id, let chain, let level, let name else { return nil }
        guard let known = chains.first(where: { $0.name == chain }) else {
            problems.add("network.unknown_reference", at: chainNode?.place ?? node.place, "there is no chain \"\(chain)\"; known: \(chains.map(\.name).joined(separator: ", "))")
            return nil
        }
        guard known.levels.contains(level) else {
            problems.add("network.unknown_reference", at: levelNode?.place ?? node.place, "the chain \(chain) has no level \"\(level)\"; known: \(known.levels.joined(separator: ", "))")
            return nil
        }
        self.init(
            id: id, chain: chain, level: level, name: name, serves: serves, above: above, queues: queues, ring: ring, ringConfirmed: confirmed,
            rota: rota, isOnCall: isOnCall, takeSeconds: take, onCallTakeSeconds: onCall, isFamily: isFamily, place: node.place)
    }
}
