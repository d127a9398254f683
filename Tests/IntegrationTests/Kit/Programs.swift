import Foundation
import Glibc

/// Starts a program. Not Foundation's Process: what that starts from a test's thread has every signal blocked, and a
/// mosquitto like that never ends.
///
/// - Parameters:
///   - environment: members that replace or extend our own.
///   - output: a file that standard output and error are appended to, or a descriptor for standard output.
func spawn(_ program: String, _ arguments: [String], environment: [String: String] = [:], output: String = "/dev/null", outputDescriptor: Int32? = nil) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, outputDescriptor ?? 2, 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t(), all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
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

/// Waits for the end of a process that `spawn` started.
///
/// - Returns: its exit status; 128 + the signal that ended it; nil when it still ran after `seconds` and was killed.
@discardableResult
func end(of process: pid_t, seconds: Double) async throws -> Int32? {
    var status: Int32 = 0
    let isOver = try await eventually(seconds: seconds) { waitpid(process, &status, WNOHANG) == process }
    guard isOver else {
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        return nil
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
}

/// Runs a program to its end.
func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], seconds: Double = 60
) async throws -> (status: Int32?, output: [UInt8]) {
    let file = NSTemporaryDirectory() + "vigil-run-\(UUID().uuidString)"
    defer { unlink(file) }
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    let process = try spawn(program, arguments, environment: environment, output: file + ".err", outputDescriptor: descriptor)
    defer { unlink(file + ".err") }
    let status = try await end(of: process, seconds: seconds)
    let output = Array(FileManager.default.contents(atPath: file) ?? Data())
    if status != 0 {
        return (status, output + Array(FileManager.default.contents(atPath: file + ".err") ?? Data()))
    }
    return (status, output)
}

struct KitFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Looks at `condition` every `interval` until it holds; false when it never did.
func eventually(seconds: Double, every interval: Duration = .milliseconds(5), _ condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        try await Task.sleep(for: interval)
    }
    return try condition()
}

/// Microseconds of the clock by which the tests measure.
func microseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
}

/// Microseconds since 1970, by the machine's clock.
func wallMicroseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
}

/// A port of 127.0.0.1 that was free a moment ago, below the range from which the kernel takes ports for outgoing connections.
func freePort() -> UInt16 {
    while true {
        let port = UInt16.random(in: 10_000...30_000)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        if withLoopback(port, { bind(descriptor, $0, $1) }) == 0 { return port }
    }
}

/// Whether nothing listens on a port of 127.0.0.1 or of all addresses.
func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    // What a broker that just ended leaves in TIME_WAIT is no listener.
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    return withLoopback(port) { bind(descriptor, $0, $1) } == 0
}

func withLoopback<T>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

/// Whether the long forms are asked for.
let isFull = ProcessInfo.processInfo.environment["VIGIL_TEST_FULL"] == "1"

/// A measured figure, in the form that scripts look for.
func figure(_ text: String) {
    FileHandle.standardOutput.write(Data("figure: \(text)\n".utf8))
}

/// "p50 3.1 ms, p99 8.0 ms, max 9.2 ms" of microseconds.
func percentiles(_ values: [Int64]) -> String {
    "p50 \(milliseconds(percentile(values, 0.5))), p99 \(milliseconds(percentile(values, 0.99))), max \(milliseconds(values.max() ?? 0))"
}

func percentile(_ values: [Int64], _ share: Double) -> Int64 {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

func milliseconds(_ microseconds: Int64) -> String { String(format: "%.1f ms", Double(microseconds) / 1_000) }
