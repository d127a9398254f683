import CareModel
import Escalation
import Formats
import Foundation
import GatewayCore
import Ledger
import Serving

/// Response reports from the ledger: of a day, a month or any period, as JSON or as comma-separated lines.
///
/// A report holds counts and times and the names of rules, devices and rooms; nobody's name and no health value.
struct ReportBook: ReportReading {
    let vault: Vault
    let hub: String
    let dataFolder: String
    /// In force: its homes say who should be covered and whose midnights bound a day. Nil while there is none yet.
    let configuration: @Sendable () -> Configuration?

    func report(_ period: String, isCSV: Bool) async throws -> [UInt8]? {
        let configuration = configuration()
        guard let period = ReportPeriod(period, zone: ReportCommands.zone(of: configuration?.household ?? Household())) else { return nil }
        if let frozen = try FrozenReports(dataFolder).read(period) { return isCSV ? frozen.csv : frozen.json }
        let figures = try ReportFigures(vault.reader, period, under: configuration)
        return isCSV ? figures.csv(hub: hub) : figures.json(hub: hub)
    }
}

/// What a report counts, each from ledger rows alone.
struct ReportFigures {
    let period: ReportPeriod
    let rows: [ReportRow]
    let response: ResponseReport
    /// Drills alone, by the same steps.
    let drills: ResponseReport
    /// Nil while there is no configuration.
    let coverage: CoverageReport?
    let duties: DutyReport

    init(_ reader: LedgerReader, _ period: ReportPeriod, under configuration: Configuration?) throws {
        let source = try reader.reportSource(openedIn: period.range, noting: [Outage.began, Outage.ended, DutyReport.Done.action])
        self.period = period
        let outages = source.noted.compactMap { Outage($0) }, doubted = CoverageReport.doubted(outages, in: period.range)
        rows = try ReportFigures.rows(source).map { row in
            var row = row
            row.isClockDoubted = doubted.contains { $0.contains(row.openedAt) }
            return row
        }
        response = ResponseReport(rows, period: period.range)
        drills = ResponseReport(rows, period: period.range, origin: .drill)
        // What is not over is reported as far as it is known.
        let known = period.range.lowerBound..<max(period.range.lowerBound, min(period.range.upperBound, source.knownUntil))
        let done = source.noted.filter { $0.action == DutyReport.Done.action && known.contains($0.at) }.map { DutyReport.Done(key: $0.object) }
        guard let configuration else {
            coverage = nil
            duties = DutyReport(rows, done: done, asked: [:], repairHours: nil, period: known)
            return
        }
        let household = try configuration.household(adopting: source.decided), escalation = try Escalation(restoring: source.decided)
        let context = Escalation.Context(
            household: household, plan: configuration.plan, clock: HubClock(), origin: "", callers: configuration.callers(in: household))
        coverage = CoverageReport(
            CoverageReport.people(household, callers: escalation.callers(context), plan: configuration.plan), eligible: configuration.plan.duties.eligibleResidents,
            outages: outages, period: known)
        duties = DutyReport(
            rows, done: done, asked: escalation.duties(context), repairHours: configuration.plan.duties.repairHours, period: known)
    }

    private static func rows(_ source: ReportSource) throws -> [ReportRow] {
        // What a person received is told with the next revision; until then the row of the open incident alone knows it.
        let open = try Escalation(restoring: source.decided).openIncidents
        var rows: [String: ReportRow] = [:]
        for revision in source.revisions {
            let row = try StoredHistory(revision.revision.full).row(revision.revision)
            rows[row.incident] = row
        }
        for incident in open where rows[incident.id.description] != nil { rows[incident.id.description] = ReportRow(incident) }
        return Array(rows.values)
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
