import CareModel
import GatewayCore
import Ledger
import Sequencer

/// The ledger as the sequencer's store. A ledger that gave an I/O error or was damaged is closed and opened again.
struct LedgerStore: StorePort {
    private let vault: Vault
    private let options: LedgerOptions
    /// The files of a configuration, under its digest, for the turn that accepts it.
    private let files: @Sendable (ConfigurationDigest) -> [UInt8]?
    private var records: (after: UInt64, iterator: JournalRecords)?
    private var mustReopen = false
    private let fresh: FreshDeliveries
    /// How long the newest commit took.
    private(set) var commitMicroseconds: Int64 = 0

    init(vault: Vault, options: LedgerOptions, fresh: FreshDeliveries, files: @escaping @Sendable (ConfigurationDigest) -> [UInt8]?) {
        (self.vault, self.options, self.fresh, self.files) = (vault, options, fresh, files)
    }

    mutating func commit(_ turn: borrowing Turn) throws(CommitFailure) {
        var effects = turn.effects
        for entry in turn.audit { effects.append(.audit(entry)) }
        var configuration: ConfigurationRow?
        for record in turn.records {
            if case .configured(let digest) = record.body, let bytes = files(digest) {
                configuration = ConfigurationRow(digest: digest, bytes: bytes)
            }
        }
        let checkpoint = turn.checkpoint.map {
            CheckpointRow(
                position: $0.position, at: $0.at, stateVersion: UInt32(Checkpoint.formVersion), build: $0.build,
                configuration: $0.configuration, sections: $0.sectionBytes())
        }
        let row = LedgerTurn(
            records: turn.records, effects: effects, position: turn.position, at: turn.at, clock: turn.clock,
            checkpoint: checkpoint, configuration: configuration)
        let begun = HubTime.bootMicroseconds()
        defer { commitMicroseconds = HubTime.bootMicroseconds() - begun }
        do throws(LedgerFailure) {
            fresh.deliveries = try vault.ledger.commit(row) { HubTime.wallTime() }.firsts
        } catch {
            throw failure(error)
        }
    }

    mutating func probe() -> Bool {
        do throws(LedgerFailure) {
            if mustReopen { try reopen() }
            try vault.ledger.probe()
            return true
        } catch {
            _ = failure(error)
            return false
        }
    }

    mutating func recover() throws(CommitFailure) -> RecoveredState {
        do throws(LedgerFailure) {
            let found = try vault.ledger.recover()
            let usable = found.checkpoints.lazy.filter { $0.stateVersion == UInt32(Checkpoint.formVersion) }.compactMap { row -> Checkpoint? in
                try? Checkpoint(position: row.position, at: row.at, build: row.build, configuration: row.configuration, sectionBytes: row.sections)
            }.first
            records = nil
            return RecoveredState(rows: found.decided, checkpoint: usable, position: found.head.position, at: found.head.at)
        } catch {
            throw failure(error)
        }
    }

    mutating func records(after position: UInt64, limit: Int) throws(CommitFailure) -> [JournalRecord] {
        var iterator = records?.after == position ? records?.iterator : nil
        if iterator == nil { iterator = vault.ledger.reader.records(after: position) }
        guard var pages = iterator else { return [] }
        var found: [JournalRecord] = []
        do throws(LedgerFailure) {
            while found.count < limit, let record = try pages.next() { found.append(record) }
        } catch {
            throw failure(error)
        }
        records = found.last.map { ($0.position, pages) }
        return found
    }

    private mutating func failure(_ error: LedgerFailure) -> CommitFailure {
        if error.kind == .ioError || error.kind == .damaged { mustReopen = true }
        return CommitFailure(code: error.code, text: error.description)
    }

    /// Rows that can't be read although the file passed its check: the next opening sets it aside.
    mutating func condemn(_ why: String) {
        try? vault.ledger.condemn(why)
        mustReopen = true
    }

    var epoch: String { vault.ledger.epoch }

    private mutating func reopen() throws(LedgerFailure) {
        try vault.reopen(options)
        mustReopen = false
    }
}
