import Foundation
import Glibc
import Serving

/// The accounts in a file of their own beside the database.
///
/// Not in the ledger: a damaged database is set aside and begun anew, and that must not lock everybody out in the night it happens;
/// and an export of the journal must not carry password hashes. The file is replaced as a whole, synced, under a lock.
struct AccountFile: AccountStoring {
    static let fileName = "accounts.json"

    private struct Content: Codable {
        var version = 1
        var accounts: [Account]
    }

    let folder: String
    private var path: String { folder + "/" + AccountFile.fileName }

    init(_ folder: String) { self.folder = folder }

    var exists: Bool { access(path, F_OK) == 0 }

    /// What this build can't read is put aside under another name, so that the hub starts; the token of the data folder still opens it.
    ///
    /// - Returns: what happened, for the log; nil when all is well.
    func setAsideDamaged() -> String? {
        do {
            _ = try load()
            return nil
        } catch {
            let aside = path + ".damaged"
            guard rename(path, aside) == 0 else { return "the accounts in \(path) can't be read: \(error)" }
            return "the accounts can't be read and were put aside as \(aside); sign in with the token and make them anew: \(error)"
        }
    }

    func load() throws -> [Account] {
        guard exists else { return [] }
        return try JSONDecoder().decode(Content.self, from: Data(contentsOf: URL(fileURLWithPath: path))).accounts
    }

    func change(_ body: (inout [Account]) throws -> Void) throws -> [Account] {
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw failure("locked") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw failure("locked") }
        var accounts = try load()
        try body(&accounts)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try replace(with: Array(encoder.encode(Content(accounts: accounts))))
        return accounts
    }

    /// Written beside it, synced, and put in its place: a power cut leaves the old file or the new one.
    private func replace(with bytes: [UInt8]) throws {
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

    private func failure(_ what: String) -> Gateway.StartFailure {
        Gateway.StartFailure(description: "the accounts in \(path) can't be \(what): \(String(cString: strerror(errno)))")
    }
}
