import CareModel
import Decoding

/// What a capture of an unknown model lets one propose: a profile in which everything that was guessed is marked, and samples.
///
/// Deterministic: the same capture gives the same bytes.
public struct ProfileSketch: Sendable {
    public let name: String
    /// profile.yaml.
    public private(set) var yaml = ""
    /// Messages for the good samples, masked, in the order of the capture.
    public private(set) var examples: [CapturedMessage] = []
    /// Messages for the bad ones: examples cut short or broken.
    public private(set) var spoiled: [CapturedMessage] = []
    public private(set) var mask = SampleMask()
    /// What the technician should know, a sentence each.
    public private(set) var notes: [String] = []
    /// Lines of the profile that are active and must be confirmed, that stand as comments, and fields without a guess.
    public private(set) var confirmCount = 0, proposedCount = 0, unknownCount = 0
    /// The kinds that active lines give.
    public private(set) var sureKinds: Set<Kind> = []
    /// Messages that were looked at; empty ones and the servers' own are not.
    public private(set) var messageCount = 0
    public private(set) var topicCount = 0

    /// The most sorts of message that a proposal has.
    public static let sortsMax = 40
    public static let examplesPerSortMax = 12

    var sketches: [MessageSketch] = []
    var models: [String] = []
    var isZigbee = false
    let isTold: Bool

    /// - Parameters:
    ///   - name: the folder's, `<vendor>-<model>`.
    ///   - messages: in the order of the capture.
    ///   - isTold: each message gets a condition of its own, because another profile has the same topics.
    public init(name: String, messages: [CapturedMessage], isTold: Bool = false) {
        (self.name, self.isTold) = (name, isTold)
        sort(messages)
        var writer = ProfileWriter(self)
        writer.write()
        yaml = writer.text
        (mask, sureKinds) = (writer.mask, writer.sureKinds)
        (confirmCount, proposedCount, unknownCount) = (writer.confirmCount, writer.proposedCount, writer.unknownCount)
        notes += writer.notes
        choose()
    }

    /// Whether the capture held anything that a profile could read.
    public var isEmpty: Bool { sketches.isEmpty }

    private mutating func sort(_ messages: [CapturedMessage]) {
        var emptyCount = 0, uplinks: [MessageSketch] = [], found: [(message: CapturedMessage, document: CapturedDocument)] = []
        var names = SparkplugBirths()
        for message in messages {
            if message.topic.hasPrefix("zigbee2mqtt/bridge/") {
                models += ProfileSketch.zigbeeModels(message)
                continue
            }
            if message.topic.hasPrefix("homeassistant/") || message.topic.hasPrefix("zigbee2mqtt/") && (message.topic.hasSuffix("/set") || message.topic.hasSuffix("/get")) { continue }
            guard var document = CapturedDocument(message) else {
                emptyCount += 1
                continue
            }
            messageCount += 1
            if document.format == "sparkplug" { document.value = names.named(document.value, topic: message.topic) }
            if let uplink = Uplink(message, document.value) {
                uplink.add(message, to: &uplinks)
                continue
            }
            found.append((message, document))
        }
        topicCount = Set(found.map(\.message.topic)).count + Set(uplinks.flatMap { $0.messages.map(\.topic) }).count
        if emptyCount > 0 { notes.append("\(emptyCount) empty messages were passed over: MQTT deletes a retained message with one.") }
        isZigbee = found.contains { $0.message.topic.hasPrefix("zigbee2mqtt/") }
        let isNamedInPayload = found.contains { entry in
            FieldSurvey.leaves(entry.document.value).contains { leaf in
                guard let key = leaf.path.split(separator: ".").last.map(String.init), DeviceName.rank(key: key) != nil, let text = leaf.value.word else { return false }
                return DeviceName(text: text) != nil
            }
        }
        let topics = TopicSketch(isNamedInPayload: isNamedInPayload, found.map { entry in
            let leaves = FieldSurvey.leaves(entry.document.value)
            let signature = entry.document.format + ":" + leaves.map(\.path).sorted().joined(separator: ",")
            let names = leaves.filter { leaf in leaf.path.split(separator: ".").last.flatMap { DeviceName.rank(key: String($0)) } != nil && !leaf.path.hasPrefix("[") }
                .compactMap { leaf -> String? in leaf.value.text.flatMap { DeviceName(text: $0, isKeyNamed: true) == nil || !entry.message.topic.holds($0) ? nil : $0 } }
            return (entry.message.topic, signature, names)
        })
        if topics.isDeviceLevelGuessed, !found.isEmpty { notes.append("No level of the topics looks like a device's name. Check \"device\" in profile.yaml: with a second device of the model in the capture it can be seen.") }
        var sorted: [MessageSketch] = []
        for entry in found {
            guard let pattern = topics.patternByTopic[entry.message.topic] else { continue }
            let d = entry.document
            if let i = sorted.firstIndex(where: { $0.pattern == pattern && $0.format == d.format && $0.separator == d.separator && $0.trim == d.trim }) {
                sorted[i].messages.append(entry.message)
                sorted[i].documents.append(d.value)
            } else {
                sorted.append(MessageSketch(pattern: pattern, format: d.format, separator: d.separator, trim: d.trim, messages: [entry.message], documents: [d.value]))
            }
        }
        sorted = ProfileSketch.unify(sorted).flatMap { $0.split() }
        // What takes any text stands last.
        let order = ["json", "senml", "sparkplug", "cbor", "senml_cbor", "msgpack", "hex", "base64", "csv", "value", "text", "bytes"]
        sorted = sorted.enumerated().sorted { (order.firstIndex(of: $0.element.format) ?? 99, $0.offset) < (order.firstIndex(of: $1.element.format) ?? 99, $1.offset) }.map(\.element)
        sketches = Array((uplinks.flatMap { $0.split() } + sorted).prefix(ProfileSketch.sortsMax))
        if uplinks.count + sorted.count > ProfileSketch.sortsMax { notes.append("The capture has more than \(ProfileSketch.sortsMax) sorts of message; the first are proposed. Capture one device's topics alone.") }
    }

    /// On one topic a text that looks like a number may be hexadecimal as the others are, and a short list a text.
    private static func unify(_ found: [MessageSketch]) -> [MessageSketch] {
        var result = found
        for i in result.indices where result[i].format == "text" {
            guard let j = result.firstIndex(where: { $0.pattern == result[i].pattern && ["hex", "base64"].contains($0.format) }) else { continue }
            let raw = result[i].messages.map { message -> [UInt8]? in
                let text = message.payload.filter { $0 > 0x20 }
                return result[j].format == "hex" ? PayloadDocument.hex(text) : Base64.decode(text)
            }
            guard !raw.contains(nil) else { continue }
            result[j].messages += result[i].messages
            result[j].documents += raw.map { .bytes($0 ?? []) }
            result[i].messages = []
        }
        return result.filter { !$0.messages.isEmpty }
    }

    /// The models that zigbee2mqtt told, if the capture holds its list.
    private static func zigbeeModels(_ message: CapturedMessage) -> [String] {
        guard message.topic == "zigbee2mqtt/bridge/devices", let list = try? JSONReader.read(message.payload, limits: .bridgeDevices).items else { return [] }
        return list.compactMap { $0["definition"]?["model"]?.text }
    }

    private mutating func choose() {
        let mask = self.mask
        func masked(_ message: CapturedMessage) -> CapturedMessage {
            var copy = message
            copy.topic = mask.masked(message.topic)
            copy.payload = mask.masked(message.payload)
            return copy
        }
        var chosen: [CapturedMessage] = []
        for sketch in sketches {
            let examples = sketch.examples(max: ProfileSketch.examplesPerSortMax)
            chosen += examples
            if let first = examples.first {
                // Masked before it is cut: half a name is not found again.
                var broken = masked(first)
                broken.payload = Array(broken.payload.prefix(max(1, broken.payload.count / 2)))
                if ["text", "value", "csv"].contains(sketch.format) { broken.payload = [0xC3, 0x28] }
                if spoiled.count < 8 { spoiled.append(broken) }
            }
        }
        examples = chosen.sorted { $0.line < $1.line }.map(masked)
    }
}

/// What births told of metrics' names, for the data behind them.
private struct SparkplugBirths {
    private var names: [String: [String: String]] = [:]

    mutating func named(_ value: Value, topic: String) -> Value {
        let levels = TopicSketch.levels(topic)
        guard levels.count >= 4, let metrics = value["metrics"]?.items, case .object(let members) = value else { return value }
        let node = levels[1] + "/" + levels[3]
        let named = metrics.map { metric -> Value in
            guard let alias = metric["alias"]?.word, case .object(let inner) = metric else { return metric }
            if let name = metric["name"]?.text {
                names[node, default: [:]][alias] = name
                return metric
            }
            guard let name = names[node]?[alias] else { return metric }
            return .object([.init(key: "name", value: .string(name))] + inner)
        }
        return .object(members.map { $0.key == "metrics" ? .init(key: "metrics", value: .array(named)) : $0 })
    }
}

/// A message of a LoRaWAN network server, and what the device itself sent in it.
struct Uplink {
    var object: Value?
    var bytes: [UInt8]?
    var port: Int64?

    init?(_ message: CapturedMessage, _ value: Value) {
        let levels = TopicSketch.levels(message.topic)
        let data: String?, isHex: Bool
        if levels.count == 6, levels[0] == "application", levels[2] == "device", levels[4] == "event", levels[5] == "up" {
            (object, data, isHex, port) = (value["object"], value["data"]?.text, false, value["fPort"]?.number?.wholeNumber)
        } else if levels.count == 5, levels[0] == "v3", levels[2] == "devices", levels[4] == "up", let up = value["uplink_message"] {
            (object, data, isHex, port) = (up["decoded_payload"], up["frm_payload"]?.text, false, up["f_port"]?.number?.wholeNumber)
        } else if levels.count == 2, levels[0] == "loriot", value["cmd"]?.text == "rx" {
            (object, data, isHex, port) = (value["decoded"], value["data"]?.text, true, value["port"]?.number?.wholeNumber)
        } else if levels.count == 2, levels[0] == "thingpark", let up = value["DevEUI_uplink"] {
            (object, data, isHex, port) = (up["payload"], up["payload_hex"]?.text, true, up["FPort"]?.number?.wholeNumber)
        } else { return nil }
        if object?.members?.isEmpty ?? true { object = nil }
        bytes = data.flatMap { isHex ? PayloadDocument.hex(Array($0.utf8)) : Base64.decode(Array($0.utf8)) }
    }

    func add(_ message: CapturedMessage, to uplinks: inout [MessageSketch]) {
        let format = object != nil ? "json" : "bytes"
        let document = object ?? .bytes(bytes ?? [])
        let when = port.map { (path: "%port", word: String($0)) }
        if let i = uplinks.firstIndex(where: { $0.format == format && $0.when?.word == when?.word }) {
            uplinks[i].messages.append(message)
            uplinks[i].documents.append(document)
        } else {
            uplinks.append(MessageSketch(
                pattern: .init(text: "uplink", deviceName: "eui", words: []), format: format, when: when, isUplink: true, messages: [message], documents: [document]))
        }
    }
}
