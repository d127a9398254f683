import Foundation
import Glibc

/// What a kit of a test could not do.
public struct KitFailure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Whether the long forms are asked for.
public let isFull = ProcessInfo.processInfo.environment["VIGIL_TEST_FULL"] == "1"

/// Starts a program. Not Foundation's Process: what that starts from a test's thread has every signal blocked, and a
/// mosquitto like that never ends.
///
/// - Parameters:
///   - environment: members that replace or extend our own.
///   - output: a file that standard output and error are appended to, or a descriptor for standard output.
///   - leadsGroup: whether it heads a process group of its own, so that its children can be ended with it.
public func spawn(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], output: String = "/dev/null", outputDescriptor: Int32? = nil,
    leadsGroup: Bool = false
) throws -> pid_t {
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
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | (leadsGroup ? Int16(POSIX_SPAWN_SETPGROUP) : 0))
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
public func end(of process: pid_t, seconds: Double) async throws -> Int32? {
    var status: Int32 = 0
    let deadline = ContinuousClock.now + .seconds(seconds)
    while waitpid(process, &status, WNOHANG) != process {
        guard ContinuousClock.now < deadline else {
            kill(process, SIGKILL)
            waitpid(process, &status, 0)
            return nil
        }
        try await Task.sleep(for: .milliseconds(5))
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
}

/// Ends a group that `spawn` started with `leadsGroup`, at once, and waits until its head is gone.
public func killGroup(_ process: pid_t) {
    kill(-process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
}
