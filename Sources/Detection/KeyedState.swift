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
        let names = Names(met)
        names.write(to: &w)
        w.list(seats) { $1.write(to: &$0, names) }
        w.list(open) { $1.write(to: &$0) }
    }

    /// The list that stands before the seats: the names that their memories may have.
    struct Names {
        private let list: [Name]
        private let places: [Name: Int]

        init(_ names: Set<Name>) {
            list = names.sorted { $0.rule + "|" + $0.form < $1.rule + "|" + $1.form }
            places = Dictionary(uniqueKeysWithValues: list.enumerated().map { ($1, $0) })
        }

        subscript(_ name: Name) -> Int { places[name] ?? 0 }

        func write(to w: inout ByteWriter) { w.list(list) { w, name in w.string(name.rule); w.string(name.form) } }
    }

    init() {}

    /// - Parameter isKept: of the seats; the others are read over.
    init(from r: inout ByteReader, keeping isKept: (SeatIdentity) -> Bool = { _ in true }) throws(BinaryFailure) {
        let names = try r.list { (r: inout ByteReader) throws(BinaryFailure) in Name(rule: try r.string(), form: try r.string()) }
        let read = try r.list { (r: inout ByteReader) throws(BinaryFailure) -> Seat? in
            let identity = SeatIdentity(domain: try r.choice(SeatIdentity.Domain.self), id: try r.string())
            let subject = try r.string(), heard = try r.signed(), known = try r.unsigned(), levels = try r.unsigned()
            let memories = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
                let at = r.index, name = try r.unsigned()
                guard name < UInt64(names.count) else { throw .malformed("rule \(name) is not in the list", at: at) }
                let found = names[Int(name)]
                return Memory(rule: found.rule, form: found.form, kind: try r.byte(), bytes: try r.blob())
            }
            let seat = Seat(
                identity: identity, subject: subject, heard: heard, levelsKnown: known, levels: levels, memories: memories,
                parent: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.string() },
                goneSince: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.signed() },
                clears: try r.list { (r: inout ByteReader) throws(BinaryFailure) in Clear(kind: try r.choice(Kind.self), at: try r.instant()) })
            return isKept(identity) ? seat : nil
        }
        seats = read.compactMap { $0 }
        open = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            Open(
                rule: try r.string(), kind: try r.string(), category: try r.choice(Category.self), priority: try r.choice(Priority.self),
                subject: try Subject(from: &r), isLatching: try r.bool())
        }
    }
}

extension KeyedState.Seat {
    func write(to w: inout ByteWriter, _ names: KeyedState.Names) {
        w.byte(identity.domain.rawValue); w.string(identity.id); w.string(subject)
        w.signed(heard); w.unsigned(levelsKnown); w.unsigned(levels)
        w.list(memories) { w, memory in
            w.unsigned(UInt64(names[memory.name])); w.byte(memory.kind); w.blob(memory.bytes)
        }
        w.optional(parent) { $0.string($1) }
        w.optional(goneSince) { $0.signed($1) }
        w.list(clears) { w, clear in w.byte(clear.kind.rawValue); w.instant(clear.at) }
    }
}

extension KeyedState.Open {
    func write(to w: inout ByteWriter) {
        w.string(rule); w.string(kind); w.byte(category.rawValue); w.byte(priority.rawValue)
        subject.write(to: &w); w.bool(isLatching)
    }
}
