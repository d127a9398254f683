import Foundation
import Glibc

/// A small file of the data folder that is replaced as a whole, synced, by one process at a time.
struct SyncedFile {
    let folder: String
    let name: String
    /// What it holds, for the message when it can't be had: "the accounts".
    let what: String

    var path: String { folder + "/" + name }
    var exists: Bool { access(path, F_OK) == 0 }

    /// Does something while no other process has the file's lock.
    func locked<T>(_ body: () throws -> T) throws -> T {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw failure("locked") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw failure("locked") }
        return try body()
    }

    /// Written beside it, synced, and put in its place: a power cut leaves the old file or the new one.
    func replace(with bytes: [UInt8]) throws {
        let fresh = path + ".new"
        let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("written") }
        defer { close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("written") }
            written += count
        }
        guard fsync(file) == 0, rename(fresh, path) == 0 else { throw failure("written") }
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("synced") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("synced") }
    }

    private func failure(_ verb: String) -> Gateway.StartFailure {
        Gateway.StartFailure(description: "\(what) in \(path) can't be \(verb): \(String(cString: strerror(errno)))")
    }
}
