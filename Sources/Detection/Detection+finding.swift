import CareModel

extension Detection {
    /// Turns a verdict that speaks into a finding. A withdrawal is one too: its end lowers the priority, so that receivers
    /// are told once.
    func emit(
        _ verdict: Verdict, _ rule: RuleSpec, _ subject: Subject, _ e: Evidence, _ reading: Reading?, isStranger: Bool, _ findings: inout [Finding],
        fill: (String, Language) -> String? = { _, _ in nil }
    ) {
        func add(_ change: Finding.Change, _ ground: Ground, _ priority: Priority) {
            findings.append(finding(change, ground, priority, rule, subject, e, reading, isStranger: isStranger, fill))
        }
        switch verdict {
        case .quiet: break
        case .raise(let ground, let priority): add(.raised, ground, priority)
        case .update(let ground, let priority): add(.updated, ground, priority)
        case .withdraw(let ground, let priority): add(.cleared(.cancelledByDevice), ground, priority)
        case .clear(let ground, let reason): add(.cleared(reason), ground, rule.priority)
        }
    }

    func finding(
        _ change: Finding.Change, _ ground: Ground, _ priority: Priority, _ rule: RuleSpec, _ subject: Subject, _ e: Evidence,
        _ reading: Reading?, isStranger: Bool, _ fill: (String, Language) -> String? = { _, _ in nil }
    ) -> Finding {
        let isTest = ground.cause == .test
        let received = e.clock.wall(reading?.receivedAt ?? e.at)
        let items = reading.map {
            [EvidenceItem(
                device: $0.device, kind: $0.kind, value: $0.value.asEvidence, observedAt: $0.observedAt, receivedAt: received,
                quality: $0.quality, sequence: $0.sequence, limit: ground.limit)]
        } ?? []
        return Finding(
            rule: rule.name, change: change, kind: isTest ? "device.test" : ground.cause == .check ? "safety.check" : rule.incident,
            category: isTest ? .technical : rule.category, priority: priority, subject: subject,
            isLatching: rule.isLatching && !isTest, isCondition: ground.isCondition, observedAt: reading?.observedAt, receivedAt: received,
            detectedAt: e.at, detectedWall: e.clock.wall(e.at), isLate: ground.cause == .missedOffline, evidence: items,
            text: text(change, ground, rule, subject, e, reading, isStranger: isStranger, fill))
    }

    private func text(
        _ change: Finding.Change, _ ground: Ground, _ rule: RuleSpec, _ subject: Subject, _ e: Evidence, _ reading: Reading?, isStranger: Bool,
        _ fill: (String, Language) -> String?
    ) -> LocalizedText {
        var words: [(String, BilingualTemplate?)] = []
        if case .cleared = change, ground.cause != .withdrawn {
            words.append(("cleared", Phrases.cleared))
        } else {
            if ground.word == .bridge { words.append((Ground.Word.bridge.name, nil)) }
            switch ground.cause {
            case .check: words.append(("check", Phrases.check))
            case .test: words.append(("test", Phrases.test))
            case .withdrawn: words.append(("withdrawn", Phrases.withdrawn))
            case .missedOffline: words.append(isStranger ? ("unregistered", Phrases.unregistered) : ("missed_offline", Phrases.missedOffline))
            case .offline: words.append(("offline", nil))
            default: if isStranger { words.append(("unregistered", Phrases.unregistered)) }
            }
            if let word = ground.word { words.append((word.name, nil)) }
            if ground.cause == .occurred, !isStranger, case .code(let code)? = reading?.value { words.append((code, nil)) }
        }
        var chosen = rule.text
        for (word, fallback) in words {
            if let own = rule.texts.first(where: { $0.word == word })?.text { chosen = own; break }
            if let fallback { chosen = fallback; break }
        }
        return chosen.filled { name, language in
            fill(name, language) ?? RuleSpec.placeholder(name, language, ground, rule, subject, e, reading)
        }
    }

    /// All conditions that are open now, as findings raised at `at`, by condition key: what Escalation must know of.
    ///
    /// Their text has no value in it, because memories keep none.
    public func openConditions(at: Instant, clock: HubClock, under book: RuleBook) -> [Finding] {
        guard book.fingerprint == fingerprint else { return [] }
        var found: [Finding] = []
        for (index, seat) in book.seats.enumerated() {
            let shape = book.shapes[Int(seat.shape)]
            for t in shape.templates.indices {
                guard let (ground, priority) = openGround(index, t, book) else { continue }
                var e = evidence(.due, at)
                e.clock = clock
                e.kind = shape.templates[t].kind ?? .heartRate
                var one = finding(.raised, ground, priority, book.rules[shape.templates[t].rule], book.subjects[index], e, nil, isStranger: false)
                one.isLate = true
                found.append(one)
            }
        }
        let shape = book.shapes.isEmpty ? Shape() : book.shapes[book.strangerShape]
        for (device, words) in strangers {
            for (t, template) in shape.templates.enumerated() {
                let cell = book.cells[book.strangerRow + t]
                guard cell.variant >= 0, let (ground, priority) = words.withUnsafeBytes({ bytes in
                    bytes.baseAddress.flatMap { book.bound[Int(cell.variant)].open($0 + Int(cell.memory) * 8) }
                }) else { continue }
                var e = evidence(.due, at)
                e.clock = clock
                let subject = book.subject(ofStranger: device)
                var one = finding(.raised, ground, priority, book.rules[template.rule], subject, e, nil, isStranger: subject.home == nil)
                one.isLate = true
                found.append(one)
            }
        }
        return found.sorted { $0.conditionKey < $1.conditionKey }
    }
}

extension ReadingValue {
    /// A waveform without its samples: an incident is read by people, and the journal keeps the message.
    var asEvidence: ReadingValue {
        guard case .waveform(_, let factor, let rate, let signal) = self else { return self }
        return .waveform(samples: [], factorMillionths: factor, rateMillihertz: rate, signal: signal)
    }
}

extension RuleBook {
    /// A registered device that sent an unannounced safety kind keeps its subject.
    func subject(ofStranger device: DeviceID) -> Subject {
        if let seat = deviceSeats[device] { return subjects[seat] }
        return Subject(home: nil, device: device)
    }
}

extension RuleSpec {
    /// What stands in the place of a placeholder; empty = nothing to show.
    static func placeholder(
        _ name: String, _ language: Language, _ ground: Ground, _ rule: RuleSpec, _ subject: Subject, _ e: Evidence, _ reading: Reading?
    ) -> String {
        let decimals = (reading?.kind ?? e.kind).entry.decimals
        switch name {
        case "what": return rule.what[language]
        case "room": return subject.room
        case "device", "profile", "link":
            let text = subject.device?.text ?? ""
            return name == "device" ? text : e.rejection?.profile ?? String(text.drop { $0 != ":" }.dropFirst())
        case "value":
            switch reading?.value {
            case .number(let scaled)?: return decimalText(scaled: scaled, decimals: decimals)
            case .code(let code)?: return code
            default: return ""
            }
        case "person": return reading?.subject ?? ""
        case "limit": return ground.limit.map { decimalText(scaled: $0, decimals: decimals) } ?? ""
        case "change": return ground.amount.map { decimalText(scaled: $0, decimals: decimals) } ?? ""
        case "seconds": return String(ground.seconds)
        case "minutes": return String(ground.seconds / 60)
        case "hours": return decimalText(scaled: Int64(ground.seconds / 360), decimals: 1)
        case "count": return String(ground.count)
        case "ago":
            // Only of late data: what was measured just now needs no age.
            guard let reading, reading.quality.contains(.late), let observed = reading.observedAt else { return "" }
            return String(max(0, (e.clock.wall(e.at) - observed).wholeSeconds / 60))
        default: return ""
        }
    }
}
