import CareModel

/// Stretches of wall time in rising order, none touching another's inside.
struct Stretches: Sendable, Hashable {
    private(set) var list: [Range<WallTime>] = []

    init() {}
    init(_ one: Range<WallTime>) { if !one.isEmpty { list = [one] } }

    /// - Parameter ranges: of any order; they may overlap.
    init(_ ranges: [Range<WallTime>]) {
        for one in ranges.filter({ !$0.isEmpty }).sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            if let last = list.last, one.lowerBound <= last.upperBound {
                list[list.count - 1] = last.lowerBound..<max(last.upperBound, one.upperBound)
            } else {
                list.append(one)
            }
        }
    }

    var microseconds: Int64 { list.reduce(0) { $0 + ($1.upperBound - $1.lowerBound).microseconds } }

    func joined(_ other: Stretches) -> Stretches {
        if list.isEmpty { return other }
        return other.list.isEmpty ? self : Stretches(list + other.list)
    }

    func common(_ other: Stretches) -> Stretches {
        var found = Stretches()
        var a = 0, b = 0
        while a < list.count, b < other.list.count {
            let from = max(list[a].lowerBound, other.list[b].lowerBound), to = min(list[a].upperBound, other.list[b].upperBound)
            if from < to { found.list.append(from..<to) }
            if list[a].upperBound < other.list[b].upperBound { a += 1 } else { b += 1 }
        }
        return found
    }

    func without(_ other: Stretches) -> Stretches {
        if other.list.isEmpty { return self }
        var found = Stretches()
        var b = 0
        for one in list {
            var from = one.lowerBound
            while b < other.list.count, other.list[b].upperBound <= from { b += 1 }
            var next = b
            while next < other.list.count, other.list[next].lowerBound < one.upperBound {
                if from < other.list[next].lowerBound { found.list.append(from..<other.list[next].lowerBound) }
                from = max(from, other.list[next].upperBound)
                next += 1
            }
            if from < one.upperBound { found.list.append(from..<one.upperBound) }
        }
        return found
    }
}
