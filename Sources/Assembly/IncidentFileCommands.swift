import CareModel
import Foundation
import Ledger
import Serving
import Settings

/// `vigil incidents file` and `verify`: through the API of a live hub, else on the ledger's file.
public struct IncidentFileCommands {
    private let configurationPath: String
    private let dataFolder: String

    public init(configurationPath: String, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.configurationPath = configurationPath
        dataFolder = Gateway.absolute(HubSettings.lookUp(configurationPath, environment: environment).dataFolder)
    }

    /// Writes `ID.json` and `ID.html` into a folder; colons of the identifier become hyphens.
    ///
    /// - Returns: what a check of the JSON says.
    public func write(_ id: IncidentID, to folder: String) async throws -> IncidentFile.Verified {
        let (json, html) = try await documents(id)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let name = folder + "/" + id.description.replacingOccurrences(of: ":", with: "-")
        try Data(json).write(to: URL(fileURLWithPath: name + ".json"), options: .atomic)
        try Data(html).write(to: URL(fileURLWithPath: name + ".html"), options: .atomic)
        return try IncidentFile.verify(json)
    }

    private func documents(_ id: IncidentID) async throws -> (json: [UInt8], html: [UInt8]) {
        try await LedgerOrHub(configurationPath: configurationPath, dataFolder: dataFolder).read { vault in
            guard let file = try IncidentFile(id, vault, .full) else { throw Gateway.StartFailure(description: "there is no incident \(id)") }
            return (file.json, file.html)
        } throughHub: { hub in
            let path = "/api/v1/incidents/" + HubAPI.escaped(id.description) + "/file?format="
            return (try await hub.call(path + "json"), try await hub.call(path + "html"))
        }
    }

    /// Holds a JSON file against its own chain.
    public static func verify(_ path: String) throws -> IncidentFile.Verified {
        guard let data = FileManager.default.contents(atPath: path) else { throw Gateway.StartFailure(description: "\(path) can't be read") }
        return try IncidentFile.verify(Array(data))
    }
}

extension IncidentFile {
    /// Nil when the ledger has no such incident.
    init?(_ id: IncidentID, _ vault: Vault, _ detail: Detail) throws {
        let history = try vault.reader.history(of: id)
        guard !history.isEmpty else { return nil }
        self.init(id: id, revisions: history.map { detail == .full ? $0.revision.full : $0.revision.masked }, isMasked: detail != .full)
    }
}
