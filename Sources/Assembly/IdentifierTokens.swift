import CareModel
import Crypto
import Decoding
import Settings

/// The tokens of residents' identifiers under the hub's key: what shared devices' messages hold once they are stored.
///
/// They are part of the accepted configuration, so that an export replays elsewhere, without the key, to what the hub decided.
struct IdentifierTokens {
    /// Their place among the files of a bundle; no folder holds such a file.
    static let fileName = "identifier-tokens"

    private var byIdentifier: [String: [String]] = [:]

    /// - Parameter household: as homes.yaml has it.
    init(of household: Household, key: SymmetricKey) {
        for identifier in household.residents.flatMap(\.identifiers) { byIdentifier[identifier] = Tokeniser.tokens(of: identifier, key: key) }
    }

    /// Reads what `file` gave: residents by number of their identifier, in the order of homes.yaml.
    init?(_ file: ConfigurationBundle.File, of household: Household) {
        var r = ByteReader(file.bytes)
        let identifiers = household.residents.flatMap(\.identifiers)
        guard let lists = try? r.list({ (r: inout ByteReader) throws(BinaryFailure) in
            try r.list { (r: inout ByteReader) throws(BinaryFailure) in try r.string() }
        }), lists.count == identifiers.count else { return nil }
        for (identifier, tokens) in zip(identifiers, lists) { byIdentifier[identifier] = tokens }
    }

    /// Without the identifiers themselves: those stand in homes.yaml.
    func file(of household: Household) -> ConfigurationBundle.File {
        var w = ByteWriter()
        w.list(household.residents.flatMap(\.identifiers)) { w, identifier in
            w.list(byIdentifier[identifier] ?? []) { $0.string($1) }
        }
        return ConfigurationBundle.File(name: IdentifierTokens.fileName, bytes: w.bytes)
    }

    subscript(identifier: String) -> [String] { byIdentifier[identifier] ?? [] }
}
