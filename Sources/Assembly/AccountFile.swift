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

    private let file: SyncedFile
    private var path: String { file.path }

    init(_ folder: String) { file = SyncedFile(folder: folder, name: AccountFile.fileName, what: "the accounts") }

    var exists: Bool { file.exists }

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
        try file.locked {
            var accounts = try load()
            try body(&accounts)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            try file.replace(with: Array(encoder.encode(Content(accounts: accounts))))
            return accounts
        }
    }
}
