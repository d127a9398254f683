import Foundation
import Glibc
// Every file of these tests uses it.
@_exported import TestSupport

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

func canConnect(_ port: UInt16) -> Bool {
    guard let descriptor = dial(port) else { return false }
    close(descriptor)
    return true
}
