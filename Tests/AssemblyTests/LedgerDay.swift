import CareModel
import Foundation
import GatewayCore
import Simulation

@testable import Assembly
@testable import Ledger

/// A station's day in virtual time: real homes, devices' own messages, the real core and a real ledger; staff who answer, forget,
/// fall asleep, hand over and close, and six hours without a network.
struct LedgerDay {
    static let residents = 200
    static let begin = WallTime(microseconds: 1_795_190_400_000_000)  // 2026-11-21 00:00 in Shanghai
    /// The network is gone from 10:00 to 16:00: nobody gets what the hub has to say.
    static let cut = 36_000_000_000..<57_600_000_000 as Range<Int64>

    private enum Act {
        case publish(Message)
        case confirm(DeliveryKey)
        case command(Command.Action, String)
    }

    let folder: String
    let vault: Vault
    private let configuration: Configuration
    private var core: GatewayCore
    private var homes: [SimulatedHome]
    private var random: SplitMix
    /// By (microseconds since the day began, order of planning).
    private var plans: [(at: Int64, number: Int, act: Act)] = []
    private var planned = 0
    private var position: UInt64 = 0
    private var now: Int64 = 0
    private var records: [JournalRecord] = [], effects: [Effect] = []
    private(set) var openings = 0

    /// - Parameter folder: of the test's own; gets `config` and `data`.
    init(seed: UInt64, folder: String) throws {
        self.folder = folder
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: root + "/config", toPath: folder + "/config")
        try FileManager.default.createSymbolicLink(atPath: folder + "/devices", withDestinationPath: root + "/devices")
        try SimulatedDay.homesYAML(residents: LedgerDay.residents, seed: seed).write(toFile: folder + "/config/homes.yaml", atomically: true, encoding: .utf8)
        let loaded = try LoadedConfiguration.load(folder + "/config", environment: [:])
        configuration = loaded.core
        vault = try Vault(folder + "/data", options: LedgerOptions(ballastBytes: 0))
        core = GatewayCore(under: loaded.core)
        homes = (1...LedgerDay.residents).map { SimulatedHome(number: $0, seed: seed) }
        random = SplitMix(seed: seed)
        step(.started(HubStart(hub: "hub1", epoch: vault.ledger.epoch, build: "test", wall: LedgerDay.begin, quality: .synchronised)))
        step(.configured(loaded.digest))
        let row = ConfigurationRow(digest: loaded.digest, bytes: loaded.bytes)
        try flush(row)
    }

    mutating func play() throws {
        for _ in 0..<400 { open(Int64(random.int(1...86_300)) * 1_000_000) }
        plans.sort { ($0.at, $0.number) < ($1.at, $1.number) }
        let end = 86_400_000_000 as Int64
        while true {
            let due = core.nextDeadline.map { $0.microseconds - LedgerDay.begin.microseconds }
            let next = min(plans.first?.at ?? end, due ?? end)
            guard next < end else { break }
            now = max(now, next)
            if let plan = plans.first, plan.at <= now {
                plans.removeFirst()
                act(plan.act)
            } else {
                step(.wake)
            }
            if records.count >= 400 { try flush(nil) }
        }
        try flush(nil)
    }

    /// What one device will say.
    private mutating func open(_ at: Int64) {
        let home = random.int(0...LedgerDay.residents - 1)
        switch random.int(0...4) {
        case 0, 1: plan(at, .publish(homes[home].sos()))
        case 2: plan(at, .publish(homes[home].fall()))
        case 3:
            // Below its limit for longer than the rule waits, then well again.
            for second in stride(from: 0, through: 40, by: 5) {
                let moment = at + Int64(second) * 1_000_000
                plan(moment, .publish(homes[home].wearable(LedgerDay.begin + Span(microseconds: moment), heartRate: 72, spo2: second < 30 ? 86 : 97)))
            }
        default: plan(at, .publish(Message(link: .safety, topic: "zigbee2mqtt/\(homes[home].name)/bedroom_motion", payload: Array("{\"occupancy\":true,\"battery\":10}".utf8))))
        }
    }

    /// What people will do about an incident that just opened.
    private mutating func staff(_ id: IncidentID) {
        func after(_ seconds: Int) -> Int64 { now + Int64(seconds) * 1_000_000 + 137 }
        func call(_ result: ContactResult, _ note: String) -> Act { .command(.contact(id, result, note: note), "li") }
        switch random.int(0...9) {
        case 0, 1: break
        case 2: plan(after(random.int(10...50)), .command(.acknowledge(id), "li"))
        case 3:
            plan(after(15), .command(.acknowledge(id), "li"))
            plan(after(30), .command(.handOver(id, to: "wu"), "li"))
            plan(after(90), .command(.acknowledge(id), "wu"))
            plan(after(200), call(.patient, "walks, drinks tea"))
            plan(after(900), .command(.resolve(id, .falseAlarm, note: ""), "wu"))
        case 4:
            // Asleep: somebody wakes when the next tiers ring.
            plan(after(random.int(150...3_000)), .command(.acknowledge(id), "zhou"))
            plan(after(4_000), call(.family, "went there"))
            plan(after(5_000), .command(.resolve(id, random.chance(50) ? .hospitalised : .realEmergency, note: ""), "zhou"))
        default:
            let taken = random.int(5...70)
            plan(after(taken), random.chance(20) ? call(.noAnswer, "") : .command(.acknowledge(id), "li"))
            plan(after(taken + 30), call(random.chance(50) ? .noAnswer : .notUnderstood, ""))
            plan(after(taken + random.int(60...900)), call(random.chance(50) ? .patient : .reached, random.chance(25) ? " " : "bruised knee"))
            if random.chance(30) { plan(after(taken + 1_000), .command(.arrive(id), "li")) }
            plan(after(taken + 1_200), .command(.resolve(id, CloseReason.allCases[random.int(0...CloseReason.allCases.count - 1)], note: ""), "li"))
        }
    }

    private mutating func plan(_ at: Int64, _ act: Act) {
        planned += 1
        let place = plans.firstIndex { $0.at > at } ?? plans.count
        plans.insert((at, planned, act), at: place)
    }

    private mutating func act(_ act: Act) {
        switch act {
        case .publish(let message): step(.message(message))
        case .confirm(let key): step(.delivery(DeliveryReport(key: key, outcome: .confirmed)))
        case .command(let action, let actor):
            planned += 1
            step(.command(Command(id: CommandID("c\(planned)"), actor: actor, role: .caregiver, via: .http, action: action)))
        }
    }

    /// One record; what it gives is planned for: receivers confirm 2.3 s later, or after the cut.
    private mutating func step(_ body: JournalRecord.Body) {
        position += 1
        let record = JournalRecord(position: position, at: Instant(microseconds: LedgerDay.begin.microseconds + now), body: body)
        var fresh: [Effect] = []
        core.step(record, under: configuration, into: &fresh)
        records.append(record)
        effects += fresh
        for effect in fresh {
            switch effect {
            case .enqueue(let delivery):
                let due = now + 2_300_000
                plan(LedgerDay.cut.contains(due) ? LedgerDay.cut.upperBound + 2_300_000 : due, .confirm(delivery.key))
            case .revise(let revision) where revision.revision == 1:
                openings += 1
                staff(revision.incident)
            default: break
            }
        }
    }

    private mutating func flush(_ row: ConfigurationRow?) throws {
        guard !records.isEmpty else { return }
        let wall = LedgerDay.begin + Span(microseconds: now)
        let turn = LedgerTurn(
            records: records, effects: effects, position: position, at: Instant(microseconds: wall.microseconds), clock: core.clock, configuration: row)
        try vault.ledger.commit(turn) { wall }
        (records, effects) = ([], [])
    }
}
