import Foundation

/// A file of comma-separated values without quotes, read whole.
struct Table {
    let header: [String]
    let rows: [[Substring]]

    init(_ path: URL) throws {
        let text = try String(contentsOf: path, encoding: .utf8)
        var lines = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
        guard !lines.isEmpty else { throw CocoaError(.fileReadCorruptFile) }
        header = lines.removeFirst().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        rows = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    func column(_ name: String) throws -> Int {
        guard let index = header.firstIndex(of: name) else { throw CocoaError(.keyValueValidation) }
        return index
    }
}

/// One line of the result: a measure, what a simple rule reaches on the same data, and what is asked for.
struct Row {
    var data: String
    var measure: String
    var value: Double
    var decimals = 3
    var anchor: String
    var reach: String
    var isReached: Bool?
    var note = ""
    /// What the value is made of, by resident or subject: the value is the sum of the first over the sum of the second.
    var parts: [(name: String, sum: Double, count: Double)] = []

    /// The parts for the one who computes intervals over them, tab-separated.
    var partLines: [String] { parts.map { "\t\($0.name)\t\($0.sum)\t\($0.count)" } }

    var line: String {
        let number = String(format: "%.\(decimals)f", value)
        let verdict = isReached.map { $0 ? "ok" : "short" } ?? "–"
        return [data, measure, number, "anchor \(anchor)", "reach \(reach)", note, verdict].filter { !$0.isEmpty }.joined(separator: " | ")
    }
}

/// Where the data and the rules are.
struct Folders {
    let data: URL
    let rules: URL
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: data.appending(path: name).path) }
    func files(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: data.appending(path: folder).path)) ?? []).filter { $0.hasSuffix(".csv") }.sorted()
    }
}
