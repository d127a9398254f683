import CareModel

extension Detection {
    /// Appends everything learned, by names and in their order: the same state always gives the same bytes.
    public func write(to w: inout ByteWriter) {
        w.optional(lastAt) { $0.instant($1) }
        w.optional(lastMessageAt) { $0.instant($1) }
        w.signed(clock.offset.microseconds); w.byte(clock.quality.rawValue)
        sight.write(to: &w)
        writeKeyed(to: &w)
        writeModes(to: &w)
    }

    /// Reads what `write` wrote, in this version or one of `stateVersionsRead`. Positions come with the first book: call `resume` or `reconfigure` before anything else.
    public init(from r: inout ByteReader, version: UInt16 = Detection.stateVersion) throws(BinaryFailure) { try self.init(from: &r, version: version) { _ in true } }

    /// - Parameter isKept: of the seats; the others are read over.
    init(from r: inout ByteReader, version: UInt16, keeping isKept: (SeatIdentity) -> Bool) throws(BinaryFailure) {
        lastAt = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        lastMessageAt = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        clock = HubClock(offset: Span(microseconds: try r.signed()), quality: try r.choice(ClockQuality.self))
        sight = try Sight(from: &r)
        loose = try KeyedState(from: &r, keeping: isKept)
        if version >= 4 { try readModes(from: &r) }
    }

    /// Takes another configuration: what both know is kept, what is new starts afresh, and conditions of rules and
    /// subjects that are gone end with their reason.
    ///
    /// - Parameter findings: gets the ends, by condition key.
    public mutating func reconfigure(to book: RuleBook, at: Instant, clock: HubClock, into findings: inout [Finding]) {
        // Never before what is known already: a checkpoint may be newer than the record that names the configuration.
        let at = max(at, lastAt ?? at)
        if mapped != nil, book.fingerprint == fingerprint {
            // The same book, as at most starts: everything has its position already, and only deadlines count from here.
            (self.clock, lastAt) = (clock, at)
            queue = DeadlineQueue(keys: book.keyCount)
            rearmClearings(book)
            placeModes(at, book)
            return rearm(at, book, onlyMissing: false)
        }
        let before = keyed().open
        self.clock = clock
        adopt(book, at: at)
        lastAt = at
        let after = Set(keyed().open.map(\.key)), rules = Set(book.ruleNames)
        for one in before where !after.contains(one.key) {
            let hasRule = rules.contains(one.rule)
            findings.append(Finding(
                rule: one.rule, change: .cleared(hasRule ? .subjectRemoved : .ruleRemoved), kind: one.kind, category: one.category,
                priority: one.priority, subject: one.subject, isLatching: one.isLatching, isCondition: true,
                receivedAt: clock.wall(at), detectedAt: at, detectedWall: clock.wall(at),
                text: hasRule
                    ? LocalizedText(zhCN: "配置已更改：该设备或老人不再适用此规则", en: "The configuration changed: the rule no longer watches this device or resident")
                    : LocalizedText(zhCN: "配置已更改：该规则已停用", en: "The configuration changed: the rule is gone")))
        }
    }

    /// Gives what a checkpoint held its positions in `book`, which is the one that the checkpoint was made under. The time of
    /// the last record stays: the blindness of the start that follows counts from there, and a replay must find the same.
    public mutating func resume(under book: RuleBook, at: Instant) { adopt(book, at: lastAt ?? at) }

    /// Gives everything learned its positions in `book`, and tells nobody.
    mutating func adopt(_ book: RuleBook, at: Instant) {
        let state = keyed()
        let byIdentity = Dictionary(state.seats.enumerated().map { ($1.identity, $0) }) { first, _ in first }
        (mapped, fingerprint, loose, silenceSpan) = (book, book.fingerprint, KeyedState(), book.commonSilence)
        let seen = sight.seen(at).microseconds
        memory = Array(repeating: 0, count: book.memoryWords)
        states = Array(repeating: SeatState(heard: seen), count: book.seats.count)
        queue = DeadlineQueue(keys: book.keyCount)
        placeModes(at, book)
        resetBridges(book)
        for (index, seat) in book.seats.enumerated() {
            let known = byIdentity[book.identities[index]].map { state.seats[$0] }
            let kept = known?.subject == book.subjects[index].key ? known : nil
            for (t, template) in book.shapes[Int(seat.shape)].templates.enumerated() {
                let cell = book.cell(index, t)
                guard cell.variant >= 0 else { continue }
                memory.withUnsafeMutableBytes { bytes in
                    guard let base = bytes.baseAddress else { return }
                    book.restore(Int(cell.variant), template, kept?.memories ?? [], at: base + Int(seat.memory + cell.memory) * 8)
                }
            }
            if let kept {
                states[index].heard = kept.heard
                (states[index].levelsKnown, states[index].levels) = (kept.levelsKnown, kept.levels)
            }
            states[index].isAwaited = awaits(index, book)
            if let kept, index < book.homeSeats.count { restoreBridge(index, kept, book) }
        }
        strangers = [:]
        for seat in state.seats where seat.identity.domain == .stranger {
            let device = DeviceID(seat.identity.id)
            guard book.subject(ofStranger: device).key == seat.subject else { continue }
            var words = startedStranger(book)
            for (t, template) in book.shapes[book.strangerShape].templates.enumerated() {
                let cell = book.cells[book.strangerRow + t]
                guard cell.variant >= 0 else { continue }
                words.withUnsafeMutableBytes { bytes in
                    if let base = bytes.baseAddress { book.restore(Int(cell.variant), template, seat.memories, at: base + Int(cell.memory) * 8) }
                }
            }
            strangers[device] = words
        }
        rearmClearings(book)
        rearm(at, book, onlyMissing: false)
    }

    /// The state by names, under the book that it is mapped to; as it came when no book was given yet.
    func keyed() -> KeyedState {
        guard let book = mapped else { return loose }
        var state = KeyedState(), starts = RuleBook.Starts(book)
        state.seats.reserveCapacity(book.seats.count + strangers.count)
        eachSeat(book, &starts) { state.seats.append($0) }
        state.open = open(book)
        return state
    }

    /// The same bytes as a `KeyedState` with the names of all rules, one seat after the other: the whole of it would
    /// take as much memory again as what is kept, every few seconds.
    private func writeKeyed(to w: inout ByteWriter) {
        guard let book = mapped else { return loose.write(to: &w) }
        let names = KeyedState.Names(Set(book.rules.map { KeyedState.Name(rule: $0.name, form: $0.form.name) }))
        var starts = RuleBook.Starts(book)
        names.write(to: &w)
        w.unsigned(UInt64(book.seats.count + strangers.count))
        eachSeat(book, &starts) { $0.write(to: &w, names) }
        w.list(open(book)) { $1.write(to: &$0) }
    }

    private func open(_ book: RuleBook) -> [KeyedState.Open] {
        openConditions(at: lastAt ?? Instant(microseconds: 0), clock: clock, under: book).map {
            .init(rule: $0.rule, kind: $0.kind, category: $0.category, priority: $0.priority, subject: $0.subject, isLatching: $0.isLatching)
        }
    }

    /// Every seat in the order of its identity.
    private func eachSeat(_ book: RuleBook, _ starts: inout RuleBook.Starts, _ take: (KeyedState.Seat) -> Void) {
        var waiting = strangers.keys.sorted { $0.text < $1.text }.map { (SeatIdentity(domain: .stranger, id: $0.text), $0) }[...]
        for place in book.order {
            let index = Int(place)
            while let (identity, device) = waiting.first, identity < book.identities[index] {
                take(stranger(device, identity, book, &starts))
                waiting.removeFirst()
            }
            take(seat(index, book, &starts))
        }
        for (identity, device) in waiting { take(stranger(device, identity, book, &starts)) }
    }

    private func seat(_ index: Int, _ book: RuleBook, _ starts: inout RuleBook.Starts) -> KeyedState.Seat {
        let seat = book.seats[index]
        let memories = memory.withUnsafeBytes { bytes in
            book.memories(of: Int(seat.shape), row: Int(seat.row), at: bytes.baseAddress.map { $0 + Int(seat.memory) * 8 }, &starts)
        }
        var kept = KeyedState.Seat(
            identity: book.identities[index], subject: book.subjects[index].key, heard: states[index].heard,
            levelsKnown: states[index].levelsKnown, levels: states[index].levels, memories: memories)
        if index < book.homeSeats.count { keepBridge(index, book, in: &kept) }
        return kept
    }

    private func stranger(_ device: DeviceID, _ identity: SeatIdentity, _ book: RuleBook, _ starts: inout RuleBook.Starts) -> KeyedState.Seat {
        let words = strangers[device] ?? []
        let memories = words.withUnsafeBytes { book.memories(of: book.strangerShape, row: book.strangerRow, at: $0.baseAddress, &starts) }
        return KeyedState.Seat(
            identity: identity, subject: book.subject(ofStranger: device).key, heard: 0, levelsKnown: 0, levels: 0, memories: memories)
    }
}

extension RuleBook {
    /// Writes the kept memory of a template, or its start.
    func restore(_ variant: Int, _ template: Shape.Template, _ kept: [KeyedState.Memory], at memory: UnsafeMutableRawPointer) {
        bound[variant].start(memory)
        let rule = rules[template.rule], kind = template.kind?.rawValue ?? 255
        guard let found = kept.first(where: { $0.rule == rule.name && $0.form == rule.form.name && $0.kind == kind }) else { return }
        if !bound[variant].read(memory, found.bytes) { bound[variant].start(memory) }
    }

    /// The memories of one seat that differ from their start.
    ///
    /// - Parameter starts: filled as variants are met, for the seats that follow.
    func memories(of shape: Int, row: Int, at memory: UnsafeRawPointer?, _ starts: inout Starts) -> [KeyedState.Memory] {
        guard let memory else { return [] }
        var found: [KeyedState.Memory] = []
        for (t, template) in shapes[shape].templates.enumerated() {
            let cell = cells[row + t], variant = Int(cell.variant)
            guard variant >= 0 else { continue }
            let here = memory + Int(cell.memory) * 8
            let start = starts.of(variant, words: rules[template.rule].form.memoryWords, bound)
            // Most seats hold most rules as they began, word for word; only the others are written out to be compared.
            if start.words.withUnsafeBytes({ $0.elementsEqual(UnsafeRawBufferPointer(start: here, count: $0.count)) }) { continue }
            var now = ByteWriter()
            bound[variant].write(here, &now)
            if now.bytes == start.bytes { continue }
            let rule = rules[template.rule]
            found.append(.init(rule: rule.name, form: rule.form.name, kind: template.kind?.rawValue ?? 255, bytes: now.bytes))
        }
        return found
    }

    /// What each variant's memory is at its start, worked out once a checkpoint.
    struct Starts {
        typealias Start = (words: [UInt64], bytes: [UInt8])

        private var known: [Start?]

        init(_ book: RuleBook) { known = Array(repeating: nil, count: book.bound.count) }

        mutating func of(_ variant: Int, words: Int, _ bound: [BoundRule]) -> Start {
            if let start = known[variant] { return start }
            var memory = [UInt64](repeating: 0, count: words)
            var writer = ByteWriter()
            memory.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                bound[variant].start(base)
                bound[variant].write(base, &writer)
            }
            known[variant] = (memory, writer.bytes)
            return (memory, writer.bytes)
        }
    }
}
