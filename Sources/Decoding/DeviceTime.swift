import CareModel

/// Where a message may hold the device's time, and how it is written there.
struct TimeCandidate: Hashable, Sendable {
    enum Format: Hashable, Sendable {
        /// ISO 8601 with a zone; without one the candidate's zone counts.
        case iso
        /// A number of 10^-`decimals` seconds since 1970.
        case epoch(decimals: Int)
        /// Seconds, milliseconds or microseconds since 1970, told apart by their size: no plausible date is another's.
        case epochAny
        /// Seconds before the message came.
        case ago
        /// Fixed-width parts, for instance `dd/MM/yyyy HH:mm:ss`.
        case pattern([Token])
    }

    enum Token: Hashable, Sendable {
        case year4, year2, month, day, hour, minute, second
        case literal(UInt8)
    }

    enum Zone: Hashable, Sendable {
        case none
        case offset(seconds: Int)
        /// The zone of the home that the device is bound to.
        case site
    }

    enum Source: Hashable, Sendable {
        case path(FieldPath)
        /// Several fields put together.
        case text(TextTemplate)
    }

    var source: Source
    var format: Format
    var zone: Zone

    static func tokens(_ text: String) -> [Token]? {
        var rest = text[...], tokens: [Token] = []
        let words: [(String, Token)] = [("yyyy", .year4), ("yy", .year2), ("MM", .month), ("dd", .day), ("HH", .hour), ("mm", .minute), ("ss", .second)]
        while let first = rest.utf8.first {
            if let word = words.first(where: { rest.hasPrefix($0.0) }) {
                tokens.append(word.1)
                rest = rest.dropFirst(word.0.utf8.count)
            } else {
                guard first < 0x80, !(first >= 65 && first <= 90), !(first >= 97 && first <= 122) || first == 84 else { return nil }
                tokens.append(.literal(first))
                rest = rest.dropFirst()
            }
        }
        let needed: [Token] = [.month, .day, .hour, .minute]
        guard needed.allSatisfy(tokens.contains), tokens.contains(.year4) || tokens.contains(.year2) else { return nil }
        return tokens
    }

    /// What a text says; nil when it is not of the format, or its zone is not known.
    func wall(_ text: String, site: TimeZoneTable?) -> WallTime? {
        switch format {
        case .epoch(let decimals):
            guard let number = DecimalNumber(text) else { return nil }
            return TimeCandidate.epoch(number, decimals: decimals)
        case .epochAny, .ago: return nil
        case .iso:
            if let wall = WallTime(rfc3339: text) { return wall }
            // A zone behind a space.
            if let space = text.lastIndex(of: " "), text[text.index(after: space)...].first.map({ $0 == "+" || $0 == "-" }) == true {
                return WallTime(rfc3339: text[..<space] + text[text.index(after: space)...])
            }
            guard let local = WallTime(rfc3339: text + "Z") else { return nil }
            return place(CivilTime(local), site: site)
        case .pattern(let tokens):
            var scanner = DigitScanner(Array(text.utf8)), civil = CivilTime(year: 0, month: 0, day: 0)
            for token in tokens {
                switch token {
                case .year4: guard let n = scanner.number(4) else { return nil }; civil.year = n
                case .year2: guard let n = scanner.number(2) else { return nil }; civil.year = 2_000 + n
                case .month: guard let n = scanner.number(2) else { return nil }; civil.month = n
                case .day: guard let n = scanner.number(2) else { return nil }; civil.day = n
                case .hour: guard let n = scanner.number(2) else { return nil }; civil.hour = n
                case .minute: guard let n = scanner.number(2) else { return nil }; civil.minute = n
                case .second: guard let n = scanner.number(2) else { return nil }; civil.second = n
                case .literal(let b): guard scanner.skip(Unicode.Scalar(b)) else { return nil }
                }
            }
            guard scanner.isAtEnd, civil.isValid else { return nil }
            return place(civil, site: site)
        }
    }

    static func epoch(_ number: DecimalNumber, decimals: Int) -> WallTime? {
        DecimalNumber(number.significand, exponent: number.exponent - decimals).scaled(decimals: 6).map { WallTime(microseconds: $0) }
    }

    /// A number since 1970 in the unit that makes it a date between 2001 and 5138.
    static func epochAny(_ number: DecimalNumber) -> WallTime? {
        guard let whole = number.scaled(decimals: 0) else { return nil }
        return epoch(number, decimals: whole < 100_000_000_000 ? 0 : whole < 100_000_000_000_000 ? 3 : 6)
    }

    private func place(_ civil: CivilTime, site: TimeZoneTable?) -> WallTime? {
        switch zone {
        case .none: nil
        case .offset(let seconds): civil.wall(offsetSeconds: seconds)
        case .site: site?.wall(civil)
        }
    }
}

/// Whether a device's claim of when can be believed.
enum DeviceTimeCheck {
    /// 2024-01-01: before it no device can have measured for a hub of this build that doesn't know the time itself;
    /// catches 1970, uptimes and lost batteries. A hub that knows the time compares with that.
    static let earliest = WallTime(microseconds: 1_704_067_200_000_000)
    /// 2038-01-19T03:14:07Z, where 32-bit clocks end.
    static let latest = WallTime(microseconds: 2_147_483_647_000_000)
    /// Ahead of a synchronised hub by more than this is a fault: our choice, twice the skew that DESIGN's table of kinds flags.
    static let aheadMax = Span.seconds(240)
    /// Older than this against a synchronised hub is a wrong clock rather than a stored measurement: our choice, over any device's memory.
    static let behindMax = Span.seconds(400 * 86_400)
    /// Observed longer ago than this is late data: our choice, above the 10 minutes in which hubs and watches batch.
    static let lateAfter = Span.seconds(15 * 60)

    enum Verdict: Hashable { case live, late, fault }

    static func judge(_ claim: WallTime, received: WallTime, hub: ClockQuality) -> Verdict {
        guard hub == .synchronised || claim >= earliest, claim < latest else { return .fault }
        let age = received - claim
        if hub == .synchronised, Span.zero - age > aheadMax || age > behindMax { return .fault }
        return age > lateAfter ? .late : .live
    }
}
