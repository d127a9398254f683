import Foundation
import Glibc

@testable import Forwarding

/// Debian's rabbitmq-server, one node of a test's own: own folder, own ports on 127.0.0.1, own port mapper.
final class RabbitServer: @unchecked Sendable {  // because a test alone drives it, one call after the other
    let folder: String
    let port: UInt16
    private let epmdPort: UInt16, distributionPort: UInt16
    /// All that must answer before the node counts as started: it opens them one after the other.
    private let listening: [UInt16]
    private let epmd: pid_t
    private var server: pid_t?
    private let programs: String

    /// - Parameters:
    ///   - extra: further lines of rabbitmq.conf.
    ///   - alsoListening: ports that those lines open.
    init(extra: [String] = [], alsoListening: [UInt16] = []) async throws {
        let lib = "/usr/lib/rabbitmq/lib"
        guard let version = try? FileManager.default.contentsOfDirectory(atPath: lib).first(where: { $0.hasPrefix("rabbitmq_server-") }) else {
            throw KitFailure("rabbitmq-server is not installed: scripts/setup build test")
        }
        programs = "\(lib)/\(version)/sbin"
        folder = NSTemporaryDirectory() + "vigil-rabbit-\(UUID().uuidString)"
        for part in ["mnesia", "log"] { try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true) }
        let ports = freePorts(3)
        (port, epmdPort, distributionPort) = (ports[0], ports[1], ports[2])
        listening = [ports[0]] + alsoListening
        let lines = ["listeners.tcp.default = 127.0.0.1:\(port)", "log.console = false", "log.file.level = warning"] + extra
        try lines.joined(separator: "\n").appending("\n").write(toFile: folder + "/rabbitmq.conf", atomically: true, encoding: .utf8)
        try "[].\n".write(toFile: folder + "/plugins", atomically: true, encoding: .utf8)
        try "guest\n".write(toFile: folder + "/password", atomically: true, encoding: .utf8)
        epmd = try spawn("epmd", ["-port", "\(epmdPort)", "-address", "127.0.0.1"], leadsGroup: true)
        try await start()
    }

    deinit {
        if let server { killGroup(server) }
        killGroup(epmd)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private var environment: [String: String] {
        [
            "HOME": folder, "RABBITMQ_NODENAME": "vigil@localhost", "RABBITMQ_MNESIA_BASE": folder + "/mnesia", "RABBITMQ_LOG_BASE": folder + "/log",
            "RABBITMQ_CONFIG_FILE": folder + "/rabbitmq", "RABBITMQ_ENABLED_PLUGINS_FILE": folder + "/plugins", "RABBITMQ_PID_FILE": folder + "/pid",
            "ERL_EPMD_PORT": "\(epmdPort)", "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_DIST_PORT": "\(distributionPort)", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        ]
    }

    func start() async throws {
        let started = try spawn(programs + "/rabbitmq-server", [], environment: environment, output: folder + "/out", leadsGroup: true)
        server = started
        let isUp = await eventually(seconds: 60) {
            listening.allSatisfy { port in
                guard let socket = dial(port) else { return false }
                close(socket)
                return true
            }
        }
        guard isUp else {
            let text = (try? String(contentsOfFile: folder + "/out", encoding: .utf8)) ?? ""
            throw KitFailure("rabbitmq-server did not start: \(text.suffix(2_000))")
        }
    }

    /// kill -9, of everything that belongs to the node.
    func kill() {
        if let server { killGroup(server) }
        server = nil
    }

    /// - Parameter bytes: what must be free on the disk, in bytes; more than there is raises the disk alarm.
    func setDiskFreeLimit(_ limit: String) async throws {
        let status = try await runProgram(programs + "/rabbitmqctl", ["set_disk_free_limit", limit], environment: environment, output: folder + "/ctl")
        guard status == 0 else { throw KitFailure("rabbitmqctl: \((try? String(contentsOfFile: folder + "/ctl", encoding: .utf8)) ?? "")") }
    }

    /// - Parameter through: another port that leads there.
    func configuration(queue: String = "vigil.station", through: UInt16? = nil) -> RabbitMQConfiguration {
        var configuration = RabbitMQConfiguration(host: "127.0.0.1", port: Int(through ?? port), user: "guest", passwordFile: folder + "/password", queue: queue)
        configuration.heartbeatSeconds = 1
        configuration.answerSecondsMax = 10
        return configuration
    }
}
