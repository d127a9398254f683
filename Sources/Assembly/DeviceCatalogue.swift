import CareModel
import Decoding
import Foundation
import Settings

/// The device profiles that lie in folders, with or without a whole configuration around them.
struct DeviceCatalogue {
    struct Entry {
        var name: String
        /// The folder of the profile.
        var path: String
        var node: ConfigurationNode
    }

    private(set) var entries: [Entry] = []
    let folders: [String]

    /// - Parameter configurationPath: a configuration folder; without one `devices` counts.
    init(configurationPath: String) {
        let isThere = FileManager.default.fileExists(atPath: configurationPath + "/hub.yaml")
        folders = isThere ? HubSettings.lookUp(configurationPath, environment: ProcessInfo.processInfo.environment).deviceFolders : ["devices"]
        for folder in folders {
            for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() {
                // A faulty neighbour is for `vigil check` to report.
                var ignored = Problems()
                let path = folder + "/" + name
                if !entries.contains(where: { $0.name == name }), let node = DeviceCatalogue.node(path, shown: "devices/\(name)/profile.yaml", &ignored) {
                    entries.append(Entry(name: name, path: path, node: node))
                }
            }
        }
    }

    /// The profile of a folder; nil without one that can be read.
    static func node(_ folder: String, shown: String, _ problems: inout Problems) -> ConfigurationNode? {
        guard let data = FileManager.default.contents(atPath: folder + "/profile.yaml") else { return nil }
        return YamlDocument.read(Array(data), file: shown, &problems)
    }

    /// All profiles but the named one, those with faults left out.
    func book(without name: String) -> ProfileBook {
        var files: [(name: String, node: ConfigurationNode)] = []
        for entry in entries where entry.name != name {
            var problems = Problems()
            _ = ProfileBook([(entry.name, entry.node)], &problems)
            if problems.isEmpty { files.append((entry.name, entry.node)) }
        }
        var ignored = Problems()
        return ProfileBook(files, &ignored)
    }

    /// What stands against the profile beside all others: messages that fit it and another alike.
    func overlaps(_ name: String, _ node: ConfigurationNode) -> [Problem] {
        var own = Problems(), all = Problems()
        _ = ProfileBook([(name, node)], &own)
        _ = ProfileBook(entries.filter { $0.name != name }.map { ($0.name, $0.node) } + [(name, node)], &all)
        return all.list.filter { $0.code == "profile.overlapping" && ($0.place.file == node.place.file || $0.text.contains("\"\(name)\"")) && !own.list.contains($0) }
    }
}
