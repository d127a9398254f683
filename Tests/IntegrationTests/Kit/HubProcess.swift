import Foundation
import Glibc
import Synchronization

/// A `vigil run` of a test's own: own data folder, own ports of 127.0.0.1; the broker that it manages ends with the object.
final class HubProcess: Sendable {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The program beside the tests, or `VIGIL_TEST_PROGRAM`.
    static let program: String = {
        if let chosen = ProcessInfo.processInfo.environment["VIGIL_TEST_PROGRAM"] { return chosen }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = (own as NSString).deletingLastPathComponent + "/vigil"
        return access(beside, X_OK) == 0 ? beside : root + "/.build/debug/vigil"
    }()

    /// The test's own folder; `data` and `config` are below it.
    let folder: String
    let data: String
    let config: String
    let httpPort: UInt16
    let brokerPort: UInt16
    let isShipped: Bool
    private let external: Bool
    /// Of `vigil run` alone, not of the other commands.
    private let runEnvironment: [String: String]
    private let process = Mutex<pid_t?>(nil)

    /// The shipped configuration in a folder laid out like the project's: `config`, `devices` and `data` beside each other, the
    /// broker and the ports that stand in hub.yaml, no variable set and no `--config` given.
    ///
    /// - Throws: a clear message where one of the default ports is taken.
    static func shipped(homes: String) throws -> HubProcess {
        for (port, what) in [(UInt16(8_080), "HTTP"), (1_883, "MQTT")] where !isFree(port) {
            throw KitFailure("port \(port) (\(what)) is taken: the long form runs on the default ports; stop what listens there (another hub or mosquitto) and start again")
        }
        return try HubProcess(homes: homes, httpPort: 8_080, brokerPort: 1_883, isShipped: true)
    }

    /// - Parameters:
    ///   - homes: replaces the shipped homes.yaml.
    ///   - data: another data folder, for instance on a small disk.
    ///   - isExternal: the broker is somebody else's.
    ///   - runEnvironment: further variables of `vigil run`, for instance a clock to be stepped.
    ///   - isShipped: nothing is set by variables; the ports are hub.yaml's and the data folder is the default one.
    ///   - change: edits the copied configuration folder, given its path.
    init(
        homes: String? = nil, data: String? = nil, httpPort: UInt16 = freePort(), brokerPort: UInt16 = freePort(), isExternal: Bool = false,
        runEnvironment: [String: String] = [:], isShipped: Bool = false, change: (String) throws -> Void = { _ in }
    ) throws {
        folder = NSTemporaryDirectory() + "vigil-it-" + UUID().uuidString.prefix(8)
        self.data = data ?? folder + "/data"
        config = folder + "/config"
        (self.httpPort, self.brokerPort, external, self.runEnvironment) = (httpPort, brokerPort, isExternal, runEnvironment)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: HubProcess.root + "/config", toPath: config)
        self.isShipped = isShipped
        if isShipped { try FileManager.default.createSymbolicLink(atPath: folder + "/devices", withDestinationPath: HubProcess.root + "/devices") }
        let hub = try String(contentsOfFile: config + "/hub.yaml", encoding: .utf8)
        if !isShipped { try hub.replacingOccurrences(of: "- ../devices", with: "- \(HubProcess.root)/devices").write(toFile: config + "/hub.yaml", atomically: true, encoding: .utf8) }
        if let homes { try homes.write(toFile: config + "/homes.yaml", atomically: true, encoding: .utf8) }
        try change(config)
    }

    deinit {
        if let process = process.withLock({ $0 }) {
            kill(process, SIGKILL)
            var status: Int32 = 0
            waitpid(process, &status, 0)
        }
        endBroker()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var environment: [String: String] {
        // Empty ones count as absent, whatever the tests' own environment says.
        if isShipped { return ["VIGIL_DATA_DIR": "", "VIGIL_HTTP_PORT": "", "VIGIL_BROKER_PORT": "", "VIGIL_BROKER_HOST": "", "HOME": folder] }
        var environment = ["VIGIL_DATA_DIR": data, "VIGIL_HTTP_PORT": String(httpPort), "VIGIL_BROKER_PORT": String(brokerPort)]
        if external { environment["VIGIL_BROKER_HOST"] = "127.0.0.1" }
        return environment
    }

    var logFile: String { folder + "/hub.log" }
    var log: String { String(decoding: FileManager.default.contents(atPath: logFile) ?? Data(), as: UTF8.self) }
    var processID: pid_t? { process.withLock { $0 } }

    // MARK: - Life

    /// Starts it; returns at once.
    func launch() throws {
        let started: pid_t
        if isShipped {
            started = try spawn("env", ["-C", folder, HubProcess.program, "run"], environment: environment, output: logFile)
        } else if runEnvironment.isEmpty {
            started = try spawn(HubProcess.program, ["run", "--config", config], environment: environment, output: logFile)
        } else {
            // Through env: libfaketime changes the environment of the first process that it is loaded into, and a Swift program
            // then does not find its arguments any more.
            started = try spawn(
                "env", [HubProcess.program, "run", "--config", config], environment: environment.merging(runEnvironment) { $1 }, output: logFile)
        }
        process.withLock { $0 = started }
    }

    /// Starts it and waits until it is ready.
    ///
    /// - Returns: microseconds until /readyz said so.
    @discardableResult
    func start(seconds: Double = 30) async throws -> Int64 {
        let begun = microseconds()
        try launch()
        try await ready(seconds: seconds)
        return microseconds() - begun
    }

    /// Waits until /readyz answers 200.
    func ready(seconds: Double = 30) async throws {
        let isReady = try await eventually(seconds: seconds) {
            guard isRunning else { throw KitFailure("the hub ended:\n\(log.suffix(2_000))") }
            return isReadyNow
        }
        guard isReady else { throw KitFailure("not ready after \(seconds) s: \(readiness())\n\(log.suffix(2_000))") }
    }

    var isReadyNow: Bool { (try? line().get("/readyz", seconds: 2))?.status == 200 }

    /// What /readyz says.
    func readiness() -> String { (try? line().get("/readyz", seconds: 2))?.text ?? "nobody answers" }

    var isRunning: Bool {
        process.withLock { process in
            guard let id = process else { return false }
            var status: Int32 = 0
            if waitpid(id, &status, WNOHANG) == id { process = nil }
            return process != nil
        }
    }

    /// `kill -9`; the broker lives on.
    func kill9() {
        process.withLock { process in
            guard let id = process else { return }
            kill(id, SIGKILL)
            var status: Int32 = 0
            waitpid(id, &status, 0)
            process = nil
        }
    }

    /// SIGTERM and its end.
    func stop() async throws {
        guard let id = process.withLock({ process in defer { process = nil }; return process }) else { return }
        kill(id, SIGTERM)
        guard try await end(of: id, seconds: 20) == 0 else { throw KitFailure("the hub did not end well:\n\(log.suffix(2_000))") }
    }

    /// Stops it in the middle of whatever it does; its broker goes on.
    func pause() { if let process = processID { kill(process, SIGSTOP) } }
    func unpause() { if let process = processID { kill(process, SIGCONT) } }

    func reload() { if let process = processID { kill(process, SIGHUP) } }

    // MARK: - Its broker

    /// The managed broker's process, by its pid file.
    var brokerProcess: pid_t? {
        guard let text = try? String(contentsOfFile: data + "/broker/mosquitto.pid", encoding: .utf8),
              let process = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), process > 1,
              let line = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8), line.contains(data) else { return nil }
        return process
    }

    func endBroker(_ signal: Int32 = SIGTERM) {
        guard !external, let process = brokerProcess else { return }
        kill(process, signal)
        for _ in 0..<500 {
            guard brokerProcess != nil else { return }
            usleep(10_000)
        }
        kill(process, SIGKILL)
    }

    /// Password of an account of the managed broker.
    func password(_ account: String) throws -> String {
        let text = try String(contentsOfFile: data + "/broker/credentials", encoding: .utf8)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(account + ":") }) else { throw KitFailure("no account \(account)") }
        return String(line.dropFirst(account.count + 1))
    }

    /// Publishes with `mosquitto_pub`, and waits for the broker's answer.
    func publish(_ account: String, _ topic: String, _ payload: String, qos: Int = 1, isRetained: Bool = false) async throws {
        let (status, output) = try await run(
            "mosquitto_pub",
            ["-V", "5", "-h", "127.0.0.1", "-p", String(brokerPort), "-u", account, "-P", try password(account), "-q", String(qos), "-t", topic, "-m", payload]
                + (isRetained ? ["-r"] : []))
        guard status == 0 else { throw KitFailure("mosquitto_pub: \(status ?? -1) \(String(decoding: output, as: UTF8.self))") }
    }

    func subscriber() throws -> MosquittoSubscriber {
        try MosquittoSubscriber(port: brokerPort, user: "care", password: try password("care"), topic: "care/upstream/incidents", log: folder + "/sub.log")
    }

    // MARK: - Its API

    var token: String {
        ((try? String(contentsOfFile: data + "/token", encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A connection of the caller's own.
    func line() -> HTTPLine { HTTPLine(port: httpPort, token: token) }

    func consumer(_ queue: String = "station", confirmers: Int = 4) -> Consumer {
        Consumer(port: httpPort, token: token, queue: queue, confirmers: confirmers)
    }

    /// Every incident that the hub lists, in its newest revision.
    func incidents() throws -> [IncidentView] {
        let answer = try line().get("/api/v1/incidents?limit=500&state=open,acknowledged,contacted,on_site,resolved")
        guard answer.status == 200 else { throw KitFailure(answer.text) }
        return try RawJSON.objects(of: "incidents", in: answer.body).map { try IncidentView($0) }
    }

    /// Runs a command of the same program with the same folders.
    func command(_ arguments: [String], environment extra: [String: String] = [:]) async throws -> (status: Int32?, output: [UInt8]) {
        try await run(HubProcess.program, arguments, environment: environment.merging(extra) { $1 }, seconds: 120)
    }
}
