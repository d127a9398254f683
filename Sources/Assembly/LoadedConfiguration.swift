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
    /// - Throws: `Faulty` with all problems at once; nothing has been connected.
    public static func load(_ path: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws -> LoadedConfiguration {
        var problems = Problems()
        let folder = ConfigurationFolder.load(path, environment: environment, &problems)
        TLSFiles.check(folder.settings, &problems)
        return try LoadedConfiguration(folder, path: path, isLive: true, &problems)
    }

    /// Reads what the ledger or an export keeps of an earlier configuration.
    public static func restore(
        _ bytes: [UInt8], folder: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> LoadedConfiguration {
        var problems = Problems()
        let bundle = try ConfigurationBundle(bytes)
        return try LoadedConfiguration(ConfigurationFolder.restore(bundle, folder: folder, environment: environment, &problems), path: folder, isLive: false, &problems)
    }

    /// - Parameter isLive: whether the files that it names must be there.
    private init(_ folder: ConfigurationFolder, path: String, isLive: Bool, _ problems: inout Problems) throws {
        self.folder = folder
        let profiles = ProfileBook(folder.profiles, &problems)
        let household = folder.household(&problems)
        network = CareNetwork(folder.careNetwork, &problems)
        let plan = ResponsePlan(response: folder.response, queues: network.queues, &problems)
        bytes = folder.bundle.bytes
        core = Configuration(
            digest: LoadedConfiguration.digest(of: bytes), household: household, profiles: profiles, ruleFiles: folder.rules.map(\.node), plan: plan,
            &problems)
        ways = Ways(network, folder: path, &problems)
        if isLive { ways.checkFiles(network, &problems) }
        guard problems.isEmpty else {
            throw Faulty(problems)
        }
    }

    static func digest(of bytes: [UInt8]) -> ConfigurationDigest {
        ConfigurationDigest(SHA256.hash(data: bytes).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined())
    }
}
