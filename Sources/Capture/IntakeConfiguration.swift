import MQTTSession

/// The two sessions of the hub and what each subscribes.
public struct IntakeConfiguration: Hashable, Sendable {
    public var safety: SessionConfiguration
    public var telemetry: SessionConfiguration
    /// Topic filters of each link; no filter stands in both.
    public var safetyFilters: [String]
    public var telemetryFilters: [String]
    /// A folder that remembers what each persistent session subscribes, so that a filter that left the configuration
    /// is unsubscribed at the next start; nil where nothing is to be written.
    public var memoryFolder: String?

    public init(
        safety: SessionConfiguration, telemetry: SessionConfiguration, safetyFilters: [String], telemetryFilters: [String],
        memoryFolder: String? = nil
    ) {
        (self.safety, self.telemetry) = (safety, telemetry)
        (self.safetyFilters, self.telemetryFilters, self.memoryFolder) = (safetyFilters, telemetryFilters, memoryFolder)
    }
}
