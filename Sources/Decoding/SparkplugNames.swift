import CareModel

/// What Sparkplug B's births told: the names for which data then only carries aliases.
///
/// State of the core: a message is read under the names that were known when it came. An alias that no birth has told is
/// never guessed; the profile may say which names a node's aliases have by its own documentation.
struct SparkplugNames: Hashable, Sendable {
    /// Nodes remembered at once; of more, those are forgotten that never were born, then those that were heard first longest ago.
    static let nodesMax = 256
    /// Metrics of one node.
    static let aliasesMax = 4_096

    /// Our choice: a node that does not answer is asked again in a minute, and no faster, whatever it sends.
    static let rebirthSpan = Span.seconds(60)
    /// A counter that is behind by so much is a message that overtook another, not a gap.
    static let reorderMax: UInt8 = 64

    struct Node: Hashable, Sendable {
        var name: String
        var names: [UInt64: [UInt8]] = [:]
        var isBorn = false
        /// Of the newest message, 0...255, over all of the node's devices.
        var sequence: UInt8?
        /// When it was asked to be born again.
        var askedAt: Instant?
    }

    /// In the order in which they were first heard.
    private(set) var nodes: [Node] = []
    /// The node of the current message, when something of it is missing: a number of its counter, or the name of an alias. Not state.
    private(set) var missing: (namespace: String, group: String, node: String)?

    /// Learns from a birth, forgets at a death, and fills names into data.
    ///
    /// - Parameter tree: what `flatten` gave; names are added to metrics that lack one.
    mutating func resolve(_ topic: String, _ tree: inout ValueTree, fixed: [(alias: UInt64, name: [UInt8])]) {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        guard levels.count >= 4, !tree.nodes.isEmpty else { return }
        let index = node(String(levels[1] + "/" + levels[3]))
        var isWhole = true
        switch levels[2] {
        case "NBIRTH":
            forget(index)
            nodes[index].isBorn = true
            isWhole = count(tree, index)
            learn(index, tree)
        case "DBIRTH":
            nodes[index].isBorn = true
            isWhole = count(tree, index)
            learn(index, tree)
        case "NDEATH": forget(index)
        default:
            isWhole = count(tree, index)
            if !name(index, &tree, fixed) { isWhole = false }
        }
        if !isWhole { missing = (String(levels[0]), String(levels[1]), String(levels[3])) }
    }

    /// Forgets what was missing in the message before.
    mutating func begin() { missing = nil }

    /// Asks the node of the current message to be born again, if something of it is missing and it was not asked a moment ago.
    ///
    /// - Returns: the command as Sparkplug B 3.0 has it (6.4.26, "Node Control/Rebirth"); nil = nothing to ask.
    mutating func rebirth(at: Instant, wall: WallTime) -> Downlink? {
        guard let (namespace, group, name) = missing else { return nil }
        missing = nil
        let index = node(group + "/" + name)
        if let asked = nodes[index].askedAt, at - asked < SparkplugNames.rebirthSpan { return nil }
        nodes[index].askedAt = at
        return Downlink(topic: namespace + "/" + group + "/NCMD/" + name, payload: SparkplugNames.rebirthCommand(wall))
    }

    /// `{timestamp, metrics: [{name: "Node Control/Rebirth", timestamp, datatype: Boolean, boolean_value: true}]}` on the wire.
    static func rebirthCommand(_ wall: WallTime) -> [UInt8] {
        func varint(_ value: UInt64) -> [UInt8] {
            var rest = value, bytes: [UInt8] = []
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            return bytes + [UInt8(rest)]
        }
        let time = varint(UInt64(max(0, wall.microseconds / 1_000))), text = Array("Node Control/Rebirth".utf8)
        let metric = [0x0A] + varint(UInt64(text.count)) + text + [0x18] + time + [0x20, 11, 0x70, 1]
        return [0x08] + time + [0x12] + varint(UInt64(metric.count)) + metric
    }

    private mutating func node(_ key: String) -> Int {
        if let known = nodes.firstIndex(where: { $0.name == key }) { return known }
        // Whoever names new nodes all day must not make the hub forget what born ones told.
        if nodes.count >= SparkplugNames.nodesMax { nodes.remove(at: nodes.firstIndex { !$0.isBorn } ?? 0) }
        nodes.append(Node(name: key))
        return nodes.count - 1
    }

    private mutating func forget(_ index: Int) { (nodes[index].names, nodes[index].isBorn, nodes[index].sequence) = ([:], false, nil) }

    /// - Returns: false where a message before this one is missing.
    private mutating func count(_ tree: ValueTree, _ index: Int) -> Bool {
        let field = tree.member(Array("seq".utf8), of: 0)
        guard field >= 0, let number = tree.number(field).wholeNumber, let sequence = UInt8(exactly: number) else { return true }
        guard let last = nodes[index].sequence else {
            nodes[index].sequence = sequence
            return true
        }
        // The same again is a repetition, or the same message read in another form.
        if sequence == last || last &- sequence <= SparkplugNames.reorderMax { return true }
        nodes[index].sequence = sequence
        return sequence == last &+ 1
    }

    private mutating func learn(_ index: Int, _ tree: ValueTree) {
        for metric in SparkplugNames.metrics(tree) {
            let alias = tree.member(Array("alias".utf8), of: metric), name = tree.member(Array("name".utf8), of: metric)
            guard alias >= 0, name >= 0, let number = tree.number(alias).wholeNumber, nodes[index].names.count < SparkplugNames.aliasesMax else { continue }
            nodes[index].names[UInt64(bitPattern: number)] = tree.withText(name) { SparkplugNames.cut($0) }
        }
    }

    /// The name in at most `identifierBytesMax` bytes; what is kept must stay a text, or a restart would know another name.
    private static func cut(_ name: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var count = min(name.count, Limits.identifierBytesMax)
        while count > 0, count < name.count, name[count] & 0xC0 == 0x80 { count -= 1 }
        return Array(name[..<count])
    }

    /// - Returns: false where an alias has no name that is known.
    private func name(_ index: Int, _ tree: inout ValueTree, _ fixed: [(alias: UInt64, name: [UInt8])]) -> Bool {
        let known = nodes[index].isBorn ? nodes[index].names : nil
        var copy = ValueTree(), isChanged = false, isComplete = true
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
                    if let found { copy.add(text: found, key: Array("name".utf8)); isChanged = true } else { isComplete = false }
                }
                copy.close(item)
            }
            copy.close(list)
        }
        copy.close(root)
        if isChanged { tree = copy }
        return isComplete
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
            w.bool(node.isBorn)
            w.optional(node.sequence) { $0.byte($1) }
            w.optional(node.askedAt) { $0.instant($1) }
        }
    }

    init() {}

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let list = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            let name = try r.string()
            let names = try r.list { (r: inout ByteReader) throws(BinaryFailure) in (try r.unsigned(), try r.string()) }
            return Node(
                name: name, names: Dictionary(names.map { ($0.0, Array($0.1.utf8)) }) { first, _ in first }, isBorn: try r.bool(),
                sequence: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.byte() },
                askedAt: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() })
        }
        guard list.count <= SparkplugNames.nodesMax else { throw .malformed("nodes of Sparkplug", at: r.index) }
        nodes = list
    }

    static func == (a: SparkplugNames, b: SparkplugNames) -> Bool { a.nodes == b.nodes }
    func hash(into hasher: inout Hasher) { hasher.combine(nodes) }
}
