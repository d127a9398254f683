import CareModel
import Foundation
import Testing

@testable import Ledger

/// A data folder of one test, removed with it, and turns to write into it.
final class Scratch {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/vigil-ledger-" + UUID().uuidString
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static let wall = WallTime(microseconds: 1_795_000_000_000_000)

    func open(_ options: LedgerOptions = LedgerOptions(ballastBytes: 0)) throws -> Ledger {
        try Ledger.open(path, options: options, wall: Scratch.wall)
    }
}

extension Ledger {
    /// Commits `count` messages after the head, with `effects`.
    @discardableResult
    func add(_ count: Int = 1, payload: [UInt8] = Array("{\"hr\":72}".utf8), _ effects: [Effect] = [], checkpoint: Bool = false, stepMicroseconds: Int64 = 1_000) throws -> LedgerReceipt {
        let head = head
        let records = (1...max(count, 1)).prefix(count).map { i in
            JournalRecord(
                position: head.position + UInt64(i), at: Instant(microseconds: head.at.microseconds + Int64(i) * stepMicroseconds),
                body: .message(Message(link: .telemetry, topic: "a/b/\(i % 7)", payload: payload)))
        }
        let position = records.last?.position ?? head.position, at = records.last?.at ?? head.at
        let row = CheckpointRow(
            position: position, at: at, stateVersion: 1, build: "test", configuration: ConfigurationDigest("c"), sections: Array("state \(position)".utf8))
        return try commit(
            LedgerTurn(records: records, effects: effects, position: position, at: at, clock: HubClock(offset: .seconds(5), quality: .synchronised), checkpoint: checkpoint ? row : nil),
            wall: { Scratch.wall })
    }
}

func incident(_ number: UInt64, epoch: String = "AAAAAA") -> IncidentID { IncidentID(origin: "hub1-" + epoch, number: number) }

func revise(_ id: IncidentID, _ revision: UInt32, _ priority: Priority = .high, _ state: IncidentState = .open) -> Effect {
    .revise(IncidentRevision(
        incident: id, revision: revision, state: state, priority: priority, category: .safety, origin: .live, home: HomeID("h1"),
        full: Array("{\"full\":\(revision)}".utf8), masked: Array("{\"masked\":\(revision)}".utf8)))
}

func enqueue(_ id: IncidentID, _ revision: UInt32, _ priority: Priority = .high, queue: String = "station", isMasked: Bool = false) -> Effect {
    .enqueue(Delivery(key: DeliveryKey(incident: id, revision: revision, queue: QueueName(queue)), priority: priority, isMasked: isMasked))
}

func texts(_ page: DeliveryPage) -> [String] {
    page.deliveries.map { "\($0.delivery.key.incident.number):\($0.delivery.key.revision)" }
}

extension JournalRecords {
    func all() throws -> [JournalRecord] {
        var copy = self, found: [JournalRecord] = []
        while let record = try copy.next() { found.append(record) }
        return found
    }
}
