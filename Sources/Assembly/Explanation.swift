import CareModel
import Decoding
import Detection
import Foundation
import Simulation

/// `vigil explain`: what an incident rests on, or what the hub saw of a resident at some moment, in both languages.
///
/// It reads the journal, so it answers as far back as the journal goes, under the configuration of then.
public struct Explanation {
    private let configurationPath: String
    private let export: (([UInt8]) -> Void) async throws -> Void

    public init(configurationPath: String) throws {
        self.configurationPath = configurationPath
        let commands = try JournalCommands(configurationPath: configurationPath)
        export = { try await commands.export(after: 0, $0) }
    }

    /// Over a ledger that this process has open.
    init(configurationPath: String, vault: Vault) {
        self.configurationPath = configurationPath
        export = { write in try await JournalExport(vault).run { write($0) } }
    }

    // MARK: - An incident

    /// The life of one incident, a line a thing.
    public func incident(_ id: IncidentID) async throws -> [String] {
        var revisions: [Value] = []
        _ = try await replay(until: nil) { json in
            if let value = try? JSONReader.read(json, limits: DeviceLog.limits), value["id"]?.text == id.description { revisions.append(value) }
        } seen: { _, _ in }
        guard let last = revisions.last, let first = revisions.first else {
            throw Gateway.StartFailure(description: "the journal holds no incident \(id)")
        }
        var lines = ["\(id)  \(last["kind"]?.text ?? "?")  \(last["priority"]?.text ?? "?")  \(last["state"]?.text ?? "?")"]
        lines.append(first["text"]?["zh-CN"]?.text ?? "")
        lines.append(first["text"]?["en"]?.text ?? "")
        lines.append("规则 rule: \(first["rule"]?.text ?? "?")")
        lines.append("依据 evidence:")
        for item in last["evidence"]?.items ?? [] { lines.append("  " + Explanation.evidence(item)) }
        if let dropped = last["evidence_dropped"]?.number?.wholeNumber, dropped > 0 { lines.append("  … \(dropped) more") }
        lines.append("经过 history:")
        for revision in revisions {
            let number = revision["revision"]?.number?.wholeNumber ?? 0
            let owner = revision["owner"]?.text.map { ", \($0)" } ?? ""
            lines.append("  r\(number) \(revision["phase"]?.text ?? "?") \(revision["state"]?.text ?? "?"), tier \(revision["tier"]?.number?.wholeNumber ?? 0)\(owner)")
        }
        for note in last["annotations"]?.items ?? [] {
            lines.append("  \(note["at"]?.text ?? "") \(note["what"]?.text ?? "") \(note["actor"]?.text ?? "") \(note["note"]?.text ?? "")")
        }
        return lines
    }

    private static func evidence(_ item: Value) -> String {
        var text = "\(item["received_at"]?.text ?? "")  \(item["device"]?.text ?? "?")  \(item["kind"]?.text ?? "?")"
        if let value = item["value"] { text += " = " + plain(value) + (item["unit"]?.text.map { " " + $0 } ?? "") }
        if let limit = item["limit"], !limit.isNull { text += "  限值 limit " + plain(limit) }
        let quality = (item["quality"]?.items ?? []).compactMap(\.text)
        if !quality.isEmpty { text += "  质量 quality " + quality.joined(separator: ",") }
        return text
    }

    private static func plain(_ value: Value) -> String {
        switch value {
        case .number(let number): decimalText(scaled: number.scaled(decimals: 6) ?? 0, decimals: 6)
        case .string(let text): text
        case .bool(let on): on ? "true" : "false"
        default: "–"
        }
    }

    // MARK: - A resident at a moment

    /// What was known of a resident at `moment`: the newest readings, the rules that watch, the incidents that were open.
    public func resident(_ id: ResidentID, at moment: WallTime) async throws -> [String] {
        var newest: [String: (reading: Reading, at: WallTime)] = [:]
        var open: [String: Value] = [:]
        var loaded: LoadedConfiguration?
        var oldest: WallTime?
        let recorder = try await replay(until: moment) { json in
            guard let value = try? JSONReader.read(json, limits: DeviceLog.limits), let incident = value["id"]?.text else { return }
            open[incident] = value["state"]?.text == "resolved" ? nil : value
        } seen: { reading, context in
            loaded = context.configuration
            oldest = oldest ?? context.wall
            let household = context.configuration.core.household
            guard let reading, let binding = reading.binding, Explanation.concerns(household, binding, id) else { return }
            newest["\(reading.device) \(reading.kind.name)"] = (reading, context.wall)
        }
        guard let loaded, let oldest else { throw Gateway.StartFailure(description: "the journal holds nothing before \(moment)") }
        let household = loaded.core.household
        guard let index = household.resident(id) else { throw Gateway.StartFailure(description: "no resident \"\(id)\" in the configuration of then") }
        let home = household.homes[household.residents[index].home]
        var lines = ["\(id)  \(home.id)  \(moment)", "日志账最早 the journal goes back to \(oldest)", "最新读数 newest readings:"]
        for (_, entry) in newest.sorted(by: { $0.key < $1.key }) {
            let r = entry.reading
            let quality = r.quality.names.isEmpty ? "" : "  质量 quality " + r.quality.names.joined(separator: ",")
            lines.append("  \(entry.at)  \(r.device)  \(r.kind.name) = \(Explanation.plain(r))\(quality)")
        }
        if newest.isEmpty { lines.append("  无 none") }
        // What spoke or looked comes first; what had nothing to look at, or is off, is named once and not a line for each device.
        lines.append("规则 rules that looked:")
        var idle: [String] = [], off: [String] = [], asked: Set<String> = []
        for row in loaded.core.rules.worstCases() where row.residents.contains(id) || (row.residents.isEmpty && row.home == home.id) {
            if let reason = row.off {
                let line = "  \(row.rule): \(reason.text.zhCN) / \(reason.text.en)"
                if !off.contains(line) { off.append(line) }
                continue
            }
            guard let said = recorder?.about(id, home: home.id).first(where: { $0.rule == row.rule && $0.kind == row.kind && $0.subject.device == row.device }) else {
                if !idle.contains(row.rule) { idle.append(row.rule) }
                continue
            }
            asked.insert(row.rule)
            let room = row.room.isEmpty ? "" : " (\(row.room))"
            lines.append("  \(row.rule)\(row.kind.map { "  " + $0.name } ?? "")\(room)")
            lines.append("    " + Explanation.said(said))
        }
        idle.removeAll { asked.contains($0) }
        if !idle.isEmpty { lines.append("没有相关读数 rules without a reading of their kinds: \(idle.joined(separator: ", "))") }
        if !off.isEmpty { lines.append("停用 rules that are off:") }
        lines += off
        lines.append("当时未结 open then:")
        let concerned = open.sorted { $0.key < $1.key }.filter { $0.value["resident"]?.text == id.text || $0.value["home"]?.text == home.id.text }
        for (incident, value) in concerned { lines.append("  \(incident) \(value["kind"]?.text ?? "?") \(value["text"]?["zh-CN"]?.text ?? "")") }
        if concerned.isEmpty { lines.append("  无 none") }
        return lines
    }

    /// What one rule saw last, and why it spoke or stayed silent.
    private static func said(_ entry: VerdictRecorder.Entry) -> String {
        var text = "\(entry.wall)  "
        if case .number(let scaled)? = entry.value, let kind = entry.kind { text += "看到 saw \(decimalText(scaled: scaled, decimals: kind.entry.decimals)): " }
        if case .quiet = entry.verdict { text += "未报告，因为" } else { text += "已报告，因为" }
        text += "\(entry.why(.zhCN)) / "
        if case .quiet = entry.verdict { text += "silent: " } else { text += "told: " }
        return text + "\(entry.why(.en))  (× \(entry.asked))"
    }

    private static func concerns(_ household: Household, _ binding: BindingIndex, _ id: ResidentID) -> Bool {
        guard household.bindings.indices.contains(Int(binding)) else { return false }
        let bound = household.bindings[Int(binding)]
        if bound.residents.contains(where: { household.residents[$0].id == id }) { return true }
        return bound.residents.isEmpty && household.resident(id).map { household.residents[$0].home == bound.home } == true
    }

    private static func plain(_ r: Reading) -> String {
        switch r.value {
        case .number(let scaled): decimalText(scaled: scaled, decimals: r.kind.entry.decimals) + (r.kind.entry.unit.map { " " + $0 } ?? "")
        case .flag(let on): on ? "true" : "false"
        case .code(let text): text
        case .waveform(let samples, _, _, let signal): "\(signal), \(samples.count) samples"
        }
    }

    // MARK: - The journal again

    private struct Moment {
        var configuration: LoadedConfiguration
        var wall: WallTime
    }

    /// Runs the journal through the core again, up to `moment`.
    private func replay(until moment: WallTime?, _ take: ([UInt8]) -> Void, seen: (Reading?, Moment) -> Void) async throws -> VerdictRecorder? {
        var state = JournalWalk(configurationPath: configurationPath)
        var rest: [UInt8] = []
        var failure: (any Error)?
        try await export { block in
            guard failure == nil else { return }
            rest += block
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                do {
                    try state.line(Array(rest[start..<end]), until: moment, take) { seen($0, Moment(configuration: $1, wall: $2)) }
                } catch {
                    failure = error
                    return
                }
                start = end + 1
            }
            rest.removeSubrange(rest.startIndex..<start)
        }
        if let failure { throw failure }
        return state.recorder
    }
}

/// One pass over an export: decisions again, and every reading on the way.
struct JournalWalk {
    let configurationPath: String
    private var loaded: LoadedConfiguration?
    private var replay: Replay?
    private var decoding = Decoding()
    private var decoded = Decoded()
    private var clock = HubClock()
    private var waiting: [LogEntry] = []
    private var revisions: [[UInt8]] = []

    init(configurationPath: String) { self.configurationPath = configurationPath }

    /// What the rules said on the way.
    var recorder: VerdictRecorder? { replay?.recorder }

    mutating func line(
        _ line: [UInt8], until moment: WallTime?, _ take: ([UInt8]) -> Void, _ seen: (Reading?, LoadedConfiguration, WallTime) -> Void
    ) throws {
        let entry = try DeviceLog.read(line, link: { _ in .safety })
        var next: LoadedConfiguration?
        switch entry {
        case .record(let record, let bundle):
            if case .started(let start) = record.body { clock = HubClock(offset: start.wall - WallTime(microseconds: record.at.microseconds), quality: start.quality) }
            if case .clock(let step) = record.body { clock = HubClock(offset: step.offsetAfter, quality: step.quality) }
            if let moment, clock.wall(record.at) > moment { return }
            if let bundle { next = try LoadedConfiguration.restore(bundle, folder: configurationPath) }
        case .message(_, let wall, _, _):
            if let moment, wall > moment { return }
        }
        // The start stands before the first configuration.
        guard let configuration = next ?? loaded else {
            waiting.append(entry)
            return
        }
        if replay == nil {
            replay = Replay(under: configuration.core)
            replay?.startRecorder()
        }
        loaded = configuration
        for earlier in waiting { replay?.feed(earlier, into: &revisions) }
        waiting.removeAll()
        replay?.feed(entry, configuration: next?.core, into: &revisions)
        for revision in revisions { take(revision) }
        revisions.removeAll(keepingCapacity: true)
        guard case .message(let message, let wall, let at, _) = entry else { 
            if case .record(let record, _) = entry { seen(nil, configuration, clock.wall(record.at)) }
            return
        }
        decoded.removeAll()
        decoding.decode(message, at: at ?? Instant(microseconds: wall.microseconds), clock: clock, registry: configuration.core.registry, into: &decoded)
        for reading in decoded.readings { seen(reading, configuration, wall) }
    }
}
