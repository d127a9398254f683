import Foundation
import Glibc
import Simulation
import Testing

extension Integration {
    @Suite("TLS", .serialized, .timeLimit(.minutes(3))) struct TLSTests {
        @Test("a hub with certificates serves devices and caregivers by TLS, to those who know its authority, and its own command line")
        func serves() async throws {
            let port = freePort()
            let hub = try await secured(port)
            defer { hub.kill9(); hub.endBroker(SIGKILL) }
            try hub.launch()
            let authority = hub.config + "/tls/ca.pem"
            func curl(_ arguments: [String]) async throws -> (status: Int32?, output: [UInt8]) {
                try await run("curl", ["-s", "-m", "5", "-H", "Authorization: Bearer " + hub.token] + arguments)
            }
            let begun = ContinuousClock.now
            var ready: (status: Int32?, output: [UInt8]) = (nil, [])
            while ready.status != 0, ContinuousClock.now - begun < .seconds(20) {
                ready = try await curl(["--cacert", authority, "-f", "https://127.0.0.1:\(hub.httpPort)/readyz"])
                if ready.status != 0 { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(ready.status == 0, "\(String(decoding: ready.output, as: UTF8.self)) \(hub.log.suffix(1_500))")
            #expect(try await curl(["https://127.0.0.1:\(hub.httpPort)/readyz"]).status == 60, "a certificate of nobody's authority is refused by the caller")
            #expect(try await curl(["http://127.0.0.1:\(hub.httpPort)/readyz"]).status != 0, "there is no plain HTTP beside it")
            let old = try await curl(["--cacert", authority, "--tls-max", "1.1", "https://127.0.0.1:\(hub.httpPort)/readyz"])
            #expect(old.status != 0, "nothing below TLS 1.2")
            let cookie = try await curl(["--cacert", authority, "-i", "-X", "POST", "https://127.0.0.1:\(hub.httpPort)/session", "-H", "X-Vigil-Page: 1", "-H", "Origin: https://127.0.0.1:\(hub.httpPort)", "-H", "Content-Type: application/json", "-d", "{\"token\":\"\(hub.token)\"}"])
            let head = String(decoding: cookie.output, as: UTF8.self)
            #expect(head.lowercased().contains("set-cookie: vigil_session=") && head.contains("; Secure"), "\(head)")

            // A device over the network's listener, with the hub's authority, without it, and without TLS.
            let home = homeName(0)
            func publish(_ port: UInt16, _ extra: [String]) async throws -> Int32? {
                try await run("mosquitto_pub", [
                    "-V", "5", "-h", "127.0.0.1", "-p", String(port), "-u", "zigbee2mqtt", "-P", try hub.password("zigbee2mqtt"), "-q", "1",
                    "-t", "zigbee2mqtt/\(home)/bed_sos", "-m", "{\"action\":\"emergency\"}",
                ] + extra, seconds: 10).status
            }
            #expect(try await publish(port, []) != 0)
            #expect(try await publish(port, ["--capath", "/etc/ssl/certs"]) != 0)
            #expect(try await publish(port, ["--cafile", authority]) == 0)
            var listed: [UInt8] = []
            let isListed = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < isListed {
                listed = try await hub.command(["incidents", "list", "--config", hub.config]).output
                if String(decoding: listed, as: UTF8.self).contains("safety.sos") { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(String(decoding: listed, as: UTF8.self).contains("safety.sos"), "\(String(decoding: listed, as: UTF8.self)) \(hub.log.suffix(500))")
            #expect(try await publish(hub.brokerPort, []) == 0, "what runs on this machine needs no TLS")
            try await hub.stop()

            // Certificates that went bad since: the hub guards on, for this machine alone, and says so.
            try "x".write(toFile: hub.config + "/tls/server.pem", atomically: true, encoding: .utf8)
            try hub.launch()
            try await hub.ready()
            #expect(hub.log.contains("the HTTP server listens on 127.0.0.1 without TLS") && hub.log.contains("the broker listens on 127.0.0.1 alone"), "\(hub.log.suffix(1_500))")
            try await hub.stop()
        }

        @Test("with an authority for devices, a device needs its certificate besides its password")
        func deviceCertificates() async throws {
            let port = freePort()
            let hub = try await secured(port, deviceAuthority: true)
            defer { hub.kill9(); hub.endBroker(SIGKILL) }
            let files = hub.config + "/tls/"
            func certificate(_ name: String, by authority: String) async throws -> [String] {
                let paths = ["key", "csr", "pem"].map { files + name + "." + $0 }
                let steps = [
                    ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", paths[0]],
                    ["req", "-new", "-key", paths[0], "-subj", "/CN=" + name, "-out", paths[1]],
                    ["x509", "-req", "-in", paths[1], "-CA", files + authority + ".pem", "-CAkey", files + authority + ".key", "-CAcreateserial", "-days", "2", "-out", paths[2]],
                ]
                for step in steps {
                    let (status, output) = try await run("openssl", step)
                    try #require(status == 0, "\(String(decoding: output, as: UTF8.self))")
                }
                return ["--cert", paths[2], "--key", paths[0]]
            }
            let (made, _) = try await run("openssl", [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Somebody else",
                "-keyout", files + "other.key", "-out", files + "other.pem",
            ])
            try #require(made == 0)
            let own = try await certificate("coordinator", by: "ca"), foreign = try await certificate("stranger", by: "other")
            try hub.launch()
            try await hub.ready()
            let password = try hub.password("zigbee2mqtt")
            func publish(_ extra: [String], _ password: String) async throws -> Int32? {
                try await run("mosquitto_pub", [
                    "-V", "5", "-h", "127.0.0.1", "-p", String(port), "-u", "zigbee2mqtt", "-P", password, "-q", "1", "--cafile", files + "ca.pem",
                    "-t", "zigbee2mqtt/\(homeName(0))/bed_sos", "-m", "{\"action\":\"emergency\"}",
                ] + extra, seconds: 10).status
            }
            #expect(try await publish([], password) != 0, "no certificate")
            #expect(try await publish(foreign, password) != 0, "a certificate of somebody else's authority")
            #expect(try await publish(own, "wrong") != 0, "a certificate is no password")
            #expect(try await publish(own, password) == 0)
            try await hub.stop()
        }

        @Test("files that are absent, hold something else or don't fit each other are errors of vigil check, with file and line")
        func faults() async throws {
            let hub = try await secured(freePort())
            func check() async throws -> (status: Int32?, text: String) {
                let (status, output) = try await hub.command(["check", "--config", hub.config])
                return (status, String(decoding: output, as: UTF8.self))
            }
            let good = try await check()
            #expect(good.status == 0, "\(good.text.suffix(1_000))")
            let files = hub.config + "/tls/"
            func expect(_ code: String, _ change: () async throws -> Void) async throws {
                let before = try ["server.pem", "server.key"].map { ($0, try Data(contentsOf: URL(fileURLWithPath: files + $0))) }
                try await change()
                let (status, text) = try await check()
                #expect(status == 1)
                let lines = text.split(separator: "\n").filter { $0.contains("[\(code)]") }
                #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("hub.yaml:") }, "\(code): \(text.suffix(1_500))")
                for (name, bytes) in before { try bytes.write(to: URL(fileURLWithPath: files + name)) }
            }
            try await expect("tls.unreadable") { unlink(files + "server.key") }
            try await expect("tls.malformed") { try "no certificate".write(toFile: files + "server.pem", atomically: true, encoding: .utf8) }
            try await expect("tls.malformed") { try "no key".write(toFile: files + "server.key", atomically: true, encoding: .utf8) }
            try await expect("tls.mismatch") {
                let (status, _) = try await run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", files + "server.key"])
                #expect(status == 0)
            }
        }

        /// A hub whose hub.yaml names certificates for both of its servers; with a `deviceAuthority`, for the broker alone.
        private func secured(_ port: UInt16, deviceAuthority: Bool = false) async throws -> HubProcess {
            let hub = try HubProcess(homes: SimulatedDay.homesYAML(residents: 2, seed: 1)) { config in
                let file = config + "/hub.yaml"
                var text = try String(contentsOfFile: file, encoding: .utf8)
                let server = "certificate: tls/server.pem, key: tls/server.key"
                let devices = deviceAuthority ? ", device_ca: tls/ca.pem" : ""
                var changes = [("\nbroker:\n", "\nbroker:\n  tls_listener: {bind: 127.0.0.1, port: \(port), \(server)\(devices)}\n")]
                if !deviceAuthority { changes.append(("\nhttp:\n", "\nhttp:\n  tls: {\(server)}\n")) }
                for (old, new) in changes {
                    let range = try #require(text.range(of: old))
                    text.replaceSubrange(range, with: new)
                }
                try text.write(toFile: file, atomically: true, encoding: .utf8)
            }
            let (status, output) = try await run(HubProcess.root + "/scripts/certificates", [hub.config + "/tls", "127.0.0.1"])
            try #require(status == 0, "\(String(decoding: output, as: UTF8.self))")
            return hub
        }
    }
}
