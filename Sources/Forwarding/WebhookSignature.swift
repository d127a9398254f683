import Crypto
import Foundation

/// Signatures after the Standard Webhooks scheme, symmetric form `v1`: HMAC-SHA256 over `id.timestamp.body`.
/// Source: standardwebhooks.com, specification 1.0.
public struct WebhookSecret: Hashable, Sendable {
    /// Of a key, decoded; the scheme's own bounds.
    public static let keyBytes = 24...64
    /// Secrets that sign at one time: the new one and those that receivers still know.
    public static let secretsMax = 4

    private let key: [UInt8]

    /// Reads `whsec_` and base64, or base64 alone; nil when it isn't one or its key is too short or too long.
    public init?(_ text: String) {
        let body = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
        guard let key = Data(base64Encoded: body), WebhookSecret.keyBytes.contains(key.count) else { return nil }
        self.key = Array(key)
    }

    /// `v1,` and the signature in base64.
    public func signature(id: String, seconds: Int, body: [UInt8]) -> String {
        var mac = HMAC<SHA256>(key: SymmetricKey(data: key))
        mac.update(data: Array("\(id).\(seconds).".utf8))
        mac.update(data: body)
        return "v1," + Data(mac.finalize()).base64EncodedString()
    }

    /// What stands in `webhook-signature`: one signature a secret, so that receivers can change over.
    public static func header(_ secrets: [WebhookSecret], id: String, seconds: Int, body: [UInt8]) -> String {
        secrets.map { $0.signature(id: id, seconds: seconds, body: body) }.joined(separator: " ")
    }

    /// How far a time stamp may be from now, in seconds; the scheme's own tolerance.
    public static let toleranceSeconds = 300

    /// Whether one of the signatures of a `webhook-signature` is of one of the secrets, and the time stamp is near.
    ///
    /// Takes the same time for every signature of one length.
    public static func admits(_ header: String, _ secrets: [WebhookSecret], id: String, timestamp: String, body: [UInt8], now: Int) -> Bool {
        guard !id.isEmpty, id.utf8.count <= 256, let seconds = Int(timestamp), String(seconds) == timestamp,
              abs(seconds - now) <= toleranceSeconds, header.utf8.count <= 1_024 else { return false }
        let given = header.split(separator: " ").prefix(2 * secretsMax).filter { $0.hasPrefix("v1,") }.compactMap { Data(base64Encoded: String($0.dropFirst(3))) }
        var signed = Array("\(id).\(seconds).".utf8)
        signed += body
        var isOne = false
        for secret in secrets {
            for code in given where HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: SymmetricKey(data: secret.key)) { isOne = true }
        }
        return isOne
    }

    /// Reads a file with one secret a line, the newest first.
    ///
    /// - Returns: nil when it can't be read, holds none, more than `secretsMax`, or a line that is none.
    public static func read(_ path: String) -> [WebhookSecret]? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 4_096 else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let secrets = lines.compactMap { WebhookSecret($0) }
        return secrets.count == lines.count && (1...secretsMax).contains(secrets.count) ? secrets : nil
    }
}
