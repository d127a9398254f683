/// Everyone and everything that one hub looks after: homes, their residents, the devices bound to them.
///
/// A pure value, checked when it is made; adoptions give a new one.
public struct Household: Hashable, Sendable {
    public private(set) var homes: [Home]
    public private(set) var residents: [Resident]
    public private(set) var bindings: [DeviceBinding]
    private var bindingByDevice: [DeviceID: BindingIndex]
    private var residentByID: [ResidentID: Int]
    private var homeByID: [HomeID: Int]

    /// - Precondition: identifiers are unique and every index is in range; `Settings` and `adopting` see to it.
    public init(homes: [Home] = [], residents: [Resident] = [], bindings: [DeviceBinding] = []) {
        (self.homes, self.residents, self.bindings) = (homes, residents, bindings)
        bindingByDevice = Dictionary(bindings.enumerated().map { ($1.device, BindingIndex($0)) }) { first, _ in first }
        residentByID = Dictionary(residents.enumerated().map { ($1.id, $0) }) { first, _ in first }
        homeByID = Dictionary(homes.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    public func binding(of device: DeviceID) -> BindingIndex? { bindingByDevice[device] }
    public func resident(_ id: ResidentID) -> Int? { residentByID[id] }
    public func home(_ id: HomeID) -> Int? { homeByID[id] }

    /// Those whom messages of a device may be about when they name the person: anybody of the hub where it is shared, else
    /// whom it serves, else those of its home; of these who have identifiers. Indices into `residents`, ascending.
    public func candidates(of binding: DeviceBinding) -> [Int] {
        let among = binding.residents.isEmpty ? Array(residents.indices) : binding.residents.sorted()
        return among.filter { index in
            !residents[index].identifiers.isEmpty && (binding.isShared || !binding.residents.isEmpty || residents[index].home == binding.home)
        }
    }

    /// The household in which every resident is also known by what `more` gives for each of the identifiers.
    public func recognising(_ more: (String) -> [String]) -> Household {
        var people = residents
        for index in people.indices {
            for identifier in people[index].identifiers {
                for one in more(identifier) where !people[index].identifiers.contains(one) { people[index].identifiers.append(one) }
            }
        }
        return Household(homes: homes, residents: people, bindings: bindings)
    }

    /// The household with one more device bound, in the place of the one that it replaces, if that is still bound; nil when the
    /// device is bound already, or its home or a resident is unknown.
    public func adopting(_ adoption: Adoption) -> Household? {
        guard bindingByDevice[adoption.device] == nil, let home = homeByID[adoption.home] else { return nil }
        var who: [Int] = []
        for id in adoption.residents {
            guard let index = residentByID[id], residents[index].home == home else { return nil }
            who.append(index)
        }
        var all = bindings
        var bound = DeviceBinding(
            device: adoption.device, profile: adoption.profile, home: home, residents: who, room: adoption.room, isShared: adoption.isShared)
        if let old = adoption.replaces.flatMap({ bindingByDevice[$0] }) {
            (bound.via, bound.calls) = (all[Int(old)].via, all[Int(old)].calls)
            all[Int(old)] = bound
        } else {
            all.append(bound)
        }
        return Household(homes: homes, residents: residents, bindings: all)
    }
}

/// One dwelling, the unit of care.
public struct Home: Hashable, Sendable {
    public var id: HomeID
    public var zone: TimeZoneTable
    /// The village or community station that answers for it.
    public var station: String
    public var address: String
    /// How a helper gets in: key-holder, directions, a dog.
    public var access: String
    /// How many people live there; at least the residents.
    public var occupants: Int
    public var hasPets: Bool
    /// The rule set that holds in the home and for its residents (`rule_set:`); nil = the rules as they are.
    public var ruleSet: RuleSetChoice?

    public init(
        id: HomeID, zone: TimeZoneTable, station: String = "", address: String = "", access: String = "", occupants: Int = 1, hasPets: Bool = false,
        ruleSet: RuleSetChoice? = nil
    ) {
        (self.id, self.zone, self.station, self.address) = (id, zone, station, address)
        (self.access, self.occupants, self.hasPets, self.ruleSet) = (access, occupants, hasPets, ruleSet)
    }
}

/// A person under care.
public struct Resident: Hashable, Sendable {
    public var id: ResidentID
    /// Index into `Household.homes`.
    public var home: Int
    public var name: String
    /// `YYYY-MM-DD`, `YYYY` or empty.
    public var born: String
    /// `female`, `male`, `other`, `unknown`: FHIR administrative gender.
    public var sex: String
    /// A clinician's own numbers for this person, by the rule's name.
    public var limits: [LimitOverride]
    public var contacts: [Contact]
    /// Which uses of the data the elder agreed to, for instance `family`.
    public var consent: [String]
    public var chains: [String]
    public var notes: String
    /// What shared devices call this person in their messages: the number of a card, a name; or the token of one, as the hub keeps it.
    public var identifiers: [String]
    /// The rule set of this person; nil = the home's.
    public var ruleSet: RuleSetChoice?
    /// Somebody visits at least once in so many days (独居, 空巢, 留守, 失能, 重残), and proves it; nil = not asked.
    public var visitDays: Int?

    public init(
        id: ResidentID, home: Int, name: String = "", born: String = "", sex: String = "unknown",
        limits: [LimitOverride] = [], contacts: [Contact] = [], consent: [String] = [], chains: [String] = [], notes: String = "",
        identifiers: [String] = [], ruleSet: RuleSetChoice? = nil, visitDays: Int? = nil
    ) {
        self.visitDays = visitDays
        (self.id, self.home, self.name, self.born, self.sex) = (id, home, name, born, sex)
        (self.limits, self.contacts, self.consent, self.chains, self.notes) = (limits, contacts, consent, chains, notes)
        self.identifiers = identifiers
        self.ruleSet = ruleSet
    }
}

/// A named rule set as homes.yaml chose it; Detection knows the sets and reports an unknown name at its place.
public struct RuleSetChoice: Hashable, Sendable {
    public var name: String
    public var place: Place

    public init(name: String, place: Place) { (self.name, self.place) = (name, place) }
}

/// Someone to call for a resident.
public struct Contact: Hashable, Sendable {
    public var name: String
    public var relation: String
    public var phone: String
    /// Can open the door.
    public var holdsKey: Bool
    /// How many minutes from the home; nil where nobody wrote it, which counts as far.
    public var minutesAway: Int?

    public init(name: String, relation: String, phone: String, holdsKey: Bool = false, minutesAway: Int? = nil) {
        (self.name, self.relation, self.phone) = (name, relation, phone)
        (self.holdsKey, self.minutesAway) = (holdsKey, minutesAway)
    }
}

/// One rule's parameters as a clinician set them for one resident; the rule's form reads the node.
public struct LimitOverride: Hashable, Sendable {
    public var rule: String
    public var parameters: ConfigurationNode

    public init(rule: String, parameters: ConfigurationNode) { (self.rule, self.parameters) = (rule, parameters) }
}

/// A device's place in the household.
public struct DeviceBinding: Hashable, Sendable {
    public var device: DeviceID
    /// The name of the profile that reads it.
    public var profile: String
    /// Index into `Household.homes`.
    public var home: Int
    /// Indices into `Household.residents`: one, several, or none for a device that serves the home.
    public var residents: [Int]
    public var room: String
    /// Anybody of the hub may use it, as a station's cuff: only its messages say who it was.
    public var isShared: Bool
    /// The bridge or gateway through which its messages come, where homes.yaml names one.
    public var via: DeviceID?
    /// Whether a resident can call for help with it, where homes.yaml says so; nil = its profile does, a generic one with its first press.
    public var calls: Bool?

    public init(
        device: DeviceID, profile: String, home: Int, residents: [Int], room: String = "", isShared: Bool = false, via: DeviceID? = nil, calls: Bool? = nil
    ) {
        (self.device, self.profile, self.home, self.residents, self.room) = (device, profile, home, residents, room)
        (self.isShared, self.via, self.calls) = (isShared, via, calls)
    }
}
