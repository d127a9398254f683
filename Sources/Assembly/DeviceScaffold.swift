import CareModel
import Decoding
import Foundation
import Onboarding
import Settings

/// `vigil device new`: a folder of devices/ out of captured messages, with everything that was guessed marked as such.
public struct DeviceScaffold {
    /// What to tell the technician, a line each.
    public private(set) var report: [String] = []
    /// Whether a folder was written; it isn't where an existing profile reads every message already.
    public private(set) var isWritten = false

    private let name: String
    private let target: String

    /// - Parameters:
    ///   - name: `<vendor>-<model>`.
    ///   - logs: captures; `-` is standard input.
    ///   - topic: an MQTT filter; other messages are left out.
    ///   - parent: where the folder is made; nil = the first device folder of the configuration.
    ///   - isForced: writes it although an existing profile reads the messages.
    /// - Throws: what keeps it from being written.
    public init(name: String, logs: [String], topic: String?, parent: String?, isForced: Bool, configurationPath: String) throws {
        self.name = name
        let catalogue = DeviceCatalogue(configurationPath: configurationPath)
        target = (parent ?? catalogue.folders.first ?? "devices") + "/" + name
        guard !FileManager.default.fileExists(atPath: target) else {
            throw Gateway.StartFailure(description: "\(target) exists already: choose another name, or move it away")
        }
        let capture = try DeviceScaffold.read(logs)
        for fault in capture.faults.prefix(5) { report.append("line \(fault.line) was passed over: \(fault.text)") }
        if capture.faults.count > 5 { report.append("\(capture.faults.count - 5) more lines could not be read") }
        if capture.leftOut > 0 { report.append("\(capture.leftOut) messages over the limit of \(CapturedLog.messagesMax) were left out") }
        let messages = capture.messages.filter { message in topic.map { DeviceScaffold.fits(message.topic, $0) } ?? true }
        guard !messages.isEmpty else {
            throw Gateway.StartFailure(description: capture.messages.isEmpty ? "the capture holds no message" : "no captured message has a topic that \"\(topic ?? "#")\" takes")
        }
        var sketch = ProfileSketch(name: name, messages: messages)
        guard !sketch.isEmpty else { throw Gateway.StartFailure(description: "the capture holds only empty messages and messages of servers about themselves") }
        let known = KnownModels(messages, in: catalogue.book(without: name))
        report += known.lines
        if let whole = known.whole, known.covers(sketch.sureKinds), !isForced {
            report.append("Nothing was written: every message is read by \"\(whole)\". Bind the device to it (vigil device adopt, or homes.yaml). If it is another model, run this again with --anyway.")
            return
        }
        if try !catalogue.overlaps(name, DeviceScaffold.checked(name, sketch.yaml).node).isEmpty { sketch = ProfileSketch(name: name, messages: messages, isTold: true) }
        try write(sketch, catalogue)
    }

    private mutating func write(_ sketch: ProfileSketch, _ catalogue: DeviceCatalogue) throws {
        let checked = try DeviceScaffold.checked(name, sketch.yaml)
        let samples = SampleDraft(name: name, node: checked.node, sketch)
        let manager = FileManager.default
        let draft = target + ".draft"
        try? manager.removeItem(atPath: draft)
        try manager.createDirectory(atPath: draft + "/samples", withIntermediateDirectories: true)
        try checked.yaml.write(toFile: draft + "/profile.yaml", atomically: true, encoding: .utf8)
        try Data(samples.good).write(to: URL(fileURLWithPath: draft + "/samples/good.jsonl"))
        try Data(samples.bad).write(to: URL(fileURLWithPath: draft + "/samples/bad.jsonl"))
        try samples.source.write(toFile: draft + "/SOURCE.md", atomically: true, encoding: .utf8)
        // Whole or not at all.
        try manager.moveItem(atPath: draft, toPath: target)
        isWritten = true
        report.append("\(target) was written from \(sketch.messageCount) messages on \(sketch.topicCount) topics.")
        report.append("  profile.yaml        \(sketch.confirmCount) lines to confirm, \(sketch.proposedCount) proposed as comments, \(sketch.unknownCount) fields that no kind is known for")
        report.append("  samples/good.jsonl  \(samples.goodCount) messages; \(sketch.mask.deviceCount) names of devices and \(sketch.mask.personCount) of people replaced")
        report.append("  samples/bad.jsonl   \(samples.badCount) messages that must be refused")
        report.append("  SOURCE.md           fill in document, firmware and how it was tried")
        report += samples.notes
        for note in sketch.notes { report.append("Note: \(note)") }
        for overlap in catalogue.overlaps(name, checked.node) { report.append("Note: \(overlap.text)") }
        report.append("Next: read profile.yaml from top to bottom, uncomment what is right, then: vigil device test \(target)")
    }

    private static func read(_ logs: [String]) throws -> CapturedLog {
        var capture = CapturedLog()
        for log in logs {
            var reader = try LineReader(log)
            defer { reader.close() }
            while let line = reader.next() { capture.add(line) }
        }
        return capture
    }

    /// MQTT 5, 4.7: `+` one level, `#` all that follow.
    static func fits(_ topic: String, _ filter: String) -> Bool {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false), parts = filter.split(separator: "/", omittingEmptySubsequences: false)
        for (i, part) in parts.enumerated() {
            if part == "#" { return true }
            guard i < levels.count, part == "+" || part == levels[i] else { return false }
        }
        return levels.count == parts.count
    }

    /// The proposal as the loader takes it: a guess that it refuses becomes a comment with the loader's own words.
    static func checked(_ name: String, _ yaml: String) throws -> (yaml: String, node: ConfigurationNode) {
        var lines = yaml.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for _ in 0..<64 {
            let text = lines.joined(separator: "\n")
            var problems = Problems()
            if let node = YamlDocument.read(Array(text.utf8), file: "devices/\(name)/profile.yaml", &problems) {
                _ = ProfileBook([(name, node)], &problems)
                if problems.isEmpty { return (text, node) }
            }
            guard let first = problems.list.first, lines.indices.contains(first.place.line - 1) else { break }
            let line = lines[first.place.line - 1], bare = line.drop { $0 == " " }
            guard bare.hasPrefix("- {kind:") || bare.hasPrefix("time:") || bare.hasPrefix("identifying:") else {
                throw Gateway.StartFailure(description: "no valid profile could be made of the capture: \(first)")
            }
            lines[first.place.line - 1] = line.prefix(line.count - bare.count) + "# " + bare + "   # refused: " + first.text
        }
        throw Gateway.StartFailure(description: "no valid profile could be made of the capture")
    }
}

/// Which profiles read captured messages already.
struct KnownModels {
    private(set) var lines: [String] = []
    /// The one profile of a model that reads every message, and more of each than that the device lives.
    private(set) var whole: String?
    private var kinds: Set<Kind> = []

    init(_ messages: [CapturedMessage], in book: ProfileBook) {
        guard !book.names.isEmpty else {
            lines = ["No catalogue of profiles was found: nothing was compared with it."]
            return
        }
        let registry = Registry(book: book, household: Household())
        var decoding = Decoding(), decoded = Decoded(), at = Instant(microseconds: 0)
        var counts: [(names: [String], why: Sighting.Why, count: Int)] = [], total = 0, isWhole = true
        for message in messages where !message.payload.isEmpty && !message.topic.hasPrefix("zigbee2mqtt/bridge/") {
            total += 1
            let wall = message.wall ?? WallTime(microseconds: 1_795_334_400_000_000 + Int64(total) * 60_000_000)
            at = max(Instant(microseconds: at.microseconds + 1), Instant(microseconds: wall.microseconds))
            decoded.removeAll()
            decoding.decode(
                Message(link: book.link(of: message.topic), topic: message.topic, isRetained: message.isRetained, payload: message.payload), at: at,
                clock: HubClock(offset: wall - WallTime(microseconds: at.microseconds), quality: .synchronised), registry: registry, into: &decoded)
            let sighting = decoded.sightings.first
            kinds.formUnion(decoded.readings.map(\.kind))
            if let sighting, !sighting.candidates.isEmpty {
                if let i = counts.firstIndex(where: { $0.names == sighting.candidates && $0.why == sighting.why }) { counts[i].count += 1 } else { counts.append((sighting.candidates, sighting.why, 1)) }
            }
            let isRead = sighting?.why == .unregistered && sighting?.candidates.count == 1 && decoded.rejections.isEmpty && decoded.readings.contains { !$0.kind.name.hasPrefix("device.") }
            if !isRead { isWhole = false }
        }
        let names = Set(counts.flatMap(\.names))
        if isWhole, total > 0, names.count == 1 { whole = names.first }
        for entry in counts {
            let list = entry.names.map { "\"\($0)\"" }.joined(separator: ", ")
            lines.append(entry.why == .noProfile
                ? "\(entry.count) of \(total) messages are of a dialect that \(list) reads in general, without knowing the model."
                : "\(entry.count) of \(total) messages fit \(list)\(entry.names.count > 1 ? ", best first" : ""): if the device is that model, bind it to that profile.")
        }
        if counts.isEmpty { lines.append("No profile of the catalogue fits these messages.") }
    }

    /// Whether the profile reads all that the capture surely holds.
    func covers(_ sure: Set<Kind>) -> Bool { sure.isSubset(of: kinds) }
}
