import ArgumentParser
import Assembly
import CareModel
import Foundation

struct Incidents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Incidents of a hub.", subcommands: [List.self, Show.self, Acknowledge.self, Resolve.self, File.self, Verify.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        @OptionGroup var configuration: ConfigurationOption
        @Option(help: "Only these states, separated by commas: open, acknowledged, contacted, on_site, resolved.") var state: String?

        func run() async throws {
            try await calling(configuration, "/api/v1/incidents" + (state.map { "?state=" + HubAPI.escaped($0) } ?? ""))
        }
    }

    struct Show: AsyncParsableCommand {
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "An incident's identifier.") var incident: String

        func run() async throws { try await calling(configuration, "/api/v1/incidents/" + HubAPI.escaped(incident)) }
    }

    struct File: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes an incident's file for an inspection: JSON and HTML, every revision chained to the one before by SHA-256.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "An incident's identifier.") var incident: String
        @Option(help: "The folder to write into.") var out = "."

        func validate() throws {
            if IncidentID(incident) == nil { throw ValidationError("\"\(incident)\" is no incident, they look like hub1-ABCDEF:000042") }
        }

        func run() async throws {
            guard let id = IncidentID(incident) else { return }
            try await failing { print(try await IncidentFileCommands(configurationPath: configuration.path).write(id, to: out)) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Holds an incident's JSON file against its own chain; prints the last digest.")
        @Argument(help: "A file of \"vigil incidents file\".") var file: String

        func run() async throws {
            try await failing { print(try IncidentFileCommands.verify(file)) }
        }
    }

    struct Acknowledge: AsyncParsableCommand {
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "An incident's identifier.") var incident: String
        @Option(help: "Who takes it.") var actor: String

        func run() async throws {
            try await calling(configuration, "/api/v1/incidents/" + HubAPI.escaped(incident) + "/acknowledge", post: ["actor": .text(actor)])
        }
    }

    struct Resolve: AsyncParsableCommand {
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "An incident's identifier.") var incident: String
        @Option(help: "Who closes it.") var actor: String
        @Option(help: "real_emergency, accidental, accidental_child, false_alarm, device_fault, drill, hospitalised or unreachable.") var reason: String
        @Option(help: "What there is to say.") var note = ""

        func run() async throws {
            try await calling(
                configuration, "/api/v1/incidents/" + HubAPI.escaped(incident) + "/resolve", post: ["actor": .text(actor), "reason": .text(reason), "note": .text(note)])
        }
    }
}

struct Device: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Devices of a live hub, and the profiles that read them.",
        subcommands: [List.self, Quarantine.self, Adopt.self, Arm.self, Password.self, New.self, Test.self, Replace.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        @OptionGroup var configuration: ConfigurationOption

        func run() async throws { try await calling(configuration, "/api/v1/devices") }
    }

    struct Quarantine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Messages that no registered device accounts for.")
        @OptionGroup var configuration: ConfigurationOption

        func run() async throws { try await calling(configuration, "/api/v1/quarantine") }
    }

    struct Adopt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Binds a device to a home on this hub.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The device's identifier, as the quarantine shows it.") var device: String
        @Option(help: "The profile that reads it.") var profile: String
        @Option(help: "The home.") var home: String
        @Option(help: "A resident; given again for each further one; none means the home.") var resident: [String] = []
        @Option(help: "The room.") var room = ""
        @Flag(help: "Several people use it, and its messages name them.") var shared = false

        func run() async throws {
            var body: [String: HubAPI.Member] = [
                "device": .text(device), "profile": .text(profile), "home": .text(home), "room": .text(room), "residents": .list(resident),
            ]
            if shared { body["shared"] = .flag(true) }
            try await calling(configuration, "/api/v1/devices/adopt", post: body)
        }
    }

    struct Arm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Installer's mode: the device's first press is a drill for the station alone.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The device's identifier.") var device: String
        @Option(help: "For so many seconds, at most 300.") var seconds = 300

        func run() async throws {
            try await calling(configuration, "/api/v1/devices/" + HubAPI.escaped(device) + "/arm", post: ["seconds": .number(seconds)])
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What to type into a device: an account of the managed broker.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The account, for instance zigbee2mqtt; none lists them.") var account: String?

        func run() async throws {
            try await failing {
                for line in try BrokerAccounts.lines(configurationPath: configuration.path, account: account) { print(line) }
            }
        }
    }
}

/// Calls the live hub and prints its answer.
func calling(_ configuration: ConfigurationOption, _ path: String, post body: [String: HubAPI.Member]? = nil) async throws {
    try await failing {
        let answer = try await HubAPI(configurationPath: configuration.path).call(path, post: body)
        var output = Output()
        output.write(answer + [0x0A])
        output.flush()
    }
}
