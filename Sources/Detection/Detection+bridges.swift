import CareModel

/// Bridges and gateways: while one is gone, nothing is known of the devices behind it.
extension Detection {
    /// Bridges behind bridges that are followed: a sensor's gateway, its uplink, and one more.
    static let bridgesMax = 4

    /// Notes through which bridge a device was heard; what comes through it shows that it works.
    mutating func follow(_ seat: Int, _ parent: Int, isLife: Bool, _ e: Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        guard parent != seat, parents.indices.contains(parent) else { return }
        if parents[seat] != Int32(parent) {
            parents[seat] = Int32(parent)
            isParent[parent] = true
        }
        if isLife { hear(parent, e, book, &findings) }
    }

    /// Whether a bridge on the way to the device is told as gone.
    func isBehindBridge(_ seat: Int) -> Bool { bridgeGoneSince(seat) != nil }

    /// Since when the nearest bridge that is told as gone has been gone; nil = none is.
    private func bridgeGoneSince(_ seat: Int) -> Instant? {
        guard parents.indices.contains(seat) else { return nil }
        var place = Int(parents[seat])
        for _ in 0..<Detection.bridgesMax where place >= 0 {
            if goneSince[place] != .min { return Instant(microseconds: goneSince[place]) }
            place = Int(parents[place])
        }
        return nil
    }

    /// Whether `bridge` is on the way to the device.
    private func isBehind(_ seat: Int, _ bridge: Int) -> Bool {
        var place = Int(parents[seat])
        for _ in 0..<Detection.bridgesMax where place >= 0 {
            if place == bridge { return true }
            place = Int(parents[place])
        }
        return false
    }

    /// What a rule about a silence must know of the device's place among bridges.
    func placed(_ e: Evidence, _ seat: Int, _ book: RuleBook) -> Evidence {
        guard parents.indices.contains(seat) else { return e }
        var e = e
        e.bridgeGoneSince = bridgeGoneSince(seat)
        e.isBehindBridge = e.bridgeGoneSince != nil
        guard isParent[seat] else { return e }
        for child in parents.indices where child != seat && isBehind(child, seat) {
            e.children += 1
            if book.isSafetyDevice[child] { e.safetyChildren += 1 }
        }
        return e
    }

    /// A rule has told that the device is gone: its children's silence is explained from there.
    mutating func note(_ ground: Ground, of seat: Int, _ e: Evidence) {
        guard goneSince.indices.contains(seat), goneSince[seat] == .min else { return }
        switch ground.cause {
        case .silent: goneSince[seat] = heard[seat]
        case .offline: goneSince[seat] = e.seen.microseconds
        default: break
        }
    }

    /// A bridge is told as gone: devices behind it whose silence was told before, and began with it, are explained from now on.
    ///
    /// Their incidents end then, unless somebody works at them. What a device itself reports is never touched by it.
    mutating func explain(behind seat: Int, _ e: Evidence, _ book: RuleBook, _ findings: inout [Finding]) {
        guard isParent.indices.contains(seat), isParent[seat], goneSince[seat] != .min else { return }
        for child in parents.indices where child != seat && isAwaited[child] && isBehind(child, seat) {
            var own = evidence(.due, e.at)
            own.heard = Instant(microseconds: heard[child])
            for template in book.shapes[Int(book.seats[child].shape)].hearing where isOpen(child, template, book) {
                judge(child, template, own, nil, book, &findings)
            }
            // Nothing tells it as gone any more: should it be a bridge itself, those behind it are behind this one.
            if !isAwaited[child] { goneSince[child] = .min }
        }
    }

    /// A bridge is heard again: the time in which it was gone does not count as its children's silence.
    mutating func comeBack(_ seat: Int, _ e: Evidence, _ book: RuleBook) {
        let now = e.seen.microseconds, gone = max(0, now - goneSince[seat])
        goneSince[seat] = .min
        guard isParent[seat] else { return }
        for child in parents.indices where child != seat && isBehind(child, seat) {
            heard[child] = min(now, heard[child] + gone)
            for (template, one) in book.shapes[Int(book.seats[child].shape)].templates.enumerated()
            where book.isTimed[Int(book.seats[child].first) + template] && book.rules[one.rule].form.watches.contains(.hearing) {
                var own = evidence(.reading, e.at)
                own.heard = Instant(microseconds: heard[child])
                arm(child, template, own, book, onlyEarlier: false)
            }
        }
    }

    // MARK: State

    /// Forgets all bridges and clearings: a book gets its places.
    mutating func resetBridges(_ book: RuleBook) {
        let bindings = book.homeSeats.count
        parents = book.fixedParents
        isParent = Array(repeating: false, count: bindings)
        for parent in parents where parent >= 0 { isParent[Int(parent)] = true }
        goneSince = Array(repeating: .min, count: bindings)
        clearsAt = Array(repeating: .min, count: book.clearings.count)
    }

    /// Takes what is kept of a device. Gone is only what a rule still tells as gone.
    mutating func restoreBridge(_ seat: Int, _ kept: KeyedState.Seat, _ book: RuleBook) {
        if book.fixedParents[seat] < 0, let parent = kept.parent.flatMap({ book.deviceSeats[DeviceID($0)] }), parent != seat, parents.indices.contains(parent) {
            parents[seat] = Int32(parent)
            isParent[parent] = true
        }
        if let since = kept.goneSince, isAwaited[seat] { goneSince[seat] = since }
        for clear in kept.clears {
            guard let index = (book.clearingStarts[seat]..<book.clearingStarts[seat + 1]).first(where: { book.clearings[$0].kind == clear.kind }) else { continue }
            clearsAt[index] = clear.at.microseconds
        }
    }

    func keepBridge(_ seat: Int, _ book: RuleBook, in kept: inout KeyedState.Seat) {
        // What the configuration says is not learned: it may say otherwise tomorrow.
        if parents[seat] >= 0, parents[seat] != book.fixedParents[seat] { kept.parent = book.subjects[Int(parents[seat])].device?.text }
        if goneSince[seat] != .min { kept.goneSince = goneSince[seat] }
        for index in book.clearingStarts[seat]..<book.clearingStarts[seat + 1] where clearsAt[index] != .min {
            kept.clears.append(.init(kind: book.clearings[index].kind, at: Instant(microseconds: clearsAt[index])))
        }
    }
}
