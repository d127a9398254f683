import CareModel
import Foundation
import Testing

@testable import Forwarding

@Suite("Incidents through a real RabbitMQ", .serialized, .timeLimit(.minutes(isFull ? 30 : 4)))
struct RabbitMQTests {
    @Test("persistent, typed and named messages in a quorum queue; a queue that stands differently, a wrong password and a missing queue are named")
    func delivers() async throws {
        let server = try await RabbitServer()
        let channel = RabbitMQChannel(server.configuration())
        defer { channel.stop() }
        let first = parcel(1), second = parcel(2, body: "{\"text\":\"请致电\"}")
        #expect(await channel.send([first, second]) == [first.key: .confirmed, second.key: .confirmed])
        let consumer = RabbitConsumer(port: server.port, queue: "vigil.station")
        defer { consumer.stop() }
        #expect(await eventually { consumer.count == 2 })
        #expect(consumer.arrivals.map(\.id) == [first.key.description, second.key.description])
        #expect(consumer.arrivals.map(\.body) == ["{\"n\":1.1}", "{\"text\":\"请致电\"}"])
        #expect(consumer.arrivals.allSatisfy { $0.isPersistent && $0.contentType == "application/json" })
        #expect(await channel.send([]).isEmpty)

        // Somebody made a classic queue of that name.
        #expect(RabbitTool.declareClassicQueue("vigil.other", port: server.port))
        try await expectFailure(.topology, server.configuration(queue: "vigil.other"))
        var wrong = server.configuration()
        wrong.passwordFile = server.folder + "/plugins"
        try await expectFailure(.refused, wrong)
        wrong.passwordFile = server.folder + "/nothing"
        try await expectFailure(.refused, wrong)
        wrong = server.configuration()
        wrong.virtualHost = "nowhere"
        try await expectFailure(.refused, wrong)
        var verifying = server.configuration(queue: "vigil.absent")
        verifying.topology = .verify
        try await expectFailure(.missing, verifying)
        wrong = server.configuration()
        wrong.port = Int(freePorts(1)[0])
        try await expectFailure(.unreachable, wrong)

        // An operator's queue disappears while the hub is connected: the broker returns what it can't route.
        verifying.queue = "vigil.other"
        verifying.routingKey = "vigil.other"
        let careful = RabbitMQChannel(verifying)
        defer { careful.stop() }
        #expect(await careful.send([first]) == [first.key: .confirmed])
        #expect(RabbitTool.deleteQueue("vigil.other", port: server.port))
        let returned = await careful.send([first, second])
        for key in [first.key, second.key] {
            guard case .delayed(let why)? = returned[key] else { Issue.record("\(returned)"); continue }
            #expect(why.hasPrefix("rabbitmq.missing: 312 NO_ROUTE"), "\(why)")
        }
        #expect(RabbitTool.declareClassicQueue("vigil.other", port: server.port))
        #expect(await careful.send([first]) == [first.key: .confirmed], "it is found again without a new connection")
        #expect(careful.status.connectCount == 1)
    }

    private func expectFailure(_ kind: RabbitMQFailure.Kind, _ configuration: RabbitMQConfiguration) async throws {
        let channel = RabbitMQChannel(configuration)
        defer { channel.stop() }
        let outcome = await channel.send([parcel(7)])
        guard case .delayed(let why)? = outcome[parcel(7).key] else { Issue.record("\(outcome)"); return }
        #expect(why.hasPrefix(kind.rawValue + ":"), "\(why)")
        #expect(channel.status.failure?.kind == kind && !channel.status.isConnected)
    }

    @Test("TLS with a certificate for both sides; an authority that the hub doesn't know, and a hub without a certificate, are refused")
    func tls() async throws {
        let folder = NSTemporaryDirectory() + "vigil-rabbit-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["ca", "other"] {
            #expect(try await runProgram("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem"]) == 0)
        }
        for name in ["server", "hub"] {
            #expect(try await runProgram("openssl", ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).csr"]) == 0)
            #expect(try await runProgram("openssl", ["x509", "-req", "-in", "\(folder)/\(name).csr", "-CA", "\(folder)/ca.pem", "-CAkey", "\(folder)/ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out", "\(folder)/\(name).pem"]) == 0)
        }
        let port = freePorts(1)[0]
        let server = try await RabbitServer(extra: [
            "listeners.ssl.default = 127.0.0.1:\(port)", "ssl_options.cacertfile = \(folder)/ca.pem", "ssl_options.certfile = \(folder)/server.pem",
            "ssl_options.keyfile = \(folder)/server.key", "ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true",
        ], alsoListening: [port])
        var configuration = server.configuration(through: port)
        configuration.host = "localhost"
        configuration.tls = .init(authorityFile: folder + "/ca.pem", certificateFile: folder + "/hub.pem", keyFile: folder + "/hub.key")
        let channel = RabbitMQChannel(configuration)
        defer { channel.stop() }
        let many = (1...300).map { parcel($0) }
        let outcomes = await channel.send(many)
        #expect(outcomes.count == 300 && outcomes.values.allSatisfy { $0 == .confirmed }, "\(Set(outcomes.values))")
        configuration.tls?.authorityFile = folder + "/other.pem"
        try await expectFailure(.refused, configuration)
        configuration.tls = .init(authorityFile: folder + "/ca.pem")
        try await expectFailure(.unreachable, configuration)
        configuration.tls = .init(authorityFile: folder + "/absent.pem")
        let absent = RabbitMQChannel(configuration)
        defer { absent.stop() }
        guard case .delayed? = await absent.send([parcel(1)])[parcel(1).key] else { Issue.record("confirmed without an authority"); return }
    }

    @Test("incidents through kills of the broker, cuts of the line, a missing queue and the disk alarm: every one arrives, in order, and other queues don't wait")
    func chaos() async throws {
        let incidents = isFull ? 10_000 : 600, rounds = isFull ? 20 : 2
        let server = try await RabbitServer(), line = try CuttableLine(to: server.port), station = try Station()
        defer { line.stop() }
        let channel = RabbitMQChannel(server.configuration(through: line.port))
        let consumer = RabbitConsumer(port: server.port, queue: "vigil.station"), reader = try station.reader("care/upstream/incidents")
        defer { channel.stop(); consumer.stop() }
        let desk = LongDesk(), other = LongDesk()
        var pace = QueueWorker.Pace()
        pace.backoffFirst = .milliseconds(100)
        pace.backoffLast = .seconds(2)
        let worker = QueueWorker(queue: QueueName("station"), channel: channel, outbox: desk, reports: desk, pace: pace, logger: silent)
        let upstream = QueueWorker(
            queue: QueueName("upstream"), channel: MQTTChannel(loop: station.loop, topic: "care/{queue}/incidents", queue: QueueName("upstream")), outbox: other,
            reports: other, pace: pace, logger: silent)

        var number: UInt64 = 0, struck = 0
        var expected: [String] = []
        /// Every fourth incident has three revisions.
        func add(_ count: Int) {
            for _ in 0..<count {
                number += 1
                let parcels = (1...(number % 4 == 0 ? 3 : 1)).map { parcel(number, UInt32($0), number % 5 == 0 ? .high : .low) }
                expected += parcels.map(\.key.description)
                desk.add(parcels)
            }
            worker.wake()
        }
        func arrived(_ seconds: Double) async -> Bool {
            await eventually(seconds: seconds) { desk.leftCount == 0 && Set(consumer.arrivals.map(\.id)).count == expected.count }
        }

        let part = incidents / (2 * rounds + 2)
        await working([worker, upstream]) {
            let ticking = Task {
                var number: UInt64 = 0
                while !Task.isCancelled {
                    number += 1
                    other.add([parcel(number, queue: "upstream")])
                    upstream.wake()
                    try? await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { ticking.cancel() }
            do {
                // RabbitMQ 3.10.8 loses a quorum queue whose node is killed in the first half second after it was declared: its name is
                // written to disk with that delay. Nothing on this side can help that.
                add(1)
                #expect(await arrived(60))
                try await Task.sleep(for: .seconds(2))
                var struckAt: UInt64 = 0
                for round in 0..<rounds {
                    for isKill in [true, false] {
                        add(part)
                        // In mid-stream: connected anew since the last strike, and with deliveries under way that are not confirmed.
                        #expect(await eventually(seconds: 60) {
                            let status = channel.status
                            return status.isConnected && status.connectCount > struckAt && (status.unconfirmedCount > 0 || desk.leftCount == 0)
                        }, "\(channel.status)")
                        struckAt = channel.status.connectCount
                        struck += channel.status.unconfirmedCount > 0 ? 1 : 0
                        if isKill {
                            server.kill()
                            try await server.start()
                        } else {
                            line.become(round % 2 == 0 ? .cut : .dead)
                            try await Task.sleep(for: .seconds(round % 2 == 0 ? 0.5 : 4))
                            line.become(.cut)
                            line.become(.whole)
                        }
                    }
                }
                #expect(await arrived(60), "\(desk.leftCount) left, \(Set(consumer.arrivals.map(\.id)).count) of \(expected.count) arrived; \(channel.status)")

                #expect(RabbitTool.deleteQueue("vigil.station", port: server.port))
                add(part)
                #expect(await arrived(60), "after the queue was missing: \(desk.leftCount) left, \(channel.status)")
                #expect(desk.reasons.contains("rabbitmq.missing"), "\(desk.reasons)")

                try await server.setDiskFreeLimit("1000000GB")
                add(incidents - Int(number))
                #expect(await eventually { channel.status.failure?.kind == .blocked }, "\(channel.status)")
                try await server.setDiskFreeLimit("10MB")
                #expect(await arrived(60), "after the disk alarm: \(desk.leftCount) left, \(channel.status)")
            } catch { Issue.record(error) }
        }
        #expect(Int(number) == incidents)
        #expect(channel.status.connectCount >= 2 * rounds, "each kill and each cut broke a connection: \(channel.status.connectCount) connects")
        // Each incident's revisions came in their order, duplicates left out.
        var seen: Set<String> = [], newest: [String: UInt32] = [:], disorder = 0
        for arrival in consumer.arrivals where seen.insert(arrival.id).inserted {
            guard let key = DeliveryKey(arrival.id) else { Issue.record("\(arrival.id)"); continue }
            let incident = key.incident.description
            if key.revision != (newest[incident] ?? 0) + 1 { disorder += 1 }
            newest[incident] = key.revision
        }
        #expect(seen == Set(expected) && disorder == 0 && desk.deadCount == 0)
        let p99 = other.wait(percentile: 0.99)
        #expect(other.confirmedCount > 20 && p99 <= .seconds(1), "\(other.confirmedCount) on the other queue, p99 \(p99)")
        #expect(reader.messages.count >= other.confirmedCount)
        print("rabbitmq: \(incidents) incidents, \(expected.count) deliveries, \(rounds) kills, \(rounds) cuts (\(struck) with deliveries under way): \(consumer.count - seen.count) duplicates, 0 lost, \(disorder) out of order, \(channel.status.connectCount) connects; other queue: \(other.confirmedCount) deliveries, p50 \(other.wait(percentile: 0.5)), p99 \(p99), max \(other.wait(percentile: 1))")
    }
}
