import CareModel
import Decoding
import Foundation
import Settings

/// Runs every sample message of every device profile through the decoder, as `vigil check` does: a profile that reads its
/// own samples otherwise than they say would read the real device so too.
public struct SampleCheck {
    /// Samples that were run.
    public let sampleCount: Int
    /// Profiles that have some.
    public let profileCount: Int

    /// The most files of one profile.
    static let filesPerProfileMax = 100

    /// Reads `samples/*.jsonl` beside each profile.yaml.
    ///
    /// - Throws: `LoadedConfiguration.Faulty` with every sample that differs, and every value of a safety kind without one.
    public init(_ loaded: LoadedConfiguration) throws {
        var samples = ProfileSamples(book: loaded.core.profiles), problems = Problems()
        var profileCount = 0
        for name in samples.names {
            let files = SampleCheck.files(of: name, in: loaded.settings.deviceFolders, &problems)
            if !files.isEmpty { profileCount += 1 }
            for file in files { samples.run(file, &problems) }
        }
        samples.finish(&problems)
        (sampleCount, self.profileCount) = (samples.lineCount, profileCount)
        guard problems.isEmpty else { throw LoadedConfiguration.Faulty(problems) }
    }

    private static func files(of profile: String, in folders: [String], _ problems: inout Problems) -> [ProfileSamples.File] {
        // Two folders with one profile are a problem of the configuration itself.
        guard let folder = folders.map({ $0 + "/" + profile }).first(where: { FileManager.default.fileExists(atPath: $0 + "/profile.yaml") }) else { return [] }
        let shown = "devices/" + profile + "/samples"
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/samples")) ?? []).filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix(".") }.sorted()
        if names.count > filesPerProfileMax {
            problems.add("config.too_many", at: Place(file: shown, line: 1, column: 1), "at most \(filesPerProfileMax) files of samples a profile")
        }
        return names.prefix(filesPerProfileMax).compactMap { name in
            let path = folder + "/samples/" + name, place = Place(file: shown + "/" + name, line: 1, column: 1)
            let size = ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
            guard size <= Limits.configurationFileBytesMax else {
                problems.add("config.too_large", at: place, "the file has \(size) bytes; at most \(Limits.configurationFileBytesMax) are read")
                return nil
            }
            guard let data = FileManager.default.contents(atPath: path) else {
                problems.add("config.unreadable_file", at: place, "the file \(path) cannot be read; check that it is a file and belongs to Vigil")
                return nil
            }
            return ProfileSamples.File(profile: profile, name: place.file, bytes: Array(data))
        }
    }
}
