import CareModel
import Detection
import Foundation

/// NAB: each of its files as one stream through the personal baseline, scored as the benchmark scores.
///
/// The benchmark's own rules: the first 15 % of a file (at most 750 rows) are for learning and not scored; the first report in
/// a window earns more the earlier it is, each report outside costs, more in the profile "low-FP"; a missed window costs 1;
/// 0 is a detector that says nothing, 100 a perfect one; one threshold for all files, the best one.
enum StreamRow {
    struct Stream {
        var name: String
        var seconds: [Int64] = []
        var values: [Double] = []
        /// First and last row of each window.
        var windows: [(first: Int, last: Int)] = []
        /// Rows that are for learning.
        var learning: Int { min(values.count * 15 / 100, 750) }
        /// For reports outside: how dear a false one is at each row, -1 … 0.
        var worth: [Double] = []
    }

    /// Thousandths of the record.
    private static let thresholds: [Int] = [1_005, 1_010, 1_015, 1_020, 1_030, 1_040, 1_050, 1_070, 1_100, 1_150, 1_200]

    static func run(_ folders: Folders) throws -> [Row] {
        guard folders.has("nab/windows.json") else { return [] }
        let decoded = try JSONSerialization.jsonObject(with: Data(contentsOf: folders.data.appending(path: "nab/windows.json")))
        let windows = decoded as? [String: [[String]]] ?? [:]
        let streams = try folders.files("nab").map { try read($0, folders, windows) }
        guard !streams.isEmpty else { return [] }
        let anchors = streams.map(SimpleStream.scores)
        let simple = [0.11, 0.22].map { cost in best(SimpleStream.thresholds(anchors).map { at in figure(streams, zip(streams, anchors).map { SimpleStream.reports($0, $1, at) }, cost) }) }
        let tries = try thresholds.map { threshold in try streams.map { try reports($0, threshold, folders) } }
        var rows: [Row] = []
        for (i, profile) in [("standard", 0.11, 60.0), ("low false positives", 0.22, 47.0)].enumerated() {
            let found = tries.map { figure(streams, $0, profile.1) }, top = best(found), at = found.firstIndex(of: top) ?? 0
            let parts = zip(streams, tries[at]).map { stream, reported in (stream.name, gain(stream, reported, profile.1) * 100, Double(stream.windows.count)) }
            rows.append(Row(
                data: "NAB", measure: "personal baseline, \(profile.0)", value: top, decimals: 1, anchor: String(format: "%.1f", simple[i]), reach: String(format: "%.0f", profile.2),
                isReached: top >= profile.2, note: "n \(streams.count) files, \(streams.reduce(0) { $0 + $1.windows.count }) windows, \(tries[at].reduce(0) { $0 + $1.count }) reports at \(Double(thresholds[at]) / 1_000) of the record",
                parts: parts))
        }
        rows.append(Row(
            data: "NAB", measure: "bytes of state a stream", value: Double(Detection.baselineBytes), decimals: 0, anchor: "–", reach: "4096", isReached: Detection.baselineBytes <= 4_096))
        return rows
    }

    private static func best(_ figures: [Double]) -> Double { figures.max() ?? 0 }

    private static func read(_ file: String, _ folders: Folders, _ windows: [String: [[String]]]) throws -> Stream {
        let table = try Table(folders.data.appending(path: "nab/" + file))
        var stream = Stream(name: file.replacingOccurrences(of: "__", with: "/"))
        let at = try table.column("timestamp"), value = try table.column("value")
        for row in table.rows {
            guard let wall = seconds(String(row[at])), let number = Double(row[value]) else { continue }
            stream.seconds.append(wall)
            stream.values.append(number)
        }
        for window in windows[stream.name] ?? [] where window.count == 2 {
            guard let from = seconds(window[0]), let to = seconds(window[1]), let first = stream.seconds.firstIndex(where: { $0 >= from }),
                  let last = stream.seconds.lastIndex(where: { $0 <= to }) else { continue }
            stream.windows.append((first, last))
        }
        stream.worth = worth(stream)
        return stream
    }

    /// Of `2014-04-10 07:15:00.000000`, without a zone.
    private static func seconds(_ text: String) -> Int64? {
        WallTime(rfc3339: text.prefix(19).replacingOccurrences(of: " ", with: "T") + "Z").map { $0.microseconds / 1_000_000 }
    }

    /// The benchmark's sigmoid: 1 well before the end of a window, 0 at its end, -1 far behind it.
    private static func worth(_ position: Double) -> Double { position > 3 ? -1 : 2 / (1 + exp(5 * position)) - 1 }

    private static func worth(_ stream: Stream) -> [Double] {
        var found = [Double](repeating: -1, count: stream.values.count), behind: (first: Int, last: Int)?
        for row in found.indices {
            if let inside = stream.windows.first(where: { ($0.first...$0.last).contains(row) }) {
                found[row] = worth(-Double(inside.last - row + 1) / Double(inside.last - inside.first + 1)) / worth(-1)
                behind = inside
            } else if let behind, behind.last > behind.first {
                found[row] = worth(Double(row - behind.last) / Double(behind.last - behind.first))
            }
        }
        return found
    }

    /// What the reports on a stream earn, over what a detector earns that says nothing; at most 2 a window.
    private static func gain(_ stream: Stream, _ reports: [Int], _ cost: Double) -> Double {
        var total = 0.0, earned = [Double?](repeating: nil, count: stream.windows.count)
        for row in reports where row >= stream.learning {
            if let i = stream.windows.firstIndex(where: { ($0.first...$0.last).contains(row) }) { earned[i] = max(earned[i] ?? -9, stream.worth[row]) } else { total += cost * stream.worth[row] }
        }
        return (total + earned.reduce(0) { $0 + ($1.map { $0 + 1 } ?? 0) }) / 2
    }

    private static func figure(_ streams: [Stream], _ reports: [[Int]], _ cost: Double) -> Double {
        let windows = streams.reduce(0) { $0 + $1.windows.count }
        return 100 * zip(streams, reports).reduce(0) { $0 + gain($1.0, $1.1, cost) } / Double(max(1, windows))
    }

    /// Rows at which a baseline by records raises, with the benchmark's time of learning and a threshold in thousandths.
    private static func reports(_ stream: Stream, _ threshold: Int, _ folders: Folders) throws -> [Int] {
        guard let began = stream.seconds.first, stream.learning < stream.seconds.count else { return [] }
        // A device gives numbers in steps of its own: a millionth of the file's largest.
        let largest = stream.values.reduce(1e-12) { max($0, abs($1)) }
        let days = max(0.1, Double(stream.seconds[stream.learning] - began) / 86_400)
        let rule = """
        rules:
          - name: stream
            form: baseline
            kind: vital.heart_rate
            priority: low
            category: medical
            incident: vital.heart_rate.unusual
            least: 0.1
            in_a_row: 1
            learn_days: \(String(format: "%.2f", days))
            record: \(Double(threshold) / 1_000)
            what: {zh-CN: 异常, en: unusual}
            text: {zh-CN: 异常, en: Unusual}
            source: our choice, because it is the benchmark's
        """
        let traits = [ProfileTraits(profile: "stream", outputs: [.init(kind: .heartRate, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 1)], supervisionSeconds: nil)]
        let start = Instant(microseconds: began * 1_000_000)
        var rig = try Rig(text: rule, household: people(["r"]) { _ in [("topic:s", "stream", false, "")] }, traits: traits, start: start), rows: [Int] = []
        for row in stream.values.indices {
            let reading = rig.reading("topic:s", .heartRate, .number(scaled: Int64((stream.values[row] / largest * 1_000_000).rounded())), Instant(microseconds: stream.seconds[row] * 1_000_000))
            if rig.see(reading).contains(where: { $0.change == .raised }) { rows.append(row) }
        }
        return rows
    }
}
