import CareModel
import Capture
import Formats
import GatewayCore
import Ledger
import Serving

/// The ports of `Serving` that only read: over the ledger's read-only connections and the board.
struct ReadingDesk: IncidentReading, DeliveryReading, StreamReading, DeviceReading, HealthReading, JournalReading {
    let vault: Vault
    let board: Board
    let hub: String

    /// From so many days on before one of the hub's own certificates ends, it says so. Our choice: two weeks are enough to get another.
    static let certificateDaysMin = 14

    private var origin: String { hub + "-" + vault.ledger.epoch }

    func incidents(_ filter: IncidentFilter, _ detail: Detail) async throws -> IncidentPage {
        let states = filter.states.isEmpty ? IncidentState.allCases : filter.states
        let list = try vault.reader.incidentList(
            in: states, since: filter.since, homes: filter.homes, limit: filter.limit + 1)
        let cut = list.revisions.count > filter.limit
        let born = BornBeside(household: board.look().household)
        return IncidentPage(
            incidents: list.revisions.prefix(filter.limit).map { body($0, detail, born) }, isCut: cut,
            head: StreamHead(origin: origin, complete: UInt64(list.complete), latest: UInt64(list.latest)))
    }

    func incident(_ id: IncidentID, _ detail: Detail) async throws -> IncidentHistory? {
        let history = try vault.reader.history(of: id)
        guard let newest = history.last else { return nil }
        return IncidentHistory(
            newest: body(newest, detail, BornBeside(household: board.look().household)),
            revisions: history.suffix(ServingLimits.listMax).map { detail == .full ? $0.revision.full : $0.revision.masked })
    }

    func deliveries(of queue: QueueName, after: UInt64, limit: Int) async throws -> QueuedPage? {
        guard board.look().embedded.contains(queue) else { return nil }
        let page = try vault.reader.deliveries(queue: queue, after: Int64(clamping: after), limit: limit)
        return QueuedPage(
            deliveries: page.deliveries.map { QueuedDelivery(key: $0.delivery.key, cursor: UInt64($0.cursor), incident: $0.body) },
            next: UInt64(page.next))
    }

    func isDead(_ key: DeliveryKey) async throws -> Bool { try vault.reader.deadReason(key) != nil }

    func deadLetters(of queue: QueueName, after: UInt64, limit: Int) async throws -> [Serving.DeadLetter]? {
        // A queue that was taken out of the care network is looked at all the same: what it left is here to be seen.
        let isKnown = try board.look().queues.contains(queue) || vault.reader.outboxCounts().contains { $0.queue == queue }
        guard isKnown else { return nil }
        return try vault.reader.deadLetters(queue: queue, after: Int64(clamping: after), limit: limit).compactMap { letter in
            guard let found = try vault.reader.history(of: letter.delivery.key.incident).first(where: { $0.revision.revision == letter.delivery.key.revision }),
                  UInt64(found.cursor) > after else { return nil }
            return Serving.DeadLetter(
                key: letter.delivery.key, cursor: UInt64(found.cursor), reason: letter.reason,
                incident: letter.delivery.isMasked ? found.revision.masked : found.revision.full)
        }
    }

    func head() async throws -> StreamHead {
        StreamHead(origin: origin, complete: UInt64(try vault.reader.streamComplete()), latest: UInt64(vault.ledger.head.cursor))
    }

    func revisions(after: UInt64, limit: Int) async throws -> [StreamedRevision] {
        let born = BornBeside(household: board.look().household)
        return try vault.reader.revisions(after: Int64(clamping: after), limit: limit).map {
            StreamedRevision(cursor: UInt64($0.cursor), home: $0.revision.home, full: body($0, .full, born), masked: body($0, .masked, born))
        }
    }

    func devices() async throws -> [DeviceRow] {
        let picture = board.look()
        let household = picture.household, expected = HomePages.supervision(picture)
        return household.bindings.map { binding in
            let seconds = expected[binding.device], seen = picture.lastSeen[binding.device]
            return DeviceRow(
                device: binding.device, profile: binding.profile, home: household.homes[binding.home].id,
                residents: binding.residents.map { household.residents[$0].id }, room: binding.room,
                isAdopted: picture.adopted.contains(binding.device), isShared: binding.isShared,
                lastSeenAt: seen.map { picture.clock.wall($0) }, expectedSeconds: seconds,
                isSilent: seconds.map { limit in seen.map { (picture.at - $0).wholeSeconds > HomePages.missedIntervals * limit } ?? true },
                armedUntil: picture.armedUntil[binding.device].flatMap { $0 > picture.at ? picture.clock.wall($0) : nil })
        }.sorted { $0.device < $1.device }
    }

    func modes() async throws -> [ModeRow] {
        let picture = board.look()
        guard let oldest = picture.modes.map(\.since).min() else { return [] }
        // The audit's time is the command's; the same one, but for a clock that was set since.
        let told = try vault.reader.auditActors(ofActionsBeginning: "mode ", since: picture.clock.wall(oldest) - .seconds(1))
        return picture.modes.map { mode in
            ModeRow(
                home: mode.home, resident: mode.resident, mode: mode.mode, since: picture.clock.wall(mode.since), until: picture.clock.wall(mode.until),
                toldBy: told["mode \(mode.mode.name) \(mode.resident?.text ?? mode.home.text)"] ?? "")
        }
    }

    func quarantine(limit: Int) async throws -> [Serving.QuarantineRow] {
        try vault.reader.quarantine(limit: limit).map { row in
            Serving.QuarantineRow(
                receivedAt: row.lastAt,
                sighting: Sighting(why: row.why, topic: row.topic, device: row.device, candidates: row.candidates, payload: row.payloads.last ?? []),
                count: row.count)
        }
    }

    func health() async -> Health {
        let picture = board.look()
        var reasons: [Health.Reason] = []
        switch picture.state {
        case .starting: reasons.append(.init(code: "journal_replaying", text: "the journal is being read"))
        case .refusing(let code): reasons.append(.init(code: code, text: "the ledger can't be written; the broker keeps what comes"))
        case .stopped: reasons.append(.init(code: "stopping", text: "the hub is stopping"))
        case .running: break
        }
        for link in Link.allCases where picture.links[link]?.isConnected != true {
            reasons.append(.init(code: "broker_lost", text: "the \(link.name) session has no broker"))
        }
        if picture.isCanaryMissed {
            reasons.append(.init(code: "canary_missed", text: "the hub's own test message does not come back from the broker: look at the broker, and whether the hub's user may write and read \(GatewayCore.canaryTopic)"))
        }
        if let days = picture.certificateDays, days <= ReadingDesk.certificateDaysMin {
            reasons.append(.init(code: "certificate_ends", text: "the hub's own certificate ends in \(days) days: make a new one (scripts/certificates) and start the hub again"))
        }
        if vault.ledger.space != .enough { reasons.append(.init(code: "disk_low", text: "the disk is nearly full")) }
        let counts = (try? vault.reader.outboxCounts()) ?? []
        for left in StrandedQueue.find(counts, configured: picture.queues) { reasons.append(.init(code: "queue_removed", text: left.text)) }
        for count in counts where count.dead > 0 && picture.queues.contains(count.queue) {
            reasons.append(.init(
                code: "dead_letters",
                text: "\(count.dead) deliveries of the queue \"\(count.queue)\" were refused for good: look at /api/v1/queues/\(count.queue)/dead-letters, mend the cause and send them again"))
        }
        let isWorking = picture.state == .running
        let isReady = isWorking && picture.links[.safety]?.isConnected == true && !picture.isCanaryMissed
        return Health(isLive: picture.state != .stopped, isReady: isReady, reasons: reasons)
    }

    func export(after: UInt64, _ write: ([UInt8]) async throws -> Void) async throws {
        try await JournalExport(vault).run(after: after, write)
    }

    private func body(_ stored: StoredRevision, _ detail: Detail, _ born: BornBeside) -> [UInt8] {
        detail == .full ? born.adding(to: stored.revision.full) : stored.revision.masked
    }
}

extension PendingDelivery {
    /// What the receiver gets: the incident with `committed_at`, `cursor` and the delivery key.
    var body: [UInt8] {
        IncidentJSON.appending(committedAt: committedAt, key: delivery.key, cursor: UInt64(cursor), isSuperseded: isSuperseded, to: bytes)
    }
}

/// The ports of `Serving` that want something done: letters into the sequencer's mailbox.
struct PostingDesk: CommandPosting, DeliveryPosting {
    let vault: Vault
    let commands: Mailbox<Letter>
    let reports: Mailbox<Letter>
    let answers: Waiters<CommandID, CommandOutcome>
    let receipts: Waiters<DeliveryKey, Bool>

    /// The hub could not carry it out; nothing of it was done.
    struct NotCarriedOut: Error {}

    func post(_ command: Command) async throws -> CommandAnswer {
        switch await answers.wait(for: command.id, posting: { commands.post(.command(command)) }) {
        case .answered(let outcome): return .outcome(outcome)
        case .notPosted: return .busy(retryAfterSeconds: 1)
        case .abandoned: throw NotCarriedOut()
        }
    }

    /// A receiver's command; nil = not carried out now.
    func obey(_ command: Command) async -> CommandOutcome? {
        guard case .outcome(let outcome)? = try? await post(command) else { return nil }
        return outcome
    }

    func confirm(_ key: DeliveryKey) async throws -> DeliveryAnswer { try await report(key, .confirmed) }
    func refuse(_ key: DeliveryKey, reason: String) async throws -> DeliveryAnswer { try await report(key, .deadLettered(reason)) }

    private func report(_ key: DeliveryKey, _ outcome: DeliveryOutcome) async throws -> DeliveryAnswer {
        guard try vault.reader.isPending(key) else {
            let isKnown = try vault.reader.history(of: key.incident).contains { $0.revision.revision == key.revision }
            return isKnown ? .done : .unknown
        }
        switch await receipts.wait(for: key, posting: { reports.post(.report(DeliveryReport(key: key, outcome: outcome))) }) {
        case .answered: return .done
        case .notPosted: return .busy(retryAfterSeconds: 1)
        case .abandoned: throw NotCarriedOut()
        }
    }
}
