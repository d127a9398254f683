import CLinux
import CareModel
import Capture
import Forwarding
import GatewayCore
import Logging
import MQTTSession
import Sequencer
import Synchronization

typealias HubSequencer = Sequencer<LedgerStore, BrokerIntake, AfterCommit, HubTime>

/// The sequencer's thread: turns as long as there is something to take, else it waits at the sockets.
final class Loop {
    /// The wall clock may differ from the core's by this much before a clock step is journaled.
    static let clockToleranceMicroseconds: Int64 = 500_000
    /// How often other threads get a new picture.
    static let pictureInterval = Span.milliseconds(250)
    static let tendInterval = Span.seconds(60)
    /// By then pages, ways and readers are up, and what only the start needed is given back.
    static let startSpan = Span.seconds(2)
    /// How often a ledger that refuses is probed.
    static let probeInterval = Span.milliseconds(500)

    private var sequencer: HubSequencer
    private let board: Board
    private let vault: Vault
    private let logger: Logger
    private let isStopping: @Sendable () -> Bool
    /// Told of each configuration that was committed.
    private let isInForce: @Sendable (ConfigurationDigest) -> Void
    private let commandTopics: @Sendable (ConfigurationDigest) -> [String: CommandSource]
    private var picturedAt = Instant(microseconds: 0)
    private var tendedAt: Instant
    /// When the memory of the start is given back; nil once that is done.
    private var startEnds: Instant?
    private var stages = StageTimes()
    private var gathering = Gathering(at: HubTime.bootMicroseconds())
    private var turns: UInt64 = 0
    private var subscribed: ConfigurationDigest
    private var canary: CanaryWatch

    init(
        sequencer: HubSequencer, canarySeconds: Int, board: Board, vault: Vault, logger: Logger, isInForce: @escaping @Sendable (ConfigurationDigest) -> Void,
        commandTopics: @escaping @Sendable (ConfigurationDigest) -> [String: CommandSource], isStopping: @escaping @Sendable () -> Bool
    ) {
        (self.isInForce, self.commandTopics) = (isInForce, commandTopics)
        (self.sequencer, self.board, self.vault, self.logger, self.isStopping) = (sequencer, board, vault, logger, isStopping)
        tendedAt = sequencer.time.now()
        startEnds = tendedAt + Loop.startSpan
        subscribed = sequencer.configuration.digest
        canary = CanaryWatch(everySeconds: canarySeconds)
    }

    /// Runs until it is told to stop; then writes a checkpoint and ends the sessions.
    func run() {
        sequencer.intake.intake.start()
        while !isStopping() {
            let begun = HubTime.bootMicroseconds()
            followWallClock()
            let outcome = sequencer.run()
            switch outcome {
            case .stored:
                turns += 1
                stages.commit.note(sequencer.store.commitMicroseconds)
                stages.turn.note(HubTime.bootMicroseconds() - begun)
                followConfiguration()
                // Who has just pressed reads what came of it.
                paint(.running, isForced: sequencer.intake.commandsTaken > 0)
                gather(since: begun)
            case .idle(let due):
                paint(.running)
                tend()
                let now = sequencer.time.now()
                let untilDue = due.map { max(Span.zero, $0 - now) } ?? Loop.pictureInterval
                sequencer.intake.intake.wait(atMost: min(untilDue, Loop.pictureInterval))
            case .failed(let failure):
                paint(.refusing(failure.code), isForced: true)
                sequencer.intake.intake.wait(atMost: Loop.probeInterval)
            }
        }
        if let failure = sequencer.finish() { logger.error("the last checkpoint could not be written: \(failure.text)") }
        sequencer.intake.intake.stop()
        paint(.stopped, isForced: true)
    }

    /// Lets telemetry of a dense stream gather. Safety messages and people's commands end the wait.
    private func gather(since begun: Int64) {
        let pause = gathering.pause(after: sequencer.intake.telemetryTaken, begun: begun, now: HubTime.bootMicroseconds())
        guard pause > .zero else { return }
        let commands = sequencer.intake.commands
        sequencer.intake.intake.gather(atMost: pause) { commands.count > 0 }
    }

    /// A wall clock that was set, or found to be wrong, becomes a record; hub time goes on undisturbed.
    private func followWallClock() {
        let core = sequencer.core.clock
        let (wall, quality) = sequencer.time.wall()
        let offset = wall - WallTime(microseconds: sequencer.time.now().microseconds)
        guard sequencer.isStarted else { return }
        let difference = (offset - core.offset).microseconds
        guard difference.magnitude > UInt64(Loop.clockToleranceMicroseconds) || quality != core.quality else { return }
        sequencer.intake.own.append(.record(.clock(ClockStep(offsetBefore: core.offset, offsetAfter: offset, quality: quality))))
    }

    private func followConfiguration() {
        guard sequencer.configuration.digest != subscribed else { return }
        subscribed = sequencer.configuration.digest
        sequencer.intake.tokeniser.registry = sequencer.configuration.registry
        let filters = sequencer.configuration.profiles.subscriptions, topics = commandTopics(subscribed)
        sequencer.intake.commandTopics = topics
        sequencer.intake.intake.setFilters(
            safety: Loop.safetyFilters(filters, commands: topics), telemetry: filters.filter { $0.link == .telemetry }.map(\.filter))
        isInForce(subscribed)
        logger.notice("configuration \(subscribed.text.prefix(12)) is in force")
    }

    /// What the session for calls subscribes: the profiles' topics, those of receivers' commands, and the hub's own.
    static func safetyFilters(_ subscriptions: [(filter: String, link: Link)], commands: [String: CommandSource]) -> [String] {
        subscriptions.filter { $0.link == .safety }.map(\.filter) + commands.keys.sorted() + [GatewayCore.canaryTopic]
    }

    private func sendCanary(_ now: Instant) {
        let intake = sequencer.intake.intake
        guard canary.look(isConnected: intake.status(.safety).isConnected, heardAt: sequencer.core.canaryAt, at: now) else { return }
        do throws(SessionFailure) {
            try intake.publish(canary.message)
            intake.flush()
        } catch {
            // The next one is due soon, and its absence is told.
            logger.debug("the hub's own test message could not be sent: \(error)")
        }
    }

    private func tend() {
        let now = sequencer.time.now()
        guard now - tendedAt >= Loop.tendInterval else { return }
        tendedAt = now
        do {
            let tending = try vault.ledger.tend(wall: HubTime.wallTime())
            if tending.journalRowsDeleted > 0 { logger.info("retention took \(tending.journalRowsDeleted) journal rows") }
            if tending.isHeldByCheckpoint { sequencer.wantCheckpoint() }
            if tending.isUnfinished { tendedAt = now - Loop.tendInterval + .seconds(1) }
        } catch {
            logger.warning("retention failed: \(error)")
        }
    }

    private func paint(_ state: Board.State, isForced: Bool = false) {
        let now = sequencer.time.now()
        guard isForced || now - picturedAt >= Loop.pictureInterval else { return }
        picturedAt = now
        if let due = startEnds, now >= due {
            startEnds = nil
            vigil_release_startup_memory()
        }
        let core = sequencer.core
        sendCanary(now)
        let links = Dictionary(uniqueKeysWithValues: Link.allCases.map { ($0, sequencer.intake.intake.status($0)) })
        board.update {
            $0.counters = core.counters
            $0.household = core.household
            $0.adopted = core.adopted
            $0.clock = core.clock
            $0.position = core.position
            $0.at = now
            $0.links = links
            $0.isCanaryMissed = canary.isMissed
            $0.canaryAt = core.canaryAt
            $0.state = state
            $0.lastSeen = core.lastSeen
            $0.modes = core.modes
            $0.armedUntil = core.armed
            $0.turns = turns
            $0.stages = stages
        }
    }
}
