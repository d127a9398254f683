import CareModel
import Glibc
import Logging
import MQTTSession

/// The mosquitto that the hub runs itself: written configuration, own folder, own life.
///
/// It outlives the hub's process, so that devices go on delivering while the hub restarts, and is adopted at the
/// next start. The hub keeps it alive by calling `ensureRunning` every few seconds.
///
/// - Note: one thread owns it; starting may take `startSecondsMax`.
public final class ManagedBroker {
    public enum Start: String, Hashable, Sendable { case started, adopted, reloaded, restarted }

    public struct Health: Hashable, Sendable {
        public var processID: Int32
        /// Times that it was found dead since this object was made.
        public var restarts: Int
        public var freeBytes: Int64
        /// Too little room to save its database: mend it before the broker is stopped.
        public var isDiskLow: Bool
        public var databaseBytes: Int64
    }

    /// From the start of the process until it listens.
    public static let startSecondsMax = 10
    /// From the request to end until it is killed: it writes its database first.
    public static let endSecondsMax = 10
    /// The log is emptied at this size.
    public static let logBytesMax: Int64 = 4 * 1_024 * 1_024
    /// Free space under which `isDiskLow`, or four times the database if that is more.
    public static let freeBytesMin: Int64 = 64 * 1_024 * 1_024

    public let configuration: BrokerConfiguration
    private let files: BrokerFiles
    private var credentials: BrokerCredentials
    private let logger: Logger
    private let program: String
    private let passwordProgram: String
    private var restarts = 0
    private var backOff = BackOff()
    private var nextStartAt: Int64 = 0

    /// Checks the settings and looks for the programs; starts nothing.
    public init(_ configuration: BrokerConfiguration, logger: Logger) throws(BrokerProblem) {
        if let fault = configuration.fault() { throw fault }
        guard let program = BrokerProcess.find("mosquitto"), let passwordProgram = BrokerProcess.find("mosquitto_passwd") else {
            throw .notInstalled(searched: BrokerProcess.candidates("mosquitto"))
        }
        (self.configuration, self.logger, self.program, self.passwordProgram) = (configuration, logger, program, passwordProgram)
        files = BrokerFiles(folder: configuration.folder)
        credentials = BrokerCredentials(old: TextFile.read(files.credentials), accounts: configuration.accounts)
    }

    /// How the hub's own sessions reach it. `role` is `vigil-safety`, `vigil-telemetry` or `vigil-upstream`.
    private func session(_ role: String) -> SessionConfiguration {
        let (host, port) = configuration.sessionAddress
        let entry = credentials.entry(role: role) ?? (role, "")
        return SessionConfiguration(host: host, port: port, clientID: entry.user, user: entry.user, password: entry.password)
    }

    public var safetySession: SessionConfiguration { session("vigil-safety") }
    public var telemetrySession: SessionConfiguration { session("vigil-telemetry") }
    public var upstreamSession: SessionConfiguration { session("vigil-upstream") }

    /// An account's password, given or made; for the page that shows a technician what to type into a device.
    public func password(of user: String) -> String? { credentials.password(of: user) }

    /// nil when it doesn't run.
    public var processID: Int32? {
        if let text = TextFile.read(files.processID), let process = pid_t(text.split(separator: "\n").first ?? ""),
           BrokerProcess.isBroker(process, configuration: files.configuration) { return process }
        // A full disk may have kept the file from being written.
        return BrokerProcess.findBroker(configuration: files.configuration)
    }

    /// Writes the files and makes sure that a broker runs with them: adopts, reloads, restarts or starts it.
    @discardableResult
    public func start() throws(BrokerProblem) -> Start {
        guard mkdir(files.folder, 0o700) == 0 || errno == EEXIST else { throw .folder(path: files.folder, cause: TextFile.systemError()) }
        let running = processID
        let configurationText = files.configurationText(configuration)
        let isOtherSetting = TextFile.read(files.configuration) != configurationText
        let isOtherAccess = try writeAccess()
        if isOtherSetting { try write(files.configuration, configurationText, mode: 0o600) }
        if let running {
            if !isOtherSetting, isListening {
                if isOtherAccess { kill(running, SIGHUP) }
                return note(isOtherAccess ? .reloaded : .adopted, running)
            }
            BrokerProcess.end(running, configuration: files.configuration, secondsMax: ManagedBroker.endSecondsMax)
        }
        let process = try launch()
        return note(running == nil ? .started : .restarted, process)
    }

    /// Restarts it when it died, no faster than `BackOff` allows, and looks after its folder.
    public func ensureRunning() throws(BrokerProblem) -> Health {
        if let process = processID {
            BrokerProcess.reap(process)
            if let living = processID {
                if backOff.failuresInRow > 0, monotonicMicroseconds() > nextStartAt + 60_000_000 { backOff.reset() }
                return tend(living)
            }
        }
        guard monotonicMicroseconds() >= nextStartAt else { throw .notStarted(log: tail()) }
        nextStartAt = monotonicMicroseconds() + backOff.next(word: 0)
        restarts += 1
        logger.error("the broker is not running; starting it", metadata: ["code": "broker.died"])
        return tend(try launch())
    }

    /// Ends the broker, for instance when the hub is uninstalled; `vigil run` doesn't.
    public func end() {
        guard let process = processID else { return }
        BrokerProcess.end(process, configuration: files.configuration, secondsMax: ManagedBroker.endSecondsMax)
        unlink(files.processID)
    }

    // MARK: - Inner workings

    private var isListening: Bool {
        configuration.listeners.allSatisfy { PortCheck.isListening(address: $0.address, port: $0.port) }
    }

    private func note(_ start: Start, _ process: pid_t) -> Start {
        logger.notice("broker \(start.rawValue)", metadata: ["pid": "\(process)", "port": "\(configuration.port)"])
        return start
    }

    /// Returns whether users, passwords or access changed.
    private func writeAccess() throws(BrokerProblem) -> Bool {
        let accessText = files.accessText(configuration, credentials)
        let isOtherAccess = TextFile.read(files.access) != accessText
        if isOtherAccess { try write(files.access, accessText, mode: 0o600) }
        let credentialsText = credentials.text
        guard TextFile.read(files.credentials) != credentialsText || TextFile.sizeBytes(files.passwords) == nil else { return isOtherAccess }
        // The hashes first: when this is cut short, the credentials differ still, and the next start does it again.
        let beside = files.passwords + ".plain"
        try write(beside, credentialsText, mode: 0o600)
        if let cause = BrokerProcess.run(passwordProgram, ["-U", beside]) {
            unlink(beside)
            throw .passwords(cause: cause)
        }
        guard rename(beside, files.passwords) == 0 else { throw .passwords(cause: TextFile.systemError()) }
        try write(files.credentials, credentialsText, mode: 0o600)
        return true
    }

    private func write(_ path: String, _ text: String, mode: mode_t) throws(BrokerProblem) {
        if let cause = TextFile.replace(path, text, mode: mode) { throw .folder(path: path, cause: cause) }
    }

    private func launch() throws(BrokerProblem) -> pid_t {
        for listener in configuration.listeners {
            // A process that was just killed holds its ports a moment longer than its name.
            let deadline = monotonicMicroseconds() + 1_000_000
            while let problem = PortCheck.problem(address: listener.address, port: listener.port) {
                guard case .portTaken = problem, monotonicMicroseconds() < deadline else { throw problem }
                usleep(10_000)
            }
        }
        restoreDatabase()
        do {
            return try launchOnce()
        } catch {
            // A damaged database stops mosquitto: set it aside and go on with the last whole one.
            guard case .notStarted(let log) = error, log.contains("database") || log.contains("persist"),
                  rename(files.database, files.database + ".damaged") == 0 else { throw error }
            logger.error("the broker's database is damaged and set aside", metadata: ["code": "broker.database_damaged"])
            restoreDatabase()
            return try launchOnce()
        }
    }

    private func launchOnce() throws(BrokerProblem) -> pid_t {
        truncate(files.log, 0)
        let process: pid_t
        switch BrokerProcess.start(program, ["-c", files.configuration], log: files.log) {
        case .failure(let failure): throw .notStarted(log: failure.text)
        case .success(let started): process = started
        }
        _ = TextFile.replace(files.processID, "\(process)\n", mode: 0o600)
        let deadline = monotonicMicroseconds() + Int64(ManagedBroker.startSecondsMax) * 1_000_000
        while monotonicMicroseconds() < deadline {
            if isListening { return process }
            BrokerProcess.reap(process)
            guard kill(process, 0) == 0 else { throw .notStarted(log: tail()) }
            usleep(10_000)
        }
        BrokerProcess.end(process, configuration: files.configuration, secondsMax: 1)
        throw .notStarted(log: tail())
    }

    /// mosquitto puts an empty database in place of a good one when the disk is full; the kept one still has it.
    private func restoreDatabase() {
        guard (TextFile.sizeBytes(files.database) ?? 0) == 0, (TextFile.sizeBytes(files.keptDatabase) ?? 0) > 0 else { return }
        unlink(files.database)
        guard link(files.keptDatabase, files.database) == 0 else { return }
        logger.warning("the broker's database was empty; the last whole one is used", metadata: ["code": "broker.database_restored"])
    }

    private func tend(_ process: pid_t) -> Health {
        if (TextFile.sizeBytes(files.log) ?? 0) > ManagedBroker.logBytesMax { truncate(files.log, 0) }
        let databaseBytes = TextFile.sizeBytes(files.database) ?? 0
        var space = statvfs()
        let freeBytes = statvfs(files.folder, &space) == 0 ? Int64(space.f_bavail) * Int64(space.f_frsize) : 0
        let isDiskLow = freeBytes < max(ManagedBroker.freeBytesMin, 4 * databaseBytes)
        if !isDiskLow, databaseBytes > 0 {
            let beside = files.keptDatabase + ".new"
            unlink(beside)
            if link(files.database, beside) == 0 { rename(beside, files.keptDatabase) }
            unlink(beside)
        }
        return Health(processID: process, restarts: restarts, freeBytes: freeBytes, isDiskLow: isDiskLow, databaseBytes: databaseBytes)
    }

    /// The last lines of the log, at most 600 bytes.
    private func tail() -> String {
        let text = TextFile.read(files.log, bytesMax: Int(ManagedBroker.logBytesMax)) ?? ""
        return String(decoding: text.utf8.suffix(600), as: UTF8.self).split(separator: "\n").suffix(4).joined(separator: " | ")
    }
}
