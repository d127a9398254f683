import CareModel
import Decoding
import Formats

/// One line of a device log, read.
public enum LogEntry: Hashable, Sendable {
    /// A publish; `position` and `at` only in a log of our own.
    case message(Message, wall: WallTime, at: Instant?, position: UInt64?)
    /// Any other journal record of an export; a `configured` record with the bytes of its configuration.
    case record(JournalRecord, configuration: [UInt8]?)
}

/// Why a line was skipped.
public struct LogFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
}

/// The device log: JSON Lines as `mosquitto_sub -F '%j'` writes them, with `%J` understood.
///
/// Our own lines add `at` and `position`, carry bytes that are not clean UTF-8 as `payload_base64`, and carry every
/// other journal record under the topic `$vigil/<kind>`, so that an export replays to what the live run decided.
public enum DeviceLog {
    /// Bounds of one line; a `configured` line carries a whole configuration.
    public static let limits = DocumentLimits(bytesMax: 2 * Limits.configurationFileBytesMax, depthMax: 16, itemsMax: 8_192)

    /// Reads one line without its line feed.
    ///
    /// - Parameter link: tells which session a topic belongs to; exports say it themselves.
    public static func read(_ line: [UInt8], link: (String) -> Link) throws(LogFault) -> LogEntry {
        let root: Value
        do throws(DocumentFailure) {
            root = try JSONReader.read(line, limits: DeviceLog.limits)
        } catch {
            throw LogFault(error.text)
        }
        guard root.members != nil else { throw LogFault("the line is not a JSON object") }
        guard let topic = root["topic"]?.text, !topic.isEmpty else { throw LogFault("\"topic\" is missing") }
        guard topic.utf8.count <= Limits.topicBytesMax else { throw LogFault("\"topic\" is longer than \(Limits.topicBytesMax) bytes") }
        guard let stamp = root["tst"]?.text else { throw LogFault("\"tst\" is missing") }
        guard let wall = WallTime(rfc3339: stamp) else { throw LogFault("\"tst\" is no time with a zone: \(stamp)") }
        let position = root["position"]?.number?.wholeNumber.flatMap { UInt64(exactly: $0) }
        let at = root["at"]?.number?.wholeNumber.map { Instant(microseconds: $0) }

        if topic.hasPrefix("$vigil/") {
            guard let position, let at else { throw LogFault("a record needs \"position\" and \"at\"") }
            guard let payload = root["payload"] else { throw LogFault("\"payload\" is missing") }
            let body = try RecordJSON.read(kind: String(topic.dropFirst("$vigil/".count)), payload)
            return .record(JournalRecord(position: position, at: at, body: body), configuration: RecordJSON.bundle(payload))
        }
        let payload = try payload(of: root)
        if let length = root["payloadlen"]?.number?.wholeNumber, length != Int64(payload.count), root["payload"]?.text != nil {
            throw LogFault("the payload has \(payload.count) bytes, but \"payloadlen\" says \(length): the recorder cut it")
        }
        let qos = UInt8(clamping: root["qos"]?.number?.wholeNumber ?? 0)
        let isRetained = root["retain"]?.number?.wholeNumber == 1 || root["retain"]?.flag == true
        let session = root["link"]?.text.flatMap { name in Link.allCases.first { $0.name == name } } ?? link(topic)
        return .message(Message(link: session, topic: topic, qos: min(qos, 2), isRetained: isRetained, payload: payload), wall: wall, at: at, position: position)
    }

    private static func payload(of root: Value) throws(LogFault) -> [UInt8] {
        if let text = root["payload_base64"]?.text {
            guard let bytes = Base64.decode(Array(text.utf8)) else { throw LogFault("\"payload_base64\" is not base64") }
            return bytes
        }
        switch root["payload"] {
        case .string(let text)?: return Array(text.utf8)
        case nil, .null?: return []
        case let value?:
            var w = JSONWriter()
            value.write(to: &w)
            return w.bytes
        }
    }

    /// One line of an export, with its line feed.
    ///
    /// - Parameters:
    ///   - clock: the wall clock in force at the record, for `tst`.
    ///   - configuration: the bundle of a `configured` record.
    public static func line(_ record: JournalRecord, clock: HubClock, configuration: [UInt8]? = nil) -> [UInt8] {
        var w = JSONWriter()
        w.beginObject()
        w.key("tst"); w.string(stamp(clock.wall(record.at)))
        if case .message(let m) = record.body {
            write(m, to: &w)
            w.key("link"); w.string(m.link.name)
        } else {
            w.key("topic"); w.string("$vigil/" + RecordJSON.kind(record.body))
            w.key("qos"); w.integer(0)
            w.key("retain"); w.integer(0)
            w.key("payload"); RecordJSON.write(record.body, configuration, to: &w)
        }
        w.key("at"); w.integer(record.at.microseconds)
        w.key("position"); w.integer(record.position)
        w.endObject()
        return w.bytes + [0x0A]
    }

    /// One line of a bare log: a publish and when it was made.
    public static func line(_ message: Message, wall: WallTime) -> [UInt8] {
        var w = JSONWriter()
        w.beginObject()
        w.key("tst"); w.string(stamp(wall))
        write(message, to: &w)
        w.endObject()
        return w.bytes + [0x0A]
    }

    private static func write(_ m: Message, to w: inout JSONWriter) {
        w.key("topic"); w.string(m.topic)
        w.key("qos"); w.integer(m.qos)
        w.key("retain"); w.integer(m.isRetained ? 1 : 0)
        w.key("payloadlen"); w.integer(m.payload.count)
        if let text = String(validating: m.payload, as: UTF8.self), !m.payload.contains(0) {
            w.key("payload"); w.string(text)
        } else {
            w.key("payload_base64"); w.string(Base64.encode(m.payload))
        }
    }

    /// `mosquitto_sub`'s form of a time.
    private static func stamp(_ wall: WallTime) -> String { wall.description + "+0000" }
}

extension Value {
    /// The value as JSON again; numbers keep their digits.
    public func write(to w: inout JSONWriter) {
        switch self {
        case .null: w.null()
        case .bool(let on): w.bool(on)
        case .string(let text): w.string(text)
        case .number(let n): w.raw(Array(n.text.utf8))
        case .bytes(let bytes):
            // JSON has none: as the text of their digits, so that nothing is dropped silently.
            w.string(bytes.map { byte in
                let digits = Array("0123456789abcdef".utf8)
                return String(decoding: [digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
            }.joined())
        case .array(let items):
            w.beginArray()
            for item in items { item.write(to: &w) }
            w.endArray()
        case .object(let members):
            w.beginObject()
            for member in members { w.key(text: member.key); member.value.write(to: &w) }
            w.endObject()
        }
    }
}

extension DecimalNumber {
    /// Plain decimal text, or with an exponent where that would be long.
    public var text: String {
        if exponent == 0 { return String(significand) }
        if exponent < 0, exponent >= -18 {
            let (whole, rest) = significand.magnitude.quotientAndRemainder(dividingBy: power(-exponent))
            var out = significand < 0 ? "-" : ""
            out += String(whole) + "."
            out.appendPadded(Int(rest), width: -exponent)
            return out
        }
        return "\(significand)e\(exponent)"
    }

    private func power(_ n: Int) -> UInt64 {
        var p: UInt64 = 1
        for _ in 0..<n { p *= 10 }
        return p
    }
}
