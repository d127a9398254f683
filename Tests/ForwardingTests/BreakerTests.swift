import CareModel
import Testing

@testable import Forwarding

@Suite("A receiver that takes nothing", .timeLimit(.minutes(1)))
struct BreakerTests {
    private let start = ContinuousClock.now

    @Test("it opens at the fifth failure in a row, tries with a few after its pause, doubles the pause, and closes at one success")
    func life() {
        var breaker = Breaker()
        func fail(_ second: Int) { breaker.failed(at: start + .seconds(second)) { .seconds(10 * $0) } }
        for _ in 1..<Breaker.failuresMax { fail(0) }
        #expect(breaker.admit(100, at: start) == 100, "one below the limit")
        fail(0)
        #expect(breaker.state == .open(until: start + .seconds(10)))
        fail(1)
        #expect(breaker.admit(100, at: start + .seconds(9)) == 0 && breaker.state == .open(until: start + .seconds(10)), "what was under way changes nothing")
        #expect(breaker.admit(100, at: start + .seconds(10)) == Breaker.probesMax)
        breaker.sent(3)
        #expect(breaker.admit(100, at: start + .seconds(10)) == Breaker.probesMax - 3)
        fail(11)
        #expect(breaker.state == .open(until: start + .seconds(31)), "the second pause is longer")
        breaker.receiverReturned()
        #expect(breaker.admit(2, at: start + .seconds(12)) == 2)
        breaker.succeeded()
        #expect(breaker == Breaker())
    }

    @Test("a rest that the receiver asked for is kept, the longer one of two")
    func rest() {
        var breaker = Breaker()
        breaker.rest(until: start + .seconds(60))
        breaker.rest(until: start + .seconds(30))
        #expect(breaker.state == .open(until: start + .seconds(60)) && breaker.admit(1, at: start + .seconds(59)) == 0 && breaker.admit(1, at: start + .seconds(60)) == 1)
    }

    @Test("the same seed gives the same jitter, another one another")
    func jitter() {
        var a = SplitMix64(text: "station"), b = SplitMix64(text: "station"), c = SplitMix64(text: "town")
        let words = (0..<4).map { _ in a.next() }
        #expect(words == (0..<4).map { _ in b.next() } && words != (0..<4).map { _ in c.next() })
    }

    @Test("a dead receiver is asked a few times a second and not for each of a thousand deliveries; all arrive when it is back")
    func restsAndReturns() async {
        let desk = Desk((1...1_000).map { parcel($0, 1, .low) })
        let channel = SwitchedChannel()
        await working([worker(desk, channel) { ($0.backoffFirst, $0.backoffLast) = (.milliseconds(100), .milliseconds(400)) }]) {
            let begun = ContinuousClock.now
            #expect(await eventually(seconds: 30) { channel.tries >= 2 && ContinuousClock.now - begun >= .seconds(1) })
            // Ten pauses of 100 ms are the most that fit into a second, however long the machine took.
            let before = channel.tries, seconds = Int((ContinuousClock.now - begun).components.seconds) + 1
            #expect(before <= 224 + seconds * 10 * Breaker.probesMax, "\(before) tries in \(seconds) s")
            #expect(desk.reports.count <= 260 + (seconds - 1) * 10 * Breaker.probesMax, "told once a delivery that was tried")
            // A press of somebody else goes at once, whatever rests.
            desk.add(parcel(5_000, 1, .high))
            channel.allow { $0.priority == .high }
            #expect(await eventually(seconds: 1) { channel.taken.contains(parcel(5_000).key) })
            channel.allow { _ in true }
            #expect(await eventually { desk.left.isEmpty })
        }
    }

    @Test("deliveries that never go don't keep others from trying after a pause")
    func poison() async {
        let desk = Desk((1...8).map { parcel($0, 1, .high) })
        let channel = SwitchedChannel()
        await working([worker(desk, channel)]) {
            #expect(await eventually { channel.tries >= 16 })
            for number in UInt64(100)...120 { desk.add(parcel(number, 1, .low)) }
            channel.allow { $0.key.incident.number >= 100 }
            #expect(await eventually { desk.left.count == 8 }, "\(desk.left.count) left")
        }
    }

    @Test("lesser deliveries that hang leave room for urgent ones")
    func urgentRoom() async {
        let gate = Gate()
        let desk = Desk((1...20).map { parcel($0, 1, .low) })
        let channel = ScriptedChannel { parcel, _ in
            if parcel.priority == .low { await gate.wait() }
            return .confirmed
        }
        await working([worker(desk, channel) { ($0.underWayMax, $0.urgentRoom, $0.batchMax) = (6, 2, 1) }]) {
            #expect(await eventually { channel.keys.count == 4 })
            desk.add(parcel(50, 1, .high))
            #expect(await eventually { !desk.left.contains(parcel(50).key) })
            #expect(channel.keys.count == 5)
            gate.open()
            #expect(await eventually { desk.left.isEmpty })
        }
    }

    @Test("a delivery that stands in the outbox long after its report goes again")
    func lostReport() async {
        let desk = ForgetfulDesk(parcel(1))
        let channel = ScriptedChannel { _, _ in .confirmed }
        var pace = QueueWorker.Pace()
        (pace.pollInterval, pace.reportLimit) = (.milliseconds(20), .milliseconds(100))
        await working([QueueWorker(queue: QueueName("station"), channel: channel, outbox: desk, reports: desk, pace: pace, logger: silent)]) {
            #expect(await eventually { channel.keys.count >= 2 })
        }
    }
}

/// Loses every report, as a turn that can't be stored does.
private struct ForgetfulDesk: OutboxReading, ReportPosting {
    let parcel: Parcel
    init(_ parcel: Parcel) { self.parcel = parcel }
    func heads(of queue: QueueName, limit: Int, where isWanted: (DeliveryKey, Priority) -> Bool) -> OutboxHeads {
        OutboxHeads(keys: [parcel.key], parcels: isWanted(parcel.key, parcel.priority) ? [parcel] : [])
    }
    func post(_ report: DeliveryReport) -> Bool { true }
}
