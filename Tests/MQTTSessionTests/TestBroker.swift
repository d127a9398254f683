import Foundation
import Glibc

/// A mosquitto of a test's own: folder in the temporary directory, free port of 127.0.0.1, killed with the object.
final class TestBroker {
    let folder: String
    let port: UInt16
    private let text: String
    private(set) var process: pid_t?

    /// - Parameter extra: lines for mosquitto.conf after the listener's; `FOLDER` stands for the folder.
    init(_ extra: String = "allow_anonymous true", start: Bool = true, prepare: (String) throws -> Void = { _ in }) throws {
        folder = NSTemporaryDirectory() + "vigil-mqtt-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        port = freePort()
        text = """
            user \(NSUserName())
            persistence true
            persistence_location \(folder)/
            max_queued_messages 100000
            max_inflight_messages 1024
            queue_qos0_messages true
            upgrade_outgoing_qos true
            listener \(port) 127.0.0.1
            \(extra.replacingOccurrences(of: "FOLDER", with: folder))
            """
        try prepare(folder)
        try text.write(toFile: folder + "/m.conf", atomically: true, encoding: .utf8)
        if start { try self.start() }
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func start() throws {
        let log = folder + "/log"
        process = try spawn("/usr/sbin/mosquitto", ["-c", folder + "/m.conf"], output: log)
        guard eventually(seconds: 10, { canConnect(self.port) }) else {
            throw TestFailure("mosquitto didn't start: " + ((try? String(contentsOfFile: log, encoding: .utf8)) ?? ""))
        }
    }

    /// Like `kill -9`.
    func kill() { end(with: SIGKILL) }

    /// Like an ordinary end: it saves its database.
    func end() { end(with: SIGTERM) }

    private func end(with signal: Int32) {
        guard let process else { return }
        Glibc.kill(process, signal)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        self.process = nil
    }

    /// Runs mosquitto_pub; returns its exit status.
    @discardableResult
    func publish(_ arguments: String...) throws -> Int32 {
        try run("/usr/bin/mosquitto_pub", ["-h", "127.0.0.1", "-p", String(port)] + arguments)
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Starts a program with its output in a file. Not Foundation's Process: what it starts from a test's thread has every
/// signal blocked, and a mosquitto like that never ends.
func spawn(_ program: String, _ arguments: [String], output: String = "/dev/null") throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    argv.append(nil)
    defer { for argument in argv { free(argument) } }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var process: pid_t = 0
    let code = posix_spawn(&process, program, &actions, &attributes, argv, environ)
    guard code == 0 else { throw TestFailure("\(program): error \(code)") }
    return process
}

@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> Int32 {
    let process = try spawn(program, arguments)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status >> 8 & 0xFF
}

/// Looks at `condition` every 10 ms until it holds.
func eventually(seconds: Double, _ condition: () -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if condition() { return true }
        usleep(10_000)
    }
    return condition()
}

private func withLoopback<T>(_ port: UInt16, _ body: (Int32, UnsafeMutablePointer<sockaddr>, socklen_t) -> T) -> T {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

func canConnect(_ port: UInt16) -> Bool { withLoopback(port) { connect($0, $1, $2) == 0 } }

/// A port that was free a moment ago, below the range from which the kernel takes ports for outgoing connections.
func freePort() -> UInt16 {
    while true {
        let port = UInt16.random(in: 10_000...30_000)
        if withLoopback(port, { bind($0, $1, $2) == 0 }) { return port }
    }
}
