import CareModel
import Detection
import Foundation

/// UCI 427: each session of a chest tag as messages of a reader; exits are matched one to one within ±5 s.
enum BedRow {
    /// A session's samples: seconds, g front, vertical and lateral, antenna, dBm, label (1 sits on the bed, 2 chair, 3 lies, 4 walks).
    private struct Session {
        var name: String
        var samples: [(second: Double, axes: [Double], antenna: Int, strength: Double, label: Int)] = []
        /// The first sample off the bed after one on it.
        var exits: [Double] {
            zip(samples, samples.dropFirst()).filter { [1, 3].contains($0.label) && [2, 4].contains($1.label) }.map(\.1.second)
        }
    }

    static func run(_ folders: Folders) throws -> [Row] {
        let sessions = try folders.files("uci427").flatMap { try read(Table(folders.data.appending(path: "uci427/" + $0))) }
        guard !sessions.isEmpty else { return [] }
        let plain = try tally(sessions, folders, seed: nil), exits = plain.reduce(0) { $0 + $1.exits }, told = plain.reduce(0) { $0 + $1.told }
        let (recall, precision) = shares(plain), (simpleRecall, simplePrecision) = shares(anchor(sessions))
        // One exit more or less is a point, so several draws are averaged.
        let faulty = try (0..<draws).map { shares(try tally(sessions, folders, seed: UInt64(427 + $0))) }
        let change = 100 * max(
            abs(faulty.reduce(0) { $0 + $1.recall } / Double(draws) - recall), abs(faulty.reduce(0) { $0 + $1.precision } / Double(draws) - precision))
        return [
            Row(data: "UCI 427", measure: "bed exits, recall", value: recall, anchor: String(format: "%.3f (published > 0.93)", simpleRecall), reach: "0.95", isReached: recall >= 0.95,
                note: "n \(exits) exits of \(sessions.count) sessions; told \(BedRow.delay(plain)) s after", parts: plain.map { ($0.name, Double($0.found), Double($0.exits)) }),
            Row(data: "UCI 427", measure: "bed exits, precision", value: precision, anchor: String(format: "%.3f (published > 0.78)", simplePrecision), reach: "0.85", isReached: precision >= 0.85,
                note: "n \(told) told", parts: plain.map { ($0.name, Double($0.found), Double($0.told)) }),
            Row(data: "UCI 427", measure: "5 % loss, doubled and sentinel samples: greater change of the two, points", value: change, decimals: 1, anchor: "–", reach: "2", isReached: change <= 2, note: "mean of \(draws) draws"),
        ]
    }

    private static let draws = 8

    private static func shares(_ tallies: [Tally]) -> (recall: Double, precision: Double) {
        let found = Double(tallies.reduce(0) { $0 + $1.found })
        return (found / Double(max(1, tallies.reduce(0) { $0 + $1.exits })), found / Double(max(1, tallies.reduce(0) { $0 + $1.told })))
    }

    private struct Tally {
        var name: String
        var found = 0, exits = 0, told = 0
        var delays: [Double] = []
    }

    private static func delay(_ tallies: [Tally]) -> String {
        let all = tallies.flatMap(\.delays).sorted()
        return all.isEmpty ? "–" : String(format: "%.0f to %.0f", all[0], all[all.count - 1])
    }

    private static func read(_ table: Table) throws -> [Session] {
        let columns = try ["session", "t_s", "front_g", "vertical_g", "lateral_g", "antenna", "rssi", "label"].map(table.column)
        var sessions: [Session] = []
        for row in table.rows {
            let cells = columns.map { String(row[$0]) }, numbers = cells.dropFirst().map { Double($0) ?? 0 }
            if sessions.last?.name != cells[0] { sessions.append(Session(name: cells[0])) }
            sessions[sessions.count - 1].samples.append((numbers[0], Array(numbers[1...3]), Int(numbers[4]), numbers[5], Int(numbers[6])))
        }
        return sessions
    }

    /// - Parameter seed: of the faults; nil = none.
    private static func tally(_ sessions: [Session], _ folders: Folders, seed: UInt64?) throws -> [Tally] {
        let traits = [ProfileTraits(profile: "tag", outputs: [.init(kind: .waveform, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1)], supervisionSeconds: nil)]
        let start = Instant(microseconds: 1_700_000_000_000_000)
        let isFaulty = seed != nil
        var state = seed ?? 0
        func chance(_ part: Double) -> Bool {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53) < part
        }
        return try sessions.map { session in
            var rig = try Rig(rules: folders.rules, household: people(["r"]) { _ in [("topic:t", "tag", false, "")] }, traits: traits, start: start)
            var told: [(exit: Double, at: Double)] = []
            func note(_ found: [Finding]) {
                for one in found where one.kind == "behaviour.bed_exit" && one.change == .raised {
                    let at = Double((one.detectedAt - start).microseconds) / 1_000_000
                    // The text says how long ago it was.
                    told.append((at - (one.text.en.split(separator: " ").compactMap { Double($0) }.first ?? 0), at))
                }
            }
            for sample in session.samples {
                if isFaulty, chance(0.05) { continue }
                let at = start + Span(microseconds: Int64(sample.second * 1_000_000))
                let values = sample.axes.map { Int32(($0 * 10_000).rounded()) } + [Int32((sample.strength * 10_000).rounded()), Int32(sample.antenna * 10_000)]
                for _ in 0..<(isFaulty && chance(0.05) ? 2 : 1) {
                    note(rig.see(rig.reading("topic:t", .waveform, .waveform(samples: values, factorMillionths: 100, rateMillihertz: 0, signal: "bed_tag"), at, quality: .rateUnknown)))
                }
                if isFaulty, chance(0.02) {
                    note(rig.see(rig.reading("topic:t", .waveform, .waveform(samples: [0, 0, 0, 0, 0], factorMillionths: 100, rateMillihertz: 0, signal: "bed_tag"), at, quality: .sentinel)))
                }
            }
            note(rig.wait(start + Span(microseconds: Int64((session.samples.last?.second ?? 0) * 1_000_000)) + .seconds(60)))
            return match(session, told)
        }
    }

    /// What the simple model finds in the same sessions, without faults.
    private static func anchor(_ sessions: [Session]) -> [Tally] {
        let found = SimpleBed.exits(sessions.map { session in
            session.samples.map { SimpleBed.Sample(second: $0.second, values: [$0.axes[0], $0.axes[1], abs($0.axes[2]), $0.strength], antenna: $0.antenna, label: $0.label) }
        })
        return zip(sessions, found).map { session, seconds in match(session, seconds.map { ($0, $0) }) }
    }

    /// One to one: an exit takes the nearest told one within 5 s that none before it took.
    private static func match(_ session: Session, _ told: [(exit: Double, at: Double)]) -> Tally {
        var result = Tally(name: session.name, exits: session.exits.count, told: told.count), left = told
        for exit in session.exits {
            let near = left.indices.filter { abs(left[$0].exit - exit) <= 5 }.min { abs(left[$0].exit - exit) < abs(left[$1].exit - exit) }
            guard let near else { continue }
            result.found += 1
            result.delays.append(left[near].at - exit)
            left.remove(at: near)
        }
        return result
    }
}
