extension TurnWriting {
    static let journalSQL = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)"
    static let headSQL = "UPDATE head SET position = ?, at = ?, wall_offset = ?, clock_quality = ?, cursor = ?"
    static let keepSQL = """
        INSERT INTO decided VALUES (?, ?, ?, ?)
        ON CONFLICT ("table", key) DO UPDATE SET version = excluded.version, bytes = excluded.bytes
        """
    static let dropSQL = "DELETE FROM decided WHERE \"table\" = ? AND key = ?"
    static let auditSQL = "INSERT INTO audit (at, actor, role, via, action, object, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)"
    static let reviseSQL = "INSERT INTO incident_revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    static let incidentSQL = """
        INSERT INTO incident VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, priority = excluded.priority, category = excluded.category,
            origin = excluded.origin, home = excluded.home, revision = excluded.revision, changed_at = excluded.changed_at,
            cursor = excluded.cursor
        """
    /// A delivery that stands already stays as it is; a dead one lives again.
    static let enqueueSQL = """
        INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, 0, '', ?)
        ON CONFLICT (cursor, queue) DO UPDATE SET state = 0, reason = '', changed_at = excluded.changed_at WHERE state = 1
        """
    static let retireSQL = "DELETE FROM outbox WHERE cursor = (SELECT cursor FROM incident_revision WHERE incident = ? AND revision = ?) AND queue = ?"
    static let deadSQL = """
        UPDATE outbox SET state = 1, reason = ?, changed_at = ?
        WHERE cursor = (SELECT cursor FROM incident_revision WHERE incident = ? AND revision = ?) AND queue = ?
        """
    static let reviveSQL = """
        UPDATE outbox SET state = 0, reason = '', changed_at = ?
        WHERE cursor = (SELECT cursor FROM incident_revision WHERE incident = ? AND revision = ?) AND queue = ? AND state = 1
        """
    static let rejectedSQL = """
        INSERT INTO rejected VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count, last_at = excluded.last_at,
            last_topic = excluded.last_topic, last_text = excluded.last_text
        """
    static let configurationSQL = """
        INSERT INTO configuration VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET at = excluded.at
        """
    static let checkpointSQL = "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)"
}
