import CareModel
import Foundation

extension HubSettings {
    /// hub.yaml alone, for commands that only need to know where a hub stores and listens; its faults are for `load` to report.
    ///
    /// - Parameter folder: the configuration folder; without a readable hub.yaml the defaults are given.
    public static func lookUp(_ folder: String, environment: [String: String]) -> HubSettings {
        var ignored = Problems()
        let file = folder + "/hub.yaml"
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        let data = size <= Limits.configurationFileBytesMax ? FileManager.default.contents(atPath: file) : nil
        let node = data.flatMap { YamlDocument.read(Array($0), file: "hub.yaml", &ignored) }
        let empty = ConfigurationNode(.null, at: Place(file: "hub.yaml", line: 1, column: 1))
        return read(node ?? empty, folder: folder, environment: environment, &ignored)
    }
}
