import CareModel
import Synchronization

/// Gathers the outcomes of one batch from callbacks on another thread and resumes when all are there.
final class Tally: Sendable {
    private struct State {
        var left: Int
        var outcomes: [DeliveryKey: DeliveryOutcome] = [:]
        var continuation: CheckedContinuation<[DeliveryKey: DeliveryOutcome], Never>?
    }

    private let state: Mutex<State>

    /// - Parameter count: how many outcomes will be noted.
    init(count: Int) { state = Mutex(State(left: count)) }

    func begin(_ continuation: CheckedContinuation<[DeliveryKey: DeliveryOutcome], Never>) {
        let outcomes = state.withLock { state -> [DeliveryKey: DeliveryOutcome]? in
            guard state.left > 0 else { return state.outcomes }
            state.continuation = continuation
            return nil
        }
        if let outcomes { continuation.resume(returning: outcomes) }
    }

    func note(_ key: DeliveryKey, _ outcome: DeliveryOutcome) {
        let done = state.withLock { state -> (CheckedContinuation<[DeliveryKey: DeliveryOutcome], Never>, [DeliveryKey: DeliveryOutcome])? in
            state.outcomes[key] = outcome
            state.left -= 1
            guard state.left == 0, let continuation = state.continuation else { return nil }
            state.continuation = nil
            return (continuation, state.outcomes)
        }
        if let done { done.0.resume(returning: done.1) }
    }
}
