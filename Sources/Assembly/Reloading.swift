import CareModel
import Capture
import Crypto
import Forwarding
import Logging
import Settings
import Synchronization

/// What a reload changes outside the core: broker accounts, workers, sounder. It follows the journal: first the new
/// configuration is in force there, then these parts are.
final class Reloading: Sendable {
    private let path: String
    private let dataFolder: String
    private let started: HubSettings
    private let supervision: BrokerSupervision?
    private let ways: WaysOut
    private let board: Board
    /// Of tokens.
    private let key: SymmetricKey
    private let vault: Vault
    private let logger: Logger
    /// Accepted configurations by digest, for the ledger to store.
    private let known: Mutex<[ConfigurationDigest: LoadedConfiguration]>
    private let current: Mutex<ConfigurationDigest>
    private let inForce = AsyncStream.makeStream(of: LoadedConfiguration.self)

    /// - Parameter settings: what the hub was started with.
    init(
        _ loaded: LoadedConfiguration, settings: HubSettings, path: String, dataFolder: String, supervision: BrokerSupervision?, ways: WaysOut, board: Board,
        key: SymmetricKey, vault: Vault, logger: Logger
    ) {
        self.vault = vault
        (self.path, self.dataFolder, started, self.supervision) = (path, dataFolder, settings, supervision)
        (self.ways, self.board, self.key, self.logger) = (ways, board, key, logger)
        known = Mutex([loaded.digest: loaded])
        current = Mutex(loaded.digest)
    }

    /// The bytes of an accepted configuration.
    func bytes(_ digest: ConfigurationDigest) -> [UInt8]? { known.withLock { $0[digest]?.bytes } }

    /// How a queue of the configuration in force is reached.
    func queue(_ name: QueueName) -> Ways.Queue? {
        let digest = current.withLock { $0 }
        return known.withLock { $0[digest]?.ways.queues[name] }
    }

    /// The topics from which an accepted configuration takes commands.
    func commandTopics(_ digest: ConfigurationDigest) -> [String: CommandSource] { known.withLock { $0[digest]?.ways.commandTopics ?? [:] } }

    /// Reads the configuration again and hands it on; a faulty one leaves everything as it is.
    ///
    /// - Parameter post: puts it into the sequencer's mailbox; false when that is full.
    func reload(_ post: (LoadedConfiguration) -> Bool) {
        do {
            let next = try LoadedConfiguration.load(path, key: key)
            // Faults of the accounts are found before anything changes.
            if supervision != nil { _ = try broker(next) }
            known.withLock { $0[next.digest] = next }
            if !post(next) {
                logger.error("the mailbox is full; the reload was not taken, try again")
            } else if current.withLock({ $0 == next.digest }) {
                // The files are the same, but those that hold passwords are not part of them.
                inForce.continuation.yield(next)
            }
        } catch {
            logger.error("the new configuration is not taken, the old one stays in force:\n\(error)")
        }
    }

    /// The sequencer has committed this one.
    func isInForce(_ digest: ConfigurationDigest) {
        current.withLock { $0 = digest }
        if let loaded = known.withLock({ $0[digest] }) { inForce.continuation.yield(loaded) }
    }

    /// Applies what is in force until its task is cancelled.
    func run() async {
        for await loaded in inForce.stream {
            do {
                if let supervision { try await supervision.follow(try broker(loaded)) }
                try ways.follow(WaysOut.Plan(loaded))
            } catch {
                logger.error("a part of the new configuration is not in force: \(error)")
            }
            board.update { $0.follow(loaded) }
            tellStranded(loaded)
            logger.notice("accounts, queues and sounder follow configuration \(loaded.digest.text.prefix(12))")
            for key in Reloading.needingRestart(started, loaded.settings) { logger.warning("\(key) changed in hub.yaml: it takes effect when the hub is started again") }
        }
    }

    /// Says which queues were taken away with something in them.
    func tellStranded(_ loaded: LoadedConfiguration) {
        guard let counts = try? vault.reader.outboxCounts() else { return }
        for left in StrandedQueue.find(counts, configured: Set(loaded.network.queues.map(\.name))) { logger.error("\(left.text)") }
    }

    private func broker(_ loaded: LoadedConfiguration) throws -> BrokerConfiguration {
        // Where it listens stays as it was: the sessions are connected there.
        var settings = loaded.settings
        (settings.broker.bind, settings.broker.port, settings.broker.tlsListener) = (started.broker.bind, started.broker.port, started.broker.tlsListener)
        return try BrokerConfiguration(settings, folder: dataFolder + "/broker", loaded)
    }

    /// Keys whose change a running hub can't follow.
    static func needingRestart(_ old: HubSettings, _ new: HubSettings) -> [String] {
        var keys: [String] = []
        func note(_ key: String, _ isSame: Bool) { if !isSame { keys.append(key) } }
        note("hub.name", old.hubName == new.hubName)
        note("data_dir", old.dataFolder == new.dataFolder)
        note("log.level", old.logLevel == new.logLevel)
        var (oldBroker, newBroker) = (old.broker, new.broker)
        (oldBroker.accounts, newBroker.accounts) = ([], [])
        (oldBroker.devicePasswordsFile, newBroker.devicePasswordsFile) = (nil, nil)
        note("broker", oldBroker == newBroker)
        note("http", old.http == new.http)
        note("neighbours", old.neighbours == new.neighbours)
        note("journal", old.journal == new.journal)
        return keys
    }
}

extension Board.Picture {
    /// Queues as this configuration has them.
    mutating func follow(_ loaded: LoadedConfiguration) {
        queues = Set(loaded.network.queues.map(\.name))
        embedded = loaded.ways.embedded
        configuration = loaded.core
    }
}
