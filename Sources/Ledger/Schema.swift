import GRDB

/// The tables of vigil.sqlite and how older ones become today's.
enum Schema {
    /// `VGIL`: tells Vigil's file from another program's.
    static let applicationID: Int32 = 0x5647_494C
    /// `PRAGMA user_version` of the newest form.
    static var newest: Int { migrations.count }

    /// Brings the file to the newest form, each version in a transaction of its own.
    ///
    /// - Returns: the version before.
    static func migrate(_ db: Database, to last: Int = newest) throws -> Int {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found <= newest else { throw LedgerFailure(.newerSchema(found: found, known: newest), "user_version \(found)") }
        for version in found..<max(found, last) {
            try db.inTransaction(.immediate) {
                try db.execute(sql: migrations[version])
                try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version + 1)")
                return .commit
            }
        }
        return found
    }

    /// Refuses a database that is not Vigil's; an empty file is a new one.
    static func checkOwner(_ db: Database) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        guard id != applicationID else { return }
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard id == 0, tables == 0 else { throw LedgerFailure(.foreign, "application_id \(id), \(tables) tables") }
    }

    /// Step n brings version n to n + 1; a released one is never edited.
    static let migrations = [version1, version2, version3]

    private static let version1 = """
        CREATE TABLE head (
            id INTEGER PRIMARY KEY CHECK (id = 0), position INTEGER NOT NULL, at INTEGER NOT NULL,
            wall_offset INTEGER NOT NULL, clock_quality INTEGER NOT NULL, cursor INTEGER NOT NULL);
        INSERT INTO head VALUES (0, 0, 0, 0, 1, 0);
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE journal (
            first_position INTEGER PRIMARY KEY, last_position INTEGER NOT NULL, record_count INTEGER NOT NULL,
            at_first INTEGER NOT NULL, at_last INTEGER NOT NULL, form INTEGER NOT NULL, records BLOB NOT NULL);
        CREATE TABLE checkpoint (
            position INTEGER PRIMARY KEY, at INTEGER NOT NULL, state_version INTEGER NOT NULL, build TEXT NOT NULL,
            configuration TEXT NOT NULL, checksum INTEGER NOT NULL, sections BLOB NOT NULL);
        CREATE TABLE decided (
            "table" TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY ("table", key));
        CREATE TABLE incident_revision (
            cursor INTEGER PRIMARY KEY, position INTEGER NOT NULL, incident TEXT NOT NULL, revision INTEGER NOT NULL,
            state INTEGER NOT NULL, priority INTEGER NOT NULL, category INTEGER NOT NULL, origin INTEGER NOT NULL,
            home TEXT, at INTEGER NOT NULL, committed_at INTEGER NOT NULL, "full" BLOB NOT NULL, masked BLOB NOT NULL,
            UNIQUE (incident, revision));
        CREATE TABLE incident (
            id TEXT PRIMARY KEY, state INTEGER NOT NULL, priority INTEGER NOT NULL, category INTEGER NOT NULL,
            origin INTEGER NOT NULL, home TEXT, revision INTEGER NOT NULL, opened_at INTEGER NOT NULL,
            changed_at INTEGER NOT NULL, cursor INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX incident_by_state ON incident (state, cursor);
        CREATE TABLE outbox (
            queue TEXT NOT NULL, incident TEXT NOT NULL, revision INTEGER NOT NULL, priority INTEGER NOT NULL,
            is_masked INTEGER NOT NULL, cursor INTEGER NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
            changed_at INTEGER NOT NULL, PRIMARY KEY (cursor, queue)) WITHOUT ROWID;
        CREATE INDEX outbox_by_priority ON outbox (queue, state, priority, cursor);
        CREATE TABLE configuration (digest TEXT PRIMARY KEY, at INTEGER NOT NULL, bytes BLOB NOT NULL);
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, role INTEGER NOT NULL, via INTEGER NOT NULL,
            action TEXT NOT NULL, object TEXT NOT NULL, outcome TEXT NOT NULL);
        CREATE TABLE quarantine (
            source TEXT PRIMARY KEY, why INTEGER NOT NULL, topic TEXT NOT NULL, device TEXT, candidates TEXT NOT NULL,
            count INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, payloads BLOB NOT NULL);
        CREATE INDEX quarantine_by_last ON quarantine (last_at);
        CREATE TABLE rejected (
            reason INTEGER PRIMARY KEY, count INTEGER NOT NULL, last_at INTEGER NOT NULL, last_topic TEXT NOT NULL,
            last_text TEXT NOT NULL);
        """

    /// Retention asks for resolved incidents by age.
    private static let version2 = "CREATE INDEX incident_resolved ON incident (changed_at) WHERE state = 4"

    /// Each incident writes several of these rows: one tree instead of a table and its index.
    private static let version3 = """
        ALTER TABLE decided RENAME TO decided_2;
        CREATE TABLE decided (
            "table" TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, bytes BLOB NOT NULL,
            PRIMARY KEY ("table", key)) WITHOUT ROWID;
        INSERT INTO decided SELECT "table", key, version, bytes FROM decided_2;
        DROP TABLE decided_2;
        """
}
