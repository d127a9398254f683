import CareModel
import Crypto
import Foundation
import Serving

/// The codes at residents' doors: a keyed token of the resident, so that nothing is stored of them and nobody can work one out.
///
/// The key follows from the hub's own key of tokens; both survive restarts and go with a backup. A lost sticker is answered by a new generation
/// of that resident's code: the generations are all that the file holds.
struct VisitCodes: VisitCodeReading {
    static let fileName = "visit-codes"
    /// 26 letters and digits of five bits: 130 bits, so that guessing is out of the question also without the limit of attempts.
    static let length = 26
    /// Crockford's: nobody mistakes one for another on paper.
    private static let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private let key: SymmetricKey
    private let file: SyncedFile
    /// In force.
    private let household: @Sendable () -> Household

    /// - Parameter tokenKey: the hub's key of tokens; that of codes is derived from it, so that neither tells anything about the other.
    init(_ dataFolder: String, tokenKey: SymmetricKey, household: @escaping @Sendable () -> Household) {
        key = HKDF<SHA256>.deriveKey(inputKeyMaterial: tokenKey, info: Data("vigil visit codes".utf8), outputByteCount: 32)
        file = SyncedFile(folder: dataFolder, name: VisitCodes.fileName, what: "the generations of visit codes")
        self.household = household
    }

    func resident(withCode code: String) throws -> (id: ResidentID, name: String)? {
        let given = VisitCodes.read(code)
        let generations = try generations()
        var found: (id: ResidentID, name: String)?
        for resident in household().residents where Secrets.areEqual(bytes(resident.id, generations), given) { found = (resident.id, resident.name) }
        return found
    }

    /// The code that holds now.
    func code(of resident: ResidentID) throws -> String { String(decoding: bytes(resident, try generations()), as: UTF8.self) }

    /// Another code from now on; the one before is nobody's.
    func renew(_ resident: ResidentID) throws {
        try file.locked {
            var generations = try generations()
            generations[resident.text, default: 0] += 1
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            try file.replace(with: Array(encoder.encode(generations)))
        }
    }

    private func bytes(_ resident: ResidentID, _ generations: [String: Int]) -> [UInt8] {
        let told = Array("\(generations[resident.text] ?? 0) \(resident.text)".utf8)
        let token = Array(HMAC<SHA256>.authenticationCode(for: told, using: key))
        return (0..<VisitCodes.length).map { VisitCodes.letters[Int(token[$0] & 31)] }
    }

    /// - Throws: when the file is damaged: a code that was taken back must not count again for that.
    private func generations() throws -> [String: Int] {
        guard file.exists else { return [:] }
        return try JSONDecoder().decode([String: Int].self, from: Data(contentsOf: URL(fileURLWithPath: file.path)))
    }

    /// As people may type it: small letters and spaces don't matter.
    private static func read(_ code: String) -> [UInt8] { Array(code.uppercased().utf8.filter { $0 != 0x20 && $0 != 0x2D }) }
}

/// `vigil visit-code`: what is printed and hung at a resident's door.
public struct VisitCodeCommands: Sendable {
    private let configurationPath: String
    private let environment: [String: String]

    public init(configurationPath: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
        (self.configurationPath, self.environment) = (configurationPath, environment)
    }

    /// Works beside a live hub and without one.
    ///
    /// - Parameter renews: whether the code that hangs there was lost: it is nobody's from now on.
    /// - Returns: whose it is, the address, and its QR code where `qrencode` is installed.
    public func lines(of resident: ResidentID, renews: Bool) throws -> [String] {
        let loaded = try LoadedConfiguration.load(configurationPath, environment: environment), household = loaded.core.household
        guard let index = household.resident(resident) else {
            throw Gateway.StartFailure(description: "homes.yaml has no resident \"\(resident)\"; it has " + household.residents.map(\.id.text).joined(separator: ", "))
        }
        let folder = Gateway.absolute(loaded.settings.dataFolder)
        guard FileManager.default.fileExists(atPath: folder + "/" + TokenKey.fileName) else {
            throw Gateway.StartFailure(description: "no hub was started with the data folder \(folder) yet: start one with \"vigil run\"")
        }
        let codes = VisitCodes(folder, tokenKey: try TokenKey.open(folder)) { household }
        if renews { try codes.renew(resident) }
        let link = SetUpLinks(loaded.settings).visit(try codes.code(of: resident))
        return [household.residents[index].name + " (\(resident))"] + SetUpLinks.lines(link, hours: nil, picture: SetUpLinks.picture(link))
    }
}
