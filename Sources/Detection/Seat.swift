import CareModel

/// One thing that rules watch: a device, a home, a profile or a link. See `RuleBook`.
struct Seat: Hashable, Sendable {
    var shape: Int32
    /// Its first cell; the cell of template t is `row + t`. Seats whose rules have the same numbers share a row.
    var row: Int32
    /// The key of its first deadline.
    var firstKey: Int32
    /// Its first word in the block of memories.
    var memory: Int32
    /// Of a binding: the seat of its home, and of the resident whom it is about; -1 where it may be several or none.
    var home: Int32 = -1
    var person: Int32 = -1
    /// Of a binding: the fingerprints of the device and of the room; 0 = no room.
    var device: UInt64 = 0
    var room: UInt64 = 0
    /// Of a binding: whether it has states that it never ends.
    var hasClearings = false
}

/// A rule at the seats of one row: with which numbers, and where its memory and its deadline are.
struct Cell: Hashable, Sendable {
    /// -1 where the rule is off: then it has neither memory nor deadline.
    var variant: Int32
    /// Its first word, counted from the seat's.
    var memory: Int32
    /// Its deadline's key, counted from the seat's first; -1 where it asks for none.
    var key: Int32
    /// `Watches.sooner` and `Watches.hearing` of its form.
    var maySoonen: Bool
    var isHearing: Bool
}

/// What Detection knows of a seat beside the memories of its rules. All of it lies together, because nearly every reading
/// asks for most of it, and a hub of ten thousand residents has no cache that holds everything.
struct SeatState: Sendable {
    /// In seen time: the last sign of life of a device, else the start of the configuration.
    var heard: Int64
    /// Of a binding: since when, in seen time, it is told as gone; `Int64.min` = it is not.
    var goneSince = Int64.min
    /// Which behaviour levels are known, and which of them are true.
    var levelsKnown: UInt64 = 0
    var levels: UInt64 = 0
    /// Of a binding: the bridge through which it was heard last; -1 = none that is known.
    var parent: Int32 = -1
    /// Of a binding: whether others are heard through it.
    var isParent = false
    /// Whether a rule that wants signs of life has a condition open.
    var isAwaited = false
    /// Which modes hold here.
    var modes: UInt8 = 0
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
    /// By kind; flattened into `RuleBook.calls` when the book is complete.
    var calls: [[UInt16]] = Array(repeating: [], count: RuleBook.kindCount)

    mutating func add(_ rule: Int, _ spec: RuleSpec, kind: Kind?, calledBy kinds: [Kind]) {
        let template = templates.count
        templates.append(Template(rule: rule, kind: kind))
        for kind in kinds { calls[Int(kind.rawValue)].append(UInt16(template)) }
        if spec.form.watches.contains(.hearing) { hearing.append(template) }
        if spec.form.watches.contains(.rejections) { rejecting.append(template) }
        if spec.form.watches.contains(.links) { linking.append(template) }
        if spec.form.watches.contains(.strangers) { naming.append(template) }
        if spec.form.watches.contains(.doubts) { doubting.append(template) }
    }
}
