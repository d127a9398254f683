import CareModel
import Ledger
import Synchronization

/// The one open ledger, shared by the sequencer and by readers, replaced when it had to be opened again.
public final class Vault: Sendable {
    private let current: Mutex<Ledger>
    private let path: String

    public init(_ path: String, options: LedgerOptions) throws(LedgerFailure) {
        self.path = path
        current = Mutex(try Ledger.open(path, options: options, wall: HubTime.wallTime()))
    }

    public var ledger: Ledger { current.withLock { $0 } }
    public var reader: LedgerReader { ledger.reader }

    /// Closes the ledger and opens the file again; a damaged one is set aside by the opening.
    func reopen(_ options: LedgerOptions) throws(LedgerFailure) {
        let old = ledger
        try? old.close()
        let new = try Ledger.open(path, options: options, wall: HubTime.wallTime())
        current.withLock { $0 = new }
    }

    public func close() { try? ledger.close() }
}
