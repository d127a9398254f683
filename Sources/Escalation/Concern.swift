import CareModel

/// What a response plan is asked about: an incident of one home, and the people whom it concerns.
public struct Concern: Sendable {
    public var kind: String
    public var priority: Priority
    public var category: Category
    /// Nil where the place is unknown.
    public var home: Home?
    /// One, or the candidates; empty for the home itself.
    public var residents: [Resident]
    public var openedAt: WallTime
    /// The home's, or the hub's where the place is unknown.
    public var zone: TimeZoneTable

    public init(
        kind: String, priority: Priority, category: Category, home: Home?, residents: [Resident], openedAt: WallTime, zone: TimeZoneTable
    ) {
        (self.kind, self.priority, self.category, self.home) = (kind, priority, category, home)
        (self.residents, self.openedAt, self.zone) = (residents, openedAt, zone)
    }

    /// An incident as it stands; the time of day is that of its opening, so that a night's plan goes on into the morning.
    public init(_ incident: Incident, _ household: Household) {
        let home = incident.subject.home.flatMap { household.home($0) }.map { household.homes[$0] }
        self.init(
            kind: incident.kind, priority: incident.priority, category: incident.category, home: home,
            residents: incident.subject.residents.compactMap { household.resident($0) }.map { household.residents[$0] },
            openedAt: incident.openedAt, zone: home?.zone ?? household.homes.first?.zone ?? .utc)
    }

    var minuteOfDay: Int {
        let civil = zone.civil(openedAt)
        return civil.hour * 60 + civil.minute
    }

    /// Whom of the family may be asked: red ones only, with everybody's consent; who holds a key and is near comes first.
    var family: [Contact] {
        guard priority == .high, let first = residents.first, residents.allSatisfy({ $0.consent.contains("family") }) else { return [] }
        var shared = first.contacts.filter { contact in !contact.phone.isEmpty && residents.allSatisfy { $0.contacts.contains { $0.phone == contact.phone } } }
        let order = Dictionary(shared.enumerated().map { ($1.phone, $0) }) { first, _ in first }
        shared.sort { a, b in
            if a.holdsKey != b.holdsKey { return a.holdsKey }
            let far = Household.ConfigurationLimits.minutesAwayMax + 1
            if a.minutesAway ?? far != b.minutesAway ?? far { return a.minutesAway ?? far < b.minutesAway ?? far }
            return order[a.phone] ?? 0 < order[b.phone] ?? 0
        }
        return shared
    }
}
