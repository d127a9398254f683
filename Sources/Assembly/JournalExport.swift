import CareModel
import Ledger
import Simulation

/// `vigil journal export`: every record as a line of a device log that replays to what the live run decided.
public struct JournalExport {
    /// Bytes after which a block is written.
    static let blockBytes = 65_536

    private let reader: LedgerReader

    public init(_ vault: Vault) { reader = vault.reader }

    /// - Parameters:
    ///   - after: only records behind this position.
    ///   - write: gets each line with its line feed.
    /// - Returns: how many lines there were.
    @discardableResult
    public func run(after: UInt64 = 0, _ write: ([UInt8]) async throws -> Void) async throws -> Int {
        var records = reader.records()
        var clock = HubClock()
        var count = 0
        var block: [UInt8] = []
        // What stands before is read too: it says which wall clock was in force.
        while let record = try records.next() {
            var bundle: [UInt8]?
            switch record.body {
            case .started(let start): clock = HubClock(offset: start.wall - WallTime(microseconds: record.at.microseconds), quality: start.quality)
            case .clock(let step): clock = HubClock(offset: step.offsetAfter, quality: step.quality)
            case .configured(let digest): bundle = try reader.configuration(digest)?.bytes
            default: break
            }
            guard record.position > after else { continue }
            block += DeviceLog.line(record, clock: clock, configuration: bundle)
            count += 1
            if block.count > JournalExport.blockBytes {
                try await write(block)
                block.removeAll(keepingCapacity: true)
            }
        }
        if !block.isEmpty { try await write(block) }
        return count
    }
}
