import Foundation
import Glibc

/// A wall clock for one process that a test steps while it runs, by libfaketime (Debian: `faketime`). The clocks of the
/// time since boot go on as they are, as they do when a person or NTP sets a machine's clock.
final class SteppedClock: Sendable {
    private let file: String

    init() throws {
        file = NSTemporaryDirectory() + "vigil-clock-" + UUID().uuidString.prefix(8)
        try step(seconds: 0)
    }

    deinit { unlink(file) }

    /// For the process whose clock it is.
    func environment() throws -> [String: String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob("/usr/lib/*/faketime/libfaketimeMT.so.1", 0, nil, &found) == 0, let path = found.gl_pathv[0] else {
            throw KitFailure("libfaketime is not installed: scripts/setup test")
        }
        return [
            "LD_PRELOAD": String(cString: path), "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
    }

    /// Sets the clock so many seconds off the machine's, at once.
    func step(seconds: Int) throws {
        try "\(seconds < 0 ? "" : "+")\(seconds)\n".write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// Removes what libfaketime leaves of a process that has ended.
    func clear(after process: pid_t?) {
        guard let process else { return }
        for name in ["faketime_shm_\(process)", "sem.faketime_sem_\(process)"] { unlink("/dev/shm/" + name) }
    }
}
