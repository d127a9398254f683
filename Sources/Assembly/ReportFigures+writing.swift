import CareModel
import Escalation
import Formats

/// A report as people and programs read it.
extension ReportFigures {
    static let totals = ["hub", "period", "incidents", "still_open", "escalated", "late"]

    func csv(hub: String) -> [UInt8] {
        let head = [
            ReportFigures.totals.joined(separator: ","),
            [hub, period.description, String(response.incidents), String(response.stillOpen), String(response.escalated), String(response.late)].joined(separator: ","),
        ]
        return Array((head + response.csv() + drillLines() + (coverage?.csv() ?? []) + duties.csv()).map { $0 + "\r\n" }.joined().utf8)
    }

    /// The steps of drills: how long each took, told apart by the first word.
    private func drillLines() -> [String] {
        let lines = drills.csv().prefix { !$0.hasPrefix("of,") }.dropFirst()
        return ["drill," + String(drills.incidents)] + lines.map { "drill_" + $0 }
    }

    func json(hub: String) -> [UInt8] {
        var w = JSONWriter(reserving: 4_096)
        w.beginObject()
        w.key("coverage"); if let coverage { write(coverage, to: &w) } else { w.null() }
        w.key("days"); writeDays(to: &w)
        w.key("drills")
        w.beginObject()
        w.key("count"); w.integer(drills.incidents)
        w.key("steps"); writeSteps(drills, to: &w)
        w.endObject()
        w.key("duties")
        w.beginArray()
        for row in duties.rows {
            w.beginObject()
            w.key("asked"); w.integer(row.asked)
            w.key("duty"); w.string(row.name)
            w.key("in_time"); w.integer(row.inTime)
            w.key("late"); w.integer(row.late)
            w.key("open"); w.integer(row.open)
            w.endObject()
        }
        w.endArray()
        w.key("escalated"); w.integer(response.escalated)
        w.key("from"); w.time(period.range.lowerBound)
        w.key("hub"); w.string(hub)
        w.key("incidents"); w.integer(response.incidents)
        w.key("late"); w.integer(response.late)
        w.key("period"); w.string(period.description)
        w.key("quality")
        w.beginArray()
        for (of, list) in [("rule", response.rules), ("device", response.devices), ("room", response.rooms)] {
            for one in list { write(of, one, to: &w) }
        }
        w.endArray()
        w.key("steps"); writeSteps(response, to: &w)
        w.key("still_open"); w.integer(response.stillOpen)
        w.key("to"); w.time(period.range.upperBound)
        w.key("unsynchronised"); w.integer(rows.count { $0.isClockDoubted && $0.origin == .live && period.range.contains($0.openedAt) })
        w.endObject()
        return w.bytes + [0x0A]
    }

    private func write(_ coverage: CoverageReport, to w: inout JSONWriter) {
        w.beginObject()
        w.key("covered_s"); w.integer(coverage.coveredMicroseconds / 1_000_000)
        w.key("due_s"); w.integer(coverage.dueMicroseconds / 1_000_000)
        w.key("eligible"); w.integer(coverage.eligible)
        w.key("lost")
        w.beginArray()
        for cause in CoverageReport.Cause.allCases {
            w.beginObject()
            w.key("cause"); w.string(cause.name)
            w.key("seconds"); w.integer(coverage.lostMicroseconds[cause.rawValue] / 1_000_000)
            w.endObject()
        }
        w.endArray()
        w.key("per_mille"); if let perMille = coverage.perMille { w.integer(perMille) } else { w.null() }
        w.key("residents"); w.integer(coverage.residents)
        w.key("with_device"); w.integer(coverage.withDevice)
        w.endObject()
    }

    /// Live incidents opened on each day of the period, by priority; days of 24 hours from its beginning.
    private func writeDays(to w: inout JSONWriter) {
        let day: Int64 = 86_400_000_000, range = period.range
        let count = Int(((range.upperBound - range.lowerBound).microseconds + day - 1) / day)
        var days = Array(repeating: [0, 0, 0, 0], count: count)
        for row in rows where row.origin == .live && range.contains(row.openedAt) {
            let index = Int((row.openedAt - range.lowerBound).microseconds / day)
            if days.indices.contains(index) { days[index][Int(row.priority.rawValue)] += 1 }
        }
        w.beginArray()
        for (index, counts) in days.enumerated() {
            w.beginObject()
            w.key("day"); w.time(range.lowerBound + .seconds(index * 86_400))
            for (name, priority) in [("high", Priority.high), ("information", .information), ("low", .low), ("medium", .medium)] {
                w.key(text: name)
                w.integer(counts[Int(priority.rawValue)])
            }
            w.endObject()
        }
        w.endArray()
    }

    private func writeSteps(_ report: ResponseReport, to w: inout JSONWriter) {
        w.beginArray()
        let steps = [("detection", report.detection), ("notification", report.notification), ("taking", report.taking), ("assessment", report.assessment)]
        for (name, step) in steps { write(name, step, to: &w) }
        w.endArray()
    }

    private func write(_ name: String, _ step: ResponseReport.Step, to w: inout JSONWriter) {
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

    private func write(_ of: String, _ one: ResponseReport.Quality, to w: inout JSONWriter) {
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
