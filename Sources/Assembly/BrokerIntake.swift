import CareModel
import Capture
import Forwarding
import GatewayCore
import Sequencer

/// What reaches the sequencer besides messages.
enum Letter: Sendable {
    case command(Command)
    case report(DeliveryReport)
    case audit(AuditEntry)
    case configuration(Configuration)
}

/// Broker sessions and mailboxes as the sequencer's intake: safety first, then what people did, telemetry after.
struct BrokerIntake: IntakePort {
    let intake: Intake
    /// People's presses have a box of their own, so that a storm of delivery reports can't crowd them out.
    let commands: Mailbox<Letter>
    let reports: Mailbox<Letter>
    /// Inputs that the loop itself makes: clock steps.
    var own: [Input] = []
    /// Replaces what names a person, before anything is stored.
    var tokeniser: Tokeniser
    /// Telemetry messages of the last turn.
    private(set) var telemetryTaken = 0
    /// What people ordered in the last turn.
    private(set) var commandsTaken = 0
    private var burst = Burst()
    /// Topics from which receivers' commands come.
    var commandTopics: [String: CommandSource]
    private let onFault: (CommandDocument.Fault, QueueName) -> Void

    init(
        intake: Intake, commands: Mailbox<Letter>, reports: Mailbox<Letter>, tokeniser: Tokeniser, commandTopics: [String: CommandSource] = [:],
        onFault: @escaping (CommandDocument.Fault, QueueName) -> Void = { _, _ in }
    ) {
        (self.commandTopics, self.onFault) = (commandTopics, onFault)
        (self.intake, self.commands, self.reports, self.tokeniser) = (intake, commands, reports, tokeniser)
    }

    mutating func take(_ limit: Int, into inputs: inout [Input]) {
        inputs.append(contentsOf: own)
        own.removeAll(keepingCapacity: true)
        intake.takeBurst(into: &burst)
        commandsTaken = 0
        for change in burst.opening { inputs.append(.record(.link(change))) }
        // By position: a message that is only looked at isn't copied.
        for index in burst.messages.indices where burst.messages[index].link == .safety {
            if !commandTopics.isEmpty, let source = commandTopics[burst.messages[index].topic] {
                if let command = command(burst.messages[index], source) {
                    inputs.append(.record(.command(command)))
                    commandsTaken += 1
                }
            } else {
                inputs.append(.record(.message(tokeniser.replacing(burst.messages[index]))))
            }
        }
        for letter in commands.take(max: limit) {
            inputs.append(letter.input)
            commandsTaken += 1
        }
        for letter in reports.take(max: limit) { inputs.append(letter.input) }
        telemetryTaken = 0
        for index in burst.messages.indices where burst.messages[index].link == .telemetry {
            inputs.append(.record(.message(tokeniser.replacing(burst.messages[index]))))
            telemetryTaken += 1
        }
        for change in burst.closing { inputs.append(.record(.link(change))) }
    }

    /// The broker keeps it until its turn is stored, as it does with a device's message.
    private func command(_ message: Message, _ source: CommandSource) -> Command? {
        do throws(CommandDocument.Fault) {
            // A retained one would be done again at every start.
            if message.isRetained { throw CommandDocument.Fault(description: "a command must not be retained") }
            return try CommandDocument(message.payload).command(from: source, via: .mqtt)
        } catch {
            onFault(error, source.queue)
            return nil
        }
    }

    mutating func acknowledge() { intake.acknowledge() }
    mutating func refuse() { intake.refuse() }
}

extension Letter {
    var input: Input {
        switch self {
        case .command(let command): .record(.command(command))
        case .report(let report): .record(.delivery(report))
        case .audit(let entry): .audit(entry)
        case .configuration(let configuration): .configuration(configuration)
        }
    }
}
