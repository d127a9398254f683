import CareModel
import Foundation
import MQTTSession
import Testing

@Suite("MQTT delivery", .serialized, .timeLimit(.minutes(2)))
struct DeliveryTests {
    /// Guards the order in libmosquitto that everything rests on: fails if an upgrade lets acknowledgements out early.
    @Test("twenty messages that were read and refused all come again")
    func withheldMessagesComeAgain() throws {
        let broker = try TestBroker()
        let driver = try Driver(broker, "withhold", filters: ["a/#"])
        #expect(driver.turnUntilReady())
        driver.acknowledges = false
        let publisher = try Driver(broker, "publisher", persistent: false)
        #expect(publisher.turn { publisher.session.isConnected })
        for n in 0..<20 { try publisher.session.publish(topic: "a/\(n)", payload: [UInt8(n)]) }
        #expect(publisher.turn { publisher.session.publishesInFlight == 0 })
        #expect(driver.turn { driver.messages.count == 20 })
        #expect(driver.session.unacknowledgedCount == 20)
        #expect(!driver.session.wantsWrite)
        driver.session.flush()
        driver.session.refuse()
        #expect(driver.session.fileDescriptor == nil)
        let first = driver.messages
        driver.messages = []
        driver.acknowledges = true
        #expect(driver.turn { driver.messages.count == 20 })
        #expect(driver.messages == first)
        #expect(driver.resumes == [false, true])
        #expect(driver.losses == [.withheld])
    }

    @Test("messages that were acknowledged don't come again")
    func acknowledgedMessagesStayAway() throws {
        let broker = try TestBroker()
        let driver = try Driver(broker, "acknowledge", filters: ["a/#"])
        #expect(driver.turnUntilReady())
        for n in 0..<5 { try broker.publish("-t", "a/\(n)", "-m", "x", "-q", "1") }
        #expect(driver.turn { driver.messages.count == 5 })
        // A sixth message shows that the broker has seen the acknowledgements before the socket is shut.
        try broker.publish("-t", "a/6", "-m", "x", "-q", "1")
        #expect(driver.turn { driver.messages.count == 6 })
        #expect(driver.turn { driver.session.wantsWrite == false })
        driver.messages = []
        driver.session.disconnect()
        try broker.publish("-t", "a/last", "-m", "x", "-q", "1")
        let again = try Driver(broker, "acknowledge", filters: ["a/#"])
        #expect(again.turn { again.messages.contains { $0.topic == "a/last" } })
        #expect(again.messages.map(\.topic) == ["a/last"])
        #expect(again.resumes == [true])
    }

    @Test("a flood of 2,000 messages is read in bursts of at most 512 and nothing is lost")
    func floodIsReadInBursts() throws {
        let broker = try TestBroker()
        let driver = try Driver(broker, "flood", filters: ["f/#"])
        #expect(driver.turnUntilReady())
        driver.session.disconnect()
        let publisher = try Driver(broker, "publisher", persistent: false)
        #expect(publisher.turn { publisher.session.isConnected })
        var sent = 0
        while sent < 2_000 {
            #expect(publisher.turn { publisher.session.publishesInFlight < 200 })
            try publisher.session.publish(topic: "f/\(sent % 50)", payload: Array("\(sent)".utf8))
            sent += 1
        }
        #expect(publisher.turn { publisher.session.publishesInFlight == 0 })
        driver.session.start()
        #expect(driver.turn { driver.messages.count >= 2_000 })
        #expect(driver.messages.count == 2_000)
        #expect(driver.largestBurst <= 512)
        #expect(driver.largestBurst > 1)
        #expect(driver.messages.map { String(decoding: $0.payload, as: UTF8.self) } == (0..<2_000).map(String.init))
    }

    @Test("a burst ends at the limit and takes the rest the next time", arguments: [1, 7, 8])
    func burstRespectsItsLimit(max: Int) throws {
        let broker = try TestBroker()
        let driver = try Driver(broker, "limit", filters: ["f/#"])
        #expect(driver.turnUntilReady())
        driver.session.disconnect()
        for n in 0..<8 { try broker.publish("-t", "f/\(n)", "-m", "x", "-q", "1") }
        driver.session.start()
        #expect(driver.turn(max: max) { driver.messages.count == 8 })
        #expect(driver.largestBurst <= max)
    }

    @Test("retain flag, NUL bytes, an empty payload and QoS 0 while away are kept")
    func bytesAndFlagsAreKept() throws {
        let broker = try TestBroker()
        let publisher = try Driver(broker, "publisher", persistent: false)
        #expect(publisher.turn { publisher.session.isConnected })
        try publisher.session.publish(topic: "k/retained", payload: [0, 1, 0, 255], retain: true)
        #expect(publisher.turn { publisher.session.publishesInFlight == 0 })
        let driver = try Driver(broker, "keep", filters: ["k/#"])
        #expect(driver.turn { !driver.messages.isEmpty })
        #expect(driver.messages == [Message(link: .safety, topic: "k/retained", qos: 1, isRetained: true, payload: [0, 1, 0, 255])])
        driver.messages = []
        driver.session.disconnect()
        // A bare press with QoS 0 while the hub is away: the broker's settings keep it.
        try broker.publish("-t", "k/press", "-n", "-q", "0")
        driver.session.start()
        #expect(driver.turn { !driver.messages.isEmpty })
        #expect(driver.messages == [Message(link: .safety, topic: "k/press", qos: 1, isRetained: false, payload: [])])
    }

    @Test("a change of the filters subscribes the new and leaves the old")
    func filtersChange() throws {
        let broker = try TestBroker()
        let driver = try Driver(broker, "filters", filters: ["old/#", "both/#"])
        #expect(driver.turnUntilReady())
        driver.session.setFilters(["both/#", "new/#"])
        #expect(driver.turn { driver.session.isSubscribed })
        for topic in ["old/1", "both/1", "new/1"] { try broker.publish("-t", topic, "-m", "x", "-q", "1") }
        #expect(driver.turn { driver.messages.contains { $0.topic == "new/1" } })
        #expect(driver.messages.map(\.topic) == ["both/1", "new/1"])
        driver.session.disconnect()
        // A later process that knows what is held leaves what it doesn't want any more.
        let later = try Driver(broker, "filters")
        later.session.setFilters(["new/#"], held: ["both/#", "new/#"])
        #expect(later.turnUntilReady())
        for topic in ["both/2", "new/2"] { try broker.publish("-t", topic, "-m", "x", "-q", "1") }
        #expect(later.turn { later.messages.contains { $0.topic == "new/2" } })
        #expect(later.messages.map(\.topic) == ["new/2"])
    }
}
