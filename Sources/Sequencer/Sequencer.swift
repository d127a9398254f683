import CareModel
import GatewayCore

/// The only writer. One turn = take inputs, step, commit, acknowledge, tell; journal order is the only order.
///
/// A failed commit is answered in one way: the core is thrown away and built again from the file once a
/// probe write succeeds; until then nothing is acknowledged and the broker keeps what it has.
public struct Sequencer<Store: StorePort, Intake: IntakePort, Outlet: OutletPort, Time: TimePort> {
    public var store: Store
    public var intake: Intake
    public var outlet: Outlet
    public let time: Time

    public private(set) var core: GatewayCore
    /// The one to go on with; it is in force once a turn that names it is stored.
    public private(set) var configuration: Configuration
    /// What the newest stored record was decided under, and so what the journal is read back under.
    private var inForce: Configuration
    public private(set) var state = State.running
    private let limits: SequencerLimits
    private let identity: HubIdentity

    private var turn = Turn()
    private var inputs: [Input] = []
    private var recordsSinceCheckpoint = 0
    private var newestCheckpoint: UInt64?
    private var isCheckpointWanted = false
    private var checkpointedAt: Instant
    /// What must be decided first after the core was built anew.
    private var isStarting = true
    /// Taken by a turn that could not be stored, for the next one.
    private var pending: [Input] = []

    public enum State: Hashable, Sendable {
        case running
        /// The disk refuses: nothing is taken until a probe write succeeds.
        case refusing(CommitFailure)
    }

    /// What one turn came to.
    public enum Outcome: Hashable, Sendable {
        /// Stored `records` records; there may be more to take.
        case stored(records: Int)
        /// Nothing to do before an input or this moment.
        case idle(until: Instant?)
        case failed(CommitFailure)
    }

    /// Builds the core from the store and makes it ready for its first turn.
    ///
    /// - Parameters:
    ///   - previous: the configuration that was in force at the newest record; nil at a hub's first start.
    ///   - configuration: the one to go on with; it takes effect with the first turn.
    ///   - identity: stands in the first record of each start.
    /// - Throws: when the store can't be read.
    public init(
        store: Store, intake: Intake, outlet: Outlet, time: Time, previous: Configuration?, configuration: Configuration,
        identity: HubIdentity, limits: SequencerLimits = SequencerLimits()
    ) throws(CommitFailure) {
        (self.store, self.intake, self.outlet, self.time) = (store, intake, outlet, time)
        (self.configuration, self.identity, self.limits) = (configuration, identity, limits)
        checkpointedAt = time.now()
        inForce = previous ?? configuration
        core = GatewayCore(under: inForce)
        try rebuild()
    }

    /// Runs one turn; never waits.
    public mutating func run() -> Outcome {
        if case .refusing(let failure) = state {
            guard store.probe() else { return .failed(failure) }
            do throws(CommitFailure) {
                try rebuild()
            } catch {
                state = .refusing(error)
                return .failed(error)
            }
            state = .running
            isStarting = true
        }
        turn.removeAll()
        inputs.removeAll(keepingCapacity: true)
        if isStarting { begin() }
        inputs.append(contentsOf: pending)
        pending.removeAll()
        intake.take(limits.messagesPerTurnMax, into: &inputs)
        for input in inputs { take(input) }
        wake()
        checkpointIfDue()
        guard !turn.isEmpty else { return .idle(until: core.nextDeadline) }
        return commit()
    }

    /// Has the next turn with a record write a checkpoint: retention can't go past the oldest one.
    public mutating func wantCheckpoint() { isCheckpointWanted = true }

    /// Whether the first turn after a start is stored.
    public var isStarted: Bool { !isStarting }

    /// Writes down what was learned, so that the next start has nothing to catch up with. Call it last.
    ///
    /// - Returns: why it could not be done; nothing is lost then, the next start reads the journal.
    public mutating func finish() -> CommitFailure? {
        guard state == .running, isStarted, recordsSinceCheckpoint > 0 else { return nil }
        turn.removeAll()
        turn.checkpoint = core.checkpoint()
        (turn.position, turn.at, turn.clock) = (core.position, core.at, core.clock)
        do throws(CommitFailure) {
            try store.commit(turn)
            return nil
        } catch { return error }
    }

    // MARK: - Parts of a turn

    /// The first records after the core was built: a start, the configuration, and what was never decided.
    private mutating func begin() {
        let (wall, quality) = time.wall()
        append(.started(HubStart(hub: identity.hub, epoch: store.epoch, build: identity.build, wall: wall, quality: quality)))
        append(.configured(configuration.digest))
        core.reconcile(into: &turn.effects)
    }

    private mutating func take(_ input: Input) {
        switch input {
        case .record(let body):
            append(body)
        case .configuration(let next):
            configuration = next
            append(.configured(next.digest))
        case .audit(let entry):
            turn.audit.append(entry)
        }
    }

    private mutating func append(_ body: JournalRecord.Body) {
        let at = max(Instant(microseconds: core.at.microseconds + 1), time.now())
        let record = JournalRecord(position: core.position + 1, at: at, body: body)
        core.step(record, under: configuration, into: &turn.effects)
        turn.records.append(record)
    }

    /// Lets what is due happen; the record is kept only if it changed something.
    private mutating func wake() {
        let now = time.now()
        guard turn.records.isEmpty, let due = core.nextDeadline, due <= now else { return }
        append(.wake)
        if turn.effects.isEmpty, let last = turn.records.last {
            turn.records.removeLast()
            core.unwind(last)
        }
    }

    private mutating func checkpointIfDue() {
        recordsSinceCheckpoint += turn.records.count
        guard recordsSinceCheckpoint > 0 else { return }
        let isOld = time.now() - checkpointedAt >= limits.checkpointAgeMax
        // A journal is caught up with under one configuration, so each change of it has a checkpoint of its own.
        let isChange = configuration.digest != inForce.digest
        guard isOld || isChange || recordsSinceCheckpoint >= limits.checkpointRecordsMax || isCheckpointWanted else { return }
        turn.checkpoint = core.checkpoint()
        // Two checkpoints are kept: what was handled before the older one is never caught up with again.
        if let newestCheckpoint { core.forget(before: newestCheckpoint, into: &turn.effects) }
    }

    private mutating func commit() -> Outcome {
        turn.position = core.position
        turn.at = core.at
        turn.clock = core.clock
        do throws(CommitFailure) {
            try store.commit(turn)
        } catch {
            intake.refuse()
            outlet.refused(commands(), because: error)
            keepForLater()
            state = .refusing(error)
            return .failed(error)
        }
        isStarting = false
        inForce = configuration
        if let checkpoint = turn.checkpoint {
            newestCheckpoint = checkpoint.position
            isCheckpointWanted = false
            recordsSinceCheckpoint = 0
            checkpointedAt = time.now()
        }
        intake.acknowledge()
        outlet.tell(turn)
        return .stored(records: turn.records.count)
    }

    /// What a failed turn took and nobody would give again: audit entries and delivery reports. Messages come again from
    /// the broker, commands were refused to their senders, a start says what the links, the clock and the configuration are.
    private mutating func keepForLater() {
        for input in inputs {
            switch input {
            case .audit, .record(.delivery): pending.append(input)
            case .record, .configuration: break
            }
        }
        if pending.count > limits.pendingMax { pending.removeFirst(pending.count - limits.pendingMax) }
    }

    private func commands() -> [CommandID] {
        turn.records.compactMap { if case .command(let c) = $0.body { c.id } else { nil } }
    }

    /// Reads checkpoint, rows and journal into a new core.
    private mutating func rebuild() throws(CommitFailure) {
        let recovered = try store.recover()
        var caughtUp = 0
        // A turn that failed may be on the disk all the same, and with it the configuration that it brought.
        if recovered.checkpoint?.configuration == configuration.digest { inForce = configuration }
        do throws(BinaryFailure) {
            core = try GatewayCore(restoring: recovered.rows, checkpoint: recovered.checkpoint, under: inForce)
            while true {
                let records = try nextRecords()
                guard !records.isEmpty else { break }
                caughtUp += records.count
                for record in records {
                    if record.body == .configured(configuration.digest) { inForce = configuration }
                    core.catchUp(record, under: inForce)
                }
            }
            try core.restoreAdoptions(recovered.rows, under: inForce)
        } catch {
            store.condemn("\(error)")
            throw CommitFailure(code: "damaged", text: "the ledger can't be read: \(error)")
        }
        core.advance(toPosition: recovered.position, at: recovered.at)
        newestCheckpoint = recovered.checkpoint?.position
        // What was caught up with counts, and the checkpoint keeps its age: a hub that is killed again and again
        // before a new one is due would else have more to read at each start.
        recordsSinceCheckpoint = caughtUp
        checkpointedAt = recovered.checkpoint?.at ?? (caughtUp > 0 ? Instant(microseconds: 0) : time.now())
    }

    private mutating func nextRecords() throws(BinaryFailure) -> [JournalRecord] {
        do throws(CommitFailure) {
            return try store.records(after: core.position, limit: limits.recordsPerPage)
        } catch {
            throw .malformed(error.text, at: 0)
        }
    }
}
