import CareModel
import Foundation
import GRDB

/// Reads of the ledger for any thread, each as of the last commit, over read-only connections of this process.
///
/// A read blocks its thread for well under a millisecond for one incident, for some milliseconds for a full page.
/// After the ledger was closed and opened again, take the new one's reader.
public struct LedgerReader: Sendable {
    private let pool: DatabasePool
    private let folder: DataFolder

    init(_ folder: DataFolder) throws {
        self.folder = folder
        var configuration = Configuration()
        configuration.label = "ledger-reader"
        configuration.readonly = true
        configuration.maximumReaderCount = LedgerLimits.readersMax
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY") }
        pool = try DatabasePool(path: folder.database, configuration: configuration)
    }

    func close() throws { try pool.close() }

    func read<T>(_ work: (Database) throws -> T) throws(LedgerFailure) -> T {
        do {
            return try LedgerFailure.typed { try pool.read(work) }
        } catch {
            folder.note(error)
            throw error
        }
    }
}
