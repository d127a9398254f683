import ArgumentParser
import Assembly
import Foundation

struct Decode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints what the profiles make of a device log, a line of JSON a reading.")

    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "Reads every line with this profile.") var profile: String?
    @Argument(help: "A device log, or - for standard input.") var log = "-"

    func run() async throws {
        try await failing {
            let session = try DecodeSession(try LoadedConfiguration.load(configuration.path), profile: profile)
            var output = Output()
            let bad = try session.run(log) { output.write($0) }
            output.flush()
            if bad > 0 {
                complain("\(bad) line\(bad == 1 ? "" : "s") of \(log) could not be read")
                throw ExitCode.failure
            }
        }
    }
}

struct ReplayLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Replays device logs and prints the incidents in canonical form.",
        discussion: "A log of mosquitto_sub replays as \"nobody acted\". An export replays under its own configuration unless --config is given.")

    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "max, or how many times as fast as it happened.") var speed = "max"
    @Option(help: "Seconds that pass after the last line, so that what was due happens.") var settle = 0
    @Option(help: "A second configuration: prints what it would add, lose, raise earlier or later.") var diff: String?
    @Argument(help: "Device logs, replayed one after the other.") var logs: [String]

    func validate() throws {
        if speed != "max", Double(speed).map({ $0 > 0 }) != true { throw ValidationError("--speed is \"max\" or a number over 0") }
        if settle < 0 { throw ValidationError("--settle is at least 0") }
        if logs.isEmpty { throw ValidationError("name at least one log") }
    }

    func run() async throws {
        try await failing {
            let pace = Double(speed).map { ReplaySession.Speed.times($0) } ?? .max
            let session = try ReplaySession(configurationPath: configuration.path, isChosen: configuration.folder != nil, speed: pace)
            var output = Output()
            let summary: ReplaySession.Summary
            if let diff {
                let other = try ReplaySession(configurationPath: diff, isChosen: true, speed: .max)
                var comparison = ReplayComparison()
                summary = try session.run(logs, settle: settle) { comparison.before($0) }
                _ = try other.run(logs, settle: settle) { comparison.after($0) }
                for line in comparison.lines() { output.line(line) }
            } else {
                summary = try session.run(logs, settle: settle) { output.write($0 + [0x0A]) }
            }
            output.flush()
            let rate = summary.seconds > 0 ? Int(Double(summary.readings) / summary.seconds) : 0
            complain("\(summary.messages) messages, \(summary.readings) readings, \(summary.incidents) incidents in \(String(format: "%.2f", summary.seconds)) s (\(rate) readings/s)")
            if summary.badLines > 0 {
                complain("\(summary.badLines) line\(summary.badLines == 1 ? "" : "s") could not be read")
                throw ExitCode.failure
            }
        }
    }
}

struct Journal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The hub's journal as a device log.", subcommands: [Export.self, Import.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Writes every journal record as a line that replays to what the hub decided.")

        @OptionGroup var configuration: ConfigurationOption
        @Option(help: "Only records behind this position.") var after: UInt64 = 0

        func run() async throws {
            try await failing {
                var output = Output()
                try await JournalCommands(configurationPath: configuration.path).export(after: after) { output.write($0) }
                output.flush()
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Reads an export into an empty data folder, decided anew under its own configuration.")

        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "An export.") var log: String

        func run() async throws {
            try await failing {
                let count = try JournalCommands(configurationPath: configuration.path).load(log)
                complain("\(count) records imported")
            }
        }
    }
}
