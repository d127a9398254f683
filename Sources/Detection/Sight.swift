import CareModel

/// When the hub itself could see, so that its own blindness never looks like a silent device.
///
/// The hub is blind from its last record before a start, and while a link is lost or still reads what had waited
/// at the broker. Either link blinds for all: which link a device uses is not known here, and a false silence
/// costs trust. Seen time is hub time without the blind spans.
struct Sight: Hashable, Sendable {
    enum LinkState: UInt8, Hashable, Sendable { case unknown = 0, live = 1, lost = 2, draining = 3 }

    private(set) var blindTotal = Span.zero
    private(set) var blindSince: Instant?
    private(set) var links: [LinkState] = Array(repeating: .unknown, count: Link.allCases.count)
    /// Since the last start no link was mentioned: a bare log has no link records, and its first reading ends the blindness.
    private(set) var awaitsFirst = false

    var isBlind: Bool { blindSince != nil }

    /// Seen time of `at`; it stands still while the hub is blind.
    func seen(_ at: Instant) -> Instant { min(at, blindSince ?? at) - blindTotal }

    /// - Parameter last: the time of the last record before the start.
    mutating func start(at: Instant, last: Instant?) {
        if blindSince == nil { blindSince = last ?? at }
        for i in links.indices where links[i] != .unknown { links[i] = .lost }
        awaitsFirst = true
    }

    /// - Returns: whether the hub sees again from here.
    mutating func change(_ change: LinkChange, at: Instant) -> Bool {
        awaitsFirst = false
        switch change.change {
        case .lost: links[Int(change.link.rawValue)] = .lost
        case .resumed: links[Int(change.link.rawValue)] = .draining
        case .drained: links[Int(change.link.rawValue)] = .live
        }
        if links.contains(.lost) || links.contains(.draining) {
            if blindSince == nil { blindSince = at }
            return false
        }
        return end(at)
    }

    /// - Returns: whether the hub sees again from here.
    mutating func message(at: Instant) -> Bool {
        guard awaitsFirst else { return false }
        awaitsFirst = false
        for i in links.indices where links[i] != .unknown { links[i] = .live }
        return end(at)
    }

    /// Adds a span in which nothing could have been seen.
    mutating func skip(_ span: Span) { if blindSince == nil { blindTotal = blindTotal + max(.zero, span) } }

    private mutating func end(_ at: Instant) -> Bool {
        guard let since = blindSince else { return false }
        blindTotal = blindTotal + max(.zero, at - since)
        blindSince = nil
        return true
    }
}

extension Sight {
    func write(to w: inout ByteWriter) {
        w.signed(blindTotal.microseconds)
        w.optional(blindSince) { $0.instant($1) }
        w.list(links) { $0.byte($1.rawValue) }
        w.bool(awaitsFirst)
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        blindTotal = Span(microseconds: try r.signed())
        blindSince = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.instant() }
        let found = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try r.choice(LinkState.self) }
        for (i, state) in found.prefix(links.count).enumerated() { links[i] = state }
        awaitsFirst = try r.bool()
    }
}
