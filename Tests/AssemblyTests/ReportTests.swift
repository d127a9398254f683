import CareModel
import Foundation
import Testing

@testable import Assembly
@testable import Ledger

@Suite("Reports of the ledger", .timeLimit(.minutes(5)))
struct ReportTests {
    private static func folder() -> String { NSTemporaryDirectory() + "vigil-report-\(UUID().uuidString)" }

    /// Runs a program to its end and gives its standard output; nil when it failed.
    private func output(_ program: String, _ arguments: [String]) throws -> String? {
        let process = Process(), out = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardOutput = out
        try process.run()
        let data = out.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }

    @Test("every figure of a station's day is the one that another program counts from the ledger", arguments: ProcessInfo.processInfo.environment["VIGIL_TEST_FULL"] == "1" ? [1, 2, 3] : [1] as [UInt64])
    func stationDay(seed: UInt64) async throws {
        let folder = ReportTests.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var day = try LedgerDay(seed: seed, folder: folder)
        try day.play()
        var export = Data()
        try await JournalExport(day.vault).run { export.append(contentsOf: $0) }
        try export.write(to: URL(fileURLWithPath: folder + "/journal.jsonl"))
        try day.guards.write(to: URL(fileURLWithPath: folder + "/guards.json"))
        day.vault.close()

        let commands = try ReportCommands(configurationPath: folder + "/config", environment: ["VIGIL_DATA_DIR": folder + "/data"])
        let csv = String(decoding: try await commands.report("2026-11-21", isCSV: true), as: UTF8.self)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        let counted = try output("python3", [
            root + "/scripts/recount-report", folder + "/data/vigil.sqlite", folder + "/journal.jsonl", "2026-11-20T16:00:00Z", "2026-11-21T16:00:00Z",
            "--hub", "hub1", "--period", "2026-11-21", "--people", "station,town,district,family,neighbour,clinic,hospital",
            "--guards", folder + "/guards.json",
        ])
        let ours = csv.components(separatedBy: "\r\n"), theirs = (counted ?? "").components(separatedBy: "\n")
        #expect(ours.count == theirs.count && ours.count > 60, "\(ours.count) and \(theirs.count) lines")
        for (mine, other) in zip(ours, theirs) { #expect(mine == other) }

        // The figures are of a day in which all of it happened.
        let json = try #require(try JSONSerialization.jsonObject(with: Data(try await commands.report("2026-11-21", isCSV: false))) as? [String: Any])
        let steps = try #require(json["steps"] as? [[String: Any]])
        func figure(_ step: String, _ name: String) -> Int? { steps.first { $0["step"] as? String == step }?[name] as? Int }
        #expect(json["incidents"] as? Int == day.openings && day.openings > 250)
        #expect((json["still_open"] as? Int ?? 0) > 20 && (json["escalated"] as? Int ?? 0) > 50)
        #expect((figure("detection", "missed") ?? 0) > 0 && figure("detection", "missed") == json["unsynchronised"] as? Int && (figure("notification", "p90_ms") ?? .max) > 600_000 && (figure("notification", "within_60_s") ?? 0) > 100, "the cut is seen: \(steps)")
        #expect((figure("taking", "missed") ?? 0) > 10 && (figure("assessment", "missed") ?? 0) > 10)
        // Every sort of time in which somebody was not heard is in it, and duties were kept, late and missed.
        let coverage = try #require(json["coverage"] as? [String: Any]), lost = try #require(coverage["lost"] as? [[String: Any]])
        #expect(coverage["eligible"] as? Int == LedgerDay.eligible && coverage["residents"] as? Int == LedgerDay.residents + LedgerDay.bareHomes && coverage["with_device"] as? Int == LedgerDay.residents)
        #expect(lost.count == 7 && lost.allSatisfy { ($0["seconds"] as? Int ?? 0) > 0 }, "\(lost)")
        let spent = lost.compactMap { $0["seconds"] as? Int }.reduce(coverage["covered_s"] as? Int ?? 0, +)
        #expect(abs(spent - (coverage["due_s"] as? Int ?? 0)) <= 8 && (coverage["per_mille"] as? Int).map { (600..<850).contains($0) } == true, "\(coverage)")
        let duties = try #require(json["duties"] as? [[String: Any]])
        #expect(duties.map { $0["duty"] as? String } == ["test", "visit", "drill", "repair"])
        for duty in duties.prefix(2) { #expect(["asked", "in_time", "open"].allSatisfy { (duty[$0] as? Int ?? 0) > 0 }, "\(duty)") }
        for name in ["in_time", "late", "open"] { #expect(duties.reduce(0) { $0 + ($1[name] as? Int ?? 0) } > 0, "\(name)") }
        #expect((duties[2]["asked"] as? Int) == 2 && (duties[3]["asked"] as? Int ?? 0) > 20 && (duties[3]["open"] as? Int ?? 0) > 0, "\(duties)")
        #expect((json["drills"] as? [String: Any])?["count"] as? Int == 2)
        print("coverage \(coverage["per_mille"] ?? 0) per mille; duties \(duties.map { "\($0["duty"] ?? ""): \($0["in_time"] ?? 0) in time, \($0["late"] ?? 0) late, \($0["open"] ?? 0) open of \($0["asked"] ?? 0)" })")
        print("station day \(seed): \(json["incidents"] ?? 0) incidents, \(json["escalated"] ?? 0) escalated; notification p50 \(figure("notification", "p50_ms") ?? -1) ms, taking p50 \(figure("taking", "p50_ms") ?? -1) ms, within 60 s \(figure("taking", "within_60_s") ?? -1) of \(figure("taking", "count") ?? -1), never \(figure("taking", "missed") ?? -1); \(ours.count) lines, all counted twice")

        // The month, frozen when it is over, and shown so from then on.
        let over = WallTime(microseconds: LedgerDay.begin.microseconds + 40 * 86_400_000_000)
        await #expect(throws: Gateway.StartFailure.self) { try await commands.freeze("2026-11", now: LedgerDay.begin) }
        await #expect(throws: Gateway.StartFailure.self) { try await commands.freeze("2026-11-21", now: over) }
        await #expect(throws: Gateway.StartFailure.self) { try await commands.report("2026-13", isCSV: true) }
        let line = try await commands.freeze("2026-11", now: over)
        let parts = line.split(separator: " ")
        let frozen = try #require(FileManager.default.contents(atPath: folder + "/data/reports/2026-11.json"))
        #expect(parts.count == 4 && parts[0] == "2026-11" && parts[1] == FrozenReports.digest(Array(frozen)))
        #expect(try await commands.freeze("2026-11", now: over) == line, "once")
        #expect(try await commands.report("2026-11", isCSV: false) == Array(frozen))
        let december = try await commands.freeze("2026-12", now: over + .seconds(86_400 * 40))
        #expect(december.hasSuffix(FrozenReports.digest(Array(line.utf8))))
        // Neither a file nor a line may change unseen.
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder + "/data/reports/2026-11.json"))
        await #expect(throws: Gateway.StartFailure.self) { try await commands.report("2026-11", isCSV: false) }
        try frozen.write(to: URL(fileURLWithPath: folder + "/data/reports/2026-11.json"))
        try Data((december + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/data/reports/chain"))
        await #expect(throws: Gateway.StartFailure.self) { try await commands.report("2026-12", isCSV: true) }
    }

    @Test("a day and a month end at midnight of the place, also where the clocks change; what is no period is refused")
    func periods() throws {
        let shanghai = TimeZoneTable(name: "Asia/Shanghai", initialOffsetSeconds: 28_800)
        let day = try #require(ReportPeriod("2026-02-28", zone: shanghai)), month = try #require(ReportPeriod("2026-12", zone: shanghai))
        #expect(day.range.lowerBound == WallTime(rfc3339: "2026-02-28T00:00:00+08:00") && day.range.upperBound == WallTime(rfc3339: "2026-03-01T00:00:00+08:00") && !day.isMonth)
        #expect(month.range.lowerBound == WallTime(rfc3339: "2026-12-01T00:00:00+08:00") && month.range.upperBound == WallTime(rfc3339: "2027-01-01T00:00:00+08:00") && month.isMonth)
        // Central Europe's night of 25 October 2026 has an hour more.
        let berlin = TimeZoneTable(name: "Europe/Berlin", initialOffsetSeconds: 7_200, transitions: [.init(fromSeconds: 1_792_890_000, offsetSeconds: 3_600)])
        let long = try #require(ReportPeriod("2026-10-25", zone: berlin))
        #expect(long.range.upperBound - long.range.lowerBound == .seconds(25 * 3_600))
        #expect(ReportPeriod("2024-02-29", zone: .utc) != nil)
        for text in ["2026-02-29", "2026-00", "2026-13", "2026-11-00", "2026-11-31", "26-11", "2026-1", "2026-11-1", "2026/11", "2026-11-21 ", "", "2026-11-21-01", "+026-11", "١٢٣٤-11"] {
            #expect(ReportPeriod(text, zone: .utc) == nil, "\(text)")
        }
    }
}
