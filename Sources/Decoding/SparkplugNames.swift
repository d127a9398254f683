import CareModel

/// What Sparkplug B's births told: the names for which data then only carries aliases.
///
/// State of the core: a message is read under the names that were known when it came. An alias that no birth has told is
/// never guessed; the profile may say which names a node's aliases have by its own documentation.
struct SparkplugNames: Hashable, Sendable {
    /// Nodes remembered at once; of more, those that were born longest ago are forgotten.
    static let nodesMax = 256
    /// Metrics of one node.
    static let aliasesMax = 4_096

    struct Node: Hashable, Sendable {
        var name: String
        var names: [UInt64: [UInt8]]
    }

    /// In order of birth.
    private(set) var nodes: [Node] = []

    /// Learns from a birth, forgets at a death, and fills names into data.
    ///
    /// - Parameter tree: what `flatten` gave; names are added to metrics that lack one.
    mutating func resolve(_ topic: String, _ tree: inout ValueTree, fixed: [(alias: UInt64, name: [UInt8])]) {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.count >= 4, !tree.nodes.isEmpty else { return }
        let key = String(levels[1] + "/" + levels[3])
        switch levels[2] {
        case "NBIRTH":
            forget(key)
            learn(key, tree)
        case "DBIRTH": learn(key, tree)
        case "NDEATH": forget(key)
        default: name(key, &tree, fixed)
        }
    }

    private mutating func forget(_ key: String) { nodes.removeAll { $0.name == key } }

    private mutating func learn(_ key: String, _ tree: ValueTree) {
        let index: Int
        if let known = nodes.firstIndex(where: { $0.name == key }) { index = known } else {
            if nodes.count >= SparkplugNames.nodesMax { nodes.removeFirst() }
            nodes.append(Node(name: key, names: [:]))
            index = nodes.count - 1
        }
        for metric in SparkplugNames.metrics(tree) {
            let alias = tree.member(Array("alias".utf8), of: metric), name = tree.member(Array("name".utf8), of: metric)
            guard alias >= 0, name >= 0, let number = tree.number(alias).wholeNumber, nodes[index].names.count < SparkplugNames.aliasesMax else { continue }
            nodes[index].names[UInt64(bitPattern: number)] = tree.withText(name) { Array($0.prefix(Limits.identifierBytesMax)) }
        }
    }

    private func name(_ key: String, _ tree: inout ValueTree, _ fixed: [(alias: UInt64, name: [UInt8])]) {
        let known = nodes.first { $0.name == key }?.names
        var copy = ValueTree(), isChanged = false
        let root = copy.open(.object)
        for member in tree.children(of: 0) {
            let memberKey = tree.withKey(member) { Array($0) }
            guard memberKey == Array("metrics".utf8) else {
                copy.graft(tree, from: member, key: memberKey)
                continue
            }
            let list = copy.open(.array, key: memberKey)
            for metric in tree.children(of: member) {
                let item = copy.open(.object)
                for field in tree.children(of: metric) { copy.graft(tree, from: field, key: tree.withKey(field) { Array($0) }) }
                let alias = tree.member(Array("alias".utf8), of: metric)
                if tree.member(Array("name".utf8), of: metric) < 0, alias >= 0, let number = tree.number(alias).wholeNumber {
                    let found = known?[UInt64(bitPattern: number)] ?? (known == nil ? fixed.first { $0.alias == UInt64(bitPattern: number) }?.name : nil)
                    if let found { copy.add(text: found, key: Array("name".utf8)); isChanged = true }
                }
                copy.close(item)
            }
            copy.close(list)
        }
        copy.close(root)
        if isChanged { tree = copy }
    }

    static func metrics(_ tree: ValueTree) -> [Int] {
        let list = tree.member(Array("metrics".utf8), of: 0)
        return list < 0 ? [] : tree.children(of: list)
    }

    /// The payload as its definition names it, with one `value` a metric, and whole numbers with the sign that their sort says.
    static func flatten(_ pack: ValueTree, into tree: inout ValueTree) {
        tree.removeAll()
        guard !pack.nodes.isEmpty else { return }
        let root = tree.open(.object)
        for member in pack.children(of: 0) {
            let key = pack.withKey(member) { Array($0) }
            guard key == Array("metrics".utf8) else {
                tree.graft(pack, from: member, key: key)
                continue
            }
            let list = tree.open(.array, key: key)
            for metric in pack.children(of: member) {
                let item = tree.open(.object)
                let sort = pack.member(Array("datatype".utf8), of: metric)
                let type = sort < 0 ? 0 : pack.number(sort).wholeNumber ?? 0
                for field in pack.children(of: metric) {
                    let name = pack.withKey(field) { Array($0) }
                    guard let suffix = ["int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value"].first(where: { Array($0.utf8) == name }) else {
                        tree.graft(pack, from: field, key: name)
                        continue
                    }
                    let value = Array("value".utf8)
                    // Int8, Int16, Int32: two's complement in an unsigned field.
                    if suffix == "int_value", (1...3).contains(type), let number = pack.number(field).wholeNumber {
                        let shift = 64 - [8, 16, 32][Int(type) - 1]
                        tree.add(DecimalNumber((number << Int64(shift)) >> Int64(shift)), key: value)
                    } else {
                        tree.graft(pack, from: field, key: value)
                    }
                }
                tree.close(item)
            }
            tree.close(list)
        }
        tree.close(root)
    }

    func write(to w: inout ByteWriter) {
        w.list(nodes) { w, node in
            w.string(node.name)
            w.list(node.names.sorted { $0.key < $1.key }) { w, entry in
                w.unsigned(entry.key)
                w.string(String(decoding: entry.value, as: UTF8.self))
            }
        }
    }

    init() {}

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let list = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            let name = try r.string()
            let names = try r.list { (r: inout ByteReader) throws(BinaryFailure) in (try r.unsigned(), try r.string()) }
            return Node(name: name, names: Dictionary(names.map { ($0.0, Array($0.1.utf8)) }) { first, _ in first })
        }
        guard list.count <= SparkplugNames.nodesMax else { throw .malformed("nodes of Sparkplug", at: r.index) }
        nodes = list
    }
}
