import CareModel

/// Which part of the house an account may see and act on.
///
/// A role says what somebody may do, this says to whom. Stations, homes and residents add up.
public struct Rights: Hashable, Sendable {
    /// Every home of this hub, and what belongs to none: queues, journal, metrics.
    public var isEverything: Bool
    /// Every home of these stations, also one that is added later.
    public var stations: [String]
    public var homes: [HomeID]
    /// These people and nobody else of their home: for families.
    public var residents: [ResidentID]

    public static let everything = Rights(isEverything: true)

    public init(isEverything: Bool = false, stations: [String] = [], homes: [HomeID] = [], residents: [ResidentID] = []) {
        (self.isEverything, self.stations, self.homes, self.residents) = (isEverything, stations, homes, residents)
    }

    /// Whether something at that place may be seen.
    ///
    /// What has no home (the hub's own incidents) concerns whoever is on duty for a station or a home: else nobody would see it.
    /// A family sees what is about its own people alone, not what may be about somebody else too.
    public func admits(_ place: ObjectPlace) -> Bool {
        if isEverything { return true }
        guard let home = place.home else { return place.residents.isEmpty && !(stations.isEmpty && homes.isEmpty) }
        if homes.contains(home) || !place.station.isEmpty && stations.contains(place.station) { return true }
        return !place.residents.isEmpty && place.residents.allSatisfy(residents.contains)
    }
}

/// Where something is and whom it is about.
public struct ObjectPlace: Hashable, Sendable {
    /// Nil for what concerns the hub alone.
    public var home: HomeID?
    /// The station that answers for the home; empty where homes.yaml names none.
    public var station: String
    /// Those whom it is about, or may be about; empty when it is about the home.
    public var residents: [ResidentID]

    public init(home: HomeID?, station: String = "", residents: [ResidentID] = []) {
        (self.home, self.station, self.residents) = (home, station, residents)
    }
}

/// Tells where things are, for the rights of those who ask.
public protocol PlaceReading: Sendable {
    /// Nil for an unknown home.
    func place(of home: HomeID) -> ObjectPlace?
    func place(of resident: ResidentID) -> ObjectPlace?
    func place(of device: DeviceID) -> ObjectPlace?
    /// - Throws: when the ledger can't be read.
    func place(of incident: IncidentID) async throws -> ObjectPlace?
    /// Every home that the rights reach as a whole, sorted; nil = every home of the hub.
    func homes(within rights: Rights) -> [HomeID]?
    /// Whether a resident agrees that the family sees how she or he is, by the configuration in force; nil for somebody unknown.
    func consentsToFamily(_ resident: ResidentID) -> Bool?
}

/// What a route is about; whoever has rights over a part of the house only is held to them here, before the route is asked.
enum RouteObject: Hashable, Sendable {
    /// Nobody's: pages, health, one's own session.
    case nobody
    /// The hub as a whole: for rights over everything alone.
    case hub
    /// Several things at once: the route itself leaves out what the caller's rights don't reach.
    case several
    /// Named by the path parameter of that name.
    case incident(String), home(String), resident(String), device(String)

    /// What a path is about by its own words. One that it can't tell is the hub's: a new route opens nothing by being forgotten.
    init(path: String) {
        let parts = path.split(separator: "/")
        guard parts.first == "api" || path == "/metrics" else {
            self = .nobody
            return
        }
        for (index, part) in parts.enumerated() where index > 0 && part.hasPrefix("{") && part.hasSuffix("}") {
            let name = String(part.dropFirst().dropLast())
            switch parts[index - 1] {
            case "incidents": self = .incident(name)
            case "homes": self = .home(name)
            case "residents": self = .resident(name)
            case "devices": self = .device(name)
            default: self = .hub
            }
            return
        }
        self = .hub
    }

    /// The word of the audit.
    var name: String {
        switch self {
        case .nobody: "nobody"
        case .hub: "hub"
        case .several: "several"
        case .incident: "incident"
        case .home: "home"
        case .resident: "resident"
        case .device: "device"
        }
    }
}
