import CareModel
import Detection
import Foundation

/// NEWS2 on generated sets, against the chart of the Royal College of Physicians written down once more in another shape.
enum ScoreRow {
    /// For each parameter the first value of every band and its points (RCP 2017).
    private enum Chart {
        static let respiration = [(0, 3), (9, 1), (12, 0), (21, 2), (25, 3)]
        static let saturation1 = [(0, 3), (92, 2), (94, 1), (96, 0)]
        static let saturation2Air = [(0, 3), (84, 2), (86, 1), (88, 0)]
        static let saturation2Oxygen = [(0, 3), (84, 2), (86, 1), (88, 0), (93, 1), (95, 2), (97, 3)]
        static let systolic = [(0, 3), (91, 2), (101, 1), (111, 0), (220, 3)]
        static let pulse = [(0, 3), (41, 1), (51, 0), (91, 1), (111, 2), (131, 3)]
        static let temperature = [(0, 3), (351, 1), (361, 0), (381, 1), (391, 2)]

        static func points(_ bands: [(Int, Int)], _ value: Int) -> Int { bands.last { $0.0 <= value }?.1 ?? -1 }
    }

    /// One step below, at and above each border of the chart, and nothing at all.
    private static func around(_ bands: [(Int, Int)]) -> [Int?] {
        var values: Set<Int> = []
        for band in bands.dropFirst() { values.formUnion([band.0 - 1, band.0]) }
        return [nil] + values.sorted().map { $0 }
    }

    static func run(_ folders: Folders) throws -> [Row] {
        var differences = 0, sets = 0, publicDifferences = 0
        let saturations = Set((around(Chart.saturation1) + around(Chart.saturation2Oxygen)).compactMap { $0 }).sorted()
        for scale in [News2Table.Scale.one, .two] {
            for respiration in around(Chart.respiration) { for saturation in [nil] + saturations.map(Optional.some) { for oxygen in [nil, false, true] as [Bool?] {
                for systolic in around(Chart.systolic) { for pulse in around(Chart.pulse) { for alert in [nil, false, true] as [Bool?] {
                    for temperature in around(Chart.temperature) {
                        sets += 1
                        let score = News2Table.score(.init(
                            respiration: respiration, saturation: saturation, isOnOxygen: oxygen, systolic: systolic, pulse: pulse, isAlert: alert,
                            temperature: temperature), scale: scale)
                        var expected = 0, missing = 0
                        func add(_ points: Int?) { if let points { expected += points } else { missing += 1 } }
                        add(respiration.map { Chart.points(Chart.respiration, $0) })
                        if scale == .one { add(saturation.map { Chart.points(Chart.saturation1, $0) }) }
                        else if let saturation, saturation >= 93, oxygen == nil { missing += 1 }
                        else { add(saturation.map { Chart.points(oxygen == true ? Chart.saturation2Oxygen : Chart.saturation2Air, $0) }) }
                        // What public code does: the bands of oxygen on air too.
                        if scale == .two, oxygen == false, let saturation, saturation >= 93 { publicDifferences += 1 }
                        add(oxygen.map { $0 ? 2 : 0 })
                        add(systolic.map { Chart.points(Chart.systolic, $0) })
                        add(pulse.map { Chart.points(Chart.pulse, $0) })
                        add(alert.map { $0 ? 0 : 3 })
                        add(temperature.map { Chart.points(Chart.temperature, $0) })
                        if score.total != expected || score.missing.count != missing { differences += 1 }
                    }
                } } }
            } } }
        }
        let stale = try staleSets(folders)
        return [
            Row(data: "NEWS2", measure: "differences to the chart, partial sets too", value: Double(differences), decimals: 0, anchor: "\(publicDifferences) (scale 2 on air as public code has it)", reach: "0", isReached: differences == 0, note: "n \(sets) sets"),
            Row(data: "NEWS2", measure: "differences through the core, stale values too", value: Double(stale.differences), decimals: 0, anchor: "–", reach: "0", isReached: stale.differences == 0, note: "n \(stale.sets) sets, rule news2 as shipped"),
        ]
    }

    /// Sets through the shipped rule: each value has an age, and what is older than the rule allows may not score.
    private static func staleSets(_ folders: Folders) throws -> (differences: Int, sets: Int) {
        let kinds: [Kind] = [.respiratoryRate, .spo2, .oxygenTherapy, .bpSystolic, .heartRate, .consciousness, .bodyTemperature]
        let fresh: [Int] = [60, 60, 1_440, 720, 60, 720, 720]
        let traits = [ProfileTraits(profile: "monitor", outputs: kinds.map { .init(kind: $0, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3) }, supervisionSeconds: nil)]
        let start = Instant(microseconds: 1_700_000_000_000_000)
        var state: UInt64 = 2_017, differences = 0
        func next(_ bound: Int) -> Int { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407; return Int(state >> 33) % bound }
        let sets = 20_000
        var rig = try Rig(rules: folders.rules, only: ["news2"], household: people(["r"]) { _ in [("topic:m", "monitor", false, "")] }, traits: traits, start: start)
        for round in 0..<sets {
            // Four days apart, so that nothing of the set before is fresh, and all well first so that what was open ends.
            let end = start + .seconds((round + 1) * 4 * 86_400)
            let well: [Int64] = [1_600, 970, 0, 1_200, 700, 0, 3_700]
            for (i, kind) in kinds.enumerated() { _ = rig.see(rig.reading("topic:m", kind, value(kind, well[i]), end + .seconds(-3 * 86_400 + i))) }
            let ages = (0..<7).map { i in next(fresh[i] * 2) * 60 + i + 1 }
            let values = [6 + next(24), 80 + next(21), next(2), 80 + next(150), 35 + next(110), next(4) == 0 ? 1 : 0, 345 + next(55)]
            let scales: [Int64] = [100, 10, 1, 10, 10, 1, 10]
            let points = [
                Chart.points(Chart.respiration, values[0]), Chart.points(Chart.saturation1, values[1]), values[2] * 2, Chart.points(Chart.systolic, values[3]),
                Chart.points(Chart.pulse, values[4]), values[5] * 3, Chart.points(Chart.temperature, values[6]),
            ]
            // Urgent must be told when the values that are fresh at the same time first reach 5, neither before nor later.
            var isTold = false, isDue = false, seen: [Int] = []
            for i in (0..<7).sorted(by: { ages[$0] > ages[$1] }) {
                for finding in rig.see(rig.reading("topic:m", kinds[i], value(kinds[i], Int64(values[i]) * scales[i]), end + .seconds(-ages[i]))) {
                    if finding.change == .raised || finding.change == .updated, finding.priority == .high { isTold = true }
                }
                seen.append(i)
                if seen.filter({ ages[$0] - ages[i] <= fresh[$0] * 60 }).reduce(0, { $0 + points[$1] }) >= 5 { isDue = true }
                if isTold != isDue {
                    differences += 1
                    break
                }
            }
        }
        return (differences, sets)
    }

    private static func value(_ kind: Kind, _ number: Int64) -> ReadingValue {
        switch kind {
        case .oxygenTherapy: .flag(number != 0)
        case .consciousness: .code(number == 0 ? "alert" : "confusion")
        default: .number(scaled: number)
        }
    }
}
