import CareModel
import Foundation
import GRDB

extension Ledger {
    /// Opens the database in `path`, makes or migrates it, and sets a damaged one aside.
    ///
    /// - Parameters:
    ///   - path: the data folder; made when absent.
    ///   - wall: wall time now, for the name of a database that is set aside.
    /// - Throws: `.inUse` when another process holds the folder; `.newerSchema`, `.foreign`, `.notDurable`,
    ///   `.folder`, `.diskFull`, `.ioError`. Never `.damaged`: see `notes`.
    public static func open(_ path: String, options: LedgerOptions = LedgerOptions(), wall: WallTime) throws(LedgerFailure) -> Ledger {
        let folder = try DataFolder(path)
        do {
            return try open(folder, options, notes: [], salvaging: nil)
        } catch where error.kind == .damaged {
            let aside = try setAside(folder, wall)
            return try open(folder, options, notes: [], salvaging: (aside, error.detail))
        }
    }

    private static func open(
        _ folder: DataFolder, _ options: LedgerOptions, notes: [OpeningNote], salvaging damaged: (file: String, why: String)?
    ) throws(LedgerFailure) -> Ledger {
        try LedgerFailure.typed {
            var notes = notes
            let isNew = folder.size(folder.database) == 0
            let writer = try connect(folder, options)
            let (head, epoch) = try writer.writeWithoutTransaction { db in
                try Schema.checkOwner(db)
                if !isNew { try check(db, folder) }
                let found = try Schema.migrate(db)
                if !isNew, found < Schema.newest { notes.append(.migrated(from: found, to: Schema.newest)) }
                try makeDurable(db, options)
                if let damaged {
                    let salvaged = try Salvage(file: damaged.file).carry(into: db)
                    let epoch = try settleEpoch(db, folder, isNew: true, &notes)
                    notes = [.setAside(file: damaged.file, why: damaged.why, newEpoch: epoch), salvaged]
                    return (try storedHead(db), epoch)
                }
                let epoch = try settleEpoch(db, folder, isNew: found == 0, &notes)
                return (try storedHead(db), epoch)
            }
            unlink(folder.checkNeededFile)
            return try Ledger(folder: folder, options: options, writer: writer, reader: try LedgerReader(folder), head: head, epoch: epoch, notes: notes)
        }
    }

    private static func connect(_ folder: DataFolder, _ options: LedgerOptions) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "ledger-writer"
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(2)
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            // Has effect on an empty file only, and must come before WAL.
            if try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            try db.execute(sql: """
                PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = \(LedgerLimits.walPagesMax);
                PRAGMA journal_size_limit = \(LedgerLimits.walPagesMax * 4_096)
                """)
            if let pages = options.pageCountMax { try db.execute(sql: "PRAGMA max_page_count = \(pages)") }
        }
        return try DatabaseQueue(path: folder.database, configuration: configuration)
    }

    /// GRDB sets NORMAL when it turns WAL on; NORMAL lost every one of 500 commits on a simulated power cut.
    private static func makeDurable(_ db: Database, _ options: LedgerOptions) throws {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let found = try durability(db)
        guard found == (2, "wal") else {
            throw LedgerFailure(.notDurable, "synchronous=\(found.synchronous), journal_mode=\(found.journalMode)")
        }
    }

    /// A small file is read whole; of a large one every table but the journal, so that a start takes under 2 s.
    private static func check(_ db: Database, _ folder: DataFolder) throws {
        if let why = folder.text(of: folder.checkNeededFile), why.hasPrefix(DataFolder.condemned) { throw LedgerFailure(.damaged, why) }
        let isWhole = folder.exists(folder.checkNeededFile) || folder.size(folder.database) <= LedgerLimits.checkedWholeBytesMax
        let tables = isWhole ? [nil] : try String?.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('journal', 'sqlite_sequence') ORDER BY name")
        for table in tables {
            let found = try String.fetchAll(db, sql: "PRAGMA quick_check(\(table.map { "'\($0)'" } ?? "1"))")
            guard found == ["ok"] else { throw LedgerFailure(.damaged, found.first ?? "quick_check gave nothing") }
        }
    }

    private static func setAside(_ folder: DataFolder, _ wall: WallTime) throws(LedgerFailure) -> String {
        let stamp = wall.description.filter { $0.isNumber || $0 == "T" || $0 == "Z" }
        let aside = folder.database + ".damaged-" + stamp
        for suffix in ["-wal", "-shm", ""] where folder.exists(folder.database + suffix) {
            guard rename(folder.database + suffix, aside + suffix) == 0 else { throw .ofSystem("cannot set aside", folder.database + suffix) }
        }
        folder.syncFolder()
        folder.forgetSetAside(keeping: LedgerLimits.setAsideKept)
        return aside
    }

    private static func settleEpoch(_ db: Database, _ folder: DataFolder, isNew: Bool, _ notes: inout [OpeningNote]) throws -> String {
        let mark = EpochMark(folder: folder)
        let old = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'epoch'")
        if let old, !isNew {
            let identity = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'epoch_identity'") ?? ""
            let position = try storedHead(db).position
            guard let why = mark.contradiction(epoch: old, identity: identity, position: position) else { return old }
            let new = EpochMark.fresh()
            try store(new, try mark.write(new), db)
            notes.append(.restored(oldEpoch: old, newEpoch: new, why: why))
            return new
        }
        let new = EpochMark.fresh()
        try store(new, try mark.write(new), db)
        notes.append(.created(epoch: new))
        return new
    }

    private static func store(_ epoch: String, _ identity: String, _ db: Database) throws {
        try db.inTransaction(.immediate) {
            try db.execute(sql: "INSERT OR REPLACE INTO meta VALUES ('epoch', ?), ('epoch_identity', ?)", arguments: [epoch, identity])
            return .commit
        }
    }

    static func storedHead(_ db: Database) throws -> LedgerHead {
        guard let row = try Row.fetchOne(db, sql: "SELECT position, at, wall_offset, clock_quality, cursor FROM head") else {
            throw LedgerFailure(.damaged, "the table head is empty")
        }
        return LedgerHead(
            position: UInt64(bitPattern: row[0]), at: Instant(microseconds: row[1]),
            clock: HubClock(offset: Span(microseconds: row[2]), quality: ClockQuality(rawValue: row[3]) ?? .unsynchronised), cursor: row[4])
    }
}
