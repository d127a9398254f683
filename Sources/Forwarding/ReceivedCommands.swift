import CareModel
import Synchronization

/// Commands that came over a channel and wait for what becomes of them.
///
/// Bounded: what is beyond `waitingMax` is answered as not carried out, and the channel keeps it for a later try.
final class ReceivedCommands: Sendable {
    static let waitingMax = 256

    typealias Completion = @Sendable (CommandOutcome?) -> Void

    let stream: AsyncStream<Command>
    private let continuation: AsyncStream<Command>.Continuation
    private let waiting = Mutex<[CommandID: [Completion]]>([:])

    init() { (stream, continuation) = AsyncStream.makeStream(of: Command.self, bufferingPolicy: .bufferingOldest(ReceivedCommands.waitingMax)) }

    /// - Parameter completion: once; nil = not carried out, it must be asked again.
    func take(_ command: Command, completion: @escaping Completion) {
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < ReceivedCommands.waitingMax || waiting[command.id] != nil else { return false }
            waiting[command.id, default: []].append(completion)
            return true
        }
        guard isTaken else { return completion(nil) }
        if case .enqueued = continuation.yield(command) { return }
        answer(command.id, nil)
    }

    /// Says what became of it to everybody who waits for it.
    func answer(_ id: CommandID, _ outcome: CommandOutcome?) {
        let list = waiting.withLock { $0.removeValue(forKey: id) } ?? []
        for completion in list { completion(outcome) }
    }

    /// Nobody will carry anything out any more.
    func finish() {
        continuation.finish()
        let all = waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting.values.flatMap { $0 }
        }
        for completion in all { completion(nil) }
    }
}
