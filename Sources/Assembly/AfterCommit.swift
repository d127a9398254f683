import CareModel
import Capture
import MQTTSession
import GatewayCore
import Logging
import Sequencer
import Serving

/// What is told once a turn is on the disk: answers, device acknowledgements, streams, workers, figures.
struct AfterCommit: OutletPort {
    let intake: Intake
    let answers: Waiters<CommandID, CommandOutcome>
    let receipts: Waiters<DeliveryKey, Bool>
    let signal: CommitSignal
    let ways: WaysOut
    let fresh: FreshDeliveries
    let logger: Logger

    mutating func tell(_ turn: borrowing Turn) {
        // Nothing comes before a fresh incident on its way to a person.
        let handed = ways.offer(fresh.take())
        var waiting: Set<QueueName> = []
        var hasRevisions = false, hasDownlinks = false
        for effect in turn.effects {
            switch effect {
            case .answer(let id, let outcome):
                answers.answer(outcome, to: id)
                ways.answer(id, outcome)
            case .retire(let key), .deadLetter(let key, _):
                receipts.answer(true, to: key)
                // The next revision of its incident may go.
                waiting.insert(key.queue)
            case .enqueue(let delivery):
                if !handed.contains(delivery.key) { waiting.insert(delivery.key.queue) }
            case .revive(let key):
                hasRevisions = true
                waiting.insert(key.queue)
            case .revise(let revision):
                hasRevisions = true
                // Identifiers only: names and health values are not for logs.
                logger.info("incident \(revision.incident) revision \(revision.revision) \(revision.priority.name) \(revision.state.name)")
            case .downlink(let downlink):
                do throws(SessionFailure) {
                    try intake.publish(downlink)
                    hasDownlinks = true
                } catch {
                    // The device repeats its message, and the answer is derived again.
                    logger.debug("a device's acknowledgement could not be sent: \(error)")
                }
            case .reject(let rejection):
                logger.debug("message on \(rejection.topic) rejected: \(rejection.reason.name): \(rejection.text)")
            case .keep, .quarantine, .audit:
                break
            }
        }
        // A report about a delivery that is gone already changes nothing, but somebody may wait for it.
        for record in turn.records { if case .delivery(let report) = record.body { receipts.answer(true, to: report.key) } }
        if hasDownlinks { intake.flush() }
        ways.wake(waiting, sounder: hasRevisions)
        if hasRevisions { signal.committed() }
    }

    mutating func refused(_ commands: [CommandID], because failure: CommitFailure) {
        for id in commands { answers.abandon(id) }
        logger.error("a turn could not be stored; the broker keeps its messages: \(failure.text)")
    }
}
