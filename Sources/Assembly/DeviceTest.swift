import CareModel
import Decoding
import Foundation
import Onboarding
import Settings

/// `vigil device test`: the samples of profiles, one by one in words, and what a profile still lacks.
public struct DeviceTest {
    public private(set) var lines: [String] = []
    /// Whether every profile is whole and reads its samples as they say.
    public private(set) var isPassed = true

    private let catalogue: DeviceCatalogue

    /// - Parameters:
    ///   - profiles: folders with a profile.yaml, or names of profiles of the configuration.
    ///   - accepts: writes into the samples what came, after showing it: for a person who has compared it with the device.
    /// - Throws: when a folder or name is none.
    public init(_ profiles: [String], accepts: Bool, configurationPath: String) throws {
        catalogue = DeviceCatalogue(configurationPath: configurationPath)
        for profile in profiles { try test(profile, accepts) }
    }

    private mutating func fail(_ line: String) {
        isPassed = false
        lines.append(line)
    }

    private mutating func test(_ argument: String, _ accepts: Bool) throws {
        let manager = FileManager.default
        var folder = argument
        while folder.utf8.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        if !manager.fileExists(atPath: folder + "/profile.yaml") {
            guard let known = catalogue.entries.first(where: { $0.name == argument }) else {
                throw Gateway.StartFailure(description: "\(argument) is neither a folder with a profile.yaml nor a profile in \(catalogue.folders.joined(separator: ", "))")
            }
            folder = known.path
        }
        let name = URL(fileURLWithPath: folder).lastPathComponent
        lines.append("\(name) (\(folder))")
        var problems = Problems()
        let node = DeviceCatalogue.node(folder, shown: "profile.yaml", &problems)
        let book = node.map { ProfileBook([(name, $0)], &problems) }
        if let node, problems.isEmpty { for overlap in catalogue.overlaps(name, node) { problems.add(overlap) } }
        guard let book, problems.isEmpty else {
            for problem in problems.list { lines.append("  \(problem)") }
            if node == nil, problems.isEmpty { lines.append("  profile.yaml:1:1: the file cannot be read") }
            return fail("\(name): profile.yaml has faults; no sample was run")
        }
        let kinds = book.traits.flatMap { $0.outputs.map(\.kind) }
        lines.append("  profile.yaml  \(book.traits.first?.outputs.count ?? 0) kinds: " + Set(kinds.map(\.name)).sorted().joined(separator: ", "))
        var samples = ProfileSamples(book: book), shown: Set<Kind> = [], bad = 0, good = 0, differing = 0
        for file in try files(folder, name) {
            let path = folder + "/" + file.name
            let runs = samples.runs(file, &problems)
            for run in runs {
                tell(run, accepts)
                if !run.faults.isEmpty, !accepts { differing += 1 }
                if run.rejection != nil { bad += 1 } else if !run.kinds.isEmpty { good += 1 }
                shown.formUnion(run.kinds)
            }
            for problem in problems.list where problem.code == "profile.bad_sample" {
                differing += 1
                lines.append("  \(problem)")
            }
            problems = Problems()
            if accepts, runs.contains(where: { !$0.faults.isEmpty }) { try accept(runs, file, at: path) }
        }
        let missing = missing(folder, samples, good: good, bad: bad, isAccepted: accepts, book)
        for one in missing { lines.append("  missing  \(one)") }
        remarks(folder, Set(kinds).subtracting(shown))
        let said = "\(name): \(good + bad) samples" + (differing > 0 ? ", \(differing) give something else than they say" : "") + (missing.isEmpty ? "" : ", \(missing.count) things are missing")
        if differing == 0, missing.isEmpty { lines.append(said + ", all as they say") } else { fail(said) }
    }

    private mutating func tell(_ run: SampleRun, _ accepts: Bool) {
        lines.append("  \(run.place.file):\(run.place.line)  \(run.topic)")
        for given in run.given { lines.append("    \(run.faults.isEmpty ? "as expected" : "came       ")  \(given.text)" + (given.place.map { "   (profile.yaml:\($0.line))" } ?? "")) }
        if run.given.isEmpty { lines.append("    \(run.faults.isEmpty ? "as expected" : "came       ")  nothing") }
        guard !run.faults.isEmpty else { return }
        if run.expected.isEmpty { lines.append("    expected     nothing") }
        for wanted in run.expected { lines.append("    expected     \(wanted)") }
        for fault in run.faults { lines.append("    \(accepts ? "accepted   " : "differs    ")  \(fault)") }
    }

    /// Writes what came into the file's lines; lines that are no sample stay as they are.
    private mutating func accept(_ runs: [SampleRun], _ file: ProfileSamples.File, at path: String) throws {
        var text = file.bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        for run in runs where !run.faults.isEmpty && text.indices.contains(run.place.line - 1) { text[run.place.line - 1] = run.accepted.json }
        try Data(text.joined(separator: [0x0A])).write(to: URL(fileURLWithPath: path), options: .atomic)
        lines.append("  \(file.name) was written anew: what came is now what is expected. Compare each line with what the device showed.")
    }

    private func files(_ folder: String, _ name: String) throws -> [ProfileSamples.File] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/samples")) ?? []).filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix(".") }.sorted()
        return try names.prefix(SampleCheck.filesPerProfileMax).map { file in
            guard let data = FileManager.default.contents(atPath: folder + "/samples/" + file), data.count <= Limits.configurationFileBytesMax else {
                throw Gateway.StartFailure(description: "\(folder)/samples/\(file) cannot be read, or has over \(Limits.configurationFileBytesMax) bytes")
            }
            return ProfileSamples.File(profile: name, name: "samples/" + file, bytes: Array(data))
        }
    }

    /// What a profile needs before it may be used, beside samples that agree.
    private func missing(_ folder: String, _ samples: ProfileSamples, good: Int, bad: Int, isAccepted: Bool, _ book: ProfileBook) -> [String] {
        var found: [String] = []
        if good == 0 { found.append("a sample that gives readings: samples/good.jsonl") }
        if bad == 0 { found.append("a sample of a broken message that is refused: samples/bad.jsonl") }
        var problems = Problems()
        if isAccepted {
            // What was just written is what counts.
            var again = ProfileSamples(book: book), ignored = Problems()
            for file in (try? files(folder, book.names.first ?? "")) ?? [] { again.run(file, &ignored) }
            again.finish(&problems)
        } else { samples.finish(&problems) }
        for problem in problems.list { found.append("\(problem.text) (profile.yaml:\(problem.place.line))") }
        let source = FileManager.default.contents(atPath: folder + "/SOURCE.md").map { String(decoding: $0, as: UTF8.self) }
        if source == nil { found.append("SOURCE.md: document, firmware, date, and whether it was captured") } else if source?.contains("- Status:") != true {
            found.append("SOURCE.md has no line \"- Status: captured | vendor document | unverified\"")
        }
        return found
    }

    /// What is no fault, and yet not finished.
    private mutating func remarks(_ folder: String, _ unshown: Set<Kind>) {
        let text = FileManager.default.contents(atPath: folder + "/profile.yaml").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        func places(_ mark: String) -> [Int] { rows.enumerated().filter { $0.element.drop { $0 == " " }.hasPrefix("# \(mark)  ") && $0.offset > 3 }.map { $0.offset + 1 } }
        let confirm = places("CONFIRM"), guesses = places("GUESS")
        if !confirm.isEmpty { lines.append("  to confirm  profile.yaml line\(confirm.count == 1 ? "" : "s") \(confirm.map { String($0) }.joined(separator: ", ")): compare with the device, then delete the mark") }
        if !guesses.isEmpty { lines.append("  to decide   profile.yaml line\(guesses.count == 1 ? "" : "s") \(guesses.map { String($0) }.joined(separator: ", ")): uncomment what is right, delete the rest") }
        if !unshown.isEmpty { lines.append("  not shown   no sample gives \(unshown.map(\.name).sorted().joined(separator: ", "))") }
    }
}
