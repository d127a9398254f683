import CareModel
import Foundation
import Synchronization
import Testing

@testable import Forwarding

@Suite("Commands that come back over a channel", .serialized, .timeLimit(.minutes(4)))
struct CommandTests {
    static let source = CommandSource(queue: QueueName("station"), role: .caregiver)
    static let incident = IncidentID(origin: "hub-e1", number: 1)

    private static func read(_ json: String, about incident: IncidentID? = nil) throws -> CommandDocument { try CommandDocument(Array(json.utf8), about: incident) }

    @Test("each command has its fields", arguments: [
        (#"{"command_id":"1","command":"acknowledge","incident":"hub-e1:000001"}"#, Command.Action.acknowledge(incident)),
        (#"{"command_id":"1","command":"contact","incident":"hub-e1:000001","result":"patient","note":"清醒\n已坐起"}"#, .contact(incident, .patient, note: "清醒\n已坐起")),
        (#"{"command_id":"1","command":"contact","incident":"hub-e1:000001"}"#, .contact(incident, .reached, note: "")),
        (#"{"command_id":"1","command":"arrive","incident":"hub-e1:000001"}"#, .arrive(incident)),
        (#"{"command_id":"1","command":"resolve","incident":"hub-e1:000001","reason":"accidental"}"#, .resolve(incident, .accidental, note: "")),
        (#"{"command_id":"1","command":"annotate","incident":"hub-e1:000001","note":"n"}"#, .annotate(incident, note: "n")),
        (#"{"command_id":"1","command":"hand_over","incident":"hub-e1:000001","to":"吴"}"#, .handOver(incident, to: "吴")),
        (#"{"command_id":"1","command":"shelve","incident":"hub-e1:000001","seconds":60,"reason":"r"}"#, .shelve(incident, seconds: 60, reason: "r")),
        (#"{"command_id":"1","command":"unshelve","incident":"hub-e1:000001"}"#, .unshelve(incident)),
        (#"{"command_id":"1","command":"reopen","incident":"hub-e1:000001"}"#, .reopen(incident, note: "")),
        (#"{"command_id":"1","command":"escalate","incident":"hub-e1:000001"}"#, .escalate(incident)),
    ])
    func forms(json: String, action: Command.Action) throws {
        let command = try Self.read(json).command(from: Self.source, via: .rabbitMQ)
        #expect(command.action == action && command.role == .caregiver && command.queue == QueueName("station") && command.actor == "station")
        let origin = try #require(CommandDocument.origin(of: command.id))
        #expect(origin.queue == QueueName("station") && origin.commandID == "1")
    }

    @Test("a name that holds what the command's own is made of stays whole, and no two receivers share one")
    func names() throws {
        let one = try Self.read(#"{"command_id":"a/b:c","command":"arrive","incident":"hub-e1:000001","actor":"李","expected_revision":7}"#)
        let mine = one.command(from: Self.source, via: .mqtt)
        #expect(CommandDocument.origin(of: mine.id)?.commandID == "a/b:c" && mine.actor == "李" && mine.expectedRevision == 7)
        #expect(mine.id != one.command(from: CommandSource(queue: QueueName("town"), role: .caregiver), via: .mqtt).id)
        #expect(CommandDocument.origin(of: CommandID("administrator/arrive/hub-e1:000001/x")) == nil)
    }

    @Test("what is wrong is named, and the limits hold", arguments: [
        ("", "JSON"), ("[]", "JSON"), (#"{"command_id":1.5}"#, "JSON"), (#"{"command":"arrive","incident":"hub-e1:000001"}"#, "command_id"),
        (#"{"command_id":"","command":"arrive","incident":"hub-e1:000001"}"#, "command_id"), (#"{"command_id":"1","command":"open","incident":"hub-e1:000001"}"#, "acknowledge"),
        (#"{"command_id":"1","command":"arrive"}"#, "incident"), (#"{"command_id":"1","command":"arrive","incident":"7"}"#, "incident"),
        (#"{"command_id":"1","command":"arrive","incident":"hub-e1:000001","note":"n"}"#, "unknown field \"note\""),
        (#"{"command_id":"1","command":"resolve","incident":"hub-e1:000001"}"#, "reason"), (#"{"command_id":"1","command":"resolve","incident":"hub-e1:000001","reason":"x"}"#, "real_emergency"),
        (#"{"command_id":"1","command":"annotate","incident":"hub-e1:000001"}"#, "note"), (#"{"command_id":"1","command":"hand_over","incident":"hub-e1:000001"}"#, "to"),
        (#"{"command_id":"1","command":"shelve","incident":"hub-e1:000001","seconds":59,"reason":"r"}"#, "60...86400"),
        (#"{"command_id":"1","command":"shelve","incident":"hub-e1:000001","seconds":86401,"reason":"r"}"#, "60...86400"),
        (#"{"command_id":"1","command":"arrive","incident":"hub-e1:000001","actor":"a\u0000b"}"#, "control"), (#"{"command_id":"1","command":"arrive","incident":"hub-e1:000001","actor":""}"#, "actor"),
        (#"{"command_id":"1","command":"arrive","incident":"hub-e1:000001","expected_revision":0}"#, "expected_revision"),
    ])
    func faults(json: String, word: String) {
        do {
            _ = try Self.read(json)
            Issue.record("taken: \(json)")
        } catch let fault as CommandDocument.Fault {
            #expect(fault.description.contains(word), "\(fault)")
            let answer = String(decoding: CommandDocument.answer(fault), as: UTF8.self)
            #expect(answer.contains(#""outcome":"invalid""#) && (fault.commandID == nil || answer.contains(#""command_id":"1""#)))
        } catch { Issue.record("\(error)") }
    }

    @Test("a command's id, its actor and its whole keep their lengths", arguments: [(64, 128, true), (65, 128, false), (64, 129, false)])
    func lengths(id: Int, actor: Int, isTaken: Bool) {
        let json = #"{"command_id":"\#(String(repeating: "i", count: id))","command":"arrive","incident":"hub-e1:000001","actor":"\#(String(repeating: "a", count: actor))"}"#
        #expect(((try? Self.read(json)) != nil) == isTaken)
        let padded = json + String(repeating: " ", count: CommandDocument.bytesMax - json.utf8.count)
        #expect(((try? Self.read(padded)) != nil) == isTaken && (try? Self.read(padded + " ")) == nil)
    }

    @Test("commands in a webhook's answer: none, several, too many, a list that is none")
    func answers() throws {
        func list(_ text: String) -> [Result<CommandDocument, CommandDocument.Fault>] { CommandDocument.list(inAnswer: Array(text.utf8), about: Self.incident) }
        for text in ["", "ok", "{}", #"{"ok":true,"detail":{"n":[1]}}"#, "[1]"] { #expect(list(text).isEmpty, "\(text)") }
        let one = #"{"command_id":"1","command":"arrive"}"#
        #expect(try list(#"{"ok":true,"commands":[\#(one)]}"#).map { try $0.get().action } == [.arrive(Self.incident)], "what it answers is what it is about")
        func repeated(_ count: Int) -> String { #"{"commands":[\#(Array(repeating: one, count: count).joined(separator: ","))]}"# }
        #expect(list(repeated(CommandDocument.perAnswerMax)).count == CommandDocument.perAnswerMax)
        for text in [repeated(CommandDocument.perAnswerMax + 1), #"{"commands":7}"#, #"{"commands":[[]]}"#] {
            guard case .failure? = list(text).first, list(text).count == 1 else { Issue.record("\(text)"); continue }
        }
    }

    @Test("waiting commands are bounded; one more is given back, and so are all at the end")
    func bounded() {
        let received = ReceivedCommands(), back = Mutex(0)
        func command(_ n: Int) -> Command { Command(id: CommandID("\(n)"), actor: "a", role: .caregiver, via: .mqtt, action: .arrive(Self.incident)) }
        for n in 1...ReceivedCommands.waitingMax { received.take(command(n)) { if $0 == nil { back.withLock { $0 += 1 } } } }
        #expect(back.withLock { $0 } == 0)
        received.take(command(0)) { if $0 == nil { back.withLock { $0 += 1 } } }
        #expect(back.withLock { $0 } == 1)
        received.answer(CommandID("1"), .done(revision: 2))
        #expect(back.withLock { $0 } == 1)
        received.finish()
        #expect(back.withLock { $0 } == ReceivedCommands.waitingMax)
    }

    /// The hub's end: carries commands out and remembers them, as the sequencer does.
    private final class Carrier: Sendable {
        private struct State { var done: [Command] = []; var refusals = 0 }
        private let state = Mutex(State())
        var done: [Command] { state.withLock { $0.done } }
        /// The next ones can't be carried out.
        func failNext(_ count: Int) { state.withLock { $0.refusals = count } }

        func run(_ channel: some Channel) -> Task<Void, Never> {
            Task {
                for await command in channel.commands {
                    let outcome = state.withLock { state -> CommandOutcome? in
                        if state.refusals > 0 { state.refusals -= 1; return nil }
                        if !state.done.contains(where: { $0.id == command.id }) { state.done.append(command) }
                        return command.action == .arrive(IncidentID(origin: "hub-e1", number: 9)) ? .refused(.unknownIncident) : .done(revision: 2)
                    }
                    channel.answer(command.id, outcome)
                }
            }
        }
    }

    @Test("RabbitMQ: done once and answered, also over a kill of the broker and a hub that could not; what can't be read is a dead letter with an answer")
    func rabbitMQ() async throws {
        let server = try await RabbitServer(), faults = Mutex<[String]>([])
        let channel = RabbitMQChannel(server.configuration(), source: Self.source) { fault in faults.withLock { $0.append(fault.description) } }
        let carrier = Carrier(), running = carrier.run(channel)
        defer { channel.stop(); running.cancel() }
        let answers = RabbitConsumer(port: server.port, queue: "vigil.station.answers"), dead = RabbitConsumer(port: server.port, queue: "vigil.station.dead")
        defer { answers.stop(); dead.stop() }
        func command(_ id: String, _ incident: Int = 1) -> String { #"{"command_id":"\#(id)","command":"arrive","incident":"hub-e1:00000\#(incident)"}"# }
        #expect(await eventually(seconds: 60) { RabbitTool.publish(command("a"), to: "vigil.station.commands", port: server.port) })
        #expect(await eventually(seconds: 30) { answers.arrivals.map(\.body) == [#"{"command_id":"a","outcome":"done","revision":2}"#] }, "\(answers.arrivals)")
        #expect(carrier.done.map(\.via) == [.rabbitMQ])
        // Refused, then not to be read.
        #expect(RabbitTool.publish(command("b", 9), to: "vigil.station.commands", port: server.port) && RabbitTool.publish("{}", to: "vigil.station.commands", port: server.port))
        #expect(await eventually(seconds: 30) { answers.count == 3 && dead.count == 1 }, "\(answers.arrivals) \(dead.arrivals)")
        #expect(Set(answers.arrivals.map(\.body)).contains(#"{"command_id":"b","outcome":"refused","reason":"unknown_incident"}"#))
        #expect(dead.arrivals.map(\.body) == ["{}"] && faults.withLock { $0.count } == 1)
        // The hub can't carry it out at first: the broker keeps it and gives it again.
        carrier.failNext(1)
        #expect(RabbitTool.publish(command("c"), to: "vigil.station.commands", port: server.port))
        #expect(await eventually(seconds: 30) { answers.arrivals.contains { $0.body.contains(#""command_id":"c""#) } })
        // RabbitMQ 3.10.8 writes a new quorum queue's name to disk with a delay of half a second: nothing may be killed before.
        try await Task.sleep(for: .seconds(1))
        server.kill()
        try await server.start()
        #expect(await eventually(seconds: 60) { RabbitTool.publish(command("d"), to: "vigil.station.commands", port: server.port) })
        #expect(await eventually(seconds: 60) { answers.arrivals.contains { $0.body.contains(#""command_id":"d""#) } })
        #expect(carrier.done.compactMap { CommandDocument.origin(of: $0.id)?.commandID } == ["a", "b", "c", "d"], "each once")
    }

    @Test("webhook: what the receiver answers is carried out before its delivery counts; a hub that can't asks again under the same id")
    func webhook() async throws {
        let receiver = try HookReceiver { _, _ in .answer(200, body: #"{"commands":[{"command_id":"x","command":"acknowledge","actor":"李"},{"command_id":"y","command":"oops"}]}"#) }
        defer { receiver.stop() }
        let file = NSTemporaryDirectory() + "vigil-secret-\(UUID().uuidString)"
        try WebhookTests.secretText.write(toFile: file, atomically: true, encoding: .utf8)
        let configuration = WebhookConfiguration(
            target: try WebhookTarget("http://127.0.0.1:\(receiver.port)/"), secretFile: file, guarding: AddressGuard(allowed: [AddressRange("127.0.0.0/8")].compactMap { $0 }))
        let faults = Mutex(0), carrier = Carrier()
        let channel = WebhookChannel(configuration, source: Self.source, onFault: { _ in faults.withLock { $0 += 1 } })
        let running = carrier.run(channel)
        defer { channel.stop(); running.cancel() }
        let one = parcel(1)
        carrier.failNext(1)
        guard case .delayed(let why)? = await channel.send([one])[one.key] else { Issue.record("not delayed"); return }
        #expect(why.hasPrefix("webhook.command:"))
        #expect(await channel.send([one]) == [one.key: .confirmed])
        #expect(await channel.send([one]) == [one.key: .confirmed], "its answer got lost, say: the same again")
        #expect(carrier.done.map(\.actor) == ["李"] && carrier.done.map(\.action) == [.acknowledge(Self.incident)] && faults.withLock { $0 } == 2)
        #expect(Set(receiver.ids).count == 1 && receiver.ids.count == 3)
        // Without commands in the queue's settings an answer is only an answer.
        let plain = WebhookChannel(configuration)
        defer { plain.stop() }
        #expect(await plain.send([one]) == [one.key: .confirmed] && carrier.done.count == 1)
    }

    @Test("a signed request is one whose signature, id and near time stamp fit", arguments: [
        (0, true), (300, true), (-300, true), (301, false), (-301, false),
    ])
    func signed(off: Int, isTaken: Bool) throws {
        let secret = try #require(WebhookSecret(WebhookTests.secretText)), other = try #require(WebhookSecret(Data(repeating: 9, count: 24).base64EncodedString()))
        let body = Array(#"{"a":1}"#.utf8), now = 1_795_345_200
        let signature = secret.signature(id: "m1", seconds: now + off, body: body)
        func admits(_ header: String, _ secrets: [WebhookSecret] = [secret], id: String = "m1", timestamp: String? = nil, body: [UInt8] = body) -> Bool {
            WebhookSecret.admits(header, secrets, id: id, timestamp: timestamp ?? String(now + off), body: body, now: now)
        }
        #expect(admits(signature) == isTaken && admits("v1,AAAA " + signature, [other, secret]) == isTaken)
        #expect(!admits(signature, [other]) && !admits(signature, id: "m2") && !admits(signature, body: body + [32]) && !admits("") && !admits("v1a," + signature.dropFirst(3)))
        #expect(!admits(signature, timestamp: "0\(now + off)") && !admits(signature, id: ""))
    }
}
