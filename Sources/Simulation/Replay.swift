import CareModel
import Detection
import Formats
import GatewayCore

/// Runs a device log through the core, as fast as it is fed, and keeps the incidents in canonical form.
///
/// A bare log replays as "nobody acted": the hub starts at the first line's time, and time passes from line to line.
/// An export replays what the journal holds: its own starts, commands, link changes and clock steps.
public struct Replay: Sendable {
    private var core: GatewayCore
    private var configuration: Configuration
    private var timeline = LogTimeline()
    private var effects: [Effect] = []

    public private(set) var readings: UInt64 = 0
    public private(set) var messages: UInt64 = 0
    public private(set) var incidentsOpened: UInt64 = 0

    public init(under configuration: Configuration) {
        self.configuration = configuration
        core = GatewayCore(under: configuration, isReplay: true)
    }

    public var counters: Counters { core.counters }

    /// Notes what every rule says, for an explanation; nil = off.
    public var recorder: VerdictRecorder? { core.recorder }
    public mutating func startRecorder() { core.startRecorder() }

    /// Feeds one entry.
    ///
    /// - Parameters:
    ///   - configuration: the one to go on with, when the entry is a `configured` record whose files are used; nil keeps it.
    ///   - revisions: appended to: canonical JSON of each revision, in the order of the journal.
    public mutating func feed(_ entry: LogEntry, configuration next: Configuration? = nil, into revisions: inout [[UInt8]]) {
        if case .record = entry, let next { configuration = next }
        for record in timeline.records(of: entry, under: configuration.digest) { step(record, into: &revisions) }
    }

    /// Lets `seconds` pass after the last line, so that what was due by then happens.
    public mutating func settle(forSeconds seconds: Int, into revisions: inout [[UInt8]]) {
        if let record = timeline.wake(after: .seconds(seconds)) { step(record, into: &revisions) }
    }

    private mutating func step(_ record: JournalRecord, into revisions: inout [[UInt8]]) {
        effects.removeAll(keepingCapacity: true)
        core.step(record, under: configuration, into: &effects)
        if case .message = record.body { messages += 1 }
        readings = core.counters.readings
        for effect in effects {
            guard case .revise(let revision) = effect else { continue }
            if revision.revision == 1 { incidentsOpened += 1 }
            revisions.append(IncidentJSON.canonical(fromDelivery: revision.full))
        }
    }
}
