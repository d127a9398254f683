import CareModel

/// What people told about homes: visitors lower behaviour rules and freeze learning, absences put absence rules to rest.
///
/// An absence is time that doesn't count for those rules, as the hub's own blindness is none: each seat that is away keeps a
/// clock of its own, so that nobody is missed in the minute of the return. No other rule is touched: a press is a press wherever
/// the person is.
extension Detection {
    /// Modes that may hold at once.
    public static let modesMax = 20_000

    /// Seen time that did not count for a seat's absence rules.
    struct AbsenceClock: Hashable, Sendable {
        var skipped: Int64 = 0
        /// Seen time at which the absence in hand began; nil = none is.
        var since: Int64?
    }

    static let visitorsBit: UInt8 = 1
    static let awayBit: UInt8 = 2
    /// The seat's absence rules have a clock of their own.
    static let shiftedBit: UInt8 = 4

    /// Takes what somebody told, and forgets what it replaces.
    ///
    /// - Returns: false where too many modes hold already.
    @discardableResult
    public mutating func setMode(_ change: ModeChange, at: Instant, clock: HubClock, under book: RuleBook, into findings: inout [Finding]) -> Bool {
        enter(at, clock, book)
        let before = modes
        modes.removeAll { one in
            guard one.home == change.home, change.resident == nil || one.resident == nil || one.resident == change.resident else { return false }
            // A visit and an absence may hold side by side; a new absence replaces the one before.
            return change.mode.map { $0.isAbsence == one.mode.isAbsence } ?? true
        }
        if let mode = change.mode {
            guard modes.count < Detection.modesMax else {
                modes = before
                return false
            }
            modes.append(ModeInForce(home: change.home, resident: mode.isAbsence ? change.resident : nil, mode: mode, since: at, until: at + .seconds(change.seconds)))
            modes.sort { ($0.home.text, $0.resident?.text ?? "", $0.mode.rawValue) < ($1.home.text, $1.resident?.text ?? "", $1.mode.rawValue) }
        }
        settleModes(at, book, &findings)
        return true
    }

    /// Ends what has passed its time.
    mutating func expireModes(at: Instant, _ book: RuleBook, _ findings: inout [Finding]) {
        modes.removeAll { $0.until <= at }
        settleModes(at, book, &findings)
    }

    private mutating func settleModes(_ at: Instant, _ book: RuleBook, _ findings: inout [Finding]) {
        let before = states.map(\.modes)
        placeModes(at, book)
        guard before != states.map(\.modes) else { return }
        rearm(at, book, onlyMissing: true)
        // Who asked whether somebody is back has an answer.
        for seat in states.indices where before[seat] & Detection.awayBit != 0 && states[seat].modes & Detection.awayBit == 0 {
            for (template, one) in book.shapes[Int(book.seats[seat].shape)].templates.enumerated() where book.rules[one.rule].form.name == ReturnHome.name {
                judge(seat, template, evidence(.due, at), nil, book, &findings)
            }
        }
    }

    /// Gives each seat the modes of its home and its residents, and sets when the next of them ends.
    mutating func placeModes(_ at: Instant, _ book: RuleBook) {
        let key = book.modesKey
        if let next = modes.map(\.until).min() { queue.set(key, due: next) } else { queue.remove(key) }
        let seen = sight.seen(at).microseconds
        var byHome: [HomeID: [ModeInForce]] = [:]
        for one in modes { byHome[one.home, default: []].append(one) }
        var people: [HomeID: [ResidentID]] = [:]
        for index in book.seats.indices where book.identities[index].domain == .home {
            if let home = book.subjects[index].home { people[home] = book.subjects[index].residents }
        }
        for seat in states.indices { states[seat].modes = 0 }
        guard !modes.isEmpty || !absences.isEmpty else { return }
        for index in book.seats.indices {
            let identity = book.identities[index], subject = book.subjects[index]
            let here = subject.home.flatMap { byHome[$0] } ?? []
            var bits: UInt8 = here.contains { $0.mode == .visitors } ? Detection.visitorsBit : 0
            let gone = here.filter(\.mode.isAbsence), who = subject.residents.isEmpty ? subject.home.flatMap { people[$0] } ?? [] : subject.residents
            if !who.isEmpty, who.allSatisfy({ one in gone.contains { $0.resident == nil || $0.resident == one } }) { bits |= Detection.awayBit }
            if bits & Detection.awayBit != 0 {
                if absences[identity]?.since == nil { absences[identity, default: AbsenceClock()].since = seen }
            } else if let since = absences[identity]?.since {
                absences[identity]?.skipped += max(0, seen - since)
                absences[identity]?.since = nil
            }
            if absences[identity] != nil { bits |= Detection.shiftedBit }
            states[index].modes = bits
        }
    }

    /// The evidence as a rule must see it at a seat with a mode.
    func inMode(_ evidence: Evidence, _ seat: Int, _ variant: Int, _ book: RuleBook) -> Evidence {
        guard !evidence.isInMode else { return evidence }
        var e = evidence
        let bits = states[seat].modes
        (e.isInMode, e.isLearningFrozen, e.isAway) = (true, bits & Detection.visitorsBit != 0, bits & Detection.awayBit != 0)
        guard book.isAbsence[variant], let own = absences[book.identities[seat]] else { return e }
        e.seen = Instant(microseconds: min(e.seen.microseconds, own.since ?? .max) - own.skipped)
        e.heard = min(e.heard, e.seen)
        if own.since != nil { e.isBlind = true }
        return e
    }

    /// What a rule of behaviour may still say while visitors are there: one step less.
    func inMode(_ verdict: Verdict, _ seat: Int, _ variant: Int, _ category: Category, _ book: RuleBook) -> Verdict {
        let bits = states[seat].modes
        if verdict == .quiet(.blind), bits & Detection.awayBit != 0, book.isAbsence[variant] { return .quiet(.away) }
        guard bits & Detection.visitorsBit != 0, category == .behaviour else { return verdict }
        switch verdict {
        case .raise(let ground, let priority): return .raise(ground, priority.lowered)
        case .update(let ground, let priority): return .update(ground, priority.lowered)
        default: return verdict
        }
    }

    // MARK: State

    func writeModes(to w: inout ByteWriter) {
        w.list(modes) { $1.write(to: &$0) }
        w.list(absences.sorted { $0.key < $1.key }) { w, one in
            w.byte(one.key.domain.rawValue); w.string(one.key.id); w.signed(one.value.skipped)
            w.optional(one.value.since) { $0.signed($1) }
        }
    }

    mutating func readModes(from r: inout ByteReader) throws(BinaryFailure) {
        modes = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try ModeInForce(from: &r) }
        let list = try r.list { (r: inout ByteReader) throws(BinaryFailure) in
            (SeatIdentity(domain: try r.choice(SeatIdentity.Domain.self), id: try r.string()),
             AbsenceClock(skipped: try r.signed(), since: try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.signed() }))
        }
        absences = Dictionary(list) { first, _ in first }
    }
}

extension Priority {
    /// One step less urgent; information stays what it is.
    var lowered: Priority {
        switch self {
        case .high: .medium
        case .medium: .low
        case .low, .information: .information
        }
    }
}
