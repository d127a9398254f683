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
    static let configuration = CommandConfiguration(abstract: "Checks the whole configuration and the samples of its profiles without connecting, and prints the one-minute table.")

    @OptionGroup var configuration: ConfigurationOption

    func run() async throws {
        try await failing {
            let loaded = try LoadedConfiguration.load(configuration.path)
            let report = CheckReport(loaded, samples: try SampleCheck(loaded))
            for line in report.lines { print(line) }
            if !report.isKept { throw ExitCode.failure }
        }
    }
}
