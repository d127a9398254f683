import CareModel
import Foundation

/// The files of one data folder, and the lock that keeps a second process out of it.
///
/// `vigil.sqlite` (with `-wal` and `-shm`), `vigil.lock`, `epoch`, `high-water`, `check-needed`, `ballast`.
final class DataFolder: Sendable {
    let path: String
    private let lock: Int32

    var database: String { path + "/vigil.sqlite" }
    var epochFile: String { path + "/epoch" }
    var highWaterFile: String { path + "/high-water" }
    var checkNeededFile: String { path + "/check-needed" }
    var ballastFile: String { path + "/ballast" }

    /// Makes the folder where it is absent, mode 0700, and takes its lock until `deinit`.
    init(_ path: String) throws(LedgerFailure) {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .ofSystem("cannot make", path) }
        let file = path + "/vigil.lock"
        let lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .ofSystem("cannot open", file) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let pid = DataFolder.pid(in: lock)
            let failure = LedgerFailure.ofSystem("cannot lock", file)
            close(lock)
            throw isHeld ? LedgerFailure(.inUse(pid: pid), failure.detail) : failure
        }
        let text = "\(getpid())\n"
        _ = ftruncate(lock, 0)
        // A full disk may leave the file empty: the lock holds all the same, only the number is then unknown.
        _ = text.withCString { pwrite(lock, $0, text.utf8.count, 0) }
        self.lock = lock
    }

    deinit { close(lock) }

    /// Lets another process in; only after every connection is closed.
    func release() { flock(lock, LOCK_UN) }

    private static func pid(in lock: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(lock, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count], as: UTF8.self).prefix { $0.isNumber })
    }

    func exists(_ file: String) -> Bool { access(file, F_OK) == 0 }

    /// Bytes of a file, 0 when it is absent.
    func size(_ file: String) -> Int64 {
        var status = stat()
        return stat(file, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Bytes that this process may still write on the folder's file system; nil when it does not say.
    var freeBytes: Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int64(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
    }

    /// Writes a small file whole, synced, by renaming.
    func replace(_ file: String, with text: String) throws(LedgerFailure) {
        let new = file + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .ofSystem("cannot write", new) }
        let count = text.withCString { write(descriptor, $0, text.utf8.count) }
        guard count == text.utf8.count, fsync(descriptor) == 0 else {
            let failure = LedgerFailure.ofSystem("cannot write", new)
            close(descriptor)
            unlink(new)
            throw failure
        }
        close(descriptor)
        guard rename(new, file) == 0 else { throw .ofSystem("cannot rename", new) }
        syncFolder()
    }

    func text(of file: String) -> String? {
        guard let data = FileManager.default.contents(atPath: file), data.count <= 4_096 else { return nil }
        return String(data: data, encoding: .utf8)
    }

    /// Makes a rename or a removal in the folder survive a power cut.
    func syncFolder() {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// First words of `check-needed` when the database is to be set aside whatever SQLite finds.
    static let condemned = "condemned: "

    /// Has the next opening look at the whole file after damage was met.
    func note(_ failure: LedgerFailure) {
        guard failure.kind == .damaged, !exists(checkNeededFile) else { return }
        // Where even this cannot be written, the next opening still looks at all tables but the journal.
        try? replace(checkNeededFile, with: failure.detail.prefix(1_000) + "\n")
    }

    /// Removes the oldest databases that were set aside: their names begin with the time.
    func forgetSetAside(keeping count: Int) {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter { $0.hasPrefix("vigil.sqlite.damaged-") }
        let whole = names.filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
        for name in whole.dropLast(count) {
            for suffix in ["", "-wal", "-shm"] { unlink(path + "/" + name + suffix) }
        }
    }

    /// Makes the ballast of `bytes` where it is missing and there is room for it four times over.
    ///
    /// - Returns: whether it is there.
    func layBallast(_ bytes: Int64) -> Bool {
        guard bytes > 0, size(ballastFile) < bytes else { return true }
        guard let free = freeBytes, free >= bytes * 4 else { return false }
        let descriptor = open(ballastFile, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let result = posix_fallocate(descriptor, 0, off_t(bytes))
        close(descriptor)
        if result != 0 { unlink(ballastFile) }
        return result == 0
    }
}
