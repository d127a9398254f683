import CareModel
@testable import Escalation
import Testing

/// 守护有效率, from outages that a test wrote down.
@Suite("Coverage")
struct CoverageTests {
    private static func second(_ n: Int) -> WallTime { WallTime(microseconds: Int64(n) * 1_000_000) }
    private static let button = DeviceID("ieee:01"), watch = DeviceID("ieee:02"), bridge = DeviceID("ieee:99")
    private static let period = second(1_000)..<second(2_000)

    private static func of(_ people: [CoverageReport.Person], eligible: Int? = nil, _ outages: [(Int, Outage.Cause, Bool)], isUp: Bool = true) -> CoverageReport {
        let start: [Outage] = isUp ? [Outage(at: second(0), cause: .hub, hasBegun: false), Outage(at: second(0), cause: .link, hasBegun: false)] : []
        return CoverageReport(people, eligible: eligible, outages: start + outages.map { Outage(at: second($0.0), cause: $0.1, hasBegun: $0.2) }, period: period)
    }

    private static func seconds(_ report: CoverageReport) -> [Int] { report.lostMicroseconds.map { Int($0 / 1_000_000) } }

    @Test("whoever has a device that is heard is covered; without one, and beyond the residents, nobody is")
    func denominators() {
        let one = CoverageReport.Person(devices: [[Self.button]], posts: [])
        let report = Self.of([one, .init(devices: [], posts: [])], eligible: 5, [])
        #expect(report.eligible == 5 && report.residents == 2 && report.withDevice == 1 && report.dueMicroseconds == 5_000_000_000)
        #expect(Self.seconds(report) == [3_000, 1_000, 0, 0, 0, 0, 0] && report.coveredMicroseconds == 1_000_000_000 && report.perMille == 200)
        #expect(Self.of([one], eligible: 1, []).perMille == 1_000 && Self.of([one], eligible: nil, []).eligible == 1)
        // A list that is shorter than the house takes nobody out.
        #expect(Self.of([one, one], eligible: 1, []).eligible == 2)
        #expect(Self.of([], []).perMille == nil)
        #expect(report.csv() == [
            "coverage,eligible,residents,with_device,per_mille,due_s,covered_s,not_on_hub_s,no_device_s,hub_s,link_s,clock_s,nobody_on_duty_s,device_s",
            "coverage,5,2,1,200,5000,1000,3000,1000,0,0,0,0,0",
        ])
    }

    @Test("each second counts under the first cause that holds, once, and all of them make up the whole")
    func causes() {
        let person = CoverageReport.Person(devices: [[Self.button]], posts: ["station"])
        let report = Self.of([person, person], [
            (500, .device(Self.watch), true),
            (1_100, .hub, true), (1_200, .hub, false),
            (1_150, .link, true), (1_300, .link, false),
            (1_290, .clock, true), (1_400, .clock, false),
            (1_350, .post("station"), true), (1_500, .post("station"), false),
            (1_450, .device(Self.button), true), (1_600, .device(Self.button), false),
        ])
        #expect(Self.seconds(report) == [0, 0, 200, 200, 200, 200, 200] && report.coveredMicroseconds == 1_000_000_000)
        #expect(report.coveredMicroseconds + report.lostMicroseconds.reduce(0, +) == report.dueMicroseconds)
    }

    @Test("one device that is heard is enough, a bridge takes along what is behind it, and one post of several is enough")
    func alternatives() {
        let both = CoverageReport.Person(devices: [[Self.button, Self.bridge], [Self.watch]], posts: ["a", "b"])
        #expect(Self.seconds(Self.of([both], [(1_000, .device(Self.button), true), (1_500, .post("a"), true)])) == [0, 0, 0, 0, 0, 0, 0])
        let report = Self.of([both], [
            (1_100, .device(Self.bridge), true), (1_200, .device(Self.watch), true), (1_300, .device(Self.bridge), false),
            (1_250, .post("a"), true), (1_400, .post("b"), true), (1_450, .post("a"), false),
        ])
        #expect(Self.seconds(report)[CoverageReport.Cause.device.rawValue] == 100 && Self.seconds(report)[CoverageReport.Cause.nobodyOnDuty.rawValue] == 50)
    }

    @Test("what began before the period counts in it, what never ended counts to its end, what is said twice counts once; before the first start nobody is covered")
    func edges() {
        let one = CoverageReport.Person(devices: [[Self.button]], posts: [])
        #expect(Self.seconds(Self.of([one], [(10, .device(Self.button), true), (1_010, .device(Self.button), false)]))[6] == 10)
        #expect(Self.seconds(Self.of([one], [(1_990, .device(Self.button), true)]))[6] == 10)
        #expect(Self.seconds(Self.of([one], [(1_100, .clock, true), (1_150, .clock, true), (1_200, .clock, false), (1_300, .clock, false)]))[4] == 100)
        // Written later, as a start writes when the hub went down.
        #expect(Self.seconds(Self.of([one], [(1_200, .clock, false), (1_100, .clock, true)]))[4] == 100)
        let young = Self.of([one], [(1_400, .hub, false), (1_400, .link, true), (1_500, .link, false)], isUp: false)
        #expect(Self.seconds(young) == [0, 0, 400, 100, 0, 0, 0] && young.coveredMicroseconds == 500_000_000)
        #expect(Self.of([one], [], isUp: false).coveredMicroseconds == 0)
    }

    @Test("stretches join, meet and take away, at their edges too")
    func stretches() {
        func of(_ pairs: [(Int, Int)]) -> Stretches { Stretches(pairs.map { Self.second($0.0)..<Self.second($0.1) }) }
        let a = of([(10, 20), (0, 5), (18, 30), (5, 6), (40, 40)])
        #expect(a == of([(0, 6), (10, 30)]) && a.microseconds == 26_000_000)
        let b = of([(4, 12), (30, 31)])
        #expect(a.common(b) == of([(4, 6), (10, 12)]) && b.common(a) == a.common(b))
        #expect(a.without(b) == of([(0, 4), (12, 30)]) && b.without(a) == of([(6, 10), (30, 31)]))
        #expect(a.joined(b) == of([(0, 31)]) && a.joined(Stretches()) == a && Stretches().joined(b) == b)
        #expect(a.without(Stretches()) == a && Stretches().without(a) == Stretches() && a.without(a) == Stretches())
        #expect(of([(0, 100)]).without(of([(10, 20), (30, 40), (90, 120)])) == of([(0, 10), (20, 30), (40, 90)]))
        #expect(of([(0, 1), (2, 3), (4, 5)]).without(of([(0, 10)])) == Stretches())
    }

    @Test("an outage is the same after its entry of the audit, and no other entry is one")
    func entries() {
        for cause in [Outage.Cause.hub, .link, .clock, .device(DeviceID("topic:a/b:c")), .post("station-1")] {
            for hasBegun in [true, false] {
                let outage = Outage(at: Self.second(7), cause: cause, hasBegun: hasBegun)
                #expect(Outage(outage.entry) == outage)
            }
        }
        var other = Outage(at: Self.second(7), cause: .hub, hasBegun: true).entry
        other.object = "moon"
        #expect(Outage(other) == nil)
        other = DutyReport.Done.entry("test|ieee:01", at: Self.second(7))
        #expect(Outage(other) == nil && other.action == DutyReport.Done.action && other.object == "test|ieee:01")
    }

    @Test("residents are guarded by their own callers and those of the home, through their bridges; shared devices guard nobody")
    func people() {
        let household = Household(
            homes: [Home(id: HomeID("h1"), zone: .utc, station: "s"), Home(id: HomeID("h2"), zone: .utc, station: "other")],
            residents: [Resident(id: ResidentID("a"), home: 0), Resident(id: ResidentID("b"), home: 0), Resident(id: ResidentID("c"), home: 1)],
            bindings: [
                DeviceBinding(device: Self.button, profile: "p", home: 0, residents: [0], via: Self.bridge), DeviceBinding(device: Self.watch, profile: "p", home: 0, residents: []),
                DeviceBinding(device: Self.bridge, profile: "g", home: 0, residents: [], via: Self.bridge),
                DeviceBinding(device: DeviceID("ieee:03"), profile: "p", home: 0, residents: [1], isShared: true), DeviceBinding(device: DeviceID("ieee:04"), profile: "q", home: 1, residents: [2]),
            ])
        let queue = QueueName("station")
        let network = CareNetwork(
            queues: [QueueSpec(name: queue, isMasked: false)], chains: [CareChain(name: "care", levels: ["household", "station"])],
            posts: [
                Post(id: "family", chain: "care", level: "household", name: LocalizedText(zhCN: "家", en: "f"), queues: [queue], isFamily: true),
                Post(id: "p1", chain: "care", level: "station", name: LocalizedText(zhCN: "站", en: "s"), serves: ["s"], queues: [queue]),
            ])
        let plan = ResponsePlan(
            responses: [.init(name: "all", tiers: [.init(afterSeconds: 0, queues: [queue], posts: ["care.station", "care.household"])])], drillQueues: [queue], network: network)
        let found = CoverageReport.people(household, callers: [Self.button, Self.watch, DeviceID("ieee:03")], plan: plan)
        #expect(found == [
            .init(devices: [[Self.button, Self.bridge], [Self.watch]], posts: ["p1"]), .init(devices: [[Self.watch]], posts: ["p1"]), .init(devices: [], posts: []),
        ])
    }

    @Test("a rota's gap is noted when it begins and when somebody is there again, once, over a restart too")
    func posts() throws {
        var street = Street()
        let queue = QueueName("station")
        var network = CareNetwork(queues: Street.queues, chains: [CareChain(name: "care", levels: ["station"])])
        network.rotas = [Rota(name: "day", shifts: [Rota.Shift(fromMinute: 7 * 60, toMinute: 19 * 60, people: ["hua"])])]
        network.posts = [Post(id: "lone", chain: "care", level: "station", name: LocalizedText(zhCN: "站", en: "s"), queues: [queue], ringConfirmed: "2026-11-02", rota: "day")]
        street.plan = ResponsePlan(
            responses: [.init(name: "all", tiers: [.init(afterSeconds: 0, queues: [queue], posts: ["care.station"])])], drillQueues: [queue], network: network)
        func noted(_ decisions: [Decision]) -> [Bool] { decisions.audits.compactMap { Outage($0) }.filter { $0.cause == .post("lone") }.map(\.hasBegun) }
        // Wall time is 1,000 s ahead: hub second 0 is 00:16:40 of a day.
        #expect(noted(street.review(at: 0)) == [true] && noted(street.review(at: 60)).isEmpty)
        try street.restart()
        #expect(noted(street.review(at: 120)).isEmpty)
        #expect(noted(street.fire(now: 7 * 3_600)) == [false] && noted(street.fire(now: 18 * 3_600)).isEmpty)
        #expect(noted(street.fire(now: 19 * 3_600)) == [true])
    }
}
