/// What tells the users of a shared device apart, and the bridges behind which devices stand.
extension HouseholdReading {
    /// The texts by which messages may name a resident.
    mutating func identifiers(_ nodes: [ConfigurationNode], resident: Int, _ problems: inout Problems) -> [String] {
        limit(nodes, Household.ConfigurationLimits.identifiersPerResidentMax, "identifiers of one resident", &problems)
        var found: [String] = []
        for node in nodes {
            guard let text = node.string("identifiers", &problems) else { continue }
            guard (1...Limits.identifierBytesMax).contains(text.utf8.count), text.first != " ", text.last != " " else {
                problems.add("config.malformed_identifier", at: node.place, "an identifier has 1 to \(Limits.identifierBytesMax) bytes without spaces around it; write it as the device prints it, between quotation marks")
                continue
            }
            if found.contains(text) {
                problems.add("config.duplicate_identifier", at: node.place, "the identifier stands twice at this resident")
                continue
            }
            found.append(text)
            identifierPlaces.append((resident, text, node.place))
        }
        return found
    }

    /// Reports identifiers that two people have where one device could meet both, and bridges that nobody registered. The
    /// messages don't repeat an identifier: it may be the number of a person's card.
    func checkIdentifiers(_ problems: inout Problems) {
        let isHubWide = bindings.contains(where: \.isShared)
        var first: [String: [(resident: Int, place: Place)]] = [:]
        for (resident, text, place) in identifierPlaces where resident < residents.count {
            let rival = first[text]?.first { $0.resident != resident && (isHubWide || residents[$0.resident].home == residents[resident].home) }
            if let rival {
                problems.add(
                    "config.duplicate_identifier", at: place,
                    "resident \(residents[rival.resident].id) has the same identifier at \(rival.place); a message with it could be about either, so take it from both or give each their own")
            }
            first[text, default: []].append((resident, place))
        }
        for (binding, place) in sharedPlaces where !residents.contains(where: { !$0.identifiers.isEmpty }) {
            problems.add("config.nobody_identified", at: place, "the device \(bindings[binding].device) is shared, but no resident of the hub has \"identifiers\": its values would count for nobody")
        }
        let users = bindings.reduce(0) { $0 + ($1.isShared ? residents.count { !$0.identifiers.isEmpty } : 0) }
        if users > Household.ConfigurationLimits.sharedUsersMax, let place = sharedPlaces.last?.place {
            problems.add("config.too_many", at: place, "shared devices times residents with identifiers are \(users); at most \(Household.ConfigurationLimits.sharedUsersMax)")
        }
        let devices = Set(bindings.map(\.device))
        for (binding, place) in viaPlaces {
            guard let via = bindings[binding].via else { continue }
            if via == bindings[binding].device {
                problems.add("config.contradiction", at: place, "\"via\" names the device itself; name the bridge or gateway through which its messages come")
            } else if !devices.contains(via) {
                problems.add("config.unknown_bridge", at: place, "no device \(via) is listed; list the bridge or gateway as a device of the home in which it stands")
            }
        }
    }
}
