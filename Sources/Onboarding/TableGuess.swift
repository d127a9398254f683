import CareModel
import Decoding

/// Bytes that tell themselves what they hold: Cayenne LPP, or a plain table of types and lengths.
///
/// Only said where every frame of the capture comes out to its last byte: one that doesn't is no frame of that sort.
struct TableGuess: Hashable, Sendable {
    enum Sort: Hashable, Sendable { case cayenne, typeLength, lengthType }

    /// One value: its header, how many bytes it has, and what was seen in it.
    struct Entry: Hashable, Sendable {
        var channel: UInt8
        var type: UInt8
        var count: Int
        var values: [[UInt8]]
    }

    static let entriesMax = 64

    var sort: Sort
    /// In the order in which they came.
    var entries: [Entry] = []

    /// A type of Cayenne LPP (myDevices, "Cayenne Low Power Payload" 1.0 and 2.0; the later ones as The Things Stack reads them).
    struct CayenneType: Sendable {
        var type: UInt8
        var name: String
        var count: Int
        /// How the profile reads it: name, offset and form; the first is the value.
        var fields: [(name: String, at: Int, read: String)]
        /// What one step is worth.
        var scale: String?
        /// The kind that it usually is, with its options.
        var kind: String?
    }

    static let cayenne: [CayenneType] = [
        one(0, "digital_input", "u8"), one(1, "digital_output", "u8"), one(2, "analog_input", "i16be", "0.01"), one(3, "analog_output", "i16be", "0.01"),
        one(0x64, "generic", "u32be"), one(0x65, "illuminance", "u16be", nil, "env.illuminance"),
        one(0x66, "presence", "u8", nil, "behaviour.presence, map: {0: false, 1: true}"),
        one(0x67, "temperature", "i16be", "0.1", "env.temperature"), one(0x68, "humidity", "u8", "0.5", "env.humidity"),
        CayenneType(type: 0x71, name: "accelerometer", count: 6, fields: [("x", 0, "i16be"), ("y", 2, "i16be"), ("z", 4, "i16be")]),
        one(0x73, "barometer", "u16be", "0.1", "env.pressure"), one(0x74, "voltage", "u16be", "0.01", "device.battery_voltage"), one(0x75, "current", "u16be", "0.001", "raw.current"),
        one(0x76, "frequency", "u32be"), one(0x78, "percentage", "u8", nil, "device.battery"), one(0x79, "altitude", "i16be"), one(0x7D, "concentration", "u16be", nil, "env.co2"),
        one(0x80, "power", "u16be", nil, "behaviour.appliance_power"), one(0x82, "distance", "u32be", "0.001", "behaviour.target_distance"), one(0x83, "energy", "u32be", "0.001"),
        one(0x84, "direction", "u16be"), one(0x85, "unix_time", "u32be"),
        CayenneType(type: 0x86, name: "gyrometer", count: 6, fields: [("x", 0, "i16be"), ("y", 2, "i16be"), ("z", 4, "i16be")]),
        CayenneType(type: 0x88, name: "gps", count: 9, fields: [("latitude", 0, "i24be"), ("longitude", 3, "i24be"), ("altitude", 6, "i24be")]),
        one(0x8E, "switch", "u8"),
    ]

    private static func one(_ type: UInt8, _ name: String, _ read: String, _ scale: String? = nil, _ kind: String? = nil) -> CayenneType {
        CayenneType(type: type, name: name, count: (Int(read.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 8) / 8, fields: [(name, 0, read)], scale: scale, kind: kind)
    }

    static func cayenne(_ type: UInt8) -> CayenneType? { cayenne.first { $0.type == type } }

    /// - Parameter frames: the payloads of one sort of message; nil unless there are at least two, and three values in all.
    init?(_ frames: [[UInt8]]) {
        let frames = frames.filter { !$0.isEmpty }
        guard frames.count >= 2 else { return nil }
        for sort in [Sort.cayenne, .typeLength, .lengthType] {
            self.sort = sort
            entries = []
            guard frames.allSatisfy({ read($0) }), entries.reduce(0, { $0 + $1.values.count }) >= 3, isConvincing(frames.count) else { continue }
            return
        }
        return nil
    }

    private mutating func read(_ frame: [UInt8]) -> Bool {
        var i = 0
        while i < frame.count {
            guard i + 2 < frame.count else { return false }
            let channel: UInt8, type: UInt8, count: Int
            switch sort {
            case .cayenne:
                guard let known = TableGuess.cayenne(frame[i + 1]) else { return false }
                (channel, type, count) = (frame[i], frame[i + 1], known.count)
            case .typeLength: (channel, type, count) = (0, frame[i], Int(frame[i + 1]))
            case .lengthType: (channel, type, count) = (0, frame[i + 1], Int(frame[i]) - 1)
            }
            i += 2
            guard count > 0, i + count <= frame.count else { return false }
            let value = Array(frame[i..<i + count])
            i += count
            if let known = entries.firstIndex(where: { $0.channel == channel && $0.type == type }) {
                // One type has one length.
                guard entries[known].count == count else { return false }
                entries[known].values.append(value)
            } else {
                guard entries.count < TableGuess.entriesMax else { return false }
                entries.append(Entry(channel: channel, type: type, count: count, values: [value]))
            }
        }
        return true
    }

    /// Any two bytes may look like a header by chance: a type must come again, and frames hold several.
    private func isConvincing(_ frameCount: Int) -> Bool {
        guard entries.contains(where: { $0.values.count > 1 }) else { return false }
        if sort == .cayenne { return true }
        return entries.count >= 2 && entries.count <= 16 && entries.reduce(0) { $0 + $1.values.count } >= 2 * frameCount
    }
}

extension ProfileWriter {
    /// The table that the frames tell themselves, with a line for each value; false where they tell none.
    mutating func table(_ message: MessageSketch) -> Bool {
        guard let guess = TableGuess(message.documents.map { $0.bytes ?? [] }) else { return false }
        remark(4, guess.sort == .cayenne ? "CONFIRM  Cayenne LPP: every frame comes out to its last byte." : "CONFIRM  each value stands behind its type and its length: every frame comes out to its last byte.")
        confirmCount += 1
        put(4, "decode:")
        put(6, "- name: frame")
        put(8, message.isUplink ? "path: \"%data\"" : "path: \"$\"")
        if message.isUplink { put(8, "from: \"%encoding\"") }
        put(8, "as: tlv")
        if guess.sort != .cayenne { put(8, "header: \(guess.sort == .typeLength ? "type_length" : "length_type")") }
        put(8, "tlv:")
        for entry in guess.entries { put(10, line(entry, guess.sort)) }
        return true
    }

    private func name(_ entry: TableGuess.Entry, _ sort: TableGuess.Sort) -> String {
        sort == .cayenne ? "\(TableGuess.cayenne(entry.type)?.name ?? "value")_\(entry.channel)" : "t\(entry.type)"
    }

    private func line(_ entry: TableGuess.Entry, _ sort: TableGuess.Sort) -> String {
        let name = name(entry, sort), place = sort == .cayenne ? "channel: \(entry.channel), type: \(entry.type)" : "type: \(entry.type)"
        if sort == .cayenne, let known = TableGuess.cayenne(entry.type) {
            if known.fields.count == 1 { return "- {\(place), name: \(name), read: \(known.fields[0].read)}" }
            return "- {\(place), fields: [" + known.fields.map { "{name: \(name)_\($0.name), at: \($0.at), read: \($0.read)}" }.joined(separator: ", ") + "]}"
        }
        // Which end comes first nobody can see; big end first is the custom.
        let read = [1: "u8", 2: "u16be", 3: "u24be", 4: "u32be"][entry.count]
        if let read { return "- {\(place), name: \(name), read: \(read)}" }
        return "- {\(place), name: \(name), read: hex, size: \(entry.count)}"
    }

    /// One line a value, none of them active: that a channel measures a room is the usual case, not a sure one.
    mutating func tableOutputs(_ message: MessageSketch) {
        guard ["bytes", "hex", "base64"].contains(message.format), let guess = TableGuess(message.documents.map { $0.bytes ?? [] }) else { return }
        for entry in guess.entries {
            let seen = "\(entry.values.count) times, \(Set(entry.values).count) different"
            guard guess.sort == .cayenne, let known = TableGuess.cayenne(entry.type) else {
                remark(6, "UNKNOWN  type \(entry.type): \(entry.count) bytes, \(seen).")
                unknownCount += 1
                continue
            }
            guard let kind = known.kind else {
                remark(6, "UNKNOWN  \(known.name) on channel \(entry.channel): \(seen)" + (known.scale.map { ", in steps of \($0)" } ?? "") + ".")
                unknownCount += 1
                continue
            }
            remark(6, "GUESS  \(known.name) on channel \(entry.channel): \(seen).")
            put(6, "# - {kind: \(kind), path: \"@frame.\(name(entry, guess.sort))\"" + (known.scale.map { ", scale: \($0)" } ?? "") + "}")
            proposedCount += 1
        }
    }
}
