import CareModel

/// What the further pages of the console show: the house behind an incident, residents, queues, rules, the traffic.
///
/// Every answer is a JSON document made by the hub: `Serving` decides who may have it and passes it on as it is.
/// Reading never goes through the sequencer and never holds it up; documents over the journal are bounded and say when they are cut.
public protocol ConsoleReading: Sendable {
    /// The home, the people, the procedure, the rule in words and the readings of the hour around an incident; nil = unknown.
    func surroundings(of id: IncidentID) async throws -> [UInt8]?

    /// The file of an incident for an inspection: all revisions as stored, chained by SHA-256; nil = unknown.
    ///
    /// - Parameters:
    ///   - detail: masked has no names, addresses, notes and health values, and a chain of its own.
    ///   - isHTML: for people, instead of JSON.
    func file(of id: IncidentID, _ detail: Detail, isHTML: Bool) async throws -> [UInt8]?

    /// Every resident with home, room of care and whether somebody or something guards them now.
    ///
    /// - Parameter homes: only theirs; nil = every home.
    func residents(within homes: [HomeID]?) async throws -> [UInt8]

    /// One resident: home, contacts, consent, limits, devices, rules and the reasons of 守护状态; nil = unknown.
    func resident(_ id: ResidentID) async throws -> [UInt8]?

    /// What the devices of a resident and of the home said in the last `hours`, as series; nil = unknown resident.
    func readings(of id: ResidentID, hours: Int) async throws -> [UInt8]?

    /// What a device last said of itself (battery, link, faults) within `hours`, and how far its clock is off; nil = unknown device.
    ///
    /// Nothing that it measured of people is in it.
    func deviceState(of id: DeviceID, hours: Int) async throws -> [UInt8]?

    /// What was known of a resident at a moment, and why each rule spoke or stayed silent; nil = unknown resident.
    func explanation(of id: ResidentID, at moment: WallTime) async throws -> [UInt8]?

    /// Whether each of these people is protected now, their day and their incidents, without what is nobody's business; unknown ones are left out.
    ///
    /// - Parameters:
    ///   - people: a family's own who agree to it.
    ///   - withheld: those who don't: the document names them by their identifiers and has nothing else of them.
    func family(of people: [ResidentID], withheld: [ResidentID]) async throws -> [UInt8]

    /// Whether the document of that family has that incident: about one of its people alone, and not about devices or duty.
    func isFamilys(_ id: IncidentID, _ people: [ResidentID]) async throws -> Bool

    /// `{"entries":[…],"next":NUMBER}`, newest first; `next` is null behind the oldest.
    ///
    /// - Parameters:
    ///   - before: only entries with a lesser number.
    ///   - limit: 1...`ServingLimits.listMax`.
    func audit(before: Int64?, limit: Int) async throws -> [UInt8]

    /// The queues with what waits in each and what was refused for good.
    func queues() async throws -> [UInt8]

    /// Every rule in words with its worst case: the proof of the minute.
    func rules() async throws -> [UInt8]

    /// Stations, open incidents by priority, rates, silent hubs and devices; without a name.
    ///
    /// - Parameters:
    ///   - homes: only theirs, and what concerns the hub alone; nil = every home.
    ///   - stations: whose other hubs are named besides those of the homes' stations.
    func wall(within homes: [HomeID]?, stations: [String]) async throws -> [UInt8]

    /// Messages behind a position with what the hub made of them, and how many had to be left out; nil = from now on.
    func tap(after position: UInt64?) async throws -> [UInt8]

    /// A log, or a stretch of this hub's journal, through the pure core: nothing of it reaches people.
    func replay(_ order: ReplayOrder) async throws -> ReplayAnswer

    /// The configurations that a replay may be run under.
    func configurations() async throws -> [UInt8]
}

/// What a technician wants replayed.
public struct ReplayOrder: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// Lines of a device log.
        case log([UInt8])
        /// What this hub received in the period.
        case journal(Range<WallTime>)
    }

    public var source: Source
    /// Messages in a hundred that are lost.
    public var dropPercent = 0
    /// Messages in a hundred that come twice.
    public var duplicatePercent = 0
    /// Each message comes 0 to so many seconds late, so that they overtake each other.
    public var delaySeconds = 0
    /// How far the hub's wall clock is set in the middle of the log.
    public var clockSeconds = 0
    /// `now`, `disk` or the beginning of a digest.
    public var configuration = "now"

    public init(source: Source) { self.source = source }

    /// Whether anything is different from what was recorded.
    public var isChanged: Bool { dropPercent > 0 || duplicatePercent > 0 || delaySeconds > 0 || clockSeconds != 0 }
}

/// What came of an order.
public enum ReplayAnswer: Hashable, Sendable {
    /// JSON.
    case done([UInt8])
    case unknownConfiguration
    /// The files can't be read: why, for the technician.
    case faulty(String)
    /// Another replay is running.
    case busy
}
