import CareModel
import Decoding

/// The topics of a capture as patterns: what is the same on every device, and what names one.
struct TopicSketch: Sendable {
    /// For each topic of the capture its pattern.
    private(set) var patternByTopic: [String: Pattern] = [:]
    /// In the order of the capture.
    private(set) var patterns: [Pattern] = []
    /// Nothing in the topics looked like a device's name; the level was chosen because one had to be.
    private(set) var isDeviceLevelGuessed = false

    struct Pattern: Hashable, Sendable {
        var text: String
        /// Topics that it leaves out.
        var except: [String] = []
        /// The place that names the device; nil when the topic doesn't.
        var deviceName: String?
        /// Literal words of the topic, the last level first.
        var words: [String]
        /// Levels that are named places, counted from 0; -1 stands for several.
        var captured: [Int] = []
    }

    /// Levels that say what a message is about, never which device.
    static let messageWords: Set<String> = [
        "status", "state", "event", "events", "data", "up", "uplink", "telemetry", "sensor", "sensors", "vitals", "vital", "availability", "lwt", "online", "alarm", "alarms", "alert", "alerts", "heartbeat", "hb", "location", "position", "info",
        "attributes", "attribute", "measurement", "measurements", "report", "reports", "raw", "json", "rpc", "set", "get", "cmd", "ack", "result", "detected", "confirmation", "tele", "stat", "home", "health", "mqtt", "device", "devices", "gateway",
        "application", "config", "response", "request", "messages", "msg", "batch", "history", "btomqtt", "bttomqtt", "433tomqtt", "systomqtt", "sleep", "sleepdata", "profile", "care", "node", "nodes", "pub", "tx", "rx", "json1", "events1",
    ]

    /// A word with a number at its end: the second of something.
    private static func isInstance(_ level: String) -> Bool {
        let bytes = Array(level.utf8)
        guard let first = bytes.first, let last = bytes.last, last >= 48, last <= 57, bytes.contains(where: { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 }) else { return false }
        return !(first | 0x20 == 0x76 && bytes.dropFirst().allSatisfy { $0 >= 48 && $0 <= 57 }) && !["pm1", "pm10", "pm25", "h2", "h2s", "no2", "so2", "o2", "o3", "ch4", "nh3"].contains(level.lowercased())
    }

    /// - Parameters:
    ///   - isNamedInPayload: payloads name their devices; then the topic needn't.
    ///   - documents: topic, what its payload looks like (format and keys), and the names of devices in it.
    init(isNamedInPayload: Bool, _ documents: [(topic: String, signature: String, names: [String])]) {
        var topics: [String] = [], seen: Set<String> = []
        for document in documents where seen.insert(document.topic).inserted { topics.append(document.topic) }
        let kindWords = Set(KindGuess.rows.flatMap { $0.sure + $0.maybe })
        func isMessageWord(_ level: String) -> Bool {
            let normal = KeyWords.normal(level)
            return TopicSketch.messageWords.contains(normal) || kindWords.contains(normal) || level.hasPrefix("$")
        }
        let named = Set(documents.flatMap(\.names))
        var captures: [String: Set<Int>] = [:]
        for topic in topics {
            let levels = TopicSketch.levels(topic)
            captures[topic] = Set(levels.indices.filter { i in
                named.contains(levels[i]) || !isMessageWord(levels[i]) && (DeviceName(text: levels[i]) != nil || TopicSketch.isInstance(levels[i]))
            })
        }
        // A level that differs while all else stays the same, and the payload too: a name without digits.
        for topic in topics {
            let levels = TopicSketch.levels(topic)
            for i in levels.indices where captures[topic]?.contains(i) == false && !isMessageWord(levels[i]) {
                let others = topics.filter { other in
                    let theirs = TopicSketch.levels(other)
                    return other != topic && theirs.count == levels.count && theirs[i] != levels[i] && !isMessageWord(theirs[i]) && levels.indices.allSatisfy { $0 == i || theirs[$0] == levels[$0] }
                }
                let mine = Set(documents.filter { $0.topic == topic }.map(\.signature))
                if others.contains(where: { other in documents.contains { $0.topic == other && mine.contains($0.signature) } }) { captures[topic]?.insert(i) }
            }
        }
        if named.isEmpty, !isNamedInPayload, topics.allSatisfy({ captures[$0]?.isEmpty ?? true }) {
            isDeviceLevelGuessed = true
            for topic in topics {
                let levels = TopicSketch.levels(topic)
                // The nearest to the message's own word that every topic of the capture shares.
                guard levels.count > 1, let i = levels.indices.last(where: { i in !isMessageWord(levels[i]) && (i < levels.count - 1 || levels.count == 2) && topics.allSatisfy { TopicSketch.levels($0).count > i && TopicSketch.levels($0)[i] == levels[i] } })
                else { continue }
                captures[topic]?.insert(i)
            }
        }
        for topic in topics {
            let pattern = TopicSketch.pattern(topic, captures[topic] ?? [], named)
            patternByTopic[topic] = pattern
            if !patterns.contains(pattern) { patterns.append(pattern) }
        }
    }

    static func levels(_ topic: String) -> [String] { topic.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }

    private static func pattern(_ topic: String, _ captured: Set<Int>, _ named: Set<String>) -> Pattern {
        let levels = levels(topic)
        if levels.count >= 4, levels[0] == "spBv1.0" {
            var parts = ["spBv1.0", "{group}", levels[2], "{node}"]
            if levels.count > 4 { parts.append("{device}") }
            return Pattern(text: parts.joined(separator: "/"), deviceName: levels.count > 4 ? "device" : "node", words: [levels[2]], captured: [1, 3] + (levels.count > 4 ? [4] : []))
        }
        if levels.count >= 2, levels[0] == "zigbee2mqtt" {
            if levels.last == "availability", levels.count > 2 { return Pattern(text: "zigbee2mqtt/{name...}/availability", deviceName: "name", words: ["availability"], captured: [-1]) }
            return Pattern(
                text: "zigbee2mqtt/{name...}", except: ["zigbee2mqtt/bridge/#", "zigbee2mqtt/{any...}/availability", "zigbee2mqtt/{any...}/set", "zigbee2mqtt/{any...}/get"],
                deviceName: "name", words: [], captured: [-1])
        }
        // The last of them is the nearest to the device, unless the payload names another.
        let device = captured.filter { named.contains(levels[$0]) }.max() ?? captured.max()
        var parts: [String] = [], words: [String] = []
        for (i, level) in levels.enumerated() {
            if captured.contains(i) { parts.append(i == device ? "{device}" : "{level\(i + 1)}") } else if level.contains(where: { "{}+#".contains($0) }) { parts.append("+") } else {
                parts.append(level)
                words.append(level)
            }
        }
        return Pattern(text: parts.joined(separator: "/"), deviceName: device == nil ? nil : "device", words: words.reversed(), captured: captured.sorted())
    }
}
