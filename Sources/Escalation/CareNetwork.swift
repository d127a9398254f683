import CareModel

/// A line of help from the home outwards, of any depth: the key `chains` of care-network.yaml.
public struct CareChain: Sendable, Hashable {
    public var name: String
    /// From nearest to farthest.
    public var levels: [String]

    public init(name: String, levels: [String]) { (self.name, self.levels) = (name, levels) }
}

/// config/care-network.yaml: the queues of the care service, sorted by name, and the posts behind them. The response plan puts them into tiers.
public struct CareNetwork: Sendable, Hashable {
    public var queues: [QueueSpec]
    public var chains: [CareChain]
    /// In the file's order.
    public var posts: [Post]
    public var rotas: [Rota]
    /// How long ahead a time without anybody on duty is told.
    public var seenAheadSeconds: Int

    public init(
        queues: [QueueSpec], chains: [CareChain] = [], posts: [Post] = [], rotas: [Rota] = [],
        seenAheadSeconds: Int = EscalationLimits.seenAheadHours * 3_600
    ) {
        self.queues = queues.sorted { $0.name < $1.name }
        (self.chains, self.posts, self.rotas, self.seenAheadSeconds) = (chains, posts, rotas, seenAheadSeconds)
    }

    /// The posts that answer for a home of `station`: those that serve it and everybody above them, and those that serve the whole hub.
    ///
    /// - Parameter station: nil where the place is unknown: then every post.
    public func posts(for station: String?) -> [Post] {
        guard let station else { return posts }
        let named = posts.compactMap(\.above)
        var ids = posts.filter { $0.serves.isEmpty ? !named.contains($0.id) : $0.serves.contains(station) }.map(\.id)
        var next = 0
        while next < ids.count {
            if let above = posts.first(where: { $0.id == ids[next] })?.above, !ids.contains(above) { ids.append(above) }
            next += 1
        }
        return posts.filter { ids.contains($0.id) }
    }

    /// Those that `chain.level`, or a post's own id, stands for.
    func posts(named reference: String, for station: String?) -> [Post] {
        let parts = reference.split(separator: ".", maxSplits: 1).map { String($0) }
        if parts.count == 2, chains.contains(where: { $0.name == parts[0] && $0.levels.contains(parts[1]) }) {
            return posts(for: station).filter { $0.chain == parts[0] && $0.level == parts[1] }
        }
        return posts.filter { $0.id == reference }
    }

    func knows(_ reference: String) -> Bool { !posts(named: reference, for: nil).isEmpty }
}

extension CareNetwork {
    /// Reads `{queues, chains, posts, rotas, nobody_seen_ahead_h}`.
    ///
    /// - Parameters:
    ///   - node: the file's root; nil where there is none, which gives a single unmasked embedded queue `station`, so that
    ///     a hub without the file still shows its incidents to somebody.
    ///   - problems: gets every fault at once.
    public init(_ node: ConfigurationNode?, _ problems: inout Problems) {
        guard let node else {
            self.init(queues: [QueueSpec(name: QueueName("station"), isMasked: false)])
            return
        }
        var reader = MappingReader(node, "the care network", &problems)
        let queues = CareNetwork.entries(&reader, "queues", EscalationLimits.queuesMax, "queue", \QueueSpec.name.text, &problems) { QueueSpec($0, &$1) }
        if reader.list("queues", &problems).isEmpty {
            problems.add("network.no_queue", at: node.place, "a care network needs at least one queue, else nobody is told")
        }
        let chains = CareNetwork.entries(&reader, "chains", EscalationLimits.chainsMax, "chain", \CareChain.name, &problems) { CareChain($0, &$1) }
        let rotas = CareNetwork.entries(&reader, "rotas", EscalationLimits.rotasMax, "rota", \Rota.name, &problems) { Rota($0, &$1) }
        let names = queues.map(\.name)
        let posts = CareNetwork.entries(&reader, "posts", EscalationLimits.postsMax, "post", \Post.id, &problems) { Post($0, chains, names, &$1) }
        let ahead = reader.int("nobody_seen_ahead_h", in: 1...EscalationLimits.seenAheadHoursMax, default: EscalationLimits.seenAheadHours, &problems)
        reader.finish(&problems)
        self.init(queues: queues, chains: chains, posts: posts, rotas: rotas, seenAheadSeconds: ahead * 3_600)
        check(&problems)
    }

    /// Whether `above` and `rota` name what is there, and a chain only leads outwards.
    private func check(_ problems: inout Problems) {
        for post in posts {
            guard let place = post.place else { continue }
            if let rota = post.rota, !rotas.contains(where: { $0.name == rota }) {
                problems.add("network.unknown_reference", at: place, "there is no rota \"\(rota)\"; known: \(rotas.map(\.name).joined(separator: ", "))")
            }
            guard let above = post.above else { continue }
            guard let upper = posts.first(where: { $0.id == above }) else {
                problems.add("network.unknown_reference", at: place, "there is no post \"\(above)\" above \"\(post.id)\"")
                continue
            }
            let levels = chains.first { $0.name == post.chain }?.levels ?? []
            guard upper.chain == post.chain, let mine = levels.firstIndex(of: post.level), let its = levels.firstIndex(of: upper.level), mine < its else {
                problems.add("network.chain_order", at: place, "\"\(above)\" is not farther out in the chain \(post.chain) than \"\(post.id)\": an incident would go back or round")
                continue
            }
        }
    }

    private static func entries<T>(
        _ reader: inout MappingReader, _ key: String, _ most: Int, _ what: String, _ name: KeyPath<T, String>, _ problems: inout Problems,
        _ read: (ConfigurationNode, inout Problems) -> T?
    ) -> [T] {
        let nodes = reader.list(key, &problems)
        var found: [T] = []
        for node in nodes.prefix(most) {
            guard let one = read(node, &problems) else { continue }
            if found.contains(where: { $0[keyPath: name] == one[keyPath: name] }) {
                problems.add("config.duplicate_id", at: node["name"]?.place ?? node["id"]?.place ?? node.place, "the \(what) \"\(one[keyPath: name])\" stands twice")
            } else {
                found.append(one)
            }
        }
        if nodes.count > most { problems.add("config.too_many", at: nodes[most].place, "at most \(most) \(key)") }
        return found
    }
}

extension CareChain {
    init?(_ node: ConfigurationNode, _ problems: inout Problems) {
        var reader = MappingReader(node, "a chain", &problems)
        let name = reader.string("name", &problems), levels = reader.strings("levels", &problems)
        reader.finish(&problems)
        guard let name else { return nil }
        if levels.isEmpty || levels.count > EscalationLimits.levelsMax || levels.enumerated().contains(where: { levels.firstIndex(of: $1) != $0 }) {
            problems.add("network.chain_order", at: node.place, "a chain has 1 to \(EscalationLimits.levelsMax) levels, each once, from the home outwards")
        }
        self.init(name: name, levels: levels)
    }
}
