import CareModel
import Escalation
import Formats
import Foundation
import Ledger
import Serving

/// Response reports from the ledger: of a day, a month or any period, as JSON or as comma-separated lines.
///
/// A report holds counts and times and the names of rules, devices and rooms; nobody's name and no health value.
struct ReportBook: ReportReading {
    let vault: Vault
    let hub: String
    let dataFolder: String
    /// Whose midnights bound a day.
    let zone: @Sendable () -> TimeZoneTable

    func report(_ period: String, isCSV: Bool) async throws -> [UInt8]? {
        guard let period = ReportPeriod(period, zone: zone()) else { return nil }
        if let frozen = try FrozenReports(dataFolder).read(period) { return isCSV ? frozen.csv : frozen.json }
        let rows = try ReportBook.rows(vault.reader, period)
        let report = ResponseReport(rows, period: period.range)
        return isCSV ? ReportBook.csv(report, period, hub: hub) : ReportBook.json(report, rows, period, hub: hub)
    }

    static func rows(_ reader: LedgerReader, _ period: ReportPeriod) throws -> [ReportRow] {
        let source = try reader.reportSource(openedIn: period.range)
        // What a person received is told with the next revision; until then the row of the open incident alone knows it.
        let open = try Escalation(restoring: source.open).openIncidents
        var rows: [String: ReportRow] = [:]
        for revision in source.revisions {
            let row = try StoredHistory(revision.revision.full).row(revision.revision)
            rows[row.incident] = row
        }
        for incident in open where rows[incident.id.description] != nil { rows[incident.id.description] = ReportRow(incident) }
        return Array(rows.values)
    }

    static let totals = ["hub", "period", "incidents", "still_open", "escalated", "late"]

    static func csv(_ report: ResponseReport, _ period: ReportPeriod, hub: String) -> [UInt8] {
        let head = [
            totals.joined(separator: ","),
            [hub, period.description, String(report.incidents), String(report.stillOpen), String(report.escalated), String(report.late)].joined(separator: ","),
        ]
        return Array((head + report.csv()).map { $0 + "\r\n" }.joined().utf8)
    }

    static func json(_ report: ResponseReport, _ rows: [ReportRow], _ period: ReportPeriod, hub: String) -> [UInt8] {
        var w = JSONWriter(reserving: 4_096)
        w.beginObject()
        w.key("days"); writeDays(rows, period.range, to: &w)
        w.key("escalated"); w.integer(report.escalated)
        w.key("from"); w.time(period.range.lowerBound)
        w.key("hub"); w.string(hub)
        w.key("incidents"); w.integer(report.incidents)
        w.key("late"); w.integer(report.late)
        w.key("period"); w.string(period.description)
        w.key("quality")
        w.beginArray()
        for (of, list) in [("rule", report.rules), ("device", report.devices), ("room", report.rooms)] {
            for one in list { write(of, one, to: &w) }
        }
        w.endArray()
        w.key("steps")
        w.beginArray()
        let steps = [("detection", report.detection), ("notification", report.notification), ("taking", report.taking), ("assessment", report.assessment)]
        for (name, step) in steps { write(name, step, to: &w) }
        w.endArray()
        w.key("still_open"); w.integer(report.stillOpen)
        w.key("to"); w.time(period.range.upperBound)
        w.endObject()
        return w.bytes + [0x0A]
    }

    /// Live incidents opened on each day of the period, by priority; days of 24 hours from its beginning.
    private static func writeDays(_ rows: [ReportRow], _ period: Range<WallTime>, to w: inout JSONWriter) {
        let day: Int64 = 86_400_000_000
        let count = Int(((period.upperBound - period.lowerBound).microseconds + day - 1) / day)
        var days = Array(repeating: [0, 0, 0, 0], count: count)
        for row in rows where row.origin == .live && period.contains(row.openedAt) {
            let index = Int((row.openedAt - period.lowerBound).microseconds / day)
            if days.indices.contains(index) { days[index][Int(row.priority.rawValue)] += 1 }
        }
        w.beginArray()
        for (index, counts) in days.enumerated() {
            w.beginObject()
            w.key("day"); w.time(period.lowerBound + .seconds(index * 86_400))
            for (name, priority) in [("high", Priority.high), ("information", .information), ("low", .low), ("medium", .medium)] {
                w.key(text: name)
                w.integer(counts[Int(priority.rawValue)])
            }
            w.endObject()
        }
        w.endArray()
    }

    private static func write(_ name: String, _ step: ResponseReport.Step, to w: inout JSONWriter) {
        func number(_ value: Int64?) { if let value { w.integer(value) } else { w.null() } }
        w.beginObject()
        w.key("count"); w.integer(step.count)
        w.key("max_ms"); number(step.percentile(100))
        w.key("missed"); w.integer(step.missed)
        w.key("p50_ms"); number(step.percentile(50))
        w.key("p90_ms"); number(step.percentile(90))
        w.key("p99_ms"); number(step.percentile(99))
        w.key("step"); w.string(name)
        w.key("within_30_min"); w.integer(step.within(1_800_000))
        w.key("within_60_s"); w.integer(step.within(60_000))
        w.endObject()
    }

    private static func write(_ of: String, _ one: ResponseReport.Quality, to w: inout JSONWriter) {
        w.beginObject()
        w.key("closed"); w.integer(one.closed)
        w.key("false_alarms"); w.integer(one.falseAlarms)
        w.key("name"); w.string(one.name)
        w.key("of"); w.string(of)
        w.key("reasons")
        w.beginObject()
        for reason in CloseReason.allCases { w.key(text: reason.name); w.integer(one.reasons[Int(reason.rawValue)]) }
        w.endObject()
        w.key("recovered"); w.integer(one.recovered)
        w.endObject()
    }
}

/// The members of a stored revision that a report looks at.
private struct StoredHistory: Decodable {
    struct Item: Decodable {
        var at: String
        var what: String
        var actor: String?
        var note: String?
    }

    struct Evidence: Decodable { var device: String }
    struct Place: Decodable { var room: String? }
    struct Close: Decodable { var reason: String }

    var kind: String
    var rule: String
    var received_at: String
    var opened_at: String
    var late: Bool
    var place: Place
    var close: Close?
    var evidence: [Evidence]
    var annotations: [Item]

    init(_ json: [UInt8]) throws { self = try JSONDecoder().decode(StoredHistory.self, from: Data(json)) }

    /// - Throws: `damaged` where a time of the stored revision can't be read.
    func row(_ revision: IncidentRevision) throws -> ReportRow {
        func time(_ text: String) throws -> WallTime {
            guard let wall = WallTime(rfc3339: text) else { throw LedgerFailure(.damaged, "incident \(revision.incident): \"\(text)\" is no time") }
            return wall
        }
        return ReportRow(
            incident: revision.incident.description, kind: kind, rule: rule, priority: revision.priority, category: revision.category,
            origin: revision.origin, device: evidence.first?.device ?? "", room: place.room ?? "", receivedAt: try time(received_at), openedAt: try time(opened_at),
            isResolved: revision.state == .resolved, closeReason: close.flatMap { CloseReason(name: $0.reason) }, isLate: late,
            history: try annotations.map { Annotation(at: try time($0.at), what: $0.what, actor: $0.actor, note: $0.note ?? "") })
    }
}
