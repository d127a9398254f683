import ArgumentParser
import Assembly
import CareModel

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what an incident rests on, or what the hub knew of a resident at some moment.",
        usage: "vigil explain <incident>\n       vigil explain --resident <id> --at <time>")

    @OptionGroup var configuration: ConfigurationOption
    @Argument(help: "An incident's identifier.") var incident: String?
    @Option(help: "A resident's id.") var resident: String?
    @Option(help: "A moment, RFC 3339.") var at: String?

    func validate() throws {
        switch (incident, resident, at) {
        case (let incident?, nil, nil):
            if IncidentID(incident) == nil { throw ValidationError("\"\(incident)\" is no incident, they look like hub1-ABCDEF:000042") }
        case (nil, .some, let at?):
            if WallTime(rfc3339: at) == nil { throw ValidationError("--at is a time like 2026-01-05T03:10:00+08:00") }
        default:
            throw ValidationError("either an incident, or --resident and --at")
        }
    }

    func run() async throws {
        try await failing {
            let explanation = try Explanation(configurationPath: configuration.path)
            let lines: [String]
            if let id = incident.flatMap({ IncidentID($0) }) {
                lines = try await explanation.incident(id)
            } else if let resident, let moment = at.flatMap({ WallTime(rfc3339: $0) }) {
                lines = try await explanation.resident(ResidentID(resident), at: moment)
            } else {
                return
            }
            for line in lines { print(line) }
        }
    }
}
