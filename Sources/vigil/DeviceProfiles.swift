import ArgumentParser
import Assembly

extension Device {
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proposes a profile for a model that the catalogue lacks, from captured messages.",
            discussion: "What was guessed is marked in profile.yaml; what is not sure stands there as a comment. Messages that an existing profile reads are told.")

        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "<vendor>-<model>, in small letters: the folder's name.") var name: String
        @Argument(help: "Captures: device logs, JSON lines with topic and payload, the output of \"vigil device quarantine\" or of mosquitto_sub -v; - is standard input.") var logs: [String]
        @Option(help: "Only messages on topics of this MQTT filter.") var topic: String?
        @Option(help: "Where the folder is made; default: the first device folder of the configuration.") var into: String?
        @Flag(help: "Writes the folder although an existing profile reads every message.") var anyway = false

        func validate() throws {
            let isWord = name.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 || $0 == 46 || $0 == 95 }
            guard isWord, name.utf8.count <= 64, let hyphen = name.firstIndex(of: "-"), hyphen != name.startIndex, !name.hasSuffix("-"), let first = name.utf8.first, first != 46, first != 95 else {
                throw ValidationError("the name is <vendor>-<model> in small letters, digits, \"-\", \".\" and \"_\", for instance acme-b7")
            }
            if logs.isEmpty { throw ValidationError("name at least one capture") }
        }

        func run() async throws {
            try await failing {
                let scaffold = try DeviceScaffold(name: name, logs: logs, topic: topic, parent: into, isForced: anyway, configurationPath: configuration.path)
                for line in scaffold.report { print(line) }
                if !scaffold.isWritten { throw ExitCode.failure }
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs the samples of profiles and says of each what was expected and what came, and what a profile lacks.",
            discussion: "Exit status 1 when a sample differs or something is missing.")

        @OptionGroup var configuration: ConfigurationOption
        @Flag(help: "Writes what came into the samples as what is expected. Only for who has compared it with the device.") var accept = false
        @Argument(help: "Folders with a profile.yaml, or names of profiles.") var profiles: [String]

        func validate() throws {
            if profiles.isEmpty { throw ValidationError("name at least one profile or folder") }
        }

        func run() async throws {
            try await failing {
                let test = try DeviceTest(profiles, accepts: accept, configurationPath: configuration.path)
                for line in test.lines { print(line) }
                if !test.isPassed { throw ExitCode.failure }
            }
        }
    }

    struct Replace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a new device in the place of a broken one: same home, room and residents.",
            discussion: "In homes.yaml only the name on the device's line changes, and only if the whole configuration is valid with it. A device that was adopted is replaced on the live hub.")

        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The broken device, as homes.yaml or vigil device list names it.") var old: String
        @Argument(help: "The new device, as the quarantine shows it.") var new: String
        @Option(help: "The new device's profile; default: the old one's.") var profile: String?
        @Option(help: "Who does it.") var actor: String
        @Option(help: "Why, for the record.") var note = ""
        @Flag(help: "Says what would change and writes nothing.") var dryRun = false

        func run() async throws {
            try await failing {
                var lines: [String]
                do {
                    lines = try DeviceReplacement(old: old, new: new, profile: profile, actor: actor, note: note, isDry: dryRun, configurationPath: configuration.path).lines
                } catch is DeviceReplacement.NotInFile {
                    lines = try await AdoptedReplacement(old: old, new: new, profile: profile, actor: actor, isDry: dryRun, configurationPath: configuration.path).lines
                }
                for line in lines { print(line) }
            }
        }
    }
}
