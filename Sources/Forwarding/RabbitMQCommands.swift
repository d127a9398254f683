import CareModel
import Glibc
import MQTTSession
import Synchronization

/// A receiver's commands from the broker's queue `NAME.commands`, on a thread of its own.
///
/// One is acknowledged once it was carried out or refused and its answer is at `NAME.answers`; until then the broker keeps it and gives
/// it again, and its id makes that harmless. What can't be read goes to the dead letters, with an answer that says why.
final class RabbitMQCommands: Sendable {
    private struct Answered {
        var tag: UInt64
        /// Of the connection on which it came: tags of another one mean nothing.
        var connection: Int
        var id: CommandID
        var outcome: CommandOutcome?
    }

    private struct State {
        var answered: [Answered] = []
        var isStopping = false
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let configuration: RabbitMQConfiguration
    private let source: CommandSource
    private let received: ReceivedCommands
    private let onFault: @Sendable (CommandDocument.Fault) -> Void

    /// Starts the thread; it connects for ever, with back-off, until `stop`.
    init(_ configuration: RabbitMQConfiguration, _ source: CommandSource, _ received: ReceivedCommands, onFault: @escaping @Sendable (CommandDocument.Fault) -> Void) {
        (self.configuration, self.source, self.received, self.onFault) = (configuration, source, received, onFault)
        startThread("vigil-commands") { [self] in run() }
    }

    func stop() { state.withLock { $0.isStopping = true } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func run() {
        var backOff = BackOff(), random = SplitMix64(text: configuration.host + " commands"), turn = 0
        while !isStopping {
            let node = configuration.at(node: turn)
            turn += 1
            do throws(RabbitMQFailure) {
                let connection = try RabbitMQConnection(node, consuming: [configuration.commandsName], takesCommands: true)
                defer { connection.close(politely: isStopping) }
                backOff.reset()
                try serve(connection, turn)
            } catch {
                // What was not acknowledged comes again on the next connection; why there is none the queue's own connection says.
            }
            let until = monotonicMicroseconds() + backOff.next(word: random.next())
            while !isStopping, monotonicMicroseconds() < until { usleep(20_000) }
        }
        state.withLock { $0.hasEnded = true }
    }

    private func serve(_ connection: RabbitMQConnection, _ number: Int) throws(RabbitMQFailure) {
        var waiting = 0
        while !isStopping {
            for one in takeAnswered(of: number) {
                waiting -= 1
                guard let outcome = one.outcome else {
                    // Not carried out: asked again after the back-off, on a new connection.
                    throw RabbitMQFailure(.busy, "the hub could not carry a command out")
                }
                try connection.answer(CommandDocument.answer(one.id, outcome), to: configuration.answersName)
                try connection.acknowledge(one.tag)
            }
            // An answer is waited for in small steps: librabbitmq has no bell that another thread could ring.
            guard let arrival = try connection.next(milliseconds: waiting > 0 ? 10 : 200) else { continue }
            do throws(CommandDocument.Fault) {
                let command = try CommandDocument(arrival.body).command(from: source, via: .rabbitMQ)
                waiting += 1
                received.take(command) { [self] outcome in
                    state.withLock { $0.answered.append(Answered(tag: arrival.tag, connection: number, id: command.id, outcome: outcome)) }
                }
            } catch {
                onFault(error)
                try connection.answer(CommandDocument.answer(error), to: configuration.answersName)
                try connection.reject(arrival.tag)
            }
        }
    }

    private func takeAnswered(of number: Int) -> [Answered] {
        state.withLock { state in
            defer { state.answered = [] }
            return state.answered.filter { $0.connection == number }
        }
    }
}
