import Assembly
import CareModel
import Foundation
import GatewayCore
import Simulation
import Testing

/// A folder of `Cases`: what came in, what must come out, and what a nurse would see of it.
struct GoldenCase: Sendable, CustomTestStringConvertible {
    let name: String

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
    static let configurationPath = root.appending(path: "config").path

    static let all: [GoldenCase] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted().map { GoldenCase(name: $0) }

    private static let loaded = Result { try LoadedConfiguration.load(configurationPath, environment: [:]) }

    /// The configuration that is shipped.
    static func configuration() throws -> Configuration { try loaded.get().core }

    var testDescription: String { name }
    var input: URL { GoldenCase.folder.appending(path: "\(name)/input.jsonl") }
    var expected: URL { GoldenCase.folder.appending(path: "\(name)/expected.jsonl") }
    var readme: URL { GoldenCase.folder.appending(path: "\(name)/README.md") }

    /// What `vigil replay` prints, computed in this process.
    func replay() throws -> Data {
        let session = try ReplaySession(configurationPath: GoldenCase.configurationPath, isChosen: true, speed: .max)
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
        process.arguments = ["replay", "--config", GoldenCase.configurationPath, input.path]
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
        let digest = try GoldenCase.configuration().digest
        var timeline = LogTimeline()
        return try Data(contentsOf: input).split(separator: 0x0A).flatMap { line in
            timeline.records(of: try DeviceLog.read(Array(line)) { _ in .safety }, under: digest)
        }
    }
}
