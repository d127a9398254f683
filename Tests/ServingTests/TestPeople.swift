import CareModel
import Synchronization
@testable import Serving

/// Accounts in memory.
final class TestStore: AccountStoring {
    let accounts = Mutex<[Account]>([])
    func load() throws -> [Account] { accounts.withLock { $0 } }
    func change(_ body: (inout [Account]) throws -> Void) throws -> [Account] {
        try accounts.withLock { accounts in
            var copy = accounts
            try body(&copy)
            accounts = copy
            return copy
        }
    }
}

/// Stands for scrypt: the tests need some function that isn't the identity, and quickly.
struct TestSecrets: SecretKeeping {
    func hash(_ secret: String) async throws -> String { "hash of " + String(secret.reversed()) }
    func matches(_ secret: String, _ hash: String) async throws -> Bool { try await self.hash(secret) == hash }
    func digest(_ bytes: [UInt8]) -> [UInt8] { bytes.reversed() }
    func freshCode() -> String { randomHex(bytes: 16) }
}

/// Keeps what was noted, as `actor action object outcome`.
final class TestAudit: AuditKeeping {
    let lines = Mutex<[String]>([])
    func keep(actor: String, role: Role, via: Via, action: String, object: String, outcome: String) {
        lines.withLock { $0.append("\(actor) \(action) \(object) \(outcome)") }
    }
    var all: [String] { lines.withLock { $0 } }
}
