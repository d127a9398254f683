import CareModel
import Foundation
import Settings

/// The accounts of the managed broker, for the technician who sets a device up.
public enum BrokerAccounts {
    /// `user password` lines, the hub's own accounts left out.
    public static func lines(configurationPath: String, account: String?) throws -> [String] {
        let settings = HubSettings.lookUp(configurationPath, environment: ProcessInfo.processInfo.environment)
        let file = Gateway.absolute(settings.dataFolder) + "/broker/credentials"
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Gateway.StartFailure(description: "the managed broker was never started with this data folder")
        }
        let entries = text.split(separator: "\n").compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":"), !line.hasPrefix("vigil-") else { return nil }
            return (String(line[..<colon]), String(line[line.index(after: colon)...]))
        }
        guard let account else { return entries.map { "\($0.0) \($0.1)" } }
        guard let found = entries.first(where: { $0.0 == account }) else {
            throw Gateway.StartFailure(description: "no account \"\(account)\"; known: \(entries.map(\.0).joined(separator: ", "))")
        }
        return [found.1]
    }
}
