import CareModel

/// What is due when, in the order of (due, key).
struct DeadlineList: Sendable {
    enum Subject: Hashable, Comparable, Sendable {
        case armed(DeviceID)
        case take(IncidentID)
        case call(IncidentID)
        case share(IncidentID)
        case contact(IncidentID)
        case morning(IncidentID)
        case shelf(IncidentID)
        case gather(IncidentID)
        case calm(IncidentID)
        /// The rotas are looked at again.
        case duty
        /// A duty has not been done in time.
        case work
        /// A fault has not been mended in time.
        case repair(IncidentID)

        /// Whether people see it at the incident; the others are the hub's own.
        var isShown: Bool {
            switch self {
            case .take, .call, .share, .contact, .morning, .shelf, .repair: true
            case .armed, .gather, .calm, .duty, .work: false
            }
        }

        /// The stable word of `Deadline.kind`.
        var word: String {
            switch self {
            case .armed: "armed"
            case .take: "take"
            case .call: "call"
            case .share: "share"
            case .contact: "contact"
            case .morning: "morning"
            case .shelf: "shelf"
            case .gather: "gather"
            case .calm: "calm"
            case .duty: "duty"
            case .work: "work"
            case .repair: "repair"
            }
        }
    }

    struct Entry: Hashable, Comparable, Sendable {
        var due: Instant
        var subject: Subject

        static func < (a: Entry, b: Entry) -> Bool { a.due == b.due ? a.subject < b.subject : a.due < b.due }
    }

    /// Latest first: the earliest leaves from the end.
    private var entries: [Entry] = []

    var first: Instant? { entries.last?.due }

    private func place(of entry: Entry) -> Int {
        var low = 0, high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entry < entries[middle] { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insert(_ due: Instant, _ subject: Subject) {
        let entry = Entry(due: due, subject: subject)
        let index = place(of: entry)
        if index < entries.count, entries[index] == entry { return }
        entries.insert(entry, at: index)
    }

    mutating func remove(_ due: Instant, _ subject: Subject) {
        let entry = Entry(due: due, subject: subject)
        let index = place(of: entry)
        if index < entries.count, entries[index] == entry { entries.remove(at: index) }
    }

    /// Takes out the earliest entry that is due by `limit`.
    mutating func popFirst(by limit: Instant) -> Entry? {
        guard let last = entries.last, last.due <= limit else { return nil }
        return entries.removeLast()
    }
}
