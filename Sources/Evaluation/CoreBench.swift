import CLinux
import CareModel
import Detection
import Escalation
import Formats
import Foundation
import Glibc
import Settings

/// What the core costs: readings that are decoded already go through Detection and Escalation with the shipped rules and
/// response plan, on one thread; each revision becomes JSON, as in the gateway's core. A reading is filled in just before it
/// is judged, as a decoder leaves it: what the homes say lies in 12 bytes a reading, so that its own transport is no part of the figure.
///
/// A home has a wearable (heart rate, oxygen, temperature each 15 s), a motion sensor (each minute), a bed sensor, a door contact and
/// a smoke alarm. One reading in `perIncident` begins an incident, which ends by itself.
struct CoreBench {
    static let perIncident = 10_000
    static let nanosecondsMax = 1_000.0
    static let ratioMax = 1.2
    static let stateBytesMax = 16_384.0

    struct Result {
        /// CPU of this process, a reading.
        var nanoseconds: Double
        var rulesPerReading: Double
        /// The kind of reading that the fewest rules judge.
        var rulesLeast: Int
        var readings: Int
        var incidents: Int
        /// Detection and Escalation in memory, and Detection in a checkpoint, a resident.
        var stateBytes: Double
        var checkpointBytes: Double
    }

    /// `core [READINGS]`: prints a line a figure; exit status 1 when one is short.
    static func main(rules: URL, readings: Int) throws -> Bool {
        // In turn, so that whatever else the machine does falls on both; the least of each counts.
        var small: [Result] = [], large: [Result] = []
        for _ in 0..<3 {
            if let one = try run(rules, residents: 1_000, readings: readings) { small.append(one) }
            if let ten = try run(rules, residents: 10_000, readings: readings) { large.append(ten) }
        }
        guard let one = small.min(by: { $0.nanoseconds < $1.nanoseconds }), let ten = large.min(by: { $0.nanoseconds < $1.nanoseconds }) else { return false }
        let ratio = ten.nanoseconds / one.nanoseconds
        let isBusy = one.incidents * perIncident >= one.readings && one.rulesLeast >= 3
        print(String(format: "core | 1,000 residents, ns of CPU a reading | %.0f | reach %.0f | %d readings, %.1f rules a reading (least %d), %d incidents | %@",
            one.nanoseconds, nanosecondsMax, one.readings, one.rulesPerReading, one.rulesLeast, one.incidents, one.nanoseconds <= nanosecondsMax && isBusy ? "ok" : "short"))
        print(String(format: "core | 10,000 residents, times that | %.2f | reach %.1f | %.0f ns; rounds %@ | %@", ratio, ratioMax, ten.nanoseconds,
            zip(small, large).map { String(format: "%.0f/%.0f", $0.nanoseconds, $1.nanoseconds) }.joined(separator: " "), ratio <= ratioMax ? "ok" : "short"))
        let state = max(one.stateBytes, ten.stateBytes)
        print(String(format: "core | bytes of state a resident, the baseline of the heart rate in it | %.0f | reach %.0f | a checkpoint %.0f | %@",
            state, stateBytesMax, one.checkpointBytes, state <= stateBytesMax ? "ok" : "short"))
        return one.nanoseconds <= nanosecondsMax && isBusy && ratio <= ratioMax && state <= stateBytesMax
    }

    // MARK: - One run

    private static let start = Instant(microseconds: 1_800_000_000_000_000)

    private static func run(_ rules: URL, residents: Int, readings: Int) throws -> Result? {
        let ids = (0..<residents).map { String($0) }
        let household = people(ids) { id in
            [("imei:\(id)", "wearable", false, ""), ("ieee:m\(id)", "motion", true, "bedroom"), ("ieee:b\(id)", "bed", false, "bedroom"),
             ("ieee:d\(id)", "door", true, "front-door"), ("ieee:s\(id)", "smoke", true, "kitchen")]
        }
        // Only the book: what a rig has learned must not be given back while memory is counted.
        let book = try Rig(rules: rules, household: household, traits: traits, start: start).book, clock = HubClock(offset: .zero, quality: .synchronised)
        var problems = Problems()
        let config = rules.deletingLastPathComponent()
        func node(_ name: String) throws -> ConfigurationNode? {
            YamlDocument.read([UInt8](try Data(contentsOf: config.appending(path: name))), file: name, &problems)
        }
        let plan = ResponsePlan(response: try node("response.yaml"), network: CareNetwork(try node("care-network.yaml"), &problems), &problems)
        if let first = problems.list.first { throw first }
        let context = Escalation.Context(household: household, plan: plan, clock: clock, origin: "bench-0", isReplay: false)

        let cycle = Self.cycle(residents), devices = household.bindings.map(\.device), profiles = traits.map(\.profile)
        guard var reading = household.bindings.first.map({ one in
            Reading(device: one.device, binding: 0, kind: .heartRate, value: .number(scaled: 0), meaning: .level, receivedAt: start, profile: one.profile)
        }) else { return nil }
        let before = vigil_heap_bytes()
        var core = Core(book: book, context: context, start: start)
        // Every seat has met something before the clock starts.
        var at = start.microseconds + 1_000_000
        let step = Int64(15_000_000 / (residents * 3))
        func round(_ count: Int) {
            for index in 0..<count {
                at += step
                let told = cycle[index % cycle.count]
                (reading.device, reading.binding, reading.profile) = (devices[Int(told.binding)], told.binding, profiles[Int(told.binding) % profiles.count])
                (reading.kind, reading.value, reading.receivedAt) = (told.kind, told.reading, Instant(microseconds: at))
                core.take(&reading, index)
            }
        }
        round(cycle.count)
        let state = Int(vigil_heap_bytes()) - Int(before)
        var w = ByteWriter()
        core.detection.write(to: &w)
        let judged = core.judged, incidents = core.opened
        let begun = cpuNanoseconds()
        round(readings)
        let took = cpuNanoseconds() - begun
        return Result(
            nanoseconds: Double(took) / Double(readings), rulesPerReading: Double(core.judged - judged) / Double(readings),
            rulesLeast: leastRules(cycle, reading, Core(book: book, context: context, start: start)), readings: readings, incidents: core.opened - incidents,
            stateBytes: Double(state) / Double(residents), checkpointBytes: Double(w.bytes.count) / Double(residents))
    }

    /// Detection and Escalation behind one another, as GatewayCore has them.
    private struct Core {
        var detection = Detection()
        var escalation = Escalation()
        let book: RuleBook
        let context: Escalation.Context
        private var findings: [Finding] = []
        private var decisions: [Decision] = []
        private(set) var opened = 0
        private var position: UInt64 = 0
        private var spoken = 0
        private var bytes = 0

        init(book: RuleBook, context: Escalation.Context, start: Instant) {
            (self.book, self.context) = (book, context)
            detection.reconfigure(to: book, at: start, clock: context.clock, into: &findings)
        }

        /// Verdicts so far, silent ones and others.
        var judged: Int { detection.quietCounts.reduce(0) { $0 + Int($1) } + spoken }

        mutating func take(_ reading: inout Reading, _ index: Int) {
            let at = reading.receivedAt
            position += 1
            while let due = min(detection.nextDeadline ?? .init(microseconds: .max), escalation.nextDeadline ?? .init(microseconds: .max)) as Instant?, due <= at {
                if detection.nextDeadline == due {
                    detection.fire(due: due, clock: context.clock, under: book, into: &findings)
                } else {
                    escalation.fire(due: due, now: at, wasDown: false, context: context, into: &decisions)
                }
                settle(due)
            }
            // One reading in so many begins an incident; the next of the same sort ends it.
            let usual = reading.value
            if reading.kind == .spo2, (index / 3) % (CoreBench.perIncident / 4) == 0 { reading.value = .number(scaled: 800) }
            detection.observe(reading, at: at, clock: context.clock, under: book, into: &findings)
            reading.value = usual
            settle(at)
        }

        private mutating func settle(_ at: Instant) {
            if !findings.isEmpty {
                spoken += findings.count
                for finding in findings { escalation.take(finding, position: position, at: at, context: context, into: &decisions) }
                findings.removeAll(keepingCapacity: true)
            }
            guard !decisions.isEmpty else { return }
            for case .revise(let incident, _) in decisions {
                if incident.revision == 1 { opened += 1 }
                bytes &+= IncidentJSON.delivery(incident).count &+ IncidentJSON.masked(incident).count
            }
            decisions.removeAll(keepingCapacity: true)
        }
    }

    // MARK: - What the homes send

    private static let traits: [ProfileTraits] = [
        ProfileTraits(profile: "wearable", outputs: [Kind.heartRate, .spo2, .bodyTemperature, .battery].map { .init(kind: $0, meaning: .level, intervalSeconds: 15, transportDelaySecondsMax: 3) }, supervisionSeconds: 60),
        ProfileTraits(profile: "motion", outputs: [Kind.motion, .batteryLow].map { .init(kind: $0, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3) }, supervisionSeconds: 3_600),
        ProfileTraits(profile: "bed", outputs: [.init(kind: .bedOccupancy, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3)], supervisionSeconds: 3_600),
        ProfileTraits(profile: "door", outputs: [.init(kind: .opening, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3)], supervisionSeconds: 3_600),
        ProfileTraits(profile: "smoke", outputs: [.init(kind: .smoke, meaning: .level, intervalSeconds: nil, transportDelaySecondsMax: 3)], supervisionSeconds: 86_400),
    ]

    /// What a device says.
    private struct Told {
        var binding: BindingIndex
        var kind: Kind
        var isFlag: Bool
        var value: Int32

        var reading: ReadingValue { isFlag ? .flag(value != 0) : .number(scaled: Int64(value)) }
    }

    /// A minute of all homes: 12 readings of the wearable, one movement, and now and then the bed.
    private static func cycle(_ residents: Int) -> [Told] {
        var all: [Told] = []
        for quarter in 0..<4 {
            for index in 0..<residents {
                // In the order of `traits`.
                let wearable = BindingIndex(index * traits.count)
                all.append(Told(binding: wearable, kind: .heartRate, isFlag: false, value: Int32(680 + (index * 7 + quarter * 13) % 90)))
                all.append(Told(binding: wearable, kind: .spo2, isFlag: false, value: Int32(960 + (index + quarter) % 3 * 10)))
                all.append(Told(binding: wearable, kind: .bodyTemperature, isFlag: false, value: Int32(3_640 + (index + quarter) % 5 * 10)))
                if index % 4 == quarter { all.append(Told(binding: wearable + 1, kind: .motion, isFlag: true, value: index % 8 < 4 ? 1 : 0)) }
                if index % 64 == quarter { all.append(Told(binding: wearable + 2, kind: .bedOccupancy, isFlag: true, value: index % 128 < 64 ? 1 : 0)) }
            }
        }
        return all
    }

    /// Of all kinds in the cycle, how many rules judge the one that the fewest judge.
    private static func leastRules(_ cycle: [Told], _ any: Reading, _ core: Core) -> Int {
        var met: Set<Kind> = [], least = Int.max
        for told in cycle where met.insert(told.kind).inserted {
            var probe = core
            let before = probe.judged
            var one = any
            (one.binding, one.kind, one.value, one.receivedAt) = (told.binding, told.kind, told.reading, start + .milliseconds(1))
            probe.take(&one, 1)
            least = min(least, probe.judged - before)
        }
        return least
    }

    private static func cpuNanoseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
