import Foundation
import Glibc

/// Three nodes of Debian's rabbitmq-server as one cluster of a test's own: own folder, own ports on 127.0.0.1, own port mapper.
final class RabbitCluster: @unchecked Sendable {  // because a test alone drives it, one call after the other
    static let size = 3

    let folder: String
    let ports: [UInt16]
    private let mapperPort: UInt16
    private let distributionPorts: [UInt16]
    private let programs: String
    private var mapper: pid_t?
    private var nodes: [pid_t?] = Array(repeating: nil, count: size)

    var passwordFile: String { folder + "/password" }

    init() async throws {
        let lib = "/usr/lib/rabbitmq/lib"
        guard let version = try? FileManager.default.contentsOfDirectory(atPath: lib).first(where: { $0.hasPrefix("rabbitmq_server-") }) else {
            throw KitFailure("rabbitmq-server is not installed: scripts/setup build test")
        }
        programs = "\(lib)/\(version)/sbin"
        folder = NSTemporaryDirectory() + "vigil-cluster-\(UUID().uuidString.prefix(8))"
        var all: Set<UInt16> = []
        while all.count < 2 * RabbitCluster.size + 1 { all.insert(freePort()) }
        let chosen = Array(all)
        (ports, distributionPorts, mapperPort) = (Array(chosen[0..<3]), Array(chosen[3..<6]), chosen[6])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "[].\n".write(toFile: folder + "/plugins", atomically: true, encoding: .utf8)
        try "guest\n".write(toFile: passwordFile, atomically: true, encoding: .utf8)
        for node in 0..<RabbitCluster.size {
            for part in ["mnesia", "log"] { try FileManager.default.createDirectory(atPath: "\(folder)/\(node)/\(part)", withIntermediateDirectories: true) }
            var lines = ["listeners.tcp.default = 127.0.0.1:\(ports[node])", "log.console = false", "log.file.level = warning"]
            if node > 0 {
                lines += [
                    "cluster_formation.peer_discovery_backend = classic_config", "cluster_formation.classic_config.nodes.1 = \(name(0))",
                    "cluster_formation.classic_config.nodes.2 = \(name(node))",
                ]
            }
            try lines.joined(separator: "\n").appending("\n").write(toFile: "\(folder)/\(node)/rabbitmq.conf", atomically: true, encoding: .utf8)
        }
        mapper = try spawn("setsid", ["epmd", "-port", "\(mapperPort)", "-address", "127.0.0.1"])
        for node in 0..<RabbitCluster.size { try await start(node) }
        let (status, output) = try await run(programs + "/rabbitmqctl", ["await_online_nodes", "\(RabbitCluster.size)", "-t", "60"], environment: environment(0), seconds: 90)
        guard status == 0 else { throw KitFailure("the nodes found no cluster: \(String(decoding: output, as: UTF8.self))") }
    }

    deinit {
        for process in nodes.compactMap({ $0 }) + [mapper].compactMap({ $0 }) { RabbitCluster.endGroup(process) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// kill -9, of everything that belongs to the node.
    func kill(_ node: Int) {
        if let process = nodes[node] { RabbitCluster.endGroup(process) }
        nodes[node] = nil
    }

    private func name(_ node: Int) -> String { "vigil\(node + 1)@localhost" }

    private func environment(_ node: Int) -> [String: String] {
        [
            // One home: the nodes know each other by the cookie in it.
            "HOME": folder, "RABBITMQ_NODENAME": name(node), "RABBITMQ_MNESIA_BASE": "\(folder)/\(node)/mnesia", "RABBITMQ_LOG_BASE": "\(folder)/\(node)/log",
            "RABBITMQ_CONFIG_FILE": "\(folder)/\(node)/rabbitmq", "RABBITMQ_ENABLED_PLUGINS_FILE": folder + "/plugins", "RABBITMQ_PID_FILE": "\(folder)/\(node)/pid",
            "ERL_EPMD_PORT": "\(mapperPort)", "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_DIST_PORT": "\(distributionPorts[node])",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        ]
    }

    private func start(_ node: Int) async throws {
        // A group of its own, so that the node's helpers end with it.
        nodes[node] = try spawn("setsid", [programs + "/rabbitmq-server"], environment: environment(node), output: "\(folder)/\(node)/out")
        let isUp = try await eventually(seconds: 90, every: .milliseconds(100)) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            return withLoopback(ports[node]) { connect(descriptor, $0, $1) } == 0
        }
        guard isUp else { throw KitFailure("node \(node + 1) did not start: \(((try? String(contentsOfFile: "\(folder)/\(node)/out", encoding: .utf8)) ?? "").suffix(2_000))") }
    }

    private static func endGroup(_ process: pid_t) {
        Glibc.kill(-process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}
