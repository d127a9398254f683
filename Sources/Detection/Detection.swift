import CareModel

/// The memory of all rules: readings and passing time make findings.
///
/// All memories lie in one block, addressed by the positions of the current `RuleBook`; a checkpoint holds them by
/// names. Give `observe` every reading, rejection, link change and start in journal order, and `fire` every deadline
/// that came due before the record; both are pure, so the same records give the same findings.
///
/// - Note: hand the `started` record to `observe` *before* firing what came due while the hub was stopped: only then
///   is the stop known as blind time.
public struct Detection: Sendable {
    /// Version of the checkpoint's bytes.
    public static let stateVersion: UInt16 = 4
    /// Versions that are read: what was learned over months outlives an upgrade. Version 3 knew no modes.
    public static let stateVersionsRead: ClosedRange<UInt16> = 3...4
    /// Devices that nobody registered whose states are remembered; beyond it each safety state counts as new.
    public static let strangersMax = 1_024

    /// How often rules stayed silent, by `Quiet.rawValue`, since this value was made; for metrics, not part of the state.
    public internal(set) var quietCounts = [UInt64](repeating: 0, count: Quiet.allCases.count)

    /// The book that positions belong to.
    var mapped: RuleBook?
    var fingerprint: UInt64 = 0
    /// What a checkpoint held, until a book gives it positions.
    var loose = KeyedState()
    /// Notes what every rule says, for an explanation; nil = off. Not part of the state.
    public var recorder: VerdictRecorder?
    var sight = Sight()
    var lastAt: Instant?
    /// The newest message of any device: when many homes fall silent together, it is not the people.
    var lastMessageAt: Instant?
    /// `RuleBook.commonSilence` of the book in force.
    var silenceSpan = Detection.commonSilenceSpan
    var clock = HubClock()
    var memory: [UInt64] = []
    var queue = DeadlineQueue()
    /// Of each seat.
    var states: [SeatState] = []
    /// Of each clearing: when the state is over; `Int64.min` = it is not on.
    var clearsAt: [Int64] = []
    /// What people told, in the order of homes, residents and sorts.
    public internal(set) var modes: [ModeInForce] = []
    /// Of seats that are or were away, what does not count for their absence rules.
    var absences: [SeatIdentity: AbsenceClock] = [:]
    /// Memories of unregistered devices, in the stranger shape.
    var strangers: [DeviceID: [UInt64]] = [:]

    public init() {}

    /// The earliest time at which a rule wants to be asked; it may be asked in vain, because deadlines move lazily.
    public var nextDeadline: Instant? { queue.first?.due }

    /// Whether the hub can't see now (stopped, link lost, or still reading what had waited), so absences don't count.
    public var isBlind: Bool { sight.isBlind }

    /// One reading: 0...a few findings, in the order of the rules.
    public mutating func observe(_ reading: Reading, at: Instant, clock: HubClock, under book: RuleBook, into findings: inout [Finding]) {
        enter(at, clock, book)
        if sight.message(at: at) { rearm(at, book, onlyMissing: true) }
        endCommonSilence(at, book, &findings)
        var e = evidence(.reading, at)
        (e.kind, e.value, e.meaning, e.quality) = (reading.kind, reading.value, reading.meaning, reading.quality)
        (e.isRetained, e.observedAt, e.episode) = (reading.isRetained, reading.observedAt, reading.episode)
        if let detail = reading.detail { e.detail = UInt64.fingerprint(detail) }
        let kind = Int(reading.kind.rawValue)
        guard let binding = reading.binding, Int(binding) < book.homeSeats.count, binding >= 0 else {
            if RuleBook.isSafetyKind[kind] { observeStranger(reading, e, subject: nil, book, &findings) }
            return
        }
        let seat = Int(binding), place = book.seats[seat]
        (e.source, e.device, e.room) = (binding, place.device, place.room)
        let isLife = isLife(reading)
        if let parent = reading.parent { follow(seat, Int(parent), isLife: isLife && !reading.isRetained, e, book, &findings) }
        if isLife { hear(seat, e, book, &findings) }
        e.heard = Instant(microseconds: states[seat].heard)
        if !reading.quality.isDisjoint(with: Doubt.marks) { doubt(reading, seat, e, book, &findings) }
        if reading.quality.contains(.unknownSubject) {
            meet(reading, seat, e, book, &findings)
            // Of a person whom nobody knows only what may be a matter of life goes on, for the home.
            if !RuleBook.isSafetyKind[kind] { return }
        }
        if place.hasClearings, !e.isTimedOut { setClearing(seat, reading, book) }
        judgeAll(reading, seat, &e, book, &findings)
    }

    /// What a registered device says, to the rules of the device or of the person whom it names, of the home and of the resident.
    mutating func judgeAll(_ reading: Reading, _ binding: Int, _ e: inout Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        let kind = Int(reading.kind.rawValue), seat = place(of: reading, binding, book)
        if RuleBook.isBehaviourKind[kind], case .flag(let isOn) = reading.value { e.isChange = learn(seat, kind, isOn, reading.quality) }
        let own = book.callRange(seat, kind)
        if own.isEmpty, RuleBook.isSafetyKind[kind] {
            // The profile did not announce the kind; a safety kind is judged all the same.
            observeStranger(reading, e, subject: book.subjects[seat], book, &findings)
        }
        for i in own { judge(seat, Int(book.calls[i]), e, reading, book, &findings) }
        let home = Int(book.seats[binding].home)
        // What somebody of another home measures here says nothing about this one.
        if seat == binding || book.subjects[seat].home == book.subjects[home].home || RuleBook.isSafetyKind[kind] {
            for i in book.callRange(home, kind) {
                e.heard = Instant(microseconds: states[home].heard)
                judge(home, Int(book.calls[i]), e, reading, book, &findings)
            }
        }
        let person = person(of: reading, binding, book)
        guard person >= 0 else { return }
        for i in book.callRange(person, kind) {
            e.heard = Instant(microseconds: states[person].heard)
            judge(person, Int(book.calls[i]), e, reading, book, &findings)
        }
    }

    /// A message that could not be used.
    public mutating func observe(_ rejection: Rejection, at: Instant, clock: HubClock, under book: RuleBook, into findings: inout [Finding]) {
        enter(at, clock, book)
        if sight.message(at: at) { rearm(at, book, onlyMissing: true) }
        endCommonSilence(at, book, &findings)
        var e = evidence(.rejection, at)
        e.rejection = rejection
        if let seat = rejection.profile.flatMap({ book.profileSeats[$0] }) {
            for template in book.shapes[Int(book.seats[seat].shape)].rejecting {
                e.heard = Instant(microseconds: states[seat].heard)
                judge(seat, template, e, nil, book, &findings)
                if isOpen(seat, template, book) { e.isGathered = true }
            }
        }
        if let binding = rejection.binding, binding >= 0, Int(binding) < book.homeSeats.count {
            let seat = Int(binding)
            if !rejection.reason.isUnreadable { hear(seat, e, book, &findings) }
            e.heard = Instant(microseconds: states[seat].heard)
            for template in book.shapes[Int(book.seats[seat].shape)].rejecting { judge(seat, template, e, nil, book, &findings) }
        } else if rejection.isSafety, rejection.reason.isUnreadable {
            let device = rejection.device ?? DeviceID("topic:" + rejection.topic)
            judgeStranger(device, Subject(home: nil, device: device), book.shapes[book.strangerShape].rejecting, e, nil, book, &findings)
        }
    }

    /// What happened to a broker session: blind time begins or ends; a forgotten session is a finding.
    public mutating func observe(_ change: LinkChange, at: Instant, clock: HubClock, under book: RuleBook, into findings: inout [Finding]) {
        enter(at, clock, book)
        let seesAgain = sight.change(change, at: at)
        tell(change, at, book, &findings)
        if seesAgain { rearm(at, book, onlyMissing: true) }
    }

    /// The hub started: it was blind since the last record, and stays so until its links are drained.
    public mutating func observe(_ start: HubStart, at: Instant, clock: HubClock, under book: RuleBook, into findings: inout [Finding]) {
        let last = lastAt
        enter(at, clock, book)
        sight.start(at: at, last: last)
        for link in Link.allCases { tell(LinkChange(link: link, change: .lost), at, book, &findings) }
    }

    /// A journal record that concerns no rule (a command, a delivery report, a wake): the hub was awake then.
    public mutating func note(at: Instant) { lastAt = max(lastAt ?? at, at) }

    /// Judges everything that is due up to `due`, in (due, key) order, each at its own due time.
    ///
    /// Call it with `nextDeadline` while that is not after the record in hand.
    public mutating func fire(due: Instant, clock: HubClock, under book: RuleBook, into findings: inout [Finding]) {
        if book.fingerprint != fingerprint { adopt(book, at: due) }
        self.clock = clock
        while let first = queue.first, first.due <= due {
            if first.key == book.modesKey {
                queue.remove(first.key)
                expireModes(at: first.due, book, &findings)
                continue
            }
            if first.key >= book.clearingKey {
                queue.remove(first.key)
                clear(first.key - book.clearingKey, at: first.due, book, &findings)
                continue
            }
            let seat = Int(book.timed[first.key].seat)
            queue.remove(first.key)
            var e = evidence(.due, first.due)
            e.heard = Instant(microseconds: states[seat].heard)
            judge(seat, Int(book.timed[first.key].template), e, nil, book, &findings)
        }
    }

    // MARK: Inside

    mutating func enter(_ at: Instant, _ clock: HubClock, _ book: RuleBook) {
        if book.fingerprint != fingerprint { adopt(book, at: at) }
        lastAt = at
        if clock.offset != self.clock.offset {
            self.clock = clock
            rearm(at, book, onlyMissing: false)
        }
        self.clock = clock
    }

    func evidence(_ occasion: Evidence.Occasion, _ at: Instant) -> Evidence {
        let silence = lastMessageAt.map { at - $0 } ?? .zero
        guard let from = commonSilence(at) else {
            var e = Evidence(occasion, at: at, clock: clock, seen: sight.seen(at), isBlind: sight.isBlind, heard: .init(microseconds: 0))
            e.anySilence = silence
            return e
        }
        var e = Evidence(occasion, at: at, clock: clock, seen: sight.seen(min(at, from)), isBlind: true, heard: .init(microseconds: 0))
        (e.commonSilence, e.anySilence) = (silence, silence)
        return e
    }

    /// A retained message is the broker's memory, and "offline" the bridge's word: neither is a sign of life.
    func isLife(_ reading: Reading) -> Bool {
        if reading.kind == .online { return reading.value == .flag(true) && !reading.quality.contains(.outOfOrder) }
        return !reading.isRetained && !reading.quality.contains(.ageUnknown)
    }

    mutating func hear(_ seat: Int, _ reading: Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        states[seat].heard = reading.seen.microseconds
        if states[seat].goneSince != .min { comeBack(seat, reading, book) }
        guard states[seat].isAwaited else { return }
        var e = evidence(.heard, reading.at)
        e.heard = reading.seen
        for template in book.shapes[Int(book.seats[seat].shape)].hearing { judge(seat, template, e, nil, book, &findings) }
    }

    /// - Returns: whether the level differs from the last one, or is the first and true.
    private mutating func learn(_ seat: Int, _ kind: Int, _ isOn: Bool, _ quality: Quality) -> Bool {
        if !quality.isDisjoint(with: [.late, .outOfOrder, .test, .sentinel, .implausible]) { return false }
        let bit = UInt64(1) << UInt64(kind & 63)
        let wasKnown = states[seat].levelsKnown & bit != 0, was = states[seat].levels & bit != 0
        // What the broker kept is older than anything that was heard.
        if wasKnown, quality.contains(.ageUnknown) { return false }
        states[seat].levelsKnown |= bit
        if isOn { states[seat].levels |= bit } else { states[seat].levels &= ~bit }
        return wasKnown ? was != isOn : isOn
    }

    private mutating func tell(_ change: LinkChange, _ at: Instant, _ book: RuleBook, _ findings: inout [Finding]) {
        guard Int(change.link.rawValue) < book.linkSeats.count else { return }
        let seat = book.linkSeats[Int(change.link.rawValue)]
        var e = evidence(.link, at)
        e.link = change
        e.heard = Instant(microseconds: states[seat].heard)
        for template in book.shapes[Int(book.seats[seat].shape)].linking { judge(seat, template, e, nil, book, &findings) }
    }
}
