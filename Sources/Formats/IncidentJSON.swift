import CareModel

/// Incidents as JSON: docs/incidents.md explains each member, docs/schemas/incident.schema.json holds them.
///
/// Keys stand in the order of their bytes, times are UTC with microseconds, numbers are exact, what is absent is null.
public enum IncidentJSON {
    /// Which members one receiver sees.
    private enum Form {
        /// The same for a live run and its replay: without `origin` and all that only the live hub knows.
        case canonical
        case delivery
        /// Without names, addresses, notes and health values.
        case masked
    }

    /// For replays and comparisons: without `committed_at`, `origin` and delivery times.
    public static func canonical(_ incident: Incident) -> [UInt8] { render(incident, .canonical) }

    /// For receivers that may see everything: `canonical` and `origin`.
    public static func delivery(_ incident: Incident) -> [UInt8] { render(incident, .delivery) }

    /// For receivers that may not see names, addresses and health values: identifiers, kind, priority, state, station, tier
    /// and times remain; the sentence says only what sort of help is needed.
    public static func masked(_ incident: Incident) -> [UInt8] { render(incident, .masked) }

    /// Adds what only the ledger knows, before the final brace of a finished `delivery` or `masked` form.
    ///
    /// - Parameters:
    ///   - committedAt: wall time of the transaction.
    ///   - key: makes a second arrival harmless.
    ///   - cursor: the delivery's place in its queue.
    ///   - isSuperseded: a newer revision follows: history, for which nobody is rung.
    ///   - json: an object of this type; other bytes come back unchanged.
    public static func appending(committedAt: WallTime, key: DeliveryKey, cursor: UInt64, isSuperseded: Bool = false, to json: [UInt8]) -> [UInt8] {
        guard json.count > 2, json.last == UInt8(ascii: "}") else { return json }
        var w = JSONWriter(reserving: 256)
        w.beginObject()
        w.key("committed_at"); w.time(committedAt)
        w.key("cursor"); w.integer(cursor)
        w.key("delivery"); w.string(key.description)
        if isSuperseded { w.key("superseded"); w.bool(true) }
        w.endObject()
        var out: [UInt8] = []
        out.reserveCapacity(json.count + w.bytes.count)
        out.append(contentsOf: json.dropLast())
        out.append(UInt8(ascii: ","))
        out.append(contentsOf: w.bytes.dropFirst())
        return out
    }

    private static func render(_ incident: Incident, _ form: Form) -> [UInt8] {
        let isMasked = form == .masked
        let subject = incident.subject
        var w = JSONWriter(reserving: 1_024 + incident.evidence.count * 256)
        w.beginObject()
        w.key("annotations")
        w.beginArray()
        for annotation in incident.annotations { write(annotation, isMasked, to: &w) }
        w.endArray()
        w.key("candidates")
        if subject.residents.count > 1 {
            w.beginArray()
            for resident in subject.residents { w.string(resident.text) }
            w.endArray()
        } else { w.null() }
        w.key("category"); w.string(incident.category.name)
        w.key("close")
        if let reason = incident.closeReason {
            w.beginObject()
            w.key("note"); if isMasked { w.null() } else { w.string(incident.closeNote) }
            w.key("reason"); w.string(reason.name)
            w.endObject()
        } else { w.null() }
        w.key("codes"); writeCodes(incident, to: &w)
        w.key("deadlines")
        w.beginArray()
        for deadline in incident.deadlines {
            w.beginObject()
            w.key("due"); w.time(deadline.due)
            w.key("kind"); w.string(deadline.kind)
            w.endObject()
        }
        w.endArray()
        w.key("detected_at"); w.time(incident.detectedAt)
        w.key("evidence")
        w.beginArray()
        for item in incident.evidence { write(item, isMasked, to: &w) }
        w.endArray()
        w.key("evidence_dropped"); w.integer(incident.evidenceDropped)
        w.key("home"); w.string(subject.home?.text)
        w.key("id"); w.string(incident.id.description)
        w.key("kind"); w.string(incident.kind)
        w.key("late"); w.bool(incident.isLate)
        w.key("observed_at"); w.time(incident.observedAt)
        w.key("opened_at"); w.time(incident.openedAt)
        if form != .canonical { w.key("origin"); w.string(incident.origin.name) }
        w.key("owner"); if isMasked { w.null() } else { w.string(incident.owner) }
        w.key("phase"); w.string(incident.phase.name)
        w.key("place")
        w.beginObject()
        w.key("address"); w.string(isMasked || incident.address.isEmpty ? nil : incident.address)
        w.key("room"); w.string(isMasked || subject.room.isEmpty ? nil : subject.room)
        w.key("station"); w.string(incident.station.isEmpty ? nil : incident.station)
        w.endObject()
        w.key("priority"); w.string(incident.priority.name)
        w.key("received_at"); w.time(incident.receivedAt)
        w.key("resident"); w.string(subject.residents.count == 1 ? subject.residents[0].text : nil)
        w.key("resident_name"); w.string(isMasked || incident.residentName.isEmpty ? nil : incident.residentName)
        w.key("revision"); w.integer(incident.revision)
        w.key("rule"); w.string(incident.rule)
        w.key("state"); w.string(incident.state.name)
        let text = isMasked ? NeutralText.sentence(for: incident) : incident.text
        w.key("text")
        w.beginObject()
        w.key("en"); w.string(text.en)
        w.key("zh-CN"); w.string(text.zhCN)
        w.endObject()
        w.key("tier"); w.integer(incident.tier)
        w.endObject()
        return w.bytes
    }

    private static func write(_ annotation: Annotation, _ isMasked: Bool, to w: inout JSONWriter) {
        w.beginObject()
        w.key("actor"); w.string(isMasked ? nil : annotation.actor)
        w.key("at"); w.time(annotation.at)
        w.key("note"); w.string(isMasked || annotation.note.isEmpty ? nil : annotation.note)
        w.key("what"); w.string(annotation.what)
        w.endObject()
    }

    private static func write(_ item: EvidenceItem, _ isMasked: Bool, to w: inout JSONWriter) {
        let entry = item.kind.entry
        w.beginObject()
        w.key("device"); w.string(item.device.text)
        w.key("kind"); w.string(entry.name)
        if !isMasked {
            w.key("limit")
            if let limit = item.limit { w.decimal(scaled: limit, decimals: entry.decimals) } else { w.null() }
        }
        w.key("observed_at"); w.time(item.observedAt)
        w.key("quality")
        w.beginArray()
        for (quality, name) in Quality.named where item.quality.contains(quality) { w.string(name) }
        w.endArray()
        w.key("received_at"); w.time(item.receivedAt)
        w.key("seq"); if let sequence = item.sequence { w.integer(sequence) } else { w.null() }
        w.key("unit"); w.string(entry.unit)
        if !isMasked {
            w.key("value")
            switch item.value {
            case .number(let scaled): w.decimal(scaled: scaled, decimals: entry.decimals)
            case .flag(let on): w.bool(on)
            case .code(let text): w.string(text)
            case .waveform(_, _, _, let signal): w.string(signal)
            }
        }
        w.endObject()
    }
}
