import CareModel
import Decoding
import Escalation
import Formats
import Ledger
import Serving
import Simulation

/// The wall, worked out from stored incidents.
enum ReportPages {
    /// Over which the wall's rates go.
    static let ratePeriod = Span.seconds(86_400)
    /// Incidents that the wall counts.
    static let wallRowsMax = 2_000
    /// Silent devices that the wall names; it counts all of them.
    static let wallSilentMax = 40

    /// Other hubs that the wall names; it counts all of them.
    static let wallHubsMax = 40

    /// The wall: counts alone, no name and no home.
    ///
    /// - Parameters:
    ///   - hubs: how the other hubs are.
    ///   - stations: whose hubs are named besides those of the homes' stations.
    static func wall(
        _ vault: Vault, _ picture: Board.Picture, _ pages: HomePages, within homes: [HomeID]?, hubs: HubNeighbours.Picture, stations named: [String]
    ) throws -> [UInt8] {
        let now = HubTime.wallTime()
        let open = try vault.reader.incidentList(in: IncidentState.allCases.filter { $0 != .resolved }, homes: homes, limit: wallRowsMax).revisions
        let recent = try vault.reader.incidentList(in: IncidentState.allCases, since: now - ratePeriod, homes: homes, limit: ConsoleDesk.reportRowsMax).revisions
        // What is younger than its limit can still be kept.
        let settled = ResponseReport(recent.compactMap(ReportRow.init(stored:)), period: now - ratePeriod..<now - .seconds(60))
        let assessed = ResponseReport(recent.compactMap(ReportRow.init(stored:)), period: now - ratePeriod..<now - .seconds(1_800))
        var stations: [String: (counts: [Int], oldest: WallTime?, untaken: Int)] = [:]
        let shown = homes.map { Set($0) }
        for home in picture.household.homes where shown?.contains(home.id) ?? true { stations[home.station] = stations[home.station] ?? ([0, 0, 0, 0], nil, 0) }
        for row in open where row.revision.origin == .live {
            guard let json = try? JSONReader.read(row.revision.masked, limits: DeviceLog.limits) else { continue }
            let name = json["place"]?["station"]?.text ?? ""
            var one = stations[name] ?? ([0, 0, 0, 0], nil, 0)
            one.counts[Int(row.revision.priority.rawValue)] += 1
            if row.revision.state == .open { one.untaken += 1 }
            if let opened = json["opened_at"]?.text.flatMap({ WallTime(rfc3339: $0) }) { one.oldest = min(one.oldest ?? opened, opened) }
            stations[name] = one
        }
        let bindings = picture.household.bindings.filter { shown?.contains(picture.household.homes[$0.home].id) ?? true }
        let silent = bindings.filter { pages.isSilent($0.device) == true }.sorted { $0.device < $1.device }
        var w = JSONWriter(reserving: 2_048)
        w.beginObject()
        w.key("assessment"); write(assessed.assessment, within: 1_800_000, to: &w)
        w.key("devices"); w.integer(bindings.count)
        w.key("hub_well"); w.bool(picture.state == .running)
        w.key("hubs"); write(hubs, of: homes == nil ? nil : Set(stations.keys).union(named), to: &w)
        w.key("links_lost")
        w.beginArray()
        for link in Link.allCases where picture.links[link]?.isConnected != true { w.string(link.name) }
        w.endArray()
        w.key("minute"); write(settled.taking, within: 60_000, to: &w)
        w.key("silent")
        w.beginArray()
        for binding in silent.prefix(wallSilentMax) {
            w.beginObject()
            w.key("device"); w.string(binding.device.text)
            w.key("last_seen_at"); w.time(picture.lastSeen[binding.device].map { picture.clock.wall($0) })
            w.key("station"); w.string(picture.household.homes[binding.home].station)
            w.endObject()
        }
        w.endArray()
        w.key("silent_devices"); w.integer(silent.count)
        w.key("stations")
        w.beginArray()
        for (name, one) in stations.sorted(by: { $0.key < $1.key }) {
            w.beginObject()
            for (key, priority) in [("high", Priority.high), ("information", .information), ("low", .low), ("medium", .medium)] {
                w.key(text: key)
                w.integer(one.counts[Int(priority.rawValue)])
            }
            w.key("oldest_at"); w.time(one.oldest)
            w.key("station"); w.string(name)
            w.key("untaken"); w.integer(one.untaken)
            w.endObject()
        }
        w.endArray()
        w.endObject()
        return w.bytes
    }

    /// `{"is_seen","unwell":[{"heard_s","hub","is","reasons","station"}],"watched"}`: those that are silent or say that something is wrong.
    private static func write(_ hubs: HubNeighbours.Picture, of stations: Set<String>?, to w: inout JSONWriter) {
        let shown = hubs.hubs.filter { stations?.contains($0.station) ?? true }
        w.beginObject()
        w.key("is_seen"); w.bool(hubs.isSeen)
        w.key("unwell")
        w.beginArray()
        for hub in shown.filter(\.isUnwell).prefix(wallHubsMax) {
            w.beginObject()
            w.key("heard_s"); if let seconds = hub.heardSeconds { w.integer(seconds) } else { w.null() }
            w.key("hub"); w.string(hub.name)
            w.key("is"); w.string(hub.state.rawValue)
            w.key("reasons")
            w.beginArray()
            for reason in hub.reasons { w.string(reason) }
            w.endArray()
            w.key("station"); w.string(hub.station)
            w.endObject()
        }
        w.endArray()
        w.key("watched"); w.integer(shown.count)
        w.endObject()
    }

    private static func write(_ step: ResponseReport.Step, within limit: Int64, to w: inout JSONWriter) {
        w.beginObject()
        w.key("count"); w.integer(step.count)
        w.key("kept"); w.integer(step.within(limit))
        w.endObject()
    }
}

extension ReportRow {
    /// A stored incident as reports count it; nil where its bytes can't be read.
    init?(stored: StoredRevision) {
        let revision = stored.revision
        guard let json = try? JSONReader.read(revision.full, limits: DeviceLog.limits) else { return nil }
        func time(_ value: Value?) -> WallTime? { value?.text.flatMap { WallTime(rfc3339: $0) } }
        guard let opened = time(json["opened_at"]), let received = time(json["received_at"]) else { return nil }
        let annotations = (json["annotations"]?.items ?? []).compactMap { item -> Annotation? in
            guard let at = time(item["at"]), let what = item["what"]?.text else { return nil }
            return Annotation(at: at, what: what, actor: item["actor"]?.text, note: item["note"]?.text ?? "")
        }
        self.init(Incident(
            id: revision.incident, revision: revision.revision, phase: .update, kind: json["kind"]?.text ?? "", priority: revision.priority,
            category: revision.category, state: revision.state,
            subject: Subject(
                home: revision.home, room: json["place"]?["room"]?.text ?? "",
                device: json["evidence"]?.items?.first?["device"]?.text.map { DeviceID($0) }),
            station: "", address: "", residentName: "", observedAt: nil, receivedAt: received, detectedAt: time(json["detected_at"]) ?? opened, openedAt: opened, rule: json["rule"]?.text ?? "",
            text: LocalizedText(zhCN: "", en: ""), evidence: [], annotations: annotations, origin: revision.origin, isLate: json["late"]?.flag ?? false,
            closeReason: json["close"]?["reason"]?.text.flatMap { CloseReason(name: $0) }))
    }
}
