@testable import Capture
import CareModel
import Foundation
import Glibc
import MQTTSession
import Testing

@Suite("Managed broker", .serialized, .timeLimit(.minutes(2)))
struct ManagedBrokerTests {
    @Test("it starts, is adopted, reloads new accounts and restarts for new settings")
    func lifeOfABroker() throws {
        let bench = try Bench(start: false)
        #expect(bench.broker.processID == nil)
        #expect(try bench.broker.start() == .started)
        let process = try #require(bench.broker.processID)
        // It is in a session of its own, so that it outlives the hub.
        #expect(getsid(process) == process)
        let next = try bench.again()
        #expect(try next.start() == .adopted)
        #expect(next.processID == process)
        // Without its pid file it is found by its configuration.
        unlink(bench.configuration.folder + "/mosquitto.pid")
        #expect(next.processID == process)
        #expect(next.safetySession == bench.broker.safetySession)
        let account = BrokerAccount(user: "late", access: [TopicAccess(.write, "a/#")])
        let third = try bench.again { $0.accounts = [account] }
        #expect(try third.start() == .reloaded)
        #expect(third.processID == process)
        let password = try #require(third.password(of: "late"))
        #expect(eventually { (try? bench.session("late", password).session.isConnected) == true })
        let fourth = try bench.again { $0.accounts = [account]; $0.sharedPort = freePort() }
        #expect(try fourth.start() == .restarted)
        #expect(fourth.processID != process)
        #expect(fourth.password(of: "late") == password)
    }

    @Test("its folder and its secrets are the hub's alone, and no password stands in it unhashed but in credentials")
    func secretsAreKept() throws {
        let bench = try Bench(accounts: [BrokerAccount(user: "device", password: "open sesame", access: [])])
        let folder = bench.configuration.folder
        for (path, mode) in [("", 0o700), ("/credentials", 0o600), ("/passwords", 0o600), ("/access.conf", 0o600), ("/mosquitto.conf", 0o600)] {
            var status = stat()
            #expect(stat(folder + path, &status) == 0)
            #expect(Int(status.st_mode) & 0o777 == mode, "\(path)")
        }
        let passwords = try String(contentsOfFile: folder + "/passwords", encoding: .utf8)
        #expect(passwords.contains("device:$7$"))
        #expect(!passwords.contains("open sesame"))
        let line = try String(contentsOfFile: "/proc/\(#require(bench.broker.processID))/cmdline", encoding: .utf8)
        #expect(!line.contains("sesame"))
    }

    @Test("a taken port is a clear error that names who has it")
    func portTaken() throws {
        let bench = try Bench(start: false)
        let descriptor = occupy(bench.configuration.port)
        let error = #expect(throws: BrokerProblem.self) { try bench.broker.start() }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("port \(bench.configuration.port) is taken by "))
        #expect(text.contains("(process \(getpid()))"), "\(text)")
        close(descriptor)
        #expect(try bench.broker.start() == .started)
    }

    @Test("an address that isn't ours is a clear error")
    func foreignAddress() throws {
        for address in ["192.0.2.7", "not-an-address"] {
            let bench = try Bench(change: { $0.address = address }, start: false)
            let error = #expect(throws: BrokerProblem.self) { try bench.broker.start() }
            #expect(error?.code == "broker.address_refused")
        }
    }

    @Test("a killed broker is started again with what it had saved, and the hub's sessions are resumed")
    func restartsWhenItDied() throws {
        let bench = try Bench()
        let turner = Turner(try bench.intake())
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        let process = try #require(bench.broker.processID)
        // What an autosave does after 30 s: SIGUSR1 saves now.
        kill(process, SIGUSR1)
        #expect(eventually { (TextFile.sizeBytes(bench.configuration.folder + "/mosquitto.db") ?? 0) > 0 })
        kill(process, SIGKILL)
        #expect(turner.turn { turner.changes(of: .safety).last == .lost && turner.changes(of: .telemetry).last == .lost })
        #expect(eventually { BrokerProcess.reap(process); return bench.broker.processID == nil })
        let health = try bench.broker.ensureRunning()
        #expect(health.restarts == 1)
        #expect(health.processID != process)
        turner.changes = []
        turner.drainedAfter = [:]
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        for link in Link.allCases { #expect(turner.changes(of: link) == [.resumed(isSessionPresent: true), .drained]) }
        #expect(try bench.broker.ensureRunning().restarts == 1)
        turner.intake.stop()
    }

    @Test("an emptied database is replaced by the last whole one")
    func emptyDatabaseIsReplaced() throws {
        let bench = try Bench(accounts: [BrokerAccount(user: "device", password: "pw", access: [TopicAccess(.write, "s/#")])])
        let first = Turner(try bench.intake())
        #expect(first.turn { first.drainedAfter.count == 2 })
        first.intake.stop()
        let peer = try bench.session("device", "pw")
        #expect(try peer.publish("s/waits") == .accepted)
        let process = try #require(bench.broker.processID)
        kill(process, SIGUSR1)
        let database = bench.configuration.folder + "/mosquitto.db"
        #expect(eventually { (TextFile.sizeBytes(database) ?? 0) > 0 })
        #expect(try bench.broker.ensureRunning().databaseBytes > 0)
        kill(process, SIGKILL)
        #expect(eventually { BrokerProcess.reap(process); return bench.broker.processID == nil })
        // What a full disk made of it.
        unlink(database)
        _ = FileManager.default.createFile(atPath: database, contents: Data())
        #expect(try bench.broker.start() == .started)
        let second = Turner(try bench.intake())
        #expect(second.turn { second.drainedAfter.count == 2 })
        #expect(second.messages.map(\.topic) == ["s/waits"])
        second.intake.stop()
    }

    @Test("a device may do what is its own and nothing else")
    func accessIsBound() throws {
        let bench = try Bench(accounts: [
            BrokerAccount(user: "button-1", password: "one", access: [TopicAccess(.write, "home/button-1/#"), TopicAccess(.read, "down/button-1")]),
            BrokerAccount(user: "button-2", password: "two", access: [TopicAccess(.write, "home/button-2/#")]),
            BrokerAccount(user: "care-station", password: "three", access: [TopicAccess(.read, "care/station/#")]),
        ])
        let turner = Turner(try bench.intake(safety: ["home/#"], telemetry: ["other/#"]))
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        let one = try bench.session("button-1", "one", filters: ["care/#", "down/#", "$SYS/#", "#"])
        #expect(try one.publish("home/button-1/action") == .accepted)
        for topic in ["home/button-2/action", "home/action", "care/station/incidents", "$vigil/command", "$SYS/broker/uptime", "down/button-1"] {
            #expect(try one.publish(topic) == .refused(.notAuthorized), "\(topic)")
        }
        let reader = try bench.session("care-station", "three", filters: ["care/station/#", "care/other/#"])
        let upstream = try Peer(bench.broker.upstreamSession, filters: [])
        #expect(try upstream.publish("$vigil/command") == .refused(.notAuthorized))
        #expect(try upstream.publish("care/other/incidents", "not yours") != nil)
        #expect(try upstream.publish("care/station/incidents", "yours") == .accepted)
        #expect(try upstream.publish("down/button-1", "ok") == .accepted)
        #expect(eventually { reader.turn(); one.turn(); return !reader.messages.isEmpty && !one.messages.isEmpty })
        #expect(reader.messages.map(\.topic) == ["care/station/incidents"])
        // Its filters overlap, so that it may come twice.
        #expect(Set(one.messages.map(\.topic)) == ["down/button-1"])
        #expect(turner.turn { !turner.messages.isEmpty })
        #expect(turner.messages.map(\.topic) == ["home/button-1/action"])
        let stranger = try bench.session("button-1", "wrong")
        #expect(stranger.changes.contains(.failed(.refused(.notAuthorized))))
        turner.intake.stop()
    }

    @Test("announcements for Home Assistant reach the hub from an account that may announce, and from no other; what else stands beside them doesn't")
    func announcements() throws {
        let bench = try Bench(accounts: [
            BrokerAccount(user: "bridge", password: "one", access: [TopicAccess(.readwrite, "zigbee2mqtt/#"), TopicAccess(.readwrite, "homeassistant/#")]),
            BrokerAccount(user: "watch", password: "two", access: [TopicAccess(.write, "zigbee2mqtt/watch")]),
        ])
        // The filters that every hub has beside those of its profiles.
        let turner = Turner(try bench.intake(safety: ["zigbee2mqtt/#"], telemetry: ["homeassistant/+/+/config", "homeassistant/+/+/+/config"]))
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        let bridge = try bench.session("bridge", "one"), watch = try bench.session("watch", "two")
        for topic in ["homeassistant/sensor/0x01/config", "homeassistant/sensor/0x01/battery/config"] {
            #expect(try watch.publish(topic) == .refused(.notAuthorized), "\(topic)")
            #expect(try bridge.publish(topic, retain: true) == .accepted)
        }
        #expect(try bridge.publish("homeassistant/status", "online", retain: true) != nil)
        #expect(try bridge.publish("zigbee2mqtt/last") == .accepted)
        #expect(turner.turn { turner.messages.count >= 3 })
        #expect(Set(turner.messages.map { "\($0.link) \($0.topic)" }) == [
            "telemetry homeassistant/sensor/0x01/config", "telemetry homeassistant/sensor/0x01/battery/config", "safety zigbee2mqtt/last",
        ])
        turner.intake.stop()
    }

    @Test("a client that asks for a session's identifier gets its own, and devices with one credential live side by side on their listener")
    func sessionsCantBeTaken() throws {
        let bench = try Bench(accounts: [BrokerAccount(user: "many", password: "pw", access: [TopicAccess(.write, "s/#")])], change: { $0.sharedPort = freePort() })
        let turner = Turner(try bench.intake())
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        let thief = SessionConfiguration(
            host: "127.0.0.1", port: bench.configuration.port, clientID: bench.broker.safetySession.clientID, user: "many", password: "pw", isPersistent: false)
        let stealing = try Peer(thief, filters: [])
        #expect(stealing.session.isConnected)
        var shared = thief
        shared.port = try #require(bench.configuration.sharedPort)
        let peers = try ["a", "b"].map { name in
            shared.clientID = name
            return try Peer(shared, filters: [])
        }
        for (n, peer) in peers.enumerated() { #expect(try peer.publish("s/\(n)") == .accepted) }
        for peer in peers { peer.turn(); #expect(peer.session.isConnected) }
        #expect(turner.turn { turner.messages.count == 2 })
        #expect(!turner.changes(of: .safety).contains(.lost))
        turner.intake.stop()
    }

    @Test("a payload at the limit passes, one byte over it too, and one over the packet limit is refused")
    func packetLimit() throws {
        let bench = try Bench(accounts: [BrokerAccount(user: "device", password: "pw", access: [TopicAccess(.write, "s/#")])])
        let turner = Turner(try bench.intake())
        #expect(turner.turn { turner.drainedAfter.count == 2 })
        let peer = try bench.session("device", "pw")
        #expect(try peer.publish("s/big", String(repeating: "x", count: Limits.payloadBytesMax + 1)) == .accepted)
        #expect(turner.turn { turner.messages.count == 1 })
        #expect(turner.messages.first?.payload.count == Limits.payloadBytesMax + 1)
        let tooLong = [UInt8](repeating: 120, count: BrokerFiles.packetBytesMax + 1)
        #expect(throws: SessionFailure.library(.oversizePacket, detail: "s/big")) { try peer.session.publish(topic: "s/big", payload: tooLong) }
        turner.intake.stop()
    }

    @Test("settings that mosquitto's files can't hold are refused", arguments: [
        ("vigil-x", "p", "a"), ("", "p", "a"), ("a b", "p", "a"), ("a:b", "p", "a"), ("é", "p", "a"),
        ("u", "", "a"), ("u", "a:b", "a"), ("u", "a\nb", "a"), ("u", "p", ""), ("u", "p", "$vigil/#"), ("u", "p", "a\nuser x"), ("u", "p", " a"),
    ])
    func badAccounts(user: String, password: String, filter: String) {
        let configuration = BrokerConfiguration(
            folder: "/tmp/never", accounts: [BrokerAccount(user: user, password: password, access: [TopicAccess(.write, filter)])])
        let error = #expect(throws: BrokerProblem.self) { _ = try ManagedBroker(configuration, logger: silent) }
        #expect(error?.code == "broker.account")
    }

    @Test("listeners need ports of their own, TLS an internal one, and the folder an absolute path")
    func badSettings() {
        for change in [
            { $0.sharedPort = 1_883 }, { $0.port = 0 }, { $0.folder = "broker" }, { $0.tls = BrokerTLS(certificateFile: "c", keyFile: "k") },
            { $0.accounts = [BrokerAccount(user: "a", access: []), BrokerAccount(user: "a", access: [])] },
        ] as [(inout BrokerConfiguration) -> Void] {
            var configuration = BrokerConfiguration(folder: "/tmp/never")
            change(&configuration)
            let error = #expect(throws: BrokerProblem.self) { _ = try ManagedBroker(configuration, logger: silent) }
            #expect(error?.code == "broker.setting")
        }
    }
}
