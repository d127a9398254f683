/// The limits of the HTTP side; each is tested at the limit and one past it.
public enum ServingLimits {
    /// A request's body; a note may fill `Limits.noteBytesMax` of it even when every character is escaped.
    public static let bodyBytesMax = 32_768
    /// Rows of any one answer.
    public static let listMax = 500
    /// Rows of an answer when the request names no limit.
    public static let listDefault = 100
    /// Seconds that a long poll may wait: proxies commonly cut at 60.
    public static let waitSecondsMax = 60
    /// Open server-sent event streams; the next one gets 503. A hundred screens are planned for.
    public static let streamsMax = 128
    /// Long polls that wait at one time.
    public static let longPollsMax = 64
    /// Requests that are being answered at one time, long polls included; the next one gets 503.
    public static let requestsMax = 512
    /// Revisions read at once for one stream, so that a slow reader holds little memory.
    public static let streamBatchMax = 64
    /// Revisions that are kept for all streams together; a reader that is further behind reads for itself.
    public static let feedRevisionsMax = 128
    /// A client's name for its press.
    public static let commandIDBytesMax = 64
    /// A person's name for the journal.
    public static let actorBytesMax = 128
    /// A room, as people name it.
    public static let roomBytesMax = 128
    /// Residents that one adopted device may serve.
    public static let residentsPerDeviceMax = 16
    /// Installer's mode: a drill is armed for at most five minutes.
    public static let armSecondsMax = 300
    /// Browser sessions; the one idle for longest gives way.
    public static let sessionsMax = 256
    /// Accounts of one hub, walls included.
    public static let accountsMax = 512
    public static let accountNameBytesMax = 48
    /// Stations, homes and residents of one account.
    public static let rightsMax = 64
    public static let passwordCharactersMin = 10
    /// More would make one attempt cost more than another.
    public static let passwordBytesMax = 128
    /// How long a set-up link may be used: a day, at most a week.
    public static let linkSecondsDefault = 86_400
    public static let linkSecondsMax = 7 * 86_400
    /// Failed attempts to sign in to one account within `attemptWindowSeconds`; then 429, for sessions that are open nothing changes.
    public static let accountAttemptsMax = 5
    /// Wrong PINs at one locked screen; then the password alone opens it.
    public static let pinAttemptsMax = 5
    /// Failed attempts of one address within `attemptWindowSeconds`; then 429.
    public static let failedAttemptsMax = 10
    public static let attemptWindowSeconds = 60
    /// Addresses whose failed attempts are remembered.
    public static let attemptAddressesMax = 1_024
    /// A token as a client sends it.
    public static let tokenBytesMax = 256
    /// The code at a resident's door, as a client sends it.
    public static let visitCodeBytesMax = 64
    /// A cursor as a client sends it.
    public static let cursorBytesMax = 192
    /// Unknown senders that are looked through for those of one technician: as many as a hub keeps.
    public static let quarantineLookMax = 1_000
    /// Bytes of a quarantined payload that an answer shows.
    public static let quarantinePayloadBytesMax = 4_096
    /// A device log that is replayed at the desk.
    public static let replayBytesMax = 8_388_608
    /// Hours of readings that a resident's page asks for.
    public static let readingHoursMax = 24
    /// Parameters of one query.
    public static let queryParametersMax = 16
}
