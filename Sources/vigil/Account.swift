import ArgumentParser
import Assembly

struct Account: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who may sign in to the pages: accounts of people, and screens on a wall.",
        subcommands: [List.self, Add.self, Link.self, Rights.self, Disable.self, Enable.self, Wall.self], defaultSubcommand: List.self)

    struct Reach: ParsableArguments {
        @Option(help: "Every home of this station, as homes.yaml names it; given again for each further one. None at all means everything.") var station: [String] = []
        @Option(help: "This home; given again for each further one.") var home: [String] = []
        @Option(help: "Families: this resident and nobody else; given again for each further one.") var resident: [String] = []

        var reach: AccountDesk.Reach { AccountDesk.Reach(stations: station, homes: home, residents: resident) }
    }

    static let roles: ArgumentHelp = "caregiver, family, technician, supervisor, inspector or administrator."

    struct List: AsyncParsableCommand {
        @OptionGroup var configuration: ConfigurationOption

        func run() async throws { try await printing { try await AccountDesk(configurationPath: configuration.path).list() } }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes an account and prints its set-up link, also as a QR code.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The name, as it stands on the board and in the history.") var name: String
        @Option(help: roles) var role: String
        @OptionGroup var reach: Reach
        @Option(help: "For so many hours the link may be used, 1 to 168.") var hours = 24

        func validate() throws { try checkHours(hours) }
        func run() async throws { try await printing { try await AccountDesk(configurationPath: configuration.path).add(name, role: role, reach.reach, hours: hours) } }
    }

    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A new set-up link for somebody who lost the password.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The account.") var name: String
        @Option(help: "For so many hours the link may be used, 1 to 168.") var hours = 24

        func validate() throws { try checkHours(hours) }
        func run() async throws { try await printing { try await AccountDesk(configurationPath: configuration.path).link(name, hours: hours) } }
    }

    struct Rights: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives an account another role and other rights; its sessions end.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The account.") var name: String
        @Option(help: roles) var role: String
        @OptionGroup var reach: Reach

        func run() async throws { try await printing { try await AccountDesk(configurationPath: configuration.path).setRights(name, role: role, reach.reach) } }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends an account's sessions and lets nobody sign in with it.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The account.") var name: String

        func run() async throws { try await printing { try await AccountDesk(configurationPath: configuration.path).setDisabled(name, true) } }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a disabled account into use again.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The account.") var name: String

        func run() async throws { try await printing { try await AccountDesk(configurationPath: configuration.path).setDisabled(name, false) } }
    }

    struct Wall: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a wall's own link: it reads without names and does nothing.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "What the screen is called.") var name: String
        @OptionGroup var reach: Reach

        func run() async throws { try await printing { try await AccountDesk(configurationPath: configuration.path).addWall(name, reach.reach) } }
    }
}

private func checkHours(_ hours: Int) throws {
    if !(1...168).contains(hours) { throw ValidationError("--hours is 1 to 168") }
}

private func printing(_ lines: () async throws -> [String]) async throws {
    try await failing { for line in try await lines() { print(line) } }
}
