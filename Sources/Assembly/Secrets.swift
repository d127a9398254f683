import Crypto
import CryptoExtras
import Foundation
import Serving
import Synchronization

/// Hashes passwords and PINs with scrypt (RFC 7914), one at a time on a queue of its own.
///
/// One at a time, because each takes 32 MiB and one of perhaps two cores: people who sign in must not take both from the sequencer.
final class Secrets: SecretKeeping {
    /// OWASP's password storage cheat sheet (2024) gives this as one of its equal minimums: N = 2^15, r = 8, p = 3.
    static let exponent = 15, blockSize = 8, parallelism = 3
    static let saltBytes = 16, hashBytes = 32
    /// Those who may wait at one time; the next one is told to come again.
    static let waitingMax = 8

    private let queue = DispatchQueue(label: "vigil-secrets", qos: .utility)
    private let waiting = Mutex(0)

    func hash(_ secret: String) async throws -> String {
        let salt = Secrets.random(Secrets.saltBytes)
        let key = try await derive(secret, salt, exponent: Secrets.exponent, blockSize: Secrets.blockSize, parallelism: Secrets.parallelism)
        return ["scrypt", String(Secrets.exponent), String(Secrets.blockSize), String(Secrets.parallelism), Secrets.hex(salt), Secrets.hex(key)].joined(separator: "$")
    }

    func matches(_ secret: String, _ hash: String) async throws -> Bool {
        let parts = hash.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let exponent = Int(parts[1]), let block = Int(parts[2]), let parallelism = Int(parts[3]),
              (10...20).contains(exponent), (1...16).contains(block), (1...8).contains(parallelism),
              let salt = Secrets.bytes(parts[4]), let wanted = Secrets.bytes(parts[5]), wanted.count == Secrets.hashBytes else { return false }
        let given = try await derive(secret, salt, exponent: exponent, blockSize: block, parallelism: parallelism)
        return Secrets.areEqual(given, wanted)
    }

    /// Compares without stopping at the first difference.
    static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }

    func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// 160 bits in Crockford's 32 letters and digits, which nobody mistakes for one another on paper.
    func freshCode() -> String {
        let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        return String(Secrets.random(32).map { letters[Int($0 & 31)] })
    }

    private func derive(_ secret: String, _ salt: [UInt8], exponent: Int, blockSize: Int, parallelism: Int) async throws -> [UInt8] {
        let isAdmitted = waiting.withLock { count in
            guard count < Secrets.waitingMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { throw SecretsBusy() }
        defer { waiting.withLock { $0 -= 1 } }
        // The same characters typed on two keyboards may be composed in two ways.
        let password = Array(secret.precomposedStringWithCompatibilityMapping.utf8)
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result {
                    let key = try KDF.Scrypt.deriveKey(
                        from: password, salt: salt, outputByteCount: Secrets.hashBytes, rounds: 1 << exponent, blockSize: blockSize, parallelism: parallelism)
                    return key.withUnsafeBytes { Array($0) }
                })
            }
        }
    }

    private static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    private static func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    private static func bytes(_ hex: Substring) -> [UInt8]? {
        let digits = hex.utf8.map { Int(String(UnicodeScalar($0)), radix: 16) }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        let values = digits.compactMap { $0 }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}
