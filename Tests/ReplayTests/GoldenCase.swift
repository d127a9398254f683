import Assembly
import CareModel
import Foundation
import GatewayCore
import Simulation
import Synchronization
import Testing

/// A folder of `Cases`: what came in, what must come out, and what a nurse would see of it.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    let name: String

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
    static let configurationPath = root.appending(path: "config").path

    static let all: [GoldenCase] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted().map { GoldenCase(name: $0) }

    /// The folders of cases that bring homes of their own, and what was loaded of each.
    private static let own = Mutex<[String: (path: String, configuration: Configuration)]>([:])

    private static let loaded = Result { try LoadedConfiguration.load(configurationPath, environment: [:]) }

    /// The configuration that is shipped.
    static func configuration() throws -> Configuration { try loaded.get().core }

    /// The shipped configuration, with the case's own homes.yaml where it has one.
    func configuration() throws -> Configuration { try prepared().configuration }
    func configurationPath() throws -> String { try prepared().path }

    private func prepared() throws -> (path: String, configuration: Configuration) {
        let homes = GoldenCase.folder.appending(path: "\(name)/homes.yaml")
        guard FileManager.default.fileExists(atPath: homes.path) else { return (GoldenCase.configurationPath, try GoldenCase.configuration()) }
        return try GoldenCase.own.withLock { own in
            if let found = own[name] { return found }
            let path = FileManager.default.temporaryDirectory.appending(path: "vigil-case-\(name)-\(ProcessInfo.processInfo.processIdentifier)").path
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: GoldenCase.configurationPath, toPath: path)
            try Data(contentsOf: homes).write(to: URL(filePath: path + "/homes.yaml"))
            let hub = try String(contentsOfFile: path + "/hub.yaml", encoding: .utf8)
            try hub.replacing("- ../devices", with: "- \(GoldenCase.root.path)/devices").write(toFile: path + "/hub.yaml", atomically: true, encoding: .utf8)
            let made = (path: path, configuration: try LoadedConfiguration.load(path, environment: [:]).core)
            own[name] = made
            return made
        }
    }

    var testDescription: String { name }
    var input: URL { GoldenCase.folder.appending(path: "\(name)/input.jsonl") }
    var expected: URL { GoldenCase.folder.appending(path: "\(name)/expected.jsonl") }
    var readme: URL { GoldenCase.folder.appending(path: "\(name)/README.md") }

    /// What `vigil replay` prints, computed in this process.
    func replay() throws -> Data {
        let session = try ReplaySession(configurationPath: configurationPath(), isChosen: true, speed: .max)
        var output = Data()
        let summary = try session.run([input.path]) { revision in
            output.append(contentsOf: revision)
            output.append(0x0A)
        }
        #expect(summary.badLines == 0)
        return output
    }

    /// What the built `vigil replay` prints, in a process of its own.
    func replayElsewhere(environment: [String: String] = [:]) throws -> Data {
        let binary = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "vigil")
        try #require(FileManager.default.isExecutableFile(atPath: binary.path), "build the vigil product first: swift build")
        let process = Process()
        process.executableURL = binary
        process.arguments = ["replay", "--config", try configurationPath(), input.path]
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("VIGIL_") }.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return bytes
    }

    /// The journal that a live hub would hold after this case.
    func records() throws -> [JournalRecord] {
        let digest = try configuration().digest
        var timeline = LogTimeline()
        return try Data(contentsOf: input).split(separator: 0x0A).flatMap { line in
            timeline.records(of: try DeviceLog.read(Array(line)) { _ in .safety }, under: digest)
        }
    }
}
