import ArgumentParser
import Assembly

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs the hub until SIGTERM or Ctrl-C; SIGHUP reads the configuration again.")

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        try await failing {
            try await Gateway(configurationPath: configuration.path, logger: LogSetup.logger(configurationPath: configuration.path)).run()
        }
    }
}

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Checks the whole configuration without connecting and prints the one-minute table.")

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        try await failing {
            let report = CheckReport(try LoadedConfiguration.load(configuration.path))
            for line in report.lines { print(line) }
            if !report.isKept { throw ExitCode.failure }
        }
    }
}
