import CareModel
import Foundation
import Serving

/// Where homes, people, devices and incidents are, by the configuration in force.
struct HouseholdPlaces: PlaceReading {
    let board: Board
    let vault: Vault

    private var household: Household { board.look().household }

    func place(of home: HomeID) -> ObjectPlace? {
        let household = household
        return household.home(home).map { ObjectPlace(home: home, station: household.homes[$0].station) }
    }

    func place(of resident: ResidentID) -> ObjectPlace? {
        let household = household
        guard let index = household.resident(resident) else { return nil }
        let home = household.homes[household.residents[index].home]
        return ObjectPlace(home: home.id, station: home.station, residents: [resident])
    }

    func place(of device: DeviceID) -> ObjectPlace? {
        let household = household
        guard let index = household.binding(of: device) else { return nil }
        let binding = household.bindings[Int(index)]
        let home = household.homes[binding.home]
        return ObjectPlace(home: home.id, station: home.station, residents: binding.residents.map { household.residents[$0].id })
    }

    func place(of incident: IncidentID) async throws -> ObjectPlace? {
        guard let found = try vault.reader.incident(incident) else { return nil }
        let people = HouseholdPlaces.people(found.newest.revision.full)
        guard let home = found.row.home else { return ObjectPlace(home: nil, residents: people) }
        // A home that homes.yaml no longer has: its station can't be known any more.
        let station = place(of: home)?.station ?? ""
        return ObjectPlace(home: home, station: station, residents: people)
    }

    func homes(within rights: Rights) -> [HomeID]? {
        if rights.isEverything { return nil }
        let stations = Set(rights.stations.filter { !$0.isEmpty })
        let ofStations = household.homes.filter { stations.contains($0.station) }.map(\.id)
        return Array(Set(ofStations).union(rights.homes)).sorted { $0.text < $1.text }
    }

    func consentsToFamily(_ resident: ResidentID) -> Bool? {
        let household = household
        return household.resident(resident).map { household.residents[$0].consentsToFamily }
    }

    /// Whom an incident's JSON is about, or may be about.
    private static func people(_ json: [UInt8]) -> [ResidentID] {
        let members = (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] ?? [:]
        if let resident = members["resident"] as? String { return [ResidentID(resident)] }
        return (members["candidates"] as? [String] ?? []).map { ResidentID($0) }
    }
}

extension Resident {
    /// `consent: [family]` in homes.yaml: the same word lets the family be called.
    var consentsToFamily: Bool { consent.contains("family") }
}
