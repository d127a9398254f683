import CareModel

/// Where a person is safe: outside all areas for `fixes` positions in a row, or to and fro without a goal.
///
/// A position counts as outside only when its whole circle of accuracy is; with a schedule leaving matters at that time of
/// day only. Latitude, longitude and accuracy of one message are judged together, a millisecond later.
enum SafeArea: RuleForm {
    struct Area: Hashable, Sendable {
        /// 10^-7 degrees.
        var latitude: Int64
        var longitude: Int64
        var radius: Int
        /// How long a degree of longitude is there, as part of one of latitude.
        var shrink: Double
    }

    struct Wandering: Hashable, Sendable {
        var withinSeconds: Int
        var path: Int
        var net: Int
    }

    struct Parameters: Hashable, Sendable {
        var areas: [Area]
        var fixes: Int
        var margin: Int
        var accuracyMax: Int
        var schedule: DayWindow?
        var wandering: Wandering?
        var zone: TimeZoneTable
        var priority: Priority
        /// Fitted: how often the device says where it is; nil = on occurrence.
        var interval: Int?
    }

    struct Memory: Sendable, BitwiseCopyable {
        var latitude: Int64 = 0
        var longitude: Int64 = 0
        var latitudeAt = Int64.min
        var longitudeAt = Int64.min
        /// Metres × 10; -1 = not said.
        var accuracy: Int64 = -1
        var accuracyAt = Int64.min
        var judgedAt = Int64.min
        var distance: Int64 = 0
        var outside: UInt8 = 0
        /// 0 = nothing open, 1 = outside, 2 = wandering.
        var told: UInt8 = 0
        var count: UInt8 = 0
        var trackAt: InlineArray<16, Int64> = .init(repeating: 0)
        var trackLatitude: InlineArray<16, Int64> = .init(repeating: 0)
        var trackLongitude: InlineArray<16, Int64> = .init(repeating: 0)
    }

    static let areasMax = 16
    static let radiusMax = 1_000_000
    /// Metres of 10^-7 degrees of latitude: 40,007,863 m of meridian / 360 / 10^7.
    static let metres = 0.011113295

    static let name = "safe_area"
    static let reach = Reach.device
    static let watches: Watches = [.deadlines]
    static let placeholders = ["distance", "minutes"]
    static let ownKinds: [Kind] = [.latitude, .longitude, .locationAccuracy]

    static func parameters(_ node: ConfigurationNode, _ frame: RuleFrame, _ problems: inout Problems) -> Parameters? {
        var reader = MappingReader(node, "the parameters of a safe area", &problems)
        let list = reader.list("areas", &problems)
        let fixes = reader.int("fixes", in: 1...16, default: 2, &problems)
        let margin = reader.int("margin_m", in: 0...100_000, default: 50, &problems)
        let accuracyMax = reader.int("accuracy_max_m", in: 1...100_000, default: 500, &problems)
        let schedule = DayWindow.schedule(&reader, &problems)
        var wandering: Wandering?
        if let node = reader.optional("wandering") {
            var inner = MappingReader(node, "what wandering is", &problems)
            let within = inner.int("within_s", in: 60...86_400, &problems), path = inner.int("path_m", in: 1...100_000, &problems)
            let net = inner.int("net_m", in: 0...100_000, &problems)
            inner.finish(&problems)
            if let within, let path, let net { wandering = Wandering(withinSeconds: within, path: path, net: net) }
        }
        reader.finish(&problems)
        if list.count > areasMax { problems.add("rules.too_many_areas", at: node.place, "at most \(areasMax) areas a rule") }
        var areas: [Area] = []
        for item in list.prefix(areasMax) {
            var inner = MappingReader(item, "an area", &problems)
            let latitude = inner.decimal("latitude", decimals: 7, &problems), longitude = inner.decimal("longitude", decimals: 7, &problems)
            let radius = inner.int("radius_m", in: 1...radiusMax, &problems)
            inner.finish(&problems)
            guard let latitude, let longitude, let radius else {
                problems.add("config.missing_key", at: item.place, "an area has \"latitude\", \"longitude\" and \"radius_m\"")
                continue
            }
            if latitude.magnitude > 900_000_000 || longitude.magnitude > 1_800_000_000 {
                problems.add("config.out_of_range", at: item.place, "latitude is from -90 to 90, longitude from -180 to 180")
            }
            areas.append(Area(latitude: latitude, longitude: longitude, radius: radius, shrink: cosine(degrees: Double(latitude) / 10_000_000)))
        }
        return Parameters(
            areas: areas, fixes: fixes, margin: margin, accuracyMax: accuracyMax, schedule: schedule, wandering: wandering, zone: .utc, priority: frame.priority)
    }

    /// By its series, in additions and multiplications alone: the same on every machine. Exact to 10^-9 up to 90°.
    static func cosine(degrees: Double) -> Double {
        let x = degrees * 0.017453292519943295, square = x * x
        var term = 1.0, sum = 1.0
        for i in 1...10 {
            term = -term * square / Double((2 * i - 1) * (2 * i))
            sum += term
        }
        return sum
    }

    static func fit(_ p: Parameters, to place: RulePlace) -> Fit<Parameters> {
        guard let traits = place.traits else { return .off(.unknownProfile) }
        guard traits.outputs.contains(where: { $0.kind == .latitude }) else { return .off(.otherDevices) }
        if p.areas.isEmpty, p.wandering == nil { return .off(.notConfigured) }
        var fitted = p
        fitted.zone = place.home?.zone ?? .utc
        fitted.interval = traits.outputs.first { $0.kind == .latitude }?.intervalSeconds
        return .on(fitted)
    }

    static func words(_ p: Parameters) -> [String] { [Ground.Word.wandering.name] }
    static func start(_ p: Parameters) -> Memory { Memory() }

    static func judge(_ e: Evidence, _ p: Parameters, _ m: inout Memory) -> Verdict {
        switch e.occasion {
        case .reading:
            guard case .number(let raw) = e.value else { return .quiet(.wrongShape) }
            if e.isBeside { return .quiet(e.beside) }
            let at = e.at.microseconds
            switch e.kind {
            case .latitude: (m.latitude, m.latitudeAt) = (raw, at)
            case .longitude: (m.longitude, m.longitudeAt) = (raw, at)
            case .locationAccuracy: (m.accuracy, m.accuracyAt) = (raw, at)
            default: return .quiet(.notConcerned)
            }
            return .quiet(.waiting)
        case .due: return p.look(e, &m)
        case .heard, .rejection, .link: return .quiet(.notConcerned)
        }
    }

    static func due(_ e: Evidence, _ p: Parameters, _ m: Memory) -> Instant? {
        guard m.latitudeAt != .min, m.latitudeAt == m.longitudeAt, m.judgedAt != m.latitudeAt else { return nil }
        return Instant(microseconds: m.latitudeAt) + .milliseconds(1)
    }

    static func open(_ p: Parameters, _ m: Memory) -> (Ground, Priority)? {
        m.told == 0 ? nil : (Ground(m.told == 2 ? .wandering : .outside, word: m.told == 2 ? .wandering : nil), p.priority)
    }

    static func worstCaseSeconds(_ p: Parameters, interval: Int) -> Int { (p.interval ?? 0) * p.fixes }
    static func promise(_ p: Parameters, interval: Int?) -> WorstCase.Promise { p.interval == nil ? .spot : .periodic }

    static func fill(_ placeholder: String, _ language: Language, _ p: Parameters, _ m: Memory) -> String? {
        placeholder == "distance" ? String(m.distance) : nil
    }

    static func write(_ m: Memory, to w: inout ByteWriter) {
        for value in [m.latitude, m.longitude, m.latitudeAt, m.longitudeAt, m.accuracy, m.accuracyAt, m.judgedAt, m.distance] { w.signed(value) }
        w.byte(m.outside); w.byte(m.told); w.byte(m.count)
        for i in 0..<Int(m.count) { w.signed(m.trackAt[i]); w.signed(m.trackLatitude[i]); w.signed(m.trackLongitude[i]) }
    }

    static func read(from r: inout ByteReader) throws(BinaryFailure) -> Memory {
        var m = Memory()
        (m.latitude, m.longitude, m.latitudeAt, m.longitudeAt) = (try r.signed(), try r.signed(), try r.signed(), try r.signed())
        (m.accuracy, m.accuracyAt, m.judgedAt, m.distance) = (try r.signed(), try r.signed(), try r.signed(), try r.signed())
        (m.outside, m.told, m.count) = (try r.byte(), try r.byte(), try r.byte())
        guard m.count <= 16, m.told <= 2 else { throw .malformed("\(m.count) positions", at: r.index) }
        for i in 0..<Int(m.count) { (m.trackAt[i], m.trackLatitude[i], m.trackLongitude[i]) = (try r.signed(), try r.signed(), try r.signed()) }
        return m
    }
}

extension SafeArea.Parameters {
    private func metres(_ latitude: Int64, _ longitude: Int64, to otherLatitude: Int64, _ otherLongitude: Int64, shrink: Double) -> Double {
        let north = Double(latitude - otherLatitude) * SafeArea.metres, east = Double(longitude - otherLongitude) * SafeArea.metres * shrink
        return (north * north + east * east).squareRoot()
    }

    fileprivate func look(_ e: Evidence, _ m: inout SafeArea.Memory) -> Verdict {
        guard m.latitudeAt != .min, m.latitudeAt == m.longitudeAt, m.judgedAt != m.latitudeAt else { return .quiet(.notYetDue) }
        m.judgedAt = m.latitudeAt
        let accuracy = m.accuracyAt == m.latitudeAt ? Double(m.accuracy) / 10 : 0
        if accuracy > Double(accuracyMax) { return .quiet(.unjudgeable) }
        if let wandering, let verdict = wander(wandering, &m) { return verdict }
        guard !areas.isEmpty else { return .quiet(.withinLimits) }
        // How far beyond the nearest border.
        let beyond = areas.map { metres(m.latitude, m.longitude, to: $0.latitude, $0.longitude, shrink: $0.shrink) - Double($0.radius) }.min() ?? 0
        m.distance = Int64(max(0, beyond))
        if beyond <= Double(-margin) || beyond <= 0 && m.told == 0 {
            m.outside = 0
            guard m.told == 1 else { return .quiet(.withinLimits) }
            m.told = 0
            return .clear(Ground(.outside), .returned)
        }
        guard beyond - accuracy > 0 else { return .quiet(m.told == 1 ? .notYetCleared : .unjudgeable) }
        if let schedule, !schedule.contains(LocalTime(e.clock.wall(e.at), in: zone).secondOfDay) { return .quiet(m.told == 1 ? .alreadyTold : .outsideSchedule) }
        m.outside = min(m.outside + 1, 16)
        if m.told == 1 { return .quiet(.alreadyTold) }
        guard Int(m.outside) >= fixes else { return .quiet(.waiting) }
        m.told = 1
        return .raise(Ground(.outside), priority)
    }

    /// To and fro: a long path that leads nowhere.
    private func wander(_ rule: SafeArea.Wandering, _ m: inout SafeArea.Memory) -> Verdict? {
        let at = m.latitudeAt, limit = at - Int64(rule.withinSeconds) * 1_000_000
        var kept = 0
        for i in 0..<Int(m.count) where m.trackAt[i] >= limit && !(m.count == 16 && i == 0) {
            (m.trackAt[kept], m.trackLatitude[kept], m.trackLongitude[kept]) = (m.trackAt[i], m.trackLatitude[i], m.trackLongitude[i])
            kept += 1
        }
        (m.trackAt[kept], m.trackLatitude[kept], m.trackLongitude[kept]) = (at, m.latitude, m.longitude)
        m.count = UInt8(kept + 1)
        let shrink = SafeArea.cosine(degrees: Double(m.latitude) / 10_000_000)
        var path = 0.0
        for i in 1..<max(1, Int(m.count)) {
            path += metres(m.trackLatitude[i], m.trackLongitude[i], to: m.trackLatitude[i - 1], m.trackLongitude[i - 1], shrink: shrink)
        }
        let net = metres(m.latitude, m.longitude, to: m.trackLatitude[0], m.trackLongitude[0], shrink: shrink)
        let isWandering = path >= Double(rule.path) && net <= Double(rule.net)
        if isWandering, m.told == 0 {
            m.told = 2
            return .raise(Ground(.wandering, seconds: Int((at - m.trackAt[0]) / 1_000_000), word: .wandering), priority)
        }
        if m.told == 2, path < Double(rule.path) / 2 {
            m.told = 0
            return .clear(Ground(.wandering), .recovered)
        }
        return m.told == 2 ? .quiet(.alreadyTold) : nil
    }
}
