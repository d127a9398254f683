import CareModel

/// What is due when, ordered by (due, key): an indexed binary heap, O(log n) to set, move and remove.
///
/// Keys are small dense integers; each has at most one due time.
struct DeadlineQueue: Hashable, Sendable {
    private var dues: [Int64] = []
    private var keys: [Int32] = []
    /// Where in the heap a key lies; -1 = nowhere.
    private var positions: [Int32] = []

    init(keys count: Int = 0) { positions = Array(repeating: -1, count: count) }

    var count: Int { keys.count }
    var first: (due: Instant, key: Int)? {
        guard let key = keys.first, let due = dues.first else { return nil }
        return (Instant(microseconds: due), Int(key))
    }

    func due(of key: Int) -> Instant? {
        let position = Int(positions[key])
        return position < 0 ? nil : Instant(microseconds: dues[position])
    }

    /// Sets or moves the due time of `key`.
    mutating func set(_ key: Int, due: Instant) {
        var position = Int(positions[key])
        if position < 0 {
            position = keys.count
            keys.append(Int32(key))
            dues.append(due.microseconds)
            positions[key] = Int32(position)
            rise(position)
        } else {
            dues[position] = due.microseconds
            rise(position)
            sink(Int(positions[key]))
        }
    }

    mutating func remove(_ key: Int) {
        let position = Int(positions[key])
        guard position >= 0 else { return }
        positions[key] = -1
        let last = keys.count - 1
        if position < last {
            let moved = keys[last]
            keys[position] = moved
            dues[position] = dues[last]
            positions[Int(moved)] = Int32(position)
            keys.removeLast()
            dues.removeLast()
            rise(position)
            sink(Int(positions[Int(moved)]))
        } else {
            keys.removeLast()
            dues.removeLast()
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        dues[a] == dues[b] ? keys[a] < keys[b] : dues[a] < dues[b]
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        dues.swapAt(a, b)
        keys.swapAt(a, b)
        positions[Int(keys[a])] = Int32(a)
        positions[Int(keys[b])] = Int32(b)
    }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { return }
            exchange(child, parent)
            child = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in 2 * parent + 1...2 * parent + 2 where child < keys.count && precedes(child, least) { least = child }
            guard least != parent else { return }
            exchange(parent, least)
            parent = least
        }
    }
}
