/// What bounds the ledger's file and its tables. Each is tested at the limit and one past it.
public enum LedgerLimits {
    /// One journal row; a longer burst is split into several rows, so that reading a page stays small.
    public static let journalRowBytesMax = 1_048_576
    /// Pages of 4 KiB that gather in the WAL before they go into the database. One in four thousand commits then takes
    /// some milliseconds more; at SQLite's thousand it is four times as many, and an SOS meets it four times as often.
    public static let walPagesMax = 4_096
    /// Core checkpoints kept; the older one serves when the newer is of no use.
    public static let checkpointsKept = 2
    /// Unknown senders remembered; the one not seen for longest makes room for a new one, and is counted.
    public static let quarantineRowsMax = 1_000
    /// Payloads kept of each unknown sender, the newest.
    public static let quarantinePayloadsMax = 4
    /// Bytes kept of each such payload.
    public static let quarantinePayloadBytesMax = 4_096
    /// Audit rows; at 100 views a day this is 27 years, so the keeping time decides.
    public static let auditRowsMax = 1_000_000
    /// Audit entries that one question about who did something looks through.
    public static let auditLookBackRows = 50_000
    /// Accepted configurations kept besides those that a checkpoint needs.
    public static let configurationsKept = 16
    /// Resolved incidents kept, however young.
    public static let resolvedIncidentsMax = 100_000
    /// Journal rows that one call of `tend` may delete: some 10 ms of work on an eMMC.
    public static let journalRowsPerTendMax = 512
    /// Incidents that one call of `tend` may shorten or delete.
    public static let incidentsPerTendMax = 256
    /// Free pages given back to the file system by one call of `tend`: 1 MiB.
    public static let vacuumPagesPerTendMax = 256
    /// Pending revisions of open incidents that are looked at to let those go first.
    public static let openHeadRowsMax = 20_000
    /// Rows that one read may give.
    public static let rowsPerReadMax = 1_000
    /// Files up to this size are checked whole at opening; of larger ones, all tables but the journal.
    public static let checkedWholeBytesMax = 64 * 1_024 * 1_024
    /// Read-only connections at a time.
    public static let readersMax = 4
    /// Damaged databases kept for a technician; the oldest goes.
    public static let setAsideKept = 2
}
