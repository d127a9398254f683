import CareModel
import Synchronization
@testable import Serving

/// The rest of a hub, small: keeps the contracts that the ports state, in memory.
final class TestHub: IncidentReading, DeliveryReading, StreamReading, CommandPosting, DeliveryPosting, DeviceReading, HealthReading, MetricsReading, JournalReading, PlaceReading, ConsoleReading, ReportReading, SignedCommandTaking, VisitCodeReading {
    struct State {
        var origin = "HUB-E1"
        var complete: UInt64 = 0
        var revisions: [(cursor: UInt64, incident: IncidentID, home: HomeID?, full: [UInt8], masked: [UInt8])] = []
        var queued: [QueuedDelivery] = []
        var confirmed: Set<DeliveryKey> = []
        var dead: [DeadLetter] = []
        var commands: [Command] = []
        var answers: [CommandID: CommandOutcome] = [:]
        var nextOutcome: CommandOutcome = .done(revision: 2)
        var isMailboxFull = false
        /// How often revisions were asked for.
        var reads = 0
        var isSilent = false
        var doesFail = false
        var filters: [IncidentFilter] = []
        var devices: [DeviceRow] = []
        var quarantine: [QuarantineRow] = []
        var health = Health(isLive: true, isReady: true)
        var orders: [ReplayOrder] = []
        /// Who took the consent for the family back.
        var withdrawn: Set<ResidentID> = []
        var replayAnswer = ReplayAnswer.done(Array(#"{"lines":0}"#.utf8))
        var exposition = "# TYPE vigil_messages_total counter\nvigil_messages_total 3\n"
    }
    struct Broken: Error {}

    let state = Mutex(State())
    let signal = CommitSignal()

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Commits one revision and one delivery of it, and tells.
    func commit(_ text: String, number: UInt64 = 1, queue: String = "care", home: HomeID? = nil) {
        state.withLock { state in
            let cursor = (state.revisions.last?.cursor ?? 0) + 1
            let id = IncidentID(origin: state.origin, number: number)
            let full = JSONValue.object([("id", .string(id.description)), ("revision", .int(Int(cursor))), ("resident_name", .string(text))]).bytes
            let masked = JSONValue.object([("id", .string(id.description)), ("revision", .int(Int(cursor)))]).bytes
            state.revisions.append((cursor, id, home, full, masked))
            let key = DeliveryKey(incident: id, revision: UInt32(cursor), queue: QueueName(queue))
            state.queued.append(QueuedDelivery(key: key, cursor: cursor, incident: full))
        }
        signal.committed()
    }

    func report(_ period: String, isCSV: Bool) async throws -> [UInt8]? {
        try check()
        guard period.hasPrefix("2026-") else { return nil }
        return Array((isCSV ? "hub,period\r\nHUB,\(period)\r\n" : "{\"period\":\"\(period)\"}\n").utf8)
    }

    func check() throws { if state.withLock({ $0.doesFail }) { throw Broken() } }

    func head() async throws -> StreamHead {
        state.withLock { StreamHead(origin: $0.origin, complete: $0.complete, latest: $0.revisions.last?.cursor ?? 0) }
    }

    func incidents(_ filter: IncidentFilter, _ detail: Detail) async throws -> IncidentPage {
        try check()
        return state.withLock { state in
            state.filters.append(filter)
            let all = state.revisions.filter { filter.homes == nil || $0.home == nil || filter.homes?.contains($0.home ?? HomeID("")) == true }.map { detail == .full ? $0.full : $0.masked }
            let head = StreamHead(origin: state.origin, complete: state.complete, latest: state.revisions.last?.cursor ?? 0)
            return IncidentPage(incidents: Array(all.prefix(filter.limit)), isCut: all.count > filter.limit, head: head)
        }
    }

    func incident(_ id: IncidentID, _ detail: Detail) async throws -> IncidentHistory? {
        let found = state.withLock { $0.revisions.filter { $0.incident == id }.map { detail == .full ? $0.full : $0.masked } }
        return found.last.map { IncidentHistory(newest: $0, revisions: found) }
    }

    func deliveries(of queue: QueueName, after: UInt64, limit: Int) async throws -> QueuedPage? {
        guard queue.text == "care" else { return nil }
        return state.withLock { state in
            let found = Array(state.queued.filter { $0.cursor > after && $0.key.queue == queue && !state.confirmed.contains($0.key) }.prefix(limit))
            return QueuedPage(deliveries: found, next: found.last?.cursor ?? after)
        }
    }

    func deadLetters(of queue: QueueName, after: UInt64, limit: Int) async throws -> [DeadLetter]? {
        guard queue.text == "care" else { return nil }
        return state.withLock { Array($0.dead.filter { $0.cursor > after }.prefix(limit)) }
    }

    func isDead(_ key: DeliveryKey) async throws -> Bool { state.withLock { $0.dead.contains { $0.key == key } } }

    func revisions(after: UInt64, limit: Int) async throws -> [StreamedRevision] {
        try check()
        return state.withLock { state in
            state.reads += 1
            return Array(state.revisions.filter { $0.cursor > after }.prefix(limit).map {
                StreamedRevision(cursor: $0.cursor, home: $0.home, full: $0.full, masked: $0.masked)
            })
        }
    }

    func post(_ command: Command) async throws -> CommandAnswer {
        try check()
        if state.withLock({ $0.isSilent }) { try await Task.sleep(for: .seconds(3_600)) }
        return state.withLock { state in
            if state.isMailboxFull { return .busy(retryAfterSeconds: 2) }
            if let answer = state.answers[command.id] { return .outcome(answer) }
            state.commands.append(command)
            if case .resend(let key) = command.action { state.dead.removeAll { $0.key == key } }
            state.answers[command.id] = state.nextOutcome
            return .outcome(state.nextOutcome)
        }
    }

    func confirm(_ key: DeliveryKey) async throws -> DeliveryAnswer { report(key) { $0.confirmed.insert(key) } }

    func refuse(_ key: DeliveryKey, reason: String) async throws -> DeliveryAnswer {
        report(key) { state in
            guard let at = state.queued.firstIndex(where: { $0.key == key }), !state.confirmed.contains(key) else { return }
            state.dead.append(DeadLetter(key: key, cursor: state.queued[at].cursor, reason: reason, incident: state.queued[at].incident))
            state.confirmed.insert(key)
        }
    }

    /// Each of the two residents has the code of her side.
    func resident(withCode code: String) throws -> (id: ResidentID, name: String)? {
        try check()
        return ["code-east": (id: ResidentID("resident-east"), name: "Eastern Wang"), "code-west": (id: ResidentID("resident-west"), name: "Western Li")][code]
    }

    // MARK: - Two stations with one home each

    func place(of home: HomeID) -> ObjectPlace? {
        home.text == "home-east" ? ObjectPlace(home: home, station: "east") : home.text == "home-west" ? ObjectPlace(home: home, station: "west") : nil
    }

    func place(of resident: ResidentID) -> ObjectPlace? {
        let side = resident.text.split(separator: "-").last.map(String.init) ?? ""
        guard resident.text == "resident-" + side, let home = place(of: HomeID("home-" + side)) else { return nil }
        return ObjectPlace(home: home.home, station: home.station, residents: [resident])
    }

    func place(of device: DeviceID) -> ObjectPlace? {
        guard let row = state.withLock({ $0.devices.first { $0.device == device } }) else { return nil }
        return place(of: row.home)
    }

    func place(of incident: IncidentID) async throws -> ObjectPlace? {
        guard let found = state.withLock({ $0.revisions.first { $0.incident == incident } }) else { return nil }
        guard let home = found.home, var place = place(of: home) else { return ObjectPlace(home: nil) }
        place.residents = [ResidentID(home.text.replacing("home", with: "resident"))]
        return place
    }

    func homes(within rights: Rights) -> [HomeID]? {
        rights.isEverything ? nil : ["east", "west"].filter { rights.stations.contains($0) }.map { HomeID("home-" + $0) } + rights.homes
    }

    func consentsToFamily(_ resident: ResidentID) -> Bool? {
        place(of: resident).map { _ in !state.withLock { $0.withdrawn.contains(resident) } }
    }

    private func report(_ key: DeliveryKey, _ body: (inout State) -> Void) -> DeliveryAnswer {
        state.withLock { state in
            if state.isMailboxFull { return .busy(retryAfterSeconds: 1) }
            guard state.queued.contains(where: { $0.key == key }) else { return .unknown }
            body(&state)
            return .done
        }
    }

    func devices() async throws -> [DeviceRow] { state.withLock { $0.devices } }
    func quarantine(limit: Int) async throws -> [QuarantineRow] { state.withLock { Array($0.quarantine.prefix(limit)) } }
    func health() async -> Health { state.withLock { $0.health } }
    func export(after: UInt64, _ write: ([UInt8]) async throws -> Void) async throws { try await write(Array("after \(after)\n".utf8)) }

    private func known(_ id: ResidentID) -> [UInt8]? { ["r1", "resident-east", "resident-west"].contains(id.text) ? Array("{\"resident\":\"\(id)\"}".utf8) : nil }
    /// What there is of the two homes, for lists that leave out what the caller's rights don't reach.
    private func listed(_ name: String, _ homes: [HomeID]?) -> [UInt8] {
        let rows = [("home-east", "Eastern Wang"), ("home-west", "Western Li")].filter { row in homes?.contains(HomeID(row.0)) ?? true }
        return Array("{\"\(name)\":[\(rows.map { "\"\($0.0) \($0.1)\"" }.joined(separator: ","))]}".utf8)
    }
    func surroundings(of id: IncidentID) async throws -> [UInt8]? {
        state.withLock { state in state.revisions.contains { $0.incident == id } } ? Array(#"{"home":null}"#.utf8) : nil
    }
    func file(of id: IncidentID, _ detail: Detail, isHTML: Bool) async throws -> [UInt8]? {
        try await (incident(id, detail)?.newest).map { isHTML ? Array("<p>".utf8) + $0 : $0 }
    }
    func residents(within homes: [HomeID]?) async throws -> [UInt8] { listed("residents", homes) }
    func resident(_ id: ResidentID) async throws -> [UInt8]? { known(id) }
    func readings(of id: ResidentID, hours: Int) async throws -> [UInt8]? { known(id).map { _ in Array("{\"hours\":\(hours)}".utf8) } }
    func deviceState(of id: DeviceID, hours: Int) async throws -> [UInt8]? {
        state.withLock { state in state.devices.contains { $0.device == id } ? Array("{\"device\":\"\(id)\",\"hours\":\(hours)}".utf8) : nil }
    }
    func explanation(of id: ResidentID, at moment: WallTime) async throws -> [UInt8]? { known(id) }
    func family(of people: [ResidentID], withheld: [ResidentID]) async throws -> [UInt8] {
        Array("{\"residents\":[\(people.map { "\"\($0)\"" }.joined(separator: ","))]\(withheld.isEmpty ? "" : ",\"withheld\":[\(withheld.map { "\"\($0)\"" }.joined(separator: ","))]")}".utf8)
    }
    func isFamilys(_ id: IncidentID, _ people: [ResidentID]) async throws -> Bool {
        guard let place = try await place(of: id), !place.residents.isEmpty else { return false }
        return place.residents.allSatisfy(people.contains)
    }
    func audit(before: Int64?, limit: Int) async throws -> [UInt8] { Array("{\"before\":\(before.map(String.init) ?? "null"),\"limit\":\(limit)}".utf8) }
    func queues() async throws -> [UInt8] { Array(#"{"queues":[]}"#.utf8) }
    func rules() async throws -> [UInt8] { Array(#"{"rules":[]}"#.utf8) }
    func wall(within homes: [HomeID]?, stations: [String]) async throws -> [UInt8] { listed("stations", homes) }
    func take(_ body: [UInt8], from queue: QueueName, id: String, timestamp: String, signature: String) async -> SignedAnswer {
        switch signature {
        case "right": .carriedOut(Array("{\"outcome\":\"done\"}".utf8))
        case "faulty": .invalid(Array("{\"outcome\":\"invalid\"}".utf8))
        case "busy": .busy
        default: .unknown
        }
    }
    func tap(after position: UInt64?) async throws -> [UInt8] { Array(#"{"rows":[]}"#.utf8) }
    func configurations() async throws -> [UInt8] { Array(#"{"configurations":[]}"#.utf8) }
    func replay(_ order: ReplayOrder) async throws -> ReplayAnswer {
        state.withLock { state in
            state.orders.append(order)
            return state.replayAnswer
        }
    }

    func exposition() async throws -> String { state.withLock { $0.exposition } }
}
