import CareModel
import Foundation

/// The files of a configuration, parsed but not yet judged: each stage reads its own nodes.
public struct ConfigurationFolder: Sendable {
    public var settings: HubSettings
    public var homes: ConfigurationNode
    /// Nil = there is no such file.
    public var careNetwork: ConfigurationNode?
    public var response: ConfigurationNode?
    /// By file name.
    public var rules: [(name: String, node: ConfigurationNode)]
    /// By profile name, which is the folder's name.
    public var profiles: [(name: String, node: ConfigurationNode)]
    public var bundle: ConfigurationBundle

    /// Reads a folder. Nothing is connected; every fault of every file is in `problems`.
    public static func load(_ path: String, environment: [String: String], _ problems: inout Problems) -> ConfigurationFolder {
        var gathering = FileGathering()
        gathering.required("hub.yaml", in: path, "it names the hub, its broker and its data folder", &problems)
        gathering.required("homes.yaml", in: path, "it lists homes, residents and devices", &problems)
        gathering.required("response.yaml", in: path, "it says who is told, and by when", &problems)
        gathering.optional("care-network.yaml", in: path, &problems)
        gathering.rules(in: path, &problems)
        // The device folders stand in hub.yaml; its own faults are reported below.
        var ignored = Problems()
        let hub = gathering.files.first { $0.name == "hub.yaml" }.flatMap { YamlDocument.read($0.bytes, file: $0.name, &ignored) }
        let settings = HubSettings.read(hub ?? empty("hub.yaml"), folder: path, environment: environment, &ignored)
        gathering.profiles(in: settings.deviceFolders, &problems)
        return parse(ConfigurationBundle(files: gathering.files, zones: []), isLive: true, folder: path, environment: environment, &problems)
    }

    /// Reads what an earlier `load` put into its bundle, with the time zones of then.
    public static func restore(_ bundle: ConfigurationBundle, folder: String, environment: [String: String], _ problems: inout Problems) -> ConfigurationFolder {
        parse(bundle, isLive: false, folder: folder, environment: environment, &problems)
    }

    /// The household of homes.yaml, with this bundle's time zones and profiles.
    public func household(_ problems: inout Problems) -> Household {
        Household.read(homes: homes, zone: bundle.zone, profiles: profiles.map(\.name), &problems)
    }

    private static func parse(
        _ bundle: ConfigurationBundle, isLive: Bool, folder: String, environment: [String: String], _ problems: inout Problems
    ) -> ConfigurationFolder {
        var bundle = bundle
        var nodes: [String: ConfigurationNode] = [:]
        for file in bundle.files where file.name.hasSuffix(".yaml") { nodes[file.name] = YamlDocument.read(file.bytes, file: file.name, &problems) }
        // A file that is absent or unreadable is reported once, not again for each key that it lacks.
        var ignored = Problems()
        let settings: HubSettings
        if let hub = nodes["hub.yaml"] {
            settings = HubSettings.read(hub, folder: folder, environment: environment, &problems)
        } else {
            settings = HubSettings.read(empty("hub.yaml"), folder: folder, environment: environment, &ignored)
        }
        let homes = nodes["homes.yaml"] ?? emptyHomes
        if isLive { bundle.zones = zoneNames(homes).compactMap { ZoneFile.table($0) } }
        func named(_ prefix: String, _ name: (String) -> String) -> [(name: String, node: ConfigurationNode)] {
            bundle.files.filter { $0.name.hasPrefix(prefix) }.compactMap { file in nodes[file.name].map { (name(file.name), $0) } }
        }
        return ConfigurationFolder(
            settings: settings, homes: homes, careNetwork: nodes["care-network.yaml"], response: nodes["response.yaml"],
            rules: named("rules/") { String($0.dropFirst(6)) },
            profiles: named("devices/") { String($0.dropFirst(8).prefix { $0 != "/" }) }.sorted { $0.name < $1.name }, bundle: bundle)
    }

    private static func empty(_ file: String) -> ConfigurationNode { ConfigurationNode(.null, at: Place(file: file, line: 1, column: 1)) }

    private static var emptyHomes: ConfigurationNode {
        let place = Place(file: "homes.yaml", line: 1, column: 1)
        return ConfigurationNode(.mapping([.init(key: "homes", keyPlace: place, value: ConfigurationNode(.sequence([]), at: place))]), at: place)
    }

    /// Every `timezone` of homes.yaml, each once, sorted.
    private static func zoneNames(_ homes: ConfigurationNode) -> [String] {
        guard case .sequence(let list)? = homes["homes"]?.content else { return [] }
        let names = list.compactMap { home -> String? in
            guard case .scalar(let name, _)? = home["timezone"]?.content else { return nil }
            return name
        }
        return Set(names).sorted()
    }
}
