import CareModel
import Detection
import Foundation

/// Courses of carbon monoxide, gas and room temperature made from the standards' tables, through the shipped rules.
enum CourseRow {
    private struct Course {
        var kind: Kind
        /// In the kind's resolution.
        var level: Int64
        /// Seconds between which it must alarm; nil = never within `lasting`.
        var band: ClosedRange<Int>?
        var lasting: Int
        var finding: String
    }

    private static let courses: [Course] = [
        // EN 50291: 30 ppm not before 120 min, 50: 60-90, 100: 10-40, 300: within 3.
        Course(kind: .coLevel, level: 300, band: nil, lasting: 7_200, finding: "safety.co"),
        Course(kind: .coLevel, level: 500, band: 3_600...5_400, lasting: 5_401, finding: "safety.co"),
        Course(kind: .coLevel, level: 1_000, band: 600...2_400, lasting: 2_401, finding: "safety.co"),
        Course(kind: .coLevel, level: 3_000, band: 0...180, lasting: 181, finding: "safety.co"),
        // EN 50194: between 3 and 20 % of the lower explosive limit.
        Course(kind: .gasLevel, level: 29, band: nil, lasting: 3_600, finding: "safety.gas"),
        Course(kind: .gasLevel, level: 200, band: 0...30, lasting: 31, finding: "safety.gas"),
        // WHO 2018: below 18 °C; two hours are the rule's own.
        Course(kind: .roomTemperature, level: 1_800, band: nil, lasting: 86_400, finding: "env.cold"),
        Course(kind: .roomTemperature, level: 1_790, band: 7_200...7_500, lasting: 7_501, finding: "env.cold"),
    ]

    static func run(_ folders: Folders) throws -> [Row] {
        let kinds: [Kind] = [.coLevel, .gasLevel, .roomTemperature]
        let traits = [ProfileTraits(profile: "air", outputs: kinds.map { .init(kind: $0, meaning: .level, intervalSeconds: 60, transportDelaySecondsMax: 1) }, supervisionSeconds: nil)]
        let start = Instant(microseconds: 1_700_000_000_000_000)
        var right = 0, early = 0, all = 0, faulty = 0
        for course in courses {
            for interval in [10, 60, 300] {
                for isFaulty in [false, true] {
                    // A sensor that reports each 5 minutes can't show an alarm inside 3.
                    if let band = course.band, band.upperBound - band.lowerBound < interval { continue }
                    var rig = try Rig(rules: folders.rules, household: people(["h"]) { _ in [("topic:a", "air", true, "kitchen")] }, traits: traits, start: start)
                    var told: Int?, state = UInt64(interval)
                    for second in 0...course.lasting where told == nil {
                        let at = start + .seconds(second)
                        var found = rig.wait(at)
                        if second % interval == 0 {
                            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                            let isLost = isFaulty && second > 0 && (state >> 33) % 20 == 0
                            let times = isFaulty && (state >> 40) % 20 == 0 ? 2 : 1
                            if !isLost { for _ in 0..<times { found += rig.see(rig.reading("topic:a", course.kind, .number(scaled: course.level), at)) } }
                            if isFaulty, (state >> 50) % 10 == 0 {
                                found += rig.see(rig.reading("topic:a", course.kind, .number(scaled: 65_535), at, quality: .sentinel))
                            }
                        }
                        if found.contains(where: { $0.kind == course.finding && $0.change == .raised }) { told = second }
                    }
                    let isRight = course.band.map { band in told.map { band.contains($0) } ?? false } ?? (told == nil)
                    if isFaulty { faulty += isRight ? 0 : 1 } else {
                        all += 1
                        right += isRight ? 1 : 0
                        if let told, told < course.band?.lowerBound ?? .max { early += 1 }
                    }
                }
            }
        }
        return [
            Row(data: "Air", measure: "alarms inside the band of the standard", value: Double(right) / Double(max(1, all)), anchor: "the table", reach: "1, none early", isReached: right == all && early == 0, note: "n \(all) courses, \(early) early"),
            Row(data: "Air", measure: "courses outside their band with 5 % loss, doubled and sentinel values", value: Double(faulty), decimals: 0, anchor: "–", reach: "0", isReached: faulty == 0),
        ]
    }
}
