import Capture
import CareModel
import Foundation
import Glibc
import MQTTSession
import Testing

private let device = BrokerAccount(user: "device", password: "pw", access: [TopicAccess(.write, "s/#"), TopicAccess(.write, "t/#"), TopicAccess(.read, "down/#")])

@Suite("Intake", .serialized, .timeLimit(.minutes(2)))
struct IntakeTests {
    @Test("both links are resumed and drained, and messages come through their own link, safety first")
    func linksAndOrder() throws {
        let bench = try Bench(accounts: [device])
        let turner = Turner(try bench.intake())
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        for link in Link.allCases { #expect(turner.changes(of: link) == [.resumed(isSessionPresent: false), .drained]) }
        #expect(turner.messages.isEmpty)
        let peer = try bench.session("device", "pw")
        for n in 0..<3 {
            #expect(try peer.publish("t/\(n)") == .accepted)
            #expect(try peer.publish("s/\(n)") == .accepted)
        }
        #expect(turner.turn { turner.messages.count == 6 })
        #expect(turner.messages.map(\.topic) == ["s/0", "s/1", "s/2", "t/0", "t/1", "t/2"])
        #expect(turner.messages.map(\.link) == [.safety, .safety, .safety, .telemetry, .telemetry, .telemetry])
        let status = turner.intake.status(.safety)
        #expect(status.isConnected && status.isDrained && status.refusedFilters.isEmpty)
        turner.intake.stop()
    }

    @Test("gathering telemetry ends at once for a safety message and for what is urgent, and not for telemetry")
    func gathering() throws {
        let bench = try Bench(accounts: [device])
        let turner = Turner(try bench.intake())
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        let peer = try bench.session("device", "pw")
        let long = Span.seconds(20), begun = Date()
        #expect(try peer.publish("s/1") == .accepted)
        turner.intake.gather(atMost: long) { false }
        #expect(turner.turn { turner.messages.map(\.topic) == ["s/1"] })
        let mailbox = Mailbox<Int>(limit: 4, wake: turner.intake.wake)
        #expect(mailbox.post(1))
        turner.intake.gather(atMost: long) { mailbox.count > 0 }
        #expect(Date().timeIntervalSince(begun) < 15)
        #expect(try peer.publish("t/1") == .accepted)
        let gathering = Date()
        turner.intake.gather(atMost: .milliseconds(60)) { false }
        #expect(Date().timeIntervalSince(gathering) >= 0.059)
        #expect(turner.turn { turner.messages.map(\.topic) == ["s/1", "t/1"] })
        turner.intake.stop()
    }

    @Test("what waited at the broker is read before the link counts as drained; QoS 0 presses wait too")
    func backlogComesBeforeDrained() throws {
        let bench = try Bench(accounts: [device])
        let first = Turner(try bench.intake())
        #expect(first.turn { first.drainedAfter.count == 2 })
        first.intake.stop()
        let peer = try bench.session("device", "pw")
        for n in 0..<1_500 {
            while peer.session.publishesInFlight > 200 { peer.turn() }
            try peer.session.publish(topic: "t/\(n % 7)", payload: Array("\(n)".utf8))
        }
        eventually { peer.turn(); return peer.session.publishesInFlight == 0 }
        #expect(try peer.publish("s/press", qos: 0) == .accepted)
        let second = Turner(try bench.intake())
        #expect(second.turn { second.drainedAfter.count == 2 })
        #expect(second.messages.filter { $0.link == .telemetry }.map { String(decoding: $0.payload, as: UTF8.self) } == (0..<1_500).map(String.init))
        #expect(second.messages.filter { $0.link == .safety }.map(\.topic) == ["s/press"])
        #expect(second.drainedAfter[.telemetry].map { $0 >= 1_500 } == true)
        #expect(second.largestBurst <= Limits.messagesPerTurnMax)
        #expect(second.largestBurst > 1)
        #expect(second.changes(of: .telemetry) == [.resumed(isSessionPresent: true), .drained])
        second.intake.stop()
    }

    @Test("a burst that can't be committed comes again, after lost and resumed")
    func refusedBurstComesAgain() throws {
        let bench = try Bench(accounts: [device])
        let turner = Turner(try bench.intake())
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        turner.commits = false
        let peer = try bench.session("device", "pw")
        for n in 0..<20 { #expect(try peer.publish(n % 2 == 0 ? "s/\(n)" : "t/\(n)") == .accepted) }
        #expect(turner.turn { turner.messages.count == 20 })
        turner.intake.refuse()
        (turner.messages, turner.changes, turner.drainedAfter, turner.commits) = ([], [], [:], true)
        #expect(turner.turn { turner.messages.count == 20 && turner.drainedAfter.count == 2 })
        #expect(Set(turner.messages.map(\.topic)).count == 20)
        for link in Link.allCases { #expect(turner.changes(of: link) == [.lost, .resumed(isSessionPresent: true), .drained]) }
        turner.intake.stop()
    }

    @Test("a device's acknowledgement goes down")
    func downlink() throws {
        let bench = try Bench(accounts: [device])
        let turner = Turner(try bench.intake())
        #expect(throws: SessionFailure.notConnected) { try turner.intake.publish(Downlink(topic: "down/1", payload: [])) }
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        let peer = try bench.session("device", "pw", filters: ["down/#"])
        try turner.intake.publish(Downlink(topic: "down/1", payload: [1, 0, 2]))
        turner.intake.flush()
        #expect(turner.turn { peer.turn(); return peer.messages.count == 1 })
        #expect(peer.messages.first?.payload == [1, 0, 2])
        turner.intake.stop()
    }

    @Test("a filter that left the configuration is left at the next start, and new ones at a reload")
    func filtersAreRemembered() throws {
        let bench = try Bench(accounts: [device])
        let first = Turner(try bench.intake(safety: ["s/old/#", "s/both/#"]))
        #expect(first.turn { first.drainedAfter.count == 2 })
        first.intake.stop()
        let second = Turner(try bench.intake(safety: ["s/both/#"]))
        #expect(second.turn { second.drainedAfter.count == 2 })
        second.intake.setFilters(safety: ["s/both/#", "s/new/#"], telemetry: ["t/#"])
        let peer = try bench.session("device", "pw")
        #expect(try peer.publish("s/old/1") == .noSubscribers)
        #expect(try peer.publish("s/both/1") == .accepted)
        #expect(second.turn { (try? peer.publish("s/new/1")) == .accepted })
        #expect(second.turn { second.messages.contains { $0.topic == "s/new/1" } })
        #expect(!second.messages.contains { $0.topic == "s/old/1" })
        second.intake.stop()
    }

    @Test("a mailbox takes as many letters as its limit, one more is refused, and it wakes the loop")
    func mailboxIsBounded() throws {
        let wake = Wake()
        let mailbox = Mailbox<Int>(limit: 3, wake: wake)
        var waiting = pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&waiting, 1, 0) == 0)
        #expect((0..<4).map { mailbox.post($0) } == [true, true, true, false])
        #expect(poll(&waiting, 1, 0) == 1)
        wake.clear()
        #expect(poll(&waiting, 1, 0) == 0)
        #expect(mailbox.take(max: 2) == [0, 1])
        // What is left wakes again.
        #expect(poll(&waiting, 1, 0) == 1)
        #expect(mailbox.take() == [2])
        #expect(mailbox.post(5))
        #expect(mailbox.count == 1)
    }

    @Test("no letter of four threads is lost, and each post wakes a waiting intake")
    func mailboxFromThreads() throws {
        let wake = Wake()
        let mailbox = Mailbox<Int>(limit: 100_000, wake: wake)
        for thread in 0..<4 { startThread("poster") { for n in 0..<5_000 { _ = mailbox.post(thread * 5_000 + n) } } }
        var got: [Int] = []
        let end = Date().addingTimeInterval(20)
        while got.count < 20_000, Date() < end {
            var waiting = pollfd(fd: wake.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 5_000) == 1 else { break }
            wake.clear()
            got += mailbox.take(max: 700)
        }
        #expect(got.count == 20_000)
        #expect(Set(got).count == 20_000)
    }
}
