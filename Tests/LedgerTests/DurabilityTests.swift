import CareModel
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct DurabilityTests {
    @Test("the writer runs in WAL with synchronous FULL, read back from the connection")
    func walAndFull() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let found = try ledger.durability()
        #expect(found.synchronous == 2)
        #expect(found.journalMode == "wal")
    }

    @Test("the WAL gathers no more than its pages, however many commits")
    func walBound() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let perCommit = 64, commits = LedgerLimits.walPagesMax / perCommit + 40
        let payload = [UInt8](repeating: 65, count: 4_096)
        var largest = 0, before = 0, isReset = false
        for _ in 0..<commits {
            try ledger.add(perCommit, payload: payload)
            // A WAL that begins anew is overwritten from its start: its file keeps the length, so look at the database.
            let database = try size(scratch.path + "/vigil.sqlite")
            isReset = isReset || database > before + perCommit * 4_096
            before = database
            largest = max(largest, try size(scratch.path + "/vigil.sqlite-wal"))
        }
        #expect(isReset)
        // The commit that reaches the bound is written whole before the pages go.
        #expect(largest <= (LedgerLimits.walPagesMax + 2 * perCommit + 64) * 4_120)
        #expect(largest > LedgerLimits.walPagesMax * 4_096 / 2)
        try ledger.close()
    }

    private func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    @Test("what was committed is there for a process that opens what a crash left")
    func crashAfterCommit() throws {
        let scratch = Scratch(), copy = Scratch()
        let ledger = try scratch.open()
        try ledger.add(5, [.keep(DecidedRow(table: "t", key: "k", version: 3, bytes: [1, 2]))])
        // The files as they stand while the first connection still holds them: nothing is flushed at closing.
        try FileManager.default.copyItem(atPath: scratch.path, toPath: copy.path)
        let again = try copy.open()
        let recovered = try again.recover()
        #expect(recovered.head.position == 5)
        #expect(recovered.head.clock == HubClock(offset: .seconds(5), quality: .synchronised))
        #expect(recovered.decided == [DecidedRow(table: "t", key: "k", version: 3, bytes: [1, 2])])
        #expect(try again.reader.records().all().count == 5)
    }

    @Test("a turn that cannot be stored whole leaves nothing behind")
    func rollback() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        try ledger.add(2)
        #expect(throws: LedgerFailure.self) {
            try ledger.add(3, [.keep(DecidedRow(table: "t", key: "k", version: 1, bytes: [1])), enqueue(incident(1), 1)])
        }
        #expect(ledger.head.position == 2)
        #expect(try ledger.recover().decided.isEmpty)
        #expect(try ledger.reader.records().all().count == 2)
        try ledger.add(1)
        #expect(ledger.head.position == 3)
    }

    @Test("a turn that does not follow the last one is refused")
    func gap() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let record = JournalRecord(position: 2, at: Instant(microseconds: 1), body: .wake)
        let failure = #expect(throws: LedgerFailure.self) {
            try ledger.commit(LedgerTurn(records: [record], effects: [], position: 2, at: record.at, clock: HubClock()), wall: { Scratch.wall })
        }
        #expect(failure?.kind == .other)
    }

    @Test("a second opening of the folder is refused and names the process that holds it")
    func lock() throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let failure = #expect(throws: LedgerFailure.self) { _ = try scratch.open() }
        #expect(failure?.kind == .inUse(pid: getpid()))
        #expect(failure?.publicText.contains("\(getpid())") == true)
        try ledger.close()
        _ = ledger.epoch
    }

    @Test("another process that holds the lock keeps this one out, until it ends")
    func lockOfAnotherProcess() throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        let child = Process(), input = Pipe(), output = Pipe()
        child.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        child.arguments = [scratch.path + "/vigil.lock", "sh", "-c", "echo held; read line"]
        (child.standardInput, child.standardOutput) = (input, output)
        try child.run()
        _ = output.fileHandleForReading.availableData
        let failure = #expect(throws: LedgerFailure.self) { _ = try scratch.open() }
        #expect(failure?.kind == .inUse(pid: nil))
        input.fileHandleForWriting.closeFile()
        child.waitUntilExit()
        #expect(try scratch.open().head.position == 0)
    }

    @Test("a database of a later build is refused with both versions")
    func newerSchema() throws {
        let scratch = Scratch()
        try scratch.open().close()
        try DatabaseQueue(path: scratch.path + "/vigil.sqlite").write { try $0.execute(sql: "PRAGMA user_version = 99") }
        let failure = #expect(throws: LedgerFailure.self) { _ = try scratch.open() }
        #expect(failure?.kind == .newerSchema(found: 99, known: Schema.newest))
    }

    @Test("another program's database is refused and left alone")
    func foreign() throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        let other = try DatabaseQueue(path: scratch.path + "/vigil.sqlite")
        try other.write { try $0.execute(sql: "CREATE TABLE photos (id)") }
        try other.close()
        let failure = #expect(throws: LedgerFailure.self) { _ = try scratch.open() }
        #expect(failure?.kind == .foreign)
        #expect(try DatabaseQueue(path: scratch.path + "/vigil.sqlite").read { try $0.tableExists("photos") })
    }

    @Test("every older schema becomes the newest and keeps its rows", arguments: 1..<Schema.newest)
    func migration(from version: Int) throws {
        let scratch = Scratch()
        let ledger = try scratch.open()
        let epoch = ledger.epoch
        try ledger.add(3, [.keep(DecidedRow(table: "t", key: "k", version: 1, bytes: [7]))])
        try ledger.close()
        let old = try Schema.tables(at: version)
        let file = try DatabaseQueue(path: scratch.path + "/vigil.sqlite")
        try file.writeWithoutTransaction { db in
            // Takes back what later versions changed.
            if version < 3 {
                try db.execute(sql: """
                    ALTER TABLE decided RENAME TO newest;
                    CREATE TABLE decided ("table" TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY ("table", key));
                    INSERT INTO decided SELECT * FROM newest;
                    DROP TABLE newest;
                    """)
            }
            for name in try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND type = 'index'") where !old.contains(name) {
                try db.execute(sql: "DROP INDEX \(name)")
            }
            try db.execute(sql: "PRAGMA user_version = \(version)")
        }
        try file.close()
        let again = try scratch.open()
        #expect(again.notes == [.migrated(from: version, to: Schema.newest)])
        #expect(again.epoch == epoch)
        #expect(try again.recover().decided.count == 1)
        #expect(try again.reader.records().all().count == 3)
    }
}

extension Schema {
    /// Names of the tables and indexes of an older version.
    static func tables(at version: Int) throws -> [String] {
        try DatabaseQueue().writeWithoutTransaction { db in
            _ = try migrate(db, to: version)
            return try String.fetchAll(db, sql: "SELECT name FROM sqlite_master")
        }
    }
}
