import CareModel
import Foundation
import MQTTSession
import Testing

@Suite("MQTT connection", .serialized, .timeLimit(.minutes(2)))
struct ConnectionTests {
    @Test("the session is absent at first, present after a disconnect, and absent when the broker has forgotten")
    func sessionPresence() throws {
        let broker = try TestBroker()
        let driver = try Driver(broker, "presence", filters: ["a/#"])
        #expect(driver.turnUntilReady())
        driver.session.disconnect()
        driver.session.start()
        #expect(driver.turn { driver.resumes.count == 2 })
        broker.kill()
        try? FileManager.default.removeItem(atPath: broker.folder + "/mosquitto.db")
        #expect(driver.turn { !driver.losses.isEmpty })
        try broker.start()
        #expect(driver.turn { driver.resumes.count == 3 })
        #expect(driver.resumes == [false, true, false])
        #expect(driver.turn { driver.session.isSubscribed })
        try broker.publish("-t", "a/1", "-m", "x", "-q", "1")
        #expect(driver.turn { driver.messages.count == 1 })
    }

    @Test("a broker that was saved, killed and started again resumes the session after the back-off")
    func brokerRestarts() throws {
        let broker = try TestBroker()
        let driver = try Driver(broker, "restart", filters: ["a/#"])
        #expect(driver.turnUntilReady())
        broker.end()
        #expect(driver.turn { !driver.losses.isEmpty })
        let lostAt = monotonicMicroseconds()
        #expect(driver.turn { !driver.failures.isEmpty })
        #expect(monotonicMicroseconds() - lostAt >= 900_000)
        #expect(driver.failures.first?.code == "mqtt.unreachable")
        #expect(driver.session.lastFailure?.description.contains("refused") == true)
        try broker.start()
        try broker.publish("-t", "a/while-away", "-m", "x", "-q", "1")
        #expect(driver.turn { driver.messages.count == 1 })
        #expect(driver.resumes == [false, true])
        #expect(driver.session.lastFailure == nil)
    }

    @Test("the back-off doubles from 1 s to 30 s, never passes it, and falls back when told")
    func backOffGrows() {
        var even = BackOff(), late = BackOff()
        let least = (0..<8).map { _ in even.next(word: 0) }
        let most = (0..<8).map { _ in late.next(word: .max) }
        #expect(least == [1, 2, 4, 8, 16, 30, 30, 30].map { $0 * 1_000_000 })
        for (low, high) in zip(least, most) { #expect(low <= high && high <= min(30_000_000, low + low / 2)) }
        even.reset()
        #expect(even.next(word: 0) == 1_000_000)
    }

    @Test("a wrong password is refused with a clear error that isn't retryable")
    func wrongPassword() throws {
        let broker = try TestBroker("allow_anonymous false\npassword_file FOLDER/pw") { folder in
            try "right:secret\n".write(toFile: folder + "/pw", atomically: true, encoding: .utf8)
            try run("/usr/bin/mosquitto_passwd", ["-U", folder + "/pw"])
        }
        func configuration(_ password: String) -> SessionConfiguration {
            SessionConfiguration(host: "127.0.0.1", port: broker.port, clientID: "who", user: "right", password: password)
        }
        let wrong = try Driver(configuration("wrong"))
        #expect(wrong.turn { !wrong.failures.isEmpty })
        #expect(wrong.failures == [.refused(.notAuthorized)])
        #expect(wrong.failures.first?.isRetryable == false)
        #expect(wrong.failures.first?.description.contains("wrong user or password") == true)
        let right = try Driver(configuration("secret"))
        #expect(right.turn { right.session.isConnected })
    }

    @Test("a second client with the same identifier costs the first its connection, which comes back")
    func takenOver() throws {
        let broker = try TestBroker()
        let first = try Driver(broker, "same")
        #expect(first.turn { first.session.isConnected })
        let second = try Driver(broker, "same")
        #expect(second.turn { second.session.isConnected })
        #expect(first.turn { !first.losses.isEmpty })
        // mosquitto 2.0.11 just closes; later ones say 0x8E.
        let loss = try #require(first.losses.first)
        #expect(loss == .ended(.sessionTakenOver) || loss == .library(.connectionLost, detail: ""))
        #expect(first.turn { first.resumes == [false, true] })
    }

    @Test("TLS: the right authority connects with a client certificate, a wrong one is refused")
    func tlsAuthorities() throws {
        let broker = try TestBroker("""
            allow_anonymous true
            cafile FOLDER/ca.crt
            certfile FOLDER/broker.crt
            keyfile FOLDER/broker.key
            require_certificate true
            """) { folder in
            for name in ["ca", "other"] {
                try openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=\(name) -keyout \(folder)/\(name).key -out \(folder)/\(name).crt")
            }
            for name in ["broker", "hub"] {
                try openssl("req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout \(folder)/\(name).key -out \(folder)/\(name).csr")
                try openssl("x509 -req -in \(folder)/\(name).csr -CA \(folder)/ca.crt -CAkey \(folder)/ca.key -CAcreateserial -copy_extensions copy -days 2 -out \(folder)/\(name).crt")
            }
        }
        func driver(authority: String, hasCertificate: Bool = true, filters: [String] = []) throws -> Driver {
            let tls = TLSConfiguration(
                authorityFile: "\(broker.folder)/\(authority).crt",
                certificateFile: hasCertificate ? broker.folder + "/hub.crt" : nil, keyFile: hasCertificate ? broker.folder + "/hub.key" : nil)
            return try Driver(SessionConfiguration(host: "127.0.0.1", port: broker.port, clientID: authority, tls: tls), filters: filters)
        }
        let right = try driver(authority: "ca", filters: ["t/#"])
        #expect(right.turnUntilReady())
        right.acknowledges = false
        for n in 0..<20 { try right.session.publish(topic: "t/\(n)", payload: [UInt8](repeating: 7, count: 300)) }
        right.session.flush()
        #expect(right.turn { right.messages.count == 20 })
        // The same promise as without TLS: refused messages come again.
        right.session.refuse()
        right.messages = []
        right.acknowledges = true
        #expect(right.turn { right.messages.count >= 20 })

        let wrong = try driver(authority: "other")
        #expect(wrong.turn { !wrong.failures.isEmpty })
        let text = try #require(wrong.failures.first?.description)
        #expect(text.contains("certificate verify failed"), "\(text)")
        #expect(wrong.failures.first?.isRetryable == false)

        let bare = try driver(authority: "ca", hasCertificate: false)
        #expect(bare.turn { !bare.failures.isEmpty || !bare.losses.isEmpty })
        #expect(bare.resumes.isEmpty)
        #expect(throws: SessionFailure.self) { try driver(authority: "absent") }
    }

    @Test("settings that libmosquitto can't hold are refused before anything connects")
    func badSettings() {
        let good = SessionConfiguration(host: "127.0.0.1", port: 1, clientID: "x")
        for (change, isGood) in [
            ({ $0.receiveMaximum = 499 }, false), ({ $0.receiveMaximum = 500 }, true),
            ({ $0.publishWindow = 0 }, false), ({ $0.publishWindow = 65_536 }, false), ({ $0.publishWindow = 65_535 }, true),
            ({ $0.keepAliveSeconds = 4 }, false), ({ $0.keepAliveSeconds = 5 }, true),
        ] as [((inout SessionConfiguration) -> Void, Bool)] {
            var configuration = good
            change(&configuration)
            let made = try? MQTTSession(configuration, wake: Wake())
            #expect((made != nil) == isGood)
        }
    }

    @Test("a host that can't be found and one that doesn't answer leave the loop free")
    func unreachableHostsDontStall() throws {
        for host in ["no-such-host.invalid", "192.0.2.1"] {
            var configuration = SessionConfiguration(host: host, port: 1_883, clientID: "far")
            configuration.connectSecondsMax = 1
            let driver = try Driver(configuration)
            let start = monotonicMicroseconds()
            driver.session.tick()
            #expect(monotonicMicroseconds() - start < 500_000)
            #expect(driver.turn(seconds: 30) { !driver.failures.isEmpty })
            #expect(driver.failures.first?.code == "mqtt.unreachable")
        }
    }

    @Test("a session that goes away while it connects leaves nothing behind that crashes")
    func goesAwayWhileConnecting() throws {
        let broker = try TestBroker()
        for _ in 0..<20 {
            let session = try MQTTSession(SessionConfiguration(host: "127.0.0.1", port: broker.port, clientID: "brief"), wake: Wake())
            session.start()
            session.tick()
        }
        let last = try Driver(broker, "last")
        #expect(last.turn { last.session.isConnected })
    }

    @Test("every code of libmosquitto and of MQTT 5 has a cause")
    func everyCodeHasACause() {
        for code in ReturnCode.allCases { #expect(!code.cause.isEmpty) }
        for code in ReasonCode.allCases { #expect(!code.cause.isEmpty) }
        #expect(Set(ReasonCode.allCases.map(\.cause)).count == ReasonCode.allCases.count)
        #expect(ReturnCode(99) == .unknown)
        #expect(ReasonCode(0xFF) == .unspecified)
        #expect(ReasonCode(300) == .unspecified)
    }
}

private func openssl(_ arguments: String) throws {
    let code = try run("/usr/bin/openssl", arguments.split(separator: " ").map(String.init))
    guard code == 0 else { throw TestFailure("openssl \(arguments): \(code)") }
}
