import CareModel
import Detection
import Foundation

/// TIHM: all homes in one hub, every resident-day; emergencies are made by cutting one home's stream at seeded moments.
enum InactivityRow {
    private static let cutsPerHome = 24

    static func run(_ folders: Folders) throws -> [Row] {
        guard folders.has("tihm/events.csv") else { return [] }
        let table = try Table(folders.data.appending(path: "tihm/events.csv"))
        let homeColumn = try table.column("home"), atColumn = try table.column("at"), placeColumn = try table.column("location")
        var stream: [(at: Instant, home: String, place: String)] = []
        for row in table.rows {
            guard let wall = WallTime(rfc3339: row[atColumn] + "Z") else { continue }
            stream.append((Instant(microseconds: wall.microseconds), String(row[homeColumn]), String(row[placeColumn])))
        }
        stream.sort { ($0.at, $0.home, $0.place) < ($1.at, $1.home, $1.place) }
        guard let first = stream.first else { return [] }
        let homes = Set(stream.map(\.home)).sorted()
        let places = Set(stream.map(\.place)).sorted()
        let traits = [
            ProfileTraits(profile: "motion", outputs: [.init(kind: .motion, meaning: .momentary, intervalSeconds: nil, transportDelaySecondsMax: 1)], supervisionSeconds: nil),
            ProfileTraits(profile: "door", outputs: [.init(kind: .opening, meaning: .momentary, intervalSeconds: nil, transportDelaySecondsMax: 1)], supervisionSeconds: nil),
        ]
        var rows: [Row] = []
        for (name, anchor) in [("inactivity", false), ("inactivity-routine", true)] {
            let household = people(homes) { home in places.map { ("topic:\(home)/\($0)", $0.hasSuffix("door") ? "door" : "motion", true, $0) } }
            var rig = try Rig(rules: folders.rules, only: [name, "all-silent"], household: household, traits: traits, start: first.at)
            let result = try replay(&rig, stream, homes, name)
            let note = "n \(Int(result.days)) days, \(result.waits.count) cuts, median \(String(format: "%.1f", result.median)) h; silences of all homes \(result.silences)"
            rows.append(Row(data: "TIHM", measure: "\(name): false alarms a resident-day", value: result.rate, anchor: String(format: "%.3f at %.1f h (published 0.09 at 5.4 h)", result.simpleRate, result.simpleMean), reach: "0.06", isReached: anchor ? result.rate <= 0.06 : nil, note: note, parts: result.rates))
            rows.append(Row(data: "TIHM", measure: "\(name): mean hours to alarm", value: result.mean, decimals: 2, anchor: String(format: "%.2f at %.3f a day (published 5.4 at 0.09)", result.simpleMean, result.simpleRate), reach: "5.0", isReached: anchor ? result.mean <= 5 : nil, parts: result.delays))
        }
        return rows
    }

    private struct Result {
        var rate = 0.0, days = 0.0
        var waits: [Double] = []
        var silences = 0
        /// Of the simple rule, from the end of its learning.
        var simpleRate = 0.0, simpleWaits: [Double] = []
        var simpleMean: Double { simpleWaits.isEmpty ? 0 : simpleWaits.reduce(0, +) / Double(simpleWaits.count) }
        var rates: [(name: String, sum: Double, count: Double)] = [], delays: [(name: String, sum: Double, count: Double)] = []
        var mean: Double { waits.isEmpty ? 0 : waits.reduce(0, +) / Double(waits.count) }
        var median: Double { waits.isEmpty ? 0 : waits.sorted()[waits.count / 2] }
    }

    private static func replay(_ rig: inout Rig, _ stream: [(at: Instant, home: String, place: String)], _ homes: [String], _ rule: String) throws -> Result {
        var spans: [String: (first: Instant, last: Instant, out: Span)] = [:]
        for one in stream {
            guard var span = spans[one.home] else { spans[one.home] = (one.at, one.at, .zero); continue }
            // Three days without a sign are an outage of the study, not of a person.
            if one.at - span.last > .seconds(72 * 3_600) { span.out = span.out + (one.at - span.last) }
            span.last = one.at
            spans[one.home] = span
        }
        var cuts: [(at: Instant, home: String)] = []
        for (i, home) in homes.enumerated() {
            guard let span = spans[home] else { continue }
            var state = UInt64(i) &* 0x9E37_79B9_7F4A_7C15 &+ 2_019
            for _ in 0..<cutsPerHome {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let part = Double(state >> 11) / Double(1 << 53)
                cuts.append((span.first + Span(microseconds: Int64(part * Double((span.last - span.first).microseconds))), home))
            }
        }
        cuts.sort { ($0.at, $0.home) < ($1.at, $1.home) }
        var result = Result(), next = 0, alarms: [String: Int] = [:], delays: [String: (sum: Double, count: Double)] = [:], open: [String: Instant] = [:], lastSign: [String: Instant] = [:]
        func note(_ found: [Finding]) {
            for finding in found {
                if finding.rule == "all-silent" { if finding.change == .raised { result.silences += 1 }; continue }
                let home = finding.subject.home?.text ?? ""
                // Before its first sign a home is not in the study yet.
                if finding.change == .raised, lastSign[home] != nil { alarms[home, default: 0] += 1; open[home] = finding.detectedAt }
                if finding.change != .raised { open[home] = nil }
            }
        }
        var simple: [String: SimpleInactivity] = [:], simpleAlarms = 0
        for (home, span) in spans { simple[home] = SimpleInactivity(first: span.first) }
        for one in stream {
            while next < cuts.count, cuts[next].at <= one.at {
                let cut = cuts[next]
                note(rig.wait(cut.at))
                let waited = open[cut.home] != nil ? 0 : try wait(rig, cut.at, cut.home, homes, rule)
                result.waits.append(waited)
                if let wait = simple[cut.home]?.wait(cut.at) { result.simpleWaits.append(wait) }
                delays[cut.home, default: (0, 0)].sum += waited
                delays[cut.home]?.count += 1
                next += 1
            }
            if simple[one.home]?.see(one.at) == true { simpleAlarms += 1 }
            let isDoor = one.place.hasSuffix("door")
            if let last = lastSign[one.home], one.at - last > .seconds(72 * 3_600), let at = open[one.home], at > last { alarms[one.home, default: 0] -= 1 }
            lastSign[one.home] = one.at
            note(rig.see(rig.reading("topic:\(one.home)/\(one.place)", isDoor ? .opening : .motion, .flag(true), one.at, meaning: .momentary)))
        }
        result.days = spans.values.reduce(0) { $0 + Double(($1.last - $1.first - $1.out).wholeSeconds) / 86_400 }
        let learning = Double(homes.count * SimpleInactivity.learningDays)
        result.simpleRate = Double(simpleAlarms) / max(1, result.days - learning)
        result.rate = Double(alarms.values.reduce(0, +)) / max(1, result.days)
        for home in homes {
            if let span = spans[home] { result.rates.append((home, Double(alarms[home] ?? 0), Double((span.last - span.first - span.out).wholeSeconds) / 86_400)) }
            if let one = delays[home] { result.delays.append((home, one.sum, one.count)) }
        }
        return result
    }

    /// Hours until the home whose stream is cut alarms; the other homes go on being heard.
    private static func wait(_ rig: Rig, _ from: Instant, _ home: String, _ homes: [String], _ rule: String) throws -> Double {
        var copy = rig, at = from
        guard let other = homes.first(where: { $0 != home }) else { return 0 }
        for _ in 0..<(14 * 48) {
            at = at + .seconds(1_800)
            for finding in copy.wait(at) where finding.rule == rule && finding.subject.home?.text == home && finding.change == .raised {
                return Double((finding.detectedAt - from).wholeSeconds) / 3_600
            }
            _ = copy.see(copy.reading("topic:\(other)/kitchen", .rssi, .number(scaled: -500), at))
        }
        return Double(14 * 24)
    }
}
