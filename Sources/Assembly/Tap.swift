import CareModel
import Decoding
import Formats
import Foundation
import Ledger
import Simulation
import Synchronization

/// The live tap: what came in, what the profiles made of it, and which incidents it opened or changed.
///
/// It follows the journal, not the hub: nobody's reading slows a decision. What it can't hold is counted, never hidden.
final class Tap: Sendable {
    /// Messages that it holds for all who look.
    static let rowsMax = 500
    /// Messages of one answer.
    static let answerMax = 200
    /// Records behind the journal's end that it still reads; older ones are dropped.
    static let lagMax: UInt64 = 2_000
    /// Of a payload that is shown.
    static let payloadBytesMax = 8_192
    /// Incident revisions looked through for one answer.
    static let revisionsMax = 500

    /// A revision that waits for the message behind it.
    private struct Hit {
        var revision: StoredRevision
        var json: Value?
        /// Device and time of receipt of each piece of its evidence: a turn has several records, these tell which one it was.
        var evidence: Set<String>
    }

    private struct State {
        var decoding = Decoding()
        var position: UInt64?
        var cursor: Int64 = 0
        var hits: [Hit] = []
        var rows: [(position: UInt64, json: [UInt8])] = []
        /// Everything up to here is gone from `rows`.
        var gone: UInt64 = 0
    }

    private let vault: Vault
    private let board: Board
    private let state = Mutex(State())

    init(vault: Vault, board: Board) { (self.vault, self.board) = (vault, board) }

    /// - Parameter after: nil = from now on.
    func look(after: UInt64?) throws -> [UInt8] {
        try state.withLock { state in
            let dropped = try follow(&state)
            let head = state.position ?? 0
            var found = after.map { after in state.rows.filter { $0.position > after } } ?? []
            var left = after.map { $0 < state.gone ? state.gone - $0 : 0 } ?? dropped
            if after == nil { left = 0 }
            if found.count > Tap.answerMax {
                left += UInt64(found.count - Tap.answerMax)
                found.removeFirst(found.count - Tap.answerMax)
            }
            var w = JSONWriter(reserving: 4_096)
            w.beginObject()
            w.key("dropped"); w.integer(left)
            w.key("next"); w.integer(head)
            w.key("rows")
            w.beginArray()
            for row in found { w.raw(row.json) }
            w.endArray()
            w.endObject()
            return w.bytes
        }
    }

    /// Reads on to the journal's end.
    ///
    /// - Returns: how many records were passed over.
    private func follow(_ state: inout State) throws -> UInt64 {
        let reader = vault.reader, picture = board.look()
        let last = try reader.journalSpan()?.last ?? 0
        guard let before = state.position, before <= last else {
            (state.position, state.cursor, state.gone, state.rows) = (last, vault.ledger.head.cursor, last, [])
            return 0
        }
        guard last > before, let registry = JournalWindow.registry(picture) else { return 0 }
        let skipped = last - before > Tap.lagMax ? last - before - Tap.lagMax : 0
        if skipped > 0 {
            state.rows.removeAll()
            state.gone = before + skipped
        }
        try readHits(&state)
        var records = reader.records(after: before + skipped, through: last)
        var decoded = Decoded()
        while let record = try records.next() {
            state.position = record.position
            guard case .message(let message) = record.body else { continue }
            decoded.removeAll()
            state.decoding.decode(message, at: record.at, clock: picture.clock, registry: registry, into: &decoded)
            let wall = picture.clock.wall(record.at).description
            let devices = Set(decoded.readings.map { $0.device.text + " " + wall })
            let hits = state.hits.filter { !$0.evidence.isDisjoint(with: devices) }
            state.rows.append((record.position, Tap.row(record, message, decoded, hits, picture.clock)))
        }
        state.position = last
        state.hits.removeAll { $0.revision.position <= last }
        if state.rows.count > Tap.rowsMax {
            let over = state.rows.count - Tap.rowsMax
            state.gone = max(state.gone, state.rows[over - 1].position)
            state.rows.removeFirst(over)
        }
        return skipped
    }

    /// Reads the incidents that were opened or changed since.
    private func readHits(_ state: inout State) throws {
        for revision in try vault.reader.revisions(after: state.cursor, limit: Tap.revisionsMax) {
            let json = try? JSONReader.read(revision.revision.masked, limits: DeviceLog.limits)
            let evidence = (json?["evidence"]?.items ?? []).compactMap { piece -> String? in
                guard let device = piece["device"]?.text, let at = piece["received_at"]?.text else { return nil }
                return device + " " + at
            }
            state.hits.append(Hit(revision: revision, json: json, evidence: Set(evidence)))
            state.cursor = revision.cursor
        }
    }

    private static func row(_ record: JournalRecord, _ message: Message, _ decoded: Decoded, _ hits: [Hit], _ clock: HubClock) -> [UInt8] {
        var w = JSONWriter(reserving: 512)
        w.beginObject()
        w.key("at"); w.time(clock.wall(record.at))
        w.key("hits")
        w.beginArray()
        for hit in hits {
            let revision = hit.revision.revision
            w.beginObject()
            w.key("incident"); w.string(revision.incident.description)
            w.key("kind"); w.string(hit.json?["kind"]?.text)
            w.key("priority"); w.string(revision.priority.name)
            w.key("revision"); w.integer(revision.revision)
            w.key("rule"); w.string(hit.json?["rule"]?.text)
            w.endObject()
        }
        w.endArray()
        w.key("link"); w.string(message.link.name)
        let shown = Array(message.payload.prefix(payloadBytesMax))
        w.key("cut"); w.bool(shown.count < message.payload.count)
        if let text = String(validating: shown, as: UTF8.self), !shown.contains(0) {
            w.key("payload"); w.string(text)
        } else {
            w.key("payload_base64"); w.string(Data(shown).base64EncodedString())
        }
        w.key("payloadlen"); w.integer(message.payload.count)
        w.key("position"); w.integer(record.position)
        w.key("qos"); w.integer(message.qos)
        w.key("readings")
        w.beginArray()
        for reading in decoded.readings {
            w.beginObject()
            w.key("device"); w.string(reading.device.text)
            w.key("kind"); w.string(reading.kind.name)
            w.key("quality")
            w.beginArray()
            for name in reading.quality.names { w.string(name) }
            w.endArray()
            w.key("unit"); w.string(reading.kind.entry.unit)
            w.key("value")
            switch reading.value {
            case .number(let scaled): w.decimal(scaled: scaled, decimals: reading.kind.entry.decimals)
            case .flag(let on): w.bool(on)
            case .code(let text): w.string(text)
            case .waveform(let samples, _, _, let signal): w.string("\(signal) × \(samples.count)")
            }
            w.endObject()
        }
        w.endArray()
        w.key("rejected")
        w.beginArray()
        for rejection in decoded.rejections { w.string(rejection.reason.name) }
        w.endArray()
        w.key("retain"); w.bool(message.isRetained)
        w.key("topic"); w.string(message.topic)
        w.key("unknown"); w.bool(!decoded.sightings.isEmpty)
        w.endObject()
        return w.bytes
    }
}
