import CareModel
import Hummingbird

/// Reads reports of a day, a month or any period.
public protocol ReportReading: Sendable {
    /// - Parameters:
    ///   - period: `2026-11-22` or `2026-11`, in the time zone of the hub's place, or two times of RFC 3339 with `--` between them.
    ///   - isCSV: comma-separated lines (RFC 4180) instead of JSON.
    /// - Returns: nil when it is no period.
    func report(_ period: String, isCSV: Bool) async throws -> [UInt8]?
}

/// How fast the service answered and how good its alarms were; counts and times without names.
struct ReportRoutes: Sendable {
    let reports: any ReportReading

    /// Two times of RFC 3339 and what stands between them.
    static let periodBytesMax = 80

    var routes: [Route] {
        [
            Route(.get, "/api/v1/reports/{period}", .roles([.supervisor, .inspector, .administrator])) { request, context in
                let period = try context.parameter("period")
                var query = try RequestQuery(request)
                let format = query.string("format") ?? "json"
                guard ["json", "csv"].contains(format) else { throw ErrorAnswer.invalid("format", "must be json or csv") }
                try query.finish()
                guard period.utf8.count <= ReportRoutes.periodBytesMax, let report = try await reports.report(period, isCSV: format == "csv") else {
                    throw ErrorAnswer.invalid("period", "must be a day as 2026-11-22, a month as 2026-11, or FROM--TO of RFC 3339 times, at most 366 days apart")
                }
                guard format == "csv" else { return document(report) }
                return Response(
                    status: .ok,
                    headers: [
                        .contentType: "text/csv; charset=utf-8; header=present", Guard.field("Content-Disposition"): "attachment; filename=\"vigil-report.csv\"",
                    ],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: report)))
            }
        ]
    }
}
