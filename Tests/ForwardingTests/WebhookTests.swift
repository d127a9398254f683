import CareModel
import Foundation
import Synchronization
import Testing

@testable import Forwarding

@Suite("Incidents to a webhook", .serialized, .timeLimit(.minutes(3)))
struct WebhookTests {
    /// A key of the scheme's public examples.
    static let secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// A channel to `receiver`; the secrets are in a file of its own.
    private func channel(_ receiver: HookReceiver, secrets: [String] = [secretText], timeout: Int = 1, path: String = "/hook") throws -> WebhookChannel {
        let file = NSTemporaryDirectory() + "vigil-secret-\(UUID().uuidString)"
        try secrets.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        var configuration = WebhookConfiguration(
            target: try WebhookTarget("http://127.0.0.1:\(receiver.port)\(path)"), secretFile: file,
            guarding: AddressGuard(allowed: [AddressRange("127.0.0.0/8")].compactMap { $0 }))
        configuration.timeoutSeconds = timeout
        return WebhookChannel(configuration)
    }

    @Test("signatures are those of the Standard Webhooks vectors")
    func vectors() throws {
        let secret = try #require(WebhookSecret(WebhookTests.secretText))
        let body = Array(#"{"test": 2432232314}"#.utf8)
        #expect(secret.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(WebhookSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == secret)
    }

    @Test("a secret has 24 to 64 bytes in base64", arguments: [(23, false), (24, true), (64, true), (65, false)])
    func secrets(count: Int, isOne: Bool) {
        let text = Data(repeating: 7, count: count).base64EncodedString()
        #expect((WebhookSecret("whsec_" + text) != nil) == isOne)
        #expect(WebhookSecret("whsec_!" + text) == nil)
    }

    @Test("a delivery is one signed POST with the incident's bytes; two secrets sign while receivers change over")
    func posts() async throws {
        let receiver = try HookReceiver { _, _ in .answer(204) }
        defer { receiver.stop() }
        let other = "whsec_" + Data(repeating: 9, count: 24).base64EncodedString()
        let channel = try channel(receiver, secrets: [WebhookTests.secretText, other])
        defer { channel.stop() }
        let one = parcel(1, body: "{\"text\":\"请致电\"}")
        let before = time(nil)
        #expect(await channel.send([one]) == [one.key: .confirmed])
        let after = time(nil)
        let taken = try #require(receiver.taken.first)
        #expect(taken.requestLine == "POST /hook HTTP/1.1" && taken.body == one.body)
        let id = one.key.description
        #expect(taken.headers["webhook-id"] == id && taken.headers["idempotency-key"] == id && taken.headers["content-type"] == "application/json")
        let seconds = try #require(taken.headers["webhook-timestamp"].flatMap { Int($0) })
        #expect((before...after).contains(seconds))
        let signatures = try #require(taken.headers["webhook-signature"]).split(separator: " ").map(String.init)
        let expected = [WebhookTests.secretText, other].compactMap { WebhookSecret($0)?.signature(id: id, seconds: seconds, body: one.body) }
        #expect(signatures == expected && Set(signatures).count == 2)
    }

    @Test("each way to answer has its outcome", arguments: [
        ("204", HookReceiver.Deed.answer(204), ""), ("200", .answer(200, body: "{\"ok\":true}"), ""), ("endless", .endless, ""),
        ("400", .answer(400, body: "no\u{1B}[31m such\nhome"), "dead webhook.rejected: 400 no [31m such home"), ("410", .answer(410), "dead webhook.rejected: 410"),
        ("401", .answer(401), "dead webhook.rejected: 401"), ("408", .answer(408), "webhook.busy: 408"), ("425", .answer(425), "webhook.busy: 425"),
        ("429", .answer(429), "webhook.busy: 429"), ("500", .answer(500), "webhook.busy: 500"), ("503", .answer(503), "webhook.busy: 503"),
        ("301", .answer(301, headers: ["Location: http://169.254.169.254/"]), "webhook.redirected: 301"), ("307", .answer(307, headers: ["Location: /hook"]), "webhook.redirected: 307"),
        ("hang", .hang, "webhook.unanswered"), ("hang in the body", .hangInBody, "webhook.unanswered"), ("reset", .reset, "webhook.unreachable"), ("reset in the body", .resetInBody, "webhook.unreachable"),
    ])
    func outcomes(name: String, deed: HookReceiver.Deed, expected: String) async throws {
        let receiver = try HookReceiver { _, _ in deed }
        defer { receiver.stop() }
        let channel = try channel(receiver)
        defer { channel.stop() }
        let outcome = await channel.send([parcel(1)])[parcel(1).key]
        let text = switch outcome {
        case .confirmed?: ""
        case .delayed(let why)?: why
        case .deadLettered(let why)?: "dead " + why
        case nil: "nothing"
        }
        #expect(expected.isEmpty ? text.isEmpty : text.hasPrefix(expected), "\(name): \(text)")
        #expect(receiver.taken.count == 1, "no redirect is followed, nothing is sent twice by itself")
    }

    @Test("Retry-After in seconds or as a date, within its limits", arguments: [
        ("3", 3), ("0", 1), ("600", 600), ("601", 600), ("99999999999999999999", 600), ("Sun, 22 Nov 2026 11:00:30 GMT", 30), ("Sun, 22 Nov 2026 10:00:00 GMT", 1), ("soon", nil), ("", nil), ("-3", nil),
    ] as [(String, Int?)])
    func retryAfter(text: String, seconds: Int?) { #expect(WebhookChannel.seconds(retryAfter: text, now: 1795345200) == seconds) }

    @Test("a receiver that asked for a rest is left alone so long, and a name that leads elsewhere is refused by name")
    func rests() async throws {
        let receiver = try HookReceiver { _, count in count == 1 ? .answer(429, headers: ["Retry-After: 1"]) : .answer(200) }
        defer { receiver.stop() }
        let channel = try channel(receiver)
        defer { channel.stop() }
        let desk = Desk([parcel(1, 1, .low)])
        let begun = ContinuousClock.now
        await working([worker(desk, channel) { $0.batchMax = 1 }]) { #expect(await eventually { desk.left.isEmpty }) }
        #expect(ContinuousClock.now - begun >= .milliseconds(900) && receiver.ids.count == 2 && Set(receiver.ids).count == 1)

        let target = try WebhookTarget("https://receiver.example/")
        let configuration = WebhookConfiguration(target: target, secretFile: "")
        let answers = Mutex(0)
        let line = WebhookLine(configuration) { _ in
            // The second answer is another one than the first, as a rebinding name gives it.
            answers.withLock { $0 += 1; return [IPAddress($0 == 1 ? "93.184.215.14" : "127.0.0.1")].compactMap { $0 } }
        }
        _ = try await line.open()
        #expect(await line.address == IPAddress("93.184.215.14"), "it connects to the address that was checked")
        await line.doubt()
        await #expect(throws: AddressGuard.Refusal.self) { try await line.open() }
        await line.close()
    }

    @Test("a receiver that refuses, hangs, fails, is busy, resets, loses replies and redirects gets everything in order, and knows what came twice")
    func oracle() async throws {
        let incidents = isFull ? 2_000 : 120
        let receiver = try HookReceiver { request, count in
            let id = request.headers["webhook-id"] ?? ""
            guard count <= 2, let number = DeliveryKey(id)?.incident.number else { return .answer(200) }
            return switch (Int(number) + count) % 12 {
            case 0: .answer(500)
            case 1: .answer(503)
            case 2: .resetInBody
            case 3: .loseReply
            case 4: .reset
            case 5: .answer(302, headers: ["Location: http://169.254.169.254/"])
            case 6: number % 5 == 0 ? .hang : number % 5 == 1 ? .hangInBody : .answer(502)
            // Asked to leave it alone for a second; seldom, because it is left alone.
            case 7: number % 60 == 6 ? .answer(429, headers: ["Retry-After: 1"]) : .answer(200)
            default: .answer(200)
            }
        }
        defer { receiver.stop() }
        let channel = try channel(receiver)
        defer { channel.stop() }
        let desk = LongDesk(), other = LongDesk()
        var parcels: [Parcel] = []
        for number in 1...UInt64(incidents) {
            for revision in 1...(number % 4 == 0 ? UInt32(3) : 1) { parcels.append(parcel(number, revision, number % 5 == 0 ? .high : .low)) }
        }
        desk.add(parcels)
        var pace = QueueWorker.Pace()
        (pace.backoffFirst, pace.backoffLast, pace.batchMax, pace.underWayMax, pace.urgentRoom) = (.milliseconds(20), .milliseconds(80), 1, 16, 8)
        let hooked = QueueWorker(queue: QueueName("station"), channel: channel, outbox: desk, reports: desk, pace: pace, logger: silent)
        let free = QueueWorker(queue: QueueName("upstream"), channel: ScriptedChannel { _, _ in .confirmed }, outbox: other, reports: other, pace: pace, logger: silent)
        await working([hooked, free]) {
            let ticking = Task {
                var number: UInt64 = 0
                while !Task.isCancelled {
                    number += 1
                    other.add([parcel(number, queue: "upstream")])
                    free.wake()
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
            #expect(await eventually(seconds: isFull ? 150 : 60) { desk.leftCount == 0 }, "\(desk.leftCount) left: \(desk.reasons)")
            ticking.cancel()
        }
        let secret = try #require(WebhookSecret(WebhookTests.secretText))
        var seen: Set<String> = [], newest: [IncidentID: UInt32] = [:], disorder = 0
        for request in receiver.taken {
            let id = request.headers["webhook-id"] ?? "", seconds = Int(request.headers["webhook-timestamp"] ?? "") ?? 0
            #expect(request.headers["webhook-signature"] == secret.signature(id: id, seconds: seconds, body: request.body))
            guard seen.insert(id).inserted, let key = DeliveryKey(id) else { continue }
            if key.revision != (newest[key.incident] ?? 0) + 1 { disorder += 1 }
            newest[key.incident] = key.revision
        }
        #expect(seen == Set(parcels.map(\.key.description)) && disorder == 0 && desk.deadCount == 0)
        #expect(other.wait(percentile: 0.99) <= .seconds(1))
        print("webhook: \(incidents) incidents, \(parcels.count) deliveries, \(receiver.taken.count) requests, \(disorder) out of order; other queue p99 \(other.wait(percentile: 0.99))")
    }
}
