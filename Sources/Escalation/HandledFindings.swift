import CareModel

/// Which raises and ends were taken, by condition: what `reconcile` holds against what Detection found again.
struct HandledFindings: Sendable {
    /// Position × 2 + (1 for an end), rising. Updates aren't kept one by one.
    private var marks: [String: [UInt64]] = [:]

    private static func mark(_ change: Finding.Change, _ position: UInt64) -> UInt64? {
        switch change {
        case .raised: position << 1
        case .cleared: position << 1 | 1
        case .updated: nil
        }
    }

    /// The row's key: unique for position, change and condition.
    private static func rowKey(_ mark: UInt64, _ condition: String) -> String {
        var out = ""
        out.appendPadded(Int(mark >> 1), width: 12)
        out += mark & 1 == 0 ? "|r|" : "|c|"
        out += condition
        return out
    }

    func contains(_ change: Finding.Change, _ condition: String, _ position: UInt64) -> Bool {
        guard let mark = HandledFindings.mark(change, position), let list = marks[condition] else { return false }
        let index = HandledFindings.place(mark, in: list)
        return index < list.count && list[index] == mark
    }

    /// The newest position at which the condition was raised or ended.
    func last(_ condition: String) -> UInt64? { marks[condition]?.last.map { $0 >> 1 } }

    /// - Returns: the row to keep; nil when it is kept already or the change needs none.
    mutating func insert(_ change: Finding.Change, _ condition: String, _ position: UInt64) -> DecidedRow? {
        guard let mark = HandledFindings.mark(change, position) else { return nil }
        var list = marks[condition, default: []]
        let index = HandledFindings.place(mark, in: list)
        if index < list.count, list[index] == mark { return nil }
        marks[condition] = nil
        list.insert(mark, at: index)
        marks[condition] = list
        return Escalation.row(Escalation.Table.finding, HandledFindings.rowKey(mark, condition)) {
            $0.unsigned(mark)
            $0.string(condition)
        }
    }

    /// - Returns: keys of the rows to remove, in the order of conditions and positions.
    mutating func forget(before position: UInt64) -> [String] {
        var keys: [String] = []
        for condition in marks.keys.sorted() {
            guard let list = marks[condition] else { continue }
            let cut = HandledFindings.place(position << 1, in: list)
            guard cut > 0 else { continue }
            for mark in list[..<cut] { keys.append(HandledFindings.rowKey(mark, condition)) }
            marks[condition] = cut == list.count ? nil : Array(list[cut...])
        }
        return keys
    }

    mutating func restore(from r: inout ByteReader) throws(BinaryFailure) {
        let mark = try r.unsigned(), condition = try r.string()
        marks[condition, default: []].append(mark)
    }

    /// To be called once after the last `restore`.
    mutating func sort() {
        for key in marks.keys { marks[key]?.sort() }
    }

    private static func place(_ mark: UInt64, in list: [UInt64]) -> Int {
        if let last = list.last, last < mark { return list.count }
        var low = 0, high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle] < mark { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
