import CareModel
import Decoding
import Formats
import GatewayCore
import Ledger
import Serving
import Simulation

/// The replay desk: a log or a stretch of the journal through the pure core, as recorded and with faults, under this or another configuration.
///
/// It is the same `Replay` as `vigil replay`'s: nothing of it reaches the ledger, a queue or a person.
struct ReplayDesk {
    static let linesMax = 200_000
    /// Incidents of one run that are told.
    static let incidentsMax = 1_000
    /// Minutes of traffic that are drawn.
    static let minutesMax = 2_880

    let vault: Vault
    let board: Board
    let configurationPath: String

    private struct Told {
        var json: Value
        var state: String
        var revisions: Int
    }

    private struct Run {
        var order: [String] = []
        var incidents: [String: Told] = [:]
        var messages: UInt64 = 0
        var readings: UInt64 = 0

        mutating func take(_ json: [UInt8]) {
            guard let value = try? JSONReader.read(json, limits: DeviceLog.limits), let id = value["id"]?.text else { return }
            let state = value["state"]?.text ?? "open"
            guard incidents[id] == nil else {
                incidents[id]?.state = state
                incidents[id]?.revisions += 1
                return
            }
            order.append(id)
            incidents[id] = Told(json: value, state: state, revisions: 1)
        }
    }

    /// The configurations that the hub keeps, and the files as they are now.
    func configurations() throws -> [UInt8] {
        let picture = board.look()
        var w = JSONWriter()
        w.beginObject()
        w.key("configurations")
        w.beginArray()
        for known in try vault.reader.configurations(limit: 20) {
            w.beginObject()
            w.key("at"); w.time(picture.clock.wall(known.at))
            w.key("digest"); w.string(known.digest.text)
            w.key("in_force"); w.bool(known.digest == picture.configuration?.digest)
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    func run(_ order: ReplayOrder) throws -> [UInt8]? {
        let picture = board.look()
        guard let inForce = picture.configuration else { return nil }
        guard let chosen = try configuration(order.configuration, inForce) else { return nil }
        let begun = ContinuousClock.now
        let subscriptions = Subscriptions(inForce.profiles.subscriptions)
        var entries: [LogEntry] = [], bad: [String] = []
        var isCut = false
        switch order.source {
        case .log(let bytes): isCut = ReplayDesk.read(bytes, subscriptions, &entries, &bad)
        case .journal(let period):
            isCut = try JournalWindow(vault: vault, picture: picture).walk(period) { record, clock in
                guard case .message(let message) = record.body else { return }
                entries.append(.message(message, wall: clock.wall(record.at), at: nil, position: nil))
            }
        }
        let recorded = try run(entries, under: inForce)
        var faults = ReplayFaults(order)
        let isOther = chosen.digest != inForce.digest
        let changed = order.isChanged || isOther ? try run(order.isChanged ? faults.apply(entries) : entries, under: chosen) : nil
        var w = JSONWriter(reserving: 16_384)
        w.beginObject()
        w.key("bad_lines")
        w.beginArray()
        for text in bad.prefix(20) { w.string(text) }
        w.endArray()
        w.key("changed"); if let changed { ReplayDesk.write(changed, to: &w) } else { w.null() }
        w.key("faults")
        w.beginObject()
        w.key("clock_seconds"); w.integer(order.clockSeconds)
        w.key("delayed"); w.integer(faults.delayed)
        w.key("dropped"); w.integer(faults.dropped)
        w.key("duplicated"); w.integer(faults.duplicated)
        w.endObject()
        w.key("is_cut"); w.bool(isCut)
        w.key("lines"); w.integer(entries.count + bad.count)
        w.key("live")
        if case .journal(let period) = order.source { try writeLive(period, to: &w) } else { w.null() }
        w.key("other_configuration"); w.bool(isOther)
        w.key("recorded"); ReplayDesk.write(recorded, to: &w)
        let elapsed = ContinuousClock.now - begun
        w.key("ms"); w.integer(elapsed.components.seconds * 1_000 + elapsed.components.attoseconds / 1_000_000_000_000_000)
        w.key("traffic"); ReplayDesk.writeTraffic(entries, to: &w)
        w.endObject()
        return w.bytes
    }

    private func configuration(_ name: String, _ inForce: Configuration) throws -> Configuration? {
        if name == "now" { return inForce }
        if name == "disk" { return try LoadedConfiguration.load(configurationPath).core }
        guard let known = try vault.reader.configurations(limit: 20).first(where: { $0.digest.text.hasPrefix(name) }),
              let row = try vault.reader.configuration(known.digest) else { return nil }
        return try LoadedConfiguration.restore(row.bytes, folder: configurationPath).core
    }

    private static func read(_ bytes: [UInt8], _ subscriptions: Subscriptions, _ entries: inout [LogEntry], _ bad: inout [String]) -> Bool {
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == 0x0D ? line.dropLast() : line
            if line.isEmpty { continue }
            guard entries.count < linesMax else { return true }
            do throws(LogFault) {
                let entry = try DeviceLog.read(Array(line), link: subscriptions.link)
                // Who pressed what is not replayed here: "nobody acted", so that runs can be held against each other.
                if case .message(let message, let wall, _, _) = entry { entries.append(.message(message, wall: wall, at: nil, position: nil)) }
            } catch {
                bad.append("\(number): \(error.text)")
            }
        }
        return false
    }

    private func run(_ entries: [LogEntry], under configuration: Configuration) throws -> Run {
        var run = Run(), replay = Replay(under: configuration)
        var revisions: [[UInt8]] = []
        for entry in entries {
            replay.feed(entry, into: &revisions)
            for revision in revisions { run.take(revision) }
            revisions.removeAll(keepingCapacity: true)
        }
        replay.settle(forSeconds: 120, into: &revisions)
        for revision in revisions { run.take(revision) }
        (run.messages, run.readings) = (replay.messages, replay.readings)
        return run
    }

    // MARK: - Writing

    private static func write(_ run: Run, to w: inout JSONWriter) {
        w.beginObject()
        w.key("incidents")
        w.beginArray()
        for id in run.order.prefix(incidentsMax) {
            guard let told = run.incidents[id] else { continue }
            write(id, told.json, state: told.state, revisions: told.revisions, to: &w)
        }
        w.endArray()
        w.key("messages"); w.integer(run.messages)
        w.key("readings"); w.integer(run.readings)
        w.key("total"); w.integer(run.order.count)
        w.endObject()
    }

    /// Without a name: identifiers and times are enough to compare.
    private static func write(_ id: String, _ json: Value, state: String, revisions: Int, to w: inout JSONWriter) {
        w.beginObject()
        w.key("device"); w.string(json["evidence"]?.items?.first?["device"]?.text)
        w.key("home"); w.string(json["home"]?.text)
        w.key("id"); w.string(id)
        w.key("kind"); w.string(json["kind"]?.text)
        w.key("opened_at"); w.string(json["opened_at"]?.text)
        w.key("priority"); w.string(json["priority"]?.text)
        w.key("resident"); w.string(json["resident"]?.text)
        w.key("revisions"); w.integer(revisions)
        w.key("rule"); w.string(json["rule"]?.text)
        w.key("state"); w.string(state)
        w.endObject()
    }

    /// What the hub itself decided in the period.
    private func writeLive(_ period: Range<WallTime>, to w: inout JSONWriter) throws {
        let found = try vault.reader.incidentList(in: IncidentState.allCases, since: period.lowerBound, limit: ReplayDesk.incidentsMax)
        let rows = found.revisions.compactMap { try? JSONReader.read($0.revision.masked, limits: DeviceLog.limits) }.filter { json in
            json["opened_at"]?.text.flatMap { WallTime(rfc3339: $0) }.map { period.contains($0) } ?? false
        }.sorted { ($0["opened_at"]?.text ?? "") < ($1["opened_at"]?.text ?? "") }
        w.beginArray()
        for json in rows {
            let revisions = json["revision"]?.number?.wholeNumber ?? 1
            ReplayDesk.write(json["id"]?.text ?? "", json, state: json["state"]?.text ?? "", revisions: Int(clamping: revisions), to: &w)
        }
        w.endArray()
    }

    /// Messages a minute: `[[ms, count]…]`.
    private static func writeTraffic(_ entries: [LogEntry], to w: inout JSONWriter) {
        var minutes: [(minute: Int64, count: Int)] = []
        for entry in entries {
            guard case .message(_, let wall, _, _) = entry else { continue }
            let minute = wall.microseconds / 60_000_000
            if minutes.last?.minute == minute { minutes[minutes.count - 1].count += 1 } else if minutes.count < minutesMax { minutes.append((minute, 1)) }
        }
        w.beginArray()
        for one in minutes {
            w.beginArray()
            w.integer(one.minute * 60_000)
            w.integer(one.count)
            w.endArray()
        }
        w.endArray()
    }
}

/// Faults that a technician puts into a log: the same order gives the same ones.
struct ReplayFaults {
    private let order: ReplayOrder
    private(set) var dropped = 0
    private(set) var delayed = 0
    private(set) var duplicated = 0

    init(_ order: ReplayOrder) { self.order = order }

    /// The log with its faults, in the order in which it would have arrived.
    mutating func apply(_ entries: [LogEntry]) -> [LogEntry] {
        var random = SplitMix(seed: 0x5649_4749_4C)
        var out: [(arrival: Int64, number: Int, message: Message)] = []
        for entry in entries {
            guard case .message(let message, let wall, _, _) = entry else { continue }
            if order.dropPercent > 0, random.chance(order.dropPercent) {
                dropped += 1
                continue
            }
            var arrival = wall.microseconds
            if order.delaySeconds > 0 {
                let late = random.int(0...order.delaySeconds * 1_000)
                arrival += Int64(late) * 1_000
                if late > 0 { delayed += 1 }
            }
            out.append((arrival, out.count, message))
            if order.duplicatePercent > 0, random.chance(order.duplicatePercent) {
                duplicated += 1
                out.append((arrival + 1_000, out.count, message))
            }
        }
        out.sort { ($0.arrival, $0.number) < ($1.arrival, $1.number) }
        var result: [LogEntry] = out.map { .message($0.message, wall: WallTime(microseconds: $0.arrival), at: Instant(microseconds: $0.arrival), position: nil) }
        if order.clockSeconds != 0, result.count > 1 {
            let middle = out[out.count / 2].arrival
            let step = ClockStep(offsetBefore: .zero, offsetAfter: .seconds(order.clockSeconds), quality: .synchronised)
            result.insert(.record(JournalRecord(position: 0, at: Instant(microseconds: middle), body: .clock(step)), configuration: nil), at: out.count / 2)
        }
        return result
    }
}
