import Crypto
import Foundation

/// Monthly reports that are kept as they were: files of `reports` in the data folder, and a chain of their digests.
///
/// A line of `chain` is the month, the SHA-256 of its JSON, that of its CSV and that of the line before, so that neither a
/// file nor a line can change or go missing without being seen.
struct FrozenReports {
    private let folder: String

    init(_ dataFolder: String) { folder = dataFolder + "/reports" }

    struct Frozen: Hashable, Sendable {
        var json: [UInt8]
        var csv: [UInt8]
    }

    /// The report as it was frozen; nil when that month is not.
    ///
    /// - Throws: when a file or the chain is not what was frozen.
    func read(_ period: ReportPeriod) throws -> Frozen? {
        guard period.isMonth, let line = try lines().first(where: { $0.hasPrefix(period.description + " ") }) else { return nil }
        let parts = line.split(separator: " ")
        let frozen = Frozen(json: try bytes(period.description + ".json"), csv: try bytes(period.description + ".csv"))
        for (digest, content, ending) in [(parts[1], frozen.json, "json"), (parts[2], frozen.csv, "csv")] where FrozenReports.digest(content) != digest {
            throw Gateway.StartFailure(description: "\(folder)/\(period).\(ending) is not what was frozen: its SHA-256 is \(FrozenReports.digest(content)), the chain says \(digest)")
        }
        return frozen
    }

    /// Keeps a month's report; one that is frozen already is left alone.
    ///
    /// - Returns: the line of the chain.
    func freeze(_ period: ReportPeriod, _ frozen: Frozen) throws -> String {
        if let line = try lines().first(where: { $0.hasPrefix(period.description + " ") }) {
            _ = try read(period)
            return line
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let earlier = try lines()
        let line = [period.description, FrozenReports.digest(frozen.json), FrozenReports.digest(frozen.csv), FrozenReports.digest(Array((earlier.last ?? "").utf8))].joined(separator: " ")
        for (name, content) in [(period.description + ".json", frozen.json), (period.description + ".csv", frozen.csv)] {
            try Data(content).write(to: URL(fileURLWithPath: folder + "/" + name), options: .atomic)
        }
        // Last: a month counts as frozen by its line.
        try Data((earlier + [line]).map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: folder + "/chain"), options: .atomic)
        return line
    }

    /// The chain, each line held against the one before.
    private func lines() throws -> [String] {
        guard let data = FileManager.default.contents(atPath: folder + "/chain") else { return [] }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        var before = ""
        for line in lines {
            let parts = line.split(separator: " ")
            guard parts.count == 4, parts[3] == FrozenReports.digest(Array(before.utf8)) else {
                throw Gateway.StartFailure(description: "\(folder)/chain is broken at \"\(line.prefix(16))\": a line before it was changed or is missing")
            }
            before = line
        }
        return lines
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
            throw Gateway.StartFailure(description: "\(folder)/\(name) was frozen and is missing")
        }
        return Array(data)
    }

    static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
