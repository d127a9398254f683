import CareModel

/// One thing that rules watch: a device, a home, a profile or a link. See `RuleBook`.
struct Seat: Hashable, Sendable {
    var shape: Int32
    /// Its first instance; the instance of template t is `first + t`.
    var first: Int32
    /// Its first word in the block of memories.
    var memory: Int32
}

/// What a seat is called, whatever its position: the key of checkpoints.
struct SeatIdentity: Hashable, Comparable, Sendable {
    enum Domain: UInt8, Hashable, Sendable { case device = 0, home = 1, profile = 2, link = 3, stranger = 4, resident = 5, personal = 6 }
    var domain: Domain
    var id: String

    static func < (a: SeatIdentity, b: SeatIdentity) -> Bool {
        a.domain == b.domain ? a.id < b.id : a.domain.rawValue < b.domain.rawValue
    }
}

/// A device and one of the persons whom its messages tell apart.
struct PersonalKey: Hashable, Sendable {
    var binding: Int
    var resident: Int
}

/// A state of a device that is over so long after its last report, because the device never says so.
struct Clearing: Hashable, Sendable {
    var binding: Int
    var kind: Kind
    var seconds: Int
}

/// The rules that watch all seats of one sort, and which of them a reading of a kind concerns.
struct Shape: Sendable {
    struct Template: Hashable, Sendable {
        var rule: Int
        var kind: Kind?
        /// Its first word, counted from the seat's.
        var memory: Int
    }

    var templates: [Template] = []
    /// Templates that want signs of life while they have a condition open.
    var hearing: [Int] = []
    var rejecting: [Int] = []
    var linking: [Int] = []
    /// Templates that want readings of persons whom nobody knows.
    var naming: [Int] = []
    /// Templates that want readings whose quality is in doubt.
    var doubting: [Int] = []
    var words = 0
    /// By kind; flattened into `RuleBook.calls` when the book is complete.
    var calls: [[UInt16]] = Array(repeating: [], count: RuleBook.kindCount)

    mutating func add(_ rule: Int, _ spec: RuleSpec, kind: Kind?, calledBy kinds: [Kind]) {
        let template = templates.count
        templates.append(Template(rule: rule, kind: kind, memory: words))
        words += spec.form.memoryWords
        for kind in kinds { calls[Int(kind.rawValue)].append(UInt16(template)) }
        if spec.form.watches.contains(.hearing) { hearing.append(template) }
        if spec.form.watches.contains(.rejections) { rejecting.append(template) }
        if spec.form.watches.contains(.links) { linking.append(template) }
        if spec.form.watches.contains(.strangers) { naming.append(template) }
        if spec.form.watches.contains(.doubts) { doubting.append(template) }
    }
}
