import CareModel

/// Gives the entries of a device log the positions and times of journal records.
///
/// A bare log replays as "nobody acted": the hub starts at the first line's time, and time passes from line to line.
/// An export keeps its own positions, starts, commands, link changes and clock steps.
public struct LogTimeline: Sendable {
    public private(set) var position: UInt64 = 0
    public private(set) var at = Instant(microseconds: 0)
    public private(set) var isStarted = false

    /// What replayed incidents are called where the log has no start of its own.
    public static let hub = HubStart(hub: "replay", epoch: "0", build: "replay", wall: WallTime(microseconds: 0), quality: .synchronised)

    public init() {}

    /// The records that an entry gives: one, or three where a bare log begins.
    ///
    /// - Parameter digest: of the configuration that a bare log begins under.
    public mutating func records(of entry: LogEntry, under digest: ConfigurationDigest) -> [JournalRecord] {
        switch entry {
        case .message(let message, let wall, let at, let position):
            let moment = at ?? Instant(microseconds: wall.microseconds)
            guard !isStarted else { return [record(.message(message), at: moment, position: position)] }
            isStarted = true
            var start = LogTimeline.hub
            start.wall = WallTime(microseconds: wall.microseconds - 2)
            return [
                record(.started(start), at: moment - Span(microseconds: 2), position: nil),
                record(.configured(digest), at: moment - Span(microseconds: 1), position: nil),
                record(.message(message), at: moment, position: position),
            ]
        case .record(let own, _):
            isStarted = true
            return [record(own.body, at: own.at, position: own.position)]
        }
    }

    /// A wake `span` after the last record; nil where there was none.
    public mutating func wake(after span: Span) -> JournalRecord? {
        isStarted && span > .zero ? record(.wake, at: at + span, position: nil) : nil
    }

    /// Positions and times only grow, whatever the log says.
    private mutating func record(_ body: JournalRecord.Body, at moment: Instant, position wanted: UInt64?) -> JournalRecord {
        position = max(position + 1, wanted ?? 0)
        at = position == 1 ? moment : max(Instant(microseconds: at.microseconds + 1), moment)
        return JournalRecord(position: position, at: at, body: body)
    }
}
