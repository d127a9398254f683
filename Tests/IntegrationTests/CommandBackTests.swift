import CareModel
import Foundation
import MQTTSession
import Simulation
import Synchronization
import Testing

extension Integration {
    /// A receiver takes, contacts and closes over the channel that told it; the real process.
    @Suite("Commands of receivers", .serialized, .timeLimit(.minutes(6))) struct CommandBackTests {
        /// A receiver on the broker: one client that reads what it is told and writes what its people did.
        private final class Receiver: Sendable {
            private final class Inbox: Sendable {
                let messages = Mutex<[(topic: String, text: String)]>([])
            }

            private let inbox: Inbox
            let loop: PublishingLoop

            init(_ hub: HubProcess) throws {
                let inbox = Inbox()
                self.inbox = inbox
                loop = try PublishingLoop(
                    SessionConfiguration(host: "127.0.0.1", port: hub.brokerPort, clientID: "care", user: "care", password: try hub.password("care")),
                    filters: ["care/upstream/incidents", "care/upstream/answers"]
                ) { message in
                    inbox.messages.withLock { $0.append((message.topic, String(decoding: message.payload, as: UTF8.self))) }
                    return true
                }
            }

            var answers: [String] { inbox.messages.withLock { $0.filter { $0.topic.hasSuffix("/answers") }.map(\.text) } }
            var incidents: [IncidentView] { inbox.messages.withLock { $0.filter { $0.topic.hasSuffix("/incidents") }.compactMap { try? IncidentView(Array($0.text.utf8)) } } }

            func send(_ text: String, retain: Bool = false) -> Bool { loop.publish(topic: "care/upstream/commands", payload: Array(text.utf8), retain: retain) { _ in } }
        }

        private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

        private static func hub() throws -> HubProcess {
            try HubProcess(homes: SimulatedDay.homesYAML(residents: 2, seed: 1)) { folder in
                let file = folder + "/care-network.yaml"
                var text = try String(contentsOfFile: file, encoding: .utf8)
                text = text.replacing("    channel: mqtt\n    masked: true\n", with: "    channel: mqtt\n    masked: true\n    commands: caregiver\n")
                // A receiver that never answers: what it was told of counts, not what reached it.
                text = text.replacing(
                    "\nchains:\n",
                    with: "\n  - name: hook\n    channel: webhook\n    commands: supervisor\n    settings: {url: \"http://127.0.0.1:\(freePort())/\", secret_file: hook, allow_private: [127.0.0.0/8]}\n\nchains:\n")
                try text.write(toFile: file, atomically: true, encoding: .utf8)
                try (secret + "\n").write(toFile: folder + "/hook", atomically: true, encoding: .utf8)
                let plan = folder + "/response.yaml"
                try String(contentsOfFile: plan, encoding: .utf8).replacing("queues: [station, upstream]", with: "queues: [station, upstream, hook]").write(toFile: plan, atomically: true, encoding: .utf8)
            }
        }

        @Test("over the broker: taken and closed with an answer each, over a kill -9 of the hub too; a fault is answered and does nothing, and what the broker keeps is not done again")
        func broker() async throws {
            let hub = try CommandBackTests.hub()
            try await hub.start(seconds: 120)
            let generator = try Generator(hub: hub, residents: 2, background: 0, record: hub.folder + "/acknowledged"), receiver = try Receiver(hub)
            defer { receiver.loop.stop() }
            generator.press(0, "safety.sos")
            #expect(try await eventually(seconds: 30) { receiver.incidents.contains { $0.kind == "safety.sos" } })
            let id = try #require(receiver.incidents.first { $0.kind == "safety.sos" }?.id)
            #expect(receiver.send(#"{"command_id":"1","command":"acknowledge","incident":"\#(id)","actor":"李敏"}"#))
            #expect(try await eventually(seconds: 30) { receiver.answers == [#"{"command_id":"1","outcome":"done","revision":2}"#] }, "\(receiver.answers) \(hub.log.suffix(400))")
            #expect(try await eventually(seconds: 30) { receiver.incidents.contains { $0.id == id && $0.state == "acknowledged" } })

            // What can't be read, and what the broker would keep for every start.
            #expect(receiver.send("{}") && receiver.send(#"{"command_id":"2","command":"annotate","incident":"\#(id)","note":"kept"}"#, retain: true))
            #expect(receiver.send(#"{"command_id":"3","command":"arrive","incident":"\#(id)0"}"#))
            #expect(try await eventually(seconds: 30) { receiver.answers.count { $0.contains("invalid") } >= 1 && receiver.answers.contains { $0.contains(#""command_id":"3""#) } }, "\(receiver.answers)")

            // The hub is dead: the broker keeps the command, and the same one twice is done once.
            hub.kill9()
            let close = #"{"command_id":"4","command":"resolve","incident":"\#(id)","actor":"李敏","reason":"real_emergency"}"#
            #expect(receiver.send(close) && receiver.send(close))
            try await hub.start(seconds: 120)
            #expect(try await eventually(seconds: 60) { receiver.answers.count { $0 == #"{"command_id":"4","outcome":"done","revision":4}"# } == 2 }, "\(receiver.answers)")
            #expect(try await eventually(seconds: 30) { try hub.incidents().contains { $0.id == id && $0.state == "resolved" && $0.revision == 4 } })
            #expect(try hub.incidents().first { $0.id == id }?.annotations.count { $0.what == "note" } == 1)
            try await generator.stop()
            try await hub.stop()
        }

        @Test("a signed command is carried out without a token, once; a wrong signature and another queue's incident learn nothing")
        func signed() async throws {
            let hub = try CommandBackTests.hub()
            try await hub.start(seconds: 120)
            let generator = try Generator(hub: hub, residents: 2, background: 0, record: hub.folder + "/acknowledged")
            generator.press(0, "safety.sos")
            #expect(try await eventually(seconds: 30) { try hub.incidents().contains { $0.kind == "safety.sos" } })
            let id = try #require(try hub.incidents().first { $0.kind == "safety.sos" }?.id)
            // Signed by other code than the hub's.
            let program = """
                import base64, hashlib, hmac, sys, time, urllib.request, urllib.error
                port, queue, secret, body = sys.argv[1:5]
                now = str(int(time.time()) - int(sys.argv[5]))
                code = hmac.new(base64.b64decode(secret[6:]), ("m1." + now + ".").encode() + body.encode(), hashlib.sha256).digest()
                headers = {"webhook-id": "m1", "webhook-timestamp": now, "webhook-signature": "v1," + base64.b64encode(code).decode()}
                try:
                    answer = urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/queues/{queue}/commands", body.encode(), headers))
                except urllib.error.HTTPError as e:
                    answer = e
                print(answer.status, answer.read().decode())
                """
            func send(_ body: String, queue: String = "hook", secret: String = CommandBackTests.secret, age: Int = 0) async throws -> String {
                let (_, output) = try await run("python3", ["-c", program, String(hub.httpPort), queue, secret, body, String(age)])
                return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            let take = #"{"command_id":"1","command":"acknowledge","incident":"\#(id)","actor":"王芳"}"#
            for _ in 0..<2 { #expect(try await send(take) == #"200 {"command_id":"1","outcome":"done","revision":2}"#) }
            #expect(try await send(take, age: 400).hasPrefix("401 "))
            #expect(try await send(take, secret: "whsec_" + Data(repeating: 9, count: 24).base64EncodedString()).hasPrefix("401 "))
            for other in ["station", "nowhere"] { #expect(try await send(take, queue: other).hasPrefix("401 ")) }
            #expect(try await send("{}").hasPrefix("400 "))
            #expect(try hub.incidents().first { $0.id == id }?.revision == 2)
            try await generator.stop()
            try await hub.stop()
        }
    }
}
