import CareModel
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct DamageTests {
    private func overwrite(_ path: String, at offset: UInt64, _ bytes: [UInt8]) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seek(toOffset: offset)
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }

    private func aside(_ scratch: Scratch) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { $0.contains(".damaged-") }
    }

    @Test("a file that is no database any more is set aside, and a new one with a new epoch is started")
    func notADatabase() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.add(3)
        try ledger.close()
        try overwrite(scratch.path + "/vigil.sqlite", at: 0, [UInt8](repeating: 0x55, count: 4_096))
        let again = try scratch.open()
        #expect(again.epoch != ledger.epoch)
        #expect(again.head.position == 0)
        #expect(try aside(scratch).count == 1)
        guard case .setAside(_, _, let epoch)? = again.notes.first else {
            Issue.record("\(again.notes)")
            return
        }
        #expect(epoch == again.epoch)
        try again.add(1)
        try again.close()
        #expect(try scratch.open().epoch == epoch)
    }

    @Test("open incidents, decided rows and deliveries of a damaged database are carried over")
    func salvage() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let id = IncidentID(origin: "hub1-" + ledger.epoch, number: 1)
        try ledger.add(1, [revise(id, 1), enqueue(id, 1), .keep(DecidedRow(table: "incident", key: id.description, version: 1, bytes: [9]))])
        for _ in 0..<40 { try ledger.add(40, payload: [UInt8](repeating: 65, count: 200)) }
        let root = try ledger.write { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'journal'") ?? 0
        }
        let position = ledger.head.position
        try ledger.close()
        try overwrite(scratch.path + "/vigil.sqlite", at: UInt64(root - 1) * 4_096, [UInt8](repeating: 0xEE, count: 4_096))
        let again = try scratch.open()
        #expect(again.epoch != ledger.epoch)
        #expect(again.notes.contains(.salvaged(incidents: 1, decidedRows: 1, deliveries: 1)))
        #expect(again.head.position == position)
        #expect(try again.recover().decided.map(\.bytes) == [[9]])
        #expect(try texts(again.reader.deliveries(queue: QueueName("station"), limit: 10)) == ["1:1"])
        try again.add(1)
    }

    @Test("a checkpoint with a flipped bit is left out and the older one serves")
    func damagedCheckpoint() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.add(1, checkpoint: true)
        try ledger.add(1, checkpoint: true)
        try ledger.add(1, checkpoint: true)
        #expect(try ledger.recover().checkpoints.map(\.position) == [3, 2])
        try ledger.write { try $0.execute(sql: "UPDATE checkpoint SET sections = x'00' WHERE position = 3") }
        #expect(try ledger.recover().checkpoints.map(\.position) == [2])
        #expect(try ledger.reader.records(after: 2).all().map(\.position) == [3])
    }

    @Test("damaged databases are kept up to the limit, the newest ones, and what is condemned is set aside")
    func setAsideLimit() throws {
        let scratch = Scratch()
        var epochs: Set<String> = []
        for n in 0...LedgerLimits.setAsideKept {
            let ledger = try Ledger.open(scratch.path, options: LedgerOptions(ballastBytes: 0), wall: Scratch.wall + .seconds(n))
            epochs.insert(ledger.epoch)
            try ledger.add(1)
            try ledger.condemn("a test")
            try ledger.close()
        }
        let last = try Ledger.open(scratch.path, options: LedgerOptions(ballastBytes: 0), wall: Scratch.wall + .seconds(60))
        epochs.insert(last.epoch)
        #expect(epochs.count == LedgerLimits.setAsideKept + 2)
        let names = try aside(scratch).filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
        #expect(names.count == LedgerLimits.setAsideKept)
        let newest = (Scratch.wall + .seconds(60)).description.filter { $0.isNumber || $0 == "T" || $0 == "Z" }
        #expect(names.last == "vigil.sqlite.damaged-" + newest)
    }
}
