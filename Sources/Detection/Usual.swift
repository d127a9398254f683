import CareModel

/// What a rule of the form `baseline` has learned as usual for one person at one device: for people who look at it. Rules judge by their
/// own memory.
public struct Usual: Hashable, Sendable {
    /// Where values lie in one hour of the day, in the kind's resolution.
    public struct Hour: Hashable, Sendable {
        public var centre: Int64
        /// How far they lie from it on average.
        public var stray: Int64
    }

    public var rule: String
    public var device: DeviceID
    /// Whose, where the device tells persons apart by itself.
    public var resident: ResidentID?
    public var kind: Kind
    /// How many readings it was learned from, and since when.
    public var count: Int
    public var since: Instant
    /// Whether the rule compares with it by now; before that it says little about a person.
    public var isLearned: Bool
    /// 48: working days first.
    private let byHour: [Hour]

    init?(rule: String, device: DeviceID, resident: ResidentID?, kind: Kind, learnSeconds: Int, _ m: Baseline.Memory) {
        guard m.count > 0 else { return nil }
        (self.rule, self.device, self.resident, self.kind) = (rule, device, resident, kind)
        (count, since) = (Int(m.count), Instant(microseconds: m.firstAt))
        isLearned = m.lastAt - m.firstAt >= Int64(learnSeconds) * 1_000_000 && m.count >= Baseline.readingsMin
        byHour = (0..<Baseline.hours).map { hour in
            let usual = m.usual(hour)
            return Hour(centre: usual.centre / Baseline.scale, stray: usual.stray / Baseline.scale)
        }
    }

    /// What is usual in each hour of a period, as clocks in the home show it.
    ///
    /// - Parameter period: at most `spansMax` hours of it are told.
    public func hours(of period: Range<WallTime>, in zone: TimeZoneTable) -> [(period: Range<WallTime>, usual: Hour)] {
        var found: [(period: Range<WallTime>, usual: Hour)] = [], at = period.lowerBound
        while at < period.upperBound, found.count < Usual.spansMax {
            let local = LocalTime(at, in: zone)
            let left = Int64(3_600 - local.secondOfDay % 3_600) * 1_000_000 - Int64(local.microsecond)
            let end = min(period.upperBound, WallTime(microseconds: at.microseconds + left))
            found.append((at..<end, byHour[Baseline.hour(local)]))
            at = end
        }
        return found
    }

    /// Hours that one drawing has at most.
    public static let spansMax = 50
}

extension RuleBook {
    /// For how long what is usual is learned of a kind at a device until it counts; nil where no rule learns it.
    ///
    /// - Parameter resident: whose, where the device tells persons apart.
    public func learnSeconds(of kind: Kind, at device: DeviceID, of resident: ResidentID?) -> Int? {
        let names = [resident.map { SeatIdentity(domain: .personal, id: device.text + "|" + $0.text) }, SeatIdentity(domain: .device, id: device.text)]
        for (index, rule) in rules.enumerated() where rule.form.name == Baseline.name && rule.kinds.contains(kind) {
            if let seat = names.lazy.compactMap({ $0.flatMap { identities.firstIndex(of: $0) } }).first {
                if let found = learnSeconds(of: index, kind, seat: seat) { return found }
            } else if case .on(let fitted) = rule.parameters.fit(RulePlace(kind: kind)) {
                // A device that was adopted since: the rule's own number.
                return fitted.learnSeconds
            }
        }
        return nil
    }

    private func learnSeconds(of rule: Int, _ kind: Kind, seat: Int) -> Int? {
        for (t, template) in shapes[Int(seats[seat].shape)].templates.enumerated() where template.rule == rule && template.kind == kind {
            let variant = Int(cell(seat, t).variant)
            if variant >= 0 { return bound[variant].learnSeconds }
        }
        return nil
    }
}

extension Detection {
    /// What is usual at some devices, out of what `write` wrote; nothing else of it is kept.
    ///
    /// - Parameter book: for how long each rule learns.
    public static func usuals(
        of devices: Set<DeviceID>, from r: inout ByteReader, version: UInt16, under book: RuleBook
    ) throws(BinaryFailure) -> [Usual] {
        let names = Dictionary(devices.map { ($0.text, $0) }) { first, _ in first }
        let state = try Detection(from: &r, version: version) { identity in subject(of: identity, names) != nil }
        var found: [Usual] = []
        for seat in state.loose.seats {
            guard let (device, resident) = subject(of: seat.identity, names) else { continue }
            for memory in seat.memories where memory.form == Baseline.name {
                guard let kind = Kind(rawValue: memory.kind), let learnSeconds = book.learnSeconds(of: kind, at: device, of: resident) else { continue }
                var bytes = ByteReader(memory.bytes)
                guard let learned = try? Baseline.read(from: &bytes),
                      let usual = Usual(rule: memory.rule, device: device, resident: resident, kind: kind, learnSeconds: learnSeconds, learned) else { continue }
                found.append(usual)
            }
        }
        return found
    }

    /// The device of a seat, and the person whom it tells apart; nil for any other seat.
    private static func subject(of identity: SeatIdentity, _ devices: [String: DeviceID]) -> (DeviceID, ResidentID?)? {
        switch identity.domain {
        case .device: return devices[identity.id].map { ($0, nil) }
        case .personal:
            guard let bar = identity.id.lastIndex(of: "|"), let device = devices[String(identity.id[..<bar])] else { return nil }
            return (device, ResidentID(String(identity.id[identity.id.index(after: bar)...])))
        default: return nil
        }
    }
}
