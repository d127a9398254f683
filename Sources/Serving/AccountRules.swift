import CareModel
import Foundation

/// Why an account can't be made or changed as asked.
public struct AccountFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable word: docs/errors.md.
    public var code: String
    public var text: String
    public var description: String { text + " [" + code + "]" }

    init(_ code: String, _ text: String) { (self.code, self.text) = (code, text) }

    static let unknownAccount = AccountFault("unknown_account", "no such account")
    static let linkSpent = AccountFault("link_spent", "this set-up link is not known, was used, or has expired; ask for a new one")
}

/// What names, passwords and PINs must be like.
enum AccountRules {
    /// The token of the data folder acts under this name.
    static let reservedNames: Set<String> = ["administrator", "nobody", "hub", "vigil"]

    /// The form in which two names are the same: compatibility forms and case don't tell people apart.
    static func folded(_ name: String) -> String { name.precomposedStringWithCompatibilityMapping.lowercased() }

    /// A name as a board shows it: letters of any script, digits, spaces and `. - _ ·` between them. Nothing that turns the direction of
    /// a line, joins or is not seen, and no Latin name with Greek or Cyrillic letters that look like others.
    static func checkName(_ name: String) throws(AccountFault) {
        let scalars = name.unicodeScalars
        let isPlain = scalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: true
            default: " .-_·'".unicodeScalars.contains(scalar)
            }
        }
        guard isPlain, (1...ServingLimits.accountNameBytesMax).contains(name.utf8.count), scalars.first != " ", scalars.last != " ",
              scalars.contains(where: { $0.properties.isAlphabetic }) else {
            throw AccountFault("malformed_name", "a name has 1 to \(ServingLimits.accountNameBytesMax) bytes: letters, digits, spaces and . - _ ' between them")
        }
        let isLatin = scalars.contains { $0.isASCII && $0.properties.isAlphabetic }
        guard !isLatin || !scalars.contains(where: { (0x370...0x52F).contains($0.value) }) else {
            throw AccountFault("malformed_name", "a name in Latin letters has no Greek or Cyrillic ones: they look the same")
        }
        guard !reservedNames.contains(folded(name)) else { throw AccountFault("name_taken", "this name is the hub's own; choose another") }
    }

    /// Our choice, after NIST SP 800-63B: length and not the name; no rules about sorts of characters, which make people write it down.
    static func checkPassword(_ password: String, name: String) throws(AccountFault) {
        let isLong = password.count >= ServingLimits.passwordCharactersMin && password.utf8.count <= ServingLimits.passwordBytesMax
        let isVaried = Set(password).count >= 4
        guard isLong, isVaried, !folded(password).contains(folded(name)) else {
            throw AccountFault(
                "weak_password",
                "a password has at least \(ServingLimits.passwordCharactersMin) characters (\(ServingLimits.passwordBytesMax) bytes at most), four different ones among them, and not the name")
        }
    }

    /// 4 to 8 digits that are not all the same and no run like 1234 or 4321.
    static func checkPIN(_ pin: String) throws(AccountFault) {
        let digits = pin.utf8.map { Int($0) - 48 }
        let steps = Set(zip(digits, digits.dropFirst()).map { $1 - $0 })
        guard (4...8).contains(digits.count), digits.allSatisfy({ (0...9).contains($0) }), steps != [0], steps != [1], steps != [-1] else {
            throw AccountFault("weak_pin", "a PIN has 4 to 8 digits, not all the same and not in a row")
        }
    }

    /// A family without a person of its own would see nothing or everything: it is asked for. The others' rights say what they reach.
    static func check(_ role: Role, _ rights: Rights) throws(AccountFault) {
        if role == .device { throw AccountFault("malformed_rights", "devices have no accounts here: see broker.accounts in hub.yaml") }
        if role == .family {
            guard !rights.isEverything, rights.stations.isEmpty, rights.homes.isEmpty, !rights.residents.isEmpty else {
                throw AccountFault("malformed_rights", "a family's account names its residents, and no station or home")
            }
            return
        }
        if role == .administrator, !rights.isEverything { throw AccountFault("malformed_rights", "an administrator's rights reach the whole hub") }
        let isBounded = !rights.stations.isEmpty || !rights.homes.isEmpty
        guard rights.isEverything != isBounded, rights.residents.isEmpty else {
            throw AccountFault("malformed_rights", "rights reach everything, or they name stations and homes")
        }
        guard rights.stations.count + rights.homes.count <= ServingLimits.rightsMax else {
            throw AccountFault("malformed_rights", "at most \(ServingLimits.rightsMax) stations and homes")
        }
    }
}
