import ArgumentParser
import Assembly
import Foundation

struct Supervise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watches the hubs that fill a RabbitMQ queue: a line of JSON when one falls silent or comes back.",
        discussion: "A reference for care services. With --deliveries it takes the queue's incidents too, as their only receiver would.")

    @Option(help: "host:port of a node of the broker; given again for each further one.") var node: [String]
    @Option(help: "User of the broker.") var user: String
    @Option(help: "File whose first line is the password.") var passwordFile: String
    @Option(help: "The broker's queue, as in care-network.yaml.") var queue: String
    @Option(help: "Virtual host.") var vhost = "/"
    @Option(help: "File of the authority by which the broker is known, PEM; without it this machine's broker alone.") var ca: String?
    @Option(help: "A hub that must be heard; given again for each further one.") var hub: [String] = []
    @Flag(help: "Takes and shows the deliveries too.") var deliveries = false

    func run() async throws {
        try await failing {
            let supervision = try Supervision(
                nodes: node, user: user, passwordFile: passwordFile, virtualHost: vhost, authority: ca, queue: queue, expected: hub, showsDeliveries: deliveries)
            await supervision.run { line in
                print(line)
                fflush(nil)
            }
        }
    }
}
