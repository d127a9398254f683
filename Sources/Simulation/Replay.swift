import CareModel
import Formats
import GatewayCore

/// Runs a device log through the core, as fast as it is fed, and keeps the incidents in canonical form.
///
/// A bare log replays as "nobody acted": the hub starts at the first line's time, and time passes from line to line.
/// An export replays what the journal holds: its own starts, commands, link changes and clock steps.
public struct Replay: Sendable {
    private var core: GatewayCore
    private var configuration: Configuration
    private var position: UInt64 = 0
    private var at = Instant(microseconds: 0)
    private var isStarted = false
    private var effects: [Effect] = []

    public private(set) var readings: UInt64 = 0
    public private(set) var messages: UInt64 = 0
    public private(set) var incidentsOpened: UInt64 = 0

    /// What replayed incidents are called where the log has no start of its own.
    public static let hub = HubStart(hub: "replay", epoch: "0", build: "replay", wall: WallTime(microseconds: 0), quality: .synchronised)

    public init(under configuration: Configuration) {
        self.configuration = configuration
        core = GatewayCore(under: configuration, isReplay: true)
    }

    public var counters: Counters { core.counters }

    /// Feeds one entry.
    ///
    /// - Parameters:
    ///   - configuration: the one to go on with, when the entry is a `configured` record whose files are used; nil keeps it.
    ///   - revisions: appended to: canonical JSON of each revision, in the order of the journal.
    public mutating func feed(_ entry: LogEntry, configuration next: Configuration? = nil, into revisions: inout [[UInt8]]) {
        switch entry {
        case .message(let message, let wall, let at, let position):
            let moment = at ?? Instant(microseconds: wall.microseconds)
            if !isStarted { begin(at: moment, wall: wall) }
            step(.message(message), at: moment, position: position, into: &revisions)
        case .record(let record, _):
            isStarted = true
            if let next { configuration = next }
            step(record.body, at: record.at, position: record.position, into: &revisions)
        }
    }

    /// Lets time pass to `wall` after the last line, so that what was due by then happens.
    public mutating func settle(forSeconds seconds: Int, into revisions: inout [[UInt8]]) {
        guard isStarted, seconds > 0 else { return }
        step(.wake, at: at + .seconds(seconds), position: nil, into: &revisions)
    }

    private mutating func begin(at moment: Instant, wall: WallTime) {
        isStarted = true
        var start = Replay.hub
        start.wall = WallTime(microseconds: wall.microseconds - 2)
        var none: [[UInt8]] = []
        step(.started(start), at: moment - Span(microseconds: 2), position: nil, into: &none)
        step(.configured(configuration.digest), at: moment - Span(microseconds: 1), position: nil, into: &none)
    }

    private mutating func step(_ body: JournalRecord.Body, at moment: Instant, position wanted: UInt64?, into revisions: inout [[UInt8]]) {
        position = max(position + 1, wanted ?? 0)
        at = position == 1 ? moment : max(Instant(microseconds: at.microseconds + 1), moment)
        effects.removeAll(keepingCapacity: true)
        core.step(JournalRecord(position: position, at: at, body: body), under: configuration, into: &effects)
        if case .message = body { messages += 1 }
        readings = core.counters.readings
        for effect in effects {
            guard case .revise(let revision) = effect else { continue }
            if revision.revision == 1 { incidentsOpened += 1 }
            revisions.append(IncidentJSON.canonical(fromDelivery: revision.full))
        }
    }
}
