import CareModel
@testable import Escalation
import Testing

/// SplitMix64: the same sequence on every machine.
struct Dice {
    var state: UInt64
    mutating func roll(_ n: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(n))
    }
    mutating func pick<T>(_ list: [T]) -> T { list[roll(list.count)] }
}

/// One input of the room.
enum Input {
    case finding(Finding), command(Command.Action, String, UInt32?, String), time(Bool), dead(UInt64, UInt32, String)
}

/// A random day: findings of all sorts, people who act on anything, time that passes.
func randomInputs(seed: UInt64, count: Int) -> [(Input, Int)] {
    var dice = Dice(state: seed), now = 0, inputs: [(Input, Int)] = []
    let who = [Street.subject(["anna"]), Street.subject(["bo"]), Street.subject(["anna", "bo"]), Street.subject([], device: "ieee:02"), Street.subject([], home: nil, device: "mac:7")]
    for n in 0..<count {
        now += dice.pick([0, 0, 1, 5, 11, 40, 70])
        switch dice.roll(10) {
        case 0...5:
            let kind = dice.pick(["safety.sos", "safety.fall", "vital.spo2.low", "vital.heart_rate.high", "device.silent"])
            let change = dice.pick([Finding.Change.raised, .raised, .updated, .cleared(.recovered), .cleared(.cancelledByDevice), .cleared(.ruleRemoved)])
            inputs.append((.finding(Street.finding(
                kind, change, dice.pick(Priority.allCases), who: dice.pick(who), rule: dice.pick([kind, "other"]),
                category: kind == "device.silent" ? .technical : nil, isCondition: dice.roll(2) == 0, isLatching: dice.roll(5) == 0,
                isLate: dice.roll(6) == 0, device: dice.pick(["ieee:01", "ieee:03"]), sequence: UInt64(dice.roll(40)),
                text: dice.pick(["one", "two"]), at: now)), now))
        case 6, 7:
            let id = Street.id(UInt64(1 + dice.roll(n / 8 + 2)))
            let action = dice.pick([
                Command.Action.acknowledge(id), .contact(id, .patient, note: "c"), .contact(id, .noAnswer, note: ""), .handOver(id, to: "wu"),
                .arrive(id), .resolve(id, .accidental, note: "r"), .annotate(id, note: "n"),
                .resolve(id, .falseAlarm, note: ""), .arm(DeviceID("ieee:01"), seconds: 30),
                .shelve(id, seconds: 60, reason: "known"), .unshelve(id), .reopen(id, note: "again"),
                .escalate(id), .visit(ResidentID("anna")),
            ])
            inputs.append((.command(action, dice.pick(["li", "wu"]), dice.roll(4) == 0 ? 1 : nil, "c\(dice.roll(count))"), now))
        case 8:
            inputs.append((.dead(UInt64(1 + dice.roll(n / 8 + 2)), UInt32(1 + dice.roll(3)), dice.pick(["station", "town"])), now))
        default:
            inputs.append((.time(dice.roll(3) == 0), now))
        }
    }
    return inputs
}

extension Street {
    mutating func play(_ input: Input, at now: Int) -> [Decision] {
        var out: [Decision] = []
        if case .time(let wasDown) = input { return fire(now: now, wasDown: wasDown) }
        out += fire(now: now)
        switch input {
        case .finding(let finding): out += take(finding, at: now)
        case .command(let action, let actor, let expected, let id): out += obey(action, by: actor, id: id, expecting: expected, at: now)
        case .dead(let number, let revision, let queue):
            out += report(DeliveryKey(incident: Street.id(number), revision: revision, queue: QueueName(queue)), .deadLettered("no"), at: now)
        case .time: break
        }
        return out
    }
}

@Test("restored at every prefix from its rows alone, the rest decides the same", arguments: 1...12 as ClosedRange<UInt64>)
func restartEquivalence(seed: UInt64) throws {
    let inputs = randomInputs(seed: seed, count: 120)
    var straight = Street(), expected: [[Decision]] = [], forks: [Street] = []
    for (input, now) in inputs {
        forks.append(straight)
        expected.append(straight.play(input, at: now))
    }
    #expect(straight.all.revisions.count > 40, "a day in which something happens")
    for (start, fork) in forks.enumerated() {
        var again = fork
        try again.restart()
        let a = again.escalation, b = fork.escalation
        #expect(a.incidents == b.incidents && a.byJoinKey == b.byJoinKey && a.byCondition == b.byCondition)
        #expect(a.closed == b.closed && a.closedOrder == b.closedOrder && a.flaps == b.flaps && a.storms == b.storms && a.leaders == b.leaders)
        #expect(a.armed == b.armed && a.dismissed == b.dismissed && a.nextNumber == b.nextNumber && a.nextDeadline == b.nextDeadline)
        for index in start..<min(inputs.count, start + 40) {
            let got = again.play(inputs[index].0, at: inputs[index].1)
            guard got == expected[index] else {
                Issue.record("seed \(seed), restored before \(start), differs at \(index): \(got) instead of \(expected[index])")
                return
            }
        }
    }
}

@Test("what was taken is known after a restart at every prefix", arguments: 1...4 as ClosedRange<UInt64>)
func reconcileGivesNothing(seed: UInt64) throws {
    var street = Street(), taken: [(Finding, UInt64)] = []
    for (input, now) in randomInputs(seed: seed &+ 100, count: 150) {
        _ = street.play(input, at: now)
        if case .finding(let finding) = input { taken.append((finding, street.position)) }
        let restored = try Escalation(restoring: Array(street.rows.values))
        for (finding, position) in taken where !restored.knows(finding, position: position) {
            Issue.record("seed \(seed): \(finding.conditionKey) \(finding.change) of \(position) is unknown at \(street.position)")
            return
        }
    }
}

@Test("invariants of a random day: revisions without gaps, one end, nothing after it, rows only of open incidents", arguments: 1...20 as ClosedRange<UInt64>)
func invariants(seed: UInt64) {
    var street = Street(), last: [IncidentID: Incident] = [:]
    for (input, now) in randomInputs(seed: seed &+ 1_000, count: 200) {
        for revision in street.play(input, at: now).revisions {
            if let before = last[revision.id] {
                #expect(revision.revision == before.revision + 1 && (before.state != .resolved || revision.annotations.last?.what == "reopened"))
                #expect(revision.subject.residents == before.subject.residents && revision.tier >= before.tier)
            } else {
                #expect(revision.revision == 1 && revision.phase == .start)
            }
            if revision.category == .safety, revision.state == .resolved { #expect(revision.closeReason != nil) }
            last[revision.id] = revision
        }
    }
    let open = last.values.filter { $0.state != .resolved }.count
    #expect(open == street.escalation.openCount)
    #expect(street.rows.keys.filter { $0.hasPrefix("incident") }.count == open)
}

@Test("damaged rows are an error, not a crash")
func damage() throws {
    var street = Street()
    _ = street.take(Street.finding(), at: 0)
    let row = try #require(street.rows.values.first { $0.table == "incident" })
    let bytes = try #require(row.bytes)
    for length in 0..<bytes.count {
        #expect(throws: BinaryFailure.self) {
            try Escalation(restoring: [DecidedRow(table: row.table, key: row.key, version: row.version, bytes: Array(bytes[..<length]))])
        }
    }
    #expect(throws: BinaryFailure.self) {
        try Escalation(restoring: [DecidedRow(table: row.table, key: row.key, version: 99, bytes: bytes)])
    }
}

@Test("one incident opened and closed costs little")
func speed() {
    var street = Street(), decisions: [Decision] = []
    let elapsed = ContinuousClock().measure {
        for n in 0..<2_000 {
            decisions.removeAll(keepingCapacity: true)
            street.escalation.take(Street.finding(), position: UInt64(n), at: Street.second(n), context: Street.context, into: &decisions)
            let command = Command(id: CommandID("\(n)"), actor: "li", role: .caregiver, via: .http, action: .resolve(Street.id(UInt64(n + 1)), .accidental, note: ""))
            street.escalation.obey(command, at: Street.second(n), context: Street.context, into: &decisions)
        }
    }
    print("open and close: \(elapsed / 2_000) each")
    #expect(street.escalation.openCount == 0)
}
