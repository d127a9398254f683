import CareModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing
@testable import Serving

/// Tokens by role, as the tests name them; `receiver` is bound to the queue `care`.
let everyRole: [(token: String, principal: Principal)] = Role.allCases.map { ("token-\($0.name)", Principal(actor: "\($0.name)-1", role: $0)) }
    + [
        ("token-receiver", Principal(actor: "receiver-1", role: .device, queue: QueueName("care"))),
        ("token-wall", Principal(actor: "wall-1", role: .inspector, isWall: true)),
    ]

/// The same roles with rights over one station, one home or one resident.
let boundedRoles: [(token: String, principal: Principal)] = Role.allCases.filter { $0 != .device && $0 != .family }.flatMap { role in
    [
        ("token-\(role.name)-east", Principal(actor: "\(role.name)-east", role: role, rights: Rights(stations: ["east"]))),
        ("token-\(role.name)-home", Principal(actor: "\(role.name)-home", role: role, rights: Rights(homes: [HomeID("home-east")]))),
    ]
} + [
    ("token-family-east", Principal(actor: "family-east", role: .family, rights: Rights(residents: [ResidentID("resident-east")]))),
    ("token-wall-east", Principal(actor: "wall-east", role: .inspector, rights: Rights(stations: ["east"]), isWall: true)),
]

/// A clock that stands until the test moves it.
final class TestClock: Sendable {
    private let elapsed = Mutex(Duration.zero)
    func move(_ by: Duration) { elapsed.withLock { $0 += by } }
    var now: Duration { elapsed.withLock { $0 } }
}

/// Keeps every log line, so that a test can look for what must not be there.
struct RecordingLog: LogHandler {
    final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
        lines.all.withLock { $0.append("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])") }
    }
}

struct Fixture: Sendable {
    let hub = TestHub()
    let clock = TestClock()
    let lines = RecordingLog.Lines()
    var configuration = Server.Configuration(port: 0)
    let store = TestStore()
    let audit = TestAudit()

    func accounts() -> Accounts {
        let clock = clock
        do { return try Accounts(store: store, secrets: TestSecrets(), now: { clock.now.components.seconds }) } catch { fatalError("the test's store can't be read") }
    }

    func server(onListening: @escaping @Sendable (Int) async -> Void = { _ in }) -> Server {
        var configuration = configuration
        let clock = clock
        configuration.monotonic = { clock.now }
        let ports = Ports(incidents: hub, deliveries: hub, stream: hub, commands: hub, receipts: hub, devices: hub, health: hub, metrics: hub, journal: hub, console: hub, reports: hub, signed: hub, visits: hub)
        // Reversing stands for SHA-256: the table only needs some function that isn't the identity.
        let tokens = TokenTable((everyRole + boundedRoles).map { (Array($0.token.utf8.reversed()), $0.principal) }) { $0.reversed() }
        let lines = lines
        let logger = Logger(label: "test") { _ in RecordingLog(lines: lines) }
        let access = AccessPorts(tokens: tokens, accounts: accounts(), places: hub, audit: audit, lockAfter: .seconds(600))
        return Server(configuration: configuration, ports: ports, access: access, signal: hub.signal, logger: logger, onListening: onListening)
    }

    /// Sends requests straight into the router.
    func ask<Value>(_ test: @Sendable (any TestClientProtocol) async throws -> Value) async throws -> Value {
        try await server().application().test(.router, test)
    }

    /// Runs the real server on a free loopback port while `test` runs.
    func live(_ test: @Sendable @escaping (Int, Server) async throws -> Void) async throws {
        let (ports, source) = AsyncStream.makeStream(of: Int.self)
        let server = server { source.yield($0) }
        let application = try server.application()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var first = ports.makeAsyncIterator()
            let port = try #require(await first.next())
            do { try await test(port, server) } catch {
                hub.signal.close()
                group.cancelAll()
                throw error
            }
            hub.signal.close()
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }
}

extension TestClientProtocol {
    @discardableResult
    func send(
        _ method: HTTPRequest.Method = .get, _ uri: String, token: String? = "token-administrator", _ headers: [(String, String)] = [], body: String? = nil
    ) async throws -> TestResponse {
        var fields = HTTPFields()
        if let token { fields[.authorization] = "Bearer \(token)" }
        for (name, value) in headers { fields[Guard.field(name)] = value }
        return try await execute(uri: uri, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) })
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: Any] ?? [:] }
    /// The stable code of an error answer in the one shape that docs/http-api.md states.
    var code: String? {
        guard let error = json["error"] as? [String: Any], error["message"] is String else { return nil }
        return error["code"] as? String
    }
}

struct TimedOut: Error {}

/// Waits until something is so; fails the test when it isn't within ten seconds.
func until(_ what: Comment, _ condition: @Sendable () async -> Bool) async throws {
    for _ in 0..<2_000 {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record(what)
    throw TimedOut()
}
