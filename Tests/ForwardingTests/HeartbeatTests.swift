import CareModel
import Foundation
import Testing

@testable import Forwarding

@Suite("Signs of life")
struct HeartbeatTests {
    private func heartbeat(_ hub: String = "hub1", every: Int = 60, isReady: Bool = true, reasons: [String] = []) -> Heartbeat {
        Heartbeat(
            hub: hub, origin: hub + "-ABCDEF", sequence: 7, at: WallTime(microseconds: 1_795_000_000_000_000), everySeconds: every, version: "0.1.0",
            configuration: "c0ffee", isReady: isReady, reasons: reasons, diskFreeBytes: 5_000_000_000, isClockSynchronised: true, certificateDays: nil)
    }

    @Test("what a hub says of itself is one object that any reader of JSON takes, with null for what it doesn't know")
    func json() throws {
        let one = heartbeat(isReady: false, reasons: ["broker_lost", "disk_low"])
        #expect(one.id == "hub1-ABCDEF:heartbeat:7")
        let read = try #require(try JSONSerialization.jsonObject(with: Data(one.json)) as? [String: Any])
        #expect(read["hub"] as? String == "hub1" && read["every_s"] as? Int == 60 && read["state"] as? String == "not_ready" && read["heartbeat"] as? Int == 7)
        #expect(read["reasons"] as? [String] == ["broker_lost", "disk_low"] && read["certificate_days"] is NSNull && read["disk_free_bytes"] as? Int == 5_000_000_000)
        #expect(read["clock_offset_us"] is NSNull && read["backup_age_s"] is NSNull && read["power"] is NSNull && (read["links"] as? [String: Bool])?.isEmpty == true)
        var known = one
        (known.clockOffsetMicroseconds, known.backupAgeSeconds, known.power, known.links) = (-250, 86_400, .battery, ["safety": true, "telemetry": false])
        let more = try #require(try JSONSerialization.jsonObject(with: Data(known.json)) as? [String: Any])
        #expect(more["clock_offset_us"] as? Int == -250 && more["backup_age_s"] as? Int == 86_400 && more["power"] as? String == "battery")
        #expect(more["links"] as? [String: Bool] == ["safety": true, "telemetry": false])
        #expect(Set(read.keys) == [
            "at", "backup_age_s", "certificate_days", "clock", "clock_offset_us", "configuration", "disk_free_bytes", "every_s", "heartbeat", "hub", "links", "origin", "power", "reasons", "state",
            "version",
        ])
    }

    @Test("a hub that sends one a minute is named after 75 s and not before, once; it comes back with its next one")
    func silent() {
        let start = ContinuousClock.now
        var watch = HubWatch(at: start)
        #expect(watch.note(heartbeat().json, at: start) == [.appeared("hub1"), .state("hub1", "ready", [])])
        #expect(watch.note(heartbeat("hub2", every: 2).json, at: start).first == .appeared("hub2"))
        #expect(watch.look(at: start + .milliseconds(6_999)).isEmpty && watch.look(at: start + .seconds(7)) == [.silent("hub2", forSeconds: 7)])
        #expect(watch.note(heartbeat().json, at: start + .seconds(60)).isEmpty)
        #expect(watch.look(at: start + .seconds(134)).isEmpty, "75 s since the last one are not over")
        #expect(watch.look(at: start + .seconds(135)) == [.silent("hub1", forSeconds: 75)])
        #expect(watch.look(at: start + .seconds(1_000)).isEmpty, "once")
        #expect(watch.note(heartbeat(isReady: false, reasons: ["disk_low"]).json, at: start + .seconds(1_001)) == [.back("hub1"), .state("hub1", "not_ready", ["disk_low"])])
    }

    @Test("a hub that must be heard and never was is named too; what is no sign of life changes nothing, and names are bounded")
    func expected() {
        let start = ContinuousClock.now
        var watch = HubWatch(expected: ["hub9"], at: start)
        for text in ["", "{", "[]", "{\"hub\":\"x\"}", "{\"hub\":\"\",\"at\":\"\",\"every_s\":60,\"state\":\"ready\",\"reasons\":[]}", "{\"hub\":\"x\",\"at\":\"\",\"every_s\":0,\"state\":\"ready\",\"reasons\":[]}"] {
            #expect(watch.note(Array(text.utf8), at: start).isEmpty, "\(text)")
        }
        #expect(watch.look(at: start + .seconds(74)).isEmpty && watch.look(at: start + .seconds(75)) == [.silent("hub9", forSeconds: 75)])
        for number in 1..<HubWatch.hubsMax { _ = watch.note(heartbeat("n\(number)").json, at: start) }
        #expect(watch.hubs.count == HubWatch.hubsMax && watch.note(heartbeat("one-more").json, at: start).isEmpty)
        #expect(watch.note(heartbeat("n1", every: 30).json, at: start + .seconds(76)) == [])
    }

    @Test("the topic of signs of life stands beside the incidents'")
    func topics() {
        #expect(MQTTChannel.heartbeatTopic("care/upstream/incidents") == "care/upstream/heartbeat")
        #expect(MQTTChannel.heartbeatTopic("incidents") == "incidents/heartbeat")
    }

    @Test("a node is host:port; the nodes of a cluster are gone through in turn", arguments: [
        ("mq.example:5671", "mq.example", 5_671), ("[fd00::1]:5672", "fd00::1", 5_672), ("127.0.0.1:1", "127.0.0.1", 1),
        ("mq.example", nil, 0), ("mq.example:", nil, 0), (":5672", nil, 0), ("mq.example:0", nil, 0), ("mq.example:65536", nil, 0), ("fd00::1:5672", nil, 0),
        ("user@mq.example:5672", nil, 0), ("mq example:5672", nil, 0), ("amqp://mq:5672", nil, 0),
    ] as [(String, String?, Int)])
    func nodes(text: String, host: String?, port: Int) {
        let node = RabbitMQConfiguration.Node(text)
        #expect(node?.host == host && (host == nil || node?.port == port))
        var configuration = RabbitMQConfiguration(host: "a", port: 1, user: "u", passwordFile: "f", queue: "q")
        #expect(configuration.at(node: 5).host == "a")
        configuration.nodes = [.init(host: "b", port: 2), .init(host: "c", port: 3)]
        #expect((0..<5).map { configuration.at(node: $0).host } == ["a", "b", "c", "a", "b"])
    }
}
