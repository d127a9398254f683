import ArgumentParser
import Assembly

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How fast a day's or a month's incidents were answered, and how good the alarms were.",
        discussion: "A day or a month of the hub's place. With --freeze a month that is over is kept under data/reports with its SHA-256 and shown so from then on.")

    @OptionGroup var configuration: ConfigurationOption
    @Argument(help: "A day as 2026-11-22 or a month as 2026-11.") var period: String
    @Flag(help: "Comma-separated lines instead of JSON.") var csv = false
    @Flag(help: "Keeps the month's report as it is; prints the month and the SHA-256 of JSON, CSV and of the line before.") var freeze = false

    func run() async throws {
        try await failing {
            let commands = try ReportCommands(configurationPath: configuration.path)
            if freeze {
                print(try await commands.freeze(period))
                return
            }
            var output = Output()
            output.write(try await commands.report(period, isCSV: csv))
            output.flush()
        }
    }
}
