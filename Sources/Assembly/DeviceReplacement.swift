import CareModel
import Decoding
import Formats
import Foundation
import Settings

/// `vigil device replace`: a new device in the place of a broken one, under the same home, room and residents.
///
/// homes.yaml is a person's file: only the device's name on its line is changed (and its profile, where another is asked
/// for), all else stays byte for byte, and nothing is written unless the whole configuration is valid with it.
/// Incidents, routines and baselines belong to resident and home and go on; what was learnt of the device itself
/// (last heard, battery, frozen values) begins anew, because it is another device.
public struct DeviceReplacement {
    /// What was done, or would be, a line each.
    public private(set) var lines: [String] = []

    /// - Parameters:
    ///   - profile: of the new device; nil = the old one's.
    ///   - actor: who does it.
    ///   - note: why.
    ///   - isDry: tells what would change and writes nothing.
    /// - Throws: why it can't be done; nothing was changed then.
    public init(old: String, new: String, profile: String?, actor: String, note: String, isDry: Bool, configurationPath: String) throws {
        let loaded = try LoadedConfiguration.load(configurationPath)
        let from = DeviceSpelling.normal(DeviceID(old)), to = DeviceSpelling.normal(DeviceID(new))
        guard DeviceSpelling.isName(new) else {
            throw refusal("\"\(new)\" is no device name: write \(DeviceSpelling.schemes.joined(separator: ":, ")): and its identifier, as the quarantine shows it")
        }
        guard from != to else { throw refusal("\(new) is the device that is to be replaced") }
        let household = loaded.core.household
        func binding(_ device: DeviceID) -> DeviceBinding? { household.bindings.first { DeviceSpelling.normal($0.device) == device } }
        guard let bound = binding(from) else { throw NotInFile() }
        if let taken = binding(to) { throw refusal("\(new) is bound already, in the home \(household.homes[taken.home].id): a device has one place") }
        let chosen = profile ?? bound.profile
        let lost = try DeviceReplacement.lostSafety(from: bound.profile, to: chosen, loaded.core.profiles.traits)
        guard lost.isEmpty else { throw DeviceReplacement.poorer(chosen, than: bound.profile, lost) }
        guard let node = DeviceReplacement.node(of: from, in: loaded.folder.homes) else { throw refusal("\(old) can't be found in homes.yaml") }
        var edit = Edit(bytes: loaded.folder.bundle.files.first { $0.name == "homes.yaml" }?.bytes ?? [])
        // The later of two places on one line first, so that the other stays where it was.
        var changes = [(node.device, to.text)]
        if chosen != bound.profile, let place = node.profile { changes.append((place, chosen)) }
        for (place, text) in changes.sorted(by: { ($0.0.place.line, $0.0.place.column) > ($1.0.place.line, $1.0.place.column) }) { try edit.replace(place, by: text) }
        let after = try DeviceReplacement.check(edit.bytes, loaded, configurationPath)
        let home = household.homes[bound.home].id.text
        lines.append("\(isDry ? "would replace" : "replaced") \(from) by \(to) in the home \(home)" + (bound.room.isEmpty ? "" : ", \(bound.room)") + (chosen == bound.profile ? "" : ", profile \(bound.profile) → \(chosen)"))
        lines.append("homes.yaml:\(node.device.place.line)")
        lines.append("- \(Edit.line(node.device.place.line, of: edit.original))")
        lines.append("+ \(Edit.line(node.device.place.line, of: edit.bytes))")
        guard !isDry else { return }
        try DeviceReplacement.write(edit.bytes, to: configurationPath + "/homes.yaml")
        try record(from, to, bound, chosen, home, actor, note, loaded.digest, after, configurationPath)
        lines.append("Written to \(configurationPath)/homes.yaml, and noted in \(configurationPath)/replacements.jsonl. A running hub takes it with SIGHUP, and its journal then keeps both configurations.")
        lines.append("Press it, or make it report, and see it in: vigil device list")
    }

    /// homes.yaml has no such device: it may have been adopted on the hub, see `AdoptedReplacement`.
    public struct NotInFile: Error {}

    /// Safety kinds that the old profile gives and the new one doesn't.
    static func lostSafety(from old: String, to new: String, _ traits: [ProfileTraits]) throws -> [String] {
        guard let after = traits.first(where: { $0.profile == new }) else { throw Gateway.StartFailure(description: "there is no profile \"\(new)\"") }
        let before = traits.first { $0.profile == old }
        return Set((before?.outputs ?? []).map(\.kind).filter(\.isSafety)).subtracting(after.outputs.map(\.kind)).map(\.name).sorted()
    }

    static func poorer(_ new: String, than old: String, _ lost: [String]) -> Gateway.StartFailure {
        Gateway.StartFailure(description: "\"\(new)\" never gives \(lost.joined(separator: ", ")), which \"\(old)\" gives: that would be another device, not a replacement. Change homes.yaml by hand, or adopt it anew, if that is meant")
    }

    /// The whole configuration with the changed file, as the hub would take it.
    private static func check(_ bytes: [UInt8], _ loaded: LoadedConfiguration, _ path: String) throws -> ConfigurationDigest {
        var files = loaded.folder.bundle.files
        for i in files.indices where files[i].name == "homes.yaml" { files[i].bytes = bytes }
        return try LoadedConfiguration.restore(ConfigurationBundle(files: files, zones: loaded.folder.bundle.zones).bytes, folder: path).digest
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        if let mode { try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path) }
    }

    /// Who did what: a line that is only ever added.
    private func record(
        _ from: DeviceID, _ to: DeviceID, _ bound: DeviceBinding, _ profile: String, _ home: String, _ actor: String, _ note: String, _ before: ConfigurationDigest,
        _ after: ConfigurationDigest, _ path: String
    ) throws {
        var w = JSONWriter()
        w.beginObject()
        w.key("at"); w.time(WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)))
        w.key("actor"); w.string(actor)
        w.key("action"); w.string("replace")
        w.key("old"); w.string(from.text)
        w.key("new"); w.string(to.text)
        w.key("home"); w.string(home)
        w.key("room"); w.string(bound.room)
        w.key("profile"); w.string(profile)
        w.key("note"); w.string(note)
        w.key("configuration_before"); w.string(before.text)
        w.key("configuration_after"); w.string(after.text)
        w.endObject()
        let file = path + "/replacements.jsonl"
        if !FileManager.default.fileExists(atPath: file) { _ = FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]) }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(w.bytes + [0x0A]))
    }

    private func refusal(_ text: String) -> Gateway.StartFailure { Gateway.StartFailure(description: text) }

    private static func node(of device: DeviceID, in homes: ConfigurationNode) -> (device: ConfigurationNode, profile: ConfigurationNode?)? {
        guard case .sequence(let list)? = homes["homes"]?.content else { return nil }
        for home in list {
            guard case .sequence(let devices)? = home["devices"]?.content else { continue }
            for entry in devices {
                guard let node = entry["device"], case .scalar(let text, _) = node.content, DeviceSpelling.normal(DeviceID(text)) == device else { continue }
                return (node, entry["profile"])
            }
        }
        return nil
    }
}

/// Changes single words of a YAML file and nothing around them.
private struct Edit {
    let original: [UInt8]
    var bytes: [UInt8]

    init(bytes: [UInt8]) { (original, self.bytes) = (bytes, bytes) }

    /// - Throws: when the word doesn't stand at its place as it was read, for instance behind an alias.
    mutating func replace(_ node: ConfigurationNode, by text: String) throws {
        guard case .scalar(let old, let isQuoted) = node.content, let start = offset(node.place) else { throw unsafe(node) }
        let quotes: [UInt8] = isQuoted ? [0x22, 0x27] : []
        let quote = quotes.first { start < bytes.count && bytes[start] == $0 }
        guard isQuoted == (quote != nil) else { throw unsafe(node) }
        let token = (quote.map { [$0] } ?? []) + Array(old.utf8) + (quote.map { [$0] } ?? [])
        guard start + token.count <= bytes.count, bytes[start..<start + token.count].elementsEqual(token) else { throw unsafe(node) }
        // A device's name holds a colon: in quotes it is safe wherever it stands.
        bytes.replaceSubrange(start..<start + token.count, with: [0x22] + Array(text.utf8) + [0x22])
    }

    private func unsafe(_ node: ConfigurationNode) -> Gateway.StartFailure {
        Gateway.StartFailure(description: "\(node.place): the name is written in a way that can't be changed safely; change the line by hand")
    }

    /// The byte at a line and a column of characters.
    private func offset(_ place: Place) -> Int? {
        var i = 0, line = 1
        while line < place.line {
            guard let end = bytes[i...].firstIndex(of: 0x0A) else { return nil }
            (i, line) = (end + 1, line + 1)
        }
        var column = 1
        while column < place.column {
            guard i < bytes.count, bytes[i] != 0x0A else { return nil }
            i += 1
            while i < bytes.count, bytes[i] & 0xC0 == 0x80 { i += 1 }
            column += 1
        }
        return i
    }

    static func line(_ number: Int, of bytes: [UInt8]) -> String {
        let rows = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        return rows.indices.contains(number - 1) ? String(decoding: rows[number - 1], as: UTF8.self) : ""
    }
}
