import CareModel
import Foundation
import GatewayCore
import Simulation
import Testing

@testable import Assembly
@testable import Ledger

/// A station's day in virtual time: real homes, devices' own messages, the real core and a real ledger; staff who answer, forget,
/// fall asleep, hand over and close, six hours without a network; and what makes people unheard: a lost session, a restart, a wrong clock, devices that
/// stop, a station with nobody by night, residents without a device.
struct LedgerDay {
    static let residents = 200
    static let begin = WallTime(microseconds: 1_795_190_400_000_000)  // 2026-11-21 00:00 in Shanghai
    /// The network is gone from 10:00 to 16:00: nobody gets what the hub has to say.
    static let cut = 36_000_000_000..<57_600_000_000 as Range<Int64>

    /// The session for calls has no broker; what devices say then never arrives.
    static let deaf = 10_800_000_000..<12_000_000_000 as Range<Int64>
    static let down = 18_000_000_000..<18_600_000_000 as Range<Int64>
    static let wrongClock = 25_200_000_000..<28_800_000_000 as Range<Int64>
    /// Homes of a station whose post goes home at 19:00; homes whose residents are visited; residents without a device; the district's list.
    static let loneHomes = 5, visitedHomes = 40, bareHomes = 5, eligible = 230
    /// Seconds between two signs of life of a watch.
    static let beatSeconds = 900

    private enum Act {
        case publish(Message)
        case link(LinkChange.Change)
        case clock(ClockQuality)
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
    private var newest: Int64 = -1
    private var isRestarted = false
    /// Signs of life of watches: when, and of which home.
    private var beats: [(at: Int64, home: Int)] = []
    private let digest: ConfigurationDigest
    private var records: [JournalRecord] = [], effects: [Effect] = []
    private(set) var openings = 0

    /// - Parameter folder: of the test's own; gets `config` and `data`.
    init(seed: UInt64, folder: String) throws {
        self.folder = folder
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: root + "/config", toPath: folder + "/config")
        try FileManager.default.createSymbolicLink(atPath: folder + "/devices", withDestinationPath: root + "/devices")
        try LedgerDay.write(folder + "/config", seed: seed)
        let loaded = try LoadedConfiguration.load(folder + "/config", environment: [:])
        (configuration, digest) = (loaded.core, loaded.digest)
        vault = try Vault(folder + "/data", options: LedgerOptions(ballastBytes: 0))
        core = GatewayCore(under: loaded.core)
        homes = (1...LedgerDay.residents).map { SimulatedHome(number: $0, seed: seed) }
        random = SplitMix(seed: seed)
        step(.started(HubStart(hub: "hub1", epoch: vault.ledger.epoch, build: "test", wall: LedgerDay.begin, quality: .synchronised)))
        step(.configured(digest))
        step(.link(LinkChange(link: .safety, change: .resumed(isSessionPresent: false))))
        step(.link(LinkChange(link: .safety, change: .drained)))
        let row = ConfigurationRow(digest: loaded.digest, bytes: loaded.bytes)
        try flush(row)
    }

    /// - Parameter until: seconds since midnight at which it is broken off.
    mutating func play(until: Int = 86_400) throws {
        for _ in 0..<400 { open(Int64(random.int(1...86_300)) * 1_000_000) }
        fail()
        drill(home: 30, at: 54_000_000_000)
        drill(home: 31, at: 61_200_000_000)
        plans.sort { ($0.at, $0.number) < ($1.at, $1.number) }
        let end = Int64(until) * 1_000_000
        while true {
            let due = core.nextDeadline.map { $0.microseconds - LedgerDay.begin.microseconds }
            let next = min(plans.first?.at ?? end, due ?? end, beats.last?.at ?? end)
            guard next < end else { break }
            if !isRestarted, next >= LedgerDay.down.lowerBound {
                restart()
                continue
            }
            now = max(now, next)
            if let plan = plans.first, plan.at <= now {
                plans.removeFirst()
                if case .publish = plan.act, LedgerDay.isUnheard(plan.at) { continue }
                act(plan.act)
            } else if let beat = beats.last, beat.at <= now {
                beats.removeLast()
                if !LedgerDay.isUnheard(beat.at) { step(.message(LedgerDay.watch(beat.home, "hb", "\"step\":1,\"battery\":76"))) }
            } else {
                step(.wake)
            }
            if records.count >= 400 { try flush(nil) }
        }
        try flush(nil)
    }

    private static func isUnheard(_ at: Int64) -> Bool { deaf.contains(at) || down.contains(at) }

    /// The hub comes back after the time in which it did not run.
    private mutating func restart() {
        isRestarted = true
        now = LedgerDay.down.upperBound
        step(.started(HubStart(hub: "hub1", epoch: vault.ledger.epoch, build: "test", wall: LedgerDay.begin + Span(microseconds: now), quality: .synchronised)))
        step(.configured(digest))
        step(.link(LinkChange(link: .safety, change: .resumed(isSessionPresent: true))))
        step(.link(LinkChange(link: .safety, change: .drained)))
    }

    /// Watches that stop, buttons that their bridge calls gone, a lost session and a wrong clock.
    private mutating func fail() {
        for number in 1...LedgerDay.residents {
            let stop = number.isMultiple(of: 10) ? 30_000 : 86_400
            for second in stride(from: number, to: stop, by: LedgerDay.beatSeconds) { beats.append((Int64(second) * 1_000_000, number)) }
            switch number % 20 {
            case 0:
                tell(number, isOnline: false, second: 32_400)
                tell(number, isOnline: true, second: 72_000)
            case 5: tell(number, isOnline: false, second: 46_800)
            case 10: tell(number, isOnline: false, second: 75_600)
            default: break
            }
        }
        beats.sort { ($0.at, $0.home) > ($1.at, $1.home) }
        planned += 1
        plans.append((LedgerDay.deaf.lowerBound, planned, .link(.lost)))
        plans.append((LedgerDay.deaf.upperBound, planned, .link(.resumed(isSessionPresent: true))))
        plans.append((LedgerDay.deaf.upperBound + 1, planned, .link(.drained)))
        plans.append((LedgerDay.wrongClock.lowerBound, planned, .clock(.unsynchronised)))
        plans.append((LedgerDay.wrongClock.upperBound, planned, .clock(.synchronised)))
    }

    private mutating func tell(_ number: Int, isOnline: Bool, second: Int) {
        let message = Message(link: .safety, topic: "zigbee2mqtt/\(homes[number - 1].name)/bed_sos/availability", payload: Array("{\"state\":\"\(isOnline ? "online" : "offline")\"}".utf8))
        plan(Int64(second) * 1_000_000, .publish(message))
    }

    /// A button is armed and pressed; `staff` takes what comes of it.
    private mutating func drill(home: Int, at: Int64) {
        plan(at, .command(.arm(DeviceID("topic:zigbee2mqtt/\(homes[home - 1].name)/bed_sos"), seconds: 300), "wu"))
        plan(at + 20_000_000, .publish(homes[home - 1].sos()))
    }

    private static func imei(_ number: Int) -> String { "8600000000" + String(repeating: "0", count: 5 - String(number).count) + String(number) }

    private static func watch(_ number: Int, _ topic: String, _ members: String) -> Message {
        Message(link: .safety, topic: "iMEDE_watch/\(topic)", payload: Array("{\"IMEI\":\"\(imei(number))\",\(members)}".utf8))
    }

    /// The shipped configuration with these homes, a station that is not manned by night, and duties that fall due within the day.
    private static func write(_ folder: String, seed: UInt64) throws {
        var homes = "homes:\n"
        for number in 1...residents {
            var one = SimulatedHome(number: number, seed: seed).yaml
            if number <= loneHomes { one = one.replacingOccurrences(of: "sim-station", with: "lone-point") }
            if number <= visitedHomes { one = one.replacingOccurrences(of: "        sex: female\n", with: "        sex: female\n        visit_days: 1\n") }
            homes += one
        }
        for number in 1...bareHomes {
            homes += "  - {id: bare-\(number), timezone: Asia/Shanghai, place: {station: sim-station}, residents: [{id: bare-\(number)-r, name: \"Bare \(number)\"}]}\n"
        }
        try homes.write(toFile: folder + "/homes.yaml", atomically: true, encoding: .utf8)
        func change(_ name: String, _ old: String, _ new: String) throws {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            try #require(text.contains(old), "\(name) no longer has \"\(old)\"")
            try text.replacingOccurrences(of: old, with: new).write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        }
        try change("response.yaml", "test_days: 7, drill_days: 183", "test_days: 1, drill_days: 1, eligible_residents: \(eligible)")
        try change("care-network.yaml", "\nposts:\n", """

            posts:
              - {id: lone, chain: care, level: station, name: {zh-CN: 独点, en: lone point}, serves: [lone-point], queues: [station], ring: {way: phone, confirmed: 2026-11-02}, rota: lone}

            """)
        try change("care-network.yaml", "\nrotas:\n", """

            rotas:
              - {name: lone, shifts: [{from: "07:00", to: "19:00", who: [hua]}]}

            """)
    }

    /// What scripts/recount-report must be told of these homes, from what stands above and nowhere else.
    var guards: Data {
        get throws {
            let begun = LedgerDay.begin, hours: (Int) -> String = { (begun + .seconds($0 * 3_600)).description }
            var people: [[String: Any]] = (1...LedgerDay.residents).map { number in
                let name = homes[number - 1].name
                let button: [String: Any] = ["id": "topic:zigbee2mqtt/\(name)/bed_sos", "topic": "zigbee2mqtt/\(name)/bed_sos", "press": ["action": "emergency"], "silence_s": 259_200]
                let watch: [String: Any] = [
                    "id": "imei:\(LedgerDay.imei(number))", "topic": "iMEDE_watch/", "member": "IMEI", "value": LedgerDay.imei(number), "press": ["status": "SOS"], "silence_s": 1_800,
                ]
                let isLone = number <= LedgerDay.loneHomes
                return [
                    "id": name + "-r", "visits": number <= LedgerDay.visitedHomes, "devices": [button, watch],
                    "unmanned": isLone ? [[hours(0), hours(7)], [hours(19), hours(24)]] : [],
                ]
            }
            people += (1...LedgerDay.bareHomes).map { ["id": "bare-\($0)-r", "devices": [] as [Any]] }
            return try JSONSerialization.data(withJSONObject: ["eligible": LedgerDay.eligible, "repair_hours": 2, "stations": 2, "residents": people] as [String: Any])
        }
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
        case .link(let change): step(.link(LinkChange(link: .safety, change: change)))
        case .clock(let quality): step(.clock(ClockStep(offsetBefore: core.clock.offset, offsetAfter: core.clock.offset, quality: quality)))
        case .confirm(let key): step(.delivery(DeliveryReport(key: key, outcome: .confirmed)))
        case .command(let action, let actor):
            planned += 1
            step(.command(Command(id: CommandID("c\(planned)"), actor: actor, role: .caregiver, via: .http, action: action)))
        }
    }

    /// One record; what it gives is planned for: receivers confirm 2.3 s later, or after the cut.
    private mutating func step(_ body: JournalRecord.Body) {
        position += 1
        now = max(now, newest + 1)
        newest = now
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
                if revision.origin == .live { openings += 1 }
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
