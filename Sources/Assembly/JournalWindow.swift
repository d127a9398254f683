import CareModel
import Decoding
import GatewayCore
import Ledger

/// A stretch of the journal, decoded anew for people who look at it. Bounded: what is over the bound is left out at its old end, and it says so.
struct JournalWindow {
    /// Records that one question may cost; at 20 µs each some two seconds.
    static let recordsMax: UInt64 = 100_000

    private let vault: Vault
    private let picture: Board.Picture

    init(vault: Vault, picture: Board.Picture) { (self.vault, self.picture) = (vault, picture) }

    /// The registry in force, with the adoptions.
    static func registry(_ picture: Board.Picture) -> Registry? {
        guard let configuration = picture.configuration else { return nil }
        return picture.adopted.isEmpty ? configuration.registry : Registry(book: configuration.profiles, household: picture.household)
    }

    /// Gives every record of the period with its wall time.
    ///
    /// Until the first record that tells the clock, today's offset counts.
    /// - Returns: whether older records of the period were left out.
    @discardableResult
    func walk(_ period: Range<WallTime>, max recordsMax: UInt64 = JournalWindow.recordsMax, _ take: (JournalRecord, HubClock) -> Void) throws -> Bool {
        let offset = picture.clock.offset
        let reader = vault.reader
        let wanted = try reader.position(before: Instant(microseconds: period.lowerBound.microseconds - offset.microseconds))
        let end = Instant(microseconds: period.upperBound.microseconds - offset.microseconds)
        let last = try reader.journalSpan()?.last ?? 0
        let through = picture.clock.wall(picture.at) <= period.upperBound ? last : min(last, try reader.position(before: end) + 4_096)
        let first = through > recordsMax ? max(wanted, through - recordsMax) : wanted
        var records = reader.records(after: first, through: through)
        var clock = picture.clock
        while let record = try records.next() {
            switch record.body {
            case .started(let start): clock = HubClock(offset: start.wall - WallTime(microseconds: record.at.microseconds), quality: start.quality)
            case .clock(let step): clock = HubClock(offset: step.offsetAfter, quality: step.quality)
            default: break
            }
            let wall = clock.wall(record.at)
            if wall >= period.upperBound { break }
            if wall >= period.lowerBound { take(record, clock) }
        }
        return first > wanted
    }

    /// Gives every reading of the period.
    func readings(_ period: Range<WallTime>, _ take: (Reading, WallTime) -> Void) throws -> Bool {
        guard let registry = JournalWindow.registry(picture) else { return true }
        var decoding = Decoding(), decoded = Decoded()
        return try walk(period) { record, clock in
            guard case .message(let message) = record.body else { return }
            decoded.removeAll()
            decoding.decode(message, at: record.at, clock: clock, registry: registry, into: &decoded)
            for reading in decoded.readings { take(reading, clock.wall(record.at)) }
        }
    }
}

extension WallTime {
    static func - (a: WallTime, b: Span) -> WallTime { WallTime(microseconds: a.microseconds - b.microseconds) }
}
