import CareModel
import Foundation
import GatewayCore
import Ledger
import Settings

/// `vigil report`: through the API of a live hub, else on the file.
public struct ReportCommands {
    private let configurationPath: String
    private let dataFolder: String
    private let hub: String
    private let configuration: Configuration
    private var zone: TimeZoneTable { ReportCommands.zone(of: configuration.household) }

    /// - Throws: when the configuration can't be read: days end at midnight of its first home.
    public init(configurationPath: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.configurationPath = configurationPath
        let loaded = try LoadedConfiguration.load(configurationPath, environment: environment)
        (hub, configuration) = (loaded.settings.hubName, loaded.core)
        dataFolder = Gateway.absolute(loaded.settings.dataFolder)
    }

    /// A hub stands in one place: the zone of its first home, UTC while it has none.
    static func zone(of household: Household) -> TimeZoneTable { household.homes.first?.zone ?? .utc }

    private func period(_ text: String) throws -> ReportPeriod {
        guard let period = ReportPeriod(text, zone: zone) else {
            throw Gateway.StartFailure(description: "\"\(text)\" is no period; write a day as 2026-11-22 or a month as 2026-11")
        }
        return period
    }

    /// The report of a day or a month.
    public func report(_ text: String, isCSV: Bool) async throws -> [UInt8] {
        let period = try period(text), configuration = configuration
        return try await LedgerOrHub(configurationPath: configurationPath, dataFolder: dataFolder).read { vault in
            let book = ReportBook(vault: vault, hub: hub, dataFolder: dataFolder) { configuration }
            return try await book.report(text, isCSV: isCSV) ?? []
        } throughHub: { live in
            try await live.call("/api/v1/reports/\(period)?format=\(isCSV ? "csv" : "json")")
        }
    }

    /// Freezes a month that is over.
    ///
    /// - Returns: its line of the chain: month and digests.
    public func freeze(_ text: String) async throws -> String { try await freeze(text, now: HubTime.wallTime()) }

    func freeze(_ text: String, now: WallTime) async throws -> String {
        let period = try period(text)
        guard period.isMonth else { throw Gateway.StartFailure(description: "only a month can be frozen; write it as 2026-11") }
        guard period.range.upperBound <= now else { throw Gateway.StartFailure(description: "\(period) is not over yet; it can be frozen from \(period.range.upperBound) on") }
        let frozen = FrozenReports.Frozen(json: try await report(text, isCSV: false), csv: try await report(text, isCSV: true))
        return try FrozenReports(dataFolder).freeze(period, frozen)
    }
}
