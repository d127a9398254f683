import Foundation
import Testing

/// `scripts/check-copies`: our samples are our own.
@Suite struct CopyTests {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func check(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = CopyTests.root.appending(path: "scripts/check-copies")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// A tree with one sample, and other people's samples that hold `theirs`.
    private func status(ours: String, theirs: String) throws -> Int32 {
        let folder = NSTemporaryDirectory() + "vigil-copies-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/tree/devices/acme-x/samples", withIntermediateDirectories: true)
        let line = { (payload: String) in String(decoding: try JSONSerialization.data(withJSONObject: ["topic": "a/b", "payload": payload], options: [.sortedKeys]), as: UTF8.self) + "\n" }
        try line(ours).write(toFile: folder + "/tree/devices/acme-x/samples/good.jsonl", atomically: true, encoding: .utf8)
        try line(theirs).write(toFile: folder + "/theirs.jsonl", atomically: true, encoding: .utf8)
        return try check(["--data", folder + "/theirs.jsonl", "--tree", folder + "/tree"])
    }

    @Test("a planted copy is refused, with other spaces too; a bare word and another value are not")
    func planted() throws {
        let theirs = #"{"heart_rate":71,"wearer":"x1","battery":55}"#
        #expect(try status(ours: theirs, theirs: theirs) == 1)
        #expect(try status(ours: #"{"heart_rate": 71, "wearer": "x1", "battery": 55}"#, theirs: theirs) == 1)
        #expect(try status(ours: #"{"heart_rate":72,"wearer":"x1","battery":55}"#, theirs: theirs) == 0)
        #expect(try status(ours: "online", theirs: "online") == 0)
    }

    @Test("without other samples there is nothing to compare, and the project itself holds no copy")
    func project() throws {
        #expect(try check(["--data", "/nonexistent/samples.jsonl"]) == 0)
        #expect(try check([]) == 0)
    }
}
