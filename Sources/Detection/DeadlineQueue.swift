import CareModel

/// What is due when, ordered by (due, key): an indexed heap, O(log n) to set, move and remove.
///
/// Keys are small dense integers; each has at most one due time. A node has four children, which lie in one or two lines of
/// the cache: with a hundred thousand deadlines each level more is a wait for memory.
struct DeadlineQueue: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        var due: Int64
        var key: Int32

        static func < (a: Entry, b: Entry) -> Bool { a.due == b.due ? a.key < b.key : a.due < b.due }
    }

    private static let children = 4

    private var heap: [Entry] = []
    /// Where in the heap a key lies; -1 = nowhere.
    private var positions: [Int32] = []

    init(keys count: Int = 0) { positions = Array(repeating: -1, count: count) }

    var count: Int { heap.count }
    var first: (due: Instant, key: Int)? { heap.first.map { (Instant(microseconds: $0.due), Int($0.key)) } }

    func isSet(_ key: Int) -> Bool { positions[key] >= 0 }

    func due(of key: Int) -> Instant? {
        let position = Int(positions[key])
        return position < 0 ? nil : Instant(microseconds: heap[position].due)
    }

    /// Sets or moves the due time of `key`.
    mutating func set(_ key: Int, due: Instant) {
        let entry = Entry(due: due.microseconds, key: Int32(key)), position = Int(positions[key])
        if position < 0 {
            heap.append(entry)
            rise(entry, from: heap.count - 1)
        } else if entry < heap[position] {
            rise(entry, from: position)
        } else {
            sink(entry, from: position)
        }
    }

    mutating func remove(_ key: Int) {
        let position = Int(positions[key])
        guard position >= 0, let last = heap.popLast() else { return }
        positions[key] = -1
        guard position < heap.count else { return }
        if position > 0, last < heap[(position - 1) / DeadlineQueue.children] {
            rise(last, from: position)
        } else {
            sink(last, from: position)
        }
    }

    private mutating func place(_ entry: Entry, at position: Int) {
        heap[position] = entry
        positions[Int(entry.key)] = Int32(position)
    }

    private mutating func rise(_ entry: Entry, from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / DeadlineQueue.children
            guard entry < heap[parent] else { break }
            place(heap[parent], at: child)
            child = parent
        }
        place(entry, at: child)
    }

    private mutating func sink(_ entry: Entry, from start: Int) {
        var parent = start
        while true {
            let first = parent * DeadlineQueue.children + 1
            guard first < heap.count else { break }
            var least = first
            for child in first + 1..<max(first + 1, min(first + DeadlineQueue.children, heap.count)) where heap[child] < heap[least] { least = child }
            guard heap[least] < entry else { break }
            place(heap[least], at: parent)
            parent = least
        }
        place(entry, at: parent)
    }
}
