import CareModel
import Crypto
import Decoding
import Escalation
import Foundation
import GatewayCore
import Settings

/// A configuration that was read and checked as a whole, ready to run, replay or print.
public struct LoadedConfiguration: Sendable {
    public let folder: ConfigurationFolder
    public let network: CareNetwork
    public let core: Configuration
    /// The canonical bytes, for the ledger.
    public let bytes: [UInt8]

    /// How the queues are reached.
    let ways: Ways

    public var settings: HubSettings { folder.settings }
    public var digest: ConfigurationDigest { core.digest }

    /// Why a configuration can't be used: every problem, sorted by place.
    public struct Faulty: Error, CustomStringConvertible {
        public let problems: [Problem]

        init(_ found: Problems) {
            problems = found.list.sorted { ($0.place.file, $0.place.line, $0.place.column, $0.code) < ($1.place.file, $1.place.line, $1.place.column, $1.code) }
        }

        public var description: String {
            let lines = problems.map(\.description)
            return (lines + ["\(problems.count) problem\(problems.count == 1 ? "" : "s"); nothing was started"]).joined(separator: "\n")
        }
    }

    /// Reads a configuration folder.
    ///
    /// - Parameter key: the hub's key of tokens, by which residents are known in what it stores; without it (no hub runs) by
    ///   their identifiers as homes.yaml has them.
    /// - Throws: `Faulty` with all problems at once; nothing has been connected.
    public static func load(_ path: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws -> LoadedConfiguration {
        try load(path, environment: environment, key: nil)
    }

    static func load(
        _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment, key: SymmetricKey?
    ) throws -> LoadedConfiguration {
        var problems = Problems()
        let folder = ConfigurationFolder.load(path, environment: environment, &problems)
        TLSFiles.check(folder.settings, &problems)
        return try LoadedConfiguration(folder, path: path, isLive: true, key: key, &problems)
    }

    /// The same configuration, in which residents are known by their tokens too.
    func recognising(key: SymmetricKey, path: String) throws -> LoadedConfiguration {
        guard core.household.residents.contains(where: { !$0.identifiers.isEmpty }) else { return self }
        var problems = Problems()
        return try LoadedConfiguration(folder, path: path, isLive: false, key: key, &problems)
    }

    /// Reads what the ledger or an export keeps of an earlier configuration.
    public static func restore(
        _ bytes: [UInt8], folder: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> LoadedConfiguration {
        var problems = Problems()
        let bundle = try ConfigurationBundle(bytes)
        return try LoadedConfiguration(
            ConfigurationFolder.restore(bundle, folder: folder, environment: environment, &problems), path: folder, isLive: false, key: nil, &problems)
    }

    /// - Parameter isLive: whether the files that it names must be there.
    private init(_ read: ConfigurationFolder, path: String, isLive: Bool, key: SymmetricKey?, _ problems: inout Problems) throws {
        var folder = read
        let profiles = ProfileBook(folder.profiles, &problems)
        var household = folder.household(&problems)
        if let key, household.residents.contains(where: { !$0.identifiers.isEmpty }) {
            let tokens = IdentifierTokens(of: household, key: key)
            folder.bundle.files.removeAll { $0.name == IdentifierTokens.fileName }
            folder.bundle = ConfigurationBundle(files: folder.bundle.files + [tokens.file(of: household)], zones: folder.bundle.zones)
            household = household.recognising { tokens[$0] }
        } else if let file = folder.bundle.files.first(where: { $0.name == IdentifierTokens.fileName }), let tokens = IdentifierTokens(file, of: household) {
            household = household.recognising { tokens[$0] }
        }
        self.folder = folder
        network = CareNetwork(folder.careNetwork, &problems)
        let plan = ResponsePlan(response: folder.response, network: network, &problems)
        plan.check(household, &problems)
        bytes = folder.bundle.bytes
        core = Configuration(
            digest: LoadedConfiguration.digest(of: bytes), household: household, profiles: profiles, ruleFiles: folder.rules.map(\.node), plan: plan,
            &problems)
        ways = Ways(network, folder: path, &problems)
        if isLive { ways.checkFiles(network, &problems) }
        if problems.isEmpty {
            let places = LoadedConfiguration.devicePlaces(folder.homes), household = core.household
            core.registry.check(place: { device in
                household.binding(of: device).flatMap { places.indices.contains(Int($0)) ? places[Int($0)] : nil }
            }, &problems)
        }
        guard problems.isEmpty else {
            throw Faulty(problems)
        }
    }

    /// Where each device of a faultless homes.yaml stands, in its order, which is that of the bindings.
    private static func devicePlaces(_ homes: ConfigurationNode) -> [Place] {
        guard case .sequence(let list)? = homes["homes"]?.content else { return [] }
        return list.flatMap { home -> [Place] in
            guard case .sequence(let devices)? = home["devices"]?.content else { return [] }
            return devices.map { ($0["device"] ?? $0).place }
        }
    }

    static func digest(of bytes: [UInt8]) -> ConfigurationDigest {
        ConfigurationDigest(SHA256.hash(data: bytes).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined())
    }
}
