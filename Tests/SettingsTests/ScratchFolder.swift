import CareModel
import Foundation

/// The repository's root, for the shipped files and the fixtures.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// A configuration folder of one test, removed with it.
final class ScratchFolder {
    let path = FileManager.default.temporaryDirectory.path + "/vigil-settings-" + UUID().uuidString

    init(_ files: [String: String]) throws {
        for (name, text) in files {
            let file = URL(fileURLWithPath: path + "/" + name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension Problems {
    /// `code line`, in the order of the file.
    var lines: [String] { list.sorted { $0.place.line < $1.place.line }.map { "\($0.code) \($0.place.line)" } }
}
