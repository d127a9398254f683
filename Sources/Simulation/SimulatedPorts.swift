import CareModel
import GatewayCore
import Sequencer

/// The hub's clocks as a test sets them.
public struct SimulatedTime: TimePort {
    public let clock: SettableClock

    public init(_ clock: SettableClock) { self.clock = clock }

    public func now() -> Instant { clock.at }
    public func wall() -> (WallTime, ClockQuality) { (clock.at.wall(offset: clock.offset), clock.quality) }
}

/// Who is told, and what they were told.
public struct RecordingOutlet: OutletPort {
    public private(set) var answers: [(id: CommandID, outcome: CommandOutcome)] = []
    public private(set) var refused: [CommandID] = []
    public private(set) var revisions: [IncidentRevision] = []
    public private(set) var downlinks: [Downlink] = []
    private let trace: PortTrace

    public init(_ trace: PortTrace) { self.trace = trace }

    public mutating func tell(_ turn: borrowing Turn) {
        trace.note(.tell(records: turn.records.count))
        for effect in turn.effects {
            switch effect {
            case .answer(let id, let outcome): answers.append((id, outcome))
            case .revise(let revision): revisions.append(revision)
            case .downlink(let downlink): downlinks.append(downlink)
            case .keep, .enqueue, .retire, .deadLetter, .revive, .reject, .quarantine, .audit: break
            }
        }
    }

    public mutating func refused(_ commands: [CommandID], because failure: CommitFailure) {
        trace.note(.refusedCommands(commands.count))
        refused += commands
    }
}

/// Broker sessions and mailbox in memory: what was not acknowledged is delivered again after a refusal or a restart.
public struct SimulatedIntake: IntakePort {
    /// Messages that wait at the broker, by raw value of `Link`.
    private var waiting: [[Message]] = Array(repeating: [], count: Link.allCases.count)
    /// Taken, and not yet acknowledged.
    private var underWay: [Message] = []
    private var letters: [Input] = []
    /// In the order in which the broker was let go of them; a message that was delivered twice stands here once a delivery.
    public private(set) var acknowledged: [Message] = []
    private let trace: PortTrace

    public init(_ trace: PortTrace) { self.trace = trace }

    /// Nothing waits and nothing is under way.
    public var isEmpty: Bool { underWay.isEmpty && letters.isEmpty && waiting.allSatisfy(\.isEmpty) }

    public mutating func publish(_ message: Message) { waiting[Int(message.link.rawValue)].append(message) }
    public mutating func post(_ input: Input) { letters.append(input) }

    public mutating func take(_ limit: Int, into inputs: inout [Input]) {
        take(.safety, limit, into: &inputs)
        inputs += letters
        letters.removeAll()
        take(.telemetry, max(0, limit - underWay.count), into: &inputs)
    }

    private mutating func take(_ link: Link, _ limit: Int, into inputs: inout [Input]) {
        let messages = waiting[Int(link.rawValue)].prefix(limit)
        waiting[Int(link.rawValue)].removeFirst(messages.count)
        underWay += messages
        for message in messages { inputs.append(.record(.message(message))) }
    }

    public mutating func acknowledge() {
        trace.note(.acknowledge(messages: underWay.count))
        acknowledged += underWay
        underWay.removeAll()
    }

    public mutating func refuse() {
        trace.note(.refuse)
        redeliver()
    }

    /// The hub died: what it took and did not acknowledge comes again; its mailbox is gone.
    public mutating func crash() {
        letters.removeAll()
        redeliver()
    }

    private mutating func redeliver() {
        for link in Link.allCases {
            waiting[Int(link.rawValue)].insert(contentsOf: underWay.filter { $0.link == link }, at: 0)
        }
        underWay.removeAll()
    }
}
