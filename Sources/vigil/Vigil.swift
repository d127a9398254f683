import ArgumentParser
import Assembly
import Foundation

@main
struct Vigil: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vigil",
        abstract: "A device gateway for elderly care: readings in over MQTT, incidents out to care-service queues.",
        version: Gateway.build,
        subcommands: [
            Run.self, Check.self, Decode.self, ReplayLog.self, Simulate.self, Journal.self, Incidents.self, Device.self, Mode.self, Account.self, Explain.self,
            Report.self, Supervise.self, VisitCode.self, Drill.self,
        ])

    /// Usage errors end with status 2, as the command line promises; the library's own status for them is 64.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            complain(fullMessage(for: error))
            Foundation.exit(2)
        }
    }
}

/// Where the configuration is; the same for every command.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .customLong("config"), help: "Folder of the configuration.")
    var folder: String?

    var path: String { folder ?? "config" }
}

/// Ends with exit status 1 and the message on standard error.
func failing(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let code as ExitCode {
        throw code
    } catch {
        complain("\(error)")
        throw ExitCode.failure
    }
}
