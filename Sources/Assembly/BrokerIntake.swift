import CareModel
import Capture
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
    private var burst = Burst()

    init(intake: Intake, commands: Mailbox<Letter>, reports: Mailbox<Letter>, tokeniser: Tokeniser) {
        (self.intake, self.commands, self.reports, self.tokeniser) = (intake, commands, reports, tokeniser)
    }

    mutating func take(_ limit: Int, into inputs: inout [Input]) {
        inputs.append(contentsOf: own)
        own.removeAll(keepingCapacity: true)
        intake.takeBurst(into: &burst)
        for change in burst.opening { inputs.append(.record(.link(change))) }
        // By position: a message that is only looked at isn't copied.
        for index in burst.messages.indices where burst.messages[index].link == .safety {
            inputs.append(.record(.message(tokeniser.replacing(burst.messages[index]))))
        }
        for letter in commands.take(max: limit) { inputs.append(letter.input) }
        for letter in reports.take(max: limit) { inputs.append(letter.input) }
        telemetryTaken = 0
        for index in burst.messages.indices where burst.messages[index].link == .telemetry {
            inputs.append(.record(.message(tokeniser.replacing(burst.messages[index]))))
            telemetryTaken += 1
        }
        for change in burst.closing { inputs.append(.record(.link(change))) }
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
