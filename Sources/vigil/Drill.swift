import ArgumentParser
import Assembly

struct Drill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Holds a drill on a live hub: a fall that no device reported goes the whole way, for the station alone.",
        discussion: """
            Rules, incident, queues and pages treat it as a real one, marked as a drill everywhere; nobody outside the station is told, and nothing escalates.
            What really happens to the resident meanwhile is live and apart from it. Take it and close it like any other; "vigil report" has how long each step took.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @Argument(help: "The resident's id, as homes.yaml names it.") var resident: String
    @Option(help: "What is drilled: fall.") var kind = "fall"
    @Option(help: "Who holds it.") var actor: String?

    func validate() throws {
        if kind != "fall" { throw ValidationError("--kind is fall") }
    }

    func run() async throws {
        var body: [String: HubAPI.Member] = ["kind": .text(kind)]
        if let actor { body["actor"] = .text(actor) }
        try await calling(configuration, "/api/v1/residents/" + HubAPI.escaped(resident) + "/drill", post: body)
    }
}
