import CareModel
import Detection
import Foundation

/// SisFall: each trial as windows of one second of a worn sensor, with a pause between trials.
enum FallRow {
    struct Tally {
        var right = 0, all = 0
        mutating func count(_ isRight: Bool) { right += isRight ? 1 : 0; all += 1 }
        var part: Double { all == 0 ? 0 : Double(right) / Double(all) }
    }

    static func run(_ folders: Folders) throws -> [Row] {
        let files = folders.files("sisfall")
        guard !files.isEmpty else { return [] }
        let traits = [ProfileTraits(profile: "sensor", outputs: [.init(kind: .waveform, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1)], supervisionSeconds: nil)]
        let start = Instant(microseconds: 1_700_000_000_000_000)
        /// What the simple rule makes of the same trials: falls found, and adults and elderly left alone.
        var simple = (falls: Tally(), adults: Tally(), elderly: Tally())
        var falls: [String: Tally] = [:], adults = Tally(), elderly = Tally(), decided = 0, suspected = 0
        var wrong: [String: Int] = [:]
        /// By what is measured ("falls", "SA", "SE"), then by subject.
        var bySubject: [String: [String: Tally]] = [:]
        for file in files {
            let subject = String(file.prefix(4)), table = try Table(folders.data.appending(path: "sisfall/" + file))
            var rig = try Rig(rules: folders.rules, household: people([subject]) { _ in [("topic:w", "sensor", false, "")] }, traits: traits, start: start)
            var at = start, first = 0
            while first < table.rows.count {
                let key = (table.rows[first][0], table.rows[first][1])
                var end = first
                while end < table.rows.count, table.rows[end][0] == key.0, table.rows[end][1] == key.1 { end += 1 }
                at = at + .seconds(600)
                var found = rig.wait(at)
                found.removeAll()
                var i = first
                while i < end {
                    let stop = min(end, i + 50)
                    var samples: [Int32] = []
                    for row in table.rows[i..<stop] { samples += [Int32(row[3]) ?? 0, Int32(row[4]) ?? 0, Int32(row[5]) ?? 0] }
                    at = at + .milliseconds((stop - i) * 20)
                    found += rig.see(rig.reading("topic:w", .waveform, .waveform(samples: samples, factorMillionths: 1_000_000, rateMillihertz: 50_000, signal: "acceleration_mg"), at))
                    i = stop
                }
                let done = at
                found += rig.wait(at + .seconds(60))
                let isFound = found.contains { $0.kind == "safety.fall" && $0.change == .raised }
                if isFound {
                    suspected += 1
                    if found.contains(where: { $0.change == .updated && $0.detectedAt - done <= .seconds(45) }) { decided += 1 }
                }
                let isSimple = SimpleFall.isFall(table.rows[first..<end].map { row in row[3...5].map { Double($0) ?? 0 } })
                switch (key.0.hasPrefix("F"), subject.hasPrefix("SA")) {
                case (true, _): simple.falls.count(isSimple)
                case (false, true): simple.adults.count(!isSimple)
                case (false, false): simple.elderly.count(!isSimple)
                }
                let activity = String(key.0), group = activity.hasPrefix("F") ? "falls" : String(subject.prefix(2))
                bySubject[group, default: [:]][subject, default: Tally()].right += isFound == (group == "falls") ? 1 : 0
                bySubject[group]?[subject]?.all += 1
                if activity.hasPrefix("F") { falls[activity, default: Tally()].right += isFound ? 1 : 0; falls[activity]?.all += 1 } else {
                    if isFound { wrong[(subject.hasPrefix("SA") ? "SA" : "SE") + activity, default: 0] += 1 }
                    if subject.hasPrefix("SA") { adults.right += isFound ? 0 : 1; adults.all += 1 } else { elderly.right += isFound ? 0 : 1; elderly.all += 1 }
                }
                first = end
            }
        }
        let all = Tally(right: falls.values.reduce(0) { $0 + $1.right }, all: falls.values.reduce(0) { $0 + $1.all })
        let worst = falls.min { ($0.value.part, $0.key) < ($1.value.part, $1.key) }
        let errors = wrong.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        func parts(_ group: String) -> [(name: String, sum: Double, count: Double)] {
            (bySubject[group] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, Double($0.value.right), Double($0.value.all)) }
        }
        return [
            Row(data: "SisFall", measure: "sensitivity", value: all.part, decimals: 4, anchor: String(format: "%.4f", simple.falls.part), reach: "0.985", isReached: all.part >= 0.985, note: "n \(all.all)", parts: parts("falls")),
            Row(data: "SisFall", measure: "worst fall type", value: worst?.value.part ?? 0, anchor: "–", reach: "0.90", isReached: (worst?.value.part ?? 0) >= 0.9, note: worst?.key ?? ""),
            Row(data: "SisFall", measure: "specificity, adults", value: adults.part, decimals: 4, anchor: String(format: "%.4f", simple.adults.part), reach: "0.99", isReached: adults.part >= 0.99, note: "n \(adults.all)", parts: parts("SA")),
            Row(data: "SisFall", measure: "specificity, 60 and over", value: elderly.part, decimals: 4, anchor: String(format: "%.4f", simple.elderly.part), reach: "0.998", isReached: elderly.part >= 0.998, note: "n \(elderly.all); wrong on \(errors)", parts: parts("SE")),
            Row(data: "SisFall", measure: "decided within 45 s of a suspicion", value: suspected == 0 ? 0 : Double(decided) / Double(suspected), anchor: "–", reach: "1", isReached: decided == suspected),
        ]
    }
}
