import CareModel

/// 守护有效率: for how much of their time the people who are entitled to it could in fact have been heard.
///
/// A pure function of the audit's outages and the household. A resident is covered while the hub runs, its session for calls stands, its clock is
/// right, somebody is on duty who can be rung, and at least one device with which the resident can call is heard in time, with the bridge
/// before it. Everything else is uncovered, and counted under the first cause that holds; who has no such device, or is not on this
/// hub at all, is uncovered all the time. Before the hub's first start nobody is covered.
public struct CoverageReport: Sendable, Hashable {
    /// Why somebody was not covered, in the order in which time is counted under them.
    public enum Cause: Int, Sendable, CaseIterable {
        /// Entitled, and not a resident of this hub.
        case notOnHub = 0
        case noDevice, hub, link, clock, nobodyOnDuty, device

        /// The stable word of reports.
        public var name: String {
            switch self {
            case .notOnHub: "not_on_hub"
            case .noDevice: "no_device"
            case .hub: "hub"
            case .link: "link"
            case .clock: "clock"
            case .nobodyOnDuty: "nobody_on_duty"
            case .device: "device"
            }
        }
    }

    /// One resident, as coverage sees them.
    public struct Person: Sendable, Hashable {
        /// The devices with which the resident can call, each with the bridges through which it is heard.
        public var devices: [[DeviceID]]
        /// The posts of the response plan that answer for the home, family aside; empty where the plan names none: then the queues' readers are there.
        public var posts: [String]

        public init(devices: [[DeviceID]], posts: [String]) { (self.devices, self.posts) = (devices, posts) }
    }

    /// Those who should be covered: the residents, or as many as the district's list has, where that is more.
    public let eligible: Int
    public let residents: Int
    public let withDevice: Int
    /// What there is to cover: `eligible` times the period.
    public let dueMicroseconds: Int64
    public let coveredMicroseconds: Int64
    /// By raw value of `Cause`; with `coveredMicroseconds` they make up `dueMicroseconds`.
    public let lostMicroseconds: [Int64]

    /// - Parameters:
    ///   - people: the residents of the hub.
    ///   - eligible: how many people the district's list has; nil = the residents.
    ///   - outages: in the order of the audit, from the ledger's beginning on.
    ///   - period: up to the newest record at most.
    public init(_ people: [Person], eligible listed: Int?, outages: [Outage], period: Range<WallTime>) {
        let out = CoverageReport.stretches(outages, in: period)
        let length = (period.upperBound - period.lowerBound).microseconds
        eligible = max(people.count, listed ?? 0)
        residents = people.count
        withDevice = people.count { !$0.devices.isEmpty }
        var lost = Array(repeating: Int64(0), count: Cause.allCases.count)
        lost[Cause.notOnHub.rawValue] = Int64(eligible - residents) * length
        lost[Cause.noDevice.rawValue] = Int64(residents - withDevice) * length
        // What holds for everybody is worked out once.
        var up = Stretches(period)
        for (cause, name) in [(Cause.hub, Outage.Cause.hub), (.link, .link), (.clock, .clock)] {
            let gone = out[name] ?? Stretches()
            lost[cause.rawValue] = Int64(withDevice) * up.common(gone).microseconds
            up = up.without(gone)
        }
        var covered: Int64 = 0
        for person in people where !person.devices.isEmpty {
            let alone = CoverageReport.all(person.posts.map { out[.post($0)] ?? Stretches() })
            lost[Cause.nobodyOnDuty.rawValue] += up.common(alone).microseconds
            let manned = up.without(alone)
            let mute = CoverageReport.all(person.devices.map { path in path.reduce(Stretches()) { $0.joined(out[.device($1)] ?? Stretches()) } })
            lost[Cause.device.rawValue] += manned.common(mute).microseconds
            covered += manned.without(mute).microseconds
        }
        dueMicroseconds = Int64(eligible) * length
        coveredMicroseconds = covered
        lostMicroseconds = lost
    }

    /// In tenths of a percent, rounded down; nil where there was nothing to cover.
    public var perMille: Int? { dueMicroseconds > 0 ? Int(coveredMicroseconds / 1_000 * 1_000 / max(1, dueMicroseconds / 1_000)) : nil }

    /// When the wall clock was not to be believed.
    public static func doubted(_ outages: [Outage], in period: Range<WallTime>) -> [Range<WallTime>] {
        stretches(outages, in: period)[.clock]?.list ?? []
    }

    /// When each cause was out. The hub and its session are out until they are first said to be there.
    private static func stretches(_ outages: [Outage], in period: Range<WallTime>) -> [Outage.Cause: Stretches] {
        var since: [Outage.Cause: WallTime] = [.hub: period.lowerBound, .link: period.lowerBound]
        var found: [Outage.Cause: [Range<WallTime>]] = [:]
        func keep(_ cause: Outage.Cause, _ from: WallTime, _ to: WallTime) {
            let from = max(from, period.lowerBound), to = min(to, period.upperBound)
            if from < to { found[cause, default: []].append(from..<to) }
        }
        let ordered = outages.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        for outage in ordered {
            if outage.hasBegun {
                if since[outage.cause] == nil { since[outage.cause] = outage.at }
            } else if let from = since.removeValue(forKey: outage.cause) {
                keep(outage.cause, from, outage.at)
            }
        }
        for (cause, from) in since { keep(cause, from, period.upperBound) }
        return found.mapValues { Stretches($0) }
    }

    /// When all of them are out; never where there are none.
    private static func all(_ list: [Stretches]) -> Stretches {
        guard let first = list.first else { return Stretches() }
        return list.dropFirst().reduce(first) { $0.common($1) }
    }

    /// Its figures as comma-separated lines.
    public func csv() -> [String] {
        let seconds = ([dueMicroseconds, coveredMicroseconds] + lostMicroseconds).map { String($0 / 1_000_000) }
        return [
            (["coverage", "eligible", "residents", "with_device", "per_mille", "due_s", "covered_s"] + Cause.allCases.map { $0.name + "_s" }).joined(separator: ","),
            (["coverage", String(eligible), String(residents), String(withDevice), perMille.map { String($0) } ?? ""] + seconds).joined(separator: ","),
        ]
    }
}

extension CoverageReport {
    /// Bridges behind bridges that are looked through.
    private static let bridgesMax = 4

    /// The residents of a household with what guards them.
    ///
    /// - Parameter callers: devices with which a resident can call: a press or a fall comes from them.
    public static func people(_ household: Household, callers: Set<DeviceID>, plan: ResponsePlan) -> [Person] {
        var own: [Int: [DeviceBinding]] = [:], ofHome: [Int: [DeviceBinding]] = [:]
        for binding in household.bindings where !binding.isShared && callers.contains(binding.device) {
            if binding.residents.isEmpty { ofHome[binding.home, default: []].append(binding) }
            for resident in binding.residents { own[resident, default: []].append(binding) }
        }
        let named = plan.namedPosts.map(\.id)
        var posts: [String: [String]] = [:]
        return household.residents.indices.map { index in
            let home = household.residents[index].home, station = household.homes[home].station
            if posts[station] == nil { posts[station] = plan.network.posts(for: station).map(\.id).filter { named.contains($0) } }
            let bindings = (own[index] ?? []) + (ofHome[home] ?? [])
            return Person(devices: bindings.map { path(to: $0, household) }, posts: posts[station] ?? [])
        }
    }

    private static func path(to binding: DeviceBinding, _ household: Household) -> [DeviceID] {
        var path = [binding.device], next = binding.via
        while let bridge = next, !path.contains(bridge), path.count <= bridgesMax {
            path.append(bridge)
            next = household.binding(of: bridge).flatMap { household.bindings[Int($0)].via }
        }
        return path
    }
}
