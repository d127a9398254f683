import Foundation
import Glibc

struct KitFailure: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = text }
}

let isFull = ProcessInfo.processInfo.environment["VIGIL_TEST_FULL"] == "1"

/// Starts a program as the head of a process group of its own, so that its children can be ended with it.
///
/// - Note: not Foundation's Process: what that starts from a test's thread has every signal blocked.
func spawnGroup(_ program: String, _ arguments: [String], environment: [String: String] = [:], output: String = "/dev/null") throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t(), all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))
    var merged = ProcessInfo.processInfo.environment
    merged.merge(environment) { $1 }
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, program, &actions, &attributes, &argv, &envp)
    guard code == 0 else { throw KitFailure("\(program) can't be started: \(String(cString: strerror(code)))") }
    return process
}

/// Ends a group that `spawnGroup` started, at once, and waits until its head is gone.
func killGroup(_ process: pid_t) {
    kill(-process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
}

/// Runs a program to its end, at most `seconds`; its exit status, or nil when it had to be killed.
func runProgram(_ program: String, _ arguments: [String], environment: [String: String] = [:], output: String = "/dev/null", seconds: Double = 60) async throws -> Int32? {
    let process = try spawnGroup(program, arguments, environment: environment, output: output)
    var status: Int32 = 0
    let isOver = await eventually(seconds: seconds) { waitpid(process, &status, WNOHANG) == process }
    guard isOver else {
        killGroup(process)
        return nil
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
}

/// Ports of 127.0.0.1 that nothing listens on, below those that the kernel gives to clients.
func freePorts(_ count: Int) -> [UInt16] {
    var found: [UInt16] = []
    while found.count < count {
        let port = UInt16.random(in: 10_000...32_000)
        guard !found.contains(port) else { continue }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = loopback(port)
        let isFree = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        if isFree { found.append(port) }
    }
    return found
}

func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}

/// A connected socket to 127.0.0.1, or nil.
func dial(_ port: UInt16) -> Int32? {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port)
    let code = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard code == 0 else {
        close(socket)
        return nil
    }
    return socket
}
