import CareModel

extension Detection {
    /// Judges one instance, arms its deadline and tells what it says.
    mutating func judge(_ seat: Int, _ template: Int, _ e: Evidence, _ reading: Reading?, _ book: RuleBook, _ findings: inout [Finding]) {
        let place = book.seats[seat], cell = book.cells[Int(place.row) + template]
        guard cell.variant >= 0 else { return }
        if states[seat].modes != 0 {
            let placed = cell.isHearing ? placed(e, seat, book) : e
            return speak(seat, template, place, cell, inMode(placed, seat, Int(cell.variant), book), reading, book, &findings)
        }
        // Nearly all evidence is no silence, and is handed on as it is: the copy would be a good part of the judgement.
        if e.occasion == .due || e.kind == .online, cell.isHearing {
            speak(seat, template, place, cell, placed(e, seat, book), reading, book, &findings)
        } else {
            speak(seat, template, place, cell, e, reading, book, &findings)
        }
    }

    private mutating func speak(
        _ seat: Int, _ template: Int, _ place: Seat, _ cell: Cell, _ e: Evidence, _ reading: Reading?, _ book: RuleBook, _ findings: inout [Finding]
    ) {
        let variant = Int(cell.variant), shape = Int(place.shape), key = Int(place.firstKey + cell.key)
        let offset = Int(place.memory + cell.memory) * 8
        var verdict = memory.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { book.judges[variant](e, $0 + offset) } ?? .quiet(.notConcerned)
        }
        if states[seat].modes != 0 { verdict = inMode(verdict, seat, variant, book.rules[book.shapes[shape].templates[template].rule].category, book) }
        if recorder != nil { record(verdict, seat, template, e, book) }
        if case .quiet(let reason) = verdict {
            quietCounts[Int(reason.rawValue)] &+= 1
            guard cell.key >= 0, e.occasion == .due || cell.maySoonen || !queue.isSet(key) else { return }
            arm(seat, template, e, book, onlyEarlier: true)
            return
        }
        if cell.key >= 0 { arm(seat, template, e, book, onlyEarlier: true) }
        let spec = book.rules[book.shapes[shape].templates[template].rule]
        if cell.isHearing, case .raise(let ground, _) = verdict { note(ground, of: seat, e, book) }
        if cell.isHearing { states[seat].isAwaited = awaits(seat, book) }
        var subject = book.subjects[seat]
        if subject.room.isEmpty, e.source >= 0 { subject.room = book.subjects[Int(e.source)].room }
        let first = findings.count
        emit(verdict, spec, subject, e, reading, isStranger: false, &findings) { name, language in
            memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[variant].fill(name, language, $0 + offset) } }
        }
        if !book.mayFlap[variant] { for index in first..<findings.count { findings[index].mayFlap = false } }
        // An end that another incident explains is no recovery, and is not counted as one.
        if case .clear(_, .explainedByBridge) = verdict { for index in first..<findings.count { findings[index].mayFlap = false } }
        if cell.isHearing, case .raise = verdict { explain(behind: seat, e, book, &findings) }
    }

    /// Sets the deadline that the rule wants now. A later one than is set already stays unset: the earlier one will
    /// find that nothing is due and move it (a device's silence moves with each of its messages).
    func dueNow(_ seat: Int, _ template: Int, _ e: Evidence, _ book: RuleBook) -> Instant? {
        let place = book.seats[seat], cell = book.cells[Int(place.row) + template]
        guard cell.variant >= 0 else { return nil }
        let variant = Int(cell.variant), offset = Int(place.memory + cell.memory) * 8
        if isBehindBridge(seat) || states[seat].modes != 0 {
            var behind = states[seat].modes == 0 ? e : inMode(e, seat, variant, book)
            behind.isBehindBridge = isBehindBridge(seat)
            return memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[variant].due(behind, $0 + offset) } }
        }
        return memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[variant].due(e, $0 + offset) } }
    }

    mutating func arm(_ seat: Int, _ template: Int, _ e: Evidence, _ book: RuleBook, onlyEarlier: Bool) {
        let own = book.cell(seat, template).key
        guard own >= 0 else { return }
        let key = Int(book.seats[seat].firstKey + own)
        guard let wanted = dueNow(seat, template, e, book) else {
            queue.remove(key)
            return
        }
        // After its own deadline a rule is asked again later, never at the same instant for ever.
        let due = e.occasion == .due ? max(wanted, e.at + Span(microseconds: 1)) : wanted
        if onlyEarlier, let set = queue.due(of: key), set <= due { return }
        queue.set(key, due: due)
    }

    /// Sets all deadlines anew: after blind time (those that were dropped meanwhile), a step of the clock, a new book.
    mutating func rearm(_ at: Instant, _ book: RuleBook, onlyMissing: Bool) {
        for (key, one) in book.timed.enumerated() {
            if onlyMissing, queue.isSet(key) { continue }
            var e = evidence(.reading, at)
            e.heard = Instant(microseconds: states[Int(one.seat)].heard)
            arm(Int(one.seat), Int(one.template), e, book, onlyEarlier: false)
        }
    }

    func openGround(_ seat: Int, _ template: Int, _ book: RuleBook) -> (Ground, Priority)? {
        let place = book.seats[seat], cell = book.cells[Int(place.row) + template]
        guard cell.variant >= 0 else { return nil }
        let offset = Int(place.memory + cell.memory) * 8
        return memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[Int(cell.variant)].open($0 + offset) } }
    }

    func isOpen(_ seat: Int, _ template: Int, _ book: RuleBook) -> Bool { openGround(seat, template, book) != nil }

    func awaits(_ seat: Int, _ book: RuleBook) -> Bool {
        book.shapes[Int(book.seats[seat].shape)].hearing.contains { isOpen(seat, $0, book) }
    }

    // MARK: Devices that nobody registered

    /// A safety kind of a device that nobody registered, or that its profile did not announce.
    mutating func observeStranger(_ reading: Reading, _ e: Evidence, subject: Subject?, _ book: RuleBook, _ findings: inout [Finding]) {
        let range = book.callRange(shape: book.strangerShape, Int(reading.kind.rawValue))
        let templates = range.map { Int(book.calls[$0]) }
        let hearing = book.shapes[book.strangerShape].hearing
        let whom = subject ?? Subject(home: nil, device: reading.device)
        if strangers[reading.device] != nil, !hearing.isEmpty, !reading.isRetained {
            var life = e
            life.occasion = .heard
            judgeStranger(reading.device, whom, hearing, life, nil, book, &findings)
        }
        judgeStranger(reading.device, whom, templates, e, reading, book, &findings)
    }

    mutating func judgeStranger(
        _ device: DeviceID, _ subject: Subject, _ templates: [Int], _ e: Evidence, _ reading: Reading?, _ book: RuleBook, _ findings: inout [Finding]
    ) {
        let shape = book.shapes[book.strangerShape]
        guard !templates.isEmpty else { return }
        var words = strangers[device] ?? startedStranger(book)
        for template in templates {
            let cell = book.cells[book.strangerRow + template]
            guard cell.variant >= 0 else { continue }
            let verdict = words.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { book.judges[Int(cell.variant)](e, $0 + Int(cell.memory) * 8) } ?? .quiet(.notConcerned)
            }
            if case .quiet(let reason) = verdict {
                quietCounts[Int(reason.rawValue)] &+= 1
            } else {
                emit(verdict, book.rules[shape.templates[template].rule], subject, e, reading, isStranger: subject.home == nil, &findings)
            }
        }
        if strangers[device] != nil || strangers.count < Detection.strangersMax { strangers[device] = words }
    }

    func startedStranger(_ book: RuleBook) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: book.strangerWords)
        for t in book.shapes[book.strangerShape].templates.indices {
            let cell = book.cells[book.strangerRow + t]
            guard cell.variant >= 0 else { continue }
            words.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { book.bound[Int(cell.variant)].start(base + Int(cell.memory) * 8) }
            }
        }
        return words
    }
}

extension RuleBook {
    /// Where in `calls` the templates of a reading of a kind lie.
    func callRange(_ seat: Int, _ kind: Int) -> Range<Int> { callRange(shape: Int(seats[seat].shape), kind) }

    func callRange(shape: Int, _ kind: Int) -> Range<Int> {
        let row = shape * (RuleBook.kindCount + 1) + kind
        return Int(callStarts[row])..<Int(callStarts[row + 1])
    }
}
