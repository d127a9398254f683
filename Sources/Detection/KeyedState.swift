import CareModel

/// What Detection has learned, by names instead of positions: the checkpoint's form, and the bridge between two books.
struct KeyedState: Hashable, Sendable {
    struct Memory: Hashable, Sendable {
        var rule: String
        var form: String
        /// Raw kind, or 255 for none.
        var kind: UInt8
        var bytes: [UInt8]

        var name: Name { Name(rule: rule, form: form) }
    }

    /// Written once, and by its place for each memory.
    struct Name: Hashable {
        var rule: String
        var form: String
    }

    struct Seat: Hashable, Sendable {
        var identity: SeatIdentity
        /// The subject's key: a device that moved to another home starts afresh.
        var subject: String
        var heard: Int64
        var levelsKnown: UInt64
        var levels: UInt64
        var memories: [Memory]
        /// The bridge through which it is heard; nil = none that is known.
        var parent: String?
        /// Since when it is told as gone, in seen time.
        var goneSince: Int64?
        /// By raw kind, when a state that it never ends is over.
        var clears: [Clear] = []
    }

    /// A state that its device never ends.
    struct Clear: Hashable, Sendable {
        var kind: Kind
        var at: Instant
    }

    /// A condition that was open, with what its end must say even when its rule is gone.
    struct Open: Hashable, Sendable {
        var rule: String
        var kind: String
        var category: Category
        var priority: Priority
        var subject: Subject
        var isLatching: Bool

        var key: String { rule + "|" + subject.key }
    }

    /// Sorted by identity.
    var seats: [Seat] = []
    /// Sorted by key.
    var open: [Open] = []

    func write(to w: inout ByteWriter) {
        var met: Set<Name> = []
        for seat in seats { for memory in seat.memories { met.insert(memory.name) } }
        let names = met.sorted { $0.rule + "|" + $0.form < $1.rule + "|" + $1.form }
        let index = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        w.list(names) { w, name in w.string(name.rule); w.string(name.form) }
        w.list(seats) { w, seat in
            w.byte(seat.identity.domain.rawValue); w.string(seat.identity.id); w.string(seat.subject)
            w.signed(seat.heard); w.unsigned(seat.levelsKnown); w.unsigned(seat.levels)
            w.list(seat.memories) { w, memory in
                w.unsigned(UInt64(index[memory.name] ?? 0)); w.byte(memory.kind); w.blob(memory.bytes)
            }
            w.optional(seat.parent) { $0.string($1) }
            w.optional(seat.goneSince) { $0.signed($1) }
            w.list(seat.clears) { w, clear in w.byte(clear.kind.rawValue); w.instant(clear.at) }
        }
        w.list(open) { w, one in
            w.string(one.rule); w.string(one.kind); w.byte(one.category.rawValue); w.byte(one.priority.rawValue)
            one.subject.write(to: &w); w.bool(one.isLatching)
        }
    }

    init() {}

    init(from r: inout ByteReader) throws(BinaryFailure) {
        let names = try r.list { (r: inout ByteReader) throws(BinaryFailure) in Name(rule: try r.string(), form: try r.string()) }
        seats = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            let identity = SeatIdentity(domain: try r.choice(SeatIdentity.Domain.self), id: try r.string())
            let subject = try r.string(), heard = try r.signed(), known = try r.unsigned(), levels = try r.unsigned()
            let memories = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
                let at = r.index, name = try r.unsigned()
                guard name < UInt64(names.count) else { throw .malformed("rule \(name) is not in the list", at: at) }
                let found = names[Int(name)]
                return Memory(rule: found.rule, form: found.form, kind: try r.byte(), bytes: try r.blob())
            }
            return Seat(
                identity: identity, subject: subject, heard: heard, levelsKnown: known, levels: levels, memories: memories,
                parent: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.string() },
                goneSince: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.signed() },
                clears: try r.list { (r: inout ByteReader) throws(BinaryFailure) in Clear(kind: try r.choice(Kind.self), at: try r.instant()) })
        }
        open = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            Open(
                rule: try r.string(), kind: try r.string(), category: try r.choice(Category.self), priority: try r.choice(Priority.self),
                subject: try Subject(from: &r), isLatching: try r.bool())
        }
    }
}
