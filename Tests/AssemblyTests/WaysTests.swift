import CareModel
import Foundation
import Testing

@testable import Assembly
@testable import Ledger

@Suite("How queues are reached")
struct WaysTests {
    /// The shipped configuration with another care network, and with files that it may name.
    private func check(_ network: String) throws -> [Problem] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        let folder = NSTemporaryDirectory() + "vigil-ways-\(UUID().uuidString)"
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(atPath: folder) }
        try files.copyItem(atPath: root + "/config", toPath: folder + "/config")
        try files.createSymbolicLink(atPath: folder + "/devices", withDestinationPath: root + "/devices")
        try "secret\n".write(toFile: folder + "/config/password", atomically: true, encoding: .utf8)
        try ("whsec_" + Data(repeating: 1, count: 24).base64EncodedString() + "\n").write(toFile: folder + "/config/hook", atomically: true, encoding: .utf8)
        try "\n".write(toFile: folder + "/config/empty", atomically: true, encoding: .utf8)
        let shipped = try String(contentsOfFile: root + "/config/care-network.yaml", encoding: .utf8)
        let head = shipped[..<(try #require(shipped.range(of: "\n  # A district's broker")).lowerBound)]
        try (head + "\n" + network).write(toFile: folder + "/config/care-network.yaml", atomically: true, encoding: .utf8)
        do {
            _ = try LoadedConfiguration.load(folder + "/config", environment: [:])
            return []
        } catch let faulty as LoadedConfiguration.Faulty {
            return faulty.problems
        }
    }

    private func queue(_ lines: String) -> String { "  - name: extra\n" + lines.split(separator: "\n").map { "    \($0)\n" }.joined() }

    @Test("what is meant is taken", arguments: [
        "channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: password}",
        "channel: rabbitmq\nformat: cap\nsettings: {host: localhost, port: 1234, user: hub, password_file: password, queue: q, exchange: e, routing_key: r, vhost: v, topology: verify, heartbeat_s: 60, window: 1024}",
        "channel: webhook\nformat: fhir\nsettings: {url: \"https://receiver.example/hook\", secret_file: hook}",
        "channel: webhook\nsettings: {url: \"http://192.168.7.9/hook\", secret_file: hook, allow_private: [192.168.7.0/24], timeout_s: 60, parallel: 64}",
        "channel: mqtt\nformat: cap\nsettings: {topic: care/cap}",
        "channel: mqtt\ncommands: caregiver", "channel: rabbitmq\ncommands: supervisor\nsettings: {host: 127.0.0.1, user: hub, password_file: password}",
        "channel: rabbitmq\nsettings: {host: 127.0.0.1, nodes: [\"localhost:5673\", \"[::1]:5674\"], user: hub, password_file: password}",
        "channel: sms\nsettings: {phones: [\"+8613800000011\"]}",
        "channel: sms\nsettings: {phones: [\"+8613800000011\", \"+8613800000012\"], outbox: spool/out, sent: spool/sent, error: spool/error, timeout_s: 600}",
    ])
    func usable(lines: String) throws { #expect(try check(queue(lines)) == []) }

    @Test("each fault is named with its file and line", arguments: [
        ("channel: rabbitmq", "config.missing_key"),
        ("commands: caregiver", "network.commands"), ("channel: mqtt\ncommands: administrator", "config.unknown_choice"),
        ("channel: sms\ncommands: family\nsettings: {phones: [\"+8613800000011\"]}", "network.commands"),
        ("channel: rabbitmq\nsettings: {host: mq.example, user: hub, password_file: password}", "network.plaintext"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: nowhere}", "tls.unreadable"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: empty}", "tls.unreadable"),
        ("channel: rabbitmq\nsettings: {host: mq.example, user: hub, password_file: password, tls: {ca: nowhere}}", "tls.unreadable"),
        ("channel: rabbitmq\nsettings: {host: mq.example, user: hub, password_file: password, tls: {ca: password}}", "tls.malformed"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: password, queue: amq.own}", "network.rabbitmq_name"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: password, routing_key: x}", "config.contradiction"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: password, window: 1025}", "config.out_of_range"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: password, heartbeat_s: 0}", "config.out_of_range"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, user: hub, password_file: password, queues: x}", "config.unknown_key"),
        ("channel: webhook\nsettings: {url: \"http://receiver.example/\", secret_file: hook}", "network.plaintext"),
        ("channel: webhook\nsettings: {url: \"https://10.0.0.5/\", secret_file: hook}", "network.url"),
        ("channel: webhook\nsettings: {url: \"https://user@receiver.example/\", secret_file: hook}", "network.url"),
        ("channel: webhook\nsettings: {url: \"https://receiver.example/\", secret_file: password}", "network.webhook_secret"),
        ("channel: webhook\nsettings: {url: \"https://receiver.example/\", secret_file: hook, allow_private: [0.0.0.0/0]}", "network.allow_private"),
        ("channel: webhook\nsettings: {url: \"https://receiver.example/\", secret_file: hook, allow_private: [169.254.0.0/16]}", "network.allow_private"),
        ("channel: webhook\nsettings: {url: \"https://receiver.example/\", secret_file: hook, timeout_s: 61}", "config.out_of_range"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, nodes: [mq], user: hub, password_file: password}", "network.rabbitmq_name"),
        ("channel: rabbitmq\nsettings: {host: 127.0.0.1, nodes: [\"mq.example:5671\"], user: hub, password_file: password}", "network.plaintext"),
        ("channel: sms", "config.missing_key"), ("channel: sms\nsettings: {phones: []}", "network.sms"), ("channel: sms\nsettings: {phones: [13800000011]}", "network.sms"),
        ("channel: sms\nmasked: false\nsettings: {phones: [\"+8613800000011\"]}", "network.sms"), ("channel: sms\nformat: cap\nsettings: {phones: [\"+8613800000011\"]}", "network.format"),
        ("channel: sms\nsettings: {phones: [\"+8613800000011\"], sent: /var/spool/gammu/outbox}", "network.sms"), ("channel: sms\nsettings: {phones: [\"+8613800000011\"], timeout_s: 4}", "config.out_of_range"),
        ("channel: embedded\nformat: fhir", "network.format"), ("channel: mqtt\nformat: xml", "network.format"), ("channel: kafka", "network.unknown_channel"),
        ("channel: mqtt\nsettings: {topic: care/upstream/incidents}", "config.contradiction"),
    ])
    func faults(lines: String, code: String) throws {
        let found = try check(queue(lines))
        #expect(found.map(\.code) == [code], "\(found)")
        #expect(found.allSatisfy { $0.place.file == "care-network.yaml" && $0.place.line > 20 && $0.text.contains("extra") || $0.code.hasPrefix("config.") }, "\(found)")
    }

    @Test("a queue that was taken away is named while anything is left in it, with how many")
    func stranded() {
        func count(_ name: String, _ pending: Int, _ dead: Int) -> OutboxCount { OutboxCount(queue: QueueName(name), pending: pending, dead: dead, oldestAt: nil) }
        let counts = [count("gone", 3, 1), count("station", 5, 0), count("tidy", 0, 0), count("refused", 0, 2)]
        let found = StrandedQueue.find(counts, configured: [QueueName("station")])
        #expect(found.map(\.queue.text) == ["gone", "refused"])
        #expect(found[0].text.contains("\"gone\"") && found[0].text.contains("3 deliveries") && found[0].text.contains("1 were refused"))
        #expect(StrandedQueue.find(counts, configured: []) == [], "nothing is known before the first configuration")
    }
}
