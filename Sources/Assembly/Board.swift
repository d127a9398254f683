import CareModel
import Capture
import GatewayCore
import Sequencer
import Synchronization

/// What other threads may know of the sequencer's thread: copied a few times a second, never waited for.
final class Board: Sendable {
    struct Picture: Sendable {
        var counters = Counters()
        var household = Household()
        var adopted: Set<DeviceID> = []
        var queues: Set<QueueName> = []
        /// Queues that receivers fetch from this hub.
        var embedded: Set<QueueName> = []
        var clock = HubClock()
        var position: UInt64 = 0
        var at = Instant(microseconds: 0)
        var links: [Link: LinkStatus] = [:]
        var state: State = .starting
        /// Whether the hub's own test message stays away, and when it came back last.
        var isCanaryMissed = false
        var canaryAt: Instant?
        /// Days until the first of the hub's own certificates ends; nil = it has none, or nobody has looked yet.
        var certificateDays: Int?
        var lastSeen: [DeviceID: Instant] = [:]
        var modes: [ModeInForce] = []
        var armedUntil: [DeviceID: Instant] = [:]
        var turns: UInt64 = 0
        var stages = StageTimes()
        /// In force, without the adoptions, which `household` has.
        var configuration: Configuration?
    }

    enum State: Sendable, Hashable {
        case starting
        case running
        case refusing(String)
        case stopped
    }

    private let picture = Mutex(Picture())

    func look() -> Picture { picture.withLock { $0 } }
    func update(_ change: (inout Picture) -> Void) { picture.withLock { change(&$0) } }
}

/// How long the parts of a turn took, as sums and a histogram for `vigil_stage_seconds`.
struct StageTimes: Sendable {
    /// Upper bounds in microseconds; the last bucket has none.
    static let bounds: [Int64] = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000]

    struct Histogram: Sendable {
        var counts = [UInt64](repeating: 0, count: StageTimes.bounds.count + 1)
        var sumMicroseconds: Int64 = 0

        mutating func note(_ microseconds: Int64) {
            sumMicroseconds += microseconds
            counts[StageTimes.bounds.firstIndex { microseconds <= $0 } ?? StageTimes.bounds.count] += 1
        }
    }

    /// One turn whole: taking, stepping, committing, acknowledging, telling.
    var turn = Histogram()
    /// The transaction alone.
    var commit = Histogram()
}
