/// What somebody told the hub about a home for a while, because no sensor can know it.
public enum HomeMode: UInt8, Hashable, Sendable, CaseIterable {
    /// Others are there: behaviour proves little about the resident, and nothing is learned from it.
    case visitors = 0
    /// Out, with an expected return: that nobody stirs at home says nothing.
    case away = 1
    /// In hospital: the same, and said so.
    case hospital = 2

    public var name: String { "\(self)" }

    public init?(name: String) {
        guard let found = HomeMode.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    public var isAbsence: Bool { self != .visitors }

    /// The longest time that may be said at once: two weeks of visitors, three months away.
    public var secondsMax: Int { self == .visitors ? 14 * 86_400 : 92 * 86_400 }
}

/// A mode begins, is said anew with another end, or ends.
public struct ModeChange: Hashable, Sendable {
    public var home: HomeID
    /// Who is away; nil = everybody of the home. Visitors are the whole home's.
    public var resident: ResidentID?
    /// nil = back to normal: every mode of this home (or of this resident) ends.
    public var mode: HomeMode?
    /// From the command on, 60...`HomeMode.secondsMax`; 0 with no mode.
    public var seconds: Int

    public static let secondsMin = 60

    public init(home: HomeID, resident: ResidentID? = nil, mode: HomeMode?, seconds: Int = 0) {
        (self.home, self.resident, self.mode, self.seconds) = (home, resident, mode, seconds)
    }
}

/// A mode that holds now.
public struct ModeInForce: Hashable, Sendable {
    public var home: HomeID
    public var resident: ResidentID?
    public var mode: HomeMode
    public var since: Instant
    /// When it ends by itself; of an absence, the expected return.
    public var until: Instant

    public init(home: HomeID, resident: ResidentID?, mode: HomeMode, since: Instant, until: Instant) {
        (self.home, self.resident, self.mode, self.since, self.until) = (home, resident, mode, since, until)
    }
}

extension ModeChange {
    func write(to w: inout ByteWriter) {
        w.string(home.text)
        w.optional(resident) { $0.string($1.text) }
        w.optional(mode) { $0.byte($1.rawValue) }
        w.int(seconds)
    }

    init(from r: inout ByteReader) throws(BinaryFailure) {
        home = HomeID(try r.string())
        resident = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in ResidentID(try r.string()) }
        mode = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in try r.choice(HomeMode.self) }
        seconds = try r.int()
    }
}

extension ModeInForce {
    public func write(to w: inout ByteWriter) {
        w.string(home.text)
        w.optional(resident) { $0.string($1.text) }
        w.byte(mode.rawValue); w.instant(since); w.instant(until)
    }

    public init(from r: inout ByteReader) throws(BinaryFailure) {
        home = HomeID(try r.string())
        resident = try r.optional { (r: inout ByteReader) throws(BinaryFailure) in ResidentID(try r.string()) }
        (mode, since, until) = (try r.choice(HomeMode.self), try r.instant(), try r.instant())
    }
}
