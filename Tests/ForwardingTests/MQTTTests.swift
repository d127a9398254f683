import Capture
import CareModel
import Foundation
import MQTTSession
import Synchronization
import Testing

@testable import Forwarding

/// A mosquitto of a test's own and a publisher to it.
final class Station {
    let broker: ManagedBroker
    let loop: PublishingLoop
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "vigil-forwarding-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var failure: (any Error)?
        var started: ManagedBroker?
        // A port is random, so another try has another one.
        for _ in 0..<5 where started == nil {
            let broker = try ManagedBroker(
                BrokerConfiguration(folder: folder + "/broker", port: UInt16.random(in: 10_000...30_000), accounts: [BrokerAccount(user: "care", access: [TopicAccess(.read, "care/#")])]),
                logger: silent)
            do {
                try broker.start()
                started = broker
            } catch { failure = error }
        }
        guard let started else { throw failure ?? CancellationError() }
        broker = started
        loop = try PublishingLoop(broker.upstreamSession)
    }

    deinit {
        loop.stop()
        broker.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What the care service gets.
    func reader(_ filter: String = "care/#") throws -> Reader {
        try Reader(SessionConfiguration(
            host: "127.0.0.1", port: broker.configuration.port, clientID: "care", user: "care", password: broker.password(of: "care"), isPersistent: false), filter)
    }
}

/// A subscriber that keeps what comes.
final class Reader {
    private let messagesBox: Box
    private let loop: PublishingLoop

    final class Box: Sendable {
        let messages = Mutex<[Message]>([])
    }

    init(_ session: SessionConfiguration, _ filter: String) throws {
        let box = Box()
        messagesBox = box
        loop = try PublishingLoop(session, filters: [filter]) { message in
            box.messages.withLock { $0.append(message) }
            return true
        }
    }

    deinit { loop.stop() }

    var messages: [Message] { messagesBox.messages.withLock { $0 } }
    var payloads: [String] { messages.map { String(decoding: $0.payload, as: UTF8.self) } }
}

@Suite("Incidents over MQTT", .serialized, .timeLimit(.minutes(1)))
struct MQTTChannelTests {
    @Test("what nobody subscribes to is delayed; the subscriber gets the very bytes, and then it is confirmed")
    func delivers() async throws {
        let station = try Station()
        let channel = MQTTChannel(loop: station.loop, topic: "care/{queue}/incidents", queue: QueueName("station"))
        let first = parcel(1), second = parcel(2, body: "{\"text\":\"请致电\"}")
        let unheard = await channel.send([first])
        #expect(unheard == [first.key: .delayed("noSubscribers")])
        let reader = try station.reader("care/station/incidents")
        let desk = Desk([first, second])
        await working([worker(desk, channel)]) {
            #expect(await eventually { desk.left.isEmpty }, "\(desk.reports)")
        }
        #expect(await eventually { reader.messages.count >= 2 })
        #expect(Set(reader.payloads) == ["{\"n\":1.1}", "{\"text\":\"请致电\"}"])
        #expect(reader.messages.allSatisfy { $0.topic == "care/station/incidents" && $0.qos == 1 && !$0.isRetained })
    }

    @Test("an empty batch has no outcomes, and a stopped publisher takes nothing")
    func edges() async throws {
        let station = try Station()
        let channel = MQTTChannel(loop: station.loop, topic: "care/x", queue: QueueName("x"))
        #expect(await channel.send([]).isEmpty)
        station.loop.stop()
        let outcomes = await channel.send([parcel(1)])
        guard case .delayed? = outcomes[parcel(1).key] else { Issue.record("\(outcomes)"); return }
    }

    @Test("{queue} in a topic stands for the queue's name, wherever it is", arguments: [
        ("care/{queue}/incidents", "care/town/incidents"), ("x", "x"), ("{queue}/{queue}", "town/town"), ("{queue", "{queue"),
    ])
    func topics(template: String, topic: String) { #expect(MQTTChannel.topic(template, QueueName("town")) == topic) }

    @Test("a tally gives every outcome once all are there, whether they come before or after somebody waits", arguments: [0, 1, 2])
    func tally(before: Int) async {
        let tally = Tally(count: 2), parcels = [parcel(1), parcel(2)]
        for parcel in parcels.prefix(before) { tally.note(parcel.key, .confirmed) }
        let outcomes = await withCheckedContinuation { continuation in
            tally.begin(continuation)
            for parcel in parcels.dropFirst(before) { tally.note(parcel.key, .confirmed) }
        }
        #expect(outcomes == [parcel(1).key: .confirmed, parcel(2).key: .confirmed])
    }
}

@Suite("The sounder", .serialized, .timeLimit(.minutes(1)))
struct SounderTests {
    final class Need: Sendable {
        struct Unreadable: Error {}
        /// nil: it can't be read.
        let count = Mutex<Int?>(0)
        let asked = Mutex<Priority?>(nil)
    }

    private func sounder(_ station: Station, _ need: Need, every seconds: Int = 30) -> Sounder {
        var settings = Sounder.Settings(topic: "care/sounder/station", payloadOn: "ON", payloadOff: "OFF", minimum: .high)
        settings.repeatInterval = .seconds(seconds)
        return Sounder(settings: settings, loop: station.loop, logger: silent) { minimum in
            need.asked.withLock { $0 = minimum }
            guard let count = need.count.withLock({ $0 }) else { throw Need.Unreadable() }
            return count
        }
    }

    @Test("it sounds while somebody must come, is silent after, and says each once; a lamp that comes later reads the state")
    func sounds() async throws {
        let station = try Station(), need = Need()
        let sounder = sounder(station, need)
        let lamp = try station.reader("care/sounder/#")
        let task = Task { await sounder.run() }
        defer { task.cancel() }
        #expect(await eventually { lamp.payloads.last == "OFF" })
        need.count.withLock { $0 = 2 }
        sounder.wake()
        #expect(await eventually { lamp.payloads.last == "ON" })
        for _ in 0..<5 { sounder.wake() }
        let late = try station.reader("care/sounder/#")
        #expect(await eventually { late.payloads == ["ON"] })
        #expect(late.messages.first?.isRetained == true)
        need.count.withLock { $0 = 0 }
        sounder.wake()
        #expect(await eventually { lamp.payloads.last == "OFF" })
        #expect(lamp.payloads.count { $0 == "ON" } == 1)
        #expect(need.asked.withLock { $0 } == .high)
    }

    @Test("what can't be read sounds, and the state is said again at intervals")
    func unreadable() async throws {
        let station = try Station(), need = Need()
        need.count.withLock { $0 = nil }
        let sounder = sounder(station, need, every: 1)
        let lamp = try station.reader("care/sounder/#")
        let task = Task { await sounder.run() }
        defer { task.cancel() }
        #expect(await eventually { lamp.payloads.count { $0 == "ON" } >= 3 }, "\(lamp.payloads)")
    }
}
