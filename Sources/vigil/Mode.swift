import ArgumentParser
import Assembly

struct Mode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Visitors, absences and stays in hospital of a live hub's homes.", subcommands: [List.self, Set.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Which modes hold now, and until when.")
        @OptionGroup var configuration: ConfigurationOption

        func run() async throws { try await calling(configuration, "/api/v1/modes") }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells the hub of visitors, an absence or a stay in hospital, or that all is as usual again.",
            discussion: """
                visitors   rules of behaviour are told one step less urgent, and nothing is learned meanwhile; at most 14 days
                away       nobody is missed at home until the expected return; movement there asks whether somebody is back; at most 92 days
                hospital   the same
                normal     ends what was told before
                Presses, falls, smoke and vital signs alarm as ever.
                """)
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The home.") var home: String
        @Argument(help: "visitors, away, hospital or normal.") var mode: String
        @Option(help: "For so many hours from now; of an absence, until the expected return.") var hours: Double?
        @Option(help: "Who is away, where not everybody of the home is.") var resident: String?
        @Option(help: "Who says so.") var actor: String

        func validate() throws {
            guard ["visitors", "away", "hospital", "normal"].contains(mode) else { throw ValidationError("the mode is visitors, away, hospital or normal") }
            if mode != "normal", !(hours.map { $0 > 0 && $0 <= 2_208 } ?? false) { throw ValidationError("--hours is needed: more than 0, at most 2208") }
        }

        func run() async throws {
            var body: [String: HubAPI.Member] = ["actor": .text(actor), "mode": .text(mode)]
            if let hours, mode != "normal" { body["seconds"] = .number(Int((hours * 3_600).rounded())) }
            if let resident { body["resident"] = .text(resident) }
            try await calling(configuration, "/api/v1/homes/" + HubAPI.escaped(home) + "/mode", post: body)
        }
    }
}
