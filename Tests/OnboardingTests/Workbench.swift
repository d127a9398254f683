import Assembly
import CareModel
import Foundation
import Testing

/// A folder of a test's own, in which captures become profiles.
final class Workbench {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    let folder = NSTemporaryDirectory() + "vigil-onboarding-" + UUID().uuidString

    /// The configuration whose catalogue counts.
    let config: String

    /// - Parameter hasCatalogue: beside the shipped profiles, or alone, which is faster.
    init(hasCatalogue: Bool = false) throws {
        config = hasCatalogue ? Workbench.root + "/config" : folder + "/config"
        for name in ["devices", "config", "catalogue"] { try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true) }
        try "devices: [../catalogue]\n".write(toFile: folder + "/config/hub.yaml", atomically: true, encoding: .utf8)
    }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// One line of `mosquitto_sub -F '%j'`, a minute after the one before.
    static func line(_ topic: String, _ payload: [UInt8], minute: Int, isRetained: Bool = false) -> String {
        let stamp = WallTime(microseconds: 1_795_334_400_000_000 + Int64(minute) * 60_000_000).description + "+0000"
        var members: [String: Any] = ["tst": stamp, "topic": topic, "qos": 1, "retain": isRetained ? 1 : 0, "payloadlen": payload.count]
        if let text = String(validating: payload, as: UTF8.self), !payload.contains(0) { members["payload"] = text } else { members["payload_base64"] = Data(payload).base64EncodedString() }
        let data = (try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys])) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    static func capture(_ messages: [(String, String)]) -> String {
        messages.enumerated().map { line($1.0, Array($1.1.utf8), minute: $0) }.joined(separator: "\n") + "\n"
    }

    static func capture(bytes messages: [(String, [UInt8])]) -> String {
        messages.enumerated().map { line($1.0, $1.1, minute: $0) }.joined(separator: "\n") + "\n"
    }

    @discardableResult
    func new(_ name: String, _ capture: String, topic: String? = nil, isForced: Bool = true, into: String? = nil) throws -> DeviceScaffold {
        let log = folder + "/capture.jsonl"
        try capture.write(toFile: log, atomically: true, encoding: .utf8)
        return try DeviceScaffold(name: name, logs: [log], topic: topic, parent: into ?? folder + "/devices", isForced: isForced, configurationPath: config)
    }

    func text(_ path: String) throws -> String { try String(contentsOfFile: folder + "/devices/" + path, encoding: .utf8) }

    func write(_ path: String, _ text: String) throws { try text.write(toFile: folder + "/devices/" + path, atomically: true, encoding: .utf8) }

    func test(_ name: String, accepts: Bool = false) throws -> DeviceTest {
        try DeviceTest([folder + "/devices/" + name], accepts: accepts, configurationPath: config)
    }

    /// Takes the mark of a comment away where the line holds this text.
    func uncomment(_ name: String, _ text: String) throws {
        var hits = 0
        let lines = try self.text(name + "/profile.yaml").split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            let bare = line.drop { $0 == " " }
            guard bare.hasPrefix("# - {") || bare.hasPrefix("# time:"), line.contains(text) else { return String(line) }
            hits += 1
            return String(line.prefix(line.count - bare.count)) + String(bare.dropFirst(2))
        }
        #expect(hits == 1, "\(hits) lines hold \(text)")
        try write(name + "/profile.yaml", lines.joined(separator: "\n"))
    }
}
