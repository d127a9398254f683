import ArgumentParser
import Assembly
import CareModel

struct VisitCode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The code for a resident's door: whoever scans it there, signed in, proves the visit.",
        discussion: "Prints the address and its QR code (with Debian's qrencode); written to an NFC tag the address does the same.")
    @OptionGroup var configuration: ConfigurationOption
    @Argument(help: "The resident's id, as homes.yaml names it.") var resident: String
    @Flag(help: "The sticker was lost: gives the resident another code, and the one before is nobody's.") var renew = false

    func run() async throws {
        try await failing {
            for line in try VisitCodeCommands(configurationPath: configuration.path).lines(of: ResidentID(resident), renews: renew) { print(line) }
        }
    }
}
