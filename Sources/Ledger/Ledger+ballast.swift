import CareModel
import Foundation
import GRDB

extension Ledger {
    /// Lays the ballast where it is missing and there is room for it four times over; then the disk counts as having enough.
    func layBallast() {
        guard folder.layBallast(options.ballastBytes) else { return }
        state.withLock { if $0.isOpen { $0.space = .enough } }
    }

    /// Makes room after a commit met a full disk: gives up the ballast, and the oldest journal rows, whose pages
    /// the next turns then reuse.
    ///
    /// - Returns: whether there is any hope in trying again.
    func releaseSpace() -> Bool {
        let hadBallast = folder.exists(folder.ballastFile) && unlink(folder.ballastFile) == 0
        if hadBallast { state.withLock { $0.space = .ballastReleased } }
        let deleted = try? write { db in
            var count = 0
            try db.inTransaction(.immediate) {
                try db.execute(sql: """
                    DELETE FROM journal WHERE first_position IN (
                        SELECT first_position FROM journal WHERE last_position <= (SELECT min(position) FROM checkpoint)
                        ORDER BY first_position LIMIT \(LedgerLimits.journalRowsPerTendMax))
                    """)
                count = db.changesCount
                return .commit
            }
            return count
        }
        return hadBallast || (deleted ?? 0) > 0
    }
}
