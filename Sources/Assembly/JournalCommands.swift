import CareModel
import Foundation
import GatewayCore
import Ledger
import Settings
import Simulation

/// `vigil journal`: through the API of a live hub, else on the file.
public struct JournalCommands {
    private let configurationPath: String
    private let dataFolder: String

    public init(configurationPath: String) throws {
        self.configurationPath = configurationPath
        let settings = HubSettings.lookUp(configurationPath, environment: ProcessInfo.processInfo.environment)
        dataFolder = Gateway.absolute(settings.dataFolder)
    }

    /// - Parameter write: gets the lines in blocks.
    public func export(after: UInt64, _ write: ([UInt8]) -> Void) async throws {
        try await LedgerOrHub(configurationPath: configurationPath, dataFolder: dataFolder).read { vault in
            _ = try await JournalExport(vault).run(after: after) { write($0) }
        } throughHub: { live in
            try await live.stream("/api/v1/journal?after=\(after)", write)
        }
    }

    /// Reads an export into an empty data folder: every record is decided anew under its own configuration.
    ///
    /// - Returns: how many records there were.
    public func load(_ log: String) throws -> Int {
        guard !FileManager.default.fileExists(atPath: dataFolder + "/vigil.sqlite") else {
            throw Gateway.StartFailure(description: "\(dataFolder) holds a journal already; choose an empty folder with VIGIL_DATA_DIR")
        }
        let vault = try Vault(dataFolder, options: LedgerOptions())
        defer { vault.close() }
        var reader = try LineReader(log)
        defer { reader.close() }
        var core: GatewayCore?
        var configuration: Configuration?
        var number = 0, count = 0
        while let line = reader.next() {
            number += 1
            if line.isEmpty { continue }
            let (record, bundle) = try JournalCommands.record(line, number: number, position: UInt64(count) + 1)
            var row: ConfigurationRow?
            if let bundle, case .configured(let digest) = record.body {
                configuration = try LoadedConfiguration.restore(bundle, folder: configurationPath).core
                row = ConfigurationRow(digest: digest, bytes: bundle)
            }
            if core == nil {
                let first = try configuration ?? LoadedConfiguration.load(configurationPath).core
                configuration = first
                core = GatewayCore(under: first)
            }
            guard let current = configuration else { continue }
            var effects: [Effect] = []
            core?.step(record, under: current, into: &effects)
            let turn = LedgerTurn(
                records: [record], effects: effects, position: record.position, at: record.at, clock: core?.clock ?? HubClock(), configuration: row)
            try vault.ledger.commit(turn) { HubTime.wallTime() }
            count += 1
        }
        return count
    }

    private static func record(_ line: [UInt8], number: Int, position: UInt64) throws -> (JournalRecord, [UInt8]?) {
        do {
            switch try DeviceLog.read(line, link: { _ in .safety }) {
            case .record(let record, let bundle): return (JournalRecord(position: position, at: record.at, body: record.body), bundle)
            case .message(let message, _, let at?, _): return (JournalRecord(position: position, at: at, body: .message(message)), nil)
            case .message: throw LogFault("the line is of a bare log: only an export can be imported")
            }
        } catch let fault as LogFault {
            throw Gateway.StartFailure(description: "line \(number): \(fault)")
        }
    }
}
