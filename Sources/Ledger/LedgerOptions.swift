/// How much a ledger may keep; from `journal` of hub.yaml.
public struct LedgerOptions: Hashable, Sendable {
    /// What the database may use on disk, in bytes; the oldest messages go first.
    public var quotaBytes: Int64
    /// Journal records older than this go, in days.
    public var journalDaysMax: Int
    /// Resolved incidents older than this keep only their last revision, in days.
    public var revisionDaysMax: Int
    /// Audit rows older than this go, in days; at least half a year is asked for by the Cybersecurity Law, article 21.
    public var auditDaysMax: Int
    /// Room kept aside for safety incidents on a full disk, in bytes; 0 = none.
    public var ballastBytes: Int64
    /// SQLite's `max_page_count`; nil = none. For tests of a full disk.
    public var pageCountMax: Int?

    public init(
        quotaBytes: Int64 = 1_024 * 1_024 * 1_024, journalDaysMax: Int = 30, revisionDaysMax: Int = 90, auditDaysMax: Int = 366,
        ballastBytes: Int64 = 8 * 1_024 * 1_024, pageCountMax: Int? = nil
    ) {
        (self.quotaBytes, self.journalDaysMax, self.revisionDaysMax) = (quotaBytes, journalDaysMax, revisionDaysMax)
        (self.auditDaysMax, self.ballastBytes, self.pageCountMax) = (auditDaysMax, ballastBytes, pageCountMax)
    }
}
