import CareModel
import Crypto
import Foundation
import Serving

/// The token that the first start makes: whoever can read the data folder may use the hub.
public struct AccessToken: Sendable {
    public let text: String
    let table: TokenTable

    public static let fileName = "token"

    /// Reads it, or makes it: 32 random bytes in hex, in a file that only the hub's user can read.
    public static func open(_ dataFolder: String) throws -> AccessToken {
        let file = dataFolder + "/" + fileName
        if let found = read(dataFolder) { return found }
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        let text = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        let made = FileManager.default.createFile(atPath: file, contents: Data((text + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard made else { throw Gateway.StartFailure(description: "the access token can't be written to \(file)") }
        return AccessToken(text)
    }

    /// The token of a hub that has one.
    public static func read(_ dataFolder: String) -> AccessToken? {
        guard let text = try? String(contentsOfFile: dataFolder + "/" + fileName, encoding: .utf8) else { return nil }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return token.utf8.count >= 32 ? AccessToken(token) : nil
    }

    private init(_ text: String) {
        self.text = text
        let digest: @Sendable ([UInt8]) -> [UInt8] = { Array(SHA256.hash(data: $0)) }
        table = TokenTable([(digest(Array(text.utf8)), Principal(actor: "administrator", role: .administrator))], digest: digest)
    }
}
