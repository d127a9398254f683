import CareModel

/// Sensor Measurement Lists (RFC 8428): base fields are carried down, so that each record stands for itself.
enum SenML {
    /// Times below 2^28 are seconds from now, not since 1970.
    static let relativeBelow = DecimalNumber(1 << 28)

    private enum Label: Int, CaseIterable {
        case bver = -1, bn = -2, bt = -3, bu = -4, bv = -5, bs = -6
        case n = 0, u = 1, v = 2, vs = 3, vb = 4, s = 5, t = 6, ut = 7, vd = 8

        var texts: [[UInt8]] { ["\(self)", String(rawValue)].map { Array($0.utf8) } }
    }

    private static let labels: [(Label, [[UInt8]])] = Label.allCases.map { ($0, $0.texts) }

    /// - Parameters:
    ///   - pack: an array of records with JSON's keys, or CBOR's numbers as text.
    ///   - tree: becomes an array of objects with `bn`, `n`, `u`, `v`, `vs`, `vb`, `vd`, `t` (absolute only), `ago` (seconds before now).
    static func resolve(_ pack: ValueTree, into tree: inout ValueTree) throws(DocumentFailure) {
        tree.removeAll()
        guard !pack.nodes.isEmpty, pack.sort(0) == .array else { throw .malformed(at: 0) }
        var base: [Label: Int] = [:]
        let root = tree.open(.array)
        for record in pack.children(of: 0) {
            guard pack.sort(record) == .object else { throw .malformed(at: 0) }
            var own: [Label: Int] = [:]
            for child in pack.children(of: record) {
                guard let label = pack.withKey(child, { key in labels.first { $0.1.contains { $0.count == key.count && $0.elementsEqual(key) } } })?.0 else {
                    // A field that must be understood, and isn't.
                    if pack.withKey(child, { $0.last == 0x5F }) { throw .malformed(at: 0) }
                    continue
                }
                own[label] = child
                if label.rawValue < 0 { base[label] = child }
            }
            let item = tree.open(.object)
            func copy(_ label: Label, from node: Int?) { if let node { tree.graft(pack, from: node, key: Array("\(label)".utf8)) } }
            copy(.bn, from: base[.bn])
            copy(.n, from: own[.n])
            copy(.u, from: own[.u] ?? base[.bu])
            copy(.vs, from: own[.vs])
            copy(.vb, from: own[.vb])
            copy(.vd, from: own[.vd])
            copy(.ut, from: own[.ut])
            func number(_ node: Int?) -> DecimalNumber? { node.flatMap { pack.sort($0) == .number ? pack.number($0) : nil } }
            if let value = number(own[.v]) ?? (own[.s] == nil && own[.vs] == nil && own[.vb] == nil && own[.vd] == nil ? number(base[.bv]) : nil) {
                let sum = own[.v] == nil ? value : number(base[.bv]).flatMap { $0.adding(value) } ?? value
                tree.add(sum, key: [0x76])
            }
            let time = number(own[.t]) ?? DecimalNumber(0), start = number(base[.bt]) ?? DecimalNumber(0)
            if own[.t] != nil || base[.bt] != nil, let sum = start.adding(time) {
                let isRelative = (sum.scaled(decimals: 0) ?? 0) < relativeBelow.significand
                tree.add(isRelative ? DecimalNumber(-sum.significand, exponent: sum.exponent) : sum, key: isRelative ? Array("ago".utf8) : [0x74])
            }
            tree.close(item)
        }
        tree.close(root)
    }
}

extension DecimalNumber {
    /// The exact sum; nil where it exceeds 64 bits.
    func adding(_ other: DecimalNumber) -> DecimalNumber? {
        let (a, b) = (normalised, other.normalised)
        let low = min(a.exponent, b.exponent)
        guard let x = DecimalNumber(a.significand, exponent: a.exponent - low).scaled(decimals: 0),
              let y = DecimalNumber(b.significand, exponent: b.exponent - low).scaled(decimals: 0) else { return nil }
        let (sum, overflow) = x.addingReportingOverflow(y)
        return overflow ? nil : DecimalNumber(sum, exponent: low)
    }
}
