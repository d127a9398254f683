import CareModel
import Decoding
import Escalation
import Formats
import GatewayCore
import Ledger
import Serving
import Simulation
import Synchronization

/// The further pages' port: documents over the ledger's read-only connections and the board.
struct ConsoleDesk: ConsoleReading {
    let vault: Vault
    let board: Board
    let configurationPath: String
    private let neighbours: HubNeighbours
    private let liveTap: Tap
    /// One replay at a time: it takes a processor.
    private let isReplaying = ReplayPlace()
    private let familyDays = FamilyDays()

    /// Incidents that the wall reads.
    static let reportRowsMax = 20_000
    /// Nobody fetched a delivery for so long: the way to people is in doubt.
    static let waitingSecondsMax: Int64 = 60

    init(vault: Vault, board: Board, configurationPath: String, neighbours: HubNeighbours) {
        (self.vault, self.board, self.configurationPath, self.neighbours) = (vault, board, configurationPath, neighbours)
        liveTap = Tap(vault: vault, board: board)
    }

    func surroundings(of id: IncidentID) async throws -> [UInt8]? {
        try await withTaskExecutorPreference(DeskExecutor.shared) { try await onDesk { try Surroundings(vault: vault, picture: board.look()).document(of: id) } }
    }

    func file(of id: IncidentID, _ detail: Detail, isHTML: Bool) async throws -> [UInt8]? {
        try await withTaskExecutorPreference(DeskExecutor.shared) { try await onDesk { try IncidentFile(id, vault, detail).map { isHTML ? $0.html : $0.json } } }
    }

    func readings(of id: ResidentID, hours: Int) async throws -> [UInt8]? {
        try await withTaskExecutorPreference(DeskExecutor.shared) {
            try await onDesk {
                let picture = board.look()
                guard let index = picture.household.resident(id) else { return nil }
                let now = HubTime.wallTime()
                return try ResidentReadings(vault: vault, picture: picture).document(of: index, in: now - .seconds(hours * 3_600)..<now + .seconds(1))
            }
        }
    }

    func deviceState(of id: DeviceID, hours: Int) async throws -> [UInt8]? {
        try await withTaskExecutorPreference(DeskExecutor.shared) {
            try await onDesk {
                let picture = board.look()
                guard picture.household.binding(of: id) != nil else { return nil }
                let now = HubTime.wallTime()
                return try DeviceState(vault: vault, picture: picture).document(of: id, in: now - .seconds(hours * 3_600)..<now + .seconds(1))
            }
        }
    }

    func explanation(of id: ResidentID, at moment: WallTime) async throws -> [UInt8]? {
        guard board.look().household.resident(id) != nil else { return nil }
        return try await withTaskExecutorPreference(DeskExecutor.shared) {
            let lines = try await Explanation(configurationPath: configurationPath, vault: vault).resident(id, at: moment)
            var w = JSONWriter()
            w.beginObject()
            w.key("at"); w.time(moment)
            w.key("lines")
            w.beginArray()
            for line in lines { w.string(line) }
            w.endArray()
            w.endObject()
            return w.bytes
        }
    }

    func tap(after position: UInt64?) async throws -> [UInt8] {
        try await withTaskExecutorPreference(DeskExecutor.shared) { try await onDesk { try liveTap.look(after: position) } }
    }

    func configurations() async throws -> [UInt8] {
        try ReplayDesk(vault: vault, board: board, configurationPath: configurationPath).configurations()
    }

    func replay(_ order: ReplayOrder) async throws -> ReplayAnswer {
        guard isReplaying.enter() else { return .busy }
        defer { isReplaying.leave() }
        return try await withTaskExecutorPreference(DeskExecutor.shared) {
            try await onDesk {
                do {
                    let done = try ReplayDesk(vault: vault, board: board, configurationPath: configurationPath).run(order)
                    return done.map(ReplayAnswer.done) ?? .unknownConfiguration
                } catch let faulty as LoadedConfiguration.Faulty {
                    return .faulty(faulty.description)
                }
            }
        }
    }

    /// Runs where the task prefers to: a function that isn't asynchronous would stay where it is called.
    private func onDesk<T: Sendable>(_ work: @Sendable () throws -> T) async throws -> T { try work() }

    func family(of people: [ResidentID], withheld: [ResidentID]) async throws -> [UInt8] {
        try await withTaskExecutorPreference(DeskExecutor.shared) {
            try await onDesk { try FamilyPages(vault: vault, picture: board.look()).document(of: people, withheld: withheld, days: familyDays) }
        }
    }

    func isFamilys(_ id: IncidentID, _ people: [ResidentID]) async throws -> Bool {
        try vault.reader.incident(id).map { FamilyPages.shows($0.newest, to: people) } ?? false
    }

    func audit(before: Int64?, limit: Int) async throws -> [UInt8] {
        let found = try vault.reader.audit(before: before, limit: limit)
        var w = JSONWriter(reserving: 16_384)
        w.beginObject()
        w.key("entries")
        w.beginArray()
        for stored in found {
            let entry = stored.entry
            w.beginObject()
            w.key("action"); w.string(entry.action)
            w.key("actor"); w.string(entry.actor)
            w.key("at"); w.time(entry.at)
            w.key("number"); w.integer(stored.number)
            w.key("object"); w.string(entry.object)
            w.key("outcome"); w.string(entry.outcome)
            w.key("role"); w.string(entry.role.name)
            w.key("via"); w.string(entry.via.name)
            w.endObject()
        }
        w.endArray()
        w.key("next"); if found.count == limit, let last = found.last { w.integer(last.number) } else { w.null() }
        w.endObject()
        return w.bytes
    }

    func queues() async throws -> [UInt8] {
        let picture = board.look()
        let counts = try vault.reader.outboxCounts()
        let names = Set(counts.map(\.queue)).union(picture.queues).sorted()
        var w = JSONWriter()
        w.beginObject()
        w.key("queues")
        w.beginArray()
        for name in names {
            let count = counts.first { $0.queue == name }
            w.beginObject()
            w.key("configured"); w.bool(picture.queues.contains(name))
            w.key("dead"); w.integer(count?.dead ?? 0)
            w.key("embedded"); w.bool(picture.embedded.contains(name))
            w.key("oldest_at"); w.time(count?.oldestAt)
            w.key("pending"); w.integer(count?.pending ?? 0)
            w.key("queue"); w.string(name.text)
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    func rules() async throws -> [UInt8] {
        guard let configuration = board.look().configuration else { return Array("{\"rules\":[]}".utf8) }
        return try await withTaskExecutorPreference(DeskExecutor.shared) { try await onDesk { RuleWords(configuration).document() } }
    }

    func residents(within homes: [HomeID]?) async throws -> [UInt8] {
        try await withTaskExecutorPreference(DeskExecutor.shared) { try await onDesk { try HomePages(vault: vault, picture: board.look()).list(within: homes) } }
    }

    func resident(_ id: ResidentID) async throws -> [UInt8]? {
        let picture = board.look()
        guard let index = picture.household.resident(id) else { return nil }
        return try await withTaskExecutorPreference(DeskExecutor.shared) { try await onDesk { try HomePages(vault: vault, picture: picture).document(of: index) } }
    }

    func wall(within homes: [HomeID]?, stations: [String]) async throws -> [UInt8] {
        try await withTaskExecutorPreference(DeskExecutor.shared) {
            try await onDesk {
                let picture = board.look()
                return try ReportPages.wall(
                    vault, picture, HomePages(vault: vault, picture: picture), within: homes, hubs: neighbours.picture(at: .now), stations: stations)
            }
        }
    }
}

/// Lets one in.
final class ReplayPlace: Sendable {
    private let isTaken = Mutex(false)

    func enter() -> Bool {
        isTaken.withLock { taken in
            defer { taken = true }
            return !taken
        }
    }

    func leave() { isTaken.withLock { $0 = false } }
}
