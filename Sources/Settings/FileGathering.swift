import CareModel
import Foundation

/// Reads the files of a configuration into memory, with a problem for each that is absent or unreadable.
struct FileGathering {
    private(set) var files: [ConfigurationBundle.File] = []

    mutating func required(_ name: String, in folder: String, _ purpose: String, _ problems: inout Problems) {
        guard !read(name, at: folder + "/" + name, &problems) else { return }
        problems.add("config.missing_file", at: Place(file: name, line: 1, column: 1), "the file \(name) is missing in \(folder): \(purpose); copy the shipped one from config/")
    }

    mutating func optional(_ name: String, in folder: String, _ problems: inout Problems) {
        _ = read(name, at: folder + "/" + name, &problems)
    }

    mutating func rules(in folder: String, _ problems: inout Problems) {
        let names = list(folder + "/rules").filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }
        let place = Place(file: "rules", line: 1, column: 1)
        if names.isEmpty { problems.add("config.missing_file", at: place, "no file rules/*.yaml in \(folder): nothing would ever be detected; copy the shipped ones from config/rules/") }
        if names.count > SettingsLimits.filesPerFolderMax { problems.add("config.too_many", at: place, "at most \(SettingsLimits.filesPerFolderMax) rule files") }
        for name in names.prefix(SettingsLimits.filesPerFolderMax) { _ = read("rules/" + name, at: folder + "/rules/" + name, &problems) }
    }

    /// A profile that stands in several folders is a problem: which one counts would depend on their order.
    mutating func profiles(in folders: [String], _ problems: inout Problems) {
        var seen: [String: String] = [:]
        for folder in folders {
            var count = 0
            for name in list(folder) where FileManager.default.fileExists(atPath: folder + "/" + name + "/profile.yaml") {
                let file = "devices/" + name + "/profile.yaml"
                count += 1
                if let first = seen[name] {
                    problems.add("config.duplicate_id", at: Place(file: file, line: 1, column: 1), "the profile \"\(name)\" stands in \(first) and in \(folder); rename one")
                } else if seen.count < SettingsLimits.filesPerFolderMax {
                    seen[name] = folder
                    _ = read(file, at: folder + "/" + name + "/profile.yaml", &problems)
                } else {
                    problems.add("config.too_many", at: Place(file: file, line: 1, column: 1), "at most \(SettingsLimits.filesPerFolderMax) device profiles")
                    return
                }
            }
            if count == 0 {
                problems.add("config.missing_file", at: Place(file: "devices", line: 1, column: 1), "no device profile (NAME/profile.yaml) in \(folder); see \"devices\" in hub.yaml")
            }
        }
    }

    /// - Returns: whether there is such a file; one that cannot be read is a problem of its own.
    private mutating func read(_ name: String, at path: String, _ problems: inout Problems) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        let place = Place(file: name, line: 1, column: 1)
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
        guard size <= Limits.configurationFileBytesMax else {
            problems.add("config.too_large", at: place, "the file has \(size) bytes; at most \(Limits.configurationFileBytesMax) are read")
            return true
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            problems.add("config.unreadable_file", at: place, "the file \(path) cannot be read; check that it is a file and belongs to Vigil")
            return true
        }
        files.append(ConfigurationBundle.File(name: name, bytes: Array(data)))
        return true
    }

    private func list(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}
