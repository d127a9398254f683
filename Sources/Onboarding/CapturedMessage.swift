import CareModel
import Decoding
import Simulation

/// One message of a capture: what a recorder wrote down of a publish.
public struct CapturedMessage: Hashable, Sendable {
    public var topic: String
    public var payload: [UInt8]
    public var isRetained: Bool
    /// When it came; nil where the recorder didn't say.
    public var wall: WallTime?
    /// The line of the capture, from 1.
    public var line: Int

    public init(topic: String, payload: [UInt8], isRetained: Bool = false, wall: WallTime? = nil, line: Int = 1) {
        (self.topic, self.payload, self.isRetained, self.wall, self.line) = (topic, payload, isRetained, wall, line)
    }
}

/// A capture as it may lie before a technician, read line by line.
///
/// Read are: device logs (`mosquitto_sub -F '%j'` or `'%J'`, our own); JSON lines with `topic` and `payload`,
/// `payload_base64` or `payload_hex` with or without a time; what `vigil device quarantine` prints; and the lines
/// `TOPIC PAYLOAD` of `mosquitto_sub -v`.
public struct CapturedLog: Sendable {
    /// More messages than a technician captures of one device in a day; the rest is left out and said.
    public static let messagesMax = 20_000

    public private(set) var messages: [CapturedMessage] = []
    /// Line and why it could not be read.
    public private(set) var faults: [(line: Int, text: String)] = []
    public private(set) var leftOut = 0
    private var number = 0

    public init() {}

    /// Takes one line without its line feed.
    public mutating func add(_ line: [UInt8]) {
        number += 1
        let text = line.drop { $0 == 0x20 || $0 == 0x09 }
        guard let first = text.first else { return }
        guard first == 0x7B else { return addPlain(line) }
        do {
            if case .message(let m, let wall, _, _) = try DeviceLog.read(line, link: { _ in .telemetry }) {
                keep(CapturedMessage(topic: m.topic, payload: m.payload, isRetained: m.isRetained, wall: wall, line: number))
            }
        } catch {
            guard let root = try? JSONReader.read(line, limits: DeviceLog.limits) else { return fault(error.text) }
            if let rows = root["quarantine"]?.items {
                for row in rows { addObject(row, whyNot: "a row of the quarantine needs \"topic\" and \"payload\"") }
            } else if root["tst"]?.text.flatMap({ WallTime(rfc3339: $0) }) == nil {
                addObject(root, whyNot: error.text)
            } else {
                fault(error.text)
            }
        }
    }

    private mutating func keep(_ message: CapturedMessage) {
        guard messages.count < CapturedLog.messagesMax else { return leftOut += 1 }
        messages.append(message)
    }

    private mutating func fault(_ text: String) { faults.append((number, text)) }

    /// `TOPIC PAYLOAD`; a topic may hold spaces, but then another form of recording is needed.
    private mutating func addPlain(_ line: [UInt8]) {
        guard let space = line.firstIndex(of: 0x20), space > 0, let topic = String(validating: line[..<space], as: UTF8.self), !topic.isEmpty else {
            return fault("neither a JSON object nor \"TOPIC PAYLOAD\" as mosquitto_sub -v writes it")
        }
        keep(CapturedMessage(topic: topic, payload: Array(line[(space + 1)...]), line: number))
    }

    private mutating func addObject(_ root: Value, whyNot: String) {
        guard let topic = root["topic"]?.text, !topic.isEmpty, topic.utf8.count <= Limits.topicBytesMax else { return fault(whyNot) }
        let payload: [UInt8]
        if let encoded = root["payload_base64"]?.text {
            guard let bytes = Base64.decode(Array(encoded.utf8)) else { return fault("\"payload_base64\" is not base64") }
            payload = bytes
        } else if let digits = root["payload_hex"]?.text {
            guard let bytes = PayloadDocument.hex(Array(digits.utf8)) else { return fault("\"payload_hex\" is not hexadecimal") }
            payload = bytes
        } else {
            switch root["payload"] {
            case .string(let text)?: payload = Array(text.utf8)
            case nil: return fault("\"payload\" is missing")
            case .null?: payload = []
            case let value?: payload = value.json
            }
        }
        let stamp = ["tst", "at", "time", "received_at", "timestamp"].lazy.compactMap { root[$0]?.text.flatMap { WallTime(rfc3339: $0) } }.first
        let isRetained = root["retain"]?.number?.wholeNumber == 1 || root["retain"]?.flag == true || root["retained"]?.flag == true
        keep(CapturedMessage(topic: topic, payload: payload, isRetained: isRetained, wall: stamp, line: number))
    }
}
