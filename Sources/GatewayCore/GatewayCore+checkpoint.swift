import CareModel
import Decoding
import Detection
import Escalation

// MARK: - Checkpoints

extension GatewayCore {
    /// What was learned so far; decided things are not in it.
    public func checkpoint() -> Checkpoint {
        // About what a device and its home take with the shipped rules; more is taken when needed.
        let devices = household.bindings.count
        var core = ByteWriter(), dec = ByteWriter(reserving: devices * 512), det = ByteWriter(reserving: devices * 1_024)
        core.string(origin)
        core.string(build)
        core.signed(clock.offset.microseconds)
        core.byte(clock.quality.rawValue)
        core.list(adoptions) { $1.write(to: &$0) }
        decoding.write(to: &dec)
        detection.write(to: &det)
        return Checkpoint(
            position: position, at: at, build: build, configuration: effective.digest,
            sections: [
                .init(name: "core", version: GatewayCore.stateVersion, bytes: core.bytes),
                .init(name: "decoding", version: Decoding.stateVersion, bytes: dec.bytes),
                .init(name: "detection", version: Detection.stateVersion, bytes: det.bytes),
            ])
    }

    /// The core as it was: decided things from their rows, learned things from a checkpoint.
    ///
    /// Without a usable checkpoint the core is empty at position 0 and `catchUp` starts with the oldest record.
    /// - Parameters:
    ///   - rows: every decided row, in any order.
    ///   - checkpoint: nil when there is none.
    ///   - configuration: the one that was in force at the newest record.
    /// - Throws: when a decided row can't be read.
    public init(restoring rows: [DecidedRow], checkpoint: Checkpoint?, under configuration: Configuration) throws(BinaryFailure) {
        self.init(under: configuration)
        escalation = try Escalation(restoring: rows)
        if let checkpoint {
            try restore(checkpoint, under: configuration)
            escalation.schedule(at: at, context)
        }
    }

    private mutating func restore(_ checkpoint: Checkpoint, under configuration: Configuration) throws(BinaryFailure) {
        func section(_ name: String, _ version: UInt16) -> ByteReader? {
            checkpoint.sections.first { $0.name == name && $0.version == version }.map { ByteReader($0.bytes) }
        }
        position = checkpoint.position
        at = checkpoint.at
        if var r = section("core", GatewayCore.stateVersion) {
            origin = try r.string()
            build = try r.string()
            clock = HubClock(offset: Span(microseconds: try r.signed()), quality: try r.choice(ClockQuality.self))
            adoptions = try r.list { (r: inout ByteReader) throws(BinaryFailure) in try Adoption(from: &r) }
            effective = EffectiveConfiguration(configuration, adoptions: adoptions)
        }
        if var r = section("decoding", Decoding.stateVersion) { decoding = try Decoding(from: &r) }
        if let found = checkpoint.sections.first(where: { $0.name == "detection" && Detection.stateVersionsRead.contains($0.version) }) {
            var r = ByteReader(found.bytes)
            detection = try Detection(from: &r, version: found.version)
            // Deadlines have positions only once the book is known.
            detection.resume(under: effective.rules, at: at)
        }
    }

    /// Lays the adoptions that were decided over a core whose journal no longer holds their commands.
    ///
    /// - Parameter rows: decided rows; those of the table `binding` count, in the order of their numbers.
    public mutating func restoreAdoptions(_ rows: [DecidedRow], under configuration: Configuration) throws(BinaryFailure) {
        let missing = try GatewayCore.adoptions(rows).filter { !adoptions.contains($0) }
        guard !missing.isEmpty else { return }
        adoptions += missing
        adopt(configuration)
    }

    static func adoptions(_ rows: [DecidedRow]) throws(BinaryFailure) -> [Adoption] {
        var numbered: [(UInt64, Adoption)] = []
        for row in rows where row.table == "binding" {
            guard let bytes = row.bytes else { continue }
            var r = ByteReader(bytes)
            numbered.append((try r.unsigned(), try Adoption(from: &r)))
        }
        numbered.sort { $0.0 < $1.0 }
        return numbered.map(\.1)
    }
}

// MARK: - Positions

extension GatewayCore {
    /// Takes the position of a wake back that changed nothing and so is not kept. Its time stays: hub time never goes back.
    public mutating func unwind(_ record: JournalRecord) {
        guard record.position == position, case .wake = record.body else { return }
        position -= 1
    }

    /// Goes on from the newest record of the ledger where the journal before it is gone.
    public mutating func advance(toPosition newest: UInt64, at newestAt: Instant) {
        position = max(position, newest)
        at = max(at, newestAt)
        escalation.schedule(at: at, context)
    }
}
