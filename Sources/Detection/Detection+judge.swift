import CareModel

extension Detection {
    /// Judges one instance, arms its deadline and tells what it says.
    mutating func judge(_ seat: Int, _ template: Int, _ e: Evidence, _ reading: Reading?, _ book: RuleBook, _ findings: inout [Finding]) {
        if seatModes[seat] != 0 {
            let variant = Int(book.variants[Int(book.seats[seat].first) + template])
            guard variant >= 0 else { return }
            let placed = isAboutSilence(seat, template, book) ? placed(e, seat, book) : e
            return speak(seat, template, inMode(placed, seat, variant, book), reading, book, &findings)
        }
        // Nearly all evidence is no silence, and is handed on as it is: the copy would be a good part of the judgement.
        if e.occasion == .due || e.kind == .online, isAboutSilence(seat, template, book) {
            speak(seat, template, placed(e, seat, book), reading, book, &findings)
        } else {
            speak(seat, template, e, reading, book, &findings)
        }
    }

    private func isAboutSilence(_ seat: Int, _ template: Int, _ book: RuleBook) -> Bool {
        book.rules[book.shapes[Int(book.seats[seat].shape)].templates[template].rule].form.watches.contains(.hearing)
    }

    private mutating func speak(_ seat: Int, _ template: Int, _ e: Evidence, _ reading: Reading?, _ book: RuleBook, _ findings: inout [Finding]) {
        let place = book.seats[seat], instance = Int(place.first) + template
        let variant = Int(book.variants[instance])
        guard variant >= 0 else { return }
        let shape = Int(place.shape)
        let offset = (Int(place.memory) + book.shapes[shape].templates[template].memory) * 8
        var verdict = memory.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { book.judges[variant](e, $0 + offset) } ?? .quiet(.notConcerned)
        }
        if seatModes[seat] != 0 { verdict = inMode(verdict, seat, variant, book.rules[book.shapes[shape].templates[template].rule].category, book) }
        if recorder != nil { record(verdict, seat, template, e, book) }
        if case .quiet(let reason) = verdict {
            quietCounts[Int(reason.rawValue)] &+= 1
            guard book.isTimed[instance], e.occasion == .due || book.maySoonen[instance] || queue.due(of: instance) == nil else { return }
            arm(seat, template, e, book, onlyEarlier: true)
            return
        }
        if book.isTimed[instance] { arm(seat, template, e, book, onlyEarlier: true) }
        let spec = book.rules[book.shapes[shape].templates[template].rule]
        if spec.form.watches.contains(.hearing), case .raise(let ground, _) = verdict { note(ground, of: seat, e) }
        if spec.form.watches.contains(.hearing) { isAwaited[seat] = awaits(seat, book) }
        var subject = book.subjects[seat]
        if subject.room.isEmpty, e.source >= 0 { subject.room = book.subjects[Int(e.source)].room }
        let first = findings.count
        emit(verdict, spec, subject, e, reading, isStranger: false, &findings) { name, language in
            memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[variant].fill(name, language, $0 + offset) } }
        }
        if !book.mayFlap[variant] { for index in first..<findings.count { findings[index].mayFlap = false } }
        // An end that another incident explains is no recovery, and is not counted as one.
        if case .clear(_, .explainedByBridge) = verdict { for index in first..<findings.count { findings[index].mayFlap = false } }
        if spec.form.watches.contains(.hearing), case .raise = verdict { explain(behind: seat, e, book, &findings) }
    }

    /// Sets the deadline that the rule wants now. A later one than is set already stays unset: the earlier one will
    /// find that nothing is due and move it (a device's silence moves with each of its messages).
    func dueNow(_ seat: Int, _ template: Int, _ e: Evidence, _ book: RuleBook) -> Instant? {
        let place = book.seats[seat]
        let variant = Int(book.variants[Int(place.first) + template])
        guard variant >= 0 else { return nil }
        let offset = (Int(place.memory) + book.shapes[Int(place.shape)].templates[template].memory) * 8
        if isBehindBridge(seat) || seatModes[seat] != 0 {
            var behind = seatModes[seat] == 0 ? e : inMode(e, seat, variant, book)
            behind.isBehindBridge = isBehindBridge(seat)
            return memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[variant].due(behind, $0 + offset) } }
        }
        return memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[variant].due(e, $0 + offset) } }
    }

    mutating func arm(_ seat: Int, _ template: Int, _ e: Evidence, _ book: RuleBook, onlyEarlier: Bool) {
        let instance = Int(book.seats[seat].first) + template
        guard let wanted = dueNow(seat, template, e, book) else {
            queue.remove(instance)
            return
        }
        // After its own deadline a rule is asked again later, never at the same instant for ever.
        let due = e.occasion == .due ? max(wanted, e.at + Span(microseconds: 1)) : wanted
        if onlyEarlier, let set = queue.due(of: instance), set <= due { return }
        queue.set(instance, due: due)
    }

    /// Sets all deadlines anew: after blind time (those that were dropped meanwhile), a step of the clock, a new book.
    mutating func rearm(_ at: Instant, _ book: RuleBook, onlyMissing: Bool) {
        for (instance, seat, template) in book.timed {
            if onlyMissing, queue.due(of: instance) != nil { continue }
            var e = evidence(.reading, at)
            e.heard = Instant(microseconds: heard[seat])
            arm(seat, template, e, book, onlyEarlier: false)
        }
    }

    func openGround(_ seat: Int, _ template: Int, _ book: RuleBook) -> (Ground, Priority)? {
        let place = book.seats[seat]
        let variant = Int(book.variants[Int(place.first) + template])
        guard variant >= 0 else { return nil }
        let offset = (Int(place.memory) + book.shapes[Int(place.shape)].templates[template].memory) * 8
        return memory.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { book.bound[variant].open($0 + offset) } }
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
            let variant = Int(book.variants[book.strangerFirst + template])
            guard variant >= 0 else { continue }
            let verdict = words.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { book.judges[variant](e, $0 + shape.templates[template].memory * 8) } ?? .quiet(.notConcerned)
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
        let shape = book.shapes[book.strangerShape]
        var words = [UInt64](repeating: 0, count: shape.words)
        for (t, template) in shape.templates.enumerated() {
            let variant = Int(book.variants[book.strangerFirst + t])
            guard variant >= 0 else { continue }
            words.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { book.bound[variant].start(base + template.memory * 8) }
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

    /// Whose instance it is: the last seat that begins at or before it.
    func owner(of instance: Int) -> (seat: Int, template: Int) {
        var low = 0, high = seats.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(seats[middle].first) <= instance { low = middle } else { high = middle }
        }
        return (low, instance - Int(seats[low].first))
    }
}
