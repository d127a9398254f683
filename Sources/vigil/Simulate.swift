import ArgumentParser
import Assembly
import CareModel
import Foundation

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Invented homes from a seed: into a device log, or to a broker.")

    @Option(help: "The same seed gives the same days.") var seed: UInt64 = 1
    @Option(help: "Homes of one resident each.") var residents = 1
    @Option(help: "How long.") var hours = 24
    @Option(help: "sos, fall, smoke, spo2, duplicates, truncated, loss; separated by commas.") var faults = ""
    @Option(help: "When the log begins, RFC 3339.") var start = "2026-01-05T00:00:00Z"
    @Option(help: "Writes a device log; - is standard output.") var out: String?
    @Option(help: "Publishes: mqtt://[user:password@]host[:port].") var broker: String?
    @Option(help: "How many times as fast as real time, with --broker.") var speed = 1.0
    @Option(help: "Writes the homes.yaml that belongs to these homes.") var homes: String?
    @Flag(help: "One home in real time with an SOS, a fall, smoke and a falling SpO2; shows what reaches the queue.") var demo = false
    @Flag(help: "With --demo: ends when all four have reached the queue; exit status 1 if one does not.") var once = false
    @Option(help: "With --demo: the broker with the account that reads the queue.") var reader: String?
    @Option(help: "With --demo: the queue's topic.") var queueTopic = "care/upstream/incidents"

    func validate() throws {
        guard (1...100_000).contains(residents) else { throw ValidationError("--residents is from 1 to 100000") }
        guard (1...8_784).contains(hours) else { throw ValidationError("--hours is from 1 to 8784") }
        guard speed > 0 else { throw ValidationError("--speed is over 0") }
        guard out == nil || broker == nil else { throw ValidationError("either --out or --broker") }
        guard out != nil || broker != nil || homes != nil else { throw ValidationError("one of --out, --broker, --homes") }
        guard WallTime(rfc3339: start) != nil else { throw ValidationError("--start is a time like 2026-01-05T00:00:00Z") }
        guard !demo || (broker != nil && reader != nil) else { throw ValidationError("--demo needs --broker and --reader") }
    }

    func run() async throws {
        try await failing {
            let session = try SimulateSession(
                seed: seed, residents: residents, hours: hours, faults: faults.split(separator: ",").map(String.init))
            if let homes { try session.homesYAML.write(toFile: homes, atomically: true, encoding: .utf8) }
            if demo, let broker, let reader {
                let missing = try await DemoSession(
                    home: try BrokerAddress(broker), reader: try BrokerAddress(reader), topic: queueTopic, isOnce: once).run()
                if !missing.isEmpty {
                    complain("never reached the queue: \(missing.joined(separator: ", "))")
                    throw ExitCode.failure
                }
                return
            }
            if let broker {
                let count = try await session.publish(to: try BrokerAddress(broker), speed: speed)
                complain("\(count) messages published")
            }
            if let out, let begin = WallTime(rfc3339: start) {
                let file = out == "-" ? 1 : open(out, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
                guard file >= 0 else { throw ValidationError("\(out) can't be written") }
                var output = Output(file)
                let count = session.write(start: begin) { output.write($0) }
                output.flush()
                if out != "-" { close(file) }
                complain("\(count) messages")
            }
        }
    }
}
