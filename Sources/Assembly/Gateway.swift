import CLinux
import CareModel
import Capture
import Crypto
import Escalation
import Foundation
import GatewayCore
import Ledger
import Logging
import MQTTSession
import Sequencer
import ServiceLifecycle
import Serving
import Settings
import Synchronization

/// The whole hub, built from a checked configuration and run until it is told to stop.
public struct Gateway: Sendable {
    public static let build = "0.1.0"
    /// Letters that may wait for the sequencer in each of its two boxes.
    static let mailboxMax = 4_096

    private let configurationPath: String
    private let logger: Logger

    public init(configurationPath: String, logger: Logger) { (self.configurationPath, self.logger) = (configurationPath, logger) }

    /// Why the hub did not start.
    public struct StartFailure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Runs until SIGTERM or SIGINT; SIGHUP reads the configuration again.
    public func run() async throws {
        vigil_limit_heaps()
        // Faults are found before anything is opened or connected.
        var fallbackNote: String?
        let read: Result<LoadedConfiguration, any Error> = Result { try LoadedConfiguration.load(configurationPath) }
        let dataFolder = try Gateway.dataFolder(read, path: configurationPath)
        let vaultOptions = LedgerOptions((try? read.get())?.settings.journal)
        if case .failure(let error) = read, !FileManager.default.fileExists(atPath: dataFolder + "/vigil.sqlite") { throw error }
        let vault = try Vault(dataFolder, options: vaultOptions)
        let key = try TokenKey.open(dataFolder)
        let fresh = read.flatMap { loaded in Result { try loaded.recognising(key: key, path: configurationPath) } }
        for note in vault.ledger.notes { logger.notice("ledger: \(note)") }
        let recovered = try vault.ledger.recover()
        let previous = recovered.configuration.flatMap { row -> LoadedConfiguration? in
            // Nearly always the same one: then it is not read a second time, which a large house would feel at each start.
            if case .success(let same) = fresh, same.digest == row.digest { return same }
            do {
                return try LoadedConfiguration.restore(row.bytes, folder: configurationPath)
            } catch {
                logger.warning("the configuration in force before can't be read by this build; its past is read under the new one: \(error)")
                return nil
            }
        }
        let loaded: LoadedConfiguration
        switch fresh {
        case .success(let configuration): loaded = configuration
        case .failure(let error):
            // A hub that guards people does not stay dark over a typing error.
            guard let previous else { throw error }
            loaded = previous
            fallbackNote = "the configuration is faulty; going on with the last accepted one (\(previous.digest.text.prefix(12)))\n\(error)"
        }
        if let fallbackNote { logger.error("\(fallbackNote)") }
        try await run(loaded, previous: previous ?? loaded, vault: vault, options: vaultOptions, head: recovered.head, dataFolder: dataFolder, key: key)
    }

    private func run(
        _ loaded: LoadedConfiguration, previous: LoadedConfiguration, vault: Vault, options: LedgerOptions, head: LedgerHead, dataFolder: String, key: SymmetricKey
    ) async throws {
        let (settings, notes) = TLSFiles.usable(loaded.settings)
        for note in notes { logger.error("\(note)") }
        // Looked at before the broker is started or adopted: what listens here would end everything a moment later.
        if let occupant = PortCheck.occupant(address: settings.http.bind, port: UInt16(clamping: settings.http.port)) {
            throw StartFailure(description: "\(occupant): stop it, or choose another http.port in hub.yaml or with VIGIL_HTTP_PORT")
        }
        let time = try HubTime(
            file: URL(fileURLWithPath: dataFolder + "/clock"), last: head.position == 0 ? nil : (head.at, head.clock.wall(head.at)))
        let filters = loaded.core.profiles.subscriptions

        var supervision: BrokerSupervision?
        let sessions: (safety: SessionConfiguration, telemetry: SessionConfiguration, upstream: SessionConfiguration)
        if settings.broker.isManaged {
            let broker = try BrokerSupervision(try BrokerConfiguration(settings, folder: dataFolder + "/broker", loaded), logger: logger)
            supervision = broker
            sessions = await broker.sessions
        } else {
            sessions = try Gateway.externalSessions(settings, hub: settings.hubName)
        }

        let wake = Wake()
        let commands = Mailbox<Letter>(limit: Gateway.mailboxMax, wake: wake)
        let reports = Mailbox<Letter>(limit: Gateway.mailboxMax, wake: wake)
        let answers = Waiters<CommandID, CommandOutcome>(), receipts = Waiters<DeliveryKey, Bool>()
        let signal = CommitSignal()
        let board = Board()
        board.update { $0.follow(loaded) }

        let posting = PostingDesk(vault: vault, commands: commands, reports: reports, answers: answers, receipts: receipts)
        let neighbours = HubNeighbours(settings.neighbours, at: .now)
        let ways = WaysOut(
            session: sessions.upstream, outbox: Outbox(vault: vault), reports: ReportPost(reports: reports), logger: logger, filters: neighbours.filters,
            hear: { neighbours.take($0, at: .now) }, obey: { await posting.obey($0) }
        ) { minimum in try vault.reader.untaken(atLeast: minimum) }
        let reloading = Reloading(
            loaded, settings: settings, path: configurationPath, dataFolder: dataFolder, supervision: supervision, ways: ways, board: board, key: key,
            vault: vault, logger: logger)

        // The sequencer, on a thread of its own; everything that only it may touch is made there.
        let isStopping = Mutex(false)
        let ended = AsyncStream.makeStream(of: Result<Void, StartFailure>.self)
        let intakeConfiguration = IntakeConfiguration(
            safety: sessions.safety, telemetry: sessions.telemetry,
            safetyFilters: Loop.safetyFilters(filters, commands: loaded.ways.commandTopics), telemetryFilters: filters.filter { $0.link == .telemetry }.map(\.filter),
            memoryFolder: dataFolder)
        let identity = HubIdentity(hub: settings.hubName, build: Gateway.build)
        let loopLogger = logger
        Thread.vigil("vigil-sequencer") {
            do {
                let intake = try Intake(intakeConfiguration, wake: wake, logger: loopLogger)
                func sequence() throws(CommitFailure) -> HubSequencer {
                    let fresh = FreshDeliveries()
                    return try HubSequencer(
                        store: LedgerStore(vault: vault, options: options, fresh: fresh) { reloading.bytes($0) },
                        intake: BrokerIntake(intake: intake, commands: commands, reports: reports, tokeniser: Tokeniser(key: key, registry: loaded.core.registry),
                            commandTopics: loaded.ways.commandTopics) { ways.refuse($0, from: $1) },
                        outlet: AfterCommit(
                            intake: intake, answers: answers, receipts: receipts, signal: signal, ways: ways, fresh: fresh, logger: loopLogger),
                        time: time, previous: previous.core, configuration: loaded.core, identity: identity)
                }
                var sequencer: HubSequencer
                do throws(CommitFailure) {
                    sequencer = try sequence()
                } catch {
                    // What can't be understood is set aside by the next opening; open incidents are carried over.
                    loopLogger.critical("\(error.text); the ledger is opened again")
                    try vault.reopen(options)
                    for note in vault.ledger.notes { loopLogger.notice("ledger: \(note)") }
                    sequencer = try sequence()
                }
                vigil_release_startup_memory()
                Loop(sequencer: sequencer, canarySeconds: settings.canarySeconds, board: board, vault: vault, logger: loopLogger, isInForce: { reloading.isInForce($0) }, commandTopics: { reloading.commandTopics($0) }) { isStopping.withLock { $0 } }.run()
                ended.continuation.yield(.success(()))
            } catch {
                ended.continuation.yield(.failure(StartFailure(description: "the sequencer could not start: \(error)")))
            }
            ended.continuation.finish()
        }

        let token = try AccessToken.open(dataFolder)
        let metrics = HubMetrics.shared
        let reading = ReadingDesk(vault: vault, board: board, hub: settings.hubName)
        let serverLogger = logger
        let accountFile = AccountFile(dataFolder)
        if let note = accountFile.setAsideDamaged() { logger.error("\(note)") }
        let accounts = try Accounts(store: accountFile, secrets: Secrets(), now: { HubTime.wallTime().microseconds / 1_000_000 })
        if let note = SetUpLinks.first(accounts, settings, dataFolder: dataFolder) { logger.notice("\(note)") }
        var ignored = Problems()
        let tls = settings.http.tls.flatMap { TLSFiles.server($0, "http.tls", &ignored) }
        let scheme = tls == nil ? "http" : "https"
        let server = Server(
            configuration: .init(host: settings.http.bind, port: settings.http.port, tls: tls),
            ports: Ports(
                incidents: reading, deliveries: reading, stream: reading, commands: posting, receipts: posting, devices: reading,
                health: reading, metrics: Exposition(board: board, vault: vault, metrics: metrics), journal: reading,
                console: ConsoleDesk(vault: vault, board: board, configurationPath: configurationPath, neighbours: neighbours),
                reports: ReportBook(vault: vault, hub: settings.hubName, dataFolder: dataFolder) { board.look().configuration },
                signed: SignedDesk(reloading: reloading, posting: posting, logger: logger),
                visits: VisitCodes(dataFolder, tokenKey: key) { board.look().household }),
            access: AccessPorts(
                tokens: token.table, accounts: accounts, places: HouseholdPlaces(board: board, vault: vault), audit: AuditPost(reports: reports, logger: logger),
                lockAfter: settings.http.lockMinutes == 0 ? nil : .seconds(60 * settings.http.lockMinutes)),
            signal: signal, logger: logger
        ) { port in serverLogger.notice("listening on \(scheme)://\(settings.http.bind):\(port)") }

        let stop: @Sendable () -> Void = {
            isStopping.withLock { $0 = true }
            wake.signal()
            signal.close()
        }
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: SequencerService(ended: ended.stream, stop: stop), successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: try server.application(), failureTerminationBehavior: .gracefullyShutdownGroup),
            .init(service: ReloadService(signals: .hangup) { reloading.reload { commands.post(.configuration($0.core)) } }),
            .init(service: TaskService { await reloading.run() }),
        ]
        let heartbeats = Heartbeats(ways: ways, desk: reading, board: board, vault: vault, settings: settings, dataFolder: dataFolder)
        services.append(.init(service: TaskService { await heartbeats.run() }))
        if !neighbours.filters.isEmpty { services.append(.init(service: TaskService { await neighbours.run { ways.isConnected } })) }
        if let supervision { services.append(.init(service: TaskService { await supervision.run() })) }
        services.append(.init(service: StreamsService { signal.close() }))
        let group = ServiceGroup(configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        defer {
            ways.stop()
            answers.abandonAll()
            receipts.abandonAll()
            vault.close()
        }
        try ways.follow(WaysOut.Plan(loaded))
        reloading.tellStranded(loaded)
        try await group.run()
    }

    // MARK: - Parts

    /// The data folder, readable even from a faulty hub.yaml.
    static func dataFolder(_ fresh: Result<LoadedConfiguration, any Error>, path: String) throws -> String {
        if case .success(let loaded) = fresh { return Gateway.absolute(loaded.settings.dataFolder) }
        return Gateway.absolute(HubSettings.lookUp(path, environment: ProcessInfo.processInfo.environment).dataFolder)
    }

    public static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }

    private static func externalSessions(
        _ settings: HubSettings, hub: String
    ) throws -> (safety: SessionConfiguration, telemetry: SessionConfiguration, upstream: SessionConfiguration) {
        let broker = settings.broker
        let tls = broker.tls.map { TLSConfiguration(authorityFile: $0.ca, certificateFile: $0.certificate, keyFile: $0.key) }
        func session(_ role: String, _ credential: HubSettings.Credential?) throws -> SessionConfiguration {
            let password = try credential.map { credential in
                let text = try String(contentsOfFile: credential.passwordFile, encoding: .utf8)
                return String(text.prefix { !$0.isNewline })
            }
            return SessionConfiguration(
                host: broker.host, port: UInt16(clamping: broker.port), clientID: credential?.user ?? "vigil-\(role)-\(hub)", user: credential?.user,
                password: password, tls: tls)
        }
        var upstream = try session("upstream", nil)
        (upstream.user, upstream.password) = (try session("telemetry", broker.telemetryUser).user, try session("telemetry", broker.telemetryUser).password)
        if let user = upstream.user { upstream.clientID = user + "-upstream" }
        return (try session("safety", broker.safetyUser), try session("telemetry", broker.telemetryUser), upstream)
    }
}

extension LedgerOptions {
    init(_ journal: HubSettings.Journal?) {
        self.init()
        guard let journal else { return }
        self.init(
            quotaBytes: Int64(journal.quotaMegabytes) << 20, journalDaysMax: journal.keepDays, revisionDaysMax: journal.revisionDays,
            auditDaysMax: journal.auditDays, ballastBytes: Int64(journal.ballastMegabytes) << 20)
    }
}

extension Thread {
    /// Starts a named thread with room for deep profiles.
    static func vigil(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }
}
