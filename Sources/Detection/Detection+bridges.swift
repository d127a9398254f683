import CareModel

/// Bridges and gateways: while one is gone, nothing is known of the devices behind it.
extension Detection {
    /// Bridges behind bridges that are followed: a sensor's gateway, its uplink, and one more.
    static let bridgesMax = 4

    /// Notes through which bridge a device was heard; what comes through it shows that it works.
    mutating func follow(_ seat: Int, _ parent: Int, isLife: Bool, _ e: Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        guard parent != seat, book.homeSeats.indices.contains(parent) else { return }
        if states[seat].parent != Int32(parent) {
            states[seat].parent = Int32(parent)
            states[parent].isParent = true
        }
        if isLife { hear(parent, e, book, &findings) }
    }

    /// Whether a bridge on the way to the device is told as gone.
    func isBehindBridge(_ seat: Int) -> Bool { bridgeGoneSince(seat) != nil }

    /// Since when the nearest bridge that is told as gone has been gone; nil = none is.
    private func bridgeGoneSince(_ seat: Int) -> Instant? {
        guard states.indices.contains(seat) else { return nil }
        var place = Int(states[seat].parent)
        for _ in 0..<Detection.bridgesMax where place >= 0 {
            if states[place].goneSince != .min { return Instant(microseconds: states[place].goneSince) }
            place = Int(states[place].parent)
        }
        return nil
    }

    /// Whether `bridge` is on the way to the device.
    private func isBehind(_ seat: Int, _ bridge: Int) -> Bool {
        var place = Int(states[seat].parent)
        for _ in 0..<Detection.bridgesMax where place >= 0 {
            if place == bridge { return true }
            place = Int(states[place].parent)
        }
        return false
    }

    /// What a rule about a silence must know of the device's place among bridges.
    func placed(_ e: Evidence, _ seat: Int, _ book: RuleBook) -> Evidence {
        guard book.homeSeats.indices.contains(seat) else { return e }
        var e = e
        e.bridgeGoneSince = bridgeGoneSince(seat)
        e.isBehindBridge = e.bridgeGoneSince != nil
        guard states[seat].isParent else { return e }
        for child in book.homeSeats.indices where child != seat && isBehind(child, seat) {
            e.children += 1
            if book.isSafetyDevice[child] { e.safetyChildren += 1 }
        }
        return e
    }

    /// A rule has told that the device is gone: its children's silence is explained from there.
    mutating func note(_ ground: Ground, of seat: Int, _ e: Evidence, _ book: RuleBook) {
        guard book.homeSeats.indices.contains(seat), states[seat].goneSince == .min else { return }
        switch ground.cause {
        case .silent: states[seat].goneSince = states[seat].heard
        case .offline: states[seat].goneSince = e.seen.microseconds
        default: break
        }
    }

    /// A bridge is told as gone: devices behind it whose silence was told before, and began with it, are explained from now on.
    ///
    /// Their incidents end then, unless somebody works at them. What a device itself reports is never touched by it.
    mutating func explain(behind seat: Int, _ e: Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        guard states[seat].isParent, states[seat].goneSince != .min else { return }
        for child in book.homeSeats.indices where child != seat && states[child].isAwaited && isBehind(child, seat) {
            var own = evidence(.due, e.at)
            own.heard = Instant(microseconds: states[child].heard)
            for template in book.shapes[Int(book.seats[child].shape)].hearing where isOpen(child, template, book) {
                judge(child, template, own, nil, book, &findings)
            }
            // Nothing tells it as gone any more: should it be a bridge itself, those behind it are behind this one.
            if !states[child].isAwaited { states[child].goneSince = .min }
        }
    }

    /// A bridge is heard again: the time in which it was gone does not count as its children's silence.
    mutating func comeBack(_ seat: Int, _ e: Evidence, _ book: RuleBook) {
        let now = e.seen.microseconds, gone = max(0, now - states[seat].goneSince)
        states[seat].goneSince = .min
        guard states[seat].isParent else { return }
        for child in book.homeSeats.indices where child != seat && isBehind(child, seat) {
            states[child].heard = min(now, states[child].heard + gone)
            for template in book.shapes[Int(book.seats[child].shape)].templates.indices
            where book.cell(child, template).key >= 0 && book.cell(child, template).isHearing {
                var own = evidence(.reading, e.at)
                own.heard = Instant(microseconds: states[child].heard)
                arm(child, template, own, book, onlyEarlier: false)
            }
        }
    }

    // MARK: State

    /// Forgets all bridges and clearings: a book gets its places.
    mutating func resetBridges(_ book: RuleBook) {
        for seat in book.homeSeats.indices { (states[seat].parent, states[seat].isParent, states[seat].goneSince) = (book.fixedParents[seat], false, .min) }
        for parent in book.fixedParents where parent >= 0 { states[Int(parent)].isParent = true }
        clearsAt = Array(repeating: .min, count: book.clearings.count)
    }

    /// Takes what is kept of a device. Gone is only what a rule still tells as gone.
    mutating func restoreBridge(_ seat: Int, _ kept: KeyedState.Seat, _ book: RuleBook) {
        if book.fixedParents[seat] < 0, let parent = kept.parent.flatMap({ book.deviceSeats[DeviceID($0)] }), parent != seat, book.homeSeats.indices.contains(parent) {
            states[seat].parent = Int32(parent)
            states[parent].isParent = true
        }
        if let since = kept.goneSince, states[seat].isAwaited { states[seat].goneSince = since }
        for clear in kept.clears {
            guard let index = (book.clearingStarts[seat]..<book.clearingStarts[seat + 1]).first(where: { book.clearings[$0].kind == clear.kind }) else { continue }
            clearsAt[index] = clear.at.microseconds
        }
    }

    func keepBridge(_ seat: Int, _ book: RuleBook, in kept: inout KeyedState.Seat) {
        // What the configuration says is not learned: it may say otherwise tomorrow.
        let state = states[seat]
        if state.parent >= 0, state.parent != book.fixedParents[seat] { kept.parent = book.subjects[Int(state.parent)].device?.text }
        if state.goneSince != .min { kept.goneSince = state.goneSince }
        for index in book.clearingStarts[seat]..<book.clearingStarts[seat + 1] where clearsAt[index] != .min {
            kept.clears.append(.init(kind: book.clearings[index].kind, at: Instant(microseconds: clearsAt[index])))
        }
    }
}
