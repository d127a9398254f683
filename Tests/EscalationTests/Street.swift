import CareModel
@testable import Escalation

/// Two homes, three residents and a plan of three tiers: what the tests of this room play with.
struct Street {
    static let household = Household(
        homes: [
            Home(id: HomeID("h1"), zone: .utc, station: "Xinan", address: "Lane 1", occupants: 2),
            Home(id: HomeID("h2"), zone: .utc, station: "Xinan", address: "Lane 2"),
        ],
        residents: [
            Resident(id: ResidentID("anna"), home: 0, name: "Anna"), Resident(id: ResidentID("bo"), home: 0, name: "Bo"),
            Resident(id: ResidentID("chen"), home: 1, name: "Chen"),
        ],
        bindings: [
            DeviceBinding(device: DeviceID("ieee:01"), profile: "button", home: 0, residents: [0]),
            DeviceBinding(device: DeviceID("ieee:02"), profile: "smoke", home: 0, residents: []),
            DeviceBinding(device: DeviceID("ieee:03"), profile: "watch", home: 1, residents: [2]),
        ])

    static let queues = [
        QueueSpec(name: QueueName("station"), isMasked: false), QueueSpec(name: QueueName("upstream"), isMasked: true, isReadByPeople: false),
        QueueSpec(name: QueueName("sounder"), isMasked: true, minimum: .medium),
        QueueSpec(name: QueueName("town"), isMasked: true), QueueSpec(name: QueueName("district"), isMasked: true),
    ]

    static let plan = ResponsePlan(
        responses: [
            .init(name: "urgent", priorities: [.high, .medium], tiers: [
                .init(afterSeconds: 0, queues: [QueueName("station"), QueueName("upstream"), QueueName("sounder")]),
                .init(afterSeconds: 60, queues: [QueueName("town")]), .init(afterSeconds: 120, queues: [QueueName("district")]),
            ]),
            .init(name: "rest", tiers: [.init(afterSeconds: 0, queues: [QueueName("station"), QueueName("sounder")]), .init(afterSeconds: 60, queues: [QueueName("town")])]),
        ], drillQueues: [QueueName("station")], queues: queues)

    static let context = Escalation.Context(
        household: household, plan: plan, clock: HubClock(offset: .seconds(1_000), quality: .synchronised), origin: "hub-e1")

    var escalation = Escalation()
    /// Of this street's own; `Street.plan` until a test changes it.
    var plan = Street.plan
    var household = Street.household
    var clock = Street.context.clock
    var callers: Set<DeviceID> = []
    var position: UInt64 = 0
    /// Rows as the ledger would hold them.
    var rows: [String: DecidedRow] = [:]
    var all: [Decision] = []

    var context: Escalation.Context {
        var context = Street.context
        (context.plan, context.household, context.clock, context.callers) = (plan, household, clock, callers)
        return context
    }

    static func subject(_ residents: [String], home: String? = "h1", device: String? = nil) -> Subject {
        Subject(home: home.map { HomeID($0) }, residents: residents.map { ResidentID($0) }, room: "hall", device: device.map { DeviceID($0) })
    }

    static func finding(
        _ kind: String = "safety.sos", _ change: Finding.Change = .raised, _ priority: Priority = .high, who: Subject = subject(["anna"]),
        rule: String? = nil, category: Category? = nil, isCondition: Bool = false, isLatching: Bool = false, isLate: Bool = false,
        device: String = "ieee:01", sequence: UInt64? = nil, text: String = "help", at seconds: Int = 0
    ) -> Finding {
        let wall = WallTime(microseconds: Int64(seconds + 1_000) * 1_000_000)
        let item = EvidenceItem(
            device: DeviceID(device), kind: .sos, value: .code("long"), observedAt: nil, receivedAt: wall, quality: [], sequence: sequence)
        return Finding(
            rule: rule ?? kind, change: change, kind: kind, category: category ?? (kind.hasPrefix("safety.") ? .safety : .medical),
            priority: priority, subject: who, isLatching: isLatching, isCondition: isCondition, receivedAt: wall,
            detectedAt: Instant(microseconds: Int64(seconds) * 1_000_000), detectedWall: wall, isLate: isLate, evidence: [item],
            text: LocalizedText(zhCN: "请帮忙 " + text, en: text))
    }

    static func second(_ n: Int) -> Instant { Instant(microseconds: Int64(n) * 1_000_000) }

    mutating func take(_ finding: Finding, at seconds: Int) -> [Decision] {
        position += 1
        var out: [Decision] = []
        escalation.take(finding, position: position, at: Street.second(seconds), context: context, into: &out)
        return record(out)
    }

    mutating func obey(
        _ action: Command.Action, by actor: String = "li", id: String? = nil, role: Role = .caregiver, expecting: UInt32? = nil, exercise: Finding? = nil, at seconds: Int
    ) -> [Decision] {
        position += 1
        var out: [Decision] = []
        let command = Command(
            id: CommandID(id ?? "c\(position)"), actor: actor, role: role, via: .http, action: action, expectedRevision: expecting)
        escalation.obey(command, exercise: exercise, at: Street.second(seconds), context: context, into: &out)
        return record(out)
    }

    mutating func fire(now seconds: Int, wasDown: Bool = false) -> [Decision] {
        var out: [Decision] = []
        while let due = escalation.nextDeadline, due <= Street.second(seconds) {
            escalation.fire(due: due, now: Street.second(seconds), wasDown: wasDown, context: context, into: &out)
        }
        return record(out)
    }

    mutating func report(_ key: DeliveryKey, _ outcome: DeliveryOutcome, at seconds: Int) -> [Decision] {
        var out: [Decision] = []
        escalation.report(DeliveryReport(key: key, outcome: outcome), at: Street.second(seconds), context: context, into: &out)
        return record(out)
    }

    /// As the core does when the configuration or the clock changed.
    mutating func review(at seconds: Int) -> [Decision] {
        var out: [Decision] = []
        escalation.review(at: Street.second(seconds), context, into: &out)
        escalation.settle(into: &out)
        return record(out)
    }

    mutating func restart() throws { escalation = try Escalation(restoring: Array(rows.values)) }

    mutating func record(_ decisions: [Decision]) -> [Decision] {
        all += decisions
        for case .keep(let row) in decisions { rows[row.table + "\u{0}" + row.key] = row.bytes == nil ? nil : row }
        return decisions
    }

    static func id(_ number: UInt64) -> IncidentID { IncidentID(origin: "hub-e1", number: number) }
}

extension [Decision] {
    var revisions: [Incident] { compactMap { if case .revise(let incident, _) = $0 { incident } else { nil } } }
    var deliveries: [Delivery] { flatMap { if case .revise(_, let list) = $0 { list } else { [Delivery]() } } }
    var queues: [String] { deliveries.map(\.key.queue.text) }
    var answer: CommandOutcome? { compactMap { if case .answer(_, let outcome) = $0 { outcome } else { nil } }.last }
    var audits: [AuditEntry] { compactMap { if case .audit(let entry) = $0 { entry } else { nil } } }
    func rows(_ table: String) -> [DecidedRow] { compactMap { if case .keep(let row) = $0, row.table == table { row } else { nil } } }
}
