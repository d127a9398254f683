import CareModel

extension Decoding {
    /// Reads the current item of the view for one device.
    ///
    /// - Returns: whether the item said anything, were it only that it means nothing.
    mutating func read(_ compiled: CompiledShape, _ section: CompiledSection, device: DeviceID, binding: BindingIndex?, slot: Int, ordinal: Int, _ turn: Turn, into decoded: inout Decoded) -> Bool {
        if !section.agreements.isEmpty, !isAgreed(section) {
            reject(.identityMismatch, compiled, device: device, binding: binding, turn, "the topic names another device than the payload does", into: &decoded)
            return true
        }
        // What could not be unpacked is told once, by the first section that is read.
        var problem: (RejectionReason, String)? = view.fault.map { ($0.reason, $0.text) }
        let isUnpacked = problem == nil
        view.fault = nil
        memories[slot].lastAt = turn.at
        if let part = section.toldPart { recall(section, as: part, slot, turn.message.topic, isHomie: compiled.isHomie, learns: !section.isHistory) }
        var sequence: UInt64?
        if let field = section.sequence, let number = view.number(view.find(field.path))?.wholeNumber, number >= 0 { sequence = UInt64(number) }
        if section.hasUniqueMarks, let mark = mark(section, sequence, ordinal, turn), memories[slot].isDuplicate(mark, at: turn.at) {
            reject(.duplicate, compiled, device: device, binding: binding, turn, "the same message came before", isSafety: false, into: &decoded)
            acknowledge(compiled, into: &decoded)
            return true
        }
        var quality: Quality = turn.message.isRetained ? .ageUnknown : []
        if let sequence, memories[slot].isOutOfOrder(sequence, modulus: section.sequence?.modulus) { quality.insert(.outOfOrder) }
        let observedAt = observed(section.times, binding, section.isHistory ? nil : slot, turn, &quality)
        var ignored: Quality = []
        let startedAt = section.starts.isEmpty ? nil : observed(section.starts, binding, nil, turn, &ignored)
        if section.isHistory { quality.insert(.late) }
        for (mark, conditions) in section.qualities where view.holds(conditions) { quality.insert(mark) }
        let isFlooding = isFlooding(compiled, slot, turn)
        let episode = section.episode.flatMap { view.plainText(view.find($0)) }
        let who = attribution(section, binding, turn), parent = parent(section, binding, turn)
        let first = decoded.readings.count
        var isIgnored = false, isSafetyGiven = false, isCut = false, isLimited = false
        for output in section.outputs {
            if isFlooding, !output.isSafety {
                isCut = true
                continue
            }
            if output.isFallback, decoded.readings[first...].contains(where: { $0.kind == output.kind && !$0.quality.contains(.sentinel) }) { continue }
            switch view.evaluate(output) {
            case .absent: continue
            case .ignored: isIgnored = true
            case .problem(let reason, let text):
                // The first fault counts, but one of a safety kind before any other.
                if problem == nil || output.isSafety { problem = (reason, text) }
                if output.isSafety { isSafetyGiven = true }
            case .reading(let value, let found, let star):
                guard output.isSafety || decoded.readings.count < Limits.readingsPerMessageMax else {
                    isLimited = true
                    continue
                }
                var all = quality.union(found)
                for (mark, conditions) in output.qualities where view.holds(conditions) { all.insert(mark) }
                if all.contains(.externalPower) { all.remove(.implausible) }
                if who.isUnknown, output.isOfPerson { all.insert(.unknownSubject) }
                let detail = output.detail == nil && star == nil ? nil : view.detail(output.detail, star: star)
                if decoded.readings.count > first {
                    // The others of one message differ from its first in these only, and copying costs less than making.
                    decoded.readings.append(decoded.readings[first])
                    decoded.readings[decoded.readings.count - 1].become(output.kind, value, output.meaning, all, episode: linked(output, value) ?? episode, detail: detail)
                } else {
                    decoded.readings.append(Reading(
                        device: device, binding: binding, kind: output.kind, value: value, meaning: output.meaning, observedAt: observedAt,
                        receivedAt: turn.at, quality: all, isRetained: turn.message.isRetained, sequence: sequence, episode: linked(output, value) ?? episode, profile: compiled.profileName,
                        startedAt: startedAt, detail: detail, subject: who.subject, person: who.person, parent: parent))
                }
                if output.isSafety { isSafetyGiven = true }
            }
        }
        if section.isFollowed, let binding, decoded.readings.count > first, !turn.message.isRetained, turn.registry.use(of: binding).isPersonal {
            follow(from: first, isAlone: turn.registry.use(of: binding).isAlone, slot, turn.wall, &decoded)
        }
        let isEmpty = decoded.readings.count == first
        if let (reason, text) = problem {
            // Where everything else was read, an unreadable battery of an SOS button is no alarm.
            let isSafety = compiled.isSafety && (isEmpty || isSafetyGiven || !isUnpacked)
            reject(reason, compiled, device: device, binding: binding, turn, text, isSafety: isSafety, into: &decoded)
        } else if isCut, isEmpty {
            reject(.flooding, compiled, device: device, binding: binding, turn, "the device sends more than \(compiled.floodPerSecond) messages a second", isSafety: false, into: &decoded)
        }
        if isLimited, decoded.rejections.last?.reason != .tooManyReadings {
            reject(.tooManyReadings, compiled, device: device, binding: binding, turn, "the message has more than \(Limits.readingsPerMessageMax) readings", isSafety: false, into: &decoded)
        }
        if compiled.acknowledgement != nil, !turn.message.isRetained, decoded.readings[first...].contains(where: { $0.kind.isSafety }) {
            acknowledge(compiled, into: &decoded)
            if let later = compiled.acknowledgement?.coming { memories[slot].coming = downlink(later.topic, later.payload).flatMap { $0.payload.count <= Acknowledgement.comingBytesMax ? $0 : nil } }
        }
        return !isEmpty || isIgnored || isCut || isLimited || problem != nil
    }

    /// The name of what this confirms or cancels, where it has one of its own.
    private func linked(_ output: CompiledOutput, _ value: ReadingValue) -> String? {
        guard output.confirms != nil || output.cancels != nil else { return nil }
        let path: FieldPath? = switch value {
        case .code("cleared"), .flag(false): output.cancels
        case .code("confirmed"): output.confirms
        default: nil
        }
        return path.flatMap { view.plainText(view.find($0)) }
    }

    /// A message counts once for each device in it, however many items it has.
    private mutating func isFlooding(_ compiled: CompiledShape, _ slot: Int, _ turn: Turn) -> Bool {
        if compiled.isMany, let known = charged.first(where: { $0.slot == slot }) { return known.isFlooding }
        let isFlooding = memories[slot].isFlooding(at: turn.at, perSecond: compiled.floodPerSecond, burst: compiled.floodBurst)
        if compiled.isMany { charged.append((slot, isFlooding)) }
        return isFlooding
    }

    private func isAgreed(_ section: CompiledSection) -> Bool {
        let scheme = section.identities.first?.scheme ?? .topic
        for agreement in section.agreements {
            let found = view.find(agreement.path)
            guard view.isPresent(found) else { continue }
            // The usual case: the same letters, which need no common spelling.
            if case .node(let node) = found, view.tree.sort(node) == .string {
                let wanted = view.captures[agreement.capture].utf8
                if view.tree.withText(node, { $0.count == wanted.count && $0.elementsEqual(wanted) }) { continue }
            }
            guard let text = view.plainText(found), let claimed = IdentityTemplate.normalise(text, scheme),
                  claimed == IdentityTemplate.normalise(view.captures[agreement.capture], scheme) else { return false }
        }
        return true
    }

    /// What makes the message one of a kind: its dedupe keys, else its counter and its payload.
    private func mark(_ compiled: CompiledSection, _ sequence: UInt64?, _ ordinal: Int, _ turn: Turn) -> UInt64? {
        let seed = UInt64(truncatingIfNeeded: ordinal) &* 0x9E37_79B9_7F4A_7C15 ^ 0x51_7C_C1_B7
        if !compiled.dedupe.isEmpty {
            var mark = seed, isFound = false
            for path in compiled.dedupe {
                guard let text = view.plainText(view.find(path)) else { continue }
                isFound = true
                var copy = text
                mark = copy.withUTF8 { MessageMark.of($0, seed: mark) }
            }
            if isFound { return mark }
        }
        guard let sequence else { return nil }
        return turn.message.payload.withUnsafeBufferPointer { MessageMark.of($0, seed: seed ^ sequence) }
    }

    /// - Parameter slot: of the device whose clock is learnt and corrected; nil where the time is not that of the message.
    private mutating func observed(_ candidates: [TimeCandidate], _ binding: BindingIndex?, _ slot: Int?, _ turn: Turn, _ quality: inout Quality) -> WallTime? {
        var isFault = false
        for candidate in candidates {
            let found: MessageView.Found
            switch candidate.source {
            case .path(let path): found = view.find(path)
            case .text(let template): found = view.fill(template).map { .text($0) } ?? .none
            }
            guard view.isPresent(found) else { continue }
            let claim: WallTime?
            switch candidate.format {
            case .epoch(let decimals): claim = view.number(found).flatMap { TimeCandidate.epoch($0, decimals: decimals) }
            case .epochAny: claim = view.number(found).flatMap { TimeCandidate.epochAny($0) }
            case .ago: claim = view.number(found).flatMap { $0.scaled(decimals: 6) }.map { turn.wall + Span(microseconds: -$0) }
            case .iso, .pattern:
                let bound = binding.flatMap { index -> TimeZoneTable? in
                    let home = turn.registry.household.bindings[Int(index)].home
                    return turn.registry.household.homes.indices.contains(home) ? turn.registry.household.homes[home].zone : nil
                }
                // A local time of a device whose home is unknown says nothing that could be checked.
                if candidate.zone == .site, bound == nil, case .pattern = candidate.format { continue }
                claim = view.plainText(found).flatMap { candidate.wall($0, site: bound) }
            }
            guard let claim else {
                isFault = true
                continue
            }
            let verdict = DeviceTimeCheck.judge(claim, received: turn.wall, hub: turn.clock)
            if let slot {
                if verdict == .live {
                    // The clock is right, or was set; what is older in the same message was stored.
                    timely = slot
                    if memories[slot].drift != nil { memories[slot].drift = nil }
                } else if case .ago = candidate.format {} else if let (better, found) = corrected(claim, slot, turn), found != .fault {
                    quality.insert(found == .late ? [.clockFault, .late] : .clockFault)
                    return better
                }
            }
            switch verdict {
            case .live: return claim
            case .late:
                quality.insert(.late)
                return claim
            case .fault: isFault = true
            }
        }
        if isFault { quality.insert(.clockFault) }
        return nil
    }

    private func acknowledge(_ compiled: CompiledShape, into decoded: inout Decoded) {
        guard let acknowledgement = compiled.acknowledgement, let told = downlink(acknowledgement.topic, acknowledgement.payload) else { return }
        decoded.downlinks.append(told)
    }

    private func downlink(_ topic: TextTemplate, _ payload: TextTemplate) -> Downlink? {
        guard let topic = view.fill(topic), let payload = view.fill(payload) else { return nil }
        // A device must not be able to name a filter, or a topic of the broker's or the hub's own.
        guard !topic.isEmpty, !topic.hasPrefix("$"), !topic.utf8.contains(where: { $0 == 0x2B || $0 == 0x23 || $0 == 0 }), topic.utf8.count <= Limits.topicBytesMax else { return nil }
        return Downlink(topic: topic, payload: Array(payload.utf8))
    }
}

extension Reading {
    /// Takes another output's value; all that the message says of both stays.
    fileprivate mutating func become(_ kind: Kind, _ value: ReadingValue, _ meaning: Meaning, _ quality: Quality, episode: String?, detail: String?) {
        (self.kind, self.value, self.meaning, self.quality) = (kind, value, meaning, quality)
        (self.episode, self.detail) = (episode, detail)
    }
}
