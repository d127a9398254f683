import CareModel
import CoreMetrics
import Foundation
import Logging
import Settings

/// The hub's log: standard error, a line an entry, for the journal of systemd or a terminal.
public enum LogSetup {
    public static func logger(configurationPath: String) -> Logger {
        LoggingSystem.bootstrap { _ in StreamLogHandler.standardError(label: "vigil") }
        MetricsSystem.bootstrap(HubMetrics.shared)
        var logger = Logger(label: "vigil")
        let level = HubSettings.lookUp(configurationPath, environment: ProcessInfo.processInfo.environment).logLevel
        logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return logger
    }
}
