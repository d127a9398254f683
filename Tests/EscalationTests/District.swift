import CareModel
@testable import Escalation

/// A district in small: two stations of one town, a clinic, an elder with family, and a plan that names posts.
enum District {
    static let stationRota = Rota(name: "station", shifts: [
        .init(days: [0, 1, 2, 3, 4], fromMinute: 8 * 60, toMinute: 20 * 60, people: ["li", "wang"]),
        .init(fromMinute: 20 * 60, toMinute: 32 * 60, people: ["zhou"], isOnCall: true),
    ], absences: [.init(person: "zhou", days: 10...10)])

    static func post(
        _ id: String, _ level: String, chain: String = "care", serves: [String] = [], above: String? = nil, queue: String, ring: Post.Ring = .phone,
        confirmed: String? = "2026-11-02", rota: String? = nil, isOnCall: Bool = false, isFamily: Bool = false
    ) -> Post {
        Post(
            id: id, chain: chain, level: level, name: LocalizedText(zhCN: "站\(id)", en: id), serves: serves, above: above, queues: [QueueName(queue)], ring: ring,
            ringConfirmed: confirmed, rota: rota, isOnCall: isOnCall, isFamily: isFamily)
    }

    static func network(rota: String? = nil, stationConfirmed: String? = "2026-11-02") -> CareNetwork {
        CareNetwork(
            queues: ["station", "town", "district", "family", "clinic"].map { QueueSpec(name: QueueName($0), isMasked: false) }
                + [QueueSpec(name: QueueName("upstream"), isMasked: true, isReadByPeople: false, channel: "mqtt")],
            chains: [CareChain(name: "care", levels: ["household", "station", "town", "district"]), CareChain(name: "medical", levels: ["clinic"])],
            posts: [
                post("family", "household", queue: "family", isFamily: true),
                post("east", "station", serves: ["East"], above: "town", queue: "station", confirmed: stationConfirmed, rota: rota),
                post("west", "station", serves: ["West"], above: "town", queue: "station", rota: rota),
                post("town", "town", above: "district", queue: "town"), post("district", "district", queue: "district"),
                post("clinic", "clinic", chain: "medical", serves: ["East"], queue: "clinic", isOnCall: true),
            ], rotas: [stationRota])
    }

    static func household(zone: TimeZoneTable = .utc, consent: [String] = ["family"]) -> Household {
        Household(
            homes: [
                Home(id: HomeID("h1"), zone: zone, station: "East", address: "Lane 1", access: "code 7"),
                Home(id: HomeID("h2"), zone: zone, station: "West", address: "Lane 2"),
            ],
            residents: [
                Resident(id: ResidentID("anna"), home: 0, name: "Anna", contacts: [
                    Contact(name: "Far", relation: "son", phone: "1", minutesAway: 40), Contact(name: "Near", relation: "niece", phone: "2", minutesAway: 5),
                    Contact(name: "Key", relation: "neighbour", phone: "3", holdsKey: true), Contact(name: "Mute", relation: "cousin", phone: ""),
                ], consent: consent, chains: ["care"]),
                Resident(id: ResidentID("chen"), home: 1, name: "Chen"),
            ],
            bindings: [
                DeviceBinding(device: DeviceID("ieee:01"), profile: "button", home: 0, residents: [0]),
                DeviceBinding(device: DeviceID("ieee:02"), profile: "scale", home: 0, residents: [0]),
                DeviceBinding(device: DeviceID("ieee:03"), profile: "button", home: 1, residents: [1]),
                DeviceBinding(device: DeviceID("ieee:04"), profile: "watch", home: 1, residents: [1]),
            ])
    }

    static let responses: [ResponsePlan.Response] = [
        .init(name: "urgent", priorities: [.high], tiers: [
            .init(afterSeconds: 0, queues: [QueueName("upstream")], posts: ["care.station", "medical.clinic"]),
            .init(afterSeconds: 60, queues: [], posts: ["care.town", "care.household"]),
            .init(afterSeconds: 120, queues: [], posts: ["care.district"], proposesAmbulance: true),
        ]),
        .init(name: "night", priorities: [.medium, .low, .information], categories: [.technical], between: DayWindow(fromMinute: 22 * 60, toMinute: 6 * 60),
              holdMinute: 6 * 60, tiers: [.init(afterSeconds: 0, queues: [QueueName("upstream")], posts: ["care.station"])]),
        .init(name: "rest", tiers: [.init(afterSeconds: 0, queues: [QueueName("upstream")], posts: ["care.station"]), .init(afterSeconds: 60, queues: [], posts: ["care.town"])]),
    ]

    static func plan(rota: String? = nil, stationConfirmed: String? = "2026-11-02", responses: [ResponsePlan.Response] = responses) -> ResponsePlan {
        ResponsePlan(responses: responses, drillQueues: [QueueName("station")], network: network(rota: rota, stationConfirmed: stationConfirmed))
    }

    /// A street in this district; its wall clock shows `hour` of a Thursday at second 0.
    static func street(rota: String? = nil, stationConfirmed: String? = "2026-11-02", hour: Int = 9, consent: [String] = ["family"]) -> Street {
        var street = Street()
        street.plan = plan(rota: rota, stationConfirmed: stationConfirmed)
        street.household = household(consent: consent)
        street.clock = HubClock(offset: .seconds(hour * 3_600), quality: .synchronised)
        street.callers = Callers(named: [DeviceID("ieee:01"), DeviceID("ieee:03"), DeviceID("ieee:04")])
        return street
    }

    /// A technical finding about a device of a home, for instance that it is silent.
    static func silent(
        _ device: String, home: String = "h1", _ change: Finding.Change = .raised, _ priority: Priority = .medium, kind: String = "device.silent", at seconds: Int = 0
    ) -> Finding {
        Street.finding(
            kind, change, priority, who: Street.subject([], home: home, device: device), category: .technical, isCondition: true, device: device, at: seconds)
    }
}
