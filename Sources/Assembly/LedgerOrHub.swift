import Foundation
import Ledger

/// Where a command of the terminal reads: in the ledger of the data folder, or, while a hub has that open, through the hub.
struct LedgerOrHub {
    let configurationPath: String
    let dataFolder: String

    /// - Parameters:
    ///   - inLedger: the ledger is closed afterwards.
    ///   - throughHub: asked instead when another process has the ledger.
    /// - Throws: when there is neither, and whatever the two throw.
    func read<Answer>(inLedger: (Vault) async throws -> Answer, throughHub: (HubAPI) async throws -> Answer) async throws -> Answer {
        guard FileManager.default.fileExists(atPath: dataFolder + "/vigil.sqlite") else {
            throw Gateway.StartFailure(description: "there is no ledger in \(dataFolder)")
        }
        let vault: Vault
        do {
            vault = try Vault(dataFolder, options: LedgerOptions())
        } catch {
            guard case .inUse = error.kind else { throw error }
            return try await throughHub(try HubAPI(configurationPath: configurationPath))
        }
        defer { vault.close() }
        return try await inLedger(vault)
    }
}
