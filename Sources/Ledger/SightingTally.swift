import CareModel
import Foundation
import GRDB

/// The sightings of one turn, gathered by sender, so that a flood from an unknown device costs one row.
struct SightingTally {
    private struct Group {
        var last: Sighting
        var count = 0
        var payloads: [[UInt8]] = []
    }

    private var groups: [Group] = []
    private var indexBySource: [String: Int] = [:]

    mutating func add(_ sighting: Sighting) {
        let source = sighting.device?.text ?? "topic:" + sighting.topic
        let index = indexBySource[source] ?? groups.count
        if index == groups.count {
            groups.append(Group(last: sighting))
            indexBySource[source] = index
        }
        groups[index].last = sighting
        groups[index].count += 1
        groups[index].payloads.append(Array(sighting.payload.prefix(LedgerLimits.quarantinePayloadBytesMax)))
        if groups[index].payloads.count > LedgerLimits.quarantinePayloadsMax { groups[index].payloads.removeFirst() }
    }

    func write(_ db: Database, at: WallTime) throws {
        guard !groups.isEmpty else { return }
        for group in groups {
            let s = group.last
            let source = s.device?.text ?? "topic:" + s.topic
            let stored = try Data.fetchOne(db.cachedStatement(sql: "SELECT payloads FROM quarantine WHERE source = ?"), arguments: [source])
            var payloads = stored.map { SightingTally.payloads(Array($0)) } ?? []
            payloads = Array((payloads + group.payloads).suffix(LedgerLimits.quarantinePayloadsMax))
            var writer = ByteWriter()
            writer.list(payloads) { $0.blob($1) }
            try db.run(
                """
                INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (source) DO UPDATE SET why = excluded.why, topic = excluded.topic, candidates = excluded.candidates,
                    count = count + excluded.count, last_at = excluded.last_at, payloads = excluded.payloads
                """,
                [
                    .text(source), .number(s.why.rawValue), .text(s.topic), .optional(s.device?.text), .text(s.candidates.joined(separator: "\n")),
                    .number(group.count), .integer(at.microseconds), .integer(at.microseconds), .blob(writer.bytes),
                ])
        }
        let excess = (try Int.fetchOne(db, sql: "SELECT count(*) FROM quarantine") ?? 0) - LedgerLimits.quarantineRowsMax
        guard excess > 0 else { return }
        try db.run("DELETE FROM quarantine WHERE source IN (SELECT source FROM quarantine ORDER BY last_at, source LIMIT ?)", [.number(excess)])
        try db.run("INSERT INTO meta VALUES ('quarantine_evicted', ?) ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + excluded.value", [.number(excess)])
    }

    /// Payloads of a stored row; what cannot be read is left out.
    static func payloads(_ bytes: [UInt8]) -> [[UInt8]] {
        var reader = ByteReader(bytes)
        return (try? reader.list { (r: inout ByteReader) throws(BinaryFailure) -> [UInt8] in try r.blob() }) ?? []
    }
}
